//! Sex, on which names and documents depend.

/// Sex as an identity document states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// 男, M.
    Male,
    /// 女, F.
    Female,
}

impl Sex {
    /// The one of two values that belongs to this sex.
    pub(crate) fn of<T>(self, male: T, female: T) -> T {
        match self {
            Self::Male => male,
            Self::Female => female,
        }
    }
}
