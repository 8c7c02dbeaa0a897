//! The lists a desk prints.

use hefu_kernel::codes;

codes! {
    /// A list that a desk prints.
    pub enum ListKind {
        /// Who arrives on the date; of the business date also who has arrived.
        Arrivals = "arrivals",
        /// Who is in house.
        InHouse = "in_house",
        /// Who leaves on the date; of the business date also who has left or should have.
        Departures = "departures",
        /// Who has left, or did not come, and still owes or is owed something.
        Unpaid = "unpaid",
        /// Who was to arrive on the date and did not.
        NoShows = "no_shows",
        /// The rooms with breakfast on the morning of the date.
        Breakfast = "breakfast",
        /// Where the guests in house are from.
        Nationalities = "nationalities",
    }
}
