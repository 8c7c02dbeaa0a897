//! What every operation can answer besides its own, said once.

use utoipa::openapi::{OpenApi, Ref, RefOr, Response, content::ContentBuilder, path::Operation};

/// When an operation can answer so.
#[derive(PartialEq)]
enum To {
    /// Whatever is asked.
    All,
    /// When something is sent.
    Writes,
}

/// Status, name among the components, when, and what it means.
const ANSWERS: &[(&str, &str, To, &str)] = &[
    ("400", "Malformed", To::All, "A header, the query or the JSON is malformed"),
    ("403", "ForeignOrigin", To::All, "The request comes from another page or for another host"),
    ("413", "TooLarge", To::Writes, "The body is too large"),
    ("415", "UnsupportedMediaType", To::Writes, "The body is not `application/json`"),
    ("422", "Unprocessable", To::All, "A value is missing or out of its range; `at` says which"),
    ("500", "Failed", To::All, "Something failed; the server's log says what"),
    (
        "503",
        "Unreachable",
        To::All,
        "The storage does not answer, or it took too long. Try again after `Retry-After`, with the same `Idempotency-Key`",
    ),
    (
        "507",
        "StorageFull",
        To::Writes,
        "The storage is full or cannot be written. Nothing was changed; reads go on",
    ),
];

/// Adds to every operation what all of them can answer.
pub(crate) fn complete(mut api: OpenApi) -> OpenApi {
    for item in api.paths.paths.values_mut() {
        [&mut item.get, &mut item.put, &mut item.post].into_iter().flatten().for_each(add);
    }
    let components = api.components.get_or_insert_default();
    for (_, name, _, description) in ANSWERS {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let mut response = Response::new(*description);
        response.content.insert("application/problem+json".into(), RefOr::T(problem));
        components.responses.insert((*name).into(), RefOr::T(response));
    }
    api
}

fn add(operation: &mut Operation) {
    let writes = operation.request_body.is_some();
    for (status, name, to, _) in ANSWERS {
        if writes || *to == To::All {
            let answer = RefOr::Ref(Ref::from_response_name(*name));
            operation.responses.responses.entry((*status).into()).or_insert(answer);
        }
    }
}
