//! SQL texts. They are constants of this crate; nothing else can be run.

/// A statement both engines take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql(pub(crate) &'static str);

/// Declares the statements of a module: constants, and the list by which a test prepares each of
/// them on both engines.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$meta])* const $name: $crate::sql::Sql = $crate::sql::Sql($text);)+
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, $crate::sql::Sql)] = &[$((concat!(module_path!(), "::", stringify!($name)), $name)),+];
    };
}
pub(crate) use statements;

/// Whether the property of a row is one of those whose codes a parameter has, each between commas: both engines take it, and neither has a kind of
/// parameter for a list.
macro_rules! is_among {
    ($property:literal, $codes:literal) => {
        concat!(
            "replace(",
            $codes,
            ", (SELECT ',' || code || ',' FROM property WHERE id = ",
            $property,
            "), '') <> ",
            $codes
        )
    };
}
pub(crate) use is_among;

impl Sql {
    /// A text that was put together once for as long as the process lives.
    pub(crate) fn made(text: String) -> Self {
        Self(text.leak())
    }
}
