//! A row as it was received.

use std::{fmt, sync::Arc};

use csv::StringRecord;

use super::SourceError;

/// The column names of a file, with the places of the columns a map asks for.
///
/// The places are worked out once per file, so that reading a field of a row compares no names.
pub(super) struct Header {
    names: Vec<String>,
    wanted: Arc<[String]>,
    places: Vec<Option<usize>>,
}

impl Header {
    pub(super) fn new(names: Vec<String>, wanted: &Arc<[String]>) -> Self {
        let places = wanted.iter().map(|column| names.iter().position(|name| name == column)).collect();
        Self { names, wanted: Arc::clone(wanted), places }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The header of a file that has the same columns in every row.
    ///
    /// # Errors
    /// A wanted column is absent, which is never right for a whole file, or is there twice, so
    /// that nobody knows which one is meant.
    pub(super) fn of_file(names: Vec<String>, wanted: &Arc<[String]>) -> Result<Arc<Self>, SourceError> {
        let times = |column: &String| names.iter().filter(|name| *name == column).count();
        let columns: Vec<_> = wanted.iter().filter(|name| times(name) == 0).cloned().collect();
        if !columns.is_empty() {
            return Err(SourceError::MissingColumns { columns });
        }
        if let Some(column) = wanted.iter().find(|name| times(name) > 1) {
            return Err(SourceError::AmbiguousColumn { column: column.clone() });
        }
        Ok(Arc::new(Self::new(names, wanted)))
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
    malformed: Option<String>,
}

impl Raw {
    pub(super) fn new(row: u64, header: &Arc<Header>, texts: StringRecord) -> Self {
        Self { row, header: Arc::clone(header), texts, malformed: None }
    }

    /// A row that cannot be trusted; what there is of it is kept for the quarantine.
    pub(super) fn malformed(row: u64, header: &Arc<Header>, texts: StringRecord, fault: String) -> Self {
        let header = if texts.len() > header.names.len() {
            Arc::new(header.widened(texts.len()))
        } else {
            Arc::clone(header)
        };
        Self { row, header, texts, malformed: Some(fault) }
    }

    /// The text of `column`, if the row has it.
    pub fn get(&self, column: &str) -> Option<&str> {
        let place = self.header.names.iter().position(|name| name == column)?;
        self.texts.get(place)
    }

    /// All columns and their texts, in the order of the file. A field beyond the header is called
    /// `column 33`; a line that is no JSON object is one field called `line`.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.header.names.iter().map(String::as_str).zip(&self.texts)
    }

    /// What is wrong with the row as a whole.
    pub(super) fn fault(&self) -> Option<&str> {
        // The records take no NUL, and one such row would stop all of its batch.
        let holds_nul = || self.texts.as_slice().contains('\0').then_some("holds the character NUL");
        self.malformed.as_deref().or_else(holds_nul)
    }

    /// The text of column `index` of `wanted`, a map's list of columns.
    pub(super) fn wanted(&self, wanted: &Arc<[String]>, index: usize) -> Option<&str> {
        if Arc::ptr_eq(wanted, &self.header.wanted) {
            let place = *self.header.places.get(index)?;
            self.texts.get(place?)
        } else {
            self.get(wanted.get(index)?)
        }
    }
}

/// Shows the row number only: the texts may be personal, and debug output ends up in logs.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw").field("row", &self.row).finish_non_exhaustive()
    }
}
