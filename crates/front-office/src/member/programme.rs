//! The membership programme: what counts for points, what each tier gives, and what a free night costs. The chain has one, and a property can have
//! its own instead.

use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, CHAIN, Command, Query, Reader, Result, Unit, check_version};
use hefu_domain::{
    Message,
    event::{Event, MemberEvent},
    ids::PropertyId,
    member::Tier,
    message::Missing,
    programme::{EARN_NOTHING, Programme, TierRule},
};
use hefu_kernel::{BasisPoints, Id as _};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::property::{check_code, find_property};

/// The most groups that are named.
const MOST_GROUPS: usize = 50;

/// The most points of anything.
const MOST_POINTS: i64 = 1_000_000_000;

/// The programme that holds in a property; of no property: the chain's.
///
/// # Errors
/// The database fails.
pub async fn of(c: &mut Conn, property: PropertyId) -> Result<Programme> {
    let mut known = query::member::programmes(c, property).await?;
    // The property's own stands before the chain's.
    known.sort_by_key(|programme| programme.property_id != property);
    Ok(known.into_iter().next().unwrap_or_else(Programme::standard))
}

/// What members of a tier are to get. What is not given stays.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TierInput {
    /// The tier.
    pub tier: Tier,
    /// From how many points ever earned on a member is in it: in the chain's programme only.
    #[serde(default)]
    pub from_points: Option<i64>,
    /// Off the price of rooms.
    #[serde(default)]
    pub discount: Option<BasisPoints>,
    /// Points for a hundred whole units of currency.
    #[serde(default)]
    pub earning: Option<i64>,
    /// Until when the room may be kept on the departure date, minutes after midnight; 0: as everybody.
    #[serde(default)]
    pub late_check_out: Option<i64>,
    /// Whether a better room is given at the price of the one that was booked, if one is free.
    #[serde(default)]
    pub upgrade: Option<bool>,
}

/// A programme as put. What is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProgrammeInput {
    /// Groups of transaction codes that earn points; empty: all revenue. Penalties and damages never do.
    pub counts: Option<Vec<String>>,
    /// What tiers give.
    pub tiers: Vec<TierInput>,
    /// Points that a free night costs; 0: there are none by points.
    pub night_points: Option<i64>,
}

/// A property's own programme as put.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OwnProgrammeInput {
    /// Groups of transaction codes that earn points; empty: all revenue. Penalties and damages never do.
    pub counts: Option<Vec<String>>,
    /// What tiers give.
    pub tiers: Vec<TierInput>,
    /// Points that a free night costs; 0: there are none by points.
    pub night_points: Option<i64>,
    /// Have no programme of its own any more: the chain's holds.
    pub as_chain: bool,
}

/// A membership programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProgrammeView {
    /// Whether it is the property's own; else the chain's.
    pub own: bool,
    /// Groups of transaction codes that earn points; none: all revenue. Penalties and damages never do.
    pub counts: Vec<String>,
    /// What each tier gives, from the lowest to the highest.
    pub tiers: Vec<TierRule>,
    /// Points that a free night costs; none: there are none by points.
    pub night_points: Option<i64>,
    /// Version of the record; 0: nobody has said anything yet.
    pub version: i64,
}

impl From<Programme> for ProgrammeView {
    fn from(programme: Programme) -> Self {
        let Programme { property_id, counts, tiers, night_points, version } = programme;
        Self { own: property_id != PropertyId::NIL, counts, tiers, night_points, version }
    }
}

fn check_range(at: (&'static str, usize, &'static str), value: i64, (from, to): (i64, i64)) -> Result<()> {
    match (from..=to).contains(&value) {
        true => Ok(()),
        false => Err(AppError::invalid(at, Message::Between { from, to })),
    }
}

impl ProgrammeInput {
    /// Changes what is given. `is_chain`: it is the chain's.
    fn change(&self, programme: &mut Programme, is_chain: bool) -> Result<()> {
        if let Some(counts) = &self.counts {
            if counts.len() > MOST_GROUPS {
                return Err(AppError::invalid("counts", Message::ItemCount { from: 0, to: MOST_GROUPS }));
            }
            for (i, group) in counts.iter().enumerate() {
                check_code(("counts", i), group)?;
                if EARN_NOTHING.contains(&group.as_str()) {
                    return Err(AppError::invalid(("counts", i), Message::NeverEarns));
                }
            }
            let mut counts = counts.clone();
            counts.sort_unstable();
            counts.dedup();
            programme.counts = counts;
        }
        for (i, input) in self.tiers.iter().enumerate() {
            let mut rule = programme.rule(input.tier);
            if let Some(points) = input.from_points {
                if !is_chain {
                    return Err(AppError::invalid(("tiers", i, "from_points"), Message::TiersOfChain));
                }
                check_range(("tiers", i, "from_points"), points, (0, MOST_POINTS))?;
                rule.from_points = points;
            }
            if let Some(discount) = input.discount {
                if !(0..=10_000).contains(&discount.0) {
                    let message = Message::BasisPoints { from: 0, to: 10_000 };
                    return Err(AppError::invalid(("tiers", i, "discount"), message));
                }
                rule.discount = discount;
            }
            if let Some(earning) = input.earning {
                check_range(("tiers", i, "earning"), earning, (0, 10_000))?;
                rule.earning = earning;
            }
            if let Some(minute) = input.late_check_out {
                check_range(("tiers", i, "late_check_out"), minute, (0, 24 * 60 - 1))?;
                rule.late_check_out = Some(minute).filter(|minute| *minute != 0);
            }
            rule.upgrade = input.upgrade.unwrap_or(rule.upgrade);
            programme.tiers.retain(|known| known.tier != rule.tier);
            programme.tiers.push(rule);
        }
        programme.tiers.sort_by_key(|rule| rule.tier);
        let rising = programme.tiers.windows(2).all(|two| two[0].from_points < two[1].from_points);
        if !rising || programme.rule(Tier::Classic).from_points != 0 {
            return Err(AppError::invalid("tiers", Message::TierOrder));
        }
        if let Some(points) = self.night_points {
            if !(0..=MOST_POINTS).contains(&points) {
                let message = Message::Between { from: 0, to: MOST_POINTS };
                return Err(AppError::invalid("night_points", message));
            }
            programme.night_points = Some(points).filter(|points| *points != 0);
        }
        Ok(())
    }
}

/// Writes a programme that is new or known.
async fn write(u: &mut Unit<'_>, programme: &mut Programme, if_match: Option<i64>) -> Result<()> {
    if programme.version == 0 {
        programme.version = 1;
        u.tx.insert(&*programme).await?;
    } else {
        check_version(if_match, programme.version)?;
        u.tx.update(programme).await?;
    }
    Ok(())
}

/// Says what the chain's programme gives. Members keep the tier they have until their points move.
#[derive(Debug, Clone)]
pub struct PutProgramme {
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// What is to change.
    pub input: ProgrammeInput,
}

#[async_trait]
impl Command for PutProgramme {
    const ACTION: Action = Action::ProgrammePut;
    type Out = ProgrammeView;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<ProgrammeView> {
        let mut programme = of(u.tx, PropertyId::NIL).await?;
        self.input.change(&mut programme, true)?;
        write(u, &mut programme, self.if_match).await?;
        let Programme { counts, tiers, night_points, .. } = programme.clone();
        let event: Event = MemberEvent::PutProgramme { counts, tiers, night_points }.into();
        u.record(About::Chain("member_programme", CHAIN), event).await?;
        Ok(programme.into())
    }
}

/// Says what a property's own programme gives; its first one begins as the chain's is.
#[derive(Debug, Clone)]
pub struct PutProgrammeOf {
    /// Code of the property.
    pub property: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// What is to change.
    pub input: OwnProgrammeInput,
}

#[async_trait]
impl Command for PutProgrammeOf {
    const ACTION: Action = Action::ProgrammePutOf;
    type Out = ProgrammeView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<ProgrammeView> {
        let property = u.property(&self.property).await?;
        let OwnProgrammeInput { counts, tiers, night_points, as_chain } = self.input.clone();
        let codes = query::property::codes(u.tx, property.id).await?;
        for (i, group) in counts.iter().flatten().enumerate() {
            if !codes.iter().any(|code| code.group == *group) {
                return Err(AppError::not_found(Missing::ChargeGroup, group).at(("counts", i)));
            }
        }
        let mut programme = of(u.tx, property.id).await?;
        let is_own = programme.property_id == property.id;
        if as_chain {
            if is_own {
                check_version(self.if_match, programme.version)?;
                u.tx.delete(&programme).await?;
            }
            programme = of(u.tx, PropertyId::NIL).await?;
        } else {
            if !is_own {
                programme = Programme { property_id: property.id, version: 0, ..programme };
            }
            ProgrammeInput { counts, tiers, night_points }.change(&mut programme, false)?;
            write(u, &mut programme, self.if_match).await?;
        }
        let Programme { counts, tiers, night_points, .. } = programme.clone();
        let event: Event = MemberEvent::PutProgrammeOf { as_chain, counts, tiers, night_points }.into();
        u.record(About::Property(property.id, "member_programme", property.id.uuid()), event).await?;
        Ok(programme.into())
    }
}

/// The chain's programme.
#[derive(Debug, Clone, Copy)]
pub struct ShowProgramme;

#[async_trait]
impl Query for ShowProgramme {
    const ACTION: Action = Action::ProgrammeShow;
    type Out = ProgrammeView;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<ProgrammeView> {
        of(r.conn().await?, PropertyId::NIL).await.map(ProgrammeView::from)
    }
}

/// The programme that holds in a property.
#[derive(Debug, Clone)]
pub struct ShowProgrammeOf {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for ShowProgrammeOf {
    const ACTION: Action = Action::ProgrammeShowOf;
    type Out = ProgrammeView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<ProgrammeView> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        of(c, property.id).await.map(ProgrammeView::from)
    }
}
