//! House accounts 【哑房账】: bills without a room, such as the master account of a group, which pays charges of its rooms by their codes.

use async_trait::async_trait;
use hefu_domain::{
    Message, Place, Rule, RuleError,
    event::{Event, PropertyEvent, ReservationEvent},
    folio::{GroupRouting, WINDOWS},
    ids::VisitId,
    message::Missing,
    property::CodeKind,
    reservation::{BY_HAND, Guarantee, Reservation, ReservationState},
};
use hefu_kernel::Id as _;
use hefu_people::guest::{GuestRef, resolve};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    folio::{settle::settle, transfer::require_settled},
    property::{check_name, find_group},
    visit::{
        HOUSE_ACCOUNT, Visit, VisitAction,
        book::{free_number, list},
        locate, lock,
        state::{VisitState, state_of},
    },
};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, AppError, Command, Result, Unit};

/// A house account to open.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseAccountInput {
    /// What it is for: the company or the event, and no person.
    pub name: String,
    /// Who answers for it.
    pub guest: GuestRef,
    /// Code of the group it belongs to.
    #[serde(default)]
    pub group: Option<String>,
}

/// Opens a bill without a room. It takes charges, payments and transfers as any other, under a number of its own.
#[derive(Debug, Clone)]
pub struct OpenHouseAccount {
    /// The property's code.
    pub property: String,
    /// The account.
    pub input: HouseAccountInput,
}

#[async_trait]
impl Command for OpenHouseAccount {
    const ACTION: Action = Action::HouseAccountOpen;
    type Out = VisitState;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<VisitState> {
        check_name("name", &self.input.name)?;
        let property = u.property(&self.property).await?;
        let group_id = match &self.input.group {
            None => None,
            Some(code) => Some(find_group(u.tx, code).await.map_err(|error| error.at("group"))?.id),
        };
        let guest_id = resolve(u, &self.input.guest).await.map_err(|error| error.under("guest"))?;
        let today = property.business_date;
        let id: VisitId = u.id();
        let reservation = Reservation {
            property_id: property.id,
            id,
            number: free_number(u).await?.digits(),
            guest_id,
            state: ReservationState::Reserved,
            arrival: today,
            departure: today,
            adults: 0,
            children: 0,
            channel: HOUSE_ACCOUNT.into(),
            segment: None,
            guarantee: Guarantee::Company,
            currency: property.currency,
            walk_in: false,
            group_id,
            company: Some(self.input.name.trim().to_owned()),
            penalty: 0,
            state_reason: None,
            booked_at: Some(u.now),
            version: 1,
        };
        u.tx.insert(&reservation).await?;
        let alias = list(u, &reservation).await?;
        u.tx.insert(&alias).await?;
        let event = ReservationEvent::booked(&reservation, &[], Vec::new(), Vec::new());
        u.record(About::Visit(&reservation), event).await?;
        let visit = Visit {
            property,
            reservation,
            rooms: Vec::new(),
            stays: Vec::new(),
            shares: Vec::new(),
            flags: Vec::new(),
        };
        state_of(u, &visit).await
    }
}

/// Refuses a bill without a room: a room that came to it could be left, but the account not be closed any more.
///
/// # Errors
/// [`Rule::WrongState`].
pub(crate) fn require_rooms(visit: &Visit) -> Result<()> {
    if visit.is_account() {
        return Err(RuleError::new(Rule::WrongState, (), Message::AccountTakesNoRoom).into());
    }
    Ok(())
}

/// Refuses anything but a bill without a room, in this state.
fn require_account(visit: &Visit, state: ReservationState) -> Result<()> {
    if !visit.is_account() {
        return Err(RuleError::new(Rule::WrongState, (), Message::NoHouseAccount).into());
    }
    if visit.reservation.state != state {
        let (state, needed) = (visit.reservation.state, vec![state]);
        return Err(RuleError::new(Rule::WrongState, (), Message::ReservationIs { state, needed }).into());
    }
    Ok(())
}

/// Closes a house account that is settled.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CloseHouseAccount {
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

/// Opens a closed house account again.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReopenHouseAccount {
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for CloseHouseAccount {
    const ACTION: Action = Action::HouseAccountClose;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        require_account(visit, ReservationState::Reserved)?;
        require_settled(u, visit).await?;
        let before = visit.clone();
        visit.reservation.state = ReservationState::Cancelled;
        visit.reservation.state_reason = Some(BY_HAND.into());
        visit.write(u, &before).await?;
        settle(u, visit).await?;
        Ok(ReservationEvent::CloseAccount {}.into())
    }
}

#[async_trait]
impl VisitAction for ReopenHouseAccount {
    const ACTION: Action = Action::HouseAccountReopen;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        require_account(visit, ReservationState::Cancelled)?;
        let before = visit.clone();
        visit.reservation.state = ReservationState::Reserved;
        visit.reservation.state_reason = None;
        visit.write(u, &before).await?;
        Ok(ReservationEvent::ReopenAccount {}.into())
    }
}

/// Which account pays which charges of a group's rooms.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRoutingInput {
    /// Code of the property.
    pub property: String,
    /// The transaction codes' group: `room`, `minibar`, …
    pub code_group: String,
    /// Any number of the visit that pays; none: each room itself.
    #[serde(default)]
    pub master: Option<String>,
    /// The window of its bill: several payers have a window each.
    #[serde(default = "first")]
    pub window: i64,
}

const fn first() -> i64 {
    1
}

/// Routes charges of a group's rooms to an account from now on.
#[derive(Debug, Clone)]
pub struct RouteGroup {
    /// The group's code.
    pub code: String,
    /// What goes where.
    pub input: GroupRoutingInput,
}

/// Where the charges of a group of codes go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupRoutingView {
    /// The transaction codes' group.
    pub code_group: String,
    /// The number of the visit that pays, in groups; none: each room itself.
    pub master: Option<String>,
    /// The window of its bill.
    pub window: i64,
}

#[async_trait]
impl Command for RouteGroup {
    const ACTION: Action = Action::GroupRoute;
    type Out = GroupRoutingView;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Group, &self.code)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<GroupRoutingView> {
        let input = &self.input;
        let group = find_group(u.tx, &self.code).await.map_err(|error| error.at(Place::parameter("code")))?;
        let property = u.property(&input.property).await.map_err(|error| error.at("property"))?;
        if !(1..=WINDOWS).contains(&input.window) {
            return Err(AppError::invalid("window", Message::Between { from: 1, to: WINDOWS }));
        }
        let codes = query::property::codes(u.tx, property.id).await?;
        if !codes.iter().any(|code| code.group == input.code_group && code.kind == CodeKind::Revenue) {
            return Err(AppError::not_found(Missing::ChargeGroup, &input.code_group).at("code_group"));
        }
        let known = query::visit::group_routing(u.tx, group.id, property.id, &input.code_group).await?;
        let mut number = None;
        let master = match &input.master {
            None => None,
            Some(given) => {
                let (of, id) = locate(u.tx, given, None).await.map_err(|error| error.at("master"))?;
                if of != property.id {
                    return Err(AppError::invalid("master", Message::OfOtherProperty));
                }
                let master = lock(u.tx, property.id, id).await?;
                master.require_open().map_err(|error| error.at("master"))?;
                number = Some(crate::visit::grouped(&master.reservation.number));
                Some(id)
            }
        };
        match (master, known) {
            (Some(visit_id), Some(mut known)) => {
                (known.visit_id, known.window) = (visit_id, input.window);
                u.tx.update(&mut known).await?;
            }
            (Some(visit_id), None) => {
                u.tx.insert(&GroupRouting {
                    group_id: group.id,
                    property_id: property.id,
                    code_group: input.code_group.clone(),
                    visit_id,
                    window: input.window,
                    version: 1,
                })
                .await?;
            }
            (None, Some(known)) => u.tx.delete(&known).await?,
            (None, None) => {}
        }
        let event = PropertyEvent::RouteGroup {
            group: group.code,
            property: property.code.clone(),
            code_group: input.code_group.clone(),
            master,
            window: input.window,
        };
        u.record(About::Chain("group", group.id.uuid()), event).await?;
        Ok(GroupRoutingView { code_group: input.code_group.clone(), master: number, window: input.window })
    }
}
