//! JSON: one object per line, or one array of objects.

use std::{
    io::{self, BufRead, BufReader, Read},
    sync::Arc,
};

use csv::StringRecord;
use serde_json::Value;

use encoding_rs::{Encoding, UTF_8};
use hefu_domain::message::Why;

use super::{
    Map, Raw, Rows, SourceError, encoding,
    raw::{Column, Header},
    rows::RowLimit,
};

/// The rows of a JSON-lines text. Objects within an object are flattened (`guest.name`), `null` is
/// the same as an absent key, and lists stay JSON.
pub(super) fn rows(text: Box<dyn Read + Send>, map: &Map, encoding: &'static Encoding) -> Rows {
    let (text, encoding): (Box<dyn Read + Send>, _) = match encoding::is_by_bytes(encoding) {
        true => (text, encoding),
        false => (Box::new(encoding::Transcoded::new(text, encoding)), UTF_8),
    };
    Box::new(JsonLines {
        lines: BufReader::with_capacity(64 << 10, RowLimit::new(text)),
        columns: Arc::clone(map.columns()),
        header: Arc::new(Header::new(Vec::new(), map.columns())),
        encoding,
        is_array: None,
        line: Vec::new(),
        row: 0,
        failed: false,
    })
}

struct JsonLines {
    lines: BufReader<RowLimit<Box<dyn Read + Send>>>,
    columns: Arc<[Column]>,
    /// The last row's keys; the next row mostly has the same.
    header: Arc<Header>,
    encoding: &'static Encoding,
    line: Vec<u8>,
    row: u64,
    failed: bool,
    /// Whether the objects stand in one array; not known before the first byte.
    is_array: Option<bool>,
}

impl JsonLines {
    /// Reads the next line, or the next object of the array; `false` at the end.
    fn read(&mut self) -> io::Result<bool> {
        self.line.clear();
        if self.is_array.is_none() {
            let head = self.lines.fill_buf()?;
            let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
            // A line that is an array holds no objects of its own.
            let is_array = head.first() == Some(&b'[')
                && matches!(head[1..].trim_ascii_start().first(), Some(b'{' | b']') | None);
            self.is_array = Some(is_array);
        }
        if self.is_array == Some(true) {
            self.read_element()
        } else {
            Ok(self.lines.read_until(b'\n', &mut self.line)? > 0)
        }
    }

    /// Reads the next element of the array: up to the brace that closes it.
    fn read_element(&mut self) -> io::Result<bool> {
        let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
        loop {
            let buffer = self.lines.fill_buf()?;
            if buffer.is_empty() {
                return Ok(!self.line.is_empty());
            }
            let mut used = 0;
            let mut is_whole = false;
            for byte in buffer {
                used += 1;
                match byte {
                    _ if quoted && escaped => escaped = false,
                    b'\\' if quoted => escaped = true,
                    b'"' => quoted = !quoted,
                    b'{' | b'[' if !quoted && (depth > 0 || *byte == b'{') => depth += 1,
                    b'}' | b']' if !quoted && depth > 0 => {
                        depth -= 1;
                        is_whole = depth == 0;
                    }
                    // Between the elements.
                    _ if depth == 0 && !quoted => continue,
                    _ => {}
                }
                self.line.push(*byte);
                if is_whole {
                    break;
                }
            }
            self.lines.consume(used);
            if is_whole {
                return Ok(true);
            }
        }
    }
}

impl Iterator for JsonLines {
    type Item = Result<Raw, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed {
            self.lines.get_mut().next_row();
            match self.read() {
                Ok(false) => return None,
                Ok(true) => {
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
                            let text = encoding::decode_lossy(self.encoding, line);
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
fn parse(line: &[u8], encoding: &'static Encoding) -> Result<(Vec<String>, StringRecord), Why> {
    let text = encoding::decode(encoding, line).ok_or_else(|| encoding::fault(encoding))?;
    let value: Value =
        serde_json::from_str(&text).map_err(|error| Why::NotJson { column: error.column() })?;
    if !value.is_object() {
        return Err(Why::NoObject);
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
