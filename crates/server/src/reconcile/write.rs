//! Writing results: completely or not at all.

use std::path::{Path, PathBuf};

use hefu_kernel::cell::needs_apostrophe;
use hefu_reconcile::{Evidence, FindingKind, Match, Outcome, Place, Record, Side, file::Ledger};

use super::error::Error;
use crate::private;

/// A file that gets its final name when everything is written.
pub(super) struct Whole {
    path: PathBuf,
    beside: PathBuf,
    is_finished: bool,
}

impl Whole {
    fn write(
        path: &Path,
        rows: impl FnOnce(&mut csv::Writer<std::fs::File>) -> csv::Result<()>,
    ) -> Result<Self, Error> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let whole = Self { path: path.to_owned(), beside: path.with_file_name(name), is_finished: false };
        let unwritable = |source| Error::Unwritable { path: path.to_owned(), source };
        let file = private::create(&whole.beside).map_err(unwritable)?;
        let mut writer = csv::Writer::from_writer(file);
        rows(&mut writer)
            .and_then(|()| Ok(writer.flush()?))
            .map_err(|error| unwritable(std::io::Error::other(error)))?;
        Ok(whole)
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        std::fs::rename(&self.beside, &self.path)
            .map_err(|source| Error::Unwritable { path: self.path.clone(), source })?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if !self.is_finished {
            // What remains is incomplete, and named so.
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}

/// A value that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    if needs_apostrophe(text.as_bytes()) { format!("'{text}") } else { text.to_owned() }
}

/// An amount in major units.
fn amount(minor: i128, decimals: u32) -> String {
    let (sign, digits) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs().to_string());
    let decimals = decimals as usize;
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}

/// Line, id, date and amount of a row, the amount as its file has it.
fn row(ledger: &Ledger, index: usize) -> [String; 4] {
    let record = &ledger.records[index];
    let minor = if ledger.negate { -i128::from(record.amount) } else { i128::from(record.amount) };
    [
        ledger.lines[index].to_string(),
        cell(&record.id),
        record.date.map(|date| date.to_string()).unwrap_or_default(),
        amount(minor, ledger.decimals),
    ]
}

fn evidence(evidence: &Evidence) -> String {
    let Evidence { prior, amount, date, wording, reference, rivals } = evidence;
    let named = [
        ("prior", prior),
        ("amount", amount),
        ("date", date),
        ("wording", wording),
        ("reference", reference),
        ("rivals", rivals),
    ];
    let parts = named
        .into_iter()
        .filter(|(_, bits)| bits.abs() >= 0.05)
        .map(|(name, bits)| format!("{name}{bits:+.1}"));
    parts.collect::<Vec<_>>().join(" ")
}

/// Writes the matches, a line for each row of each.
pub(super) fn matches(path: &Path, left: &Ledger, right: &Ledger, outcome: &Outcome) -> Result<Whole, Error> {
    Whole::write(path, |writer| {
        writer.write_record([
            "match",
            "kind",
            "probability",
            "difference",
            "side",
            "line",
            "id",
            "date",
            "amount",
            "evidence",
        ])?;
        for (number, found) in (1_u64..).zip(&outcome.matches) {
            let Match { kind, probability, difference, .. } = found;
            let of = |set, ledger, index: &usize| (side(set), row(ledger, *index));
            let rows = found.left.iter().map(|index| of(Side::Left, left, index));
            let rows = rows.chain(found.right.iter().map(|index| of(Side::Right, right, index)));
            for (side, [line, id, date, of_row]) in rows {
                writer.write_record([
                    &number.to_string(),
                    kind.as_str(),
                    &format!("{probability:.6}"),
                    &amount(*difference, left.decimals.max(right.decimals)),
                    side,
                    &line,
                    &id,
                    &date,
                    &of_row,
                    &evidence(&found.evidence),
                ])?;
            }
        }
        Ok(())
    })
}

/// Writes the findings, a line for each.
pub(super) fn findings(
    path: &Path,
    left: &Ledger,
    right: &Ledger,
    outcome: &Outcome,
) -> Result<Whole, Error> {
    let of = |place: Place| match place.side {
        Side::Left => left,
        Side::Right => right,
    };
    Whole::write(path, |writer| {
        writer.write_record([
            "kind",
            "side",
            "line",
            "id",
            "date",
            "amount",
            "at_stake",
            "others",
            "explanation",
            "说明",
        ])?;
        for found in &outcome.findings {
            let ledger = of(found.place);
            let [line, id, date, of_row] = row(ledger, found.place.index);
            let others = found.rivals.iter().map(|rival| {
                let record = &of(rival.place).records[rival.place.index];
                format!("{} {} ({:.0} %)", side(rival.place.side), record.id, 100.0 * rival.probability)
            });
            let record = &ledger.records[found.place.index];
            let others_are = |is: fn(&Record, &Record) -> bool| {
                found.kind == FindingKind::Undecidable
                    && found.rivals.iter().all(|rival| {
                        let other = &of(rival.place).records[rival.place.index];
                        rival.place.side != found.place.side && is(record, other)
                    })
            };
            let (english, chinese) = if others_are(is_of_other_currency) {
                OTHER_CURRENCY
            } else if others_are(is_opposite) {
                OPPOSITE_SIGN
            } else {
                explanation(found.kind)
            };
            writer.write_record([
                found.kind.as_str(),
                side(found.place.side),
                &line,
                &id,
                &date,
                &of_row,
                &amount(found.amount, ledger.decimals),
                &cell(&others.collect::<Vec<_>>().join("; ")),
                english,
                chinese,
            ])?;
        }
        Ok(())
    })
}

/// The other file has it in another currency.
const OTHER_CURRENCY: (&str, &str) = (
    "The other file has the same reference in another currency: which one was paid?",
    "对方文件中有相同单号的记录，但币种不同：实际收付的是哪种币种？",
);

/// The other file has it with the opposite sign.
const OPPOSITE_SIGN: (&str, &str) = (
    "The other file has the same amount with the opposite sign: is it a refund, or does the map need negate?",
    "对方文件中有相同金额但正负相反的记录：是退款，还是列设置需要 negate？",
);

fn is_of_other_currency(one: &Record, other: &Record) -> bool {
    !one.currency.trim().eq_ignore_ascii_case(other.currency.trim())
}

fn is_opposite(one: &Record, other: &Record) -> bool {
    one.amount.checked_neg() == Some(other.amount)
}

/// What a finding means and asks for.
const fn explanation(kind: FindingKind) -> (&'static str, &'static str) {
    match kind {
        FindingKind::Unmatched => (
            "No row of the other file tells of it: is it missing there, or not due yet?",
            "对方文件中没有对应的记录：是漏记，还是尚未到账？",
        ),
        FindingKind::Duplicate => (
            "A copy of a row that is matched: was it entered twice?",
            "与一条已对上的记录内容相同：是否重复录入？",
        ),
        FindingKind::Typing => (
            "Matched, but the amounts differ as by a slip of typing: which one is right?",
            "已对上，但金额像是录入笔误：以哪一个为准？",
        ),
        FindingKind::Partial => (
            "Matched, but only a part of the amount is there: when does the rest come?",
            "已对上，但只收到部分金额：余款何时结清？",
        ),
        FindingKind::Over => (
            "Matched, but there is more than the amount: what is the rest for?",
            "已对上，但超出应收金额：多出的部分是什么款项？",
        ),
        FindingKind::Undecidable => (
            "Several rows are possible, or one that is not certain: decide by the originals.",
            "可能对应的记录不止一条，或把握不足：请核对原始凭证后确定。",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_major_units() {
        for (minor, decimals, expected) in
            [(5, 2, "0.05"), (-5, 2, "-0.05"), (123_450, 2, "1234.50"), (7, 0, "7"), (0, 2, "0.00")]
        {
            assert_eq!(amount(minor, decimals), expected);
        }
        assert_eq!(amount(i64::MIN.into(), 2), "-92233720368547758.08");
    }
}
