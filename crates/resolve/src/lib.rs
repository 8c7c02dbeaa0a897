//! Entity resolution of a file of people, without any database: CSV in, clusters out.

mod error;
mod map;
mod read;
mod write;

use std::{path::Path, time::Instant};

use hefu_identity::matching::{Linkage, Resolved, Scorer};

pub use error::Error;
pub use hefu_identity::matching::Model;
pub use map::Map;

/// The results, and their cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Records read.
    pub records: usize,
    /// Pairs compared.
    pub compared: u64,
    /// Pairs that are linked automatically.
    pub links: u64,
    /// The estimated share of the pairs within clusters that are right; none if nothing is linked.
    pub precision: Option<f64>,
    /// Pairs to be reviewed by a person.
    pub reviews: u64,
    /// Clusters, including those of one record.
    pub clusters: usize,
    /// The most records in one cluster.
    pub largest: usize,
    /// Steps with their seconds.
    pub seconds: Vec<(&'static str, f64)>,
}

/// Records how long each step takes.
struct Steps {
    began: Instant,
    seconds: Vec<(&'static str, f64)>,
}

impl Steps {
    fn new() -> Self {
        Self { began: Instant::now(), seconds: Vec::new() }
    }

    fn done(&mut self, step: &'static str) {
        self.seconds.push((step, self.began.elapsed().as_secs_f64()));
        self.began = Instant::now();
    }
}

/// The peak memory of the process, where the system reports it (Linux).
pub fn peak_memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// Reads a model.
///
/// # Errors
///
/// [`Error::Unreadable`], [`Error::Model`].
pub fn read_model(path: &Path) -> Result<Model, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let wrong = |message: String| Error::Model { path: Some(path.to_owned()), message };
    let model = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    Scorer::new(&model, 2).map_err(|error| wrong(error.to_string()))?;
    Ok(model)
}

/// Writes a model as TOML, completely or not at all.
///
/// # Errors
///
/// [`Error::Unwritable`].
pub fn write_model(path: &Path, model: &Model) -> Result<(), Error> {
    write::model(path, model)
}

/// Resolves the people of `input` and writes `id,cluster` to `output`, in the order of the input; a cluster is named after the
/// first of its ids in byte order. With `pairs`, every scored pair goes there. Without a model one is learnt from
/// the file itself, so that a share of `precision` of the links are right as far as can be estimated. Files are written completely or not at all.
///
/// # Errors
///
/// [`Error`].
pub fn resolve(
    input: &Path,
    map: &Map,
    model: Option<&Model>,
    precision: f64,
    output: &Path,
    pairs: Option<&Path>,
) -> Result<Report, Error> {
    let mut steps = Steps::new();
    let read::People { ids, records } = read::people(input, map)?;
    let count = records.len();
    steps.done("read");
    let linkage = Linkage::new(records);
    steps.done("compare");
    let (scorer, calibration) = match model {
        Some(model) => {
            let scorer = Scorer::new(model, count)?;
            let calibration = linkage.calibration(model, &scorer)?;
            (scorer, calibration)
        }
        None => {
            let (learnt, calibration) = linkage.learn(&Model { precision, ..Model::default() })?;
            (Scorer::new(&learnt, count)?, calibration)
        }
    };
    steps.done("learn");
    let (links, reviews) = linkage.verdicts(&scorer);
    let Resolved { clusters, pairs: scored, precision } =
        linkage.resolve(&scorer, &calibration, pairs.is_some());
    steps.done("cluster");
    let written = write::Clusters::new(output, &ids, &clusters)?;
    let pairs = pairs.map(|path| write::pairs(path, &ids, &linkage, &scorer, &scored)).transpose()?;
    let (number, largest) = (written.number, written.largest);
    written.file.finish()?;
    pairs.map(write::Whole::finish).transpose()?;
    steps.done("write");
    Ok(Report {
        records: count,
        compared: linkage.compared(),
        links,
        precision,
        reviews,
        clusters: number,
        largest,
        seconds: steps.seconds,
    })
}

/// Learns a model from the people of `input`, with thresholds for a share of `precision` of right links, and writes it to `output` as TOML.
///
/// # Errors
///
/// [`Error`].
pub fn train(input: &Path, map: &Map, precision: f64, output: &Path) -> Result<(Model, Report), Error> {
    let mut steps = Steps::new();
    let read::People { records, .. } = read::people(input, map)?;
    let count = records.len();
    steps.done("read");
    let linkage = Linkage::new(records);
    steps.done("compare");
    let model = linkage.train(&Model { precision, ..Model::default() })?;
    steps.done("learn");
    write::model(output, &model)?;
    let (links, reviews) = linkage.verdicts(&Scorer::new(&model, count)?);
    let report = Report {
        records: count,
        compared: linkage.compared(),
        links,
        reviews,
        seconds: steps.seconds,
        ..Report::default()
    };
    Ok((model, report))
}
