//! What the rows of a file said together, see the survey.

use std::collections::HashMap;

use super::{money::NumberStyle, value::Order};

/// What was learnt from all rows. Without it a row is read by itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Settled {
    pub(super) numbers: Vec<Option<NumberStyle>>,
    pub(super) stays: Option<Order>,
    pub(super) births: Option<Order>,
    /// How many rows have the same identity, where several have.
    pub(super) repeated: HashMap<u64, u32>,
}
