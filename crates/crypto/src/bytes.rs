//! Byte strings put together so that no two lists of parts give the same whole.

use aws_lc_rs::digest;

/// SHA-256 (FIPS 180-4) over `parts`, each preceded by its length in bytes as a 64-bit big-endian number: `["ab", "c"]`
/// and `["a", "bc"]` differ. It is therefore not the plain SHA-256 of the parts joined.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&length(part));
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// `parts` joined, each preceded by its length.
pub(crate) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        out.extend_from_slice(&length(part));
        out.extend_from_slice(part);
    }
    out
}

fn length(part: &[u8]) -> [u8; 8] {
    (part.len() as u64).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_eq!(framed(&[b"ab", b""]), *b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\0\0\0");
        assert_ne!(sha256(&[b"ab", b"c"]), sha256(&[b"a", b"bc"]));
        assert_ne!(sha256(&[b"abc"]), sha256(&[b"abc", b""]));
    }

    #[test]
    fn the_digest_is_sha_256() {
        // FIPS 180-4, the empty message.
        assert_eq!(sha256(&[])[..8], [0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14]);
        assert_eq!(sha256(&[b"a", b"bc"]), digest::digest(&digest::SHA256, &framed(&[b"a", b"bc"])).as_ref());
    }
}
