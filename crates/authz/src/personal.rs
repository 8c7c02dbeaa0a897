//! Classes of personal data, and how much of each class a principal is shown: masks are decided and applied here and nowhere else.

use std::{fmt, marker::PhantomData, ops::Deref};

use hefu_identity::{
    document::normalise_document,
    mask::{mask_document, mask_email, mask_name, mask_phone},
    phone::normalise_phone,
};
use serde::{Deserialize, Serialize};

/// Placeholder for a text that is hidden completely.
const HIDDEN: &str = "***";

/// Declares the classes of fields.
macro_rules! field_classes {
    ($($(#[$meta:meta])* $name:ident = $code:literal;)+) => {
        /// What kind of personal data a field holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum FieldClass { $($(#[$meta])* $name,)+ }

        impl FieldClass {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name, as in policies: `see.phone` is the action that shows phone numbers unmasked.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

field_classes! {
    /// A name.
    Name = "name";
    /// A phone number.
    Phone = "phone";
    /// An e-mail address.
    Email = "email";
    /// Another way to reach somebody, e.g. an emergency contact.
    Contact = "contact";
    /// The number of an identity document.
    Document = "document";
    /// A date of birth.
    Birth = "birth";
    /// A postal address.
    Address = "address";
    /// Sex, nationality, language, city: values shared by many people.
    Trait = "trait";
    /// Text that people write: reasons, wishes, references.
    FreeText = "free_text";
    /// The key of a record in another system. Some systems use a phone number or an e-mail address as the key.
    ExternalId = "external_id";
}

impl FieldClass {
    /// The action of policies that shows the class unmasked.
    pub fn action(self) -> String {
        format!("see.{}", self.name())
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// How much personal data an answer shows: the classes of fields that are not masked. It is part of the key of everything that is cached or rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Masks(u16);

impl Masks {
    /// No class unmasked.
    pub const NOTHING: Self = Self(0);

    /// What the staff of a property see at work: names, traits and free text; everything else masked.
    pub const DESK: Self =
        Self::NOTHING.with(FieldClass::Name).with(FieldClass::Trait).with(FieldClass::FreeText);

    /// Everything: the answer of an action that discloses, which asks for a reason and leaves a journal entry.
    pub const OPEN: Self = Self((1 << FieldClass::ALL.len()) - 1);

    /// These and one more class.
    #[must_use]
    pub const fn with(self, class: FieldClass) -> Self {
        Self(self.0 | class.bit())
    }

    /// What either shows.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both show.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The masks with these bits: those of [`Masks::bits`].
    pub const fn of_bits(bits: u16) -> Self {
        Self(bits & Self::OPEN.0)
    }

    /// A bit for each class that is shown, for keys of caches.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether anything is masked.
    pub const fn hide_anything(self) -> bool {
        self.0 != Self::OPEN.0
    }

    /// Whether values of a class are shown in full.
    pub const fn shows(self, class: FieldClass) -> bool {
        self.0 & class.bit() != 0
    }

    /// A value as shown: in full, masked, or not at all.
    pub fn apply(self, class: FieldClass, value: &str) -> Option<String> {
        if self.shows(class) {
            return Some(value.to_owned());
        }
        match class {
            FieldClass::Name => Some(mask_name(value)),
            FieldClass::Phone => Some(mask_phone(value)),
            FieldClass::Email => Some(mask_email(value)),
            FieldClass::Document => Some(mask_document(value)),
            FieldClass::ExternalId => Some(mask_external_id(value)),
            // A masked date would not be a date.
            FieldClass::Birth => None,
            FieldClass::Contact | FieldClass::Address | FieldClass::Trait | FieldClass::FreeText => {
                Some(HIDDEN.to_owned())
            }
        }
    }
}

/// A key that is a phone number, an e-mail address or the number of a document, masked as such.
fn mask_external_id(key: &str) -> String {
    if key.contains('@') {
        mask_email(key)
    } else if normalise_phone(key, "CN").is_ok() {
        mask_phone(key)
    } else if key.chars().count() >= 15
        && normalise_document(None, key).is_ok_and(|found| found.birth.is_some())
    {
        mask_document(key)
    } else {
        key.to_owned()
    }
}

/// A class of personal data as a type.
pub trait Class {
    /// The class.
    const CLASS: FieldClass;
}

/// Declares the classes as types.
macro_rules! classes {
    ($($name:ident)+) => {
        /// The classes as types, for [`Personal`].
        pub mod class {
            $(
                #[doc = concat!("Marks [`FieldClass::", stringify!($name), "`](super::FieldClass::", stringify!($name), ").")]
                #[derive(Debug, Clone, Copy, PartialEq, Eq)]
                pub enum $name {}

                impl super::Class for $name {
                    const CLASS: super::FieldClass = super::FieldClass::$name;
                }
            )+
        }
    };
}

classes! { Name Phone Email Contact Document Birth Address Trait FreeText ExternalId }

/// Personal data of class `C` as shown to a principal. It can only be constructed by the masks, so no answer shows more than they allow.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal<C> {
    shown: String,
    #[serde(skip)]
    class: PhantomData<fn() -> C>,
}

impl<C: Class> Personal<C> {
    /// A value as the masks show it; none if they do not show it at all.
    pub fn of(masks: Masks, value: impl AsRef<str>) -> Option<Self> {
        masks.apply(C::CLASS, value.as_ref()).map(|shown| Self { shown, class: PhantomData })
    }

    /// A value that may be missing.
    pub fn of_some(masks: Masks, value: Option<impl AsRef<str>>) -> Option<Self> {
        value.and_then(|value| Self::of(masks, value))
    }

    /// Several values.
    pub fn of_all<T: AsRef<str>>(masks: Masks, values: impl IntoIterator<Item = T>) -> Vec<Self> {
        values.into_iter().filter_map(|value| Self::of(masks, value)).collect()
    }
}

impl<C> Deref for Personal<C> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.shown
    }
}

impl<C> fmt::Debug for Personal<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(..)")
    }
}

impl<C> Clone for Personal<C> {
    fn clone(&self) -> Self {
        Self { shown: self.shown.clone(), class: PhantomData }
    }
}

impl<C> Default for Personal<C> {
    fn default() -> Self {
        Self { shown: String::new(), class: PhantomData }
    }
}

impl<C> PartialEq for Personal<C> {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown
    }
}

impl<C> Eq for Personal<C> {}

impl<C> PartialEq<str> for Personal<C> {
    fn eq(&self, other: &str) -> bool {
        self.shown == other
    }
}

impl<C> PartialEq<String> for Personal<C> {
    fn eq(&self, other: &String) -> bool {
        self.shown == *other
    }
}

impl<C> PartialEq<&str> for Personal<C> {
    fn eq(&self, other: &&str) -> bool {
        self.shown == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_bit_of_its_own() {
        assert!(
            FieldClass::ALL.iter().all(|class| Masks::OPEN.shows(*class) && !Masks::NOTHING.shows(*class))
        );
        for class in FieldClass::ALL {
            let one = Masks::NOTHING.with(*class);
            let shown: Vec<FieldClass> =
                FieldClass::ALL.iter().copied().filter(|other| one.shows(*other)).collect();
            assert_eq!(shown, [*class]);
            assert_eq!(Masks::of_bits(one.bits()), one);
        }
        assert!(!Masks::OPEN.hide_anything() && Masks::DESK.hide_anything());
        assert_eq!(Masks::NOTHING.apply(FieldClass::Name, "张伟").as_deref(), Some("张*"));
    }

    #[test]
    fn the_desk_sees_names_traits_and_free_text() {
        let shown: Vec<FieldClass> =
            FieldClass::ALL.iter().copied().filter(|class| Masks::DESK.shows(*class)).collect();
        assert_eq!(shown, [FieldClass::Name, FieldClass::Trait, FieldClass::FreeText]);
        let masked = |class, value| Masks::DESK.apply(class, value);
        assert_eq!(masked(FieldClass::Phone, "+8613800138000").as_deref(), Some("+86138****8000"));
        assert_eq!(masked(FieldClass::Contact, "妻 13800138000").as_deref(), Some("***"));
        assert_eq!(masked(FieldClass::Birth, "1990-01-02"), None);
    }

    #[test]
    fn a_key_that_is_a_phone_an_address_or_a_document_is_masked() {
        let masked = |key| Masks::DESK.apply(FieldClass::ExternalId, key).unwrap_or_default();
        assert_eq!(masked("13800138000"), "138****8000");
        assert_eq!(masked("wei@example.com"), "w**@example.com");
        assert_eq!(masked("11010519491231002X"), "110***********002X");
        for key in ["pms-4711", "G000123", "a8", "0d9f3c5e-7a41-4b8e-9a39-1e0b7a3e5c11"] {
            assert_eq!(masked(key), key);
        }
    }
}
