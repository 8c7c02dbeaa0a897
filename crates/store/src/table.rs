//! Tables, declared once: from a declaration follow the statements that write a row, the list of
//! columns that reads it, and the digest by which the journal binds it.

use crate::{Record, bulk::Inserts, sql::Sql, value::Value};

/// A domain type that is a table's row.
#[expect(private_interfaces, reason = "only this crate implements and calls it")]
pub trait Table: Record + Send + Sync {
    /// The table's name.
    const NAME: &'static str;
    /// The table's name and those of its columns: `stay(property_id,visit_id,…,)`. The digest of a row is over it too, so that what a row says
    /// cannot be shown under other names.
    const SIGNATURE: &'static str;
    /// A number that stands for the table in the journal's changes; never reused.
    const CODE: u8;
    /// Its columns in the order of the migrations, the key first.
    const COLUMNS: &'static [&'static str];
    /// How many of the columns are the key.
    const KEYS: usize;
    /// Whether the column `version` counts versions, so that updates compare and set.
    const VERSIONED: bool;
    /// Whether its rows go when their guest is erased: what the journal says of them is sealed with the change, under the owner's data key.
    const PERSONAL: bool;

    #[doc(hidden)]
    fn values(&self) -> Vec<Value>;
    #[doc(hidden)]
    fn bump(&mut self);

    #[doc(hidden)]
    fn texts() -> &'static Texts;
}

/// The statements that write a table's rows. They are made once, since one of them is run for every row.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) inserts: Inserts,
    pub(crate) update: Sql,
    pub(crate) delete: Sql,
    /// The row with a key.
    pub(crate) select: Sql,
}

impl Texts {
    pub(crate) fn of<T: Table>() -> Self {
        let set = |(i, column): (usize, &&str)| format!("\"{column}\" = ${}", i + 1);
        let (keys, data) = T::COLUMNS.split_at(T::KEYS);
        let data: Vec<String> = data.iter().enumerate().map(|(i, c)| set((i + T::KEYS, c))).collect();
        let keys: Vec<String> = keys.iter().enumerate().map(set).collect();
        let (name, data, keys) = (T::NAME, data.join(", "), keys.join(" AND "));
        let version =
            if T::VERSIONED { format!(" AND version = ${}", T::COLUMNS.len() + 1) } else { String::new() };
        Self {
            inserts: Inserts::of(name, T::COLUMNS),
            update: Sql::made(format!("UPDATE {name} SET {data} WHERE {keys}{version}")),
            delete: Sql::made(format!("DELETE FROM {name} WHERE {keys}")),
            select: Sql::made(format!("SELECT * FROM {name} WHERE {keys}")),
        }
    }
}

/// A row's values as its digest is over them.
pub(crate) fn row_bytes(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 * values.len());
    for value in values {
        value.encode(&mut bytes);
    }
    bytes
}

/// The digest of a row: SHA-256 over its table's signature and its values.
pub(crate) fn row_digest<T: Table>(values: &[Value]) -> [u8; 32] {
    hefu_crypto::sha256(&[T::SIGNATURE.as_bytes(), &row_bytes(values)])
}

/// Declares a table: the domain type, the table's name and number, its key and its other columns.
/// `version` at the end makes updates compare-and-set; `; personal` behind it says that the rows go when their guest is erased.
macro_rules! table {
    ($type:ty = $name:literal #$code:literal { $($key:ident),+ ; $($column:ident),* $(,)? } $($versioned:ident)? $(; $personal:ident)?) => {
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
            const SIGNATURE: &'static str =
                concat!($name, "(", $(stringify!($key), ",",)+ $(stringify!($column), ",",)* ")");
            const CODE: u8 = $code;
            const COLUMNS: &'static [&'static str] =
                &[$(stringify!($key),)+ $(stringify!($column),)*];
            const KEYS: usize = [$(stringify!($key)),+].len();
            const VERSIONED: bool = ![$(stringify!($versioned),)? ""][0].is_empty();
            const PERSONAL: bool = ![$(stringify!($personal),)? ""][0].is_empty();

            fn values(&self) -> Vec<Value> {
                args![$(self.$key,)+ $(self.$column,)*]
            }

            fn texts() -> &'static $crate::table::Texts {
                static TEXTS: std::sync::LazyLock<$crate::table::Texts> =
                    std::sync::LazyLock::new($crate::table::Texts::of::<$type>);
                &TEXTS
            }

            fn bump(&mut self) {
                $(self.$versioned += 1;)?
            }
        }
    };
}
pub(crate) use table;
