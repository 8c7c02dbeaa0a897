//! Findings of a chain's month with five hundred faults whose truth is known.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    time::Instant,
};

use hefu_findings::{FindingKind, Record, Watch, inspect};
use hefu_synthetic::Month;

/// Seeds of the months.
const SEEDS: [u64; 2] = [11, 12];

/// Visits of the month, and faults of each of the twenty kinds.
const VISITS: u64 = 100_000;
const FAULTS: u64 = 25;

/// Each seed in a process of its own, to measure its memory.
pub fn run() -> anyhow::Result<()> {
    for seed in SEEDS {
        let done =
            Command::new(std::env::current_exe()?).args(["findings-child", &seed.to_string()]).status()?;
        anyhow::ensure!(done.success(), "the month of seed {seed} failed");
    }
    Ok(())
}

/// Examines the month of a seed.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
pub fn month(seed: u64) -> anyhow::Result<()> {
    let month = Month::new(seed, VISITS, FAULTS);
    let facts = &month.facts;
    let memory = || hefu_resolve::peak_memory_mib().unwrap_or(0);
    let before = memory();
    let began = Instant::now();
    let findings = inspect(facts, month.today);
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "seed {seed}: {} bookings, {} stays, {} lines, {} payments, {} movements of points: {seconds:.2} s, {} MiB at most, {before} MiB of them the records",
        facts.bookings.len(),
        facts.stays.len(),
        facts.lines.len(),
        facts.payments.len(),
        facts.points.len(),
        memory(),
    );
    let found: BTreeSet<(FindingKind, u64)> = findings
        .iter()
        .filter_map(|finding| Some((finding.kind, Month::visit_of(&finding.about.last()?.key)?)))
        .collect();
    let right: BTreeSet<(FindingKind, u64)> = found.intersection(&month.truth).copied().collect();
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    for kind in FindingKind::ALL {
        let of = |set: &BTreeSet<(FindingKind, u64)>| set.iter().filter(|(found, _)| found == kind).count();
        let (right, found, there) = (of(&right), of(&found), of(&month.truth));
        // The month has no faults of some kinds: settlements, warnings and what guests report have tests of their own.
        if found + there == 0 {
            continue;
        }
        println!(
            "  {:<22} P {:.3}   R {:.3}   {found} found, {there} there",
            kind.code(),
            share(right, found),
            share(right, there)
        );
    }
    println!(
        "  {:<22} P {:.3}   R {:.3}   {} found, {} there",
        "all",
        share(right.len(), found.len()),
        share(right.len(), month.truth.len()),
        found.len(),
        month.truth.len()
    );
    let mut beside: BTreeMap<(FindingKind, Option<FindingKind>), usize> = BTreeMap::new();
    for (kind, visit) in found.difference(&month.truth) {
        let fault = month.truth.iter().find(|(_, other)| other == visit).map(|(fault, _)| *fault);
        *beside.entry((*kind, fault)).or_default() += 1;
    }
    for ((kind, fault), count) in beside {
        println!("  {count} × {kind} where there is {}", fault.map_or("nothing", FindingKind::code));
    }
    changes(month)
}

/// What a changed record takes.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn changes(month: Month) -> anyhow::Result<()> {
    let stays: Vec<_> = month.facts.stays.iter().step_by(97).take(1_000).cloned().collect();
    let began = Instant::now();
    let mut watch = Watch::new(month.facts, month.today);
    let loaded = began.elapsed().as_secs_f64();
    let (mut milliseconds, mut told): (Vec<f64>, usize) = (Vec::new(), 0);
    for mut stay in stays {
        stay.guests += 1;
        let began = Instant::now();
        let changed = watch.change(vec![Record::Stay(stay)], &[]);
        milliseconds.push(began.elapsed().as_secs_f64() * 1_000.0);
        told += usize::from(!changed.found.is_empty());
    }
    // A case in which the rooms differ says nothing more of heads.
    anyhow::ensure!(told * 100 >= milliseconds.len() * 95, "one guest more is found");
    milliseconds.sort_by(f64::total_cmp);
    let at = |share: usize| milliseconds[(milliseconds.len() - 1) * share / 100];
    println!(
        "  a changed stay: {:.3} ms median, {:.3} ms of 99 in 100, {:.3} ms at most ({loaded:.2} s to load, {} MiB)",
        at(50),
        at(99),
        at(100),
        hefu_resolve::peak_memory_mib().unwrap_or(0)
    );
    Ok(())
}
