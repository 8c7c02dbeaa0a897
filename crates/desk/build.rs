//! Writes down which files the build of `web/` left in `web/dist`, so that the crate holds them.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// Everything in a folder, as paths from its root with `/` between their parts.
fn files(root: &Path, folder: &Path, found: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(root, &path, found)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            // Notes of the build itself begin with a dot.
            if !parts.iter().any(|part| part.starts_with('.')) {
                found.push((parts.join("/"), path));
            }
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../web/dist");
    // The folder is always there, with a file that only keeps it: what is missing would be built anew each time.
    println!("cargo:rerun-if-changed={}", root.display());
    let mut found = Vec::new();
    if let Ok(root) = root.canonicalize() {
        files(&root, &root, &mut found)?;
    }
    found.sort();
    let path_of = |name: &str| found.iter().find(|(known, _)| known == name).map(|(_, path)| path);
    let bytes = |path: &Path| format!("include_bytes!({:?})", path.display().to_string());
    let mut text = String::from("&[\n");
    for (name, path) in &found {
        if name.ends_with(".gz") || name.ends_with(".br") {
            continue;
        }
        let packed = |ending: &str| {
            path_of(&format!("{name}.{ending}"))
                .map_or_else(|| "None".into(), |path| format!("Some({})", bytes(path)))
        };
        text.push_str(&format!(
            "    File {{ path: {name:?}, content: {}, gzip: {}, brotli: {} }},\n",
            bytes(path),
            packed("gz"),
            packed("br"),
        ));
    }
    text.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("files.rs"), text)
}
