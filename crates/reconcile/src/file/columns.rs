use serde::Deserialize;

/// What the columns of one file mean.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Between values.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// The name of the encoding, as browsers know it: `utf-8`, `gb18030`, `windows-1252`.
    pub encoding: Option<String>,
    /// Lines above the names of the columns.
    #[serde(default)]
    pub skip_lines: usize,
    /// Lines that begin with it say nothing.
    pub comment: Option<char>,
    /// The table ends before the first line that begins with this text.
    pub end: Option<String>,
    /// What stands in front of values so that spreadsheets leave them alone.
    pub mark: Option<char>,
    /// One column, or several that are unique together. Without one, the number of the line.
    #[serde(default)]
    pub id: Several,
    /// The day.
    pub date: Option<String>,
    /// As in `%d.%m.%Y`; without it, year, month and day.
    pub date_format: Option<String>,
    /// One signed amount, or
    pub amount: Option<String>,
    /// what came in and
    pub credit: Option<String>,
    /// what went out.
    pub debit: Option<String>,
    /// What the channel kept of the amount.
    pub fee: Option<String>,
    /// Decimals of the amounts.
    #[serde(default = "two")]
    pub decimals: u32,
    /// `1.234,50`.
    #[serde(default)]
    pub decimal_comma: bool,
    /// The other file calls plus what this one calls minus.
    #[serde(default)]
    pub negate: bool,
    /// The currency.
    pub currency: Option<String>,
    /// Who paid or was paid.
    pub party: Option<String>,
    /// A number of the event.
    pub reference: Option<String>,
    /// The description.
    #[serde(default)]
    pub text: Several,
}

/// One name or a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Several {
    /// A list.
    List(Vec<String>),
    /// One name.
    One(String),
}

impl Default for Several {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Several {
    /// The names.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::List(list) => list,
            Self::One(one) => std::slice::from_ref(one),
        }
    }
}

const fn comma() -> char {
    ','
}

const fn two() -> u32 {
    2
}

/// Alipay's statement of business 【支付宝业务明细】.
const ALIPAY: &str = r##"
encoding = "gb18030"
comment = "#"
id = ["支付宝交易号", "退款批次号/请求号"]
date = "完成时间"
amount = "订单金额（元）"
fee = "服务费（元）"
reference = "商户订单号"
"##;

/// WeChat Pay's bill of all transactions 【微信支付交易账单】.
const WECHAT: &str = r#"
mark = "`"
end = "总交易单数"
id = ["微信订单号", "微信退款单号"]
date = "交易时间"
credit = "应结订单金额"
debit = "退款金额"
fee = "手续费"
currency = "货币种类"
reference = "商户订单号"
"#;

/// Why a text is no map of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NoMap {
    /// The key that is wrong, if it can be told.
    pub key: Option<String>,
    /// What is wrong, in English.
    pub message: String,
}

/// Whether it looks like one of a map's keys. Anything else of the text is not repeated.
fn is_key(key: &str) -> bool {
    (1..=32).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

impl Columns {
    /// The map of a channel's files that is built in: `alipay`, `wechat`.
    pub fn built_in(name: &str) -> Option<Self> {
        let text = match name {
            "alipay" => ALIPAY,
            "wechat" => WECHAT,
            _ => return None,
        };
        Self::parse(text).ok()
    }

    /// Reads the map of one file.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, NoMap> {
        let columns: Self = toml::from_str(text).map_err(|error| {
            // What stands there begins with the key, if the text is TOML at all.
            let at = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map(|before| before.rfind('\n').map_or(0, |end| end + 1));
            let line = at.and_then(|at| text[at..].lines().next());
            let key = line.and_then(|line| line.split_once('=')).map(|(key, _)| key.trim().to_owned());
            NoMap { key: key.filter(|key| is_key(key)), message: error.message().to_owned() }
        })?;
        columns.check().map_err(|message| {
            let key = message.split(' ').next().filter(|key| is_key(key)).map(str::to_owned);
            NoMap { key, message }
        })?;
        Ok(columns)
    }

    /// Checks what its form does not say.
    ///
    /// # Errors
    /// The text begins with the field that is wrong.
    pub fn check(&self) -> Result<(), String> {
        let wrong = |message: &str| Err(message.to_owned());
        if !self.delimiter.is_ascii() || matches!(self.delimiter, '"' | '\n' | '\r') {
            return wrong("delimiter must be one ASCII character, not a quote or a line break");
        }
        if self
            .comment
            .is_some_and(|mark| !mark.is_ascii() || mark == self.delimiter || mark.is_ascii_control())
        {
            return wrong("comment must be one ASCII character, and not the delimiter");
        }
        if self
            .encoding
            .as_deref()
            .is_some_and(|name| encoding_rs::Encoding::for_label(name.as_bytes()).is_none())
        {
            return wrong("encoding is not known; utf-8 and gb18030 are");
        }
        if self.decimals > 6 {
            return wrong("decimals must be 6 or less");
        }
        match (&self.amount, &self.credit, &self.debit) {
            (Some(_), None, None) | (None, Some(_), _) | (None, _, Some(_)) => {}
            (Some(_), ..) => return wrong("amount excludes credit and debit"),
            (None, None, None) => return wrong("amount is missing, or credit and debit"),
        }
        if let Some(format) = &self.date_format {
            let is_known = chrono::format::StrftimeItems::new(format)
                .all(|item| !matches!(item, chrono::format::Item::Error));
            if !is_known {
                return wrong("date_format is none; %Y-%m-%d is");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn maps_that_are_built_in_are_maps() {
        for name in ["alipay", "wechat"] {
            assert!(Columns::built_in(name).unwrap().date.is_some(), "{name}");
        }
        assert!(Columns::built_in("gold").is_none());
        let key = |text: &str| Columns::parse(text).unwrap_err().key;
        assert_eq!(key("amount = \"a\"\ncredit = \"b\"").as_deref(), Some("amount"));
        assert_eq!(key("date = \"d\"\namount = \"a\"\nnothing = 1").as_deref(), Some("nothing"));
        assert_eq!(key("amount = \"a\"\ndecimals = \"two\"").as_deref(), Some("decimals"));
        assert_eq!(key("date = \"d\"").as_deref(), Some("amount"));
        assert_eq!(key("张伟 = 1"), None);
    }
}
