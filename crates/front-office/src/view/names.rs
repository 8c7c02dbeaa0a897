//! Codes and numbers that replace ids in an answer.

use std::collections::{HashMap, HashSet};

use hefu_core::Result;
use hefu_domain::{
    ids::{CancellationPolicyId, GroupId, PropertyId, RatePlanId, RoomId, RoomTypeId, VisitId},
    property::Property,
};
use hefu_store::{Conn, query};

/// The codes and numbers of one property that an answer needs.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Code of the property.
    pub property: String,
    room_types: HashMap<RoomTypeId, String>,
    rate_plans: HashMap<RatePlanId, String>,
    policies: HashMap<CancellationPolicyId, String>,
    rooms: HashMap<RoomId, String>,
    groups: HashMap<GroupId, String>,
}

impl Names {
    /// The property's code; the rest is loaded on request.
    pub fn of(property: &Property) -> Self {
        Self { property: property.code.clone(), ..Self::default() }
    }

    /// With the codes of room types and rate plans.
    ///
    /// # Errors
    /// The database fails.
    pub async fn with_types(mut self, c: &mut Conn, property: PropertyId) -> Result<Self> {
        let types = query::property::room_types(c, property).await?;
        let plans = query::property::rate_plans(c, property).await?;
        self.room_types.extend(types.into_iter().map(|kind| (kind.id, kind.code)));
        self.rate_plans.extend(plans.into_iter().map(|plan| (plan.id, plan.code)));
        Ok(self)
    }

    /// With the codes of cancellation policies.
    ///
    /// # Errors
    /// The database fails.
    pub async fn with_policies(mut self, c: &mut Conn, property: PropertyId) -> Result<Self> {
        let policies = query::property::policies(c, property).await?;
        self.policies.extend(policies.into_iter().map(|policy| (policy.id, policy.code)));
        Ok(self)
    }

    /// With the numbers of these rooms.
    ///
    /// # Errors
    /// The database fails.
    pub async fn with_rooms(
        mut self,
        c: &mut Conn,
        property: PropertyId,
        rooms: impl IntoIterator<Item = RoomId>,
    ) -> Result<Self> {
        for id in rooms.into_iter().collect::<HashSet<_>>() {
            if let Some(room) = query::property::room(c, property, id).await? {
                self.rooms.insert(id, room.number);
            }
        }
        Ok(self)
    }

    /// With the codes of these groups.
    ///
    /// # Errors
    /// The database fails.
    pub async fn with_groups(
        mut self,
        c: &mut Conn,
        groups: impl IntoIterator<Item = GroupId>,
    ) -> Result<Self> {
        for id in groups.into_iter().collect::<HashSet<_>>() {
            if let Some(group) = query::visit::group(c, id).await? {
                self.groups.insert(id, group.code);
            }
        }
        Ok(self)
    }

    /// Code of a room type.
    pub fn room_type(&self, id: RoomTypeId) -> String {
        self.room_types.get(&id).cloned().unwrap_or_default()
    }

    /// Code of a rate plan.
    pub fn rate_plan(&self, id: RatePlanId) -> Option<String> {
        self.rate_plans.get(&id).cloned()
    }

    /// Code of a cancellation policy.
    pub fn policy(&self, id: CancellationPolicyId) -> Option<String> {
        self.policies.get(&id).cloned()
    }

    /// Number of a room.
    pub fn room(&self, id: RoomId) -> Option<String> {
        self.rooms.get(&id).cloned()
    }

    /// Code of a group.
    pub fn group(&self, id: GroupId) -> Option<String> {
        self.groups.get(&id).cloned()
    }
}

/// The numbers of visits, and the codes of the properties they are in.
#[derive(Debug, Clone, Default)]
pub struct VisitNames {
    numbers: HashMap<VisitId, String>,
    properties: HashMap<PropertyId, String>,
}

impl VisitNames {
    /// Those of these visits.
    ///
    /// # Errors
    /// The database fails.
    pub async fn of(c: &mut Conn, visits: impl IntoIterator<Item = (PropertyId, VisitId)>) -> Result<Self> {
        let visits: HashSet<(PropertyId, VisitId)> = visits.into_iter().collect();
        if visits.is_empty() {
            return Ok(Self::default());
        }
        let visits: Vec<_> = visits.into_iter().collect();
        let numbers = query::visit::numbers(c, &visits).await?.into_iter().collect();
        let properties =
            query::property::all(c).await?.into_iter().map(|property| (property.id, property.code)).collect();
        Ok(Self { numbers, properties })
    }

    /// Number of a visit, ten digits.
    pub fn number(&self, visit: VisitId) -> Option<String> {
        self.numbers.get(&visit).cloned()
    }

    /// Code of a property.
    pub fn property(&self, property: PropertyId) -> Option<String> {
        self.properties.get(&property).cloned()
    }
}
