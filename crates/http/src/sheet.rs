//! Lists as files for spreadsheets: CSV (RFC 4180), UTF-8 with a mark in front, or a workbook (XLSX). No cell of either is taken for a formula.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use chrono::{Datelike as _, NaiveDate};
use hefu_kernel::{Currency, Money, cell::needs_apostrophe};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};
use serde::Deserialize;
use utoipa::ToSchema;

/// The media type of workbooks.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What a cell of a workbook holds at most, characters.
const LONGEST: usize = 32_000;

/// How a column is at least and at most, characters.
const WIDTHS: (usize, usize) = (8, 60);

/// As what a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SheetFormat {
    /// CSV, with the names of columns in the client's language.
    #[default]
    Csv,
    /// A workbook, with amounts and dates that can be calculated with.
    Xlsx,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// A text, whatever it looks like.
    Text(String),
    /// Minor units of a currency.
    Amount(i64, Currency),
    /// A number of something.
    Count(i64),
    /// A date.
    Day(NaiveDate),
}

impl Cell {
    /// A text that may be missing.
    pub(crate) fn maybe(text: Option<String>) -> Self {
        Self::Text(text.unwrap_or_default())
    }

    /// The cell as text: amounts in major units, without their currency.
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Amount(minor, currency) => {
                let amount = Money::new(*minor, *currency).to_string();
                amount.split(' ').next().unwrap_or_default().to_owned()
            }
            Self::Count(count) => count.to_string(),
            Self::Day(day) => day.to_string(),
        }
    }
}

/// A list as it is written into a file.
#[derive(Debug)]
pub(crate) struct Sheet {
    name: String,
    heads: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// A list without rows; the file's name without its ending, and the names of its columns.
    pub(crate) fn new(name: String, heads: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { name, heads: heads.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The file.
    ///
    /// # Errors
    /// The workbook cannot be made: a bug of ours.
    pub(crate) async fn file(self, format: SheetFormat) -> hefu_app::Result<Response> {
        let failed = || hefu_app::AppError::Internal("a workbook could not be written");
        let name = self.name.clone();
        let (kind, ending) = match format {
            SheetFormat::Csv => ("text/csv; charset=utf-8", "csv"),
            SheetFormat::Xlsx => (XLSX, "xlsx"),
        };
        let content = match format {
            SheetFormat::Csv => self.csv().into_bytes(),
            SheetFormat::Xlsx => {
                // Thousands of rows are packed: not on a thread that answers others.
                let made = tokio::task::spawn_blocking(move || self.workbook()).await;
                made.map_err(|_| failed())?.map_err(|error| {
                    tracing::error!(%error, "a workbook could not be written");
                    failed()
                })?
            }
        };
        let kind = HeaderValue::from_static(kind);
        let mut response = ([(header::CONTENT_TYPE, kind)], content).into_response();
        if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{ending}\"")) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        Ok(response)
    }

    fn csv(&self) -> String {
        let mut text = String::from('\u{feff}');
        write_row(&mut text, self.heads.iter().cloned());
        for row in &self.rows {
            write_row(&mut text, row.iter().map(Cell::text));
        }
        text
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let head = Format::new().set_bold();
        let day_format = Format::new().set_num_format("yyyy-mm-dd");
        // What a person types over such a cell stays text, too.
        let quoted = Format::new().set_quote_prefix();
        for (column, name) in (0_u16..).zip(&self.heads) {
            sheet.write_string_with_format(0, column, name.as_str(), &head)?;
            let written = self.rows.iter().filter_map(|row| row.get(usize::from(column)));
            let widest = written.map(|cell| width(&cell.text())).chain([width(name)]).max();
            let wide = widest.unwrap_or_default().clamp(WIDTHS.0, WIDTHS.1) as f64;
            sheet.set_column_width(column, wide + 2.0)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        for (at, row) in (1_u32..).zip(&self.rows) {
            for (column, cell) in (0_u16..).zip(row) {
                match cell {
                    Cell::Text(text) if text.is_empty() => {}
                    Cell::Text(text) => {
                        let short: String = text.chars().take(LONGEST).collect();
                        if needs_apostrophe(short.as_bytes()) {
                            sheet.write_string_with_format(at, column, short, &quoted)?;
                        } else {
                            sheet.write_string(at, column, short)?;
                        }
                    }
                    Cell::Amount(minor, currency) => {
                        let decimals = currency.exponent();
                        let places = ".".repeat(usize::from(decimals > 0)) + &"0".repeat(decimals as usize);
                        let money = Format::new().set_num_format(format!("#,##0{places}"));
                        let amount = *minor as f64 / 10_f64.powi(decimals as i32);
                        sheet.write_number_with_format(at, column, amount, &money)?;
                    }
                    Cell::Count(count) => {
                        sheet.write_number(at, column, *count as f64)?;
                    }
                    Cell::Day(day) => {
                        let year = u16::try_from(day.year()).unwrap_or_default();
                        match ExcelDateTime::from_ymd(year, day.month() as u8, day.day() as u8) {
                            Ok(date) => sheet.write_datetime_with_format(at, column, &date, &day_format)?,
                            // Spreadsheets know no date before 1900.
                            Err(_) => sheet.write_string(at, column, day.to_string())?,
                        };
                    }
                }
            }
        }
        book.save_to_buffer()
    }
}

/// About how wide a text is: a Chinese character takes two places.
fn width(text: &str) -> usize {
    text.chars().map(|c| 1 + usize::from(!c.is_ascii())).sum()
}

fn write_row(text: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            text.push(',');
        }
        let apostrophe = if needs_apostrophe(cell.as_bytes()) { "'" } else { "" };
        if cell.contains([',', '"', '\r', '\n']) {
            text.extend(["\"", apostrophe, &cell.replace('"', "\"\""), "\""]);
        } else {
            text.extend([apostrophe, &cell]);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader as _, Xlsx};

    use super::*;

    fn text(cell: &str) -> Cell {
        Cell::Text(cell.into())
    }

    #[test]
    fn no_cell_is_a_formula_or_breaks_its_row() {
        let mut sheet = Sheet::new("a".into(), ["a", "b"]);
        sheet.row(["=1+1", "-12.50", "a,b", "say \"hi\"", "@x,\ny", "王芳"].map(text));
        let row = "'=1+1,-12.50,\"a,b\",\"say \"\"hi\"\"\",\"'@x,\ny\",王芳\r\n";
        assert_eq!(sheet.csv(), format!("\u{feff}a,b\r\n{row}"));
    }

    #[test]
    fn a_workbook_holds_texts_as_texts_and_amounts_as_numbers() {
        let mut sheet = Sheet::new("a".into(), ["文字", "金额", "数", "日期"]);
        let day = NaiveDate::from_ymd_opt(2026, 10, 3).unwrap();
        sheet.row([text("=SUM(A1)"), Cell::Amount(-1_234_50, Currency::CNY), Cell::Count(3), Cell::Day(day)]);
        sheet.row([text(""), Cell::Amount(0, Currency::CNY), Cell::Count(0), Cell::Day(day)]);
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(sheet.workbook().unwrap())).unwrap();
        let name = book.sheet_names()[0].clone();
        let range = book.worksheet_range(&name).unwrap();
        let at = |row: u32, column: u32| range.get_value((row, column)).cloned().unwrap_or_default();
        assert_eq!(at(0, 0), Data::String("文字".into()));
        assert_eq!(at(1, 0), Data::String("=SUM(A1)".into()));
        assert_eq!((at(1, 1), at(1, 2)), (Data::Float(-1_234.5), Data::Float(3.0)));
        assert!(matches!(at(1, 3), Data::DateTime(_)), "{:?}", at(1, 3));
        assert_eq!(at(2, 0), Data::Empty);
        assert!(book.worksheet_formula(&name).unwrap().cells().all(|(_, _, formula)| formula.is_empty()));
    }
}
