//! The lists of routes, of which two things are made apart: the router that serves them, and the description of the API. The released binary carries the description as a
//! file (`openapi.json`), so nothing of what describes the operations is linked into it.

use std::sync::Arc;

use axum::{Router, routing::MethodRouter};
use hefu_app::App;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// The operations of one path, as `routes!` lists them.
#[derive(Debug)]
pub struct Operations<S, D> {
    /// Makes the path and its handlers.
    pub served: S,
    /// Makes the same with what is said of them.
    pub described: D,
}

/// What is made of a list of routes.
pub trait Routes: Sized {
    /// None yet.
    fn new() -> Self;

    /// Adds the operations of a path.
    fn routes<S, D>(self, operations: Operations<S, D>) -> Self
    where
        S: FnOnce() -> (String, MethodRouter<Arc<App>>),
        D: FnOnce() -> UtoipaMethodRouter<Arc<App>>;

    /// Adds an address that a browser is sent to, and no program asks: it is not described.
    fn page(self, path: &str, handlers: MethodRouter<Arc<App>>) -> Self;

    /// Adds those of another list.
    fn merge(self, other: Self) -> Self;
}

impl Routes for Router<Arc<App>> {
    fn new() -> Self {
        Self::new()
    }

    fn routes<S, D>(self, operations: Operations<S, D>) -> Self
    where
        S: FnOnce() -> (String, MethodRouter<Arc<App>>),
        D: FnOnce() -> UtoipaMethodRouter<Arc<App>>,
    {
        let (path, handlers) = (operations.served)();
        self.route(&path, handlers)
    }

    fn page(self, path: &str, handlers: MethodRouter<Arc<App>>) -> Self {
        self.route(path, handlers)
    }

    fn merge(self, other: Self) -> Self {
        self.merge(other)
    }
}

impl Routes for OpenApiRouter<Arc<App>> {
    fn new() -> Self {
        Self::new()
    }

    fn routes<S, D>(self, operations: Operations<S, D>) -> Self
    where
        S: FnOnce() -> (String, MethodRouter<Arc<App>>),
        D: FnOnce() -> UtoipaMethodRouter<Arc<App>>,
    {
        self.routes((operations.described)())
    }

    fn page(self, _: &str, _: MethodRouter<Arc<App>>) -> Self {
        self
    }

    fn merge(self, other: Self) -> Self {
        self.merge(other)
    }
}

/// The operations of one path, each named by its handler: `routes!(list, enter)`.
macro_rules! routes {
    ($first:ident $(, $more:ident)* $(,)?) => {
        $crate::route::Operations {
            served: || {
                let handlers = axum::routing::MethodRouter::new();
                let (path, handlers) = $crate::route::routes!(@path $first, handlers);
                $( let (_, handlers) = $crate::route::routes!(@path $more, handlers); )*
                (path, handlers)
            },
            described: || utoipa_axum::routes!($first $(, $more)*),
        }
    };
    (@path $handler:ident, $handlers:ident) => {
        utoipa_axum::paste! {{
            use utoipa_axum::PathItemExt as _;
            let methods = <[<__path_ $handler>] as utoipa::Path>::methods();
            let handlers = methods.iter().fold($handlers, |handlers, method| {
                handlers.on(method.to_method_filter(), $handler)
            });
            (<[<__path_ $handler>] as utoipa::Path>::path(), handlers)
        }}
    };
}

pub(crate) use routes;
