//! What a request is for, which decides who waits and who is turned away when there are too many.

use axum::http::Method;

/// What a request is for. Those that come first are served first and turned away last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// A guest stands at the desk: check-in, check-out, payment.
    Desk,
    /// Any other change.
    Write,
    /// One record is read: a visit, a guest, a member, a property.
    Record,
    /// Something is looked for.
    Search,
    /// Lists, exports, pages, and whatever is none of the others.
    List,
}

impl Class {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 5] = [Self::Desk, Self::Write, Self::Record, Self::Search, Self::List];

    /// The word for it in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Write => "write",
            Self::Record => "record",
            Self::Search => "search",
            Self::List => "list",
        }
    }

    /// What a request for `path` is for, by the address alone: it is asked before anything looks for a route. None: health, metrics and
    /// witnesses, which are answered always.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        if matches!(path, "/healthz" | "/metrics") || path.starts_with("/witness/") {
            return None;
        }
        let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let mut parts = path.strip_prefix("/api/v1/").unwrap_or_default().splitn(3, '/');
        let (of, one, what) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        Some(match (is_read, of, one, what) {
            (_, "search", None, None) => Self::Search,
            (false, "identity", Some("match"), None) | (false, "properties", Some(_), Some("quote")) => {
                Self::Search
            }
            (true, "properties", Some(_), Some("availability" | "rate-calendar")) => Self::Search,
            (false, "visits", Some(_), Some(action)) if is_of_desk(action) => Self::Desk,
            (false, ..) => Self::Write,
            (true, "visits" | "guests" | "members", Some(_), _) | (true, "properties", Some(_), None) => {
                Self::Record
            }
            _ if path == "/" || path.starts_with("/p/") || path.starts_with("/app/") => Self::Record,
            _ => Self::List,
        })
    }
}

/// Whether a guest stands at the desk for this change of a visit.
fn is_of_desk(action: &str) -> bool {
    matches!(action, "check-in" | "check-out" | "payments" | "deposits/pay")
        || action.starts_with("pre-authorisations")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_at_the_desk_comes_first() {
        for (method, path, class) in [
            (Method::POST, "/api/v1/visits/2026100300017/check-in", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/2026100300017/check-out", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/2026100300017/payments", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/2026100300017/deposits/pay", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/2026100300017/pre-authorisations/capture", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/2026100300017/undo-check-in", Some(Class::Write)),
            (Method::POST, "/api/v1/reservations", Some(Class::Write)),
            (Method::PUT, "/api/v1/properties/SH01/rooms", Some(Class::Write)),
            (Method::POST, "/api/v1/identity/match", Some(Class::Search)),
            (Method::POST, "/api/v1/properties/SH01/quote", Some(Class::Search)),
            (Method::GET, "/api/v1/visits/2026100300017", Some(Class::Record)),
            (Method::GET, "/api/v1/guests/0199a1b2-0000-7000-8000-000000000001/golden", Some(Class::Record)),
            (Method::GET, "/api/v1/search", Some(Class::Search)),
            (Method::POST, "/api/v1/search", Some(Class::Search)),
            (Method::GET, "/api/v1/reservations", Some(Class::List)),
            (Method::GET, "/api/v1/journal", Some(Class::List)),
            (Method::GET, "/p/SH01/today", Some(Class::Record)),
            (Method::GET, "/app/assets/index.js", Some(Class::Record)),
            (Method::GET, "/openapi.json", Some(Class::List)),
            (Method::GET, "", Some(Class::List)),
            (Method::GET, "/healthz", None),
            (Method::GET, "/metrics", None),
            (Method::POST, "/witness/add-checkpoint", None),
        ] {
            assert_eq!(Class::of(&method, path), class, "{method} {path}");
        }
        assert!(Class::ALL.is_sorted());
    }
}
