//! Why a row of a file, or a message of a channel, was set aside. The reason is stored as data and becomes text for whoever asks, in their language.

use chrono::NaiveDate;
use hefu_kernel::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::catalogue::{messages, texts};
use super::{Language, Say};

/// A column of a file; none: the field is read from no single one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ColumnName(pub Option<String>);

impl Say for ColumnName {
    fn say(&self, language: Language) -> String {
        match (&self.0, language) {
            (Some(name), Language::Chinese) => format!("“{name}”列"),
            (Some(name), Language::English) => format!("column “{name}”"),
            (None, Language::Chinese) => "此项".into(),
            (None, Language::English) => "this field".into(),
        }
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self(Some("Check-in".into()))
    }
}

/// A text that was received. A short number or date is kept; of anything else only how long it is, since it may be a name, a phone or a
/// document in the wrong column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quoted {
    text: Option<String>,
    characters: usize,
}

impl Quoted {
    /// What may be kept of a text.
    pub fn of(text: &str) -> Self {
        let harmless = |c: char| c.is_ascii_digit() || "+-.,/: ".contains(c);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let is_shown = text.len() <= 10 && digits <= 8 && text.chars().all(harmless);
        Self { text: is_shown.then(|| text.to_owned()), characters: text.chars().count() }
    }
}

/// What was received in a field, and in which column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellText {
    /// The column.
    pub column: ColumnName,
    /// Its text.
    pub text: Quoted,
}

impl Say for CellText {
    fn say(&self, language: Language) -> String {
        let column = self.column.0.is_some().then(|| self.column.say(language));
        let Quoted { text, characters } = &self.text;
        match (language, text, column) {
            (Language::Chinese, Some(text), Some(column)) => format!("{column}的“{text}”"),
            (Language::Chinese, Some(text), None) => format!("“{text}”"),
            (Language::Chinese, None, Some(column)) => format!("{column}的内容（{characters} 个字）"),
            (Language::Chinese, None, None) => format!("所填内容（{characters} 个字）"),
            (Language::English, Some(text), Some(column)) => format!("“{text}” in {column}"),
            (Language::English, Some(text), None) => format!("“{text}”"),
            (Language::English, None, Some(column)) => {
                format!("a text of {characters} characters in {column}")
            }
            (Language::English, None, None) => format!("a text of {characters} characters"),
        }
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self { column: ColumnName::sample(), text: Quoted::of("2026-02-30") }
    }
}

/// The name of something that is no person: a code of the property, an encoding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(pub String);

impl Say for Name {
    fn say(&self, _: Language) -> String {
        format!("“{}”", self.0)
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self("DBL".into())
    }
}

/// A code of a channel; none: it gave none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelCode(pub Option<String>);

impl Say for ChannelCode {
    fn say(&self, language: Language) -> String {
        match (&self.0, language) {
            (Some(code), Language::Chinese) => format!("渠道代码“{code}”"),
            (Some(code), Language::English) => format!("the channel's code “{code}”"),
            (None, Language::Chinese) => "渠道未给代码时".into(),
            (None, Language::English) => "what has no code at the channel".into(),
        }
    }

    #[cfg(test)]
    fn sample() -> Self {
        Self(Some("KING".into()))
    }
}

/// The days that a guest asks for, as far as they are said; nothing that tells who asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedDays {
    /// The first day on which the guest may arrive.
    pub arrival: Option<NaiveDate>,
    /// The last one, if there are several.
    pub latest: Option<NaiveDate>,
    /// The departure.
    pub departure: Option<NaiveDate>,
    /// How many nights, if the departure is not said.
    pub nights: Option<u64>,
}

impl Say for AskedDays {
    fn say(&self, language: Language) -> String {
        let Some(from) = self.arrival else {
            return match language {
                Language::Chinese => "住宿".into(),
                Language::English => "for a room".into(),
            };
        };
        let arrival = match (self.latest, language) {
            (Some(latest), Language::Chinese) => format!("{from} 至 {latest} 之间到店"),
            (Some(latest), Language::English) => format!("to arrive from {from} to {latest}"),
            (None, Language::Chinese) => format!("{from} 到店"),
            (None, Language::English) => format!("to arrive on {from}"),
        };
        match (self.departure, self.nights, language) {
            (Some(departure), _, Language::Chinese) => format!("{arrival}、{departure} 离店"),
            (Some(departure), _, Language::English) => format!("{arrival} and leave on {departure},"),
            (None, Some(nights), Language::Chinese) => format!("{arrival}、住 {nights} 晚"),
            (None, Some(nights), Language::English) => format!("{arrival} for {nights} nights,"),
            (None, None, Language::Chinese) => format!("{arrival}、离店日未定"),
            (None, None, Language::English) => format!("{arrival}, departure open,"),
        }
    }

    #[cfg(test)]
    fn sample() -> Self {
        let day = NaiveDate::from_ymd_opt(2026, 10, 10);
        Self { arrival: day, latest: day, departure: None, nights: Some(3) }
    }
}

texts! {
    /// What a channel has codes of.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Sold {
        RoomType => "房型", "room type";
        RatePlan => "房价", "rate plan";
    }
}

texts! {
    /// What is wrong with a place of a message.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Malformation {
        Missing => "缺少此项", "It is missing";
        Date => "不是 2026-10-03 这样的日期", "It is no date, written as 2026-10-03";
        Order => "不晚于开始的日期", "It is not after the start";
        Number => "不是可用的数字", "It is no possible number";
        Amount => "不是该币种的金额", "It is no amount of its currency";
        Value => "不在允许的取值之内", "It is none of the possible values";
        Twice => "在同一报文中出现了两次", "It is there twice in one message";
        Forbidden => "不应出现在此处", "It is not allowed there";
        Mixed => "报文中有的部分写了，有的没写", "It is said of some parts of the message only";
        Late => "应写在最前面", "It is not at the beginning";
        Overlap => "与另一段日期重叠", "It shares days with another one";
    }
}

messages! {
    /// Why a row of a file, or a message of a channel, was set aside. The field that it is about stands beside it. It contains no personal data.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Why;

    // A row as a whole.
    FieldCount { fields: usize, columns: usize } => "该行有 {fields} 个字段，表头有 {columns} 个；请核对分隔符和引号。", "The row has {fields} fields and the header {columns}; check its separators and quotes.";
    NotEncoded { encoding: Name } => "该行不是有效的{encoding}文字；请用同一种编码保存文件，或在映射中写明编码。", "The row is not valid {encoding}; save the file in one encoding, or name its encoding in the map.";
    NotJson { column: usize } => "该行不是有效的 JSON，问题在第 {column} 个字节附近；请检查引号、逗号和括号。", "The row is not valid JSON near byte {column}; check its quotes, commas and brackets.";
    NoObject => "该行不是 JSON 对象；请把各字段用花括号括起。", "The row is no JSON object; write its fields in curly brackets.";
    HoldsNul => "该行含有空字符 NUL；请删去。", "The row holds the character NUL; remove it.";

    // What a field of a row says.
    Missing { column: ColumnName } => "{column}没有内容；请补上。", "There is nothing in {column}; add it.";
    MissingChildren { column: ColumnName } => "{column}没有儿童人数；没有儿童请填 0。", "There is no number of children in {column}; give 0 if there are none.";
    NoWholeNumber { cell: CellText } => "{cell}不是整数；请填如 2 的数字。", "This is no whole number: {cell}; give a number such as 2.";
    NoAmount { cell: CellText } => "{cell}不是金额；请填如 1234.50 的数字。", "This is no amount: {cell}; give a number such as 1234.50.";
    TooLarge { column: ColumnName } => "{column}的金额过大；请核对。", "The amount in {column} is too large; check it.";
    RoomCount { most: usize } => "一个预订最多 {most} 间房；请核对间数。", "A booking has at most {most} rooms; check how many there are.";
    NoDate { cell: CellText } => "{cell}不是 1900 至 2199 年间的日期；请写作 2026-10-03。", "This is no date between 1900 and 2199: {cell}; write it as 2026-10-03.";
    NoDay { days: i64 } => "离入住日 {days} 天的日期不合常理；请核对入住日和天数。", "The day {days} days away from the arrival is not plausible; check the arrival and the number of days.";
    AmbiguousDate { cell: CellText } => "{cell}的日和月有两种读法；请写作 2026-10-03，或在映射中设定 dates。", "Day and month can be read in two ways: {cell}; write it as 2026-10-03, or set dates in the map.";
    AmbiguousNumber { cell: CellText } => "{cell}有两种读法；请在映射中设定 decimal。", "This can be read in two ways: {cell}; set decimal in the map.";
    NotDeclared { cell: CellText } => "{cell}不在映射所列的取值之内；请改正，或在映射中补上。", "This is none of the values of the map: {cell}; correct it, or add it to the map.";
    SharedSign => "这个货币符号由几种货币共用；请在映射中写明币种。", "The sign is that of several currencies; name the currency in the map.";
    NoCurrency { cell: CellText } => "{cell}不是币种；请填 ISO 4217 代码，如 CNY。", "This is no currency: {cell}; give a code of ISO 4217, such as CNY.";
    CurrencyDiffers { currency: Currency } => "金额的币种与该行写明的 {currency} 不同；请核对币种。", "The amount is in another currency than {currency}, which the row names; check the currency.";
    DepartureBeforeArrival { arrival: NaiveDate, departure: NaiveDate } => "离店日 {departure} 早于入住日 {arrival}；请改正日期。", "The departure on {departure} lies before the arrival on {arrival}; correct the dates.";
    StayLength { nights: i64 } => "离店日须在入住日至其后 {nights} 晚之间；请改正日期。", "The departure must lie between the arrival and {nights} nights after it; correct the dates.";
    NoPeople => "没有成人、儿童或婴儿；请填人数。", "There is no adult, child or baby; give the number of people.";
    TooManyPeople { guests: i64, most: i64 } => "共 {guests} 人，所订房间按房型最多住 {most} 人；请与渠道核对人数或房型。", "There are {guests} guests, and the rooms booked take {most} by their type; check the number and the type with the channel.";
    FutureMoment => "消息中的时间在将来，无法判断先后；请渠道更正后重发，或在此更正。", "The moment of the message lies in the future, so that nothing tells what came later; have the channel send it again, or mend it.";
    TooFarAhead { last: NaiveDate } => "到店日期晚于 {last}，没有酒店卖这么远；请与渠道核对。", "The arrival is after {last}, further ahead than anybody sells; check it with the channel.";
    NegativeRate { price: Money } => "价格 {price} 低于零；请改正，或在映射中允许这样的价格。", "The price of {price} is below zero; correct it, or allow such prices in the map.";
    CodeLength { most: usize } => "代码或号码须为 1 至 {most} 个字符；请改正。", "A code or number has 1 to {most} characters; correct it.";
    TooManyRooms { most: usize } => "一个预订最多 {most} 间房；请拆成几个预订。", "A booking has at most {most} rooms; make several bookings of it.";
    NoGuest => "没有客人姓名；请补上。", "No guest is named; add the name.";
    BadName => "客人姓名无法读取；请改正。", "The guest's name cannot be read; correct it.";
    SameKey => "文件中另有一行是同一号码而内容不同；请核对，保留正确的一行。", "Another row of the file has the same number and different content; check both, and keep the right one.";
    SameRoom => "文件中另有一行是同一号码，对同一间房说法不同，或属于另一次入住；请核对号码和房间。", "Another row of the file has the same number and says another thing of the same room, or is of another stay; check number and room.";

    // What the property has.
    NoProperty => "还没有这家酒店，文件也没有写明币种；请先建立该酒店，或在映射中写明币种。", "There is no such property yet, and the file does not say its currency; create the property, or name the currency in the map.";
    NoRoomType => "本酒店没有这个房型；请先建立，或改正代码。", "The property has no such room type; create it, or correct its code.";
    OtherCurrency { currency: Currency } => "本酒店以 {currency} 记账；请改用该币种。", "The property's bills are in {currency}; give the amounts in that currency.";
    RoomTaken => "该房在其中一晚已有人住；请换一间房，或不填房号。", "The room is taken on one of the nights; give another room, or none.";
    SoldOut => "该房型在其中一晚已售完；请换房型，或有房后再试。", "This room type is sold out on one of the nights; give another type, or try again once a room is free.";

    // What a channel says.
    NotSetUp { code: ChannelCode, what: Sold } => "{code}对应哪个{what}还没有设；请在渠道中设好，随后自动再试。", "No {what} is set up for {code}; set one up for the channel, and it is tried again.";
    GoneHere { code: ChannelCode, what: Sold, here: Name } => "{code}对应的{what}{here}，本酒店已没有；请在渠道中改为现有的。", "The {what} {here}, set up for {code}, does not exist here; set up another one for the channel.";
    NotSaid => "报文没有写明，系统不作猜测；请渠道补发，或在报文中补上。", "It is not said, and nothing is guessed; have the channel send it, or add it to the message.";
    NoPrice => "报文没有含税总价，系统不作猜测；请渠道补发，或在报文中补上。", "The price with taxes is not said, and none is guessed; have the channel send it, or add it to the message.";
    SeveralCurrencies => "同一预订的各间房币种不同；请渠道改用一种。", "The rooms of one booking have prices in several currencies; have the channel send them in one.";
    OtherProperty => "报文是发给另一家酒店的；请核对渠道所设的酒店代码。", "The message is for another property than the channel calls this one; check the hotel's code of the channel.";
    Enquiry { days: AskedDays } => "客人询问{days}，尚未预订；请由前台答复。", "A guest asks {days} and has not booked; answer at the desk.";
    Malformed { what: Malformation } => "{what}；请渠道更正后重发，或在报文中改正。", "{what}; have the channel correct it and send it again, or correct it in the message.";
    NotXml { byte: i64 } => "报文不是有效的 XML，问题在第 {byte} 个字节附近；请渠道更正后重发。", "The message is no well-formed XML near byte {byte}; have the channel correct it and send it again.";
    DocumentType => "报文带有文档类型声明，不予接收；请渠道去掉后重发。", "The message has a document type, which is not taken; have the channel send it without.";
    ForeignEntity => "报文用了不允许的实体；请渠道改用普通字符后重发。", "The message uses an entity that it may not; have the channel send plain characters.";
    OtherMessage => "此处不接收这种报文；请核对渠道发送的是哪一种。", "Messages of this kind are not taken here; check what the channel sends.";
}

impl Why {
    /// The stable code: what kind of reason it is.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FieldCount { .. }
            | Self::NotEncoded { .. }
            | Self::NotJson { .. }
            | Self::NoObject
            | Self::HoldsNul => "malformed_row",
            Self::Missing { .. } | Self::NotSaid => "missing_field",
            Self::MissingChildren { .. } => "missing_children",
            Self::NoWholeNumber { .. }
            | Self::NoAmount { .. }
            | Self::TooLarge { .. }
            | Self::RoomCount { .. } => "not_a_number",
            Self::NoDate { .. } | Self::NoDay { .. } => "not_a_date",
            Self::AmbiguousDate { .. } => "ambiguous_date",
            Self::AmbiguousNumber { .. } => "ambiguous_number",
            Self::NotDeclared { .. }
            | Self::SharedSign
            | Self::NoCurrency { .. }
            | Self::CurrencyDiffers { .. }
            | Self::NoProperty
            | Self::NoRoomType => "unknown_value",
            Self::DepartureBeforeArrival { .. } => "departure_before_arrival",
            Self::StayLength { .. } => "bad_dates",
            Self::NoPeople => "no_people",
            Self::TooManyPeople { .. } => "too_many_people",
            Self::FutureMoment => "bad_moment",
            Self::TooFarAhead { .. } => "bad_dates",
            Self::NegativeRate { .. } => "negative_rate",
            Self::CodeLength { .. } | Self::TooManyRooms { .. } => "bad_code",
            Self::NoGuest | Self::BadName => "bad_person",
            Self::SameKey | Self::SameRoom => "same_key",
            Self::OtherCurrency { .. } | Self::SeveralCurrencies => "other_currency",
            Self::RoomTaken => "room_taken",
            Self::SoldOut => "no_inventory",
            Self::NotSetUp { .. } | Self::GoneHere { .. } => "unknown_code",
            Self::NoPrice => "missing_price",
            Self::OtherProperty => "other_property",
            Self::Enquiry { .. } => "request",
            Self::Malformed { .. }
            | Self::NotXml { .. }
            | Self::DocumentType
            | Self::ForeignEntity
            | Self::OtherMessage => "malformed",
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_read_as_it_was_written() {
        for why in Why::samples() {
            let text = serde_json::to_string(&why).unwrap();
            assert_eq!(serde_json::from_str::<Why>(&text).unwrap(), why, "{text}");
        }
    }

    #[test]
    fn numbers_and_dates_are_quoted_and_words_are_measured() {
        let both = |column: Option<&str>, text: &str| {
            let why = Why::NoDate {
                cell: CellText { column: ColumnName(column.map(str::to_owned)), text: Quoted::of(text) },
            };
            Language::ALL.map(|language| why.text(language))
        };
        let [chinese, english] = both(Some("Check-in"), "2026-02-30");
        assert!(chinese.starts_with("“Check-in”列的“2026-02-30”不是"), "{chinese}");
        assert!(english.contains(": “2026-02-30” in column “Check-in”;"), "{english}");
        for personal in ["Mara", "13800138000", "11010519491231002X", "a@b.cn"] {
            let [chinese, english] = both(None, personal);
            assert!(!chinese.contains(personal) && !english.contains(personal), "{chinese} {english}");
            let length = personal.len();
            assert!(chinese.contains(&format!("（{length} 个字）")), "{chinese}");
            assert!(english.contains(&format!("a text of {length} characters")), "{english}");
        }
        assert!(!serde_json::to_string(&Quoted::of("Mara")).unwrap().contains("Mara"));
    }

    #[test]
    fn days_are_told_as_far_as_they_are_known() {
        let day = NaiveDate::from_ymd_opt(2026, 10, 10);
        let later = NaiveDate::from_ymd_opt(2026, 10, 15);
        let open = AskedDays { arrival: day, ..AskedDays::default() };
        for (days, chinese, english) in [
            (AskedDays::default(), "客人询问住宿，尚未预订", "A guest asks for a room and has not booked"),
            (open, "2026-10-10 到店、离店日未定，", "to arrive on 2026-10-10, departure open, and"),
            (
                AskedDays { latest: later, nights: Some(3), ..open },
                "2026-10-10 至 2026-10-15 之间到店、住 3 晚，",
                "to arrive from 2026-10-10 to 2026-10-15 for 3 nights, and",
            ),
            (
                AskedDays { departure: later, ..open },
                "到店、2026-10-15 离店，",
                "and leave on 2026-10-15, and",
            ),
        ] {
            let why = Why::Enquiry { days };
            let told = Language::ALL.map(|language| why.text(language));
            assert!(told[0].contains(chinese) && told[1].contains(english), "{told:?}");
        }
    }
}
