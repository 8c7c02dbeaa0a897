//! What a verification looked at, and what it found.

use std::collections::BTreeMap;

use hefu_authz::{FieldClass, Masks};
use hefu_store::evidence::Unreadable;
use serde::Serialize;

use super::fault::Fault;

/// Most findings told of one kind.
const MOST: usize = 100;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub fault: Fault,
    /// Where: a table and its key, an entry's place, a tile, a checkpoint's size. No personal data.
    pub at: String,
    /// The place of the entry that tells, where one does.
    pub log_index: Option<i64>,
}

/// A place whose key may be a guest's phone number or e-mail address: the key of a record in another system. Findings are printed and kept, so
/// it is masked whoever asks.
fn without_personal(at: String) -> String {
    match at.split_once(" external_id=") {
        Some((row, key)) => {
            let key = Masks::DESK.apply(FieldClass::ExternalId, key).unwrap_or_default();
            format!("{row} external_id={key}")
        }
        None => at,
    }
}

/// Findings are read on terminals, and what they name may have been written by whoever altered it: nothing in it moves the cursor, and nothing
/// turns the direction of writing round.
pub fn printable(text: &str) -> String {
    let is_plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if is_plain(c) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
        out
    })
}

/// What was looked at, and what was wrong.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verified {
    /// Entries in the ledger.
    pub entries: i64,
    /// Entries that have no place yet; their rows are checked too.
    pub waiting: i64,
    /// Signed checkpoints.
    pub checkpoints: i64,
    /// Checkpoints kept elsewhere: beside the key file, by witnesses, by whoever asks.
    pub kept: i64,
    /// The witnesses that cosigned a checkpoint over all entries but the newest, and say so.
    pub witnesses: Vec<String>,
    /// Rows of records.
    pub rows: i64,
    /// The root over the entries, when there are any, as hexadecimal digits.
    pub root: Option<String>,
    /// What is wrong; at most a hundred of each kind.
    pub findings: Vec<Finding>,
    /// How often each kind was found.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty()
    }

    pub(super) fn found(&mut self, fault: Fault, at: impl Into<String>, log_index: Option<i64>) {
        self.add(fault, &without_personal(at.into()), log_index);
    }

    pub(super) fn unreadable(&mut self, row: &Unreadable) {
        let at = format!("{}: {}", without_personal(row.name.clone()), row.why);
        self.add(Fault::RowUnreadable, &at, None);
    }

    fn add(&mut self, fault: Fault, at: &str, log_index: Option<i64>) {
        let count = self.counts.entry(fault.code()).or_default();
        *count += 1;
        if *count <= MOST as u64 {
            self.findings.push(Finding { fault, at: printable(at), log_index });
        }
    }
}
