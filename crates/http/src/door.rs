//! The door: who a request is from, before anything else of it is looked at.
//!
//! A browser carries a session's token in a cookie, a program its key in `Authorization: Bearer`. Without either only what must be public is answered, where
//! accounts are required; where they are not, which is on loopback only, whoever comes in is the local administrator.

use std::{borrow::Cow, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hefu_app::{
    App, Context, Origin,
    accounts::{
        door::{Credential, Door, Held, Standing},
        provider::LONGEST,
        roles::{Roles, access_of},
        session::{SessionRef, Token},
        settings::Settings,
        webauthn::Site,
    },
    authz::{ANYONE, Principal},
};
use hefu_domain::Message;

use crate::{
    connection::Peer,
    host::is_loopback_name,
    problem::{Failure, language_of},
};

/// Who may come in, and how.
#[derive(Debug, Clone, Default)]
pub struct Doorway {
    /// Whether everybody has to sign in. Where not, whoever comes in is the local administrator.
    pub accounts: bool,
    /// Whether connections are encrypted: cookies are then sent over such only.
    pub secure: bool,
    /// Names and addresses under which the server is reached, besides those of this machine.
    pub hosts: Vec<String>,
}

impl Doorway {
    /// The name of the cookie. The prefix has browsers see to it that nobody but this very host sets it, and over an encrypted connection only.
    const fn cookie(&self) -> &'static str {
        if self.secure { "__Host-hefu" } else { "hefu" }
    }

    /// The name of the cookie of somebody on the way to a provider of identities.
    const fn on_the_way(&self) -> &'static str {
        if self.secure { "__Host-hefu-way" } else { "hefu-way" }
    }
}

/// Who came in.
#[derive(Debug, Clone)]
pub(crate) struct CameIn {
    pub(crate) ctx: Context,
    pub(crate) session: Option<SessionRef>,
    /// Where the browser reached this server, if under a name: passkeys belong to one.
    pub(crate) site: Option<Site>,
    /// The same as pages name it: scheme, name or address, port.
    pub(crate) origin: String,
    /// What a browser carries on the way to a provider of identities and back.
    pub(crate) carried: Option<String>,
    cookie: &'static str,
    on_the_way: &'static str,
    secure: bool,
    /// How long a browser is to keep the cookie, seconds.
    longest: i64,
}

impl CameIn {
    fn set(&self, value: &str, seconds: i64) -> HeaderValue {
        self.cookie(self.cookie, "Strict", value, seconds)
    }

    /// The header that has the browser carry something to a provider of identities and back, or, if it is empty, forget it. It comes back from another site.
    pub(crate) fn carry(&self, value: &str) -> HeaderValue {
        let seconds = if value.is_empty() { 0 } else { LONGEST.num_seconds() };
        self.cookie(self.on_the_way, "Lax", value, seconds)
    }

    fn cookie(&self, name: &str, same_site: &str, value: &str, seconds: i64) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text =
            format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}");
        // Letters, digits and signs only.
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The header that has the browser keep a token.
    pub(crate) fn keep(&self, token: &Token) -> HeaderValue {
        self.set(token.text(), self.longest)
    }

    /// The header that has the browser forget it.
    pub(crate) fn forget(&self) -> HeaderValue {
        self.set("", 0)
    }
}

/// The value of a cookie. Two of one name are one too many: neither counts.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
    named.next().filter(|value| !value.is_empty() && named.next().is_none())
}

/// The key of a program; of a channel (`is_channel`) also as a password: AlpineBits knows nothing else.
fn bearer(headers: &HeaderMap, is_channel: bool) -> Option<Cow<'_, str>> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (first, other) = (all.next()?, all.next());
    // One that cannot be read, or one of two, is a wrong one, and not none.
    if other.is_some() {
        return Some("".into());
    }
    let text = first.to_str().unwrap_or_default();
    let (scheme, key) = text.split_once(' ').unwrap_or((text, ""));
    if is_channel && scheme.eq_ignore_ascii_case("basic") {
        let plain = BASE64_STANDARD.decode(key.trim()).ok().and_then(|plain| String::from_utf8(plain).ok());
        let password = plain.and_then(|plain| Some(plain.split_once(':')?.1.to_owned()));
        return Some(password.unwrap_or_default().into());
    }
    Some(if scheme.eq_ignore_ascii_case("bearer") { key.trim().into() } else { "".into() })
}

/// What is answered without an account. Paths are compared as they are sent; the router decodes nothing in them either.
fn is_public(method: &Method, path: &str) -> bool {
    let is_read = method == Method::GET || method == Method::HEAD;
    match path {
        "/healthz" => is_read,
        "/api/v1/session" => method == Method::POST || method == Method::DELETE,
        "/api/v1/setup"
        | "/api/v1/session/passkey"
        | "/api/v1/session/passkey/options"
        | "/api/v1/session/recovery" => method == Method::POST,
        // By these nobody is let in who is not known to a provider of the settings.
        "/api/v1/session/providers" => is_read,
        path => is_read && (path.starts_with("/log/") || path.starts_with("/api/v1/session/provider/")),
    }
}

/// What is answered to somebody who still has to show the second factor.
fn ends_a_half_session(method: &Method, path: &str) -> bool {
    is_public(method, path) || path == "/api/v1/session/second-factor" && method == Method::POST
}

/// What is answered to somebody who has to change the password, or to enrol a second factor, first.
fn may_change(method: &Method, path: &str) -> bool {
    ends_a_half_session(method, path) || path == "/api/v1/me" || path.starts_with("/api/v1/me/")
}

/// Whether nobody asks for it just now: a stream that a page keeps open, and what a page loads again because it was told of a change. It does not keep a
/// session from ending.
fn is_unattended(request: &Request) -> bool {
    let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
    is_read
        && (request.headers().contains_key("hefu-unattended") || request.uri().path().ends_with("/changes"))
}

/// The host a browser asked for. All that name one name the same: what is in front of the door sees to it.
fn host(request: &Request) -> &str {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    named.or_else(|| request.uri().authority().map(Authority::as_str)).unwrap_or_default()
}

/// Lets a request in with who it is from, or turns it away.
pub(crate) async fn enter(
    State((app, doorway)): State<(Arc<App>, Arc<Doorway>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let language = language_of(request.headers());
    let origin = Origin::Http(request.extensions().get::<Peer>().map(|peer| peer.0));
    let key = bearer(request.headers(), request.uri().path().starts_with("/channels/"));
    let credential = match &key {
        Some(key) => Some(Credential::Key(key)),
        None => cookie(request.headers(), doorway.cookie()).map(Credential::Session),
    };
    let (held, is_unattended) = (credential.and_then(Held::of), is_unattended(&request));
    let asked = match held {
        Some(held) if is_unattended => held.who(&app).await,
        Some(held) => Door::resolve(&app, held).await,
        None => Ok(None),
    };
    let found = match asked {
        Ok(found) => found,
        Err(error) => return Failure::of(language, &error).into_response(),
    };
    // What nobody was known by is of no use to ask again who it is.
    let held = held.filter(|_| found.is_some());
    let is_wrong_key = found.is_none() && matches!(credential, Some(Credential::Key(_)));
    let (method, path) = (request.method(), request.uri().path());
    let refuse = |status, code, message| Failure::new(language, status, code, &message).into_response();
    let (ctx, session) = match found {
        Some(who) => {
            let is_let_in = match who.standing {
                Standing::Full => true,
                Standing::NeedsSecondFactor => ends_a_half_session(method, path),
                Standing::MustChange | Standing::MustEnrol => may_change(method, path),
            };
            match who.standing {
                Standing::NeedsSecondFactor if !is_let_in => {
                    let message = Message::SecondFactorNeeded;
                    return refuse(StatusCode::UNAUTHORIZED, "second_factor_required", message);
                }
                Standing::MustEnrol if !is_let_in => {
                    let message = Message::MustEnrol;
                    return refuse(StatusCode::FORBIDDEN, "second_factor_enrolment_required", message);
                }
                Standing::MustChange if !is_let_in => {
                    return refuse(
                        StatusCode::FORBIDDEN,
                        "password_change_required",
                        Message::MustChangePassword,
                    );
                }
                _ => (Context::new(who.principal, origin).with(who.access), who.session),
            }
        }
        None if !doorway.accounts && !is_wrong_key => {
            (Context::new(Principal::LocalAdministrator, origin), None)
        }
        None if is_public(method, path) && !is_wrong_key => {
            let access = access_of(&app.service::<Roles>().0, [ANYONE]);
            (Context::new(Principal::Anyone, origin).with(access), None)
        }
        None => return refuse(StatusCode::UNAUTHORIZED, "not_signed_in", Message::NotSignedIn),
    };
    let longest = app.service::<Settings>().0.longest_session().num_seconds();
    let host = host(&request);
    let is_encrypted = doorway.secure || !is_loopback_name(host);
    let came_in = CameIn {
        ctx,
        session,
        site: Site::of(host, doorway.secure),
        // Where it is not Hefu that encrypts, a proxy does, or it is this machine.
        origin: format!("{}://{}", if is_encrypted { "https" } else { "http" }, host.to_ascii_lowercase()),
        carried: cookie(request.headers(), doorway.on_the_way()).map(str::to_owned),
        cookie: doorway.cookie(),
        on_the_way: doorway.on_the_way(),
        secure: doorway.secure,
        longest,
    };
    request.extensions_mut().insert(came_in);
    if let Some(held) = held {
        request.extensions_mut().insert(held);
    }
    next.run(request).await
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_cookie_is_read_whole_and_once() {
        let read = |values: &[&str]| cookie(&headers(header::COOKIE, values), "hefu").map(str::to_owned);
        assert_eq!(read(&["a=1; hefu=x; b=2"]).as_deref(), Some("x"));
        assert_eq!(read(&["a=1", "hefu=x"]).as_deref(), Some("x"));
        for none in [
            &["hefux=1"][..],
            &["xhefu=1"],
            &["hefu="],
            &["hefu=1; hefu=2"],
            &["hefu=1", "hefu=2"],
            &["hefu"],
        ] {
            assert_eq!(read(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_a_wrong_one() {
        let of = |values: &[&str], is_channel| {
            bearer(&headers(header::AUTHORIZATION, values), is_channel).map(Cow::into_owned)
        };
        let read = |values: &[&str]| of(values, false);
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["Bearer hefu_1_2"]).as_deref(), Some("hefu_1_2"));
        for wrong in [&["Basic eDp5"][..], &["Bearer"], &["Bearer a", "Bearer a"], &[""]] {
            assert_eq!(read(wrong).as_deref(), Some(""), "{wrong:?}");
        }
        // A channel sends it as the password of any name.
        assert_eq!(of(&["Basic eDp5Onk="], true).as_deref(), Some("y:y"));
        assert_eq!(of(&["Bearer hefu_1_2"], true).as_deref(), Some("hefu_1_2"));
        for wrong in [&["Basic eA=="][..], &["Basic ?"], &["Basic"], &["Basic eDp5", "Basic eDp5"]] {
            assert_eq!(of(wrong, true).as_deref(), Some(""), "{wrong:?}");
        }
    }

    #[test]
    fn what_is_public_is_public_to_the_letter() {
        for (method, path) in [
            (Method::GET, "/api/v1/guests"),
            (Method::GET, "/api/v1/session"),
            (Method::GET, "/log"),
            (Method::POST, "/log/checkpoint"),
            (Method::GET, "/logs/checkpoint"),
            (Method::GET, "/metrics"),
            (Method::GET, "//"),
            (Method::GET, "/healthz/"),
            (Method::POST, "/api/v1/session/second-factor"),
            (Method::GET, "/api/v1/session/passkey"),
            (Method::POST, "/api/v1/session/provider/chain"),
            (Method::POST, "/api/v1/session/providers"),
            (Method::POST, "/api/v1/me/passkeys"),
            (Method::POST, "/api/v1/me/passkeys/options"),
        ] {
            assert!(!is_public(&method, path), "{method} {path}");
        }
        assert!(is_public(&Method::POST, "/api/v1/session") && is_public(&Method::GET, "/log/tile/0/000"));
    }
}
