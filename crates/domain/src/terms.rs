//! What was agreed for a room when it was sold. It is kept with the room: whoever edits a rate plan, a price or a policy afterwards changes
//! what is sold from then on, and nothing that was sold before.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hefu_kernel::{BasisPoints, Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Message,
    message::Costs,
    package::{AgreedInclusion, InclusionCharge, Pricing, Served},
    property::{CancellationPolicy, Penalty, PenaltyRule, PriceParts, RateKind, RatePlan},
    rate::{Overrun, Party, PeopleRates, Usage},
};

/// Terms of cancelling and of not coming, as they were agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgreedPolicy {
    /// Code of the policy.
    pub code: String,
    /// Name as the property wrote it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Which penalty applies from when on; of several that apply the closest to arrival counts.
    pub rules: Vec<PenaltyRule>,
    /// What not coming costs.
    pub no_show: Penalty,
}

impl From<&CancellationPolicy> for AgreedPolicy {
    fn from(policy: &CancellationPolicy) -> Self {
        Self {
            code: policy.code.clone(),
            name: policy.name.clone(),
            name_en: policy.name_en.clone(),
            rules: policy.rules.clone(),
            no_show: policy.no_show,
        }
    }
}

impl AgreedPolicy {
    /// What cancelling at `now` costs when check-in opens at `opens`.
    pub fn penalty(&self, now: DateTime<Utc>, opens: DateTime<Utc>) -> Penalty {
        self.rules
            .iter()
            .filter(|rule| now >= opens - TimeDelta::hours(i64::from(rule.within_hours)))
            .min_by_key(|rule| rule.within_hours)
            .map_or(Penalty::Free, |rule| rule.penalty)
    }

    /// The terms in words, sentence by sentence: what cancelling costs, the mildest first, and what not coming costs.
    pub fn words(&self, currency: Currency) -> Vec<Message> {
        let costs = |penalty| match penalty {
            Penalty::Free => Costs::Nothing,
            Penalty::Nights(nights) => Costs::Nights(nights.into()),
            Penalty::Share(share) => Costs::Share(share.0),
            Penalty::Fixed(amount) => Costs::Amount(Money::new(amount, currency)),
        };
        let mut rules: Vec<&PenaltyRule> = self.rules.iter().collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.within_hours));
        let mut said = vec![match rules.first() {
            None => Message::CancelFree,
            Some(rule) => Message::CancelFreeUntil { hours: rule.within_hours.into() },
        }];
        said.extend(rules.into_iter().map(|rule| Message::CancelWithin {
            hours: rule.within_hours.into(),
            costs: costs(rule.penalty),
        }));
        said.push(Message::NotComing { costs: costs(self.no_show) });
        said
    }
}

const fn is_zero(amount: &i64) -> bool {
    *amount == 0
}

const fn is_no_share(share: &BasisPoints) -> bool {
    share.0 == 0
}

const fn is_sold(usage: &Usage) -> bool {
    matches!(usage, Usage::Sold)
}

const fn is_false(is: &bool) -> bool {
    !*is
}

/// Fee and tax of nights that were sold before the terms of a guest in house were agreed anew, and for how many people they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EarlierTerms {
    /// The first night that is sold under later terms.
    pub until: NaiveDate,
    /// Code of the rate plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Tax on room and service fee.
    pub tax: BasisPoints,
    /// Service fee on the room rate.
    pub service_fee: BasisPoints,
    /// The prices hold service fee and tax already.
    pub inclusive: bool,
    /// What was included beside the room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inclusions: Vec<AgreedInclusion>,
    /// Adults; none: as many as now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adults: Option<i64>,
    /// Children; none: as many as now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<i64>,
    /// Whether it was sold, given for nothing, or used by the house; none: as now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// Takes a price apart: room, service fee on it, tax on both.
fn take_apart(amount: i64, (tax, service_fee): (BasisPoints, BasisPoints), inclusive: bool) -> PriceParts {
    if !inclusive {
        let service_fee = service_fee.of(amount);
        return PriceParts { room: amount, service_fee, tax: tax.of(amount + service_fee) };
    }
    let net = tax.net_of(amount);
    let room = service_fee.net_of(net);
    PriceParts { room, service_fee: net - room, tax: amount - net }
}

/// What was agreed for a room beside its prices by night, which stand with its dates. Without a plan: nothing but the prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Terms {
    /// Code of the rate plan it was sold under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// By night or by hours.
    pub kind: RateKind,
    /// Hours of a part-day block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<i64>,
    /// What staying beyond these hours costs; none: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overrun: Option<Overrun>,
    /// Tax on room and service fee.
    #[serde(skip_serializing_if = "is_no_share")]
    pub tax: BasisPoints,
    /// Service fee on the room rate.
    #[serde(skip_serializing_if = "is_no_share")]
    pub service_fee: BasisPoints,
    /// The prices hold service fee and tax already.
    #[serde(skip_serializing_if = "is_false")]
    pub inclusive: bool,
    /// Terms of cancelling; none: free at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<AgreedPolicy>,
    /// What is included beside the room.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inclusions: Vec<AgreedInclusion>,
    /// What cancelling would have cost at a moment when the room was changed, minor units: it is owed if the room is called off later, however
    /// mild the terms are that were agreed since.
    #[serde(skip_serializing_if = "is_zero")]
    pub owed: i64,
    /// Worked out from another system's booking, which says no terms.
    #[serde(skip_serializing_if = "is_false")]
    pub derived: bool,
    /// What more or fewer people cost a night.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<PeopleRates>,
    /// How old the children are, as far as it was said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub child_ages: Vec<i64>,
    /// Extra beds.
    #[serde(skip_serializing_if = "is_zero")]
    pub extra_beds: i64,
    /// Whether it is sold, given for nothing, or used by the house.
    #[serde(skip_serializing_if = "is_sold")]
    pub usage: Usage,
    /// Fee and tax of the first nights, where the terms were agreed anew while the guest was in house; the earliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierTerms>,
    /// Nights that cost nothing, because they were paid for with points or a voucher; the earliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub free_nights: Vec<NaiveDate>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            plan: None,
            kind: RateKind::Nightly,
            hours: None,
            overrun: None,
            tax: BasisPoints(0),
            service_fee: BasisPoints(0),
            inclusive: false,
            policy: None,
            inclusions: Vec::new(),
            owed: 0,
            derived: false,
            people: None,
            child_ages: Vec::new(),
            extra_beds: 0,
            usage: Usage::Sold,
            earlier: Vec::new(),
            free_nights: Vec::new(),
        }
    }
}

/// A night of a room taken apart: what is charged for it, each part under its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NightCharge {
    /// Room, service fee and the tax on both.
    pub parts: PriceParts,
    /// What is included and posted apart.
    pub inclusions: Vec<InclusionCharge>,
    /// Whether it was paid for with points or a voucher: then all of it is taken off again, on a line of its own.
    pub is_free: bool,
}

impl NightCharge {
    /// All of its tax, before a free night takes it off.
    fn whole_tax(&self) -> i64 {
        self.parts.tax + self.inclusions.iter().map(|inclusion| inclusion.tax).sum::<i64>()
    }

    /// All of its tax.
    pub fn tax(&self) -> i64 {
        if self.is_free { 0 } else { self.whole_tax() }
    }

    /// What a free night takes off, and how much less tax that is; both below zero, or nothing.
    pub fn free(&self) -> (i64, i64) {
        if !self.is_free {
            return (0, 0);
        }
        let included: i64 = self.inclusions.iter().map(|inclusion| inclusion.amount).sum();
        (-(self.parts.room + self.parts.service_fee + included), -self.whole_tax())
    }

    /// All of it.
    pub fn total(&self) -> i64 {
        if self.is_free {
            return 0;
        }
        let of = |inclusion: &InclusionCharge| inclusion.amount + inclusion.tax;
        self.parts.total() + self.inclusions.iter().map(of).sum::<i64>()
    }
}

impl Terms {
    /// The terms of a plan as they are now, with what people cost and what is included.
    pub fn of(
        plan: &RatePlan,
        policy: Option<&CancellationPolicy>,
        people: Option<PeopleRates>,
        inclusions: Vec<AgreedInclusion>,
    ) -> Self {
        Self {
            people,
            inclusions,
            plan: Some(plan.code.clone()),
            kind: plan.kind,
            hours: plan.hours,
            overrun: plan.overrun,
            tax: plan.tax,
            service_fee: plan.service_fee,
            inclusive: plan.inclusive,
            policy: policy.map(AgreedPolicy::from),
            ..Self::default()
        }
    }

    /// Takes `amount`, an agreed price, apart. Inclusive prices are divided so that the parts add up to the price to the last cent; exclusive
    /// ones get fee and tax on top.
    pub fn parts(&self, amount: i64) -> PriceParts {
        take_apart(amount, (self.tax, self.service_fee), self.inclusive)
    }

    /// Takes the price of a night apart, by the terms that night was sold under.
    pub fn parts_on(&self, night: NaiveDate, amount: i64) -> PriceParts {
        match self.earlier_on(night) {
            Some(terms) => take_apart(amount, (terms.tax, terms.service_fee), terms.inclusive),
            None => self.parts(amount),
        }
    }

    /// What is included of the nights that were sold, night by night.
    fn inclusions_of(&self, night: NaiveDate) -> &[AgreedInclusion] {
        self.earlier_on(night).map_or(&self.inclusions, |terms| &terms.inclusions)
    }

    /// What is served on a date to who stays from `arrival` to `departure`: what belongs to the night before and comes the morning after, and what
    /// belongs to the night itself; of hours of one day: all on it.
    pub fn served(
        &self,
        date: NaiveDate,
        (arrival, departure): (NaiveDate, NaiveDate),
    ) -> impl Iterator<Item = &AgreedInclusion> {
        let before = date.pred_opt().filter(|_| arrival != departure).unwrap_or(date);
        let morning = self.inclusions_of(before).iter().filter(|one| one.served == Served::NextDay);
        let day = self.inclusions_of(date).iter().filter(|one| one.served == Served::SameDay);
        morning.chain(day).filter(move |one| one.is_served(date, (arrival, departure)))
    }

    fn earlier_on(&self, night: NaiveDate) -> Option<&EarlierTerms> {
        self.earlier.iter().find(|terms| night < terms.until)
    }

    /// For how many adults and children a night is, of a room that they live in now.
    pub fn heads_on(&self, night: NaiveDate, (adults, children): (i64, i64)) -> (i64, i64) {
        let earlier = self.earlier_on(night);
        let was = |heads: fn(&EarlierTerms) -> Option<i64>| earlier.and_then(heads);
        (was(|terms| terms.adults).unwrap_or(adults), was(|terms| terms.children).unwrap_or(children))
    }

    /// Whether a night is sold, given for nothing, or used by the house.
    pub fn usage_on(&self, night: NaiveDate) -> Usage {
        self.earlier_on(night).and_then(|terms| terms.usage).unwrap_or(self.usage)
    }

    /// These terms from `night` on, after `before`, which hold for the nights until then, for so many adults and children. What was owed stays owed.
    #[must_use]
    pub fn after(self, before: &Self, night: NaiveDate, (adults, children): (i64, i64)) -> Self {
        let mut earlier = before.earlier.clone();
        let usage = (before.usage != self.usage).then_some(before.usage);
        for terms in &mut earlier {
            terms.usage = terms.usage.or(usage);
        }
        earlier.push(EarlierTerms {
            usage,
            until: night,
            plan: before.plan.clone(),
            tax: before.tax,
            service_fee: before.service_fee,
            inclusive: before.inclusive,
            inclusions: before.inclusions.clone(),
            adults: Some(adults),
            children: Some(children),
        });
        Self { owed: self.owed.max(before.owed), earlier, ..self }
    }

    /// What a night costs that was agreed at `price`, or a block of hours, of a stay that begins on `arrival`. This, and nothing else, is what a
    /// quote says, a booking comes to and a bill is charged.
    pub fn night(
        &self,
        price: i64,
        heads: (i64, i64),
        (night, arrival): (NaiveDate, NaiveDate),
    ) -> NightCharge {
        let (adults, children) = self.heads_on(night, heads);
        let mut room = price;
        let mut charges = Vec::new();
        let is_sold = self.usage_on(night) == Usage::Sold;
        let is_charged = |inclusion: &&AgreedInclusion| is_sold && inclusion.is_of(night, arrival);
        let inclusive = self.earlier_on(night).map_or(self.inclusive, |terms| terms.inclusive);
        for inclusion in self.inclusions_of(night).iter().filter(is_charged) {
            let mut whole = inclusion.amount(adults, children);
            if inclusion.pricing == Pricing::Within {
                // More than the price of the room cannot be in it.
                whole = whole.min(room);
                room -= whole;
            }
            let (amount, tax) = match inclusive {
                true => {
                    let net = inclusion.tax.net_of(whole);
                    (net, whole - net)
                }
                false => (whole, inclusion.tax.of(whole)),
            };
            if whole != 0 {
                charges.push(InclusionCharge { code: inclusion.code.clone(), amount, tax });
            }
        }
        let is_free = self.free_nights.contains(&night);
        NightCharge { parts: self.parts_on(night, room), inclusions: charges, is_free }
    }

    /// What these people cost a night beside the price of the room, minor units.
    pub fn supplement(&self, adults: i64, children: i64) -> i64 {
        let party = Party { adults, children, ages: &self.child_ages, extra_beds: self.extra_beds };
        self.people.as_ref().map_or(0, |rates| rates.supplement(party))
    }

    /// What cancelling at `now` costs, minor units, with these prices by night, when check-in opens at `opens`.
    pub fn cancellation(&self, nightly: &[i64], now: DateTime<Utc>, opens: DateTime<Utc>) -> i64 {
        let by_policy = self.policy.as_ref().map_or(0, |policy| policy.penalty(now, opens).amount(nightly));
        by_policy.max(self.owed)
    }

    /// What not coming costs, minor units, with these prices by night.
    pub fn no_show(&self, nightly: &[i64]) -> i64 {
        self.policy.as_ref().map_or(0, |policy| policy.no_show.amount(nightly)).max(self.owed)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(tax: i64, fee: i64, inclusive: bool) -> Terms {
        Terms { tax: BasisPoints(tax), service_fee: BasisPoints(fee), inclusive, ..Terms::default() }
    }

    #[test]
    fn fee_and_tax_come_on_top_of_exclusive_rates() {
        let parts = terms(600, 1_000, false).parts(100_00);
        assert_eq!(parts, PriceParts { room: 100_00, service_fee: 10_00, tax: 6_60 });
    }

    #[test]
    fn inclusive_rates_are_taken_apart() {
        let parts = terms(600, 1_000, true).parts(116_60);
        assert_eq!(parts, PriceParts { room: 100_00, service_fee: 10_00, tax: 6_60 });
    }

    fn flexible() -> AgreedPolicy {
        AgreedPolicy {
            code: "FLEX".into(),
            name: "灵活".into(),
            name_en: "Flexible".into(),
            rules: vec![
                PenaltyRule { within_hours: 72, penalty: Penalty::Share(BasisPoints(5_000)) },
                PenaltyRule { within_hours: 24, penalty: Penalty::Nights(1) },
            ],
            no_show: Penalty::Share(BasisPoints(10_000)),
        }
    }

    #[test]
    fn the_penalty_closest_to_arrival_counts() {
        let policy = flexible();
        let opens: DateTime<Utc> = "2026-10-03T06:00:00Z".parse().unwrap();
        let nightly = [300_00, 500_00];
        let at = |hours| policy.penalty(opens - TimeDelta::hours(hours), opens).amount(&nightly);
        assert_eq!((at(73), at(72), at(25), at(24), at(-1)), (0, 400_00, 400_00, 300_00, 300_00));
        assert_eq!(policy.no_show.amount(&nightly), 800_00);
        assert_eq!(Penalty::Fixed(9_999_00).amount(&nightly), 800_00);
    }

    #[test]
    fn a_policy_is_said_in_words() {
        use crate::Language::{Chinese, English};
        let said = |policy: &AgreedPolicy, language| -> String {
            policy.words(Currency::CNY).iter().map(|message| message.text(language)).collect()
        };
        assert_eq!(
            said(&flexible(), English),
            "Cancelling is free until 72 hours before check-in opens.Cancelling within 72 hours before check-in opens costs 50 % of the \
             price.Cancelling within 24 hours before check-in opens costs the price of the first night.Not coming costs the whole price."
        );
        assert_eq!(
            said(&flexible(), Chinese),
            "可入住时间前 72 小时之前取消免费。可入住时间前 72 小时内取消，收取房费的 50%。可入住时间前 24 小时内取消，收取首晚房费。未到店，收取全部房费。"
        );
        let mild = AgreedPolicy { rules: Vec::new(), no_show: Penalty::Fixed(100_00), ..flexible() };
        assert_eq!(said(&mild, English), "Cancelling is free at any time.Not coming costs 100.00 CNY.");
    }

    #[test]
    fn nights_keep_the_fee_and_tax_they_were_sold_with() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let first = Terms { owed: 7, ..terms(600, 1_000, false) };
        let second = terms(0, 0, false).after(&first, day("2026-10-04"), (1, 0));
        let third = terms(600, 0, true).after(&second, day("2026-10-06"), (2, 1));
        let heads = |night| third.heads_on(day(night), (3, 0));
        assert_eq!((heads("2026-10-03"), heads("2026-10-05"), heads("2026-10-06")), ((1, 0), (2, 1), (3, 0)));
        let total = |night| third.parts_on(day(night), 100_00).total();
        assert_eq!((total("2026-10-03"), total("2026-10-04"), total("2026-10-05")), (116_60, 100_00, 100_00));
        assert_eq!((total("2026-10-06"), third.owed), (100_00, 7));
        assert_eq!(third.parts_on(day("2026-10-06"), 106_00).tax, 6_00);
        // What was given for nothing was so however often the terms are agreed anew.
        let given = Terms { usage: Usage::Complimentary, ..terms(600, 0, false) };
        let given = given.clone().after(&given, day("2026-10-04"), (1, 0));
        let sold = Terms { usage: Usage::Sold, ..given.clone() }.after(&given, day("2026-10-05"), (1, 0));
        let sold = sold.clone().after(&sold, day("2026-10-06"), (2, 0));
        let usages = ["03", "04", "05", "06"].map(|night| sold.usage_on(day(&format!("2026-10-{night}"))));
        assert_eq!(usages, [Usage::Complimentary, Usage::Complimentary, Usage::Sold, Usage::Sold]);
    }

    #[test]
    fn what_was_owed_under_earlier_terms_stays_owed() {
        let opens: DateTime<Utc> = "2026-10-03T06:00:00Z".parse().unwrap();
        let long_before = opens - TimeDelta::days(30);
        let free = Terms { owed: 640_00, ..Terms::default() };
        assert_eq!(free.cancellation(&[400_00, 400_00], long_before, opens), 640_00);
        assert_eq!(free.no_show(&[400_00, 400_00]), 640_00);
        let strict = Terms { policy: Some(flexible()), ..free };
        assert_eq!(strict.no_show(&[400_00, 400_00]), 800_00);
    }

    #[test]
    fn terms_that_say_little_are_short() {
        let text = serde_json::to_string(&Terms { derived: true, ..Terms::default() }).unwrap();
        assert_eq!(text, r#"{"kind":"nightly","derived":true}"#);
        assert_eq!(serde_json::from_str::<Terms>("{}").unwrap(), Terms::default());
    }

    fn half_board(pricing: Pricing) -> Vec<AgreedInclusion> {
        let one = |code: &str, adult, child, tax| AgreedInclusion {
            adult,
            child,
            pricing,
            tax: BasisPoints(tax),
            ..AgreedInclusion::from(code)
        };
        vec![one("BF", 50_00, 20_00, 600), one("DIN", 100_00, 0, 1_300)]
    }

    #[test]
    fn what_is_included_is_charged_apart_under_its_own_tax() {
        let arrival: NaiveDate = "2026-10-03".parse().unwrap();
        let of = |terms: &Terms, price| terms.night(price, (2, 1), (arrival, arrival));
        let charge = |code: &str, amount, tax| InclusionCharge { code: code.into(), amount, tax };
        // 1,000.00 with breakfast 120.00 and dinner 200.00 in it leaves 680.00 for the room.
        let within = Terms { inclusions: half_board(Pricing::Within), ..terms(600, 1_000, false) };
        let night = of(&within, 1_000_00);
        assert_eq!(night.parts, PriceParts { room: 680_00, service_fee: 68_00, tax: 44_88 });
        assert_eq!(night.inclusions, [charge("BF", 120_00, 7_20), charge("DIN", 200_00, 26_00)]);
        assert_eq!((night.tax(), night.total()), (78_08, 1_146_08));
        let added = Terms { inclusions: half_board(Pricing::Added), ..terms(600, 1_000, false) };
        let night = of(&added, 1_000_00);
        assert_eq!(night.parts, PriceParts { room: 1_000_00, service_fee: 100_00, tax: 66_00 });
        assert_eq!(night.total(), 1_166_00 + 353_20);
        // With tax in it the price is what is paid.
        let inclusive = Terms { inclusive: true, ..within };
        let night = of(&inclusive, 1_000_00);
        assert_eq!(night.total(), 1_000_00);
        assert_eq!(night.inclusions, [charge("BF", 113_21, 6_79), charge("DIN", 176_99, 23_01)]);
        // What is within cannot be more than the price.
        let night = of(&inclusive, 150_00);
        assert_eq!((night.total(), night.parts.total()), (150_00, 0));
        assert_eq!(
            night.inclusions.iter().map(|one| one.amount + one.tax).collect::<Vec<_>>(),
            [120_00, 30_00]
        );
        // A free night takes off all of it, on lines of its own.
        let free = Terms { free_nights: vec![arrival], ..added.clone() };
        let night = of(&free, 1_000_00);
        assert_eq!((night.total(), night.tax(), night.parts.room), (0, 0, 1_000_00));
        assert_eq!(night.free(), (-(1_100_00 + 320_00), -(66_00 + 33_20)));
        let whole: i64 = night.inclusions.iter().map(|one| one.amount + one.tax).sum();
        assert_eq!(night.parts.total() + whole + night.free().0 + night.free().1, 0);
        let next = free.night(1_000_00, (2, 1), (arrival.succ_opt().unwrap(), arrival));
        assert_eq!((next.is_free, next.free()), (false, (0, 0)));
        // Who is invited pays nothing, also nothing that is added.
        let given = Terms { usage: Usage::Complimentary, ..added };
        assert_eq!((of(&given, 0).total(), of(&given, 0).inclusions), (0, Vec::new()));
    }

    proptest! {
        #[test]
        fn what_is_within_the_price_adds_up_to_it(price in 0i64..100_000_000, tax in 0i64..3_000, fee in 0i64..3_000) {
            let terms = Terms { inclusions: half_board(Pricing::Within), ..terms(tax, fee, true) };
            let night = terms.night(price, (2, 1), (NaiveDate::MIN, NaiveDate::MIN));
            prop_assert_eq!(night.total(), price);
            prop_assert!(night.parts.room >= 0 && night.inclusions.iter().all(|one| one.amount >= 0 && one.tax >= 0));
        }

        #[test]
        fn inclusive_parts_add_up_to_the_price(amount in 0i64..100_000_000, tax in 0i64..3_000, fee in 0i64..3_000) {
            let parts = terms(tax, fee, true).parts(amount);
            prop_assert_eq!(parts.total(), amount);
            prop_assert!(parts.room >= 0 && parts.service_fee >= 0 && parts.tax >= 0);
        }
    }
}
