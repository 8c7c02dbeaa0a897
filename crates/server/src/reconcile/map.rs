use std::path::Path;

use serde::Deserialize;

use super::error::Error;

/// What the columns of two files mean, as a TOML file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    pub(super) left: Columns,
    pub(super) right: Columns,
}

/// What the columns of one file mean.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Columns {
    /// Between values.
    #[serde(default = "comma")]
    pub(super) delimiter: char,
    /// The name of the encoding, as browsers know it: `utf-8`, `gb18030`, `windows-1252`.
    pub(super) encoding: Option<String>,
    /// Lines above the names of the columns.
    #[serde(default)]
    pub(super) skip_lines: usize,
    /// Without one, the number of the line.
    pub(super) id: Option<String>,
    pub(super) date: Option<String>,
    /// As in `%d.%m.%Y`; without it, year, month and day.
    pub(super) date_format: Option<String>,
    /// One signed amount, or
    pub(super) amount: Option<String>,
    /// what came in and
    pub(super) credit: Option<String>,
    /// what went out.
    pub(super) debit: Option<String>,
    /// Decimals of the amounts.
    #[serde(default = "two")]
    pub(super) decimals: u32,
    /// `1.234,50`.
    #[serde(default)]
    pub(super) decimal_comma: bool,
    /// The other file calls plus what this one calls minus.
    #[serde(default)]
    pub(super) negate: bool,
    pub(super) currency: Option<String>,
    pub(super) party: Option<String>,
    pub(super) reference: Option<String>,
    #[serde(default)]
    pub(super) text: Several,
}

/// One name or a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Several {
    List(Vec<String>),
    One(String),
}

impl Default for Several {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Several {
    pub(super) fn as_slice(&self) -> &[String] {
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

impl Map {
    /// Reads a map.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        let wrong = |message: String| Error::Map { path: path.to_owned(), message };
        let map: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        for (side, columns) in [("left", &map.left), ("right", &map.right)] {
            let wrong = |message: &str| Err(wrong(format!("{side}.{message}")));
            if !columns.delimiter.is_ascii() || matches!(columns.delimiter, '"' | '\n' | '\r') {
                return wrong("delimiter must be one ASCII character, not a quote or a line break");
            }
            if columns
                .encoding
                .as_deref()
                .is_some_and(|name| encoding_rs::Encoding::for_label(name.as_bytes()).is_none())
            {
                return wrong("encoding is not known; utf-8 and gb18030 are");
            }
            if columns.decimals > 6 {
                return wrong("decimals must be 6 or less");
            }
            match (&columns.amount, &columns.credit, &columns.debit) {
                (Some(_), None, None) | (None, Some(_), _) | (None, _, Some(_)) => {}
                (Some(_), ..) => return wrong("amount excludes credit and debit"),
                (None, None, None) => return wrong("amount is missing, or credit and debit"),
            }
            if let Some(format) = &columns.date_format {
                let is_known = chrono::format::StrftimeItems::new(format)
                    .all(|item| !matches!(item, chrono::format::Item::Error));
                if !is_known {
                    return wrong("date_format is none; %Y-%m-%d is");
                }
            }
        }
        Ok(map)
    }
}
