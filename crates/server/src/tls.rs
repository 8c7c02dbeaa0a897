//! The server's own certificate: from files, exchanged without a restart when they change, or made by itself for trials. TLS 1.3 and nothing older.

use std::{
    fmt::Write as _,
    io::Write as _,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, bail};
use hefu_http::connection::Encryption;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use crate::{config::Config, private};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// The certificate in use.
pub struct Certificates {
    files: (PathBuf, PathBuf),
    seen: Changed,
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

/// When the two files were changed last.
type Changed = [Option<SystemTime>; 2];

fn changed((certificate, key): &(PathBuf, PathBuf)) -> Changed {
    [certificate, key].map(|file| std::fs::metadata(file).and_then(|about| about.modified()).ok())
}

fn read((certificate, key): &(PathBuf, PathBuf)) -> anyhow::Result<(Arc<ServerConfig>, String)> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("tls.certificate: {} cannot be read", certificate.display()))?;
    let first =
        chain.first().with_context(|| format!("tls.certificate: {} holds none", certificate.display()))?;
    let fingerprint = fingerprint(first);
    let secret = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("tls.key: {} cannot be read", key.display()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .context("tls: certificate and key do not belong together")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((Arc::new(config), fingerprint))
}

/// SHA-256 over a certificate, as browsers show it.
fn fingerprint(certificate: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate);
    let mut text = String::new();
    for (i, byte) in digest.as_ref().iter().enumerate() {
        // A text can always be written to.
        let _ = write!(text, "{}{byte:02X}", if i > 0 { ":" } else { "" });
    }
    text
}

/// Makes a certificate for trials beside the key file, unless one is there.
fn self_signed(config: &Config, listen: IpAddr) -> anyhow::Result<(PathBuf, PathBuf)> {
    let key_file = config.key_file();
    let files = (key_file.with_file_name("hefu-trial.crt"), key_file.with_file_name("hefu-trial.key"));
    if files.0.exists() && files.1.exists() {
        return Ok(files);
    }
    if let Some(dir) = files.0.parent() {
        std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be created", dir.display()))?;
    }
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(config.hosts.iter().map(|host| host.trim_matches(['[', ']']).to_owned()));
    if !listen.is_unspecified() && !listen.is_loopback() {
        names.push(listen.to_string());
    }
    let made =
        rcgen::generate_simple_self_signed(names).context("hosts: no certificate can be made for them")?;
    let put = |path: &Path, text: String| {
        let written = private::create(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.with_context(|| format!("{} cannot be written", path.display()))
    };
    put(&files.1, made.signing_key.serialize_pem())?;
    put(&files.0, made.cert.pem())?;
    Ok(files)
}

impl Certificates {
    /// The certificate that the configuration names; none if it names none.
    ///
    /// # Errors
    /// Only one of certificate and key is named, both a file and `self_signed`, or a file cannot be used.
    pub fn of(config: &Config, listen: IpAddr) -> anyhow::Result<Option<Self>> {
        let tls = &config.tls;
        let files = match (&tls.certificate, &tls.key, tls.self_signed) {
            (None, None, false) => return Ok(None),
            (None, None, true) => self_signed(config, listen)?,
            (Some(certificate), Some(key), false) => (certificate.clone(), key.clone()),
            (Some(_), Some(_), true) => {
                bail!("tls: name certificate and key, or self_signed = true, and not both")
            }
            _ => bail!("tls: certificate and key go together"),
        };
        // Before they are read: files that are exchanged from now on are changed ones.
        let seen = changed(&files);
        let (current, fingerprint) = read(&files)?;
        tracing::info!(fingerprint, "the server's certificate (SHA-256)");
        if tls.self_signed {
            writeln!(crate::out::out(), "Certificate for trials, SHA-256: {fingerprint}")?;
        }
        Ok(Some(Self { files, seen, current: Arc::new(RwLock::new(current)) }))
    }

    /// How connections are encrypted.
    pub fn encryption(&self) -> Encryption {
        let current = self.current.clone();
        Arc::new(move || current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Takes changed files into use, for connections that are opened from then on. Files that cannot be used are told of, and change nothing.
    pub async fn follow(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut told = self.seen;
        loop {
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            let now = changed(&self.files);
            if now == self.seen {
                continue;
            }
            match read(&self.files) {
                Ok((config, fingerprint)) => {
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
                    (self.seen, told) = (now, now);
                    tracing::info!(fingerprint, "the certificate changed: using it");
                }
                // Once for each state of the files: one of them may be written before the other.
                Err(error) if told != now => {
                    told = now;
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the changed certificate cannot be used; the one before stays in use"
                    );
                }
                Err(_) => {}
            }
        }
    }
}
