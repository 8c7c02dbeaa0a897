//! What the roles may do, for whoever needs to know.

use std::sync::Arc;

use hefu_authz::{Access, Granted, OWN, Policies, Rights};
use hefu_core::{App, Service};
use hefu_store::Store;

/// What the roles may do.
pub struct Roles(pub Arc<Policies>);

impl Service for Roles {
    fn new(_: &Store) -> Self {
        // A test evaluates the policies that Hefu comes with; if they were wrong all the same, nobody may do anything.
        let none = |error| {
            tracing::error!(%error, "the policies cannot be used: nobody may do anything");
            Arc::new(Policies::none())
        };
        Self(Policies::embedded().unwrap_or_else(none))
    }
}

/// The rights of every account about itself, and no others.
pub fn own_access(app: &App) -> Access {
    access_of(&app.service::<Roles>().0, [OWN])
}

/// The rights of roles in the whole chain.
pub fn access_of<'a>(policies: &Policies, roles: impl IntoIterator<Item = &'a str>) -> Access {
    let roles = roles.into_iter().filter_map(|role| policies.role(role));
    let granted = roles.map(|role| Granted { role: role.clone(), property: None }).collect();
    Access::Granted(Arc::new(Rights { granted, second_factor: false }))
}
