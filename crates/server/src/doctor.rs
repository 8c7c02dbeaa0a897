//! `hefu doctor`: checks the installation, with advice for each problem.

use std::{fmt::Write as _, io::Write as _, path::Path};

use anyhow::bail;
use chrono::{DateTime, TimeDelta, Utc};
use hefu_app::{
    App, Context,
    health::{CheckHealth, Health},
    ledger::{CheckLedger, ShowLedgerStatus},
    schema::{CheckSchema, SchemaDifferences},
    verify::printable,
};
use hefu_kernel::{Clock as _, SystemClock};
use hefu_store::{KeyFault, Store};
use serde::Serialize;

use crate::{backup, checkpoint, config::Config, open, out::out};

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
    // Opening would make a missing key file and apply migrations; a doctor looks first.
    let keys = keys(config).await;
    let is_readable = keys.verdict == Verdict::Ok;
    findings.push(keys);
    match if is_readable { open::app(config).await } else { Err(anyhow::anyhow!("not tried: see keys")) } {
        Err(error) if error.is::<KeyFault>() => {
            let advice =
                "`hefu keys --help` says where keys are and how they are put back; nothing was changed";
            findings.retain(|finding| finding.check != "keys");
            findings.push(Finding::not(Verdict::Trouble, "keys", error.to_string(), advice));
        }
        Err(error) => findings.push(Finding::not(
            Verdict::Trouble,
            "engine",
            format!("{error:#}"),
            "fix the error above; for PostgreSQL, check that it is running and that database.url is right",
        )),
        Ok(app) => {
            engine(&app, &mut findings).await;
            findings.extend(signatures(&app, config).await);
            app.close().await;
        }
    }
    if config.backup.target.is_some() {
        findings.push(backup(config).await);
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

async fn keys(config: &Config) -> Finding {
    match open::ring(config) {
        Ok(ring) => Finding::ok("keys", format!("version {}, live {:?}", ring.current(), ring.live())),
        Err(error) if config.keys.secret.is_none() && !config.key_file().exists() => {
            let file = config.key_file();
            let advice = match Store::is_used(&config.location()).await {
                Ok(true) => {
                    "there are records: put the key file back from its backup; `hefu keys --help` says more"
                        .to_owned()
                }
                Ok(false) => {
                    format!("there are no records yet: a first `hefu serve` makes {}", file.display())
                }
                Err(_) => format!("put {} back from its backup if there are records", file.display()),
            };
            Finding::not(Verdict::Trouble, "keys", format!("{error:#}"), advice)
        }
        Err(error) => Finding::not(Verdict::Trouble, "keys", format!("{error:#}"), "see the message"),
    }
}

/// Whether the ledger holds what is remembered of it, here and by its witnesses, and whether they cosign.
async fn signatures(app: &App, config: &Config) -> Vec<Finding> {
    let trouble = |check, error: &dyn std::fmt::Display| {
        Finding::not(Verdict::Trouble, check, error.to_string(), "see the message")
    };
    let ctx = Context::command_line("doctor");
    let silent = match checkpoint::heed(app, config).await {
        Ok((_, silent)) => silent,
        Err(error) => return vec![trouble("witnesses", &error)],
    };
    let (unsigned, status) = match (app.ask(&ctx, CheckLedger).await, app.ask(&ctx, ShowLedgerStatus).await) {
        (Ok(unsigned), Ok(status)) => (unsigned, status),
        (Err(error), _) | (_, Err(error)) => return vec![trouble("checkpoint", &error)],
    };
    let mut findings = vec![match unsigned {
        None => Finding::ok("checkpoint", "the ledger holds what is remembered of it"),
        Some(unsigned) => Finding::not(
            Verdict::Trouble,
            "checkpoint",
            unsigned.to_string(),
            "run `hefu verify`; if it is meant to be so, as after restoring a backup, run `hefu ledger accept --reason …`",
        ),
    }];
    for witness in &status.witnesses {
        let why = silent.iter().find(|(name, _)| *name == witness.name).map(|(_, why)| why.as_str());
        let found = match (why, witness.is_up_to_date) {
            (None, true) => {
                findings.push(Finding::ok("witness", format!("{} has cosigned what there is", witness.name)));
                continue;
            }
            (Some(why), _) => format!("{}: {why}", witness.name),
            (None, false) => format!("{} has not cosigned the latest checkpoints", witness.name),
        };
        // The desk goes on; who is to believe the ledger has to wait.
        let verdict = if status.is_cosigned { Verdict::Warning } else { Verdict::Trouble };
        let advice = "see that it runs and watches this ledger (`hefu ledger show` prints the keys it needs), and that `hefu serve` runs here";
        findings.push(Finding::not(verdict, "witness", found, advice));
    }
    findings
}

/// Age in hours at which the last backup is too old: a nightly one may take some hours.
const BACKUP_HOURS: i64 = 30;

/// When the last backup was made, according to its repository.
async fn backup(config: &Config) -> Finding {
    let trouble = |found: String| {
        Finding::not(
            Verdict::Trouble,
            "backup",
            found,
            "run `hefu backup`: it makes a backup or reports what is wrong",
        )
    };
    let repository = match backup::repository(None, config) {
        Ok(repository) => repository,
        Err(error) => return trouble(format!("{error:#}")),
    };
    let snapshots = match tokio::task::spawn_blocking(move || repository.snapshots()).await {
        Ok(Ok(snapshots)) => snapshots,
        Ok(Err(error)) => return trouble(error.to_string()),
        Err(error) => return trouble(error.to_string()),
    };
    let Some(last) = snapshots.last() else { return trouble("there is no backup yet".into()) };
    let found =
        format!("the last of {} was made at {}", snapshots.len(), last.at.format("%Y-%m-%d %H:%M:%S UTC"));
    if last.at < SystemClock.now() - TimeDelta::hours(BACKUP_HOURS) {
        let advice = "run `hefu backup` every night (docs/backup.md)";
        return Finding::not(Verdict::Warning, "backup", found, advice);
    }
    Finding::ok("backup", found)
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
            findings.push(schema(app).await);
            let now = app.clock().now();
            findings.push(match health.last_entry_at {
                Some(last) if last > now + TimeDelta::minutes(1) => Finding::not(
                    Verdict::Trouble,
                    "clock",
                    format!("it is {now}, but the last journal entry is from {last}"),
                    "set the machine's clock (time synchronisation)",
                ),
                _ => clock(&health),
            });
            findings.push(night_audits(&health));
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
            if health.guests_without_key > 0 {
                findings.push(Finding::not(
                    Verdict::Trouble,
                    "data keys",
                    format!("{} guests have none, though they were not erased", health.guests_without_key),
                    "the store of data keys is an older copy, or keys were removed: restore it; `hefu verify` names them",
                ));
            }
            findings.push(Finding::ok(
                "records",
                format!("{} guests, {} properties", health.guests, health.properties),
            ));
        }
    }
}

/// Whether the database is made of what this release makes it of, and of what the ledger says it was made of.
async fn schema(app: &App) -> Finding {
    let trouble = |found: String| {
        let advice = "somebody changed it behind Hefu's back: run `hefu verify`, and restore a backup into a new database";
        Finding::not(Verdict::Trouble, "schema", found, advice)
    };
    match app.ask(&Context::command_line("doctor"), CheckSchema).await {
        Err(error) => trouble(error.to_string()),
        Ok(SchemaDifferences { parts, since: None }) if parts.is_empty() => {
            Finding::ok("schema", "as this release makes it, and as the ledger says")
        }
        Ok(SchemaDifferences { parts, since }) => {
            let mut said: Vec<String> = parts
                .iter()
                .take(5)
                .map(|(name, part)| format!("{} {}", part.name(), printable(name)))
                .collect();
            said.extend((parts.len() > 5).then(|| format!("and {} more", parts.len() - 5)));
            said.extend(since.map(|version| format!("not as the ledger says since migration {version}")));
            trouble(said.join("; "))
        }
    }
}

fn clock(health: &Health) -> Finding {
    let now = health.time.wall.to_rfc3339();
    match health.time.doubt() {
        None => Finding::ok("clock", now),
        Some(ahead) => {
            let (minutes, believed) = (ahead.num_minutes(), health.time.believed.to_rfc3339());
            Finding::not(
                Verdict::Warning,
                "clock",
                format!("it is {now}, {minutes} minutes away from what was seen to pass: {believed}"),
                "if the clock is wrong, set it right (time synchronisation); if it is right, run the night audits that wait",
            )
        }
    }
}

fn night_audits(health: &Health) -> Finding {
    let held: Vec<String> = health
        .held_audits
        .iter()
        .map(|held| format!("{} of {}", held.property, held.business_date))
        .collect();
    if held.is_empty() {
        return Finding::ok("night audits", "none waits for a person");
    }
    Finding::not(
        Verdict::Warning,
        "night audits",
        format!("due only because the clock was set, or the machine was off for long: {}", held.join(", ")),
        "if the dates are over, POST /api/v1/properties/{property}/night-audit closes each; if not, set the clock right",
    )
}

/// A job that has been due for so long is one that nobody runs, minutes.
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
