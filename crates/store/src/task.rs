//! Tasks of the store that somebody waits for.

use tokio::task::JoinError;

use crate::StoreError;

/// What a task of ours came to; its panic goes on here.
///
/// # Errors
/// It was ended because the program ends.
pub fn joined<T>(ended: Result<T, JoinError>) -> Result<T, StoreError> {
    ended.map_err(|ended| match ended.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => StoreError::Closed,
    })
}
