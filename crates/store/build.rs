//! Puts the files of `migrations/` into the crate. sqlx has a macro for it, whose crate brings SQLite and both drivers a second time, compiled for the compiler's sake.

use std::{env, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../migrations").canonicalize()?;
    let mut code = String::new();
    for (name, dir) in [("SQLITE", "sqlite"), ("SQLITE_KEYS", "sqlite-keys"), ("POSTGRES", "postgres")] {
        let dir = root.join(dir);
        println!("cargo::rerun-if-changed={}", dir.display());
        let mut files: Vec<_> =
            fs::read_dir(&dir)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        files.sort();
        writeln!(code, "pub(super) const {name}: &[File] = &[")?;
        for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "sql")) {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let (version, name) =
                stem.split_once('_').ok_or("a migration is called NUMBER_what_it_does.sql")?;
            let (version, name) = (version.parse::<i64>()?, name.replace('_', " "));
            writeln!(code, "    ({version}, {name:?}, include_str!({:?})),", file.display().to_string())?;
        }
        writeln!(code, "];")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), code)?;
    Ok(())
}
