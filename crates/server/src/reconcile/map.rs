use std::path::Path;

use hefu_reconcile::file::Columns;
use serde::Deserialize;

use super::error::Error;

/// What the columns of two files mean, as a TOML file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    pub(super) left: Columns,
    pub(super) right: Columns,
}

impl Map {
    /// Reads a map.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        let wrong = |message: String| Error::Map { path: path.to_owned(), message };
        let map: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        for (side, columns) in [("left", &map.left), ("right", &map.right)] {
            columns.check().map_err(|message| wrong(format!("{side}.{message}")))?;
        }
        Ok(map)
    }
}
