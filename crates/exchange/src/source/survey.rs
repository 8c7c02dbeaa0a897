//! What the rows of a file say together: how its columns write numbers and dates, and which bookings stand in several rows.

use std::{collections::HashMap, sync::Arc};

use super::{
    Map, Raw, SourceError,
    map::Row,
    money::{self, Mark, NumberStyle},
    settled::Settled,
    value::{DateStyle, Order, date, order_in},
};

/// How the numbers of a column are written, as far as they say.
#[derive(Debug, Clone, Default)]
struct Marks {
    /// Numbers whose decimal sign this must be.
    point: u64,
    comma: u64,
    /// Numbers that can be read in two ways, and one of them.
    either: u64,
    sample: String,
}

impl Marks {
    fn see(&mut self, text: &str) {
        match money::mark(text) {
            Mark::Decimal('.') | Mark::Groups(',') => self.point += 1,
            Mark::Decimal(',') | Mark::Groups('.') => self.comma += 1,
            Mark::Either(_) => {
                self.either += 1;
                if self.sample.is_empty() {
                    text.clone_into(&mut self.sample);
                }
            }
            _ => {}
        }
    }
}

/// In which order dates have day and month, as far as they say.
#[derive(Debug, Clone, Copy, Default)]
struct Orders {
    day_first: u64,
    month_first: u64,
    /// Stays that are of a usual length in this order only.
    usual_day_first: u64,
    usual_month_first: u64,
}

/// Nights of a usual stay at most.
const USUAL: i64 = 30;

impl Orders {
    fn see(&mut self, text: &str) {
        match order_in(text) {
            Some(Order::DayFirst) => self.day_first += 1,
            Some(Order::MonthFirst) => self.month_first += 1,
            None => {}
        }
    }

    /// Compares the length that a stay has in either order.
    fn see_stay(&mut self, arrival: &str, departure: &str) {
        let is_usual = |order| {
            let style = DateStyle { order: Some(order), ..DateStyle::default() };
            let nights = date(departure, &style)
                .ok()
                .zip(date(arrival, &style).ok())
                .map(|(to, from)| (to - from).num_days());
            nights.is_some_and(|nights| (0..=USUAL).contains(&nights))
        };
        match (is_usual(Order::DayFirst), is_usual(Order::MonthFirst)) {
            (true, false) => self.usual_day_first += 1,
            (false, true) => self.usual_month_first += 1,
            _ => {}
        }
    }

    /// The one order; `None` if nothing says it, or both.
    const fn order(self) -> Option<Order> {
        match (self.day_first, self.month_first) {
            (1.., 0) => Some(Order::DayFirst),
            (0, 1..) => Some(Order::MonthFirst),
            (0, 0) if self.usual_day_first > 10 * self.usual_month_first => Some(Order::DayFirst),
            (0, 0) if self.usual_month_first > 10 * self.usual_day_first => Some(Order::MonthFirst),
            _ => None,
        }
    }
}

/// What a file's rows say together.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// Rows of the file.
    pub rows: u64,
    marks: Vec<Marks>,
    stays: Orders,
    births: Orders,
    /// Digest of every row's identity.
    identities: Vec<u64>,
}

impl Survey {
    pub(super) fn new(map: &Map) -> Self {
        Self { marks: vec![Marks::default(); map.compiled().amounts], ..Self::default() }
    }

    pub(super) fn see(&mut self, map: &Map, raw: &Raw) {
        self.rows += 1;
        let Ok(row) = Row::new(map, raw) else { return };
        for field in map.amounts() {
            if field.style.is_none()
                && let Some(text) = row.cell(&field.cell)
            {
                self.marks[field.slot].see(&text);
            }
        }
        for cell in map.date_cells() {
            if let Some(text) = row.cell(cell) {
                self.stays.see(&text);
            }
        }
        if let Some((arrival, departure)) = map.stay_cells()
            && let (Some(arrival), Some(departure)) = (row.cell(arrival), row.cell(departure))
        {
            self.stays.see_stay(&arrival, &departure);
        }
        if let Some(cell) = map.birth_cell()
            && let Some(text) = row.cell(cell)
        {
            self.births.see(&text);
        }
        self.identities.push(map.identity(raw).digest);
    }

    /// The map for this file.
    ///
    /// # Errors
    /// The numbers of a column can be read in two ways, and none says which.
    pub(super) fn map_of_file(&mut self, map: &Map) -> Result<Map, SourceError> {
        let mut numbers = vec![None; self.marks.len()];
        for field in map.amounts() {
            let marks = &self.marks[field.slot];
            numbers[field.slot] = match (marks.point, marks.comma, marks.either) {
                (1.., 0, _) => Some(money::PLAIN),
                (0, 1.., _) => Some(NumberStyle { decimal: ',', grouping: None }),
                (0, 0, 1..) => {
                    let column =
                        field.cell.column().map_or_else(String::new, |column| map.column_name(column));
                    return Err(SourceError::AmbiguousDecimal { column, sample: marks.sample.clone() });
                }
                // Each number by itself.
                _ => None,
            };
        }
        let stays = self.stays.order();
        let births = self.births.order().or(if self.births.day_first == 0 { stays } else { None });
        self.identities.sort_unstable();
        let mut repeated: HashMap<u64, u32> = HashMap::new();
        for pair in self.identities.windows(2).filter(|pair| pair[0] == pair[1]) {
            *repeated.entry(pair[0]).or_insert(1) += 1;
        }
        self.identities = Vec::new();
        Ok(map.with(Arc::new(Settled { numbers, stays, births, repeated })))
    }
}
