//! Why something in a guessed map should be looked at, in the language of whoever looks.

use hefu_domain::Language;

/// Why something in a guessed map should be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing names the property.
    PropertyUnnamed,
    /// The time zone was taken from the language of the headers.
    ZoneByHeaders,
    /// Nothing says where phone numbers and dates belong to.
    ZoneUnsaid,
    /// The currency was taken from the language of the headers.
    CurrencyByHeaders,
    /// Nothing says the currency.
    CurrencyUnsaid,
    /// So many words of the state are not known.
    UnknownStates(usize),
    /// No column says the state, so the dates do.
    StateByDates,
    /// No column says it.
    Unsaid,
    /// Whether the column of this name is the price of a stay or of a night.
    PriceOfWhat(String),
    /// No column says a price.
    NoPrice,
}

impl Doubt {
    /// What is doubtful.
    pub fn text(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::PropertyUnnamed => ("文件中没有酒店代码", "the code of the property is not in the file"),
            Self::ZoneByHeaders => {
                ("时区按表头语言推断", "the time zone is taken from the language of the headers")
            }
            Self::ZoneUnsaid => (
                "不知道酒店所在地区：不带国际区号的电话按原样保留",
                "where the property is is not known: phones without a country code are kept as typed",
            ),
            Self::CurrencyByHeaders => {
                ("币种按表头语言推断", "the currency is taken from the language of the headers")
            }
            Self::CurrencyUnsaid => ("文件中没有币种", "the file does not say the currency"),
            Self::UnknownStates(1) => ("有 1 个状态用语无法识别", "1 of its words is not known"),
            Self::UnknownStates(count) => {
                return match language {
                    Language::Chinese => format!("有 {count} 个状态用语无法识别"),
                    Language::English => format!("{count} of its words are not known"),
                };
            }
            Self::StateByDates => ("没有状态列，按日期推断", "no column says the state, so the dates do"),
            Self::Unsaid => ("没有对应的列", "no column says it"),
            Self::PriceOfWhat(column) => {
                return match language {
                    Language::Chinese => format!("“{column}”是整个住宿的总价，还是每晚房价？"),
                    Language::English => {
                        format!("whether `{column}` is the price of the stay or of a night")
                    }
                };
            }
            Self::NoPrice => ("没有价格列", "no column says a price"),
        };
        match language {
            Language::Chinese => chinese.to_owned(),
            Language::English => english.to_owned(),
        }
    }

    /// The option of the command that settles it.
    pub const fn option(&self) -> Option<&'static str> {
        match self {
            Self::PropertyUnnamed => Some("--property"),
            Self::ZoneByHeaders | Self::ZoneUnsaid => Some("--time-zone"),
            Self::CurrencyByHeaders | Self::CurrencyUnsaid => Some("--currency"),
            _ => None,
        }
    }
}
