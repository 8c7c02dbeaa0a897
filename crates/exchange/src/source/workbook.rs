//! Excel workbooks.

use std::io::{Read, Seek};

use calamine::{Data, Reader, Xlsx};
use hefu_kernel::cell::without_apostrophe;

use super::{Map, Raw, Rows, SourceError, raw::Header};

/// The rows of one sheet whose first row names the columns. The sheet is held in memory.
pub(super) fn rows<R: Read + Seek>(file: R, map: &Map) -> Result<Rows, SourceError> {
    let mut workbook = Xlsx::new(file).map_err(SourceError::Workbook)?;
    let names = workbook.sheet_names();
    let name = match &map.format().sheet {
        Some(name) => names.into_iter().find(|sheet| sheet == name),
        None => names.into_iter().next(),
    };
    let name =
        name.ok_or_else(|| SourceError::NoSheet { name: map.format().sheet.clone().unwrap_or_default() })?;
    let sheet = workbook.worksheet_range(&name).map_err(SourceError::Workbook)?;

    let names = sheet.rows().next().ok_or(SourceError::NoHeader)?;
    let names = names.iter().map(|cell| text(cell).trim().to_owned()).collect();
    let header = Header::of_file(names, map.columns())?;
    let full = (1..sheet.height()).filter_map(move |index| {
        let cells = &sheet[index];
        let blank = cells.iter().all(|cell| *cell == Data::Empty);
        (!blank).then(|| cells.iter().map(text).collect())
    });
    Ok(Box::new((1..).zip(full).map(move |(row, texts)| Ok(Raw::new(row, &header, texts)))))
}

/// A cell as text: dates in ISO 8601 with the time only if there is one, numbers in full.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                date
            } else {
                format!("{date} {hour:02}:{minute:02}:{second:02}")
            }
        }
        Data::DateTime(duration) => duration.as_f64().to_string(),
        Data::String(text) => {
            // Where an apostrophe is left of it, there are whole characters.
            let left = without_apostrophe(text.as_bytes()).len();
            text[text.len() - left..].to_owned()
        }
        other => other.to_string(),
    }
}
