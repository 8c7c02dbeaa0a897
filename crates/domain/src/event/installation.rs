//! Events about the installation. They are sealed under the chain's data key; nothing in them is personal.

use super::define::events;

events! {
    /// What happened to the installation.
    pub enum InstallationEvent {
        /// A release migrated the database, or made it.
        Migrate = "installation.migrate" {
            /// The last migration.
            version: i64,
            /// SHA-256 over what the database was made of then: hexadecimal digits.
            schema: String,
        },
    }
}
