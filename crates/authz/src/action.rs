//! The actions: everything that can be done or shown, each by one use case.

use crate::ResourceKind;

/// What an action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Shows something; personal data in it is masked.
    Read,
    /// Shows personal data unmasked: only with a reason, and never without a journal entry.
    Disclose,
    /// Changes records; the journal records the change.
    Change,
    /// Runs the installation: several units of work, or none that changes a record.
    Operate,
}

impl Effect {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Disclose => "disclose",
            Self::Change => "change",
            Self::Operate => "operate",
        }
    }
}

macro_rules! actions {
    ($($variant:ident = $name:literal, $effect:ident, $resource:ident;)+) => {
        /// Everything that can be done or shown. A use case names its action, so none can exist without being listed here; the list is reviewed as a
        /// snapshot (`crates/app/tests/actions.snap`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum Action { $($variant,)+ }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name, as in policies, the journal, traces and metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Its effect.
            pub const fn effect(self) -> Effect {
                match self { $(Self::$variant => Effect::$effect,)+ }
            }

            /// The kind of resource it applies to.
            pub const fn resource(self) -> ResourceKind {
                match self { $(Self::$variant => ResourceKind::$resource,)+ }
            }

            /// The index in [`Action::ALL`].
            pub const fn index(self) -> usize {
                self as usize
            }
        }
    };
}

actions! {
    PropertyList = "property.list", Read, Chain;
    PropertyShow = "property.show", Read, Property;
    PropertyPut = "property.put", Change, Property;
    RoomTypePut = "room_type.put", Change, Property;
    RoomPut = "room.put", Change, Property;
    CancellationPolicyPut = "cancellation_policy.put", Change, Property;
    RatePlanPut = "rate_plan.put", Change, Property;
    RateCalendarShow = "rate_calendar.show", Read, Property;
    RateCalendarPrices = "rate_calendar.prices", Change, Property;
    RateCalendarRestrictions = "rate_calendar.restrictions", Change, Property;
    SeasonPut = "season.put", Change, Property;
    SeasonList = "season.list", Read, Property;
    SeasonPrices = "season.prices", Change, Property;
    PlanAccessPut = "rate_plan.access", Change, Property;
    PlanAccessShow = "rate_plan.show_access", Read, Property;
    SetupClose = "setup.close", Change, Property;
    SetupDelete = "setup.delete", Change, Property;
    RestrictionOverride = "restriction.override", Change, Property;
    RateQuote = "rate.quote", Read, Property;
    TransactionCodePut = "transaction_code.put", Change, Property;
    CityAccountPut = "city_account.put", Change, Property;
    CityAccountShow = "city_account.show", Read, Property;
    CityAccountCompany = "city_account.company", Change, Property;
    CityAccountPayment = "city_account.payment", Change, Property;
    CityAccountReversePayment = "city_account.reverse_payment", Change, Property;
    CityAccountAllocate = "city_account.allocate", Change, Property;
    CityAccountReverseAllocation = "city_account.reverse_allocation", Change, Property;
    CityAgeing = "city_account.ageing", Read, Property;

    BoardShow = "board.show", Read, Property;
    ListShow = "list.show", Read, Property;
    ChangesShow = "changes.show", Read, Property;
    HousekeepingShow = "housekeeping.show", Read, Property;
    AvailabilityShow = "availability.show", Read, Property;
    InventoryOversell = "inventory.oversell", Change, Property;
    InventoryAllowOverbooking = "inventory.allow_overbooking", Change, Property;
    KitchenShow = "kitchen.show", Read, Property;
    RoomState = "room.state", Change, Property;
    RoomOutOfOrder = "room.out_of_order", Change, Property;
    RoomSeen = "room.seen", Change, Property;
    DiscrepancyList = "discrepancy.list", Read, Property;
    OutOfOrderList = "out_of_order.list", Read, Property;
    TaskPlan = "task.plan", Change, Property;
    TaskChange = "task.change", Change, Property;
    TaskStep = "task.step", Change, Property;
    TaskList = "task.list", Read, Property;
    FoundAdd = "found.add", Change, Property;
    FoundChange = "found.change", Change, Property;
    FoundList = "found.list", Read, Property;
    MaintenanceReport = "maintenance.report", Change, Property;
    MaintenanceEnd = "maintenance.end", Change, Property;
    MaintenanceList = "maintenance.list", Read, Property;
    WakeUpAsk = "wake_up.ask", Change, Visit;
    WakeUpEnd = "wake_up.end", Change, Visit;
    WakeUpList = "wake_up.list", Read, Property;
    RoomListFree = "room.list_free", Read, Property;
    RoomBackInOrder = "room.back_in_order", Change, Property;

    FindingList = "finding.list", Read, Property;
    FindingShow = "finding.show", Read, Property;
    FindingDecide = "finding.decide", Change, Property;
    FindingCorrect = "finding.correct", Operate, Property;
    FindingRefresh = "finding.refresh", Operate, Property;
    FindingKeep = "finding.keep", Change, Property;
    FindingFollow = "finding.follow", Operate, Installation;
    FindingCounts = "finding.counts", Read, Property;
    FindingReport = "finding.report", Change, Visit;
    FindingRules = "finding.rules", Read, Property;
    FindingRule = "finding.rule", Change, Property;
    SettlementTake = "settlement.take", Operate, Property;
    SettlementKeep = "settlement.keep", Change, Property;
    CompanyAccount = "company.account", Read, Property;

    ReservationList = "reservation.list", Read, Property;
    ReservationBook = "reservation.book", Change, Property;
    ReservationComplimentary = "reservation.complimentary", Change, Property;
    ReservationChange = "reservation.change", Change, Visit;
    ReservationCancel = "reservation.cancel", Change, Visit;
    ReservationNoShow = "reservation.no_show", Change, Visit;
    ReservationReinstate = "reservation.reinstate", Change, Visit;
    ReservationConfirm = "reservation.confirm", Change, Visit;
    ReservationAssignRoom = "reservation.assign_room", Change, Visit;
    ReservationChangeBooker = "reservation.change_booker", Change, Visit;
    ReservationCompanies = "reservation.companies", Change, Visit;
    ReservationWish = "reservation.wish", Change, Visit;
    ReservationAddRoom = "reservation.add_room", Change, Visit;
    ReservationSplitRoom = "reservation.split_room", Change, Visit;
    ReservationMoveRoom = "reservation.move_room", Change, Visit;
    VisitAddNumber = "visit.add_number", Change, Visit;
    NoteAdd = "note.add", Change, Visit;
    NoteChange = "note.change", Change, Visit;
    NoteFinish = "note.finish", Change, Visit;
    NoteReopen = "note.reopen", Change, Visit;
    NoteRemove = "note.remove", Change, Visit;
    NoteList = "note.list", Read, Visit;
    TraceList = "trace.list", Read, Property;
    VisitShow = "visit.show", Read, Visit;
    VisitDuplicates = "visit.duplicates", Read, Visit;
    VisitEvidence = "visit.evidence", Disclose, Visit;

    KeyIssue = "key.issue", Change, Visit;
    KeyCancel = "key.cancel", Change, Visit;
    KeyList = "key.list", Read, Visit;
    KeyLog = "key.log", Read, Property;
    KeyTell = "key.tell", Operate, Installation;

    StayCheckIn = "stay.check_in", Change, Visit;
    StayUndoCheckIn = "stay.undo_check_in", Change, Visit;
    StayAddGuest = "stay.add_guest", Change, Visit;
    StayRemoveGuest = "stay.remove_guest", Change, Visit;
    StayShare = "stay.share", Change, Visit;
    StayMove = "stay.move", Change, Visit;
    StaySwap = "stay.swap", Change, Visit;
    StayReprice = "stay.reprice", Change, Visit;
    StayChangePrimary = "stay.change_primary", Change, Visit;
    StayExtend = "stay.extend", Change, Visit;
    StayEarlyDeparture = "stay.early_departure", Change, Visit;
    StayCheckOut = "stay.check_out", Change, Visit;
    StayUndoCheckOut = "stay.undo_check_out", Change, Visit;

    FolioCharge = "folio.charge", Change, Visit;
    FolioPayment = "folio.payment", Change, Visit;
    FolioRefund = "folio.refund", Change, Visit;
    FolioPayOut = "folio.pay_out", Change, Visit;
    FolioReverse = "folio.reverse", Change, Visit;
    FolioAllow = "folio.allow", Change, Visit;
    FolioCorrect = "folio.correct", Change, Visit;
    FolioPostNights = "folio.post_nights", Change, Visit;
    FolioCloseWindow = "folio.close_window", Change, Visit;
    FolioReopenWindow = "folio.reopen_window", Change, Visit;
    FolioUnsettled = "folio.unsettled", Read, Property;
    FolioTransfer = "folio.transfer", Change, Visit;
    FolioSplit = "folio.split", Change, Visit;
    FolioTransferToVisit = "folio.transfer_to_visit", Change, Visit;
    FolioRoute = "folio.route", Change, Visit;
    FolioPayer = "folio.payer", Change, Visit;
    FolioCityLedger = "folio.city_ledger", Change, Visit;
    PreAuthTake = "pre_auth.take", Change, Visit;
    PreAuthCapture = "pre_auth.capture", Change, Visit;
    PreAuthConfirm = "pre_auth.confirm", Change, Visit;
    PreAuthFail = "pre_auth.fail", Change, Visit;
    PreAuthRelease = "pre_auth.release", Change, Visit;
    DepositAsk = "deposit.ask", Change, Visit;
    DepositPay = "deposit.pay", Change, Visit;
    DepositRefund = "deposit.refund", Change, Visit;
    DepositReverse = "deposit.reverse", Change, Visit;
    DepositForfeit = "deposit.forfeit", Change, Visit;
    DepositWaive = "deposit.waive", Change, Visit;
    DepositApply = "deposit.apply", Change, Visit;
    DepositSettleCancellation = "deposit.settle_cancellation", Change, Visit;

    MemberShow = "member.show", Read, Member;
    MemberOfGuest = "member.of_guest", Read, Guest;
    MemberEnrol = "member.enrol", Change, Guest;
    MemberAdjust = "member.adjust", Change, Member;
    MemberAccrue = "member.accrue", Change, Visit;
    MemberRedeem = "member.redeem", Change, Visit;
    MemberDiscount = "member.discount", Change, Visit;

    ProgrammeShow = "programme.show", Read, Chain;
    ProgrammePut = "programme.put", Change, Chain;
    ProgrammeShowOf = "programme.show_of", Read, Property;
    ProgrammePutOf = "programme.put_of", Change, Property;
    VoucherIssue = "voucher.issue", Change, Member;
    VoucherCancel = "voucher.cancel", Change, Member;
    VoucherList = "voucher.list", Read, Member;
    BenefitShow = "benefit.show", Read, Visit;
    FreeNightRedeem = "free_night.redeem", Change, Visit;
    FreeNightReturn = "free_night.return", Change, Visit;
    MemberUpgrade = "member.upgrade", Change, Visit;
    StayLateCheckOut = "stay.late_check_out", Change, Visit;

    GroupShow = "group.show", Read, Group;
    GroupList = "group.list", Read, Chain;
    GroupPut = "group.put", Change, Group;
    GroupRoomingList = "group.rooming_list", Read, Property;
    GroupCheckIn = "group.check_in", Operate, Group;
    GroupStep = "group.step", Change, Group;
    GroupCheckOut = "group.check_out", Operate, Group;
    GroupRoute = "group.route", Change, Group;
    HouseAccountOpen = "house_account.open", Change, Property;
    HouseAccountClose = "house_account.close", Change, Visit;
    HouseAccountReopen = "house_account.reopen", Change, Visit;
    BlockPut = "block.put", Change, Property;
    BlockPickUp = "block.pick_up", Change, Property;
    BlockRelease = "block.release", Change, Property;
    CompanyPut = "company.put", Change, Chain;
    CompanyShow = "company.show", Read, Chain;
    CompanyFind = "company.find", Read, Chain;

    BillingPut = "billing.put", Change, Property;
    BillingShow = "billing.show", Read, Property;
    ExchangeRatePut = "exchange_rate.put", Change, Property;
    ExchangeRateShow = "exchange_rate.show", Read, Property;
    ShiftOpen = "shift.open", Change, Property;
    ShiftDrop = "shift.drop", Change, Property;
    ShiftClose = "shift.close", Change, Property;
    ShiftShow = "shift.show", Read, Property;
    ShiftList = "shift.list", Read, Property;

    InvoiceIssue = "invoice.issue", Change, Visit;
    InvoiceCredit = "invoice.credit", Change, Property;
    InvoiceCopy = "invoice.copy", Change, Property;
    InvoiceOfVisit = "invoice.of_visit", Read, Visit;
    InvoiceShow = "invoice.show", Read, Property;
    InvoiceList = "invoice.list", Read, Property;

    DayShow = "day.show", Read, Property;
    NightAuditRun = "night_audit.run", Operate, Property;
    NightAuditStep = "night_audit.step", Change, Property;
    NightAuditShow = "night_audit.show", Read, Property;
    NightAuditList = "night_audit.list", Read, Property;
    NightAuditCheck = "night_audit.check", Read, Property;
    NightAuditDue = "night_audit.due", Operate, Installation;

    GuestShow = "guest.show", Read, Guest;
    GuestReveal = "guest.reveal", Disclose, Guest;
    GuestSources = "guest.sources", Read, Guest;
    GuestVisits = "guest.visits", Read, Guest;
    GuestGolden = "guest.golden", Read, Guest;
    GuestIdentity = "guest.identity", Read, Guest;
    GuestCreate = "guest.create", Change, Chain;
    GuestUpdate = "guest.update", Change, Guest;
    GuestFlag = "guest.flag", Change, Guest;
    GuestUnflag = "guest.unflag", Change, Guest;
    GuestFlags = "guest.flags", Read, Guest;
    GuestAdmit = "guest.admit", Change, Property;
    GuestMatch = "guest.match", Read, Chain;
    GuestExplain = "guest.explain", Read, Chain;
    GuestPreviewMerge = "guest.preview_merge", Read, Chain;
    GuestMerge = "guest.merge", Change, Chain;
    GuestUnmerge = "guest.unmerge", Change, Chain;
    GuestDecide = "guest.decide", Change, Chain;
    GuestReviewQueue = "guest.review_queue", Read, Chain;
    IdentityLearn = "identity.learn", Operate, Installation;
    IdentityResolve = "identity.resolve", Operate, Chain;
    IdentityStep = "identity.step", Change, Chain;
    IdentityTrain = "identity.train", Operate, Chain;
    IdentityReport = "identity.report", Operate, Chain;

    Search = "search", Read, Chain;
    NumberLookUp = "number.look_up", Read, Chain;

    JournalList = "journal.list", Read, Journal;
    JournalOfVisit = "journal.of_visit", Read, Visit;
    JournalShow = "journal.show", Read, Journal;
    LedgerShow = "ledger.show", Read, Journal;
    LedgerSequence = "ledger.sequence", Operate, Installation;
    LedgerVerify = "ledger.verify", Operate, Installation;
    LedgerStep = "ledger.step", Change, Installation;
    LedgerCosign = "ledger.cosign", Operate, Installation;
    LedgerAccept = "ledger.accept", Operate, Installation;

    ImportRun = "import.run", Operate, Chain;
    ImportStep = "import.step", Change, Chain;
    ImportList = "import.list", Read, ImportRun;
    ImportShow = "import.show", Read, ImportRun;
    ImportQuarantine = "import.quarantine", Read, ImportRun;
    ImportExport = "import.export", Disclose, ImportRun;
    ImportReceive = "import.receive", Change, ImportRun;
    ImportPreview = "import.preview", Read, ImportRun;
    ImportMap = "import.map", Change, ImportRun;
    ImportStart = "import.start", Change, ImportRun;
    ImportWithdraw = "import.withdraw", Change, ImportRun;
    ImportMend = "import.mend", Operate, ImportRun;
    ImportDecide = "import.decide", Change, ImportRun;
    ImportWork = "import.work", Operate, Installation;
    ChannelPut = "channel.put", Change, Property;
    ChannelList = "channel.list", Read, Property;
    ChannelCalendar = "channel.calendar", Change, Property;
    ChannelRead = "channel.read", Operate, Installation;
    ChannelReceive = "channel.receive", Operate, Property;
    ChannelTake = "channel.take", Operate, Property;
    ChannelStep = "channel.step", Change, Property;
    ChannelMessages = "channel.messages", Read, Property;
    ChannelText = "channel.text", Disclose, Property;
    ChannelReplay = "channel.replay", Operate, Property;
    ChannelMend = "channel.mend", Operate, Property;
    ChannelDrop = "channel.drop", Change, Property;
    ChannelKey = "channel.key", Change, Property;
    TokensMerge = "tokens.merge", Operate, Installation;

    JournalFollow = "journal.follow", Operate, Installation;
    JournalAdvance = "journal.advance", Change, Installation;
    JobList = "job.list", Read, Installation;
    JobRetry = "job.retry", Change, Installation;
    JobRun = "job.run", Operate, Installation;
    JobDo = "job.do", Change, Installation;
    JobsTidy = "jobs.tidy", Operate, Installation;

    OwnShow = "own.show", Read, Account;
    OwnSignIn = "own.sign_in", Change, Account;
    OwnSecondFactor = "own.second_factor", Change, Account;
    OwnSignOut = "own.sign_out", Change, Account;
    OwnPassword = "own.password", Change, Account;
    OwnTotpEnrol = "own.totp_enrol", Change, Account;
    OwnTotpConfirm = "own.totp_confirm", Change, Account;
    OwnPasskeyBegin = "own.passkey_begin", Change, Account;
    OwnPasskeyAdd = "own.passkey_add", Change, Account;
    OwnPasskeyRemove = "own.passkey_remove", Change, Account;
    OwnRecover = "own.recover", Change, Account;
    OwnColleagues = "own.colleagues", Read, Account;
    OwnEmergencyEnd = "own.emergency_end", Change, Account;
    EmergencyTake = "emergency.take", Change, Chain;
    AlarmList = "alarm.list", Read, Journal;
    AlarmSee = "alarm.see", Change, Journal;
    CanaryList = "canary.list", Read, Journal;
    CanaryMark = "canary.mark", Change, Journal;
    CanaryUnmark = "canary.unmark", Change, Journal;
    AccountList = "account.list", Read, Account;
    AccountCreate = "account.create", Change, Account;
    AccountChange = "account.change", Change, Account;
    RoleList = "role.list", Read, Account;
    GrantList = "grant.list", Read, Account;
    GrantGive = "grant.give", Change, Account;
    GrantEnd = "grant.end", Change, Account;
    ApiClientList = "api_client.list", Read, ApiClient;
    ApiClientCreate = "api_client.create", Change, ApiClient;
    ApiClientRotate = "api_client.rotate", Change, ApiClient;
    ApiClientEnd = "api_client.end", Change, ApiClient;
    DoorResolve = "door.resolve", Read, Installation;
    DoorVerify = "door.verify", Change, Installation;
    DoorRefuse = "door.refuse", Change, Installation;
    DoorProvider = "door.provider", Change, Installation;
    DoorTidy = "door.tidy", Change, Installation;
    SetUpFirst = "setup.first", Change, Installation;

    SchemaRecord = "schema.record", Change, Installation;
    ClockWatch = "clock.watch", Operate, Installation;
    AnswersForget = "answers.forget", Operate, Installation;
    KeysRotate = "keys.rotate", Operate, Installation;
    KeysStep = "keys.step", Change, Installation;
    RecordsCopy = "records.copy", Operate, Installation;
    HealthShow = "health.show", Operate, Installation;
    MetricsShow = "metrics.show", Operate, Installation;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_places_are_right() {
        let names: BTreeSet<&str> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        assert!(Action::ALL.iter().enumerate().all(|(place, action)| action.index() == place));
    }
}
