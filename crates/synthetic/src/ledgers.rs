//! Two ledgers of the same events, with the truth about which of their entries belong together: the postings of a hotel, and the
//! statement of a bank or payment channel.

use chrono::{Days, NaiveDate};

use crate::{
    draws::{Draws, mix},
    people::People,
    words::{pick, words},
};

/// One entry of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// `H1`, `H2`, … of the hotel and `B1`, `B2`, … of the bank.
    pub id: String,
    /// The day of the entry.
    pub date: NaiveDate,
    /// The amount in minor units, with its sign.
    pub amount: i64,
    /// The number of the booking or invoice; the bank has one in two of five.
    pub reference: String,
    /// The description. The hotel's begins with the party, the bank's with how it was paid, and is cut after some letters.
    pub text: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LedgerEvent {
    /// One posting, one payment of the same amount.
    Plain,
    /// The same, and the bank's description says nothing of the party.
    Cryptic,
    /// The bank paid out less a fee.
    Fee,
    /// The guest paid less a discount.
    Discount,
    /// Two digits were swapped at the desk.
    Transposed,
    /// One deposit for several invoices of a party.
    Batch,
    /// One settlement for all card payments of a terminal and day.
    Settlement,
    /// One posting paid by several payments.
    Split,
    /// Posted, voided and posted again; paid once.
    VoidReissue,
    /// Posted wrongly, reversed and posted rightly; paid once.
    Correction,
    /// Posted and voided; never paid.
    Void,
    /// Paid, and paid back.
    Refund,
    /// Posted twice, paid once.
    Duplicate,
    /// Only a part was paid.
    Partial,
    /// More was paid than was posted.
    Over,
    /// The same amount from the same party every week.
    Recurring,
    /// Two parties of similar names pay the same amount on the same day.
    Rivals,
    /// Posted, never paid.
    OnlyHotel,
    /// Paid, never posted.
    OnlyBank,
}

impl LedgerEvent {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Plain,
        Self::Cryptic,
        Self::Fee,
        Self::Discount,
        Self::Transposed,
        Self::Batch,
        Self::Settlement,
        Self::Split,
        Self::VoidReissue,
        Self::Correction,
        Self::Void,
        Self::Refund,
        Self::Duplicate,
        Self::Partial,
        Self::Over,
        Self::Recurring,
        Self::Rivals,
        Self::OnlyHotel,
        Self::OnlyBank,
    ];

    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Cryptic => "cryptic",
            Self::Fee => "fee",
            Self::Discount => "discount",
            Self::Transposed => "transposed",
            Self::Batch => "batch",
            Self::Settlement => "settlement",
            Self::Split => "split",
            Self::VoidReissue => "void_reissue",
            Self::Correction => "correction",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Duplicate => "duplicate",
            Self::Partial => "partial",
            Self::Over => "over",
            Self::Recurring => "recurring",
            Self::Rivals => "rivals",
            Self::OnlyHotel => "only_hotel",
            Self::OnlyBank => "only_bank",
        }
    }

    /// Of how many in a thousand events it is one.
    const fn share(self) -> u64 {
        match self {
            Self::Plain => 520,
            Self::Cryptic => 30,
            Self::Fee => 50,
            Self::Discount => 40,
            Self::Transposed => 20,
            Self::Batch => 70,
            Self::Settlement => 6,
            Self::Split => 40,
            Self::VoidReissue => 24,
            Self::Correction => 20,
            Self::Void => 24,
            Self::Refund => 20,
            Self::Duplicate => 20,
            Self::Partial => 15,
            Self::Over => 6,
            Self::Recurring => 15,
            Self::Rivals => 10,
            Self::OnlyHotel => 35,
            Self::OnlyBank => 35,
        }
    }

    fn drawn(draws: &mut Draws) -> Self {
        let total = Self::ALL.iter().map(|event| event.share()).sum();
        let mut point = draws.below(total);
        for event in Self::ALL {
            if point < event.share() {
                return event;
            }
            point -= event.share();
        }
        Self::Plain
    }
}

/// Entries that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerTruth {
    /// What happened.
    pub event: LedgerEvent,
    /// The hotel's entries.
    pub hotel: Vec<String>,
    /// The bank's; none if the hotel's offset each other.
    pub bank: Vec<String>,
}

/// Two ledgers and the truth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledgers {
    /// The hotel's entries, in no order.
    pub hotel: Vec<LedgerEntry>,
    /// The bank's entries, in no order.
    pub bank: Vec<LedgerEntry>,
    /// What belongs together.
    pub truth: Vec<LedgerTruth>,
}

const FIRST: &[&str] = words!(
    "Harbour Lakeside Summit Jade Golden Pacific Northern Silver Cedar Orient Bright Meridian Granite Willow Falcon Amber Coral Maple Atlas Crown Delta Echo Fountain Garnet Horizon Ivory Juniper Keystone Lotus Magnolia Nova Olive Pearl Quartz River Sapphire Terrace Union Valley Western"
);
const SECOND: &[&str] = words!(
    "Travel Tours Trading Consulting Holidays Logistics Events Systems Media Partners Foods Textiles Design Engineering Networks Analytics Pharma Ventures Supplies Services Shipping Leasing Robotics Energy"
);
const FORM: &[&str] = words!("Ltd Co Inc LLC Group");
const PURPOSE: &[&str] = words!(
    "accommodation deposit conference banquet settlement invoice restaurant parking laundry extension"
);
const CHANNEL: &[&str] = words!("TRANSFER ALIPAY WECHATPAY CARD WIRE GIRO CHEQUE");
const FEES: &[&str] = words!("SERVICE-CHARGE ACCOUNT-FEE INTEREST RETURNED-ITEM FX-MARGIN");

/// The first day.
const FIRST_DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 3, 1);

struct Maker {
    draws: Draws,
    people: People,
    ledgers: Ledgers,
    /// Days that the ledgers cover.
    days: u64,
}

/// One event as both sides would write it down without mistakes.
struct Deal {
    day: u64,
    amount: i64,
    party: String,
    reference: String,
    purpose: &'static str,
    channel: &'static str,
}

impl Ledgers {
    /// Ledgers of so many events, determined by the seed. A month holds about a thousand.
    pub fn new(seed: u64, events: u64) -> Self {
        let mut maker = Maker {
            draws: Draws::new(mix(seed)),
            people: People::new(seed),
            ledgers: Self::default(),
            days: (events / 33).clamp(14, 92),
        };
        for _ in 0..events {
            let event = LedgerEvent::drawn(&mut maker.draws);
            maker.make(event);
        }
        let Maker { mut draws, mut ledgers, .. } = maker;
        shuffle(&mut draws, &mut ledgers.hotel);
        shuffle(&mut draws, &mut ledgers.bank);
        ledgers
    }
}

fn shuffle(draws: &mut Draws, entries: &mut [LedgerEntry]) {
    for last in (1..entries.len()).rev() {
        entries.swap(last, draws.below(last as u64 + 1) as usize);
    }
}

impl Maker {
    fn chance(&mut self, in_thousand: u64) -> bool {
        self.draws.below(1_000) < in_thousand
    }

    fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.draws.below(to - from + 1)
    }

    /// Amounts of three to seven digits, one in six of them round.
    fn amount(&mut self) -> i64 {
        let digits = self.between(4, 7) as u32;
        let amount = self.between(10_u64.pow(digits - 1), 10_u64.pow(digits)) as i64;
        if self.chance(170) { (amount / 1_000).max(1) * 1_000 } else { amount }
    }

    fn company(&mut self) -> String {
        let (first, second) = (pick(&mut self.draws, FIRST), pick(&mut self.draws, SECOND));
        format!("{first} {second} {}", pick(&mut self.draws, FORM))
    }

    fn guest(&mut self) -> String {
        let index = self.draws.below(4_000);
        self.people.person(index, Some(if index.is_multiple_of(3) { "CHN" } else { "GBR" })).full_name
    }

    fn deal(&mut self) -> Deal {
        let party = if self.chance(600) { self.company() } else { self.guest() };
        let reference =
            format!("{}{:06}", ["INV-", "BK", "R"][self.between(0, 2) as usize], self.between(1, 999_999));
        Deal {
            day: self.draws.below(self.days),
            amount: self.amount(),
            party,
            reference,
            purpose: pick(&mut self.draws, PURPOSE),
            channel: pick(&mut self.draws, CHANNEL),
        }
    }

    /// The bank books after a day or two, seldom after a week.
    fn lag(&mut self) -> u64 {
        if self.chance(60) { self.between(4, 9) } else { self.between(0, 3) }
    }

    fn date(day: u64) -> NaiveDate {
        FIRST_DAY.and_then(|first| first.checked_add_days(Days::new(day))).unwrap_or_default()
    }

    /// A letter lost, doubled or swapped, in one of twenty texts.
    fn typed(&mut self, text: String) -> String {
        if !self.chance(50) || text.len() < 8 || !text.is_ascii() {
            return text;
        }
        let at = self.between(1, text.len() as u64 - 3) as usize;
        let mut bytes = text.into_bytes();
        match self.between(0, 2) {
            0 => _ = bytes.remove(at),
            1 => bytes.swap(at, at + 1),
            _ => bytes.insert(at, bytes[at]),
        }
        String::from_utf8(bytes).unwrap_or_default()
    }

    fn hotel(&mut self, deal: &Deal, day: u64, amount: i64, note: &str) -> String {
        let id = format!("H{}", self.ledgers.hotel.len() + 1);
        let party = self.typed(deal.party.clone());
        self.ledgers.hotel.push(LedgerEntry {
            id: id.clone(),
            date: Self::date(day),
            amount,
            reference: deal.reference.clone(),
            text: format!("{note}{party} - {}", deal.purpose),
        });
        id
    }

    fn bank(&mut self, deal: &Deal, day: u64, amount: i64, is_cryptic: bool) -> String {
        let id = format!("B{}", self.ledgers.bank.len() + 1);
        let mut text = if is_cryptic {
            format!("{} {}", deal.channel, self.between(1_000_000, 9_999_999))
        } else {
            let party = self.typed(deal.party.to_uppercase());
            let party = if self.chance(20) { party.replacen(' ', "", 1) } else { party };
            format!("{} {party}", deal.channel)
        };
        if self.chance(350) {
            // Never within the first word of the party.
            let cut = self.between(18, 28) as usize;
            text = text.chars().take(cut).collect();
        }
        let reference =
            if !is_cryptic && self.chance(400) { self.referred(&deal.reference) } else { String::new() };
        self.ledgers.bank.push(LedgerEntry {
            id: id.clone(),
            date: Self::date(day),
            amount,
            reference,
            text,
        });
        id
    }

    /// A reference as the payer writes it: without its dash, and seldom with two digits swapped.
    fn referred(&mut self, reference: &str) -> String {
        let mut bytes = reference.replace('-', "").into_bytes();
        if self.chance(30) && bytes.len() > 4 {
            let last = bytes.len() - 1;
            bytes.swap(last, last - 1);
        }
        String::from_utf8(bytes).unwrap_or_default()
    }

    fn truth(&mut self, event: LedgerEvent, hotel: Vec<String>, bank: Vec<String>) {
        self.ledgers.truth.push(LedgerTruth { event, hotel, bank });
    }

    fn make(&mut self, event: LedgerEvent) {
        let deal = self.deal();
        let (day, amount, lag) = (deal.day, deal.amount, self.lag());
        match event {
            LedgerEvent::Plain | LedgerEvent::Cryptic => {
                self.pair(event, &deal, day, day + lag, [amount, amount]);
            }
            LedgerEvent::Fee => {
                let fee = if self.chance(600) {
                    (amount * 6 + 500) / 1_000
                } else {
                    self.between(500, 4_500) as i64
                };
                let fee = fee.clamp(1, amount / 5);
                self.pair(event, &deal, day, day + lag, [amount, amount - fee]);
            }
            LedgerEvent::Discount => {
                let percent = [95, 92, 90, 88, 85][self.draws.below(5) as usize];
                self.pair(event, &deal, day, day + lag, [amount, (amount * percent + 50) / 100]);
            }
            LedgerEvent::Transposed => {
                let swapped = swapped(amount).unwrap_or(amount);
                self.pair(event, &deal, day, day + lag, [swapped, amount]);
            }
            LedgerEvent::Batch => {
                let (mut hotel, mut sum) = (Vec::new(), 0);
                for _ in 0..self.between(2, 6) {
                    let part = Deal { party: deal.party.clone(), ..self.deal() };
                    let before = self.between(0, 5);
                    hotel.push(self.hotel(&part, day.saturating_sub(before), part.amount, ""));
                    sum += part.amount;
                }
                let after = self.between(0, 2);
                let bank = self.bank(&deal, day + after, sum, false);
                self.truth(event, hotel, vec![bank]);
            }
            LedgerEvent::Settlement => {
                let terminal = self.between(1, 9);
                let (mut hotel, mut sum) = (Vec::new(), 0);
                for _ in 0..self.between(5, 25) {
                    let mut part = self.deal();
                    let guest = self.guest();
                    part.party = format!("Terminal {terminal} {guest}");
                    hotel.push(self.hotel(&part, day, part.amount, ""));
                    sum += part.amount;
                }
                let id = format!("B{}", self.ledgers.bank.len() + 1);
                self.ledgers.bank.push(LedgerEntry {
                    id: id.clone(),
                    date: Self::date(day + 1),
                    amount: sum,
                    reference: String::new(),
                    text: format!("ACQUIRER SETTLEMENT TERMINAL {terminal}"),
                });
                self.truth(event, hotel, vec![id]);
            }
            LedgerEvent::Split => {
                let parts = self.between(2, 3) as i64;
                let hotel = self.hotel(&deal, day, amount, "");
                let mut rest = amount;
                let mut bank = Vec::new();
                for part in 0..parts {
                    let paid =
                        if part == parts - 1 { rest } else { rest * self.between(30, 60) as i64 / 100 };
                    rest -= paid;
                    let after = self.between(0, 5);
                    bank.push(self.bank(&deal, day + after, paid, false));
                }
                self.truth(event, vec![hotel], bank);
            }
            LedgerEvent::VoidReissue | LedgerEvent::Correction => {
                let wrong = if event == LedgerEvent::Correction { self.amount() } else { amount };
                let first = self.hotel(&deal, day, wrong, "");
                let after = self.between(0, 4);
                let void = self.hotel(&deal, day + after, -wrong, "VOID ");
                let again = Deal { reference: self.deal().reference, party: deal.party.clone(), ..deal };
                let later = after + self.between(0, 2);
                let right = self.hotel(&again, day + later, amount, "");
                let bank = self.bank(&again, day + later + lag, amount, false);
                self.truth(event, vec![first, void], Vec::new());
                self.truth(event, vec![right], vec![bank]);
            }
            LedgerEvent::Void => {
                let first = self.hotel(&deal, day, amount, "");
                let after = self.between(0, 6);
                let void = self.hotel(&deal, day + after, -amount, "VOID ");
                self.truth(event, vec![first, void], Vec::new());
            }
            LedgerEvent::Refund => {
                self.pair(event, &deal, day, day + lag, [amount, amount]);
                let back = day + lag + self.between(3, 12);
                let lag = self.lag();
                self.pair(event, &deal, back, back + lag, [-amount, -amount]);
            }
            LedgerEvent::Duplicate => {
                let first = self.hotel(&deal, day, amount, "");
                let copy = self.ledgers.hotel.last().cloned();
                let bank = self.bank(&deal, day + lag, amount, false);
                if let Some(copy) = copy {
                    let id = format!("H{}", self.ledgers.hotel.len() + 1);
                    let after = self.between(0, 2);
                    self.ledgers.hotel.push(LedgerEntry { id, date: Self::date(day + after), ..copy });
                }
                self.truth(event, vec![first], vec![bank]);
            }
            LedgerEvent::Partial | LedgerEvent::Over => {
                let percent =
                    if event == LedgerEvent::Partial { self.between(30, 70) } else { self.between(130, 190) };
                let hotel = self.hotel(&deal, day, amount, "");
                let bank = self.bank(&deal, day + lag, amount * percent as i64 / 100, false);
                // Whoever pays another amount says for what.
                if let Some(entry) = self.ledgers.bank.last_mut() {
                    entry.reference = deal.reference.replace('-', "");
                }
                self.truth(event, vec![hotel], vec![bank]);
            }
            LedgerEvent::Recurring => {
                for week in 0..self.between(2, 4) {
                    let again = Deal { reference: self.deal().reference, party: deal.party.clone(), ..deal };
                    let lag = self.between(0, 2);
                    self.pair(event, &again, day + 7 * week, day + 7 * week + lag, [amount, amount]);
                }
            }
            LedgerEvent::Rivals => {
                let (name, _) = deal.party.rsplit_once(' ').unwrap_or((&deal.party, ""));
                let other = Deal {
                    party: format!("{name} {}", pick(&mut self.draws, SECOND)),
                    reference: self.deal().reference,
                    ..deal
                };
                self.pair(event, &deal, day, day + lag, [amount, amount]);
                self.pair(event, &other, day, day + lag, [amount, amount]);
            }
            LedgerEvent::OnlyHotel => {
                self.hotel(&deal, day, amount, "");
            }
            LedgerEvent::OnlyBank => {
                let party = if self.chance(500) {
                    pick(&mut self.draws, FEES).to_owned()
                } else {
                    deal.party.clone()
                };
                let (amount, deal) = (self.between(500, 9_000) as i64, Deal { party, ..deal });
                self.bank(&deal, day, -amount, false);
            }
        }
    }

    fn pair(&mut self, event: LedgerEvent, deal: &Deal, posted: u64, paid: u64, amounts: [i64; 2]) {
        let hotel = self.hotel(deal, posted, amounts[0], "");
        let bank = self.bank(deal, paid, amounts[1], event == LedgerEvent::Cryptic);
        self.truth(event, vec![hotel], vec![bank]);
    }
}

/// The amount with two neighbouring digits swapped, the first that differ.
fn swapped(amount: i64) -> Option<i64> {
    let mut digits = amount.to_string().into_bytes();
    let at = (1..digits.len() - 1).find(|at| digits[*at] != digits[*at + 1])?;
    digits.swap(at, at + 1);
    String::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn ledgers_repeat_and_their_truth_agrees_with_them() {
        let ledgers = Ledgers::new(7, 3_000);
        assert_eq!(ledgers, Ledgers::new(7, 3_000));
        assert_ne!(ledgers, Ledgers::new(8, 3_000));
        let amounts: BTreeMap<&str, i64> = ledgers
            .hotel
            .iter()
            .chain(&ledgers.bank)
            .map(|entry| (entry.id.as_str(), entry.amount))
            .collect();
        assert_eq!(amounts.len(), ledgers.hotel.len() + ledgers.bank.len());
        let mut seen = BTreeSet::new();
        for LedgerTruth { event, hotel, bank } in &ledgers.truth {
            assert!(hotel.iter().chain(bank).all(|id| seen.insert(id.clone())), "{hotel:?} {bank:?}");
            let sum = |ids: &[String]| ids.iter().map(|id| amounts[id.as_str()]).sum::<i64>();
            match event {
                LedgerEvent::Fee | LedgerEvent::Discount | LedgerEvent::Partial => {
                    assert!(sum(bank) < sum(hotel))
                }
                LedgerEvent::Over => assert!(sum(bank) > sum(hotel)),
                LedgerEvent::Transposed => {}
                _ => assert_eq!(sum(hotel), sum(bank), "{event:?}"),
            }
        }
        let events: BTreeSet<LedgerEvent> = ledgers.truth.iter().map(|truth| truth.event).collect();
        assert_eq!(events.len(), LedgerEvent::ALL.len() - 2, "all but those without a counterpart");
    }
}
