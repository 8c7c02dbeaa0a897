//! A row as it was received.

use std::{collections::HashMap, fmt, sync::Arc};

use csv::StringRecord;
use hefu_domain::message::Why;

use super::{SourceError, words::fold};

/// A column that a map asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    /// By its name, in any case.
    Name(String),
    /// By its place, from 0.
    Place(usize),
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Place(place) => write!(f, "{}", place + 1),
        }
    }
}

/// Columns that Hefu adds behind those of a file when it exports what it could not import.
pub const EXPORT_COLUMNS: [&str; 5] =
    ["hefu_row", "hefu_field", "hefu_reason", "hefu_detail", "hefu_received"];

/// The column names of a file, with the places of the columns a map asks for.
///
/// The places are worked out once per file, so that reading a field of a row compares no names.
pub(super) struct Header {
    names: Vec<String>,
    wanted: Arc<[Column]>,
    places: Vec<Option<usize>>,
}

impl Header {
    pub(super) fn new(names: Vec<String>, wanted: &Arc<[Column]>) -> Self {
        let mut folded: HashMap<String, usize> = HashMap::new();
        for (place, name) in names.iter().enumerate() {
            folded.entry(fold(name)).or_insert(place);
        }
        let place = |column: &Column| match column {
            Column::Name(name) => {
                names.iter().position(|known| known == name).or_else(|| folded.get(&fold(name)).copied())
            }
            // A column without a name stands where it stands.
            Column::Place(place) => Some(*place),
        };
        let places = wanted.iter().map(place).collect();
        Self { names, wanted: Arc::clone(wanted), places }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The header of a file that has the same columns in every row; of each group of `needed` columns it has one.
    ///
    /// # Errors
    /// A wanted column is absent, which is never right for a whole file, or is there twice, so
    /// that nobody knows which one is meant.
    pub(super) fn of_file(
        names: Vec<String>,
        wanted: &Arc<[Column]>,
        needed: &[Vec<usize>],
    ) -> Result<Arc<Self>, SourceError> {
        let header = Self::new(names, wanted);
        let is_there = |column: &usize| header.places[*column].is_some();
        let mut columns: Vec<String> = Vec::new();
        for group in needed.iter().filter(|group| !group.iter().any(is_there)) {
            let names: Vec<String> = group.iter().map(|column| wanted[*column].to_string()).collect();
            let group = names.join(" or ");
            if !columns.contains(&group) {
                columns.push(group);
            }
        }
        if !columns.is_empty() {
            return Err(SourceError::MissingColumns { columns });
        }
        for (column, place) in wanted.iter().zip(&header.places) {
            let (Column::Name(name), Some(place)) = (column, place) else { continue };
            let found = &header.names[*place];
            let alike = header.names.iter().filter(|known| match found == name {
                true => *known == name,
                false => fold(known) == fold(name),
            });
            if alike.count() > 1 {
                return Err(SourceError::AmbiguousColumn { column: name.clone() });
            }
        }
        Ok(Arc::new(header))
    }

    /// This header with made-up names (`column 33`) up to `width`.
    fn widened(&self, width: usize) -> Self {
        let extra = (self.names.len()..width).map(|index| format!("column {}", index + 1));
        Self::new(self.names.iter().cloned().chain(extra).collect(), &self.wanted)
    }
}

/// One row as received: column names and their texts.
#[derive(Clone)]
pub struct Raw {
    /// Row of the file; 1 is the first data row. Blank lines are no rows.
    pub row: u64,
    header: Arc<Header>,
    texts: StringRecord,
    malformed: Option<Why>,
}

impl Raw {
    pub(super) fn new(row: u64, header: &Arc<Header>, texts: StringRecord) -> Self {
        Self { row, header: Arc::clone(header), texts, malformed: None }
    }

    /// A row with the names of all its texts.
    pub(super) fn widened(row: u64, header: &Arc<Header>, texts: StringRecord) -> Self {
        let header = if texts.len() > header.names.len() {
            Arc::new(header.widened(texts.len()))
        } else {
            Arc::clone(header)
        };
        Self { row, header, texts, malformed: None }
    }

    /// A row that cannot be trusted; what there is of it is kept for the quarantine.
    pub(super) fn malformed(row: u64, header: &Arc<Header>, texts: StringRecord, fault: Why) -> Self {
        Self { malformed: Some(fault), ..Self::widened(row, header, texts) }
    }

    /// The text of `column`, if the row has it.
    pub fn get(&self, column: &str) -> Option<&str> {
        let names = &self.header.names;
        let exact = names.iter().position(|name| name == column);
        let place = exact.or_else(|| names.iter().position(|name| fold(name) == fold(column)))?;
        self.texts.get(place)
    }

    /// All columns and their texts, in the order of the file. A field beyond the header is called
    /// `column 33`; a line that is no JSON object is one field called `line`. What Hefu wrote into an export
    /// beside the row is no part of it.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.header.names.iter().map(String::as_str);
        names.zip(&self.texts).filter(|(name, _)| !EXPORT_COLUMNS.contains(name))
    }

    /// What is wrong with the row as a whole.
    pub(super) fn fault(&self) -> Option<Why> {
        // The records take no NUL, and one such row would stop all of its batch.
        let holds_nul = || self.texts.as_slice().contains('\0').then_some(Why::HoldsNul);
        self.malformed.clone().or_else(holds_nul)
    }

    /// The text of column `index` of `wanted`, a map's list of columns.
    pub(super) fn wanted(&self, wanted: &Arc<[Column]>, index: usize) -> Option<&str> {
        if Arc::ptr_eq(wanted, &self.header.wanted) {
            let place = *self.header.places.get(index)?;
            self.texts.get(place?)
        } else {
            match wanted.get(index)? {
                Column::Name(name) => self.get(name),
                Column::Place(place) => self.texts.get(*place),
            }
        }
    }
}

/// Shows the row number only: the texts may be personal, and debug output ends up in logs.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw").field("row", &self.row).finish_non_exhaustive()
    }
}
