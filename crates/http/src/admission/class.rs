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

    /// What a request for the route `path` is for. None: health and metrics, which are answered always.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        if matches!(path, "/healthz" | "/metrics") {
            return None;
        }
        let of_visit = path.strip_prefix("/api/v1/visits/{number}/");
        Some(if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            match path {
                "/api/v1/search" | "/api/v1/identity/match" | "/api/v1/properties/{property}/quote" => {
                    Self::Search
                }
                _ if of_visit.is_some_and(is_of_desk) => Self::Desk,
                _ => Self::Write,
            }
        } else {
            match path {
                "/api/v1/search"
                | "/api/v1/properties/{property}/availability"
                | "/api/v1/properties/{property}/rate-calendar" => Self::Search,
                "/" | "/p/{*screen}" | "/app/{*path}" | "/api/v1/properties/{property}" => Self::Record,
                _ => {
                    let records =
                        ["/api/v1/visits/{number}", "/api/v1/guests/{id}", "/api/v1/members/{number}"];
                    let is_record = records.iter().any(|record| path.starts_with(record));
                    if is_record { Self::Record } else { Self::List }
                }
            }
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
            (Method::POST, "/api/v1/visits/{number}/check-in", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/{number}/check-out", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/{number}/payments", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/{number}/deposits/pay", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/{number}/pre-authorisations/capture", Some(Class::Desk)),
            (Method::POST, "/api/v1/visits/{number}/undo-check-in", Some(Class::Write)),
            (Method::POST, "/api/v1/reservations", Some(Class::Write)),
            (Method::PUT, "/api/v1/properties/{property}/rooms", Some(Class::Write)),
            (Method::POST, "/api/v1/identity/match", Some(Class::Search)),
            (Method::POST, "/api/v1/properties/{property}/quote", Some(Class::Search)),
            (Method::GET, "/api/v1/visits/{number}", Some(Class::Record)),
            (Method::GET, "/api/v1/guests/{id}/golden", Some(Class::Record)),
            (Method::GET, "/api/v1/search", Some(Class::Search)),
            (Method::POST, "/api/v1/search", Some(Class::Search)),
            (Method::GET, "/api/v1/reservations", Some(Class::List)),
            (Method::GET, "/api/v1/journal", Some(Class::List)),
            (Method::GET, "/p/{*screen}", Some(Class::Record)),
            (Method::GET, "/app/{*path}", Some(Class::Record)),
            (Method::GET, "/openapi.json", Some(Class::List)),
            (Method::GET, "", Some(Class::List)),
            (Method::GET, "/healthz", None),
            (Method::GET, "/metrics", None),
        ] {
            assert_eq!(Class::of(&method, path), class, "{method} {path}");
        }
        assert!(Class::ALL.is_sorted());
    }
}
