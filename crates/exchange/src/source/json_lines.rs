//! One JSON object per line.

use std::{
    io::{BufRead, BufReader, Read},
    sync::Arc,
};

use csv::StringRecord;
use serde_json::Value;

use super::{Map, Raw, Rows, SourceError, raw::Header, rows::RowLimit, spec::Encoding};

/// The rows of a JSON-lines text. Objects within an object are flattened (`guest.name`), `null` is
/// the same as an absent key, and lists stay JSON.
pub(super) fn rows(text: Box<dyn Read + Send>, map: &Map) -> Rows {
    Box::new(JsonLines {
        lines: BufReader::with_capacity(64 << 10, RowLimit::new(text)),
        columns: Arc::clone(map.columns()),
        header: Arc::new(Header::new(Vec::new(), map.columns())),
        encoding: map.format().encoding,
        line: Vec::new(),
        row: 0,
        failed: false,
    })
}

struct JsonLines {
    lines: BufReader<RowLimit<Box<dyn Read + Send>>>,
    columns: Arc<[String]>,
    /// The last row's keys; the next row mostly has the same.
    header: Arc<Header>,
    encoding: Encoding,
    line: Vec<u8>,
    row: u64,
    failed: bool,
}

impl Iterator for JsonLines {
    type Item = Result<Raw, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed {
            self.lines.get_mut().next_row();
            self.line.clear();
            match self.lines.read_until(b'\n', &mut self.line) {
                Ok(0) => return None,
                Ok(_) => {
                    let line = self.line.trim_ascii();
                    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
                    if line.is_empty() {
                        continue;
                    }
                    self.row += 1;
                    let raw = match parse(line, self.encoding) {
                        Ok((names, texts)) => {
                            if names != self.header.names() {
                                self.header = Arc::new(Header::new(names, &self.columns));
                            }
                            Raw::new(self.row, &self.header, texts)
                        }
                        Err(fault) => {
                            let header = Header::new(vec!["line".to_owned()], &self.columns);
                            let text = self.encoding.decode_lossy(line);
                            let texts = StringRecord::from(vec![text]);
                            Raw::malformed(self.row, &Arc::new(header), texts, fault)
                        }
                    };
                    return Some(Ok(raw));
                }
                Err(source) => {
                    self.failed = true;
                    return Some(Err(SourceError::Read { row: self.row + 1, source }));
                }
            }
        }
        None
    }
}

/// The flattened object of a line, or what is wrong with it. The fault names the place only: the
/// line may be personal.
fn parse(line: &[u8], encoding: Encoding) -> Result<(Vec<String>, StringRecord), String> {
    let text = encoding.decode(line).ok_or_else(|| format!("is not valid {}", encoding.name()))?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| format!("is not valid JSON at column {}", error.column()))?;
    if !value.is_object() {
        return Err("is not a JSON object".to_owned());
    }
    let (mut names, mut texts) = (Vec::new(), StringRecord::new());
    flatten(String::new(), value, &mut names, &mut texts);
    Ok((names, texts))
}

fn flatten(name: String, value: Value, names: &mut Vec<String>, texts: &mut StringRecord) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (key, value) in members {
                let name = if name.is_empty() { key } else { format!("{name}.{key}") };
                flatten(name, value, names, texts);
            }
        }
        Value::String(text) => {
            names.push(name);
            texts.push_field(&text);
        }
        other => {
            names.push(name);
            texts.push_field(&other.to_string());
        }
    }
}
