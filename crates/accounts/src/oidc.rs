//! What a provider of identities is asked and what it answers (OpenID Connect Core 1.0: authorisation code with PKCE, RFC 7636).
//!
//! It is reached by threads of their own, over TLS unless it is on this machine. What it says of somebody is believed if it is signed with one of its keys,
//! was made for us, for this sign-in, and just now.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use hefu_core::Service;
use hefu_store::Store;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use ureq::{
    Agent, Body,
    http::Response,
    tls::{RootCerts, TlsConfig},
};

use crate::settings::ProviderSettings;

/// How far the clocks of the provider and of this server may be apart.
pub const SKEW: TimeDelta = TimeDelta::minutes(2);

/// How long what is found out about a provider is used.
const KEPT: Duration = Duration::from_secs(3600);

/// How often at most its keys are fetched anew because one is unknown.
const PAUSE: Duration = Duration::from_secs(10);

/// Time for a whole request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Longest answer, bytes.
const LONGEST: u64 = 1 << 20;

/// The signatures that are taken: of keys whose other half only the provider has.
const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What went wrong with a provider, for the log: no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Trouble(pub(crate) &'static str);

/// What a provider says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Discovered {
    issuer: String,
    pub(crate) authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Discovered {
    /// Whether the provider says in the address that it sends somebody back to who it is (RFC 9207); if so it must be right.
    pub(crate) fn is_from(&self, iss: Option<&str>) -> bool {
        match iss {
            Some(iss) => iss == self.issuer,
            None => !self.authorization_response_iss_parameter_supported,
        }
    }
}

/// What is known of a provider.
pub(crate) struct Known {
    pub(crate) discovered: Discovered,
    keys: JwkSet,
    at: Instant,
}

/// What a provider says of somebody (the claims of an ID token).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    exp: i64,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    aud: Value,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    pub(crate) amr: Vec<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

impl Claims {
    /// The groups that somebody belongs to, by the claim's name.
    pub(crate) fn groups(&self, claim: &str) -> Vec<String> {
        match self.rest.get(claim) {
            Some(Value::String(group)) => vec![group.clone()],
            Some(Value::Array(groups)) => {
                groups.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    fn check(&self, client_id: &str, nonce: &str, now: DateTime<Utc>) -> Result<(), Trouble> {
        let now = now.timestamp();
        let skew = SKEW.num_seconds();
        if self.nonce.as_deref() != Some(nonce) {
            return Err(Trouble("an ID token is of another sign-in"));
        }
        if self.exp.saturating_add(skew) <= now {
            return Err(Trouble("an ID token has expired; do the clocks agree?"));
        }
        let from = [self.iat, self.nbf];
        if from.into_iter().flatten().any(|from| from.saturating_sub(skew) > now) {
            return Err(Trouble("an ID token is of the future; do the clocks agree?"));
        }
        // For several at once: the one it was made for has to be us.
        let is_ours = match &self.azp {
            Some(azp) => azp == client_id,
            None => self.aud.as_array().is_none_or(|all| all.len() == 1),
        };
        if is_ours { Ok(()) } else { Err(Trouble("an ID token was made for somebody else")) }
    }
}

/// Whether an address is one that nobody can listen to or answer for: encrypted, or on this machine.
pub fn is_safe(url: &str) -> bool {
    let host = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
    if let Some(rest) = url.strip_prefix("https://") {
        return !host(rest).is_empty();
    }
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = host(rest);
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let name = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host.as_str(),
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// The providers that were spoken to.
pub(crate) struct Providers {
    agent: Agent,
    known: Mutex<HashMap<String, Arc<Known>>>,
}

impl Service for Providers {
    fn new(_: &Store) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .build()
            .new_agent();
        Self { agent, known: Mutex::default() }
    }
}

/// Runs what waits for the network on a thread of its own.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Trouble("a provider's answer was lost")))
}

fn read<T: DeserializeOwned>(answer: Result<Response<Body>, ureq::Error>) -> Result<T, Trouble> {
    let mut answer = answer.map_err(|error| {
        tracing::warn!(%error, "a provider of identities cannot be reached");
        Trouble("a provider cannot be reached")
    })?;
    if !answer.status().is_success() {
        tracing::warn!(status = answer.status().as_u16(), "a provider of identities refused a request");
        return Err(Trouble("a provider refused a request"));
    }
    let body = answer.body_mut().with_config().limit(LONGEST).read_to_vec();
    let body = body.map_err(|_| Trouble("a provider's answer is cut off or too long"))?;
    serde_json::from_slice(&body).map_err(|_| Trouble("a provider's answer is none"))
}

fn fetch<T: DeserializeOwned>(agent: &Agent, url: &str) -> Result<T, Trouble> {
    if !is_safe(url) {
        return Err(Trouble("a provider names an address without encryption"));
    }
    read(agent.get(url).header("accept", "application/json").call())
}

impl Providers {
    fn kept(&self, id: &str) -> Option<Arc<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// What is known of a provider; it is asked if that is not known, or older than `at_most`.
    pub(crate) async fn known(
        &self,
        settings: &ProviderSettings,
        at_most: Duration,
    ) -> Result<Arc<Known>, Trouble> {
        if let Some(known) = self.kept(&settings.id).filter(|known| known.at.elapsed() < at_most) {
            return Ok(known);
        }
        let (agent, issuer) = (self.agent.clone(), settings.issuer.clone());
        let known = aside(move || {
            let at = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
            let discovered: Discovered = fetch(&agent, &at)?;
            if discovered.issuer != issuer {
                return Err(Trouble("a provider says to be another one"));
            }
            if !is_safe(&discovered.authorization_endpoint) || !is_safe(&discovered.token_endpoint) {
                return Err(Trouble("a provider names an address without encryption"));
            }
            let keys: Value = fetch(&agent, &discovered.jwks_uri)?;
            Ok(Known { discovered, keys: usable(keys), at: Instant::now() })
        });
        let known = Arc::new(known.await?);
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(settings.id.clone(), known.clone());
        Ok(known)
    }

    /// The same, as it is used for an hour.
    pub(crate) async fn usual(&self, settings: &ProviderSettings) -> Result<Arc<Known>, Trouble> {
        self.known(settings, KEPT).await
    }

    /// Exchanges the code that somebody came back with for what the provider says of them.
    pub(crate) async fn redeem(
        &self,
        settings: &ProviderSettings,
        (code, verifier, redirect): (&str, &str, &str),
    ) -> Result<String, Trouble> {
        #[derive(Deserialize)]
        struct Redeemed {
            id_token: String,
        }
        let known = self.usual(settings).await?;
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", redirect),
                ("code_verifier", verifier),
                ("client_id", settings.client_id.as_str()),
            ])
            .finish();
        let authorization = settings.client_secret.as_ref().map(|secret| {
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let both = format!("{}:{}", encoded(&settings.client_id), encoded(secret.text()));
            format!("Basic {}", STANDARD.encode(both))
        });
        let agent = self.agent.clone();
        let redeemed: Redeemed = aside(move || {
            let mut request = agent.post(&known.discovered.token_endpoint);
            request = request
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded");
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            read(request.send(form))
        })
        .await?;
        Ok(redeemed.id_token)
    }

    /// What an ID token says, if it is to be believed.
    pub(crate) async fn believed(
        &self,
        settings: &ProviderSettings,
        token: &str,
        nonce: &str,
        now: DateTime<Utc>,
    ) -> Result<Claims, Trouble> {
        let known = self.usual(settings).await?;
        match key_of(&known.keys, token)? {
            Some(key) => claims(key, settings, token, nonce, now),
            None => {
                // Its keys have changed.
                let known = self.known(settings, PAUSE).await?;
                let key = key_of(&known.keys, token)?;
                let key = key.ok_or(Trouble("an ID token is signed with an unknown key"))?;
                claims(key, settings, token, nonce, now)
            }
        }
    }
}

/// The keys of a provider that can be used; it may have others, of kinds that are not known here.
fn usable(keys: Value) -> JwkSet {
    let all = keys.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    JwkSet { keys: all.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect() }
}

/// The key that a token says to be signed with.
fn key_of<'k>(keys: &'k JwkSet, token: &str) -> Result<Option<&'k Jwk>, Trouble> {
    let header = decode_header(token).map_err(|_| Trouble("an ID token is none"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Trouble("an ID token is signed in a way that is not taken"));
    }
    Ok(match (&header.kid, keys.keys.as_slice()) {
        (Some(kid), _) => keys.find(kid),
        (None, [only]) => Some(only),
        (None, _) => None,
    })
}

fn claims(
    key: &Jwk,
    settings: &ProviderSettings,
    token: &str,
    nonce: &str,
    now: DateTime<Utc>,
) -> Result<Claims, Trouble> {
    let header = decode_header(token).map_err(|_| Trouble("an ID token is none"))?;
    let key = DecodingKey::from_jwk(key).map_err(|_| Trouble("a provider's key is none"))?;
    let mut wanted = Validation::new(header.alg);
    wanted.set_issuer(&[&settings.issuer]);
    wanted.set_audience(&[&settings.client_id]);
    wanted.set_required_spec_claims(&["iss", "aud", "sub"]);
    // Held to our own clock below.
    wanted.validate_exp = false;
    let read = decode::<Claims>(token, &key, &wanted);
    let claims =
        read.map_err(|_| Trouble("an ID token is not signed by the provider, or not for us"))?.claims;
    claims.check(&settings.client_id, nonce, now)?;
    Ok(claims)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn settings() -> ProviderSettings {
        ProviderSettings {
            id: "chain".into(),
            issuer: "https://id.example".into(),
            client_id: "hefu".into(),
            ..ProviderSettings::default()
        }
    }

    fn right() -> Value {
        json!({ "iss": "https://id.example", "sub": "4711", "aud": "hefu", "exp": NOW + 300, "iat": NOW, "nonce": "n",
            "groups": ["a", 1, "b"], "name": "王芳", "amr": ["pwd", "otp"] })
    }

    fn checked(change: impl FnOnce(&mut Value)) -> Result<(), Trouble> {
        let mut claims = right();
        change(&mut claims);
        let claims: Claims = serde_json::from_value(claims).map_err(|_| Trouble("none"))?;
        claims.check("hefu", "n", DateTime::from_timestamp(NOW, 0).unwrap())
    }

    #[test]
    fn a_token_is_for_us_for_now_and_for_this_sign_in() {
        assert_eq!(checked(|_| ()), Ok(()));
        for (field, value) in [
            ("exp", json!(NOW - 119)),
            ("iat", json!(NOW + 120)),
            ("nbf", json!(NOW + 120)),
            ("aud", json!(["hefu"])),
            ("azp", json!("hefu")),
        ] {
            assert_eq!(checked(|claims| claims[field] = value.clone()), Ok(()), "{field} {value}");
        }
        for (field, value) in [
            ("exp", json!(NOW - 120)),
            ("exp", json!(i64::MIN)),
            ("exp", json!("soon")),
            ("iat", json!(NOW + 121)),
            ("nbf", json!(i64::MAX)),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
            ("azp", json!("other")),
            ("aud", json!(["hefu", "other"])),
            ("sub", Value::Null),
        ] {
            assert!(checked(|claims| claims[field] = value.clone()).is_err(), "{field} {value}");
        }
        let claims: Claims = serde_json::from_value(right()).unwrap();
        assert_eq!(
            (claims.groups("groups"), claims.groups("none")),
            (vec!["a".to_owned(), "b".into()], vec![])
        );
    }

    #[test]
    fn what_is_not_signed_by_the_provider_is_not_believed() {
        // A key that everybody knows, or none, signs nothing.
        let key = EncodingKey::from_secret(b"hefu").unwrap();
        let token = encode(&Header::new(Algorithm::HS256), &right(), &key).unwrap();
        let keys =
            usable(json!({ "keys": [{ "kty": "oct", "k": "aGVmdQ", "kid": "1" }, { "kty": "new" }, 7] }));
        assert!(key_of(&keys, &token).is_err());
        let body = token.split('.').nth(1).unwrap();
        for none in
            [format!("eyJhbGciOiJub25lIn0.{body}."), String::new(), "a.b.c".into(), format!("..{body}")]
        {
            assert!(key_of(&keys, &none).is_err(), "{none}");
        }
        // RS256 by its header, signed with nothing.
        let forged = format!("eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.{body}.AAAA");
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        assert!(claims(&keys.keys[0], &settings(), &forged, "n", now).is_err());
    }

    #[test]
    fn a_provider_is_reached_where_nobody_listens() {
        for safe in
            ["https://id.example", "https://id.example/a?b", "http://127.0.0.1:4000/x", "http://localhost"]
        {
            assert!(is_safe(safe), "{safe}");
        }
        for unsafe_one in [
            "http://id.example",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "http://localhost:1@evil.example",
            "ftp://id",
            "https://",
            "",
            "http://evil.example/?http://127.0.0.1",
        ] {
            assert!(!is_safe(unsafe_one), "{unsafe_one}");
        }
    }
}
