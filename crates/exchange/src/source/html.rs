//! Tables of HTML pages, which many systems export under the name of a workbook (`.xls`).

use std::{fs::File, io::Read, path::Path};

use encoding_rs::Encoding;

use super::{Map, Rows, SourceError, encoding, workbook::of_lines};

/// A page is held whole.
const MOST: u64 = 48 << 20;

/// The rows of the largest table of a page.
pub(super) fn rows(path: &Path, map: &Map, encoding: &'static Encoding) -> Result<Rows, SourceError> {
    let open = |source| SourceError::Open { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(open)?.take(MOST + 1).read_to_end(&mut bytes).map_err(open)?;
    if bytes.len() as u64 > MOST {
        return Err(SourceError::TooLarge { what: "an HTML page", most_mib: MOST >> 20 });
    }
    let encoding = declared(&bytes).unwrap_or(encoding);
    let text = encoding::decode_lossy(encoding, &bytes).into_owned();
    drop(bytes);
    let lines = largest_table(&text);
    of_lines(lines.into_iter().map(Ok), map, map.format().skip_rows as usize)
}

/// The encoding that the page says it has.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    if let Some((marked, _)) = Encoding::for_bom(bytes) {
        return Some(marked);
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2_048)]).to_ascii_lowercase();
    let (_, rest) = head.split_once("charset=")?;
    let name: String = rest
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    encoding::of_name(&name)
}

/// The rows of the table with the most of them. A table within a cell is text of that cell.
fn largest_table(page: &str) -> Vec<Vec<String>> {
    let mut tables: Vec<Vec<Vec<String>>> = vec![Vec::new()];
    let (mut cell, mut spans, mut depth): (Option<String>, usize, u32) = (None, 1, 0);
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        if let Some(cell) = &mut cell {
            cell.push_str(&rest[..at]);
        }
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        let is_end = tag.starts_with('/');
        let name: String =
            tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        let skipped = ["script", "style"].contains(&name.as_str()) && !is_end;
        if skipped {
            let close = format!("</{name}");
            rest = find_in_any_case(rest, &close).map_or("", |at| &rest[at..]);
            continue;
        }
        // What spans several columns leaves the next ones blank.
        let close = |cell: &mut Option<String>, tables: &mut Vec<Vec<Vec<String>>>| {
            if let (Some(text), Some(row)) =
                (cell.take(), tables.last_mut().and_then(|table| table.last_mut()))
            {
                row.push(unescaped(&text));
                row.extend(std::iter::repeat_n(String::new(), spans - 1));
            }
        };
        match (name.as_str(), is_end) {
            ("table", false) => {
                depth += 1;
                if depth == 1 {
                    tables.push(Vec::new());
                }
            }
            ("table", true) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    close(&mut cell, &mut tables);
                }
            }
            ("tr", false) if depth <= 1 => {
                close(&mut cell, &mut tables);
                if let Some(table) = tables.last_mut() {
                    table.push(Vec::new());
                }
            }
            ("td" | "th", false) if depth <= 1 => {
                close(&mut cell, &mut tables);
                (cell, spans) = (Some(String::new()), span(tag));
            }
            ("td" | "th" | "tr", true) if depth <= 1 => close(&mut cell, &mut tables),
            ("br" | "p" | "div", _) => {
                if let Some(cell) = &mut cell {
                    cell.push(' ');
                }
            }
            _ => {}
        }
    }
    tables.into_iter().max_by_key(Vec::len).unwrap_or_default()
}

fn find_in_any_case(text: &str, wanted: &str) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).find(|at| {
        text.as_bytes()[*at..]
            .get(..wanted.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(wanted.as_bytes()))
    })
}

fn span(tag: &str) -> usize {
    let lower = tag.to_ascii_lowercase();
    let Some((_, rest)) = lower.split_once("colspan=") else { return 1 };
    let digits: String =
        rest.trim_start_matches(['"', '\'']).chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(1).clamp(1, 100)
}

/// Text without entities, and with one space where there were several.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest[1..].find(';').filter(|end| *end <= 10).map(|end| &rest[1..=end]);
        let known = entity.and_then(|entity| {
            let code = entity.strip_prefix("#x").or_else(|| entity.strip_prefix("#X"));
            let code = code.map_or_else(
                || entity.strip_prefix('#').and_then(|code| code.parse().ok()),
                |hex| u32::from_str_radix(hex, 16).ok(),
            );
            match (entity, code) {
                ("amp", _) => Some('&'),
                ("lt", _) => Some('<'),
                ("gt", _) => Some('>'),
                ("quot", _) => Some('"'),
                ("apos", _) => Some('\''),
                ("nbsp", _) => Some(' '),
                ("euro", _) => Some('€'),
                ("pound", _) => Some('£'),
                ("yen", _) => Some('¥'),
                (_, Some(code)) => char::from_u32(code),
                _ => None,
            }
        });
        match (known, entity) {
            (Some(c), Some(entity)) => {
                out.push(c);
                rest = &rest[entity.len() + 2..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_is_read_cell_by_cell() {
        let page = "<html><head><style>td{a<b}</style></head><body><table><tr><td>Report</td></tr></table>\
            <TABLE border=1><TR><TH>No</TH><th>Name\n of guest</th></TR><!-- <tr><td>no</td></tr> -->\
            <tr><td>1<td>Anna &amp; Bert<br>Test&#233;<tr><td>2</td><td></td></tr></TABLE></body></html>";
        assert_eq!(largest_table(page), [["No", "Name of guest"], ["1", "Anna & Bert Testé"], ["2", ""]]);
        assert_eq!(unescaped("a &b; &amp &#x41;"), "a &b; &amp A");
    }

    proptest! {
        #[test]
        fn no_page_panics(page in "(<(/)?(table|tr|td|th|script|!--)[ a-z=\"0-9]{0,12}>|&[#x0-9a-z]{0,6};|[^<]{0,4}){0,30}") {
            let _ = (largest_table(&page), unescaped(&page));
        }

        #[test]
        fn no_text_panics(page in ".*") {
            let _ = (largest_table(&page), unescaped(&page));
        }
    }
}
