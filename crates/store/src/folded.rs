//! JSON as it is sealed: the names of fields that every guest and every booking has are a byte each, and so is what stands between two texts of a
//! list. That takes a third off a record. Nothing else is shortened: how long the result is tells which fields there are and how long each is, as JSON
//! itself would, and nothing of what they hold. (A compressor's result would: texts that repeat each other make it shorter.)
//!
//! Every text comes back as it was, JSON or not, and JSON that was never folded is its own folded form.

/// Names of fields, each by its place; what stands here must never change, only more may be added at the end.
const NAMES: [&str; 43] = [
    "full_name",
    "surname",
    "given_name",
    "sex",
    "birth",
    "nationality",
    "language",
    "phones",
    "emails",
    "documents",
    "type",
    "number",
    "country",
    "verified",
    "city",
    "claim",
    "received",
    "status",
    "arrival",
    "departure",
    "left",
    "adults",
    "children",
    "rate",
    "room_type",
    "currency",
    "channel",
    "segment",
    "guarantee",
    "booked_on",
    "room_type_given",
    "room",
    "company",
    "guest",
    "total",
    "address",
    "other_names",
    "expires",
    "preferences",
    "consents",
    "phones_as_typed",
    "says",
    "rate_plan",
];

/// Letters of the longest of them.
const LONGEST: usize = 15;

/// Before a byte that means itself.
const ITSELF: u8 = 0;

/// The end of a text of a list and the beginning of the next.
const BETWEEN: u8 = 1;

/// The names from the thirty-first on. In neither JSON nor any other UTF-8 text these bytes occur; those below the space occur in no JSON.
const LATER: [u8; 13] = [0xC0, 0xC1, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF];

/// The byte of the first name.
const FIRST: u8 = 2;

/// How many names the bytes below the space stand for.
const EARLIER: usize = 30;

/// The byte that stands for a name.
fn byte_of(at: usize) -> u8 {
    match at.checked_sub(EARLIER) {
        None => FIRST + at as u8,
        Some(later) => LATER[later],
    }
}

/// The name that a byte stands for.
fn name_of(byte: u8) -> Option<&'static str> {
    let at = match byte {
        ITSELF | BETWEEN => return None,
        ..b' ' => usize::from(byte - FIRST),
        _ => EARLIER + LATER.iter().position(|later| *later == byte)?,
    };
    NAMES.get(at).copied()
}

/// Whether a byte means something else than itself.
fn is_taken(byte: u8) -> bool {
    byte < b' ' || LATER.contains(&byte)
}

/// The name of a field at the beginning of a text, by its byte, and what stands behind it.
fn name_at(text: &[u8]) -> Option<(u8, &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let end = text.iter().take(LONGEST + 1).position(|byte| *byte == b'"')?;
    let behind = text[end + 1..].strip_prefix(b":")?;
    let at = NAMES.iter().position(|name| name.as_bytes() == &text[..end])?;
    Some((byte_of(at), behind))
}

/// Folds a text.
pub(crate) fn fold(text: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        if *byte == b'"' {
            if let Some((name, behind)) = name_at(rest) {
                folded.push(name);
                rest = behind;
                continue;
            }
            // Where a name begins behind the comma, its own byte says more.
            if rest.starts_with(b"\",\"") && name_at(&rest[2..]).is_none() {
                folded.push(BETWEEN);
                rest = &rest[3..];
                continue;
            }
        }
        if is_taken(*byte) {
            folded.push(ITSELF);
        }
        folded.push(*byte);
        rest = behind;
    }
    folded
}

/// What was folded; none if it was not.
pub(crate) fn unfold(folded: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(folded.len() * 2);
    let mut bytes = folded.iter();
    while let Some(byte) = bytes.next() {
        match *byte {
            ITSELF => text.push(*bytes.next()?),
            BETWEEN => text.extend_from_slice(b"\",\""),
            byte if is_taken(byte) => {
                text.push(b'"');
                text.extend_from_slice(name_of(byte)?.as_bytes());
                text.extend_from_slice(b"\":");
            }
            byte => text.push(byte),
        }
    }
    Some(text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_sealed_stays_readable() {
        // What older releases have written must be read by later ones.
        let text = br#"{"full_name":"Ana Silva","birth":"1980-01-02","documents":[{"type":"passport","number":"X1"}],"rate_plan":null}"#;
        let folded =
            b"{\x02\"Ana Silva\",\x06\"1980-01-02\",\x0b[{\x0c\"passport\",\x0d\"X1\"}],\xff\x6eull}";
        assert_eq!(fold(text), folded);
        assert_eq!(unfold(folded).unwrap(), text);
        let list = br#"["Resort Hotel","0","","A\"b",["full_name","x"]]"#;
        let folded = b"[\"Resort Hotel\x010\x01\x01A\\\"b\",[\"full_name\x01x\"]]";
        assert_eq!(fold(list), folded);
        assert_eq!(unfold(folded).unwrap(), list);
        // Never folded, and no text of this form.
        assert_eq!(unfold(text).unwrap(), text);
        assert_eq!(unfold(&[b'a', ITSELF]), None);
    }

    #[test]
    fn every_name_has_a_byte_of_its_own() {
        for (at, name) in NAMES.iter().enumerate() {
            assert!(
                name.len() <= LONGEST && NAMES.iter().filter(|other| *other == name).count() == 1,
                "{name}"
            );
            assert_eq!(name_of(byte_of(at)), Some(*name));
            let field = format!("\"{name}\":");
            assert_eq!(fold(field.as_bytes()), [byte_of(at)]);
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            r#"([{}\[\]:, a]|"|\\|"full_name":|"says":|","|"rate"){0,40}"#.prop_map(String::into_bytes),
        ]) {
            prop_assert_eq!(unfold(&fold(&text)).unwrap(), text);
        }
    }
}
