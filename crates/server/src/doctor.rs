//! `hefu doctor`: checks the installation, with advice for each problem.

use std::{fmt::Write as _, io::Write as _, path::Path};

use anyhow::bail;
use chrono::{DateTime, TimeDelta, Utc};
use hefu_app::{
    App, Context,
    health::{CheckHealth, Health},
    ledger::CheckCheckpoint,
};
use serde::Serialize;

use crate::{checkpoint, config::Config, open, out::out};

/// Check the installation.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Warning,
    Trouble,
}

/// One check.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, found: found.into(), advice: None }
    }

    fn not(
        verdict: Verdict,
        check: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { check, verdict, found: found.into(), advice: Some(advice.into()) }
    }
}

/// Runs every check; fails when one found a problem.
pub async fn run(args: &Args, config: &Config) -> anyhow::Result<()> {
    let mut findings = vec![disk(&config.data)];
    findings.push(keys(config));
    // Opening would make a missing key file and apply migrations; a doctor looks first.
    let readable = findings.iter().all(|finding| finding.check != "keys" || finding.verdict == Verdict::Ok);
    match if readable { open::app(config).await } else { Err(anyhow::anyhow!("not tried: see keys")) } {
        Err(error) => findings.push(Finding::not(
            Verdict::Trouble,
            "engine",
            format!("{error:#}"),
            "fix the error above; for PostgreSQL, check that it is running and that database.url is right",
        )),
        Ok(app) => {
            engine(&app, &mut findings).await;
            findings.extend(checkpoint(&app, config).await);
            app.close().await;
        }
    }
    if args.json {
        writeln!(out(), "{}", serde_json::to_string_pretty(&findings)?)?;
    } else {
        let mut text = String::new();
        for finding in &findings {
            let mark = match finding.verdict {
                Verdict::Ok => "ok     ",
                Verdict::Warning => "warning",
                Verdict::Trouble => "PROBLEM",
            };
            let _ = writeln!(text, "{mark}  {:<10}  {}", finding.check, finding.found);
            if let Some(advice) = &finding.advice {
                let _ = writeln!(text, "{:>21}what to do: {advice}", "");
            }
        }
        write!(out(), "{text}")?;
    }
    match findings.iter().filter(|finding| finding.verdict == Verdict::Trouble).count() {
        0 => Ok(()),
        n => bail!("{n} problem(s) found"),
    }
}

fn disk(dir: &Path) -> Finding {
    let exists = dir.ancestors().find(|dir| dir.exists()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(exists) {
        Err(error) => Finding::not(
            Verdict::Trouble,
            "disk",
            format!("{}: {error}", dir.display()),
            "check that the directory exists and can be read",
        ),
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize) >> 20;
            let found = format!("{free} MiB free for {}", dir.display());
            match free {
                0..256 => {
                    Finding::not(Verdict::Trouble, "disk", found, "free some space: writes will soon fail")
                }
                256..2_048 => Finding::not(Verdict::Warning, "disk", found, "plan for more space"),
                _ => Finding::ok("disk", found),
            }
        }
    }
}

fn keys(config: &Config) -> Finding {
    match open::ring(config) {
        Ok(ring) => Finding::ok("keys", format!("version {}, live {:?}", ring.current(), ring.live())),
        Err(error) if config.keys.secret.is_none() && !config.key_file().exists() => Finding::not(
            Verdict::Trouble,
            "keys",
            format!("{error:#}"),
            format!(
                "the first `hefu serve` creates {}; if there were records before, restore it from its backup",
                config.key_file().display()
            ),
        ),
        Err(error) => Finding::not(Verdict::Trouble, "keys", format!("{error:#}"), "see the message"),
    }
}

/// Whether the ledger still agrees with the checkpoint beside the key file; nothing where there is none.
async fn checkpoint(app: &App, config: &Config) -> Option<Finding> {
    let file = config.checkpoint_file();
    let trouble = |found: String| {
        let advice = "run `hefu verify`; after an intentional restore of a backup, move the file away";
        Finding::not(Verdict::Trouble, "checkpoint", found, advice)
    };
    let note = match checkpoint::read(&file) {
        Ok(note) => note?,
        Err(error) => return Some(trouble(format!("{error:#}"))),
    };
    Some(match app.ask(&Context::command_line("doctor"), CheckCheckpoint { note }).await {
        Ok(true) => Finding::ok("checkpoint", format!("the ledger agrees with {}", file.display())),
        Ok(false) => trouble(format!("the ledger contradicts {}", file.display())),
        Err(error) => trouble(error.to_string()),
    })
}

async fn engine(app: &App, findings: &mut Vec<Finding>) {
    match app.ask(&Context::command_line("doctor"), CheckHealth).await {
        Err(error) => findings.push(Finding::not(
            Verdict::Trouble,
            "engine",
            error.to_string(),
            "the database reports an error: see its log",
        )),
        Ok(health) => {
            findings.push(Finding::ok("engine", format!("{} {}", app.engine_name(), health.engine_version)));
            findings.push(Finding::ok("migrations", format!("{} applied, none missing", health.migrations)));
            let now = app.clock().now();
            findings.push(match health.last_entry_at {
                Some(last) if last > now + TimeDelta::minutes(1) => Finding::not(
                    Verdict::Trouble,
                    "clock",
                    format!("it is {now}, but the last journal entry is from {last}"),
                    "set the machine's clock (time synchronisation)",
                ),
                _ => Finding::ok("clock", now.to_rfc3339()),
            });
            findings.push(if health.ledger_size == health.ledger_counted {
                let pending = health.ledger_pending;
                Finding::ok(
                    "ledger",
                    format!("{} entries without a gap, {pending} waiting", health.ledger_size),
                )
            } else {
                let (size, counted) = (health.ledger_size, health.ledger_counted);
                Finding::not(
                    Verdict::Trouble,
                    "ledger",
                    format!("{counted} entries where {size} should be"),
                    "entries were removed behind Hefu's back: restore a backup and compare",
                )
            });
            findings.push(jobs(&health, now));
            findings.push(Finding::ok(
                "records",
                format!("{} guests, {} properties", health.guests, health.properties),
            ));
        }
    }
}

/// A job that has been due for so long is not being run by anybody, minutes.
const OVERDUE_MINUTES: i64 = 10;

fn jobs(health: &Health, now: DateTime<Utc>) -> Finding {
    let found = format!("{} open, {} dead", health.jobs_open, health.jobs_dead);
    if health.jobs_dead > 0 {
        let advice = "GET /api/v1/jobs?state=dead says what failed; POST /api/v1/jobs/{id}/retry runs it again once the cause is mended";
        return Finding::not(Verdict::Warning, "jobs", found, advice);
    }
    match health.job_due_since {
        Some(since) if since < now - TimeDelta::minutes(OVERDUE_MINUTES) => {
            let found = format!("{found}; one has been due since {}", since.to_rfc3339());
            Finding::not(Verdict::Warning, "jobs", found, "start `hefu serve`: it runs waiting jobs")
        }
        _ => Finding::ok("jobs", found),
    }
}
