//! What use cases share between requests: caches, models, keys. Each crate brings its own.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use hefu_store::Store;

/// State that outlives a request, created on first use.
pub trait Service: Send + Sync + 'static {
    /// Creates it over these records.
    fn new(store: &Store) -> Self;
}

/// The services of an application, by type.
#[derive(Default)]
pub(crate) struct Services(RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Services {
    pub(crate) fn get<S: Service>(&self, store: &Store) -> Arc<S> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<S>()).cloned();
        if let Some(Ok(known)) = known.map(Arc::downcast::<S>) {
            return known;
        }
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let made = all.entry(TypeId::of::<S>()).or_insert_with(|| Arc::new(S::new(store))).clone();
        drop(all);
        // The key is the type's own id, so the value is of this type.
        made.downcast::<S>().unwrap_or_else(|_| Arc::new(S::new(store)))
    }

    pub(crate) fn set<S: Service>(&self, service: Arc<S>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(TypeId::of::<S>(), service);
    }
}
