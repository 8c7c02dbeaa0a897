//! What the database is made of: noted in the ledger when a release has migrated it, and compared with that and with the release itself.

use async_trait::async_trait;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, CHAIN, Command, Query, Reader, Result, Unit};
use hefu_domain::event::InstallationEvent;
use hefu_kernel::hex;
use hefu_store::{
    Conn, SchemaFingerprint,
    schema::{self, Part, Schema},
};

/// Notes in the ledger what the database is made of, once for each last migration. Answers whether it was not noted before.
#[derive(Debug, Clone, Copy)]
pub struct RecordSchema;

#[async_trait]
impl Command for RecordSchema {
    const ACTION: Action = Action::SchemaRecord;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<bool> {
        let version = Schema::expected(u.tx).version();
        if schema::last(u.tx).await?.is_some_and(|last| last.version >= version) {
            return Ok(false);
        }
        let digest = Schema::of(u.tx).await?.digest().to_vec();
        let schema = hex(&digest);
        u.tx.insert(&SchemaFingerprint { version, digest, recorded_at: u.now }).await?;
        u.record(About::Chain("schema", CHAIN), InstallationEvent::Migrate { version, schema }).await?;
        Ok(true)
    }
}

/// Whether [`RecordSchema`] has something to note.
#[derive(Debug, Clone, Copy)]
pub struct IsSchemaNew;

#[async_trait]
impl Query for IsSchemaNew {
    const ACTION: Action = Action::HealthShow;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<bool> {
        let c = r.conn().await?;
        let version = Schema::expected(c).version();
        Ok(schema::last(c).await?.is_none_or(|last| last.version < version))
    }
}

/// How the database differs from what it should be made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaDifferences {
    /// Parts that are not as this release makes them.
    pub parts: Vec<(String, Part)>,
    /// The last migration, if the whole is not as the ledger says it was then.
    pub since: Option<i64>,
}

impl SchemaDifferences {
    /// Those of a database.
    pub(crate) async fn of(c: &mut Conn) -> Result<Self> {
        let (here, expected) = (Schema::of(c).await?, Schema::expected(c));
        let parts = here.differences(&expected).into_iter().map(|(name, part)| (name.to_owned(), part));
        let last = schema::last(c).await?.filter(|last| last.digest != here.digest());
        Ok(Self { parts: parts.collect(), since: last.map(|last| last.version) })
    }
}

/// How the database differs from what it should be made of.
#[derive(Debug, Clone, Copy)]
pub struct CheckSchema;

#[async_trait]
impl Query for CheckSchema {
    const ACTION: Action = Action::HealthShow;
    type Out = SchemaDifferences;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<SchemaDifferences> {
        SchemaDifferences::of(r.snapshot().await?).await
    }
}
