//! Character encodings: declared, marked, or told apart.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use hefu_domain::message::{Name, Why};

/// Bytes that are looked at to tell encodings apart, beside every byte that shows whether it is UTF-8.
const LOOKED_AT: usize = 4 << 20;

/// The encoding of that name, by the names of the WHATWG: `gb18030`, `windows-1252`, `latin1`, `utf-16le`, ….
pub(super) fn of_name(name: &str) -> Option<&'static Encoding> {
    let name = if name.eq_ignore_ascii_case("utf-16") { "utf-16le" } else { name };
    let found = Encoding::for_label_no_replacement(name.as_bytes())?;
    // GBK is a part of it, and exports that say so hold more.
    Some(if found == GBK { GB18030 } else { found })
}

/// As the messages call it.
pub(super) fn name(encoding: &'static Encoding) -> &'static str {
    if encoding == GB18030 { "GB 18030" } else { encoding.name() }
}

/// Why a row is set aside that is not in its encoding.
pub(super) fn fault(encoding: &'static Encoding) -> Why {
    Why::NotEncoded { encoding: Name(name(encoding).to_owned()) }
}

/// What of a file is known when it has been read through.
#[derive(Default)]
pub(super) struct Sample {
    head: Vec<u8>,
    /// Characters of more bytes than one, in UTF-8, and bytes that are none.
    good: u64,
    bad: u64,
    rest: Vec<u8>,
}

impl Sample {
    /// Adds the next bytes of the file.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let left = LOOKED_AT.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..left]);
        let mut text = std::mem::take(&mut self.rest);
        text.extend_from_slice(bytes);
        let mut at = &text[..];
        loop {
            match std::str::from_utf8(at) {
                Ok(good) => {
                    self.good += wide(good.as_bytes());
                    break;
                }
                Err(error) => {
                    self.good += wide(&at[..error.valid_up_to()]);
                    match error.error_len() {
                        Some(length) => {
                            self.bad += 1;
                            at = &at[error.valid_up_to() + length..];
                        }
                        None => {
                            self.rest = at[error.valid_up_to()..].to_vec();
                            break;
                        }
                    }
                }
            }
        }
    }

    /// The encoding of the file, where its map says `declared`.
    pub(super) fn encoding(mut self, declared: Option<&'static Encoding>) -> &'static Encoding {
        self.bad += u64::from(!self.rest.is_empty());
        if let Some((marked, _)) = Encoding::for_bom(&self.head) {
            return marked;
        }
        if let Some(wide) = utf_16(&self.head) {
            return wide;
        }
        // A file that was mended may have been written in UTF-8, whatever it was before: hardly any other text looks like it.
        let is_utf_8 = self.bad == 0 && self.good > 0;
        match declared {
            Some(declared) => {
                if is_utf_8 {
                    UTF_8
                } else {
                    declared
                }
            }
            // A few bytes that are wrong make no other encoding.
            None if self.bad <= self.good / 4 => UTF_8,
            None => {
                let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
                detector.feed(&self.head, true);
                let found = detector.guess(None, Utf8Detection::Deny);
                if found == GBK { GB18030 } else { found }
            }
        }
    }
}

/// How many characters of more than one byte.
fn wide(utf_8: &[u8]) -> u64 {
    utf_8.iter().filter(|byte| **byte >= 0xc0).count() as u64
}

/// UTF-16 without a mark: every other byte of its separators is zero.
fn utf_16(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len().min(4_096) / 2;
    if pairs < 8 {
        return None;
    }
    let zeros = |at: usize| (0..pairs).filter(|pair| head[pair * 2 + at] == 0).count();
    match (zeros(0), zeros(1)) {
        (0, second) if second * 4 > pairs => Some(UTF_16LE),
        (first, 0) if first * 4 > pairs => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether rows can be taken apart before they are decoded: in UTF-16 a comma has two bytes.
pub(super) fn is_by_bytes(encoding: &'static Encoding) -> bool {
    encoding != UTF_16LE && encoding != UTF_16BE
}

/// Text of bytes; none if they are not in the encoding.
pub(super) fn decode<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
    if encoding == UTF_8 {
        return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
    }
    encoding.decode_without_bom_handling_and_without_replacement(bytes)
}

/// The nearest text to bytes.
pub(super) fn decode_lossy<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    encoding.decode_without_bom_handling(bytes).0
}

/// Reads a text of any encoding as UTF-8.
pub(super) struct Transcoded<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R: Read> Transcoded<R> {
    pub(super) fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder(),
            input: Vec::new(),
            output: Vec::new(),
            taken: 0,
            ended: false,
        }
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.output.len() && !self.ended {
            let mut piece = vec![0; 16 << 10];
            let read = self.inner.read(&mut piece)?;
            self.ended = read == 0;
            self.input.extend_from_slice(&piece[..read]);
            self.output.resize(self.decoder.max_utf8_buffer_length(self.input.len()).unwrap_or(64 << 10), 0);
            let (result, used, written, _) =
                self.decoder.decode_to_utf8(&self.input, &mut self.output, self.ended);
            debug_assert!(result == CoderResult::InputEmpty);
            self.input.drain(..used);
            self.output.truncate(written);
            self.taken = 0;
        }
        let left = &self.output[self.taken..];
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use encoding_rs::WINDOWS_1252;
    use proptest::prelude::*;

    use super::*;

    fn told(bytes: &[u8], declared: Option<&'static Encoding>) -> &'static Encoding {
        let mut sample = Sample::default();
        // In pieces, as files are read.
        bytes.chunks(7).for_each(|piece| sample.add(piece));
        sample.encoding(declared)
    }

    #[test]
    fn encodings_are_told_apart() {
        let chinese = "订单号,状态,入住日期,离店日期,客人姓名\nA1,已离店,2026-01-01,2026-01-03,张三丰\n";
        let french = "N°,Nom,Arrivée,Départ,Prénom,Âge\n1,Lefèvre,01/02/2024,03/02/2024,André,âgé\n";
        assert_eq!(told(chinese.as_bytes(), None), UTF_8);
        assert_eq!(told(&GB18030.encode(chinese).0, None), GB18030);
        assert_eq!(told(french.as_bytes(), None), UTF_8);
        assert_eq!(told(&WINDOWS_1252.encode(french).0, None), WINDOWS_1252);
        assert_eq!(told(b"plain,ascii\n", None), UTF_8);
        assert_eq!(told(b"plain,ascii\n", Some(GB18030)), GB18030);
        let wide: Vec<u8> = french.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(told(&wide, None), UTF_16LE);
        assert_eq!(told(&[&[0xff, 0xfe][..], &wide].concat(), Some(UTF_8)), UTF_16LE);
        // Mended in another program, and a few wrong bytes.
        assert_eq!(told(chinese.as_bytes(), Some(GB18030)), UTF_8);
        assert_eq!(told(&[chinese.as_bytes(), b"\xff\n"].concat(), None), UTF_8);
    }

    #[test]
    fn a_text_is_read_as_utf_8() {
        let text = "é,日本\n".repeat(9_000);
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let mut read = String::new();
        Transcoded::new(&wide[..], UTF_16LE).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let encoding = told(&bytes, None);
            let _ = (decode(encoding, &bytes), decode_lossy(encoding, &bytes));
            let mut read = Vec::new();
            Transcoded::new(&bytes[..], encoding).read_to_end(&mut read).unwrap();
            prop_assert!(std::str::from_utf8(&read).is_ok());
        }
    }
}
