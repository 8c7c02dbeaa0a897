//! Configuration: `hefu.toml`, then `HEFU_*`, then flags; each overrides the one before. Unknown keys
//! are errors, so that a typing error does not silently leave a default in force.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use hefu_app::{
    WatchLimits,
    accounts::{
        leaked::LeakedPasswords,
        oidc::is_safe,
        settings::{
            AccountSettings, ClientSecret, GroupRole, PasswordProfile, ProviderSettings, SessionLimits,
        },
    },
    authz::Policies,
    channel::{calendar::Calendars, client::Feeds},
    import::received::ReceivedFiles,
    lock::Locks,
};
use hefu_exchange::{calendars::HttpsCalendars, desk::Folder, feeds::HttpFeeds, locks::LineLocks};
use hefu_jobs::witness::Target;
use hefu_ledger::{KeyKind, Verifier};
use hefu_store::Location;
use hefu_witness::WitnessUrl;
use serde::Deserialize;
use zeroize::Zeroizing;

/// What the binary needs to know. Every key has a default.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Directory of the embedded database and of the key file.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Names and addresses under which the server is reached, besides those of this machine: `["hefu.example"]`.
    pub hosts: Vec<String>,
    /// Who may do what.
    pub accounts: Accounts,
    /// How connections are encrypted.
    pub tls: Tls,
    /// The records' engine.
    pub database: Database,
    /// The keys.
    pub keys: Keys,
    /// The cache that several servers share.
    pub cache: Cache,
    /// How guests are recognised.
    pub identity: Identity,
    /// Backups.
    pub backup: Backup,
    /// Who witnesses the ledger.
    pub ledger: Ledger,
    /// Whose ledgers this server witnesses.
    pub witness: Witness,
    /// The lock systems of the properties, by their codes.
    pub locks: BTreeMap<String, LockOfProperty>,
    /// Files that are sent to be imported.
    pub import: FilesSent,
    /// How calendars of channels are read.
    pub calendars: ReadCalendars,
    /// How other hotel systems are asked.
    pub feeds: AskFeeds,
    /// What to log, as `tracing` filters read it: `info`, `hefu=debug,warn`, …
    pub log: String,
    /// How the log is written: `text` or `json`; default `text`.
    pub log_format: LogFormat,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// A line of text for each event, its fields as `name=value`.
    #[default]
    Text,
    /// A JSON object for each event, a line each.
    Json,
}

/// How other hotel systems are asked.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AskFeeds {
    /// Whether addresses of private networks and of this machine may be asked, too: only if nobody but the installation's own people sets up channels.
    pub private_addresses: bool,
}

/// Files that are sent to be imported.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilesSent {
    /// The largest, mebibytes; default 1024.
    pub most_mib: Option<u32>,
}

/// Who may do what.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Whether everybody has to sign in; default: yes, unless the server listens on loopback only.
    pub required: Option<bool>,
    /// A directory of policies for roles of one's own: `*.cedar`.
    pub policies: Option<PathBuf>,
    /// The rules passwords follow: `owasp` or `mlps3`; default `owasp`.
    pub passwords: Option<Passwords>,
    /// A file of leaked passwords, which nobody may choose: their SHA-1 digests, sorted, as Have I Been Pwned gives them out; default: none.
    pub leaked_passwords: Option<PathBuf>,
    /// The roles that need a second factor; default: those that may unmask, administer or audit.
    pub second_factor: Option<BTreeSet<String>>,
    /// How long a session may be unused, minutes; default 30.
    pub session_idle_minutes: Option<u32>,
    /// How long a session lasts at most, hours; default 12.
    pub session_hours: Option<u32>,
    /// How long sessions of some roles last, by their names: `[accounts.sessions.auditor]`. The narrowest counts.
    pub sessions: BTreeMap<String, SessionOfRole>,
    /// Providers of identities whose people may sign in, by what they are called in addresses: `[accounts.providers.chain]`.
    pub providers: BTreeMap<String, Provider>,
    /// People whose data an account is shown unmasked on a day; default 100.
    pub unmaskings_a_day: Option<u32>,
    /// Times an account looks somebody up by a whole number within an hour; default 300.
    pub look_ups_an_hour: Option<u32>,
    /// Different visits and guests an account opens within ten minutes before auditors are alarmed; default 100.
    pub opened_in_ten_minutes: Option<u32>,
    /// Different guests an account finds within ten minutes before auditors are alarmed; default 1000.
    pub found_in_ten_minutes: Option<u32>,
}

/// The rules passwords follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passwords {
    /// OWASP ASVS 5.0.
    Owasp,
    /// GB/T 22239, level 3.
    Mlps3,
}

/// How long sessions of a role last.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionOfRole {
    /// How long one may be unused, minutes.
    pub idle_minutes: Option<u32>,
    /// How long one lasts at most, hours.
    pub hours: Option<u32>,
}

/// A chain's own provider of identities (OpenID Connect).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What people call it.
    pub name: String,
    /// Its address, as it names itself: `https://id.example`.
    pub issuer: String,
    /// What it calls this installation.
    pub client_id: String,
    /// What is shown to it; default: nothing.
    #[serde(default)]
    pub client_secret: Option<Zeroizing<String>>,
    /// The claim that lists somebody's groups; default `groups`.
    #[serde(default)]
    pub groups: Option<String>,
    /// What members of its groups are granted. Whoever belongs to none of them is not let in.
    #[serde(default)]
    pub roles: Vec<ProviderRole>,
    /// What it says of how somebody was recognised (`amr`) if there were two factors; default `mfa`, `otp`, `hwk`.
    #[serde(default)]
    pub two_factors: Option<Vec<String>>,
    /// Whether it always asks for two factors, whatever it says; default false.
    #[serde(default)]
    pub always_two_factors: bool,
}

/// What members of a group are granted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderRole {
    /// The group, as the provider calls it.
    pub group: String,
    /// The role.
    pub role: String,
    /// Code of the property; default: the whole chain.
    #[serde(default)]
    pub property: Option<String>,
}

impl Provider {
    fn settings(&self, id: &str, roles: &Policies) -> anyhow::Result<ProviderSettings> {
        let at = format!("accounts.providers.{id}");
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=20).contains(&id.len()) || !id.bytes().all(is_plain) {
            bail!("{at}: a provider is called by 1 to 20 small letters, digits and hyphens");
        }
        if !is_safe(&self.issuer) {
            bail!("{at}.issuer: {} is neither https:// nor on this machine", self.issuer);
        }
        if self.roles.is_empty() {
            bail!("{at}.roles: nobody is let in who belongs to no group that is named here");
        }
        for ProviderRole { role, .. } in &self.roles {
            if !roles.grantable().any(|known| known.name() == role) {
                bail!("{at}.roles: there is no role {role}");
            }
        }
        let role = |one: &ProviderRole| GroupRole {
            group: one.group.clone(),
            role: one.role.clone(),
            property: one.property.clone(),
        };
        let usual = || ["mfa", "otp", "hwk"].map(str::to_owned).to_vec();
        Ok(ProviderSettings {
            id: id.to_owned(),
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone().map(ClientSecret::new),
            groups: self.groups.clone().unwrap_or_else(|| "groups".into()),
            roles: self.roles.iter().map(role).collect(),
            two_factors: self.two_factors.clone().unwrap_or_else(usual),
            always_two_factors: self.always_two_factors,
        })
    }
}

/// How connections are encrypted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The certificate, with those it depends on: PEM.
    pub certificate: Option<PathBuf>,
    /// Its key: PEM.
    pub key: Option<PathBuf>,
    /// Makes a certificate for trials, which no browser trusts by itself.
    pub self_signed: bool,
}

/// The records' engine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgres://…`; none: embedded, in `data`.
    pub url: Option<String>,
}

/// The cache that several servers share.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// `redis://…`; none: each server keeps its own in memory only.
    pub redis: Option<String>,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("Cache").field("redis", &self.redis.is_some()).finish()
    }
}

/// How guests are recognised.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// A model from `hefu identity train`; none: the usual one.
    pub model: Option<PathBuf>,
}

/// Who witnesses the ledger.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ledger {
    /// The witnesses that every checkpoint is shown to: `[{ url = "https://…", key = "name+id+base64" }]`.
    pub witness: Vec<WitnessOfLedger>,
    /// How many of them have to cosign; default: all.
    pub quorum: Option<usize>,
}

/// A witness.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessOfLedger {
    /// Where it is asked: HTTPS, or HTTP on this machine.
    pub url: String,
    /// What verifies its cosignatures, as it prints it when it starts.
    pub key: String,
}

/// The lock system of a property, spoken to as `docs/locks.md` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockOfProperty {
    /// Where it listens: `host:port`.
    pub address: String,
    /// Its certificate, or that of who issued it, in PEM: it is spoken to over TLS, and no other certificate counts.
    pub authority: Option<PathBuf>,
    /// The certificate that Hefu shows it, in PEM.
    pub certificate: Option<PathBuf>,
    /// The key of that, in PEM.
    pub key: Option<PathBuf>,
    /// Whether it is spoken to in clear, though it is not on this machine.
    #[serde(default)]
    pub plain: bool,
}

/// How calendars of channels are read from their addresses.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadCalendars {
    /// Whether addresses of private networks may be read, too: only if nobody but the installation's own people sets up channels.
    pub private_addresses: bool,
}

/// Whose ledgers this server witnesses, under `/witness`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Witness {
    /// The keys of the ledgers, as `hefu ledger show` prints them there. Empty: it is no witness.
    pub ledgers: Vec<String>,
    /// The name that its cosignatures bear; default: made when its key is.
    pub name: Option<String>,
    /// Where it remembers what it cosigned, with its key; default `witness` beside the key file. One process only.
    pub data: Option<PathBuf>,
}

/// The keys.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The key file; default `hefu.key` in `data`.
    pub file: Option<PathBuf>,
    /// The key ring itself, for environments that inject secrets.
    pub secret: Option<Zeroizing<String>>,
    /// Data keys of guests are lost for good, and records are opened all the same.
    pub accept_loss: bool,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Backups.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// The target of backups: a folder, or `s3:https://host/bucket/prefix`.
    pub target: Option<String>,
    /// Access to S3-compatible storage.
    pub s3: S3,
}

/// Access to S3-compatible storage.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3 {
    /// The id of the access key.
    pub access_key_id: String,
    /// The access key.
    pub secret_access_key: String,
    /// The region; default `us-east-1`.
    pub region: Option<String>,
    /// Whether the bucket is part of the host name.
    pub virtual_host: bool,
}

impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: "./data".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            hosts: Vec::new(),
            accounts: Accounts::default(),
            tls: Tls::default(),
            database: Database::default(),
            keys: Keys::default(),
            cache: Cache::default(),
            identity: Identity::default(),
            backup: Backup::default(),
            ledger: Ledger::default(),
            witness: Witness::default(),
            locks: BTreeMap::new(),
            import: FilesSent::default(),
            calendars: ReadCalendars::default(),
            feeds: AskFeeds::default(),
            log: "info".into(),
            log_format: LogFormat::default(),
        }
    }
}

/// Flags that override the configuration.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Configuration file [default: hefu.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory of the embedded database and the key file [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Config {
    /// Reads file and environment and applies the flags.
    pub fn read(flags: &Flags, environment: impl Iterator<Item = (String, String)>) -> anyhow::Result<Self> {
        let default = Path::new("hefu.toml");
        let file = flags.config.as_deref().or_else(|| default.exists().then_some(default));
        let mut config = match file {
            None => Self::default(),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("the configuration {} cannot be read", file.display()))?;
                // It may hold the keys.
                let text = Zeroizing::new(text);
                Self::parse(&text).with_context(|| format!("in {}", file.display()))?
            }
        };
        for (name, value) in environment {
            config.set(&name, value)?;
        }
        if let Some(data) = &flags.data {
            config.data.clone_from(data);
        }
        if let Some(url) = &config.database.url {
            check_engine(url)?;
        }
        Ok(config)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        // The error's snippet could show a password, so only its message and line are passed on.
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            anyhow::anyhow!("line {line}: {}", error.message())
        })
    }

    fn set(&mut self, name: &str, value: String) -> anyhow::Result<()> {
        let Some(key) = name.strip_prefix("HEFU_") else { return Ok(()) };
        match key {
            "DATA" => self.data = value.into(),
            "LISTEN" => self.listen = value.parse().context("HEFU_LISTEN is not ADDR:PORT")?,
            "HOSTS" => self.hosts = value.split(',').map(|host| host.trim().to_owned()).collect(),
            "ACCOUNTS_REQUIRED" => {
                let required = value.parse().context("HEFU_ACCOUNTS_REQUIRED is neither true nor false")?;
                self.accounts.required = Some(required);
            }
            "ACCOUNTS_POLICIES" => self.accounts.policies = Some(value.into()),
            "ACCOUNTS_UNMASKINGS_A_DAY" => {
                let most = value.parse().context("HEFU_ACCOUNTS_UNMASKINGS_A_DAY is no whole number")?;
                self.accounts.unmaskings_a_day = Some(most);
            }
            "ACCOUNTS_LOOK_UPS_AN_HOUR" => {
                let most = value.parse().context("HEFU_ACCOUNTS_LOOK_UPS_AN_HOUR is no whole number")?;
                self.accounts.look_ups_an_hour = Some(most);
            }
            "TLS_CERTIFICATE" => self.tls.certificate = Some(value.into()),
            "TLS_KEY" => self.tls.key = Some(value.into()),
            "TLS_SELF_SIGNED" => {
                self.tls.self_signed =
                    value.parse().context("HEFU_TLS_SELF_SIGNED is neither true nor false")?;
            }
            "DATABASE_URL" => self.database.url = Some(value),
            "CACHE_REDIS" => self.cache.redis = Some(value),
            "IDENTITY_MODEL" => self.identity.model = Some(value.into()),
            "KEYS_FILE" => self.keys.file = Some(value.into()),
            "KEYS_ACCEPT_LOSS" => {
                self.keys.accept_loss =
                    value.parse().context("HEFU_KEYS_ACCEPT_LOSS is neither true nor false")?;
            }
            "KEYS_SECRET" => self.keys.secret = Some(value.into()),
            "BACKUP_TARGET" => self.backup.target = Some(value),
            "BACKUP_S3_ACCESS_KEY_ID" => self.backup.s3.access_key_id = value,
            "BACKUP_S3_SECRET_ACCESS_KEY" => self.backup.s3.secret_access_key = value,
            "BACKUP_S3_REGION" => self.backup.s3.region = Some(value),
            "BACKUP_S3_VIRTUAL_HOST" => {
                self.backup.s3.virtual_host =
                    value.parse().context("HEFU_BACKUP_S3_VIRTUAL_HOST is neither true nor false")?;
            }
            "LOG" => self.log = value,
            "LOG_FORMAT" => {
                self.log_format = match value.as_str() {
                    "text" => LogFormat::Text,
                    "json" => LogFormat::Json,
                    _ => bail!("HEFU_LOG_FORMAT is neither text nor json"),
                };
            }
            // For the project's own tests.
            _ if key.starts_with("TEST_") || key == "SHARED" => {}
            _ => bail!(
                "{name} is not a setting; known are HEFU_DATA, HEFU_LISTEN, HEFU_HOSTS, HEFU_ACCOUNTS_REQUIRED, HEFU_ACCOUNTS_POLICIES, \
                 HEFU_ACCOUNTS_UNMASKINGS_A_DAY, HEFU_ACCOUNTS_LOOK_UPS_AN_HOUR, \
                 HEFU_TLS_CERTIFICATE, HEFU_TLS_KEY, HEFU_TLS_SELF_SIGNED, HEFU_DATABASE_URL, HEFU_CACHE_REDIS, \
                 HEFU_IDENTITY_MODEL, HEFU_KEYS_FILE, HEFU_KEYS_SECRET, HEFU_KEYS_ACCEPT_LOSS, HEFU_BACKUP_TARGET, HEFU_BACKUP_S3_… \
                 (ACCESS_KEY_ID, SECRET_ACCESS_KEY, REGION, VIRTUAL_HOST), HEFU_LOG and HEFU_LOG_FORMAT"
            ),
        }
        Ok(())
    }

    /// Where the records are.
    pub fn location(&self) -> Location {
        match &self.database.url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Embedded(self.data.clone()),
        }
    }

    /// The key file.
    pub fn key_file(&self) -> PathBuf {
        self.keys.file.clone().unwrap_or_else(|| self.data.join("hefu.key"))
    }

    /// The witnesses of the ledger.
    ///
    /// # Errors
    /// An address or a key is none, a key is not a witness's, two have one name, or more are to cosign than there are.
    pub fn witnesses(&self) -> anyhow::Result<Vec<Target>> {
        let read = |(at, witness): (usize, &WitnessOfLedger)| {
            let at = format!("ledger.witness[{at}]");
            let url = witness.url.parse::<WitnessUrl>().with_context(|| format!("{at}.url"))?;
            let key = witness.key.parse::<Verifier>().with_context(|| format!("{at}.key"))?;
            if key.kind() != KeyKind::Witness {
                bail!("{at}.key is the key of a ledger, not of a witness");
            }
            Ok(Target { url, key })
        };
        let witnesses: Vec<Target> =
            self.ledger.witness.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        let names: BTreeSet<&str> = witnesses.iter().map(|witness| witness.key.name()).collect();
        if names.len() < witnesses.len() {
            bail!("ledger.witness: two witnesses have one name");
        }
        match self.ledger.quorum {
            Some(quorum) if quorum > witnesses.len() || quorum == 0 && !witnesses.is_empty() => {
                bail!("ledger.quorum must be from 1 to the number of witnesses, {}", witnesses.len())
            }
            _ => Ok(witnesses),
        }
    }

    /// The lock systems that make room keys.
    ///
    /// # Errors
    /// An address is not `host:port`, a file cannot be used, or one that is elsewhere would be spoken to in clear without anybody having said so.
    pub fn locks(&self) -> anyhow::Result<Locks> {
        let mut locks = Locks::default();
        for (property, lock) in &self.locks {
            let system = LineLocks::new(&lock.address)
                .with_context(|| format!("locks.{property}.address must be host:port"))?;
            let own = match (&lock.certificate, &lock.key) {
                (None, None) => None,
                (Some(certificate), Some(key)) => Some((certificate.as_path(), key.as_path())),
                _ => bail!("locks.{property}: certificate and key go together"),
            };
            let system = match (&lock.authority, own, lock.plain) {
                (Some(authority), own, false) => system.over_tls(authority, own).with_context(|| {
                    format!("locks.{property}: authority, certificate or key cannot be used")
                })?,
                (None, None, plain) if plain || system.is_here() => system,
                (None, None, _) => bail!(
                    "locks.{property} is not on this machine: name the authority that its certificate is of, or say plain = true if its network is its own"
                ),
                (Some(_), _, true) => {
                    bail!("locks.{property}: an authority is for TLS, and plain = true is without")
                }
                (None, Some(_), _) => {
                    bail!("locks.{property}: a certificate to show needs the authority of the other side")
                }
            };
            locks = locks.with(property, Arc::new(system));
        }
        Ok(locks)
    }

    /// What keeps and reads the files that are sent to be imported: in a directory beside the records.
    pub fn received_files(&self) -> ReceivedFiles {
        let most = self.import.most_mib.map_or(hefu_exchange::desk::MOST, |mib| u64::from(mib) << 20);
        ReceivedFiles::by(Some(Arc::new(Folder::new(self.data.join("hefu.imports"), most))))
    }

    /// What reads calendars of channels. A machine whose certificates cannot be read has none, and its calendars say so.
    pub fn calendars(&self) -> Calendars {
        match HttpsCalendars::new(self.calendars.private_addresses) {
            Ok(reader) => Calendars(Some(Arc::new(reader))),
            Err(error) => {
                tracing::warn!(%error, "calendars of channels cannot be read: this machine's certificates cannot be");
                Calendars::default()
            }
        }
    }

    /// What asks other hotel systems. A machine whose certificates cannot be read has none, and its feeds say so.
    pub fn feeds(&self) -> Feeds {
        match HttpFeeds::new(self.feeds.private_addresses) {
            Ok(client) => Feeds::by(Arc::new(client)),
            Err(error) => {
                tracing::warn!(%error, "other hotel systems cannot be asked: this machine's certificates cannot be read");
                Feeds::default()
            }
        }
    }

    /// Whether everybody has to sign in to a server that listens on `listen`.
    ///
    /// # Errors
    /// It listens to others than this machine, and nobody would have to, or nothing would be encrypted.
    pub fn needs_accounts(&self, listen: SocketAddr, is_encrypted: bool) -> anyhow::Result<bool> {
        let is_local = listen.ip().is_loopback();
        if !is_local && !is_encrypted {
            bail!(
                "{listen} is not loopback: connections from other machines are encrypted only. Set tls.certificate and tls.key, or \
                 tls.self_signed = true for trials"
            );
        }
        if !is_local && self.accounts.required == Some(false) {
            bail!("{listen} is not loopback: accounts.required = false is for 127.0.0.1 and [::1] only");
        }
        Ok(self.accounts.required.unwrap_or(!is_local))
    }

    /// What was chosen about sessions, second factors and passwords.
    ///
    /// # Errors
    /// A limit is none, or a role is not one of `roles`.
    pub fn account_settings(&self, roles: &Policies) -> anyhow::Result<AccountSettings> {
        let Accounts { passwords, second_factor, sessions, session_idle_minutes, session_hours, .. } =
            &self.accounts;
        let narrowed = |at: &str, usual: SessionLimits, idle: Option<u32>, hours: Option<u32>| {
            if idle == Some(0) || hours == Some(0) {
                bail!("{at}: a session lasts a minute at least");
            }
            Ok(SessionLimits {
                idle: idle.map_or(usual.idle, |minutes| TimeDelta::minutes(minutes.into())),
                absolute: hours.map_or(usual.absolute, |hours| TimeDelta::hours(hours.into())),
            })
        };
        let usual = narrowed("accounts", SessionLimits::default(), *session_idle_minutes, *session_hours)?;
        let mut sessions_of = BTreeMap::new();
        for (role, limits) in sessions {
            let at = format!("accounts.sessions.{role}");
            sessions_of.insert(role.clone(), narrowed(&at, usual, limits.idle_minutes, limits.hours)?);
        }
        let named = sessions_of.keys().chain(second_factor.iter().flatten());
        for name in named {
            if !roles.grantable().any(|role| role.name() == name) {
                bail!("accounts: there is no role {name}");
            }
        }
        let passwords = match passwords {
            None | Some(Passwords::Owasp) => PasswordProfile::Owasp,
            Some(Passwords::Mlps3) => PasswordProfile::Mlps3,
        };
        let leaked = self.accounts.leaked_passwords.as_ref().map(|path| {
            LeakedPasswords::of(path.clone()).with_context(|| {
                format!("accounts.leaked_passwords: {} is no list of digests", path.display())
            })
        });
        let leaked = leaked.transpose()?;
        let providers = self.accounts.providers.iter();
        let providers =
            providers.map(|(id, provider)| provider.settings(id, roles)).collect::<Result<_, _>>()?;
        let second_factor = second_factor.clone();
        Ok(AccountSettings { sessions: usual, sessions_of, second_factor, passwords, leaked, providers })
    }

    /// Whether nothing was chosen about a role.
    pub fn names_no_role(&self) -> bool {
        let Accounts { sessions, second_factor, providers, .. } = &self.accounts;
        sessions.is_empty() && second_factor.is_none() && providers.is_empty()
    }

    /// How much accounts may do before they are stopped, or auditors alarmed.
    pub fn watch_limits(&self) -> WatchLimits {
        let usual = WatchLimits::default();
        let Accounts {
            unmaskings_a_day, look_ups_an_hour, opened_in_ten_minutes, found_in_ten_minutes, ..
        } = self.accounts;
        let count = |set: Option<u32>, usual| set.map_or(usual, |set| set as usize);
        WatchLimits {
            unmaskings_a_day: unmaskings_a_day.map_or(usual.unmaskings_a_day, i64::from),
            look_ups_an_hour: count(look_ups_an_hour, usual.look_ups_an_hour),
            opened: count(opened_in_ten_minutes, usual.opened),
            found: count(found_in_ten_minutes, usual.found),
        }
    }

    /// The files of policies for roles of one's own: name and text.
    ///
    /// # Errors
    /// The directory or a file cannot be read.
    pub fn policies(&self) -> anyhow::Result<Vec<(String, String)>> {
        let Some(dir) = &self.accounts.policies else { return Ok(Vec::new()) };
        let unread = || format!("accounts.policies: {} cannot be read", dir.display());
        let mut files = Vec::new();
        for entry in std::fs::read_dir(dir).with_context(unread)? {
            let path = entry.with_context(unread)?.path();
            if path.extension().is_some_and(|ending| ending == "cedar") {
                let text = std::fs::read_to_string(&path)
                    .with_context(|| format!("accounts.policies: {} cannot be read", path.display()))?;
                files.push((path.display().to_string(), text));
            }
        }
        files.sort();
        Ok(files)
    }

    /// Where the ledger's latest checkpoint is kept: beside the key file, because both belong outside the database.
    pub fn checkpoint_file(&self) -> PathBuf {
        self.key_file().with_file_name("hefu.checkpoint")
    }
}

/// Refuses the URLs of other databases by name. The URL itself may hold a password and is not repeated.
fn check_engine(url: &str) -> anyhow::Result<()> {
    const KEEPS: &str = "Hefu stores its records in SQLite or PostgreSQL";
    let is_word = |scheme: &&str| {
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    match url.split_once("://").map(|(scheme, _)| scheme).filter(is_word) {
        Some("postgres" | "postgresql") => Ok(()),
        Some(sqlite) if sqlite.eq_ignore_ascii_case("sqlite") => bail!(
            "database.url: {KEEPS}; for SQLite give no URL, but a directory (`data`, HEFU_DATA or --data)"
        ),
        Some(scheme) => bail!("database.url: {KEEPS}; {scheme}:// is not supported"),
        None => bail!("database.url is not a URL: {KEEPS}, the latter at postgres://user@host/database"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(pairs: &[(&str, &str)]) -> anyhow::Result<Config> {
        let mut config = Config::default();
        for (name, value) in pairs {
            config.set(name, (*value).to_owned())?;
        }
        Ok(config)
    }

    #[test]
    fn a_url_is_all_it_takes_to_move_to_postgresql() {
        let config = Config::parse("database.url = \"postgres://db/hefu\"").unwrap();
        assert!(matches!(config.location(), Location::Postgres(url) if url == "postgres://db/hefu"));
        assert!(
            matches!(Config::default().location(), Location::Embedded(dir) if dir == Path::new("./data"))
        );
    }

    #[test]
    fn unknown_keys_are_errors_and_say_where() {
        let error = Config::parse("data = \"x\"\ndatabse.url = \"postgres://user:secret@db\"")
            .unwrap_err()
            .to_string();
        assert!(error.contains("databse") && error.contains("line 2"), "{error}");
        assert!(!error.contains("secret"), "{error}");
        assert!(with(&[("HEFU_DTA", "x")]).unwrap_err().to_string().contains("HEFU_DATA"));
        assert_eq!(with(&[("HEFU_DATA", "x"), ("PATH", "y")]).unwrap().data, Path::new("x"));
    }

    #[test]
    fn the_log_is_text_unless_json_is_asked_for() {
        assert_eq!(Config::parse("").unwrap().log_format, LogFormat::Text);
        assert_eq!(Config::parse("log_format = \"json\"").unwrap().log_format, LogFormat::Json);
        assert_eq!(with(&[("HEFU_LOG_FORMAT", "json")]).unwrap().log_format, LogFormat::Json);
        assert!(with(&[("HEFU_LOG_FORMAT", "xml")]).unwrap_err().to_string().contains("HEFU_LOG_FORMAT"));
    }

    #[test]
    fn other_databases_are_refused_by_name() {
        for (url, expected) in [
            ("mysql://root:secret@db/hefu", "mysql:// is not supported"),
            ("mariadb://db/hefu", "mariadb:// is not supported"),
            ("mysql+pymysql://db/hefu", "mysql+pymysql:// is not supported"),
            ("sqlite:///var/hefu.db", "give no URL, but a directory"),
            ("host=db password=secret", "is not a URL"),
        ] {
            let error = check_engine(url).unwrap_err().to_string();
            assert!(error.contains("SQLite or PostgreSQL") && error.contains(expected), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        check_engine("postgres://db/hefu").unwrap();
        check_engine("postgresql://db/hefu").unwrap();
    }

    #[test]
    fn only_this_machine_is_let_in_without_accounts_and_encryption() {
        let needs = |text: &str, listen: &str, encrypted| {
            Config::parse(text).unwrap().needs_accounts(listen.parse().unwrap(), encrypted)
        };
        assert!(!needs("", "127.0.0.1:1", false).unwrap());
        assert!(needs("accounts.required = true", "[::1]:1", false).unwrap());
        assert!(needs("", "192.0.2.7:1", true).unwrap());
        for (text, encrypted, expected) in
            [("", false, "tls.certificate"), ("accounts.required = false", true, "accounts.required")]
        {
            let error = needs(text, "0.0.0.0:1", encrypted).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("is not loopback"), "{error}");
        }
        let hosts = with(&[("HEFU_HOSTS", "a.example, b.example")]).unwrap().hosts;
        assert_eq!(hosts, ["a.example", "b.example"]);
    }

    #[test]
    fn what_accounts_may_is_read_and_wrong_roles_are_told() {
        let policies = Policies::embedded().unwrap();
        let config = Config::parse(
            "[accounts]\npasswords = \"mlps3\"\nsession_hours = 8\nunmaskings_a_day = 20\nsecond_factor = [\"finance\"]\n\
             [accounts.sessions.auditor]\nidle_minutes = 10",
        )
        .unwrap();
        let settings = config.account_settings(&policies).unwrap();
        assert_eq!(settings.passwords, PasswordProfile::Mlps3);
        let hours =
            |idle, hours| SessionLimits { idle: TimeDelta::minutes(idle), absolute: TimeDelta::hours(hours) };
        assert_eq!((settings.sessions, settings.sessions_of["auditor"]), (hours(30, 8), hours(10, 8)));
        assert_eq!(config.watch_limits(), WatchLimits { unmaskings_a_day: 20, ..WatchLimits::default() });
        for (text, expected) in [
            ("accounts.second_factor = [\"wizard\"]", "no role wizard"),
            ("accounts.sessions.own.hours = 1", "no role own"),
            ("accounts.sessions.auditor.hours = 0", "accounts.sessions.auditor"),
            ("accounts.leaked_passwords = \"/nowhere\"", "accounts.leaked_passwords"),
        ] {
            let error = Config::parse(text).unwrap().account_settings(&policies).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        // A provider of identities is reached where nobody listens, and grants what there is.
        let provider = |id: &str, issuer: &str, role: &str| {
            let roles = format!(
                "[[accounts.providers.{id}.roles]]\ngroup = \"desk\"\nrole = \"{role}\"\nproperty = \"SH01\""
            );
            let text = format!(
                "[accounts.providers.{id}]\nname = \"SSO\"\nissuer = \"{issuer}\"\nclient_id = \"hefu\"\nclient_secret = \"s\"\n{roles}"
            );
            Config::parse(&text).unwrap().account_settings(&policies)
        };
        let settings = provider("chain", "https://id.example", "front_desk").unwrap().providers.remove(0);
        assert_eq!((settings.groups.as_str(), settings.always_two_factors), ("groups", false));
        assert_eq!(settings.roles[0].property.as_deref(), Some("SH01"));
        assert!(!format!("{settings:?}").contains("\"s\""), "{settings:?}");
        for (id, issuer, role, expected) in [
            ("Chain", "https://id.example", "front_desk", "small letters"),
            ("chain", "http://id.example", "front_desk", "https://"),
            ("chain", "https://id.example", "wizard", "no role wizard"),
        ] {
            let error = provider(id, issuer, role).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let set = with(&[("HEFU_ACCOUNTS_LOOK_UPS_AN_HOUR", "7")]).unwrap();
        assert_eq!(set.watch_limits().look_ups_an_hour, 7);
    }

    #[test]
    fn witnesses_are_read_and_refused_by_name() {
        let key = hefu_ledger::Signer::new(KeyKind::Witness, "w.example", &[7; 32]).unwrap().verifier();
        let ledger = hefu_ledger::Signer::new(KeyKind::Ledger, "w.example", &[7; 32]).unwrap().verifier();
        let with = |url: &str, key: &Verifier, more: &str| {
            let one = format!("{{ url = \"{url}\", key = \"{key}\" }}");
            Config::parse(&format!("[ledger]\nwitness = [{one}{more}]")).unwrap().witnesses()
        };
        let read = with("https://w.example/hefu", &key, "").unwrap();
        assert_eq!((read[0].url.to_string().as_str(), &read[0].key), ("https://w.example/hefu", &key));
        let again = format!(", {{ url = \"https://other.example\", key = \"{key}\" }}");
        for (told, expected) in [
            (with("http://w.example", &key, ""), "ledger.witness[0].url"),
            (with("https://w.example", &ledger, ""), "key of a ledger"),
            (with("https://w.example", &key, &again), "one name"),
        ] {
            let error = format!("{:#}", told.unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
        let all = Config::parse("ledger.quorum = 1").unwrap();
        assert!(all.witnesses().unwrap_err().to_string().contains("ledger.quorum"));
    }

    #[test]
    fn lock_systems_are_read_and_refused_by_name() {
        let config = Config::parse("[locks.SH01]\naddress = \"127.0.0.1:4100\"").unwrap();
        assert!(config.locks().unwrap().has("SH01"));
        assert!(!config.locks().unwrap().has("HZ01"));
        let error = Config::parse("locks.SH01.address = \"4100\"").unwrap().locks().unwrap_err();
        assert!(format!("{error:#}").contains("locks.SH01.address"), "{error:#}");
        // Elsewhere it is encrypted, unless somebody said that it is not.
        let elsewhere = |more: &str| {
            let config =
                Config::parse(&format!("[locks.SH01]\naddress = \"192.0.2.7:4100\"\n{more}")).unwrap();
            config.locks().map(|_| ()).map_err(|error| format!("{error:#}"))
        };
        assert!(elsewhere("plain = true").is_ok());
        for (more, expected) in [
            ("", "plain = true"),
            ("authority = \"none.pem\"", "cannot be used"),
            ("authority = \"none.pem\"\nplain = true", "for TLS"),
            ("certificate = \"none.pem\"", "go together"),
            ("certificate = \"none.pem\"\nkey = \"none.pem\"", "needs the authority"),
        ] {
            let error = elsewhere(more).unwrap_err();
            assert!(error.contains(expected), "{more}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_settings_panic(text in "\\PC{0,60}", key in "[A-Z_]{0,12}", value in "\\PC{0,20}") {
            let _ = Config::parse(&text);
            let _ = Config::parse(&format!("{key}.{key} = {value}"));
            let _ = with(&[(&format!("HEFU_{key}"), &value)]);
        }
    }
}
