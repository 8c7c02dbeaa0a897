//! Places that are joined step by step.

/// Sets of places that were joined.
#[derive(Debug)]
pub(crate) struct Sets(Vec<u32>);

impl Sets {
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    pub(crate) fn root(&mut self, mut place: usize) -> usize {
        while self.0[place] as usize != place {
            self.0[place] = self.0[self.0[place] as usize];
            place = self.0[place] as usize;
        }
        place
    }

    pub(crate) fn join(&mut self, one: usize, two: usize) {
        let (one, two) = (self.root(one), self.root(two));
        self.0[one.max(two)] = one.min(two) as u32;
    }
}
