//! E-mail addresses.

use unicode_normalization::UnicodeNormalization;

use crate::text::{is_digits, nfkc};

/// Why a text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing but space.
    #[error("the e-mail address is empty")]
    Empty,
    /// None or several `@`.
    #[error("an e-mail address has exactly one @")]
    At,
    /// The part before the `@` is empty, too long or contains an invalid character.
    #[error("the part before the @ is not valid")]
    Local,
    /// The part after the `@` is not a domain name with a dot.
    #[error("the part after the @ is not a domain name")]
    Domain,
}

/// The address in lower case and without surrounding space. The local part is lowered too: RFC 5321
/// would allow a mail server to distinguish case, but people who give their address don't. Nothing else is
/// folded: dots and `+tags` stay, since only some providers ignore them.
///
/// # Errors
///
/// [`EmailError`] names the part that is wrong (lengths after RFC 5321, 4.5.3.1).
pub fn normalise_email(text: &str) -> Result<String, EmailError> {
    let address: String = nfkc(text).to_lowercase().nfkc().collect();
    if address.is_empty() {
        return Err(EmailError::Empty);
    }
    let (local, domain) = address.split_once('@').ok_or(EmailError::At)?;
    if domain.contains('@') {
        return Err(EmailError::At);
    }
    if !is_local_part(local) {
        return Err(EmailError::Local);
    }
    if !is_domain(domain) {
        return Err(EmailError::Domain);
    }
    Ok(address)
}

fn is_local_part(local: &str) -> bool {
    local.len() <= 64
        && local.split('.').all(|atom| !atom.is_empty())
        && !local.chars().any(|c| c.is_whitespace() || c.is_control() || r#"(),:;<>[]\""#.contains(c))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    domain.len() <= 253
        && domain.split('.').all(is_label)
        && domain.rsplit_once('.').is_some_and(|(_, top)| !is_digits(top))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_form_for_what_people_type() {
        for (typed, expected) in [
            ("wei@example.com", "wei@example.com"),
            ("  Wei.Zhang@Example.COM ", "wei.zhang@example.com"),
            ("ｗｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", "wei@example.com"),
            ("w+hotel@mail.example.co.uk", "w+hotel@mail.example.co.uk"),
            ("o'brien_77@example.org", "o'brien_77@example.org"),
            ("张伟@例子.公司", "张伟@例子.公司"),
        ] {
            assert_eq!(normalise_email(typed).as_deref(), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn errors_name_the_part() {
        for (typed, expected) in [
            ("", EmailError::Empty),
            ("  ", EmailError::Empty),
            ("wei", EmailError::At),
            ("wei@home@example.com", EmailError::At),
            ("@example.com", EmailError::Local),
            ("wei zhang@example.com", EmailError::Local),
            (".wei@example.com", EmailError::Local),
            ("wei..zhang@example.com", EmailError::Local),
            ("<wei@example.com", EmailError::Local),
            ("wei@example", EmailError::Domain),
            ("wei@", EmailError::Domain),
            ("wei@.com", EmailError::Domain),
            ("wei@example.com.", EmailError::Domain),
            ("wei@-example.com", EmailError::Domain),
            ("wei@10.0.0.1", EmailError::Domain),
            ("wei@exa mple.com", EmailError::Domain),
        ] {
            assert_eq!(normalise_email(typed), Err(expected), "{typed}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(normalise_email(&long), Err(EmailError::Local));
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_the_answer_is_stable(text in any::<String>()) {
            if let Ok(once) = normalise_email(&text) {
                prop_assert_eq!(normalise_email(&once), Ok(once));
            }
        }

        #[test]
        fn addresses_are_stable(text in "\\PC{1,6}@\\PC{1,6}\\.[a-zA-Z]{2}") {
            if let Ok(once) = normalise_email(&text) {
                prop_assert_eq!(normalise_email(&once), Ok(once));
            }
        }
    }
}
