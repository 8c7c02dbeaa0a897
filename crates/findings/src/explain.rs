//! What a finding says to people, in Chinese and in English.

use hefu_kernel::Currency;

use crate::finding::{Cause, Correction, Finding, FindingKind, Value};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

fn money(minor: i64, currency: Currency) -> String {
    let places = currency.exponent() as usize;
    let unit = 10_i64.pow(places as u32);
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    let (whole, part) = (minor / unit as u64, minor % unit as u64);
    match places {
        0 => format!("{sign}{whole} {currency}"),
        _ => format!("{sign}{whole}.{part:0places$} {currency}"),
    }
}

/// The code of a state in both languages; other codes stay as they are.
fn word(code: &str) -> [&str; 2] {
    match code {
        "reserved" => ["已预订", "reserved"],
        "cancelled" => ["已取消", "cancelled"],
        "no_show" => ["未到店", "no-show"],
        "in_house" => ["在住", "in house"],
        "departed" => ["已离店", "departed"],
        other => [other, other],
    }
}

fn value(value: &Value, currency: Currency) -> [String; 2] {
    match value {
        Value::Nothing => ["无".to_owned(), "nothing".to_owned()],
        Value::Count(count) => [count.to_string(), count.to_string()],
        Value::Amount(minor) => [money(*minor, currency), money(*minor, currency)],
        Value::Day(day) => [day.to_string(), day.to_string()],
        Value::Nights { from, to } => [format!("{from} 至 {to}"), format!("{from} to {to}")],
        Value::Code(code) => word(code).map(str::to_owned),
    }
}

/// Why it happened.
const fn because(cause: Cause) -> [&'static str; 2] {
    match cause {
        Cause::BranchSilos => ["各分店各记各的账", "each property keeps its own records"],
        Cause::MemberVersusStay => {
            ["会员系统与前台系统记录不一致", "the member system and the front desk know different things"]
        }
        Cause::FinanceCopies => ["财务系统另有一份记录", "finance keeps a copy of its own"],
        Cause::DoubleIdentityCheck => {
            ["身份证件与会员卡各核验一次", "identity was recorded twice, by document and by member card"]
        }
        Cause::SyncDelay => ["数据同步延迟", "a message came late"],
        Cause::OperatorError => ["人工操作失误", "somebody made a mistake"],
        Cause::RepeatedBooking => ["客人重复预订", "the guest booked more than once"],
        Cause::PlatformOutOfStep => ["第三方平台数据不同步", "a third party's platform is out of step"],
    }
}

impl Texts {
    fn of(zh: String, en: String) -> Self {
        Self { zh, en }
    }

    /// What was expected or found.
    pub fn saying(said: &Value, currency: Currency) -> Self {
        let [zh, en] = value(said, currency);
        Self { zh, en }
    }

    /// What a finding says, and why it happened.
    pub fn explaining(finding: &Finding) -> Self {
        let [e_zh, e] = value(&finding.expected, finding.currency);
        let [f_zh, f] = value(&finding.found, finding.currency);
        let stake = money(finding.stake, finding.currency);
        let (zh, en) = match finding.kind {
            FindingKind::Headcount => (
                format!("预订 {e_zh} 人，实际接待 {f_zh} 人"),
                format!("{e} guests were booked and {f} received"),
            ),
            FindingKind::Rooms => (
                format!("预订 {e_zh} 间，实际接待 {f_zh} 间"),
                format!("{e} rooms were booked and {f} received"),
            ),
            FindingKind::Nights => match finding.expected {
                Value::Count(_) => (
                    format!("入住 {e_zh} 晚，计费 {f_zh} 晚"),
                    format!("{e} nights were stayed and {f} charged"),
                ),
                _ => (format!("预订 {e_zh}，实际入住 {f_zh}"), format!("booked from {e}, stayed from {f}")),
            },
            FindingKind::Rate => (
                format!("约定房费 {e_zh}，实收 {f_zh}，相差 {stake}"),
                format!("{e} was agreed for the nights and {f} charged: {stake} apart"),
            ),
            FindingKind::DiscountMissing => (
                format!("会员应优惠 {e_zh}，账单只减 {f_zh}，多收 {stake}"),
                format!("the member's discount is {e} and the bill gives {f}: {stake} too much"),
            ),
            FindingKind::DiscountLate => (
                format!("会员折扣在结账后才到，多收 {stake} 应退还"),
                format!("the member's discount came after the bill was paid: {stake} has to be given back"),
            ),
            FindingKind::ChargeWithoutStay => {
                (format!("账单有 {f_zh}，却没有入住记录"), format!("a bill of {f} without a stay"))
            }
            FindingKind::ChargeDoubled => {
                (format!("同一笔消费入账两次，多收 {stake}"), format!("the same charge of {stake} twice"))
            }
            FindingKind::StayWithoutBooking => {
                (format!("入住 {f_zh} 间，没有预订记录"), format!("{f} rooms lived in without a booking"))
            }
            FindingKind::NoShowCharged => (
                format!("未到店应收 {e_zh}，实收 {f_zh}，多收 {stake}"),
                format!("not coming costs {e} as agreed and {f} was charged: {stake} too much"),
            ),
            FindingKind::DuplicateBooking => (
                format!("同一客人同一时段有两个预订：{e_zh} 与 {f_zh}"),
                format!("one person is booked twice at the same time, under {e} and {f}"),
            ),
            FindingKind::PointsTwice => {
                (format!("应积 {e_zh} 分，实积 {f_zh} 分"), format!("{e} points were earned and {f} counted"))
            }
            FindingKind::PointsMissing => (
                format!("应积 {e_zh} 分，只积 {f_zh} 分"),
                format!("{e} points were earned and only {f} counted"),
            ),
            FindingKind::DepositNotApplied if finding.correction.is_some() => (
                format!("已付订金 {e_zh} 未冲抵账单，账单还欠 {stake}"),
                format!("a deposit of {e} was not taken off the bill, which lacks {stake}"),
            ),
            FindingKind::DepositNotApplied => (
                format!("订金 {e_zh} 仍押着，应退还或结清"),
                format!("a deposit of {e} is still held and is to be given back or settled"),
            ),
            FindingKind::Currency => (
                format!("账单币种 {e_zh}，该笔为 {f_zh}"),
                format!("the bill is in {e} and an amount in {f}"),
            ),
            FindingKind::Status => (
                format!("一处记录为“{e_zh}”，另一处为“{f_zh}”"),
                format!("one record says {e}, another says {f}"),
            ),
            FindingKind::Identity => (
                format!("{e_zh} 与 {f_zh} 记录的客人身份不一致"),
                format!("{e} and {f} name different guests"),
            ),
            FindingKind::PaymentMissing => (
                format!("应收 {e_zh}，实收 {f_zh}，少收 {stake}"),
                format!("{e} was charged and {f} paid: {stake} is missing"),
            ),
            FindingKind::PaymentDoubled => (
                format!("应收 {e_zh}，实收 {f_zh}，多收 {stake}"),
                format!("{e} was charged and {f} paid: {stake} too much"),
            ),
            // How many of them: who is not even named is not registered either, and is told by the headcount.
            FindingKind::NotRegistered => {
                let count = match (&finding.expected, &finding.found) {
                    (Value::Count(guests), Value::Count(registered)) => guests - registered,
                    _ => 0,
                };
                let english = match count {
                    1 => "1 guest in the room has shown no document".to_owned(),
                    count => format!("{count} guests in the room have shown no document"),
                };
                (format!("在住客人中有 {count} 人未登记证件"), english)
            }
            FindingKind::DoubleRecord => (
                format!("客人反映同一次入住有两条记录：{e_zh} 与 {f_zh}"),
                format!("the guest says that {e} and {f} are two records of one visit"),
            ),
            FindingKind::SettlementMissing => (
                format!("已收 {e_zh}，渠道对账单中没有"),
                format!("{e} was paid and the channel's settlement file does not have it"),
            ),
            FindingKind::SettlementUnknown => (
                format!("渠道对账单有 {f_zh}，本店没有对应收款"),
                format!("the channel settled {f} and no payment here is like it"),
            ),
            FindingKind::SettlementDoubled => {
                (format!("同一笔收款出现两次，涉及 {stake}"), format!("the same payment of {stake} twice"))
            }
            FindingKind::SettlementDiffers => (
                format!("本店收款 {e_zh}，渠道结算 {f_zh}，相差 {stake}"),
                format!("{e} was paid and {f} settled: {stake} apart"),
            ),
            FindingKind::SettlementFee => (
                format!("渠道当日扣手续费 {f_zh}，应入账"),
                format!("the channel kept {f} of the day's payments, to be booked"),
            ),
            FindingKind::SettlementUnclear => (
                format!(
                    "{e_zh} 在渠道对账单中有相似的记录，但不能确定（不止一条、金额或正负不同）：请核对原始凭证"
                ),
                format!(
                    "{e} may be a line of the settlement file that is not certain, being one of several, or of another amount or sign: decide by the originals"
                ),
            ),
            FindingKind::UnusualConsumption => (
                format!("单笔消费 {f_zh}，本店同类消费一般为 {e_zh}"),
                format!("{f} was charged at once for what usually costs {e} here"),
            ),
            FindingKind::BillGrowing => (
                format!("平均每晚消费 {f_zh}，本店一般为 {e_zh}"),
                format!("the bill grows by {f} a night, where {e} is usual here"),
            ),
            FindingKind::TwoIdentities => (
                format!("在住客人登记了 {f_zh} 个不同的身份证件号码"),
                format!("somebody in house is recorded with {f} different identity documents"),
            ),
            FindingKind::InHouseTwice => (
                format!("同一客人同时在住 {e_zh} 与 {f_zh}"),
                format!("one guest lives in {e} and in {f} at once"),
            ),
        };
        let [zh_cause, en_cause] = because(finding.cause);
        let mut rest = en.chars();
        let first: String = rest.by_ref().take(1).flat_map(char::to_uppercase).collect();
        Self::of(format!("{zh}（原因：{zh_cause}）。"), format!("{first}{}; {en_cause}.", rest.as_str()))
    }

    /// What a correction does.
    pub fn proposing(correction: &Correction, currency: Currency) -> Self {
        match correction {
            Correction::GiveDiscount { visit } => {
                Self::of(format!("为 {visit} 补上会员折扣"), format!("Give the member's discount to {visit}"))
            }
            Correction::AccruePoints { visit } => {
                Self::of(format!("为 {visit} 补积分"), format!("Count the points of {visit}"))
            }
            Correction::TakePointsBack { points, .. } => {
                Self::of(format!("扣回多积的 {points} 分"), format!("Take back {points} points"))
            }
            Correction::ApplyDeposit { visit } => Self::of(
                format!("将订金冲抵 {visit} 的账单"),
                format!("Take the deposit off the bill of {visit}"),
            ),
            Correction::CancelBooking { visit } => {
                Self::of(format!("按取消政策取消 {visit}"), format!("Cancel {visit} under its policy"))
            }
            Correction::ReverseLine { visit, .. } => Self::of(
                format!("冲销 {visit} 账单中的该笔"),
                format!("Take the line off the bill of {visit}"),
            ),
            Correction::Allow { visit, amount, .. } => Self::of(
                format!("从 {visit} 的账单减免 {}", money(*amount, currency)),
                format!("Take {} off the bill of {visit}", money(*amount, currency)),
            ),
        }
    }
}
