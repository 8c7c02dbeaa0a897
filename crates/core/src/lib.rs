//! What every use case is built on: the gate it goes through, the unit of work it runs in, and the errors it returns.
//!
//! A query, a command or an operation is data that declares its action and its resource. [`App::ask`], [`App::execute`] and
//! [`App::operate`] are the only ways to run one: each asks for a decision first, opens one tracing span, updates the metrics, and
//! journals what was shown unmasked. Nothing else hands out a connection to the records.

mod alarm;
mod app;
pub mod clock;
mod command;
mod context;
mod error;
pub mod follow;
mod gate;
mod idempotency;
pub mod job;
mod metrics;
mod opening;
mod operation;
mod permit;
mod query;
mod rush;
mod services;
mod unit;
mod watch;

pub use alarm::MOST_CANARIES;
pub use app::App;
pub use command::Command;
pub use context::{Context, IdempotencyKey, Origin, request_digest};
pub use error::{AppError, Result, check_version, no_stay};
pub use metrics::Metrics;
pub use operation::{Operation, Operator};
pub use query::{Disclosed, Query, Reader};
pub use rush::Rush;
pub use services::Service;
pub use unit::{About, CHAIN, Unit};
pub use watch::{Watch, WatchLimits};
