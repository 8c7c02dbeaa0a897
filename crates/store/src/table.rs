//! Tables, declared once: from a declaration follow the statements that write a row, the list of
//! columns that reads it, and the digest by which the journal binds it.

use crate::{Record, value::Value};

/// A domain type that is a table's row.
#[expect(private_interfaces, reason = "only this crate implements and calls it")]
pub trait Table: Record + Send + Sync {
    /// The table's name.
    const NAME: &'static str;
    /// A number that stands for the table in the journal's changes; never reused.
    const CODE: u8;
    /// Its columns in the order of the migrations, the key first.
    const COLUMNS: &'static [&'static str];
    /// How many of the columns are the key.
    const KEYS: usize;
    /// Whether the column `version` counts editions, so that updates compare and set.
    const VERSIONED: bool;

    #[doc(hidden)]
    fn values(&self) -> Vec<Value>;
    #[doc(hidden)]
    fn bump(&mut self);

    #[doc(hidden)]
    fn update_sql() -> String {
        let set = |(i, column): (usize, &&str)| format!("\"{column}\" = ${}", i + 1);
        let (keys, data) = Self::COLUMNS.split_at(Self::KEYS);
        let data: Vec<String> = data.iter().enumerate().map(|(i, c)| set((i + Self::KEYS, c))).collect();
        let keys: Vec<String> = keys.iter().enumerate().map(set).collect();
        let version = if Self::VERSIONED {
            format!(" AND version = ${}", Self::COLUMNS.len() + 1)
        } else {
            String::new()
        };
        format!("UPDATE {} SET {} WHERE {}{version}", Self::NAME, data.join(", "), keys.join(" AND "))
    }

    #[doc(hidden)]
    fn delete_sql() -> String {
        let keys: Vec<String> = Self::COLUMNS[..Self::KEYS]
            .iter()
            .enumerate()
            .map(|(i, c)| format!("\"{c}\" = ${}", i + 1))
            .collect();
        format!("DELETE FROM {} WHERE {}", Self::NAME, keys.join(" AND "))
    }
}

/// The digest of a row: SHA-256 over table and values.
pub(crate) fn row_digest(table: &str, values: &[Value]) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(64 * values.len());
    for value in values {
        value.encode(&mut bytes);
    }
    hefu_crypto::sha256(&[table.as_bytes(), &bytes])
}

/// Declares a table: the domain type, the table's name and number, its key and its other columns.
/// `version` at the end makes updates compare-and-set.
macro_rules! table {
    ($type:ty = $name:literal #$code:literal { $($key:ident),+ ; $($column:ident),* $(,)? } $($versioned:ident)?) => {
        #[expect(private_interfaces, reason = "only this crate implements and calls it")]
        impl $crate::Record for $type {
            fn from_row(row: Row<'_>) -> Result<Self, StoreError> {
                let mut index = 0..;
                let mut next = || index.next().unwrap_or_default();
                Ok(Self {
                    $($key: $crate::value::required(row, next())?,)+
                    $($column: $crate::value::required(row, next())?,)*
                })
            }
        }

        #[expect(private_interfaces, reason = "only this crate implements and calls it")]
        impl $crate::table::Table for $type {
            const NAME: &'static str = $name;
            const CODE: u8 = $code;
            const COLUMNS: &'static [&'static str] =
                &[$(stringify!($key),)+ $(stringify!($column),)*];
            const KEYS: usize = [$(stringify!($key)),+].len();
            const VERSIONED: bool = ![$(stringify!($versioned),)? ""][0].is_empty();

            fn values(&self) -> Vec<Value> {
                args![$(self.$key,)+ $(self.$column,)*]
            }

            fn bump(&mut self) {
                $(self.$versioned += 1;)?
            }
        }
    };
}
pub(crate) use table;
