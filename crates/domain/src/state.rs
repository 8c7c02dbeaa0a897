//! Where things stand, as closed lists of codes: shared by records, decisions and messages to people.

use hefu_kernel::codes;

codes! {
    /// What housekeeping says of a room.
    pub enum RoomState {
        /// Ready, not yet inspected.
        Clean = "clean",
        /// To be cleaned.
        Dirty = "dirty",
        /// Needs a light touch only.
        Pickup = "pickup",
        /// Ready and inspected.
        Inspected = "inspected",
        /// Cannot be let; not counted as available.
        OutOfOrder = "out_of_order",
        /// Not let for a small fault, still counted as available.
        OutOfService = "out_of_service",
    }
}

codes! {
    /// What a transaction code stands for in the ledgers.
    pub enum CodeKind {
        /// Earned by the property.
        Revenue = "revenue",
        /// Owed to the state.
        Tax = "tax",
        /// Paid by or for the guest.
        Payment = "payment",
        /// Moves between folios and ledgers; neither earned nor paid.
        Wrapper = "wrapper",
    }
}

codes! {
    /// Where a reservation stands.
    pub enum ReservationState {
        /// Asked for, not yet promised.
        Requested = "requested",
        /// Promised; rooms are held.
        Reserved = "reserved",
        /// Waiting for a room to become free; nothing is held.
        Waitlisted = "waitlisted",
        /// Called off.
        Cancelled = "cancelled",
        /// The guest did not come.
        NoShow = "no_show",
    }
}

codes! {
    /// Where a deposit or instalment stands.
    pub enum DepositState {
        /// To be paid.
        Due = "due",
        /// Paid; it lies in the deposit ledger.
        Paid = "paid",
        /// Moved to the guest's folio.
        Applied = "applied",
        /// Given back.
        Refunded = "refunded",
        /// Kept as a penalty.
        Forfeited = "forfeited",
        /// No longer asked for.
        Waived = "waived",
    }
}

codes! {
    /// Where a stay stands in the books.
    pub enum StayState {
        /// The guest is in house.
        InHouse = "in_house",
        /// The guest has left.
        CheckedOut = "checked_out",
        /// The check-in was taken back.
        Undone = "undone",
    }
}

codes! {
    /// Where a pre-authorisation stands.
    pub enum PreAuthState {
        /// Asked for at the terminal.
        Pending = "pending",
        /// The amount is set aside and can be captured.
        Chargeable = "chargeable",
        /// Captured.
        Charged = "charged",
        /// Ran out.
        Expired = "expired",
        /// Released.
        Cancelled = "cancelled",
        /// Refused by the bank.
        Failed = "failed",
    }
}
