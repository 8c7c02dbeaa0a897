//! Units whose changes not everybody has been told of yet.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::watch;

/// Numbers units as they are about to be committed, and knows which of them are still to be told of.
#[derive(Debug, Clone, Default)]
pub(crate) struct PublishOrder(Arc<watch::Sender<Numbers>>);

#[derive(Debug, Default)]
struct Numbers {
    last: u64,
    publish_order: BTreeSet<u64>,
}

/// A unit that is being committed, until this is dropped.
#[derive(Debug)]
pub(crate) struct PublishTurn {
    of: PublishOrder,
    number: u64,
}

impl PublishOrder {
    /// The next unit. Whatever it has read was committed by units before it.
    pub(crate) fn begin(&self) -> PublishTurn {
        let mut number = 0;
        self.0.send_modify(|numbers| {
            numbers.last += 1;
            number = numbers.last;
            numbers.publish_order.insert(number);
        });
        PublishTurn { of: self.clone(), number }
    }
}

impl PublishTurn {
    /// Waits until the changes of every unit before this one have been told.
    pub(crate) async fn turn(&self) {
        let is_first = |numbers: &Numbers| numbers.publish_order.first() == Some(&self.number);
        // The sender is in `self`, so the wait does not end otherwise.
        let _ = self.of.0.subscribe().wait_for(is_first).await;
    }
}

impl Drop for PublishTurn {
    fn drop(&mut self) {
        self.of.0.send_modify(|numbers| {
            numbers.publish_order.remove(&self.number);
        });
    }
}
