//! Keeps other web pages out. Until accounts exist, whoever reaches the server is its administrator, and
//! a page from anywhere can make a browser on this machine ask it things. A browser says where a
//! request comes from; what comes from elsewhere is refused.

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use hefu_domain::Message;

use crate::problem::{Failure, language_of};

/// Refuses requests for another host name (a rebound DNS name) and from another origin.
pub(crate) async fn local_only(request: Request, next: Next) -> Response {
    if is_local(request.headers()) {
        return next.run(request).await;
    }
    let language = language_of(request.headers());
    Failure::new(language, StatusCode::FORBIDDEN, "foreign_origin", &Message::ForeignOrigin).into_response()
}

fn is_local(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host_is_local = text(header::HOST).is_none_or(is_loopback_name);
    let origin_is_local = text(header::ORIGIN).is_none_or(|origin| {
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        // The same port too: another program's page on this machine is another origin.
        authority
            .is_some_and(|authority| is_loopback_name(authority) && text(header::HOST) == Some(authority))
    });
    let site_is_local =
        headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    host_is_local && origin_is_local && site_is_local
}

/// `localhost`, `127.x.x.x` or `[::1]`, with or without a port.
fn is_loopback_name(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use proptest::prelude::*;

    use super::*;

    fn local(headers: &[(&'static str, &'static str)]) -> bool {
        is_local(
            &headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect(),
        )
    }

    #[test]
    fn programs_and_own_pages_may_ask() {
        assert!(local(&[]));
        assert!(local(&[("host", "127.0.0.1:8080")]));
        assert!(local(&[("host", "[::1]:8080"), ("sec-fetch-site", "none")]));
        assert!(local(&[
            ("host", "localhost:8080"),
            ("origin", "http://localhost:8080"),
            ("sec-fetch-site", "same-origin")
        ]));
    }

    #[test]
    fn other_pages_may_not() {
        assert!(!local(&[("host", "hotel.example:8080")]), "a rebound name");
        assert!(!local(&[("host", "127.0.0.1.example:8080")]));
        assert!(!local(&[("host", "127.0.0.1:8080"), ("origin", "https://example.com")]));
        assert!(!local(&[("host", "127.0.0.1:8080"), ("origin", "null")]));
        assert!(!local(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:3000")]), "another port");
        assert!(!local(&[("host", "127.0.0.1:8080"), ("sec-fetch-site", "cross-site")]));
    }

    proptest! {
        #[test]
        fn only_loopback_names_are_local(host in "\\PC{0,12}", label in "[a-z0-9-]{1,8}", port in "(:[0-9]{0,5})?") {
            is_loopback_name(&host);
            prop_assert!(is_loopback_name(&format!("127.0.0.1{port}")), "{}", host);
            prop_assert!(!is_loopback_name(&format!("127.0.0.1.{label}{port}")), "{}", host);
            prop_assert!(!is_loopback_name(&format!("localhost.{label}{port}")), "{}", host);
            prop_assert!(!is_loopback_name(&format!("{label}.localhost{port}")), "{}", host);
        }
    }
}
