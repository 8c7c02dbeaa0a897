//! wip
mod amount; mod compete; mod engine; mod groups; mod model; mod outcome; mod pairs; mod prepare; mod record; mod text;
pub use record::Record;
pub use engine::{reconcile,Options};
pub use outcome::*;
