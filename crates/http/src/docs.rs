//! `/docs`, `/openapi.json`, and the search page at `/search`. Nothing is fetched from elsewhere, and nothing runs that stands in a page itself.

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse, Redirect},
    routing::get,
};

/// What these pages may load: files and answers of this server, and nothing that stands in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files that the pages load: path, media type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("/pages/search.css", CSS, include_str!("../assets/search.css")),
    ("/pages/search.js", JS, include_str!("../assets/search.js")),
    ("/pages/docs.css", CSS, include_str!("../assets/docs.css")),
    ("/pages/docs.js", JS, include_str!("../assets/docs.js")),
];

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

fn page(content: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(content))
}

/// The API's description, OpenAPI 3.1, as it is committed; a test compares it with the code. A constant would stand in the binary once for each crate that names it.
pub static OPENAPI: &str = include_str!("../../../openapi.json");

/// The pages that are no API, and not the staff app.
pub fn routes() -> Router {
    let description = async || ([(header::CONTENT_TYPE, "application/json")], OPENAPI);
    let pages = Router::new()
        .route("/search", get(|| async { page(include_str!("../assets/search.html")) }))
        .route("/docs", get(|| async { page(include_str!("../assets/docs.html")) }))
        // Where the page was before.
        .route("/docs/", get(|| async { Redirect::permanent("/docs") }))
        .route("/openapi.json", get(description));
    FILES.iter().fold(pages, |pages, (path, media, content)| {
        // Another release has other files under the same names.
        let headers = [(header::CONTENT_TYPE, *media), (header::CACHE_CONTROL, "no-cache")];
        pages.route(path, get(move || async move { (headers, *content) }))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use axum::{body::Body, http::Request};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn answer(path: &str) -> (axum::http::response::Parts, String) {
        let routes = routes();
        let answer = routes.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head, String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn addresses_that_pages_make_are_encoded_and_lead_to_this_server() {
        let mut made = 0;
        for (path, _, content) in FILES {
            for (at, _) in content.match_indices("`/") {
                let address = content[at + 1..].split('`').next().unwrap_or_default();
                for filled in address.split("${").skip(1) {
                    // A query is made by `URLSearchParams`, or of encoded parts.
                    let is_encoded =
                        filled.starts_with("encodeURIComponent(") || filled.starts_with("query}");
                    assert!(is_encoded, "{path}: {address}");
                    made += 1;
                }
            }
            // What is clicked on leads to a place of the same page, or nowhere.
            let written =
                content.split(".href = ").skip(1).chain(content.split("setAttribute(\"href\", ").skip(1));
            for link in written {
                assert!(link.starts_with("`#"), "{path}: {}", link.chars().take(40).collect::<String>());
            }
            for scheme in ["javascript:", "vbscript:", "data:text"] {
                assert!(!content.contains(scheme), "{path} has {scheme}");
            }
        }
        assert!(made >= 3, "{made}");
    }

    #[tokio::test]
    async fn pages_hold_no_code_and_load_their_own_files() {
        let mut loaded = Vec::new();
        for path in ["/search", "/docs"] {
            let (head, body) = answer(path).await;
            let policy = head.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none'"), "{policy}");
            let small = body.to_lowercase();
            for inline in
                ["<style", "<script>", " style=", " onclick=", " onsubmit=", " onload=", "javascript:"]
            {
                assert!(!small.contains(inline), "{path} has {inline}");
            }
            let named = body.split(['"']).filter(|part| part.starts_with("/pages/")).map(str::to_owned);
            loaded.extend(named);
        }
        loaded.sort_unstable();
        loaded.dedup();
        let mut files: Vec<&str> = FILES.iter().map(|(path, ..)| *path).collect();
        files.sort_unstable();
        assert_eq!(loaded, files);
        for (path, media, content) in FILES {
            let (head, body) = answer(path).await;
            assert!(head.status.is_success());
            assert_eq!(head.headers[header::CONTENT_TYPE], *media);
            assert_eq!(body, *content);
            // What a script writes into a page is text, and attributes are set one by one.
            for written in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                "cssText",
                "setAttribute(\"style\"",
            ] {
                assert!(!content.contains(written), "{path} has {written}");
            }
        }
    }
}
