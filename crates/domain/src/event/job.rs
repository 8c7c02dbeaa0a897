//! Events about jobs. They are sealed under the chain's data key; nothing in them is personal.

use super::define::events;

events! {
    /// What a person did with a job.
    pub enum JobEvent {
        /// A dead job was retried.
        Retry = "job.retry" {
            /// The kind of work.
            kind: String,
            /// Stable code of the failure that ended it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            last_error: Option<String>,
        },
    }
}
