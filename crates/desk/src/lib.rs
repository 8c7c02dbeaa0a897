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

/// All files, sorted by path; none when the app was not built.
pub const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_whole_or_not_there() {
        assert!(FILES.is_sorted_by_key(|file| file.path));
        assert_eq!(FILES.is_empty(), !FILES.iter().any(|file| file.path == "index.html"));
        for file in FILES {
            assert!(!file.path.split('/').any(|part| part.starts_with('.')), "{}", file.path);
            if file.path.ends_with(".js") || file.path.ends_with(".css") {
                assert!(file.gzip.is_some() && file.brotli.is_some(), "{} is not compressed", file.path);
            }
        }
    }
}
