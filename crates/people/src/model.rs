//! The model by which guests are recognised, shared by all requests.

use std::sync::Arc;

use arc_swap::ArcSwap;
use hefu_core::Service;
use hefu_store::Store;

use crate::matching::Matching;

/// The model, and the model with what is frequent among the guests.
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
    /// A model to recognise guests by; it is used once what is frequent was learnt.
    pub fn of(model: hefu_identity::matching::Model) -> Self {
        let this = Self::default();
        this.learnt.store(Arc::new(model));
        this
    }

    /// What guests are recognised by now.
    pub fn matching(&self) -> Arc<Matching> {
        self.matching.load_full()
    }

    /// The model without what is frequent.
    pub fn plain(&self) -> Arc<hefu_identity::matching::Model> {
        self.learnt.load_full()
    }

    /// Recognises guests by this from now on.
    pub(crate) fn replace(&self, model: hefu_identity::matching::Model, matching: Matching) {
        self.learnt.store(Arc::new(model));
        self.matching.store(Arc::new(matching));
    }

    /// Recognises guests by this from now on, without another model.
    pub fn use_matching(&self, matching: Matching) {
        self.matching.store(Arc::new(matching));
    }
}
