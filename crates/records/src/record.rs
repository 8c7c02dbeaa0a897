//! The three-part record: what was booked, what happened, what was consumed and paid.

use async_trait::async_trait;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use hefu_domain::message::Missing;
use hefu_domain::{
    reservation::{ReservationRoom, normalise_number},
    source::Origin,
    stay::{DeskState, StayRole},
};
use hefu_kernel::{Id as _, hex};
use hefu_store::query;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    journal::{JournalEntryView, journal_of_visit},
    reported::{self, ReportedLine},
    shared::{Made, SharedCache},
    sources::{self, DifferenceView, SourceName, SourceOfVisit},
};
use hefu_authz::{Action, Masks, Resource};
use hefu_core::{AppError, Query, Reader, Result, Service};
use hefu_front_office::{
    company::{NamedCompany, named_companies},
    folio::{
        bill::{is_charge, is_moved_here},
        overrun::grows,
        to_come::{Comes, NightToCome, to_come},
    },
    member::wallet::wallet,
    view::{
        bill::{FolioView, PostingView, PreAuthView, RoutingView},
        booking::{
            AgreedRoom, AliasView, DepositEntryView, DepositView, EarlierVersion, GroupInfo, ReservationView,
            Snapshot,
        },
        names::{Names, VisitNames},
        points::PointsEntryView,
        stay::{StayRoomView, StayView},
    },
    visit::{Visit, grouped, load, locate, state::tag},
};
use hefu_people::view::{GuestView, MembershipView};
use hefu_store::{Conn, Store, Vault};

/// Memory for rendered three-part records, bytes.
const RENDERED_BYTES: u64 = 64 << 20;

/// Everything about one visit, side by side 【预订状态-入住状态-消费明细 三联单】.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VisitView {
    /// The number, in groups.
    pub number: String,
    /// Other numbers it is found under.
    pub aliases: Vec<AliasView>,
    /// Code of the property.
    pub property: String,
    /// Name of the property.
    pub property_name: String,
    /// Who booked, masked.
    pub guest: GuestView,
    /// What was booked.
    pub booking: BookingPart,
    /// What happened.
    pub stay: Vec<StayPart>,
    /// What was consumed and paid.
    pub consumption: ConsumptionPart,
    /// Points it earned and spent; none without a membership.
    pub points: Option<PointsPart>,
    /// The records of other systems that speak of it, every version.
    pub sources: Vec<SourceOfVisit>,
    /// Where a source says otherwise than the visit.
    pub differences: Vec<DifferenceView>,
    /// Who did what, when and why.
    pub journal: Vec<JournalEntryView>,
}

/// The booking half.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BookingPart {
    /// The promise.
    pub reservation: ReservationView,
    /// Room by room.
    pub rooms: Vec<BookedRoom>,
    /// Deposits and instalments that were asked for.
    pub deposits: Vec<DepositView>,
    /// The deposit ledger of the visit: money that came in and what became of it, in order.
    pub deposit_entries: Vec<DepositEntryView>,
    /// What is held for the visit and on no bill, minor units.
    pub deposit_held: i64,
    /// What was agreed before each change, the oldest first.
    pub versions: Vec<EarlierVersion>,
    /// The group it belongs to.
    pub group: Option<GroupInfo>,
    /// The company it is for, and the agent who booked it, as far as they are known as such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<NamedCompany>,
    /// What the rooms that are not called off cost in all as promised, minor units, without fee and tax on top.
    pub promised: i64,
    /// The source it is from; none: entered here.
    pub source: Option<SourceName>,
}

/// A room as booked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BookedRoom {
    /// The room of the reservation.
    #[serde(flatten)]
    pub room: AgreedRoom,
    /// What the desk calls it today; none once it is lived in or called off.
    pub desk_state: Option<DeskState>,
}

/// The stay half: one room lived in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StayPart {
    /// The stay.
    #[serde(flatten)]
    pub stay: StayView,
    /// What the desk calls it today.
    pub desk_state: Option<DeskState>,
    /// The people in it, masked.
    pub guests: Vec<StayPerson>,
    /// The rooms it was in.
    pub rooms: Vec<StayRoomView>,
    /// The source it is from; none: entered here.
    pub source: Option<SourceName>,
    /// What of it no source says and was worked out: `room`, `checked_in_at`, `checked_out_at`.
    pub derived: Vec<&'static str>,
}

/// A person in a stay.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StayPerson {
    /// What the person is in it.
    pub role: StayRole,
    /// Who, masked.
    pub guest: GuestView,
}

/// The consumption half.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsumptionPart {
    /// The windows of the bill.
    pub folios: Vec<FolioView>,
    /// Its lines, in order. Those whose origin is `derived` were worked out from what `source` says.
    pub postings: Vec<PostingView>,
    /// The source that derived lines were worked out from.
    pub source: Option<SourceName>,
    /// Amounts set aside on cards.
    pub pre_authorisations: Vec<PreAuthView>,
    /// Which charges go to which window.
    pub routings: Vec<RoutingView>,
    /// Charges, minor units.
    pub charged: i64,
    /// Payments, minor units, above zero.
    pub paid: i64,
    /// Still to be paid, minor units.
    pub balance: i64,
    /// Nights of rooms lived in or due that are not charged yet, with service fee and tax.
    pub to_come: Vec<NightToCome>,
    /// Whether what is to come grows by itself, so that it is not to be kept.
    #[serde(skip)]
    grows: bool,
    /// What is to be paid in all when the guest leaves as planned: the balance and what is to come by then, but for what master accounts of the
    /// group pay of it, minor units.
    pub at_check_out: i64,
    /// What of the charges another system kept the bill of, minor units: how it was settled is not known here.
    pub settled_elsewhere: i64,
    /// The lines, payments and points that other systems tell of, each with its source. They are on no bill here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reported: Vec<ReportedLine>,
}

/// The member half.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PointsPart {
    /// The booker's membership.
    pub membership: MembershipView,
    /// The movements of this visit, on this membership and those of others who are read as the booker.
    pub entries: Vec<PointsEntryView>,
    /// Their sum.
    pub points: i64,
}

/// A rendered three-part record, and what it was made of.
#[derive(Debug)]
struct Rendered {
    /// Its entity tag.
    tag: String,
    /// Code of the property it belongs to.
    property: String,
    json: Bytes,
    /// Every record the answer depends on, with its generation when it was read.
    made_of: Vec<(Uuid, u64)>,
    /// Until when it is used.
    until: Instant,
}

impl Rendered {
    /// Bytes it takes in memory, about.
    fn weight(&self, key: &str) -> u32 {
        u32::try_from(self.json.len() + self.tag.len() + key.len() + 24 * self.made_of.len() + 128)
            .unwrap_or(u32::MAX)
    }
}

/// How long a rendered record is used at most where other servers write, or while entries of its journal have no place in the log yet. Changes of this process are
/// noticed at once; this bounds how late those of others and the log indexes show.
pub const KEPT: Duration = Duration::from_secs(1);
/// How long where every change is noticed.
const KEPT_ALONE: Duration = Duration::from_secs(60);

/// Three-part records kept rendered, in this process and, where there is one, in a cache that servers share.
pub struct RecordCache {
    rendered: moka::sync::Cache<String, Arc<Rendered>>,
    shared: Option<Arc<SharedCache>>,
    /// How long a record is used whose journal is in the log.
    kept: Duration,
}

impl Service for RecordCache {
    fn new(store: &Store) -> Self {
        Self::sharing(store, None)
    }
}

impl RecordCache {
    /// A cache that also asks one that other servers share.
    pub fn sharing(store: &Store, shared: Option<Arc<SharedCache>>) -> Self {
        let kept = if store.notices_all() { KEPT_ALONE } else { KEPT };
        let rendered = moka::sync::Cache::builder()
            .max_capacity(RENDERED_BYTES)
            .weigher(|key: &String, record: &Arc<Rendered>| record.weight(key))
            .time_to_live(kept)
            .build();
        Self { rendered, shared, kept }
    }

    /// The cache that other servers share, where there is one.
    pub const fn shared(&self) -> Option<&Arc<SharedCache>> {
        self.shared.as_ref()
    }
}

/// A three-part record as it is answered.
#[derive(Debug, Clone)]
pub struct RenderedRecord {
    /// The entity tag: the reservation's version, the visit's revision and the digest of the text, `7-0c1d…-3f2a…`. A change is refused that
    /// was made on another revision.
    pub tag: String,
    /// The text.
    pub json: Bytes,
}

/// The three-part record as JSON, with its entity tag: from memory when nothing it was made of has changed since.
#[derive(Debug, Clone)]
pub struct ShowRecord {
    /// Any number of the visit.
    pub number: String,
    /// Code of the property, when several use the same external number.
    pub property: Option<String>,
}

#[async_trait]
impl Query for ShowRecord {
    const ACTION: Action = Action::VisitShow;
    type Out = RenderedRecord;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let property = self.property.as_deref();
        let number = normalise_number(&self.number);
        // Everything that decides what the text says: how much is masked, the number, the property. It is the same in every language.
        let key_of =
            |masks: Masks| format!("{:03x}\n{number}\n{}", masks.bits(), property.unwrap_or_default());
        let (cache, generations) = (r.service::<RecordCache>(), r.generations());
        // How much is masked depends on the property, which is known once the record is found: mostly there is one answer only.
        let possible = r.possible_masks();
        for masks in &possible {
            if let Some(known) = cache.rendered.get(&key_of(*masks))
                && Instant::now() < known.until
                && r.masks_at(&known.property) == *masks
                && known.made_of.iter().all(|(id, generation)| generations.of(*id) == *generation)
            {
                r.within(&known.property)?;
                opens(r, known.made_of.iter().map(|(id, _)| *id));
                return Ok(RenderedRecord { tag: known.tag.clone(), json: known.json.clone() });
            }
        }
        let (total, began) = (generations.total(), Instant::now());
        let mut found = None;
        if let Some(shared) = cache.shared() {
            for masks in &possible {
                found = shared.get(&key_of(*masks)).await;
                found = found.filter(|known| r.masks_at(&known.made.property) == *masks);
                if found.is_some() {
                    break;
                }
            }
        }
        let (made, made_of) = match (found, cache.shared()) {
            (Some(known), _) => {
                opens(r, known.made_of.iter().copied());
                (known.made, Some(known.made_of))
            }
            (None, None) => render(r, &self.number, property).await?,
            (None, Some(shared)) => {
                let total = shared.total().await;
                let (made, made_of) = render(r, &self.number, property).await?;
                if let (Some(total), Some(made_of)) = (total, &made_of) {
                    shared.put(&key_of(r.masks_at(&made.property)), total, &made, made_of).await;
                }
                (made, made_of)
            }
        };
        r.within(&made.property)?;
        let Made { tag, property: code, json, is_sequenced } = made;
        if let Some(made_of) = made_of {
            let made_of = made_of.into_iter().map(|id| (id, generations.of(id))).collect();
            if generations.total() == total {
                let key = key_of(r.masks_at(&code));
                let until = began + if is_sequenced { cache.kept } else { KEPT };
                let rendered =
                    Rendered { tag: tag.clone(), property: code, json: json.clone(), made_of, until };
                cache.rendered.insert(key, Arc::new(rendered));
            }
        }
        Ok(RenderedRecord { tag, json })
    }
}

/// Notes that the record is opened, by what it was made of: the visit first, and everybody in it.
fn opens(r: &mut Reader<'_>, made_of: impl Iterator<Item = Uuid> + Clone) {
    if let Some(visit) = made_of.clone().next() {
        r.opens(("visit", visit), made_of);
    }
}

/// The record, and what it was made of, read from the database. Under an outside number it is not to be kept:
/// another visit can get the same number, and nothing this record was made of has changed.
async fn render(
    r: &mut Reader<'_>,
    number: &str,
    property: Option<&str>,
) -> Result<(Made, Option<Vec<Uuid>>)> {
    let (vault, now) = (r.vault(), r.now);
    let c = r.snapshot().await?;
    let (property, id) = locate(c, number, property).await?;
    let visit = load(c, property, id).await?;
    r.within(&visit.property.code)?;
    let masks = r.masks();
    let (view, mut made_of, revision) = view_of(r.snapshot().await?, &vault, visit, masks, now).await?;
    r.release();
    let json = Bytes::from(serde_json::to_vec(&view).unwrap_or_default());
    let digest = hex(&hefu_crypto::sha256(&[&json])[..8]);
    let tag = format!("{}-{digest}", tag(view.booking.reservation.version, revision));
    let is_sequenced = view.journal.iter().all(|entry| entry.log_index.is_some());
    let made = Made { tag, property: view.property.clone(), json, is_sequenced };
    made_of.push(view.guest.id.uuid());
    made_of.extend(view.stay.iter().flat_map(|stay| &stay.guests).map(|person| person.guest.id.uuid()));
    opens(r, made_of.iter().copied());
    // What is to be charged by the hour grows although nothing is written.
    let is_kept = view.booking.reservation.number == normalise_number(number) && !view.consumption.grows;
    Ok((made, is_kept.then_some(made_of)))
}

/// The three-part record of a visit; the reservation, the property and the group it was made of; its revision.
///
/// # Errors
/// No such visit, or the database fails.
async fn view_of(
    c: &mut Conn,
    vault: &Vault,
    visit: Visit,
    masks: Masks,
    now: DateTime<Utc>,
) -> Result<(VisitView, Vec<Uuid>, u64)> {
    let (property, id) = (visit.property.id, visit.reservation.id);
    let revision = query::visit::revision(c, &visit.reservation, 0).await?;
    let today = visit.property.business_date;
    let lived_in = query::visit::stay_rooms(c, property, id).await?;
    let versions = query::visit::versions(c, property, id).await?;
    let earlier: Vec<Snapshot> = versions.iter().map(Snapshot::read).collect::<Result<_>>()?;
    let group = match visit.reservation.group_id {
        Some(group) => query::visit::group(c, group).await?,
        None => None,
    };
    let rooms = visit.rooms.iter().chain(earlier.iter().flat_map(|version| &version.rooms));
    let rooms: Vec<_> = rooms
        .filter_map(|room| room.room_id)
        .chain(visit.stays.iter().map(|stay| stay.room_id))
        .chain(lived_in.iter().map(|room| room.room_id))
        .collect();
    let groups: Vec<_> = earlier
        .iter()
        .map(|version| &version.reservation)
        .chain([&visit.reservation])
        .filter_map(|reservation| reservation.group_id)
        .collect();
    let names = Names::of(&visit.property)
        .with_types(c, property)
        .await?
        .with_rooms(c, property, rooms)
        .await?
        .with_groups(c, groups)
        .await?;

    let mut rooms = Vec::new();
    for room in &visit.rooms {
        rooms.push(BookedRoom {
            room: AgreedRoom::of(room.clone(), &names, masks),
            desk_state: room.is_awaited().then(|| DeskState::of_arrival(room.arrival, today)),
        });
    }

    let records = query::source::of_visit(c, property, id).await?;
    let folios = query::visit::folios(c, property, id).await?;
    let people = query::visit::stay_guests(c, property, id).await?;
    let mut stays = Vec::new();
    for stay in &visit.stays {
        let mut guests = Vec::new();
        for person in people.iter().filter(|person| person.stay_id == stay.id) {
            if let Some(guest) = query::guest::find(c, vault, person.guest_id).await? {
                guests.push(StayPerson { role: person.role, guest: GuestView::of(guest, masks) });
            }
        }
        let rooms: Vec<_> = lived_in.iter().filter(|room| room.stay_id == stay.id).cloned().collect();
        let (source, derived) = sources::of_stay(&records, &rooms, &folios);
        stays.push(StayPart {
            source,
            derived,
            desk_state: DeskState::of_stay(stay.state, stay.departure, today),
            guests,
            rooms: rooms.into_iter().map(|room| StayRoomView::of(room, &names, masks)).collect(),
            stay: StayView::of(stay.clone(), visit.share(stay.id), &names),
        });
    }

    let postings = query::visit::postings(c, property, id).await?;
    // A deposit moved here and a balance moved to the city ledger are paid, not charged.
    let sum = |charged: bool| -> i64 {
        postings.iter().filter(|line| is_charge(line) == charged).map(|line| line.amount).sum()
    };
    let (charged, paid) = (sum(true), -sum(false));
    let balance: i64 = folios.iter().map(|folio| folio.balance).sum();
    let to_come = to_come(c, &visit, &postings, now).await?;
    let by_check_out = to_come.iter().filter(|night| night.at == Comes::CheckOut);
    let at_check_out = balance + by_check_out.map(|night| night.total - night.by_master).sum::<i64>();
    let held = query::books::entries(c, property, id).await?;
    let is_derived = postings.iter().any(|line| line.origin == Origin::Derived);
    // Few bills have lines of other visits.
    let origins: HashMap<_, _> = match postings
        .iter()
        .any(|line| line.once.as_deref().is_some_and(is_moved_here))
    {
        false => HashMap::new(),
        true => {
            query::visit::origins(c, property, id).await?.into_iter().map(|of| (of.posting_id, of)).collect()
        }
    };
    let names = names.with_rooms(c, property, origins.values().filter_map(|of| of.room_id)).await?;
    let others = VisitNames::of(c, origins.values().map(|of| (property, of.from_visit_id))).await?;
    let windows: HashMap<_, _> = folios.iter().map(|folio| (folio.id, folio.window)).collect();
    let consumption = ConsumptionPart {
        charged,
        paid,
        balance,
        to_come,
        grows: grows(&visit),
        at_check_out,
        settled_elsewhere: charged - paid - balance,
        reported: reported::lines(c, vault, &records, masks).await?,
        source: sources::of_part(&records, "booking").filter(|_| is_derived),
        pre_authorisations: shown(query::visit::pre_auths(c, property, id).await?),
        routings: shown(query::visit::routings(c, property, id).await?),
        folios: shown(folios),
        postings: postings
            .into_iter()
            .map(|line| {
                let window = windows.get(&line.folio_id).copied().unwrap_or_default();
                let room = visit.stays.iter().find(|stay| Some(stay.id) == line.stay_id);
                let origin = origins.get(&line.id);
                let room = room.map(|stay| stay.room_id).or(origin.and_then(|of| of.room_id));
                let from = origin.and_then(|of| others.number(of.from_visit_id));
                let of = (room.and_then(|id| names.room(id)), from.map(|number| grouped(&number)));
                PostingView::of(line, window, of, masks)
            })
            .collect(),
    };

    let guest = query::guest::find(c, vault, visit.reservation.guest_id)
        .await?
        .ok_or_else(|| AppError::not_found(Missing::Guest, visit.reservation.guest_id))?;
    let wallet = wallet(c, visit.reservation.guest_id).await?;
    let holders: Vec<_> = wallet.iter().map(|membership| membership.guest_id.uuid()).collect();
    let mut entries = query::member::of_visit(c, property, id).await?;
    entries.retain(|entry| wallet.iter().any(|membership| membership.id == entry.membership_id));
    let points = wallet.into_iter().next().map(|membership| PointsPart {
        points: entries.iter().map(|entry| entry.points).sum(),
        membership: membership.into(),
        entries: entries
            .into_iter()
            .map(|entry| {
                let number = visit.reservation.number.clone();
                PointsEntryView::of(entry, Some(visit.property.code.clone()), Some(number))
            })
            .collect(),
    });
    let mut aliases = query::visit::aliases(c, property, id).await?;
    aliases.retain(|alias| alias.number != visit.reservation.number);
    // Whoever was joined into another is named beside that one: once they are separated, the record is another.
    let mut made_of = vec![id.uuid(), property.uuid(), visit.reservation.guest_id.uuid()];
    made_of.extend(people.iter().map(|person| person.guest_id.uuid()).chain(holders));
    if let Some(group) = &group {
        made_of.push(group.id.uuid());
        // Whether they pay what is to come.
        let masters = query::visit::group_routings(c, group.id).await?;
        made_of.extend(masters.into_iter().map(|routing| routing.visit_id.uuid()));
    }
    let companies = query::company::of_visit(c, property, id).await?;
    made_of.extend(companies.iter().map(|named| named.company_id.uuid()));
    let companies = named_companies(c, companies).await?;
    let view = VisitView {
        number: grouped(&visit.reservation.number),
        aliases: shown(aliases),
        property: visit.property.code.clone(),
        property_name: visit.property.name.clone(),
        guest: GuestView::of(guest, masks),
        booking: BookingPart {
            promised: promised(&visit.rooms),
            rooms,
            deposits: shown(query::visit::deposits(c, property, id).await?),
            deposit_held: held.iter().map(|entry| entry.amount).sum(),
            deposit_entries: held.into_iter().map(|entry| DepositEntryView::of(entry, masks)).collect(),
            versions: earlier
                .into_iter()
                .zip(&versions)
                .map(|(snapshot, version)| snapshot.view(version, &names, masks))
                .collect(),
            group: group.map(GroupInfo::from),
            companies,
            source: sources::of_part(&records, "booking"),
            reservation: ReservationView::of(visit.reservation, &names, masks),
        },
        stay: stays,
        consumption,
        points,
        differences: sources::differences(c, vault, property, id).await?,
        sources: sources::of_records(records),
        journal: journal_of_visit(c, vault, (id, masks), 500).await?,
    };
    Ok((view, made_of, revision))
}

/// What the rooms cost that are not called off; of a reservation without any what all would have cost.
fn promised(rooms: &[ReservationRoom]) -> i64 {
    let is_alive = rooms.iter().any(ReservationRoom::is_alive);
    rooms.iter().filter(|room| room.is_alive() == is_alive).flat_map(ReservationRoom::net_prices).sum()
}

/// Records as they are shown.
fn shown<T, V: From<T>>(records: Vec<T>) -> Vec<V> {
    records.into_iter().map(V::from).collect()
}
