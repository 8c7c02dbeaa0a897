//! The files of the staff app, as `web/` was built when the binary was. Without such a build there are none.

/// A file of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Its path from the root of the build, e.g. `assets/index-C6LSmQdj.js`.
    pub path: &'static str,
    /// Its content.
    pub content: &'static [u8],
    /// Its content, compressed with gzip; none for what is compressed by itself.
    pub gzip: Option<&'static [u8]>,
    /// Its content, compressed with Brotli; none for what is compressed by itself.
    pub brotli: Option<&'static [u8]>,
}

/// The page that every screen begins with.
pub const PAGE: &str = "index.html";

/// All files, sorted by path; none when the app was not built.
pub const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The file with a path.
pub fn find(files: &'static [File], path: &str) -> Option<&'static File> {
    files.binary_search_by_key(&path, |file| file.path).ok().map(|at| &files[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_their_path_and_by_nothing_else() {
        const SOME: &[File] = &[
            File { path: "assets/a.js", content: b"a", gzip: None, brotli: None },
            File { path: "index.html", content: b"page", gzip: None, brotli: None },
        ];
        assert_eq!(find(SOME, "assets/a.js").map(|file| file.content), Some(&b"a"[..]));
        assert_eq!(find(SOME, PAGE).map(|file| file.content), Some(&b"page"[..]));
        for missing in ["", "assets", "../index.html", "assets/a.js.gz"] {
            assert_eq!(find(SOME, missing), None, "{missing}");
        }
    }

    #[test]
    fn a_build_is_whole_or_not_there() {
        assert!(FILES.is_sorted_by_key(|file| file.path));
        assert_eq!(FILES.is_empty(), find(FILES, PAGE).is_none());
        for file in FILES {
            assert!(!file.path.split('/').any(|part| part.starts_with('.')), "{}", file.path);
            if file.path.ends_with(".js") || file.path.ends_with(".css") {
                assert!(file.gzip.is_some() && file.brotli.is_some(), "{} is not compressed", file.path);
            }
        }
    }
}
