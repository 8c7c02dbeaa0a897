//! Lists as CSV (RFC 4180), as spreadsheets open it: UTF-8 with a mark in front, and no cell that would be taken for a formula.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use hefu_kernel::cell::needs_apostrophe;

/// A file of rows.
#[derive(Debug)]
pub(crate) struct Csv {
    /// What the file is called.
    pub(crate) name: String,
    text: String,
}

impl Csv {
    /// An empty file.
    pub(crate) fn new(name: String) -> Self {
        Self { name, text: String::from('\u{feff}') }
    }

    /// Adds a row.
    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                self.text.push(',');
            }
            self.cell(cell.as_ref());
        }
        self.text.push_str("\r\n");
    }

    fn cell(&mut self, cell: &str) {
        let apostrophe = if needs_apostrophe(cell.as_bytes()) { "'" } else { "" };
        if cell.contains([',', '"', '\r', '\n']) {
            self.text.extend(["\"", apostrophe, &cell.replace('"', "\"\""), "\""]);
        } else {
            self.text.extend([apostrophe, cell]);
        }
    }
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        let mut response = ([(header::CONTENT_TYPE, kind)], self.text).into_response();
        if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.name)) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_breaks_its_row() {
        let mut csv = Csv::new("a.csv".into());
        csv.row(["=1+1", "-12.50", "a,b", "say \"hi\"", "@x,\ny", "王芳"]);
        assert_eq!(csv.text, "\u{feff}'=1+1,-12.50,\"a,b\",\"say \"\"hi\"\"\",\"'@x,\ny\",王芳\r\n");
    }
}
