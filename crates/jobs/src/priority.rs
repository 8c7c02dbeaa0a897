//! Which threads come first where several need the same processor, with the embedded engine: the one thread that writes, then requests, then what the server does
//! by itself.
//!
//! Everybody who changes something waits for the one writer, so it must not wait in turn for the threads that only read, or that turn away who comes when too many
//! come. A thread begins with the priority of the one that starts it; nobody can raise it again.

/// How much lower the priority of threads is that answer requests: about a third of a processor that the writer would take too.
const REQUESTS: i32 = 5;

/// How much lower the priority of what the server does by itself is: about a tenth of a processor that the writer would take too.
pub(crate) const BACKGROUND: i32 = 10;

/// Lowers the priority of a thread that answers requests, and is to be called in it. The store is to be opened in another one, so that its writer keeps the
/// priority of the process.
pub fn answers_requests() {
    lower(REQUESTS);
}

/// Lowers the priority of a thread that does background work.
pub(crate) fn works_in_the_background() {
    lower(BACKGROUND);
}

fn lower(by: i32) {
    #[cfg(unix)]
    if let Err(error) = rustix::process::nice(by) {
        tracing::warn!(%error, "the priority of a thread cannot be lowered");
    }
}
