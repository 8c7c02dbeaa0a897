use std::path::Path;

use hefu_identity::{
    document::DocumentType,
    matching::{Locale, Record},
};
use serde::Deserialize;

use crate::Error;

/// The mapping of a file's columns, as a TOML file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    #[serde(default)]
    format: Format,
    fields: Fields,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Format {
    delimiter: char,
    /// Texts that mean "absent", besides the empty one and [`ABSENT`].
    null: Vec<String>,
    /// Default region of phone numbers without country code, ISO 3166-1.
    region: String,
    /// `10/03/1986` is the third of October.
    month_first: bool,
}

impl Default for Format {
    fn default() -> Self {
        Self { delimiter: ',', null: Vec::new(), region: "CN".to_owned(), month_first: false }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    id: String,
    source: Option<String>,
    full_name: Option<String>,
    /// Of several columns the words of one name.
    #[serde(default)]
    surname: Several<String>,
    #[serde(default)]
    given_name: Several<String>,
    /// A column, or three: year, month, day.
    #[serde(default)]
    birth_date: Several<String>,
    #[serde(default)]
    phones: Several<String>,
    #[serde(default)]
    documents: Several<Document>,
    #[serde(default)]
    emails: Several<String>,
    city: Option<String>,
    #[serde(default)]
    address: Several<String>,
    postcode: Option<String>,
    /// Further columns that are weak evidence.
    #[serde(default)]
    other: Several<String>,
}

/// Placeholders that systems write for a missing value: not a name, place or number.
const ABSENT: [&str; 18] = [
    "NULL", "null", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "None", "none", "\\N", "-", "--", "unknown",
    "Unknown", "UNKNOWN", "未知", "无",
];

/// One value or a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Several<T> {
    List(Vec<T>),
    One(T),
}

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl<T> Several<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::List(list) => list,
            Self::One(one) => std::slice::from_ref(one),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Document {
    Column(String),
    #[serde(rename_all = "snake_case")]
    Typed {
        column: String,
        #[serde(rename = "type")]
        kind: Option<DocumentType>,
        type_column: Option<String>,
    },
}

/// Where the type of a document is given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Unknown,
    Always(DocumentType),
    InColumn(usize),
}

/// The columns of a file by index.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) id: usize,
    pub(crate) full_name: Option<usize>,
    pub(crate) surname: Vec<usize>,
    pub(crate) given_name: Vec<usize>,
    pub(crate) birth_date: Vec<usize>,
    pub(crate) phones: Vec<usize>,
    pub(crate) documents: Vec<(Kind, usize)>,
    pub(crate) emails: Vec<usize>,
    pub(crate) city: Option<usize>,
    pub(crate) address: Vec<usize>,
    pub(crate) postcode: Option<usize>,
    pub(crate) other: Vec<usize>,
    pub(crate) null: Vec<String>,
    /// Bytes of the longest of them.
    pub(crate) longest_null: usize,
    pub(crate) locale: Locale,
    pub(crate) header: Vec<String>,
}

impl Map {
    /// Reads a map.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`], [`Error::Map`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let wrong = |message: String| Error::Map { path: path.to_owned(), message };
        let map: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if !map.format.delimiter.is_ascii() || matches!(map.format.delimiter, '"' | '\n' | '\r') {
            return Err(wrong(
                "format.delimiter must be one ASCII character, not a quote or a line break".to_owned(),
            ));
        }
        if !matches!(map.fields.birth_date.as_slice().len(), 0 | 1 | 3) {
            return Err(wrong("fields.birth_date is one column, or three: year, month, day".to_owned()));
        }
        if map.fields.other.as_slice().len() > Record::OTHERS {
            return Err(wrong(format!("fields.other: at most {} columns", Record::OTHERS)));
        }
        if map.locale().is_none() {
            return Err(wrong(format!("format.region: no phone numbers in {:?}", map.format.region)));
        }
        Ok(map)
    }

    pub(crate) fn delimiter(&self) -> u8 {
        u8::try_from(self.format.delimiter).unwrap_or(b',')
    }

    fn locale(&self) -> Option<Locale> {
        Locale::new(&self.format.region, self.format.month_first)
    }

    pub(crate) fn columns(&self, header: Vec<String>) -> Result<Columns, Error> {
        let place = |field: &str, column: &str| {
            let mut found =
                header.iter().enumerate().filter(|(_, name)| *name == column).map(|(place, _)| place);
            match (found.next(), found.next()) {
                (Some(place), None) => Ok(place),
                (Some(_), Some(_)) => {
                    Err(Error::DoubledColumn { field: field.to_owned(), column: column.to_owned() })
                }
                (None, _) => Err(Error::UnknownColumn {
                    field: field.to_owned(),
                    column: column.to_owned(),
                    columns: header.len(),
                }),
            }
        };
        let one = |field: &str, column: &Option<String>| {
            column.as_ref().map(|column| place(field, column)).transpose()
        };
        let several = |field: &str, columns: &Several<String>| {
            columns.as_slice().iter().map(|column| place(field, column)).collect::<Result<Vec<_>, _>>()
        };
        let fields = &self.fields;
        let documents = fields.documents.as_slice().iter().map(|document| match document {
            Document::Column(column) => Ok((Kind::Unknown, place("documents", column)?)),
            Document::Typed { column, kind, type_column } => {
                let kind = match (kind, type_column) {
                    (_, Some(column)) => Kind::InColumn(place("documents", column)?),
                    (Some(kind), None) => Kind::Always(*kind),
                    (None, None) => Kind::Unknown,
                };
                Ok((kind, place("documents", column)?))
            }
        });
        one("source", &fields.source)?;
        let null: Vec<String> =
            ABSENT.map(str::to_owned).into_iter().chain(self.format.null.iter().cloned()).collect();
        Ok(Columns {
            id: place("id", &fields.id)?,
            full_name: one("full_name", &fields.full_name)?,
            surname: several("surname", &fields.surname)?,
            given_name: several("given_name", &fields.given_name)?,
            birth_date: several("birth_date", &fields.birth_date)?,
            phones: several("phones", &fields.phones)?,
            documents: documents.collect::<Result<_, Error>>()?,
            emails: several("emails", &fields.emails)?,
            city: one("city", &fields.city)?,
            address: several("address", &fields.address)?,
            postcode: one("postcode", &fields.postcode)?,
            other: several("other", &fields.other)?,
            longest_null: null.iter().map(String::len).max().unwrap_or(0),
            null,
            locale: self.locale().unwrap_or(Locale::CHINA),
            header,
        })
    }
}

/// The type meant by a text in a type column; `None` leaves it to the number.
pub(crate) fn document_type(text: &str) -> Option<DocumentType> {
    if let Ok(known) = text.parse() {
        return Some(known);
    }
    let text = text.to_lowercase();
    if let Ok(known) = text.replace(' ', "_").parse() {
        return Some(known);
    }
    Some(match text.as_str() {
        "身份证"
        | "居民身份证"
        | "二代身份证"
        | "id card"
        | "id_card"
        | "idcard"
        | "resident identity card"
        | "national_id" => DocumentType::ResidentId,
        "护照" | "passport no" | "passport number" | "pp" => DocumentType::Passport,
        "港澳居民来往内地通行证" | "港澳通行证" | "回乡证" | "hk_permit" | "hkmo permit" => {
            DocumentType::HkMacauPermit
        }
        "台湾居民来往大陆通行证" | "台胞证" | "tw_permit" => DocumentType::TaiwanPermit,
        "港澳台居民居住证" | "居住证" => DocumentType::HkMacauTaiwanResidence,
        "外国人永久居留身份证" | "外国人永久居留证" | "永居证" => {
            DocumentType::ForeignPermanentResident
        }
        _ => return None,
    })
}
