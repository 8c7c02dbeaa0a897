//! Counters and durations of use cases, in Prometheus format.

use std::{sync::Mutex, time::Duration};

use hefu_authz::Action;
use hefu_domain::account::AlarmKind;
use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

type Labels = [(&'static str, &'static str); 2];

/// Counters and histograms of use cases. The registry is this application's own.
pub struct Metrics {
    registry: Mutex<Registry>,
    durations: Vec<Histogram>,
    done: Vec<Counter>,
    refused: Family<Labels, Counter>,
    alarms: Family<[(&'static str, &'static str); 1], Counter>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics(..)")
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("hefu");
        // From a tenth of a millisecond to thirteen seconds.
        let durations = Family::<[(&'static str, &'static str); 1], Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.000_1, 2.0, 18))
        });
        let outcomes = Family::<Labels, Counter>::default();
        registry.register_with_unit(
            "use_case_duration",
            "How long use cases took",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register(
            "use_cases",
            "Use cases by how they ended: ok or the code of the problem",
            outcomes.clone(),
        );
        let alarms = Family::<[(&'static str, &'static str); 1], Counter>::default();
        registry.register("alarms", "Alarms for auditors, by what they are about", alarms.clone());
        let of = |action: &Action| durations.get_or_create_owned(&[("action", action.name())]);
        let done =
            |action: &Action| outcomes.get_or_create_owned(&[("action", action.name()), ("outcome", "ok")]);
        Self {
            durations: Action::ALL.iter().map(of).collect(),
            done: Action::ALL.iter().map(done).collect(),
            refused: outcomes,
            alarms,
            registry: Mutex::new(registry),
        }
    }

    pub(crate) fn observe(&self, action: Action, outcome: &'static str, took: Duration) {
        self.durations[action.index()].observe(took.as_secs_f64());
        if outcome == "ok" {
            self.done[action.index()].inc();
        } else {
            self.refused.get_or_create(&[("action", action.name()), ("outcome", outcome)]).inc();
        }
    }

    pub(crate) fn alarm(&self, kind: AlarmKind) {
        self.alarms.get_or_create(&[("kind", kind.code())]).inc();
    }

    /// Registers metrics of another component, under the prefix `hefu`.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    /// Everything in the text format of OpenMetrics.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Writing to a String does not fail.
        let _ = encode(&mut text, &registry);
        text
    }
}
