//! Results of the measurements.

/// One line of the result.
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// Ours, with its unit.
    pub ours: f64,
    /// The baseline, in the same unit.
    pub baseline: f64,
    /// The unit: a rate per second, or a time, of which less is better.
    pub unit: &'static str,
    /// A note, e.g. a latency.
    pub note: String,
}

/// Prints a line of the result.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
pub fn show(figure: &Figure) {
    let ratio = figure.ours / figure.baseline;
    let ratio = match figure.unit {
        "µs" => format!("takes {ratio:.1} times as long"),
        _ => format!("ratio {ratio:>6.3}"),
    };
    println!(
        "{:<46} {:>11.0} {:<12} baseline {:>11.0}   {ratio}   {}",
        figure.what, figure.ours, figure.unit, figure.baseline, figure.note
    );
}

/// Prints a line that is no figure beside a baseline.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
pub fn say(line: &str) {
    println!("{line}");
}
