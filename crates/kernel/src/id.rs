//! Typed, time-ordered identifiers.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use uuid::Uuid;

use crate::{Clock, Rng};

/// A typed identifier, declared with [`ids!`](crate::ids): a UUIDv7 (RFC 9562 §5.7), so that consecutive keys are
/// adjacent in an index. The type prevents a room's id from being
/// used as a guest's.
pub trait Id: Copy + Send + Sync + 'static {
    /// Wraps a UUID read from the database or from a request.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The plain UUID.
    fn uuid(self) -> Uuid;
}

impl Id for Uuid {
    fn from_uuid(uuid: Uuid) -> Self {
        uuid
    }
    fn uuid(self) -> Uuid {
        self
    }
}

/// Declares typed identifiers.
#[macro_export]
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize, ::utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = "uuid")]
        pub struct $name(::uuid::Uuid);

        impl $name {
            /// The nil id.
            pub const NIL: Self = Self(::uuid::Uuid::nil());
        }

        impl $crate::Id for $name {
            fn from_uuid(uuid: ::uuid::Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> ::uuid::Uuid {
                self.0
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+ };
}

/// Generates identifiers. Ids of one generator never decrease, even within a millisecond and when
/// the clock is set back: the twelve bits after the millisecond and the millisecond itself are one
/// counter that only grows (RFC 9562 §6.2, method 3 with carry).
#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    last: Arc<AtomicU64>,
}

impl Ids {
    /// A generator of identifiers over the given clock and randomness.
    pub fn new(clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { clock, rng, last: Arc::default() }
    }

    /// A new identifier, greater than every earlier one of this generator.
    pub fn id<T: Id>(&self) -> T {
        // Milliseconds in the upper 52 bits, the sub-millisecond counter in the lower 12.
        let now = (self.clock.now().timestamp_millis().max(0) as u64) << 12;
        let mut last = self.last.load(Relaxed);
        let tick = loop {
            let next = now.max(last + 1);
            match self.last.compare_exchange_weak(last, next, Relaxed, Relaxed) {
                Ok(_) => break next,
                Err(seen) => last = seen,
            }
        };
        let random = self.rng.next_u64();
        let high = (tick >> 12) << 16 | 0x7000 | (tick & 0xFFF);
        let low = random >> 2 | 0x8000_0000_0000_0000;
        T::from_uuid(Uuid::from_u64_pair(high, low))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{FixedClock, SeededRng};

    #[test]
    fn ids_grow_even_when_the_clock_stands_still_or_goes_back() {
        let clock = Arc::new(FixedClock::at("2026-10-03T08:00:00Z".parse().unwrap()));
        let ids = Ids::new(clock.clone(), Arc::new(SeededRng::new(1)));
        let mut made: Vec<Uuid> = (0..10_000).map(|_| ids.id()).collect();
        clock.set("2026-10-03T07:00:00Z".parse().unwrap());
        made.push(ids.id());
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(made[0].get_timestamp().unwrap().to_unix().0, 1_791_014_400);
    }
}
