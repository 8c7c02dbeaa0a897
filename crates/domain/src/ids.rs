//! Identifiers.

hefu_kernel::ids! {
    /// A property.
    PropertyId;
    /// A room type.
    RoomTypeId;
    /// A room.
    RoomId;
    /// A rate plan.
    RatePlanId;
    /// A season.
    SeasonId;
    /// Cancellation terms.
    CancellationPolicyId;
    /// A guest.
    GuestId;
    /// A visit: reservation, stay and bill share it.
    VisitId;
    /// Several visits linked together.
    GroupId;
    /// A block of rooms.
    BlockId;
    /// A company or agent.
    CompanyId;
    /// A deposit or instalment.
    DepositId;
    /// A movement of the deposit ledger.
    DepositEntryId;
    /// A stay: one occupied room of a visit.
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
    /// A cashier's shift.
    ShiftId;
    /// Money that a shift took or gave.
    ShiftEntryId;
    /// An invoice.
    InvoiceId;
    /// That a payment of a company is for something it owes.
    AllocationId;
    /// A membership.
    MembershipId;
    /// A voucher for a night.
    VoucherId;
    /// A night paid for with points or a voucher.
    FreeNightId;
    /// An entry of the journal.
    JournalEntryId;
    /// A run of the history import.
    ImportRunId;
    /// A file that was sent to be imported.
    ImportFileId;
    /// Something written down about a visit.
    NoteId;
    /// Something that was found.
    FoundItemId;
    /// A fault that is to be mended.
    MaintenanceId;
    /// A wake-up call.
    WakeUpId;
    /// A key to a room.
    RoomKeyId;
    /// Something that a lock system is told.
    KeyOrderId;
    /// A difference between a source record and the visit.
    DifferenceId;
    /// A finding: a contradiction between records of a visit. The same whenever it is found again.
    FindingId;
    /// A merge of two guests.
    MergeId;
    /// A comparison of all guests.
    IdentityRunId;
    /// A staff account.
    AccountId;
    /// A grant of a role.
    GrantId;
    /// A program of another system.
    ApiClientId;
    /// A key of a program.
    ApiKeyId;
    /// A session.
    SessionId;
    /// An alarm.
    AlarmId;
    /// A passkey of an account.
    PasskeyId;
    /// A background job.
    JobId;
    /// A channel of a property.
    ChannelId;
    /// A message of a channel that could not be taken.
    ChannelMessageId;
    /// A calendar of a channel.
    ChannelCalendarId;
}
