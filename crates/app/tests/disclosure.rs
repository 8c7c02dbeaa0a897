//! What the answer of each action shows of people: reviewed here, action by action. Whoever adds one says which kind it is.

use std::collections::BTreeMap;

use hefu_app::authz::{Action, Effect};

/// What an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// Nobody: setup, counts, money, keys and digests.
    Nobody,
    /// People by opaque ids only, or by numbers of visits and memberships.
    Ids,
    /// Guests through the masks: names, traits and free text whole, everything else masked.
    Masked,
    /// Everything: with a reason, and a journal entry for each time.
    Everything,
}

use Shows::{Everything, Ids, Masked, Nobody};

const REVIEWED: &[(&str, Shows, &str)] = &[
    ("property.list", Nobody, ""),
    ("property.show", Nobody, "names of companies on city-ledger accounts"),
    ("property.put", Nobody, ""),
    ("room_type.put", Nobody, ""),
    ("room.put", Nobody, ""),
    ("cancellation_policy.put", Nobody, ""),
    ("rate_plan.put", Nobody, ""),
    ("rate_calendar.show", Nobody, ""),
    ("rate_calendar.prices", Nobody, ""),
    ("rate_calendar.restrictions", Nobody, ""),
    ("restriction.override", Nobody, ""),
    ("rate.quote", Nobody, "whether a guest is a member, by the discount"),
    ("transaction_code.put", Nobody, ""),
    ("city_account.put", Nobody, "name of a company"),
    ("city_account.show", Ids, "numbers of visits; references as free text"),
    ("city_account.payment", Nobody, ""),
    ("board.show", Masked, "full names"),
    ("housekeeping.show", Nobody, "whether somebody lives in a room"),
    ("availability.show", Nobody, ""),
    ("inventory.oversell", Nobody, ""),
    ("inventory.allow_overbooking", Nobody, ""),
    ("kitchen.show", Ids, "numbers of visits"),
    ("room.state", Nobody, ""),
    ("room.out_of_order", Nobody, ""),
    ("room.back_in_order", Nobody, ""),
    ("reservation.list", Masked, "ids of guests, names of companies; reasons as free text"),
    ("reservation.book", Ids, "where the visit stands; bookings of the same dates by their numbers"),
    ("reservation.complimentary", Nobody, ""),
    ("reservation.change", Ids, ""),
    ("reservation.cancel", Ids, ""),
    ("reservation.no_show", Ids, ""),
    ("reservation.reinstate", Ids, ""),
    ("reservation.confirm", Ids, ""),
    ("reservation.assign_room", Ids, ""),
    ("reservation.add_room", Ids, ""),
    ("reservation.split_room", Ids, ""),
    ("reservation.move_room", Ids, ""),
    ("visit.add_number", Ids, ""),
    (
        "visit.show",
        Masked,
        "booker and people in the rooms; reasons and references as free text; a card's last four digits",
    ),
    ("visit.duplicates", Ids, "which fields of two guests agree, not what is in them"),
    ("visit.evidence", Everything, "what was done to a visit, for a court or the guest"),
    ("stay.check_in", Ids, ""),
    ("stay.undo_check_in", Ids, ""),
    ("stay.add_guest", Ids, ""),
    ("stay.remove_guest", Ids, ""),
    ("stay.share", Ids, ""),
    ("stay.move", Ids, ""),
    ("stay.extend", Ids, ""),
    ("stay.early_departure", Ids, ""),
    ("stay.check_out", Ids, ""),
    ("stay.undo_check_out", Ids, ""),
    ("folio.charge", Ids, ""),
    ("folio.payment", Ids, ""),
    ("folio.refund", Ids, ""),
    ("folio.reverse", Ids, ""),
    ("folio.allow", Ids, ""),
    ("folio.correct", Ids, ""),
    ("folio.post_nights", Ids, ""),
    ("folio.close_window", Ids, ""),
    ("folio.reopen_window", Ids, ""),
    ("folio.unsettled", Ids, "numbers of visits, names of companies"),
    ("folio.transfer", Ids, ""),
    ("folio.route", Ids, ""),
    ("folio.payer", Ids, ""),
    ("folio.city_ledger", Ids, ""),
    ("pre_auth.take", Ids, ""),
    ("pre_auth.capture", Ids, ""),
    ("pre_auth.confirm", Ids, ""),
    ("pre_auth.fail", Ids, ""),
    ("pre_auth.release", Ids, ""),
    ("deposit.ask", Ids, ""),
    ("deposit.pay", Ids, ""),
    ("deposit.refund", Ids, ""),
    ("deposit.reverse", Ids, ""),
    ("deposit.forfeit", Ids, ""),
    ("deposit.waive", Ids, ""),
    ("deposit.apply", Ids, ""),
    ("deposit.settle_cancellation", Ids, ""),
    ("member.show", Ids, "the member's id, numbers of visits"),
    ("member.of_guest", Ids, ""),
    ("member.enrol", Ids, ""),
    ("member.adjust", Ids, ""),
    ("member.accrue", Ids, ""),
    ("member.redeem", Ids, ""),
    ("member.discount", Ids, ""),
    ("group.show", Ids, "numbers of visits, names of companies"),
    ("group.put", Nobody, ""),
    ("day.show", Ids, "ids of staff who took money"),
    ("night_audit.run", Ids, "numbers of visits"),
    ("night_audit.step", Ids, ""),
    ("night_audit.show", Ids, ""),
    ("night_audit.list", Nobody, ""),
    ("night_audit.check", Ids, "numbers of visits, names of companies"),
    ("night_audit.due", Nobody, ""),
    ("guest.show", Masked, ""),
    ("guest.reveal", Everything, ""),
    (
        "guest.sources",
        Masked,
        "keys in other systems: those that are phones, addresses or document numbers are masked",
    ),
    ("guest.golden", Masked, "the keys of the records as of guest.sources"),
    ("guest.identity", Ids, ""),
    ("guest.create", Masked, ""),
    ("guest.update", Masked, ""),
    ("guest.match", Masked, ""),
    ("guest.explain", Ids, "which fields agree, not what is in them"),
    ("guest.preview_merge", Masked, ""),
    ("guest.merge", Masked, ""),
    ("guest.unmerge", Masked, ""),
    ("guest.decide", Masked, ""),
    ("guest.review_queue", Masked, ""),
    ("identity.learn", Nobody, ""),
    ("identity.resolve", Nobody, "counts"),
    ("identity.step", Ids, ""),
    ("identity.train", Nobody, "weights of a model; how frequent values are lies in memory only"),
    ("identity.report", Nobody, "counts"),
    ("search", Masked, ""),
    ("journal.list", Ids, "what a change said is sealed"),
    ("journal.of_visit", Ids, ""),
    ("journal.show", Ids, ""),
    ("ledger.show", Nobody, "digests; leaves as of journal.list"),
    ("ledger.sequence", Nobody, ""),
    ("ledger.verify", Ids, "keys of rows; keys in other systems as of guest.sources"),
    ("ledger.step", Nobody, ""),
    ("ledger.cosign", Nobody, ""),
    ("ledger.accept", Nobody, ""),
    ("import.run", Nobody, "counts and sums"),
    ("import.step", Nobody, ""),
    ("import.list", Nobody, ""),
    ("import.show", Nobody, ""),
    ("import.quarantine", Nobody, "which field was wrong and why, with numbers and dates but no words"),
    ("import.export", Everything, "rows as they were received"),
    ("journal.follow", Nobody, ""),
    ("journal.advance", Nobody, ""),
    ("job.list", Ids, "kind, state and error code of a job, and the record it is about"),
    ("job.retry", Ids, ""),
    ("job.run", Nobody, ""),
    ("job.do", Nobody, ""),
    ("jobs.tidy", Nobody, "counts"),
    ("tokens.merge", Nobody, ""),
    ("clock.watch", Nobody, ""),
    ("answers.forget", Nobody, ""),
    ("keys.rotate", Nobody, ""),
    ("keys.step", Nobody, ""),
    ("records.copy", Nobody, "where the copy lies; what is in it is sealed"),
    ("schema.record", Nobody, "digests"),
    ("health.show", Nobody, ""),
    ("metrics.show", Nobody, ""),
];

#[test]
fn what_each_answer_shows_of_people_is_reviewed() {
    let reviewed: BTreeMap<&str, Shows> = REVIEWED.iter().map(|(name, shows, _)| (*name, *shows)).collect();
    assert_eq!(reviewed.len(), REVIEWED.len(), "an action stands here twice");
    let actions: BTreeMap<&str, Action> = Action::ALL.iter().map(|action| (action.name(), *action)).collect();
    let missing: Vec<_> = actions.keys().filter(|name| !reviewed.contains_key(*name)).collect();
    assert!(missing.is_empty(), "say what the answers of these show of people: {missing:?}");
    for (name, shows) in reviewed {
        let action = actions.get(name).unwrap_or_else(|| panic!("{name} is no action any more"));
        let discloses = action.effect() == Effect::Disclose;
        assert_eq!(
            discloses,
            shows == Everything,
            "{name}: only what discloses shows everything, and it is journalled"
        );
    }
    // The masks open for nothing else.
    let open = actions.values().filter(|action| action.effect() == Effect::Disclose).count();
    assert_eq!(open, REVIEWED.iter().filter(|(_, shows, _)| *shows == Everything).count());
    assert!(REVIEWED.iter().any(|(_, shows, _)| *shows == Masked));
}
