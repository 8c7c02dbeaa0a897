//! The identifiers of everything that has one.

hefu_kernel::ids! {
    /// A property.
    PropertyId;
    /// A kind of room.
    RoomTypeId;
    /// A room.
    RoomId;
    /// A rate plan.
    RatePlanId;
    /// Terms of cancelling.
    CancellationPolicyId;
    /// A guest.
    GuestId;
    /// A visit: reservation, stay and bill share it.
    VisitId;
    /// Several visits linked together.
    GroupId;
    /// A deposit or instalment.
    DepositId;
    /// One room of a visit, lived in.
    StayId;
    /// A bill.
    FolioId;
    /// A line of a bill.
    PostingId;
    /// A pre-authorisation.
    PreAuthId;
    /// A city-ledger account.
    CityAccountId;
    /// A movement on a city-ledger account.
    CityEntryId;
    /// A membership.
    MembershipId;
    /// An entry of the journal.
    JournalEntryId;
    /// A run of the history import.
    ImportRunId;
    /// Something a source says otherwise than the visit.
    DifferenceId;
    /// A join of two guests.
    MergeId;
    /// A comparison of all guests.
    IdentityRunId;
    /// Work to be done later.
    JobId;
}
