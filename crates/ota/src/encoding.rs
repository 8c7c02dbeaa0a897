//! Messages as bytes: XML says in which encoding it is written.

use encoding_rs::{Encoding, UTF_8};

/// So much of a message is looked at for the name of its encoding.
const DECLARED_WITHIN: usize = 256;

/// The text of a message: by its byte order mark, by the encoding that its first line declares, otherwise UTF-8. None: it is not written in that.
pub fn text_of(bytes: &[u8]) -> Option<String> {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..)?),
        None => (declared(bytes).unwrap_or(UTF_8), bytes),
    };
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

/// The encoding that `<?xml … encoding="…"?>` names.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let first = bytes.get(..bytes.len().min(DECLARED_WITHIN))?;
    let end = first.windows(2).position(|two| two == b"?>")?;
    let declaration = std::str::from_utf8(first.get(..end)?).ok()?;
    let value = declaration.trim_start().strip_prefix("<?xml")?.split_once("encoding")?.1;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Encoding::for_label(value.get(1..)?.split(quote).next()?.as_bytes())
}

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;

    use super::*;

    #[test]
    fn a_message_is_read_in_the_encoding_it_declares() {
        let text = r#"<?xml version="1.0" encoding="GB18030"?><Name>王芳</Name>"#;
        assert_eq!(text_of(&GB18030.encode(text).0).as_deref(), Some(text));
        assert_eq!(text_of("\u{feff}<Name>王芳</Name>".as_bytes()).as_deref(), Some("<Name>王芳</Name>"));
        let wide: Vec<u8> = "\u{feff}<A/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text_of(&wide).as_deref(), Some("<A/>"));
        assert_eq!(text_of(b"<A/>").as_deref(), Some("<A/>"));
        // What declares UTF-8, or nothing, and is not.
        assert_eq!(text_of(&GB18030.encode("<Name>王芳</Name>").0), None);
        assert_eq!(text_of(b"<?xml encoding='none'?><A/>").as_deref(), Some("<?xml encoding='none'?><A/>"));
    }
}
