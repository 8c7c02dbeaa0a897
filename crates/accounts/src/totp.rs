//! Codes that change with the time (TOTP, RFC 6238): six digits, every thirty seconds, one step of tolerance on either side.

use chrono::{DateTime, Utc};
use hefu_core::{AppError, Result};
use totp_rs::{Builder, Totp};

/// How long a code is valid, seconds.
pub const STEP: u64 = 30;

/// Bytes of the shared secret.
pub const SECRET: usize = 20;

/// Recovery codes that are made at once.
pub const RECOVERY_CODES: usize = 10;

fn totp(secret: &[u8], login: &str) -> Result<Totp> {
    let builder = Builder::new().with_secret(secret.to_vec()).with_account_name(login.to_owned());
    let built = builder.with_issuer(Some("Hefu".to_owned())).with_step_duration(STEP).with_skew(1).build();
    built.map_err(|_| AppError::Internal("a second factor's secret is none"))
}

/// What an app that makes the codes is given: an `otpauth://` URI, to be shown as a QR code.
///
/// # Errors
/// The secret is none.
pub fn uri(secret: &[u8], login: &str) -> Result<String> {
    totp(secret, login)?.to_url().map_err(|_| AppError::Internal("a second factor has no address"))
}

/// What an app that makes the codes is given, as a QR code: SVG.
///
/// # Errors
/// It is too long for one.
pub fn qr(uri: &str) -> Result<String> {
    const LONG: AppError = AppError::Internal("a second factor's address is too long for a QR code");
    let code = qrcode::QrCode::new(uri.as_bytes()).map_err(|_| LONG)?;
    Ok(code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build())
}

/// The step a code is of, if it is right now.
///
/// # Errors
/// The secret is none.
pub fn step(secret: &[u8], code: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let step = totp(secret, "account")?.check(&code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The code of a moment, for those who have the secret: tests, and the demonstration.
///
/// # Errors
/// The secret is none.
pub fn code_at(secret: &[u8], now: DateTime<Utc>) -> Result<String> {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Ok(totp(secret, "account")?.generate(seconds).to_string())
}

/// The letters of recovery codes: none is taken for another one.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A recovery code of sixteen random bytes: six times four letters and two more, `xxxx-xxxx-…-xx`. Nobody tries out so many, so an ordinary digest keeps it.
pub(crate) fn recovery_code(random: [u8; 16]) -> String {
    let bits = u128::from_be_bytes(random);
    let letter = |at: u32| char::from(LETTERS[(bits >> (5 * at) & 31) as usize]);
    let letters: Vec<char> = (0..26).map(letter).collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// A recovery code as it is compared: without signs, whatever it was typed like.
pub(crate) fn recovery_key(code: &str) -> String {
    let letter = |c: char| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        c => c,
    };
    code.chars().filter(char::is_ascii_alphanumeric).map(letter).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, appendix B, for SHA-1; their last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(code_at(secret, now).unwrap(), code);
            assert_eq!(step(secret, code, now).unwrap(), Some(seconds / 30));
            let late = |by| DateTime::from_timestamp(seconds + by, 0).unwrap();
            assert_eq!(step(secret, code, late(30)).unwrap(), Some(seconds / 30));
            assert_eq!(step(secret, code, late(90)).unwrap(), None);
        }
        let now = DateTime::from_timestamp(59, 0).unwrap();
        for wrong in ["", "28708", "2870822", "287083", "２８７０８２", "28708a"] {
            assert_eq!(step(secret, wrong, now).unwrap(), None, "{wrong}");
        }
        assert_eq!(step(secret, "287 082", now).unwrap(), Some(1));
        let uri = uri(secret, "wang.fang@sh01").unwrap();
        assert!(qr(&uri).unwrap().contains("<svg") && qr(&"x".repeat(5_000)).is_err());
        assert!(uri.starts_with("otpauth://totp/Hefu:") && uri.contains("secret=GEZDGNBVGY3TQOJQ"), "{uri}");
    }

    #[test]
    fn a_recovery_code_can_be_typed_in_any_way() {
        let code = recovery_code([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff]);
        assert_eq!(code.len(), 32);
        assert_eq!(recovery_key(&code), recovery_key(&code.to_uppercase().replace('-', " ")));
        assert_eq!(recovery_key("O0Il-x"), "0011x");
        assert_ne!(recovery_code([0; 16]), recovery_code([1; 16]));
        // Each of its 128 bits counts.
        let none = recovery_code([0; 16]);
        assert!((0..128).all(|bit| recovery_code((1_u128 << bit).to_be_bytes()) != none));
    }
}
