//! States, as closed lists of codes: shared by records, decisions and messages to people.

use hefu_kernel::codes;

codes! {
    /// Housekeeping state of a room.
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
        /// Not let because of a minor fault, still counted as available.
        OutOfService = "out_of_service",
    }
}

codes! {
    /// Kind of a transaction code in the ledgers.
    pub enum CodeKind {
        /// Earned by the property.
        Revenue = "revenue",
        /// Owed to the tax authority.
        Tax = "tax",
        /// Paid by or for the guest.
        Payment = "payment",
        /// Moves between folios and ledgers; neither earned nor paid.
        Wrapper = "wrapper",
    }
}

codes! {
    /// State of a reservation.
    pub enum ReservationState {
        /// Requested, not yet confirmed.
        Requested = "requested",
        /// Confirmed; rooms are held.
        Reserved = "reserved",
        /// Waiting for a room to become free; nothing is held.
        Waitlisted = "waitlisted",
        /// Cancelled.
        Cancelled = "cancelled",
        /// The guest did not arrive.
        NoShow = "no_show",
    }
}

codes! {
    /// State of a deposit or instalment.
    pub enum DepositState {
        /// To be paid, wholly or in part.
        Due = "due",
        /// Paid; what became of the money stands in the deposit ledger.
        Paid = "paid",
        /// Waived.
        Waived = "waived",
    }
}

codes! {
    /// State of a stay.
    pub enum StayState {
        /// The guest is in house.
        InHouse = "in_house",
        /// The guest has left.
        CheckedOut = "checked_out",
        /// The check-in was undone.
        Undone = "undone",
    }
}

codes! {
    /// State of a pre-authorisation.
    pub enum PreAuthState {
        /// Requested at the terminal.
        Pending = "pending",
        /// Approved; the amount can be captured.
        Chargeable = "chargeable",
        /// Captured.
        Charged = "charged",
        /// Expired.
        Expired = "expired",
        /// Released.
        Cancelled = "cancelled",
        /// Refused by the bank.
        Failed = "failed",
    }
}
