//! Resources: what an action applies to.

use uuid::Uuid;

/// Declares the kinds of resources.
macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $name:literal, in_property: $in_property:literal;)+) => {
        /// The kinds of resources.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ResourceKind { $($(#[$meta])* $kind,)+ }

        impl ResourceKind {
            /// The name, as in policies.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// Whether each of them belongs to one property, which then decides about access to it.
            pub const fn is_in_property(self) -> bool {
                match self { $(Self::$kind => $in_property,)+ }
            }
        }
    };
}

kinds! {
    /// The whole chain: everything that belongs to no property.
    Chain = "chain", in_property: false;
    /// A property: its setup, its board, its lists.
    Property = "property", in_property: true;
    /// A visit: reservation, stays and bill.
    Visit = "visit", in_property: true;
    /// A guest of the chain.
    Guest = "guest", in_property: false;
    /// A membership of the chain.
    Member = "member", in_property: false;
    /// A group of visits, possibly in several properties.
    Group = "group", in_property: false;
    /// The journal and the ledger over it.
    Journal = "journal", in_property: false;
    /// A run of the import.
    ImportRun = "import_run", in_property: false;
    /// A staff account: its state, factors, sessions and grants.
    Account = "account", in_property: false;
    /// A program of another system, its keys and grants.
    ApiClient = "api_client", in_property: false;
    /// The installation: keys, jobs, health.
    Installation = "installation", in_property: false;
}

/// How a resource is named in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceId<'a> {
    /// All of the kind.
    All,
    /// A code or number.
    Text(&'a str),
    /// An identifier.
    Uuid(Uuid),
}

/// The resource of an action, as far as the request names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Its kind.
    pub kind: ResourceKind,
    /// Which one.
    pub id: ResourceId<'a>,
    /// Code of the property it belongs to; none if it belongs to none, or if that is known only once it is loaded.
    pub property: Option<&'a str>,
}

impl<'a> Resource<'a> {
    /// Everything of a kind that belongs to no property.
    pub const fn all(kind: ResourceKind) -> Self {
        Self { kind, id: ResourceId::All, property: None }
    }

    /// The chain.
    pub const fn chain() -> Self {
        Self::all(ResourceKind::Chain)
    }

    /// The property with this code, or part of its setup.
    pub const fn property(code: &'a str) -> Self {
        Self { kind: ResourceKind::Property, id: ResourceId::Text(code), property: Some(code) }
    }

    /// The visit with this number. Its property is known once it is found.
    pub const fn visit(number: &'a str) -> Self {
        Self { kind: ResourceKind::Visit, id: ResourceId::Text(number), property: None }
    }

    /// The guest with this id.
    pub const fn guest(id: Uuid) -> Self {
        Self { kind: ResourceKind::Guest, id: ResourceId::Uuid(id), property: None }
    }

    /// A resource of a kind that belongs to no property, by its code or number.
    pub const fn named(kind: ResourceKind, name: &'a str) -> Self {
        Self { kind, id: ResourceId::Text(name), property: None }
    }

    /// A resource of a kind that belongs to no property, by its id.
    pub const fn with_id(kind: ResourceKind, id: Uuid) -> Self {
        Self { kind, id: ResourceId::Uuid(id), property: None }
    }
}

/// Which properties a request may concern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// All of the chain.
    #[default]
    All,
    /// Those with these codes.
    Only(Vec<String>),
}

impl Scope {
    /// Whether the property with this code is among them.
    pub fn contains(&self, property: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(codes) => codes.iter().any(|code| code == property),
        }
    }
}
