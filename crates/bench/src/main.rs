//! `make bench`: each figure of ours beside a floor measured in the same run.
#![expect(unreachable_pub, reason = "nobody depends on a binary; `pub` marks what other modules use")]

mod load;
mod record;

/// One line of the result.
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// Ours, with its unit.
    pub ours: f64,
    /// The floor, in the same unit.
    pub floor: f64,
    /// The unit; a second's worth of something.
    pub unit: &'static str,
    /// Anything else worth knowing, e.g. a latency.
    pub note: String,
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn show(figure: &Figure) {
    println!(
        "{:<46} {:>11.0} {:<12} floor {:>11.0}   ratio {:>6.3}   {}",
        figure.what,
        figure.ours,
        figure.unit,
        figure.floor,
        figure.ours / figure.floor,
        figure.note
    );
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    record::run().await?.iter().for_each(show);
    Ok(())
}
