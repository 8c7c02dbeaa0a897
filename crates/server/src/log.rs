//! The server's log, on standard error: a line for each event whatever its texts hold, as text or as JSON.

use std::{
    borrow::Cow,
    fmt,
    io::{self, Write},
};

use serde_json::{Map, Value, json};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    registry::LookupSpan,
};

use crate::config::LogFormat;

/// Begins the log of this process.
pub fn start(filter: EnvFilter, format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| OneLine(io::stderr()))
        // Colours are the same signs to a terminal as those that somebody sent to forge a line.
        .with_ansi(false)
        // The reader of the log may be gone, and then nobody would read about that either.
        .log_internal_errors(false);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.event_format(Json).init(),
    }
}

/// Writes each event in one piece and as one line: a line break in a text from elsewhere begins none that looks like ours.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.write_all(event)?;
        Ok(event.len())
    }

    fn write_all(&mut self, event: &[u8]) -> io::Result<()> {
        self.0.write_all(&one_line(event))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// An event with line breaks, and whatever else a terminal would obey, spelled out.
fn one_line(event: &[u8]) -> Cow<'_, [u8]> {
    let text = event.strip_suffix(b"\n").unwrap_or(event);
    if !text.iter().any(u8::is_ascii_control) {
        return Cow::Borrowed(event);
    }
    let mut line = Vec::with_capacity(event.len() + 8);
    for byte in text {
        if byte.is_ascii_control() {
            line.extend(byte.escape_ascii());
        } else {
            line.push(*byte);
        }
    }
    line.push(b'\n');
    Cow::Owned(line)
}

/// Events as JSON objects: when, how grave, where in the program, what, its fields, and what was being done (`spans`, the outermost first).
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut at = String::new();
        SystemTime.format_time(&mut Writer::new(&mut at))?;
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let message = fields.0.remove("message");
        let mut spans = Vec::new();
        for span in ctx.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>().map_or("", |fields| fields.fields.as_str());
            spans.push(json!({ "name": span.name(), "fields": fields }));
        }
        let of = event.metadata();
        let line = json!({
            "at": at,
            "level": of.level().as_str(),
            "target": of.target(),
            "message": message,
            "fields": fields.0,
            "spans": spans,
        });
        writeln!(writer, "{line}")
    }
}

/// The fields of an event as they are recorded.
struct Fields(Map<String, Value>);

impl Fields {
    fn keep(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was written to the log.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What somebody would send to have another line written.
    const FORGED: &str = "x\r\n2026-10-03T08:00:00.000000Z  INFO hefu: everything is fine\u{1b}[2K";

    fn write_something() {
        let span = tracing::info_span!("request", id = "1-2");
        let _entered = span.enter();
        tracing::warn!(count = 7, is_new = true, text = FORGED, shown = %FORGED, debug = ?FORGED, "it said {FORGED}");
        tracing::error!("the next one");
    }

    #[test]
    fn nothing_in_a_text_begins_a_line() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log =
            tracing_subscriber::fmt().with_writer(move || OneLine(writer.clone())).with_ansi(false).finish();
        tracing::subscriber::with_default(log, write_something);
        let text = kept.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(!text.contains(['\r', '\u{1b}']) && text.ends_with('\n'), "{text:?}");
        assert!(
            lines[0].contains("WARN") && lines[0].contains("count=7") && lines[1].contains("the next one")
        );
        assert!(lines.iter().all(|line| line.contains("request{id=\"1-2\"}")), "{text}");
    }

    #[test]
    fn the_log_can_be_json_a_line_each() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt()
            .with_writer(move || OneLine(writer.clone()))
            .with_ansi(false)
            .event_format(Json)
            .finish();
        tracing::subscriber::with_default(log, write_something);
        let text = kept.text();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        let first = &lines[0];
        assert_eq!(
            (&first["level"], &first["message"]),
            (&json!("WARN"), &json!(format!("it said {FORGED}")))
        );
        assert_eq!((&first["fields"]["count"], &first["fields"]["is_new"]), (&json!(7), &json!(true)));
        assert_eq!((&first["fields"]["text"], &first["fields"]["shown"]), (&json!(FORGED), &json!(FORGED)));
        assert_eq!(first["spans"], json!([{ "name": "request", "fields": "id=\"1-2\"" }]));
        assert!(first["at"].as_str().unwrap().ends_with('Z') && first["target"].as_str().is_some());
    }
}
