//! The names of those whom the journal knows by opaque names only.

use async_trait::async_trait;
use hefu_authz::{Action, Principal, Resource, ResourceKind};
use hefu_core::{AppError, Query, Reader, Result};
use hefu_domain::{
    Message,
    ids::{AccountId, ApiClientId},
};
use hefu_kernel::Id;
use hefu_store::query::{self, account::Secret};
use serde::Serialize;
use utoipa::ToSchema;

/// Names that are told at once.
const MOST: usize = 100;

/// Whose name it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Colleague)]
pub struct ColleagueView {
    /// The opaque name under which the journal knows them, e.g. `staff:01920000-0000-7000-8000-000000000001`.
    pub actor: String,
    /// The name that an administrator gave the account or the program.
    pub name: String,
}

/// Tells the names of accounts and programs by their opaque names. Whoever is known by none, or was erased, is left out: jobs have no other name.
#[derive(Debug, Clone)]
pub struct NameColleagues {
    /// Their opaque names, a hundred at most.
    pub actors: Vec<String>,
}

#[async_trait]
impl Query for NameColleagues {
    const ACTION: Action = Action::OwnColleagues;
    type Out = Vec<ColleagueView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Account)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<ColleagueView>> {
        if self.actors.len() > MOST {
            return Err(AppError::invalid("actors", Message::NamesAtOnce { most: MOST }));
        }
        let vault = r.vault();
        let c = r.conn().await?;
        let mut found = Vec::new();
        for actor in &self.actors {
            let name = match Principal::named(actor) {
                Principal::Staff(id) => match query::account::find(c, AccountId::from_uuid(id)).await? {
                    Some(account) => {
                        let name =
                            query::account::open(c, &vault, account.id, Secret::Name, &account.name).await?;
                        name.and_then(|name| String::from_utf8(name).ok())
                    }
                    None => None,
                },
                Principal::ApiClient(id) => {
                    query::account::client(c, ApiClientId::from_uuid(id)).await?.map(|client| client.name)
                }
                _ => None,
            };
            found.extend(name.map(|name| ColleagueView { actor: actor.clone(), name }));
        }
        Ok(found)
    }
}
