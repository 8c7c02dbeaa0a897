//! Keeps other web pages out. A page from anywhere can make a browser ask this server things, with the cookie the browser has, or on a machine where
//! whoever reaches the server is its administrator. A browser says where a request comes from; what comes from elsewhere is refused. The server answers
//! under the names of this machine and those it was told, and under no other: whoever points a name of theirs at it gets nothing.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use hefu_domain::Message;

use crate::{
    door::Doorway,
    host::is_loopback_name,
    named::named,
    problem::{Failure, language_of},
};

/// Refuses requests for another host name (a rebound DNS name) and from another origin. What is refused has a name, too.
pub(crate) async fn own_only(State(doorway): State<Arc<Doorway>>, request: Request, next: Next) -> Response {
    named(let_in(doorway, request, next)).await
}

async fn let_in(doorway: Arc<Doorway>, request: Request, next: Next) -> Response {
    let is_let_through = match comes_back(&request) {
        true => {
            let mut headers = request.headers().clone();
            headers.remove("sec-fetch-site");
            is_own(request.uri(), &headers, &doorway.hosts)
        }
        false => is_own(request.uri(), request.headers(), &doorway.hosts),
    };
    if is_let_through {
        return next.run(request).await;
    }
    let language = language_of(request.headers());
    Failure::new(language, StatusCode::FORBIDDEN, "foreign_origin", &Message::ForeignOrigin).into_response()
}

/// Whether a browser goes to where a provider of identities sends somebody back to: the one place where it comes from another site's page. A link is all it
/// can be, and what it says counts only together with what the browser has carried from here.
fn comes_back(request: &Request) -> bool {
    let path = request.uri().path();
    let is_link = request.headers().get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    request.method() == Method::GET
        && is_link
        && path.starts_with("/api/v1/session/provider/")
        && path.ends_with("/callback")
}

/// Whether an authority is of this machine, or one of `hosts`, with or without a port.
fn is_own_name(authority: &str, hosts: &[String]) -> bool {
    let port = |rest: &str| {
        rest.is_empty()
            || rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is = |host: &String| {
        let (start, rest) = match authority.split_at_checked(host.len()) {
            Some(parts) => parts,
            None => return false,
        };
        start.eq_ignore_ascii_case(host) && port(rest)
    };
    is_loopback_name(authority) || hosts.iter().any(is)
}

/// Whether host, origin and site are this server's. The host is named by `Host`, by the address itself where that is a whole one, and by
/// `:authority` in HTTP/2, which stands there too: they all have to be, and to be the same.
fn is_own(uri: &Uri, headers: &HeaderMap, own: &[String]) -> bool {
    let hosts = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or("?"));
    let hosts: Vec<&str> = uri.authority().map(Authority::as_str).into_iter().chain(hosts).collect();
    let is_same = |other: &str| hosts.iter().all(|host| host.eq_ignore_ascii_case(other));
    let hosts_are_local =
        hosts.iter().all(|host| is_own_name(host, own)) && hosts.first().is_none_or(|first| is_same(first));
    let origin_is_local = headers.get_all(header::ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().unwrap_or("?");
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        // The same port too: another program's page on this machine is another origin.
        authority
            .is_some_and(|authority| is_own_name(authority, own) && !hosts.is_empty() && is_same(authority))
    });
    let site_is_local =
        headers.get_all("sec-fetch-site").iter().all(|site| site == "same-origin" || site == "none");
    hosts_are_local && origin_is_local && site_is_local
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use proptest::prelude::*;

    use super::*;

    /// Whether a request with this address and these headers is let through.
    fn local(uri: &'static str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(name, value);
        }
        is_own(&Uri::from_static(uri), &all, &["hefu.hotel.internal".to_owned(), "[2001:db8::7]".to_owned()])
    }

    const HERE: (&str, &str) = ("host", "127.0.0.1:8080");

    #[test]
    fn programs_and_own_pages_may_ask() {
        for (uri, headers) in [
            ("/", &[][..]),
            ("/", &[HERE]),
            ("/", &[("host", "[::1]:8080"), ("sec-fetch-site", "none")]),
            ("/", &[("host", "[::1]"), ("origin", "http://[::1]")]),
            (
                "/",
                &[
                    ("host", "LocalHost:8080"),
                    ("origin", "http://localhost:8080"),
                    ("sec-fetch-site", "same-origin"),
                ],
            ),
            ("/", &[("host", "HEFU.hotel.internal:8443"), ("origin", "https://hefu.hotel.internal:8443")]),
            ("https://hefu.hotel.internal/", &[]),
            ("/", &[("host", "[2001:db8::7]:8443")]),
            // A whole address, as proxies are sent and as HTTP/2 has it.
            ("http://127.0.0.1:8080/", &[]),
            ("http://127.0.0.1:8080/", &[HERE]),
            ("http://[::1]:8080/", &[("origin", "http://[::1]:8080")]),
        ] {
            assert!(local(uri, headers), "{uri} {headers:?}");
        }
    }

    #[test]
    fn other_pages_may_not() {
        for (uri, headers) in [
            ("/", &[("host", "hotel.example:8080")][..]),
            ("/", &[("host", "hefu.hotel.internal.evil")]),
            ("/", &[("host", "evil.hefu.hotel.internal")]),
            ("/", &[("host", "hefu.hotel.internal:80@evil")]),
            ("/", &[("host", "hefu.hotel.internal:8443"), ("origin", "https://hefu.hotel.internal:8444")]),
            ("/", &[("host", "127.0.0.1.example:8080")]),
            ("/", &[("host", "[::1].evil:8080")]),
            ("/", &[("host", "[::1].evil")]),
            ("/", &[("host", "[::1]evil:80")]),
            ("/", &[("host", "[::1")]),
            ("/", &[("host", "::1")]),
            ("/", &[("host", "[127.0.0.1]")]),
            ("/", &[("host", "[localhost]:80")]),
            ("/", &[("host", "127.0.0.1:80@evil")]),
            ("/", &[("host", "127.0.0.1:80:evil")]),
            ("/", &[("host", "evil@127.0.0.1")]),
            ("/", &[("host", "localhost.")]),
            ("/", &[("host", "")]),
            // Each host that is named counts, and two that differ are one too many.
            ("/", &[HERE, ("host", "hotel.example")]),
            ("/", &[HERE, ("host", "localhost:8080")]),
            ("http://hotel.example:8080/", &[]),
            ("http://hotel.example:8080/", &[HERE]),
            ("http://127.0.0.1:8080/", &[("host", "hotel.example")]),
            ("http://[::1]:8080/", &[HERE]),
            ("/", &[HERE, ("origin", "https://example.com")]),
            ("/", &[HERE, ("origin", "null")]),
            ("/", &[HERE, ("origin", "http://127.0.0.1:3000")]),
            ("/", &[HERE, ("origin", "http://localhost:8080")]),
            ("/", &[HERE, ("origin", "http://127.0.0.1:8080"), ("origin", "https://example.com")]),
            ("/", &[("host", "[::1]:8080"), ("origin", "http://[::1].evil:8080")]),
            ("/", &[("host", "[::1].evil:8080"), ("origin", "http://[::1].evil:8080")]),
            ("/", &[("origin", "http://127.0.0.1:8080")]),
            ("http://127.0.0.1:8080/", &[("origin", "http://127.0.0.1:3000")]),
            ("/", &[HERE, ("sec-fetch-site", "cross-site")]),
            ("/", &[HERE, ("sec-fetch-site", "same-site")]),
        ] {
            assert!(!local(uri, headers), "{uri} {headers:?}");
        }
    }

    #[test]
    fn only_a_link_back_from_a_provider_may_come_from_elsewhere() {
        let comes = |method: Method, path: &str, mode: &str| {
            let request =
                axum::http::Request::builder().method(method).uri(path).header("sec-fetch-mode", mode);
            comes_back(&request.body(axum::body::Body::empty()).unwrap())
        };
        assert!(comes(Method::GET, "/api/v1/session/provider/chain/callback?code=1", "navigate"));
        for (method, path, mode) in [
            (Method::GET, "/api/v1/session/provider/chain/callback", "no-cors"),
            (Method::GET, "/api/v1/session/provider/chain/callback", "cors"),
            (Method::POST, "/api/v1/session/provider/chain/callback", "navigate"),
            (Method::GET, "/api/v1/session/provider/chain", "navigate"),
            (Method::GET, "/api/v1/guests?x=/api/v1/session/provider/chain/callback", "navigate"),
            (Method::GET, "/api/v1/me/callback", "navigate"),
        ] {
            assert!(!comes(method.clone(), path, mode), "{method} {path} {mode}");
        }
    }

    proptest! {
        #[test]
        fn only_loopback_names_are_local(host in "\\PC{0,12}", label in "[a-z0-9-]{1,8}", port in "(:[0-9]{0,5})?") {
            is_loopback_name(&host);
            prop_assert!(is_loopback_name(&format!("127.0.0.1{port}")), "{}", host);
            prop_assert!(!is_loopback_name(&format!("127.0.0.1.{label}{port}")), "{}", host);
            prop_assert!(!is_loopback_name(&format!("localhost.{label}{port}")), "{}", host);
            prop_assert!(!is_loopback_name(&format!("{label}.localhost{port}")), "{}", host);
            prop_assert!(is_loopback_name(&format!("[::1]{port}")), "{}", host);
            prop_assert!(!is_loopback_name(&format!("[::1].{label}{port}")), "{}", host);
        }
    }
}
