//! Quarantined rows as a file to be mended.

use std::{
    borrow::Cow,
    io::{self, BufRead as _, BufReader, Seek as _, Write as _},
};

use hefu_app::{
    App, Context,
    import::{TakeQuarantined, TakenRow},
};
use hefu_domain::ids::ImportRunId;
use hefu_kernel::cell::needs_apostrophe;

use super::ImportError;
use crate::source::{EXPORT_COLUMNS, Map};

/// A cell that no spreadsheet takes for a formula.
fn for_spreadsheets(text: &str) -> Cow<'_, [u8]> {
    match needs_apostrophe(text.as_bytes()) {
        true => Cow::Owned([b"'", text.as_bytes()].concat()),
        false => Cow::Borrowed(text.as_bytes()),
    }
}

/// Writes the quarantined rows of a run as CSV in the columns of their file, and behind them the row's number, the field, the code of the reason, the reason
/// in the language of the context, and what was received there. Mended, it can be fed again with the same map, whatever the file was: it is in UTF-8 with a byte order mark, which spreadsheets
/// and Hefu recognise. Answers how many rows there are.
///
/// # Errors
/// The rows cannot be read or written.
pub async fn export_quarantine(
    app: &App,
    ctx: Context,
    run: ImportRunId,
    map: &Map,
    mut out: impl io::Write + Send,
) -> Result<u64, ImportError> {
    // Rows may have other columns than the first: they are known when all rows are. The file has no name, and nobody else can open it.
    let mut held = tempfile::tempfile().map_err(csv::Error::from)?;
    let mut columns: Vec<String> = Vec::new();
    let (mut after, mut count) = (0, 0);
    loop {
        let rows = app.execute(ctx.clone(), TakeQuarantined { run, after }).await?;
        let Some(last) = rows.last() else { break };
        after = last.row;
        for TakenRow { row, field, reason, detail, texts } in rows {
            for (column, _) in &texts {
                if !columns.contains(column) {
                    columns.push(column.clone());
                }
            }
            let line = serde_json::to_string(&(row, field, reason, detail, texts)).unwrap_or_default();
            writeln!(held, "{line}").map_err(csv::Error::from)?;
            count += 1;
        }
    }
    out.write_all("\u{feff}".as_bytes()).map_err(csv::Error::from)?;
    let mut csv = csv::Writer::from_writer(out);
    let names = columns.iter().map(String::as_str).chain(EXPORT_COLUMNS);
    csv.write_record(names.map(for_spreadsheets))?;
    held.rewind().map_err(csv::Error::from)?;
    for line in BufReader::new(held).lines() {
        let line = line.map_err(csv::Error::from)?;
        let Ok((row, field, reason, detail, texts)) =
            serde_json::from_str::<(i64, String, String, String, Vec<(String, String)>)>(&line)
        else {
            continue;
        };
        let text_of = |column: &String| {
            texts.iter().find(|(known, _)| known == column).map_or("", |(_, text)| text.as_str())
        };
        let received: Vec<&str> = map.columns_of(&field).iter().map(text_of).collect();
        let (row, received) = (row.to_string(), received.join(" "));
        let beside = [row.as_str(), &field, &reason, &detail, &received];
        csv.write_record(columns.iter().map(text_of).chain(beside).map(for_spreadsheets))?;
    }
    csv.flush().map_err(csv::Error::from)?;
    Ok(count)
}

/// Writes one row as [`export_quarantine`] does, for it to be read again.
pub(crate) fn write_row(mut out: impl io::Write, texts: &[(String, String)]) -> io::Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut csv = csv::Writer::from_writer(out);
    let names = texts.iter().map(|(column, _)| column.as_str()).chain(EXPORT_COLUMNS);
    csv.write_record(names.map(for_spreadsheets))?;
    let cells = texts.iter().map(|(_, text)| text.as_str()).chain(EXPORT_COLUMNS.map(|_| ""));
    csv.write_record(cells.map(for_spreadsheets))?;
    csv.flush()
}
