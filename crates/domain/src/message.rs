//! Messages to people and client programs: one catalogue, each text in both languages side by side.
//!
//! A message is an id with typed arguments; it becomes text only for a recipient, in their language. Texts say what
//! was expected and what to do next. They never repeat submitted values, and contain no personal data.

mod catalogue;
mod why;
mod words;

pub use catalogue::{Expected, Message, Missing};
use chrono::NaiveDate;
use hefu_kernel::{Currency, Money};
pub use why::{AskedDays, CellText, ChannelCode, ColumnName, Malformation, Name, Quoted, Sold, Why};

/// A language of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// zh-CN.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];
}

/// An argument of a message.
trait Say {
    /// The argument as text in a language.
    fn say(&self, language: Language) -> String;

    /// A sample argument, for tests.
    #[cfg(test)]
    fn sample() -> Self;
}

/// Digits grouped in thousands, as in both languages.
fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl Say for i64 {
    fn say(&self, _: Language) -> String {
        let sign = if *self < 0 { "-" } else { "" };
        format!("{sign}{}", grouped(&self.unsigned_abs().to_string()))
    }

    #[cfg(test)]
    fn sample() -> Self {
        12_345
    }
}

impl Say for usize {
    fn say(&self, _: Language) -> String {
        grouped(&self.to_string())
    }

    #[cfg(test)]
    fn sample() -> Self {
        7
    }
}

impl Say for NaiveDate {
    fn say(&self, _: Language) -> String {
        self.to_string()
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self::from_ymd_opt(2026, 10, 3).unwrap_or_default()
    }
}

impl Say for Money {
    fn say(&self, _: Language) -> String {
        let written = self.to_string();
        let (amount, currency) = written.split_once(' ').unwrap_or((&written, ""));
        let (whole, fraction) = amount.split_at(amount.find('.').unwrap_or(amount.len()));
        let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
        format!("{sign}{}{fraction} {currency}", grouped(whole))
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self::new(1_234_50, Currency::CNY)
    }
}

impl Say for Currency {
    fn say(&self, _: Language) -> String {
        self.code().to_owned()
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self::CNY
    }
}

/// A time of the property's clock, in minutes after midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay(pub i64);

impl Say for TimeOfDay {
    fn say(&self, language: Language) -> String {
        let time = format!("{:02}:{:02}", self.0 / 60 % 24, self.0 % 60);
        match (self.0 / (24 * 60), language) {
            (0, _) => time,
            (_, Language::Chinese) => format!("次日 {time}"),
            (_, Language::English) => format!("{time} the next day"),
        }
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self(14 * 60)
    }
}

/// Codes that a field takes, or names of fields: written alike in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codes(pub Vec<String>);

impl Codes {
    /// These codes, in this order.
    pub fn of<T: ToString>(codes: impl IntoIterator<Item = T>) -> Self {
        Self(codes.into_iter().map(|code| code.to_string()).collect())
    }
}

impl Say for Codes {
    fn say(&self, language: Language) -> String {
        self.0.join(match language {
            Language::Chinese => "、",
            Language::English => ", ",
        })
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self::of(["direct", "reserved"])
    }
}

/// What cancelling or not coming costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Costs {
    /// Nothing.
    Nothing,
    /// The price of the first so many nights.
    Nights(i64),
    /// A share of the whole price, in hundredths of a per cent.
    Share(i64),
    /// A fixed amount.
    Amount(Money),
}

impl Say for Costs {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Nothing, Language::Chinese) => "不收费".into(),
            (Self::Nothing, Language::English) => "nothing".into(),
            (Self::Nights(1), Language::Chinese) => "收取首晚房费".into(),
            (Self::Nights(1), Language::English) => "the price of the first night".into(),
            (Self::Nights(nights), Language::Chinese) => format!("收取前 {nights} 晚房费"),
            (Self::Nights(nights), Language::English) => format!("the price of the first {nights} nights"),
            (Self::Share(10_000), Language::Chinese) => "收取全部房费".into(),
            (Self::Share(10_000), Language::English) => "the whole price".into(),
            (Self::Share(share), language) => {
                let (whole, rest) = (share / 100, share % 100);
                let percent = if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:02}") };
                match language {
                    Language::Chinese => format!("收取房费的 {percent}%"),
                    Language::English => format!("{percent} % of the price"),
                }
            }
            (Self::Amount(amount), Language::Chinese) => format!("收取 {}", amount.say(language)),
            (Self::Amount(amount), Language::English) => amount.say(language),
        }
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self::Nights(2)
    }
}

/// Unsettled windows of a bill, each with its balance; below zero is overpaid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balances(pub Vec<(i64, Money)>);

impl Say for Balances {
    fn say(&self, language: Language) -> String {
        let one = |(window, balance): &(i64, Money)| {
            let amount = Money::new(balance.minor.saturating_abs(), balance.currency).say(language);
            match (language, balance.minor < 0) {
                (Language::Chinese, false) => format!("窗口 {window} 欠 {amount}"),
                (Language::Chinese, true) => format!("窗口 {window} 多付 {amount}"),
                (Language::English, false) => format!("window {window} owes {amount}"),
                (Language::English, true) => format!("window {window} is overpaid by {amount}"),
            }
        };
        let all: Vec<String> = self.0.iter().map(one).collect();
        all.join(match language {
            Language::Chinese => "，",
            Language::English => ", ",
        })
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self(vec![(1, Money::sample()), (2, Money::new(-50, Currency::JPY))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a text has a Chinese character or a full-width sign.
    fn is_chinese(text: &str) -> bool {
        text.chars()
            .any(|c| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}'))
    }

    /// Each message and each reason once, in both languages.
    fn all() -> Vec<[String; 2]> {
        let missing = Missing::ALL.iter().map(|what| Message::NotFound { what: *what });
        let expected = Expected::ALL.iter().map(|what| Message::Expected { what: *what });
        let messages = Message::samples().into_iter().chain(missing).chain(expected);
        let malformed = Malformation::ALL.iter().map(|what| Why::Malformed { what: *what });
        let reasons = Why::samples().into_iter().chain(malformed);
        let messages = messages.map(|message| Language::ALL.map(|language| message.text(language)));
        messages.chain(reasons.map(|why| Language::ALL.map(|language| why.text(language)))).collect()
    }

    #[test]
    fn every_message_is_said_in_both_languages() {
        for [chinese, english] in all() {
            for (language, text) in Language::ALL.into_iter().zip([&chinese, &english]) {
                assert!(!text.contains(['{', '}']), "a placeholder is left: {text}");
                assert_eq!(is_chinese(text), language == Language::Chinese, "{text}");
                let ends = if language == Language::Chinese { '。' } else { '.' };
                assert!(text.ends_with(ends) && text.trim() == text, "not a sentence: {text}");
                assert!(!text.contains("  "), "{text}");
            }
            let half_width = [",", ";", ":", "?", "!", "("];
            let signs: String = chinese
                .replace("14:00", "")
                .replace("- _ . : / # *", "")
                .replace("08:00:00", "")
                .replace("1,234.50", "")
                .replace("12,345", "");
            assert!(!half_width.iter().any(|sign| signs.contains(sign)), "half-width punctuation: {chinese}");
            assert!(!english.contains(" reservation_"), "{english}");
        }
    }

    #[test]
    fn amounts_are_said_with_their_currency() {
        let owed = Message::BalanceDue {
            balances: Balances(vec![
                (1, Money::new(615_65, Currency::CNY)),
                (3, Money::new(-1_500, Currency::JPY)),
            ]),
        };
        let both = Language::ALL.map(|language| owed.text(language));
        assert!(both[0].starts_with("窗口 1 欠 615.65 CNY，窗口 3 多付 1,500 JPY；"), "{}", both[0]);
        assert!(
            both[1].starts_with(
                "There is a balance: window 1 owes 615.65 CNY, window 3 is overpaid by 1,500 JPY;"
            ),
            "{}",
            both[1]
        );
        assert_eq!(Money::new(-1_000_000_05, Currency::CNY).say(Language::English), "-1,000,000.05 CNY");
    }
}
