//! The matching model used to recognise guests, shared by all requests.

use std::sync::Arc;

use arc_swap::ArcSwap;
use hefu_core::Service;
use hefu_store::Store;

use crate::matching::Matching;

/// The model, and the model with the value frequencies of the guests.
#[derive(Default)]
pub struct Model {
    matching: ArcSwap<Matching>,
    learnt: ArcSwap<hefu_identity::matching::Model>,
}

impl Service for Model {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

impl Model {
    /// A model to recognise guests by; it is used once frequencies have been counted.
    pub fn of(model: hefu_identity::matching::Model) -> Self {
        let this = Self::default();
        this.learnt.store(Arc::new(model));
        this
    }

    /// The current model with frequencies.
    pub fn matching(&self) -> Arc<Matching> {
        self.matching.load_full()
    }

    /// The model without frequencies.
    pub fn plain(&self) -> Arc<hefu_identity::matching::Model> {
        self.learnt.load_full()
    }

    /// Uses this model from now on.
    pub(crate) fn replace(&self, model: hefu_identity::matching::Model, matching: Matching) {
        self.learnt.store(Arc::new(model));
        self.matching.store(Arc::new(matching));
    }

    /// Uses these frequencies from now on, with the same model.
    pub fn use_matching(&self, matching: Matching) {
        self.matching.store(Arc::new(matching));
    }
}
