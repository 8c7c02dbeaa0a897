//! The staff app: its page at `/`, under `/p/`, and where people sign in and begin, its files under `/app/`. Nothing of it is made here: they are the files that the
//! build of `web/` left in the binary, which hands them in. So a change of the app compiles none of this again.

use crate::problem;
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};

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
const PAGE: &str = "index.html";

/// Where it is answered. The link that makes the first account leads to `/setup`.
const PAGES: [&str; 4] = ["/", "/p/{*screen}", "/sign-in", "/setup"];

/// The file with a path, of files sorted by path.
fn find(files: &'static [File], path: &str) -> Option<&'static File> {
    files.binary_search_by_key(&path, |file| file.path).ok().map(|at| &files[at])
}

/// What the app's page may load: files and answers of this server, and nothing that stands in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The names of files below this folder hold a digest of their content.
const HASHED: &str = "assets/";

/// What stands at `/` when the binary was built without the app.
const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>合符 Hefu</title>\
    <p>这个程序编译时没有带前台应用。运行 <code>scripts/web.sh build</code> 后重新编译，或用 <a href=\"/search\">查询页</a>和\
    <a href=\"/docs\">接口文档</a>。</p>\
    <p lang=\"en\">This binary was built without the staff app. Run <code>scripts/web.sh build</code> and build it again, or use the \
    <a href=\"/search\">search page</a> and the <a href=\"/docs\">API reference</a>.</p></html>";

/// The app's addresses, over its files sorted by path; none where it was not built.
pub(crate) fn routes(files: &'static [File]) -> Router {
    let page = move |headers: HeaderMap| async move { page(files, &headers).await };
    let file = move |Path(path): Path<String>, headers: HeaderMap| async move {
        match find(files, &path) {
            Some(file) => answer(file, &headers),
            None => problem::no_such_path(headers).await.into_response(),
        }
    };
    PAGES
        .iter()
        .fold(Router::new(), |routes, path| routes.route(path, get(page)))
        .route("/app/{*path}", get(file))
}

/// The page of every screen, for somebody who goes there; scripts that look for something else under these addresses find nothing.
async fn page(files: &'static [File], headers: &HeaderMap) -> Response {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let wants_page = headers.get(header::ACCEPT).is_none()
        || accepts.flat_map(|value| value.split(',')).any(|one| {
            let kind = one.split(';').next().unwrap_or_default().trim();
            matches!(kind, "text/html" | "text/*" | "*/*")
        });
    if !wants_page {
        return problem::no_such_path(headers.clone()).await.into_response();
    }
    match find(files, PAGE) {
        Some(file) => answer(file, headers),
        None => Html(NOT_BUILT).into_response(),
    }
}

/// Whether a client takes an encoding.
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let named = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(encoding) && !is_refused
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn answer(file: &'static File, headers: &HeaderMap) -> Response {
    let (encoding, content) = match file {
        File { brotli: Some(content), .. } if takes(headers, "br") => (Some("br"), *content),
        File { gzip: Some(content), .. } if takes(headers, "gzip") => (Some("gzip"), *content),
        File { content, .. } => (None, *content),
    };
    let cached =
        if file.path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = (
        [
            (header::CONTENT_TYPE, media_type(file.path)),
            (header::CACHE_CONTROL, cached),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::VARY, "accept-encoding"),
        ],
        content,
    )
        .into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use axum::{
        body::Body,
        http::{Request, StatusCode},
    };
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    const SOME: &[File] = &[
        File { path: "assets/a-1.js", content: b"plain", gzip: Some(b"zipped"), brotli: Some(b"brotli") },
        File { path: "assets/f-1.woff2", content: b"font", gzip: None, brotli: None },
        File { path: "index.html", content: b"page", gzip: None, brotli: None },
    ];

    async fn get(
        files: &'static [File],
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, String) {
        let request =
            headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        let response = routes(files)
            .fallback(problem::no_such_path)
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_screen_begins_with_the_page_and_nothing_else_does() {
        let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
        for path in ["/", "/sign-in", "/setup", "/p/SH01/today", "/p/SH01/visits/527-573-0002/folio?do=pay"] {
            let (status, headers, body) = get(SOME, path, &browser).await;
            assert_eq!((status, body.as_str()), (StatusCode::OK, "page"), "{path}");
            assert_eq!(headers["cache-control"], "no-cache");
            assert!(!headers["content-security-policy"].to_str().unwrap().contains("unsafe"));
        }
        // A script that looks for JSON under an address of the app must not take the page for it.
        let (status, ..) = get(SOME, "/p/SH01/today", &[("accept", "application/json")]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        for path in ["/api/v1/nothing", "/docs", "/healthz", "/metrics", "/log/checkpoint", "/p", "/anything"]
        {
            let (status, _, body) = get(SOME, path, &browser).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert_ne!(body, "page", "{path}");
        }
    }

    #[tokio::test]
    async fn files_come_as_packed_as_the_client_takes_them_and_stay_for_good() {
        for (accepts, encoding, content) in [
            ("gzip, deflate, br", Some("br"), "brotli"),
            ("gzip", Some("gzip"), "zipped"),
            ("br;q=0, gzip;q=0.5", Some("gzip"), "zipped"),
            ("identity", None, "plain"),
        ] {
            let (status, headers, body) =
                get(SOME, "/app/assets/a-1.js", &[("accept-encoding", accepts)]).await;
            assert_eq!((status, body.as_str()), (StatusCode::OK, content), "{accepts}");
            assert_eq!(headers.get("content-encoding").map(|value| value.to_str().unwrap()), encoding);
            assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
            assert_eq!(headers["content-type"], "text/javascript; charset=utf-8");
            assert_eq!(headers["vary"], "accept-encoding");
        }
        let (_, headers, body) = get(SOME, "/app/assets/f-1.woff2", &[("accept-encoding", "br")]).await;
        assert_eq!((headers["content-type"].to_str().unwrap(), body.as_str()), ("font/woff2", "font"));
        for missing in ["/app/assets/a-2.js", "/app/../index.html", "/app/assets"] {
            assert_eq!(get(SOME, missing, &[]).await.0, StatusCode::NOT_FOUND, "{missing}");
        }
    }

    #[tokio::test]
    async fn a_binary_without_the_app_says_so() {
        let (status, _, body) = get(&[], "/", &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            body.contains("scripts/web.sh build") && body.contains("built without the staff app"),
            "{body}"
        );
        assert_eq!(get(&[], "/app/assets/a-1.js", &[]).await.0, StatusCode::NOT_FOUND);
    }
}
