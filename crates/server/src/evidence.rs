//! `hefu evidence`: one file that a court or a guest can check without Hefu.

use std::{io::Write as _, path::PathBuf};

use anyhow::{Context as _, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hefu_app::{
    Context,
    evidence::{Evidence, ProvenEntry, ShowEvidence},
};
use serde_json::{Value, json};

use crate::{config::Config, open, out::out};

/// The page, with places for the two scripts and the data.
const PAGE: &str = include_str!("evidence/page.html");
/// What checks.
const CHECK: &str = include_str!("evidence/check.js");
/// What shows.
const SHOW: &str = include_str!("evidence/show.js");

/// Write one file that shows what was done to a visit, and that anybody can check in a browser, offline.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Any number of the visit
    visit: String,
    /// Why it is given out; it goes into the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The file to write [default: evidence-NUMBER.html]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the file.
pub async fn run(args: &Args, config: &Config) -> anyhow::Result<()> {
    let app = open::existing(config).await?;
    let ctx = Context { reason: Some(args.reason.clone()), ..Context::command_line("evidence") };
    let evidence = app.ask(&ctx, ShowEvidence { number: args.visit.clone() }).await;
    app.close().await;
    let evidence = evidence?;
    if evidence.entries.is_empty() {
        bail!(
            "no entry of the visit is in the signed ledger yet: try again in a second, while `hefu serve` runs"
        );
    }
    // A number as it was typed could name a file elsewhere.
    let digits: String = args.visit.chars().filter(char::is_ascii_alphanumeric).collect();
    let file = args.output.clone().unwrap_or_else(|| format!("evidence-{digits}.html").into());
    write(&file, &page(&evidence)).with_context(|| format!("{} cannot be written", file.display()))?;
    writeln!(
        out(),
        "{}: {} entries and {} rows, {} witnesses; open it in a browser",
        file.display(),
        evidence.entries.len(),
        evidence.rows.len(),
        evidence.witnesses.len()
    )?;
    if evidence.left_out > 0 {
        writeln!(
            out(),
            "warning: {} entries are not in it: too new for the checkpoint, or altered (see `hefu verify`)",
            evidence.left_out
        )?;
    }
    Ok(())
}

fn page(evidence: &Evidence) -> String {
    // Nothing in the data ends the script that holds it.
    let data = data(evidence).to_string().replace('<', "\\u003c");
    PAGE.replacen("{{CHECK}}", CHECK, 1).replacen("{{SHOW}}", SHOW, 1).replacen("{{DATA}}", &data, 1)
}

fn data(evidence: &Evidence) -> Value {
    let base64 = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    let entry = |entry: &ProvenEntry| {
        json!({
            "index": entry.index,
            "proof": entry.proof.iter().map(|hash| base64(hash)).collect::<Vec<_>>(),
            "statement": base64(&entry.opening.statement),
            "evidence": base64(&entry.opening.evidence),
            "change": entry.opening.change.as_ref().map(|change| base64(change)),
        })
    };
    let rows = evidence.rows.iter().map(|row| {
        json!({ "code": row.code, "signature": row.signature, "keys": row.keys, "bytes": base64(&row.bytes) })
    });
    json!({
        "checkpoint": evidence.checkpoint,
        "keys": evidence.keys,
        "witnesses": evidence.witnesses,
        "entries": evidence.entries.iter().map(entry).collect::<Vec<_>>(),
        "rows": rows.collect::<Vec<_>>(),
    })
}

/// For its owner only: it shows what was done to a guest.
fn write(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
