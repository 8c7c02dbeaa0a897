//! A repository in S3-compatible storage.

use std::{
    io::{self, ErrorKind},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use rustic_core::BytesList;
use rusty_s3::{Bucket, Credentials, S3Action as _, actions::ListObjectsV2};
use ureq::{
    Agent, SendBody,
    http::{Response, StatusCode},
    tls::{RootCerts, TlsConfig},
};

use crate::place::Place;

/// Validity of a signed request.
const SIGNED_FOR: Duration = Duration::from_secs(3_600);
/// Timeout of a connection attempt.
const CONNECT: Duration = Duration::from_secs(15);
/// Timeout of a single read or write.
const SILENT: Duration = Duration::from_secs(60);
/// Pauses before retries of a request that failed temporarily.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(9)];
/// Upper bound of an answer in bytes: more than the largest file of a repository.
const LONGEST: u64 = 1 << 32;

/// A key of the storage, and how many bytes lie under it.
type Object = (String, u64);

pub(crate) struct S3 {
    agent: Agent,
    bucket: Bucket,
    credentials: Credentials,
    /// Ends with `/`, unless it is empty.
    prefix: String,
    shown: String,
}

impl S3 {
    pub(crate) fn new(bucket: Bucket, credentials: Credentials, prefix: String, shown: String) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(SILENT))
            .timeout_per_write(Some(SILENT))
            .build()
            .new_agent();
        Self { agent, bucket, credentials, prefix, shown }
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Keys that begin with `prefix`, with their sizes, and what to ask for more with.
    fn page(&self, prefix: &str, from: Option<String>) -> io::Result<(Vec<Object>, Option<String>)> {
        let mut list = self.bucket.list_objects_v2(Some(&self.credentials));
        list.with_prefix(prefix);
        if let Some(token) = from {
            list.with_continuation_token(token);
        }
        let answer = self.get(list.sign(SIGNED_FOR).as_str(), None)?;
        let unread = |error: &dyn std::fmt::Display| {
            io::Error::other(format!("a list of the storage cannot be read: {error}"))
        };
        let text = std::str::from_utf8(&answer).map_err(|error| unread(&error))?;
        let page = ListObjectsV2::parse_response(text).map_err(|error| unread(&error))?;
        let files = page.contents.into_iter().map(|object| (object.key, object.size.unwrap_or_default()));
        Ok((files.collect(), page.next_continuation_token))
    }

    fn get(&self, url: &str, range: Option<(u64, u64)>) -> io::Result<Vec<u8>> {
        answered(|| {
            let mut request = self.agent.get(url);
            if let Some((offset, length)) = range {
                request = request.header("range", format!("bytes={offset}-{}", offset + length - 1));
            }
            request.call()
        })
    }
}

/// The error of a request that the storage refused.
fn refused(status: StatusCode, said: &[u8]) -> io::Error {
    let said = String::from_utf8_lossy(said);
    let code = said.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code =
        code.map(|(code, _)| code.chars().filter(char::is_ascii_alphanumeric).take(60).collect::<String>());
    let kind = match status.as_u16() {
        404 => ErrorKind::NotFound,
        401 | 403 => ErrorKind::PermissionDenied,
        409 | 412 => ErrorKind::AlreadyExists,
        413 | 507 => ErrorKind::StorageFull,
        _ => ErrorKind::Other,
    };
    io::Error::new(kind, format!("the storage answered {status} {}", code.unwrap_or_default()))
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() && status != StatusCode::INSUFFICIENT_STORAGE
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

/// Sends a request, with retries, and answers the body.
fn answered(send: impl Fn() -> Result<Response<ureq::Body>, ureq::Error>) -> io::Result<Vec<u8>> {
    let mut pauses = PAUSES.iter();
    loop {
        let answer = send().and_then(|mut answer| {
            let body = answer.body_mut().with_config().limit(LONGEST).read_to_vec()?;
            Ok((answer.status(), body))
        });
        let failure = match answer {
            Ok((status, body)) if status.is_success() => return Ok(body),
            Ok((status, body)) if !is_passing(status) => return Err(refused(status, &body)),
            Ok((status, body)) => refused(status, &body),
            Err(error) => error.into_io(),
        };
        match pauses.next() {
            Some(pause) => std::thread::sleep(*pause),
            None => return Err(failure),
        }
    }
}

impl Place for S3 {
    fn shown(&self) -> String {
        self.shown.clone()
    }

    fn prepare(&self) -> io::Result<()> {
        Ok(())
    }

    fn size(&self, name: &str) -> io::Result<Option<u64>> {
        // By listing: a HEAD request has no body that would tell why it was refused.
        let key = self.key(name);
        let found = self.page(&key, None)?.0;
        Ok(found.into_iter().find(|(found, _)| *found == key).map(|(_, size)| size))
    }

    fn list(&self, directory: &str) -> io::Result<Vec<Object>> {
        let prefix = self.key(&format!("{directory}/"));
        let (mut files, mut next) = (Vec::new(), None);
        loop {
            let (page, more) = self.page(&prefix, next)?;
            files.extend(page.into_iter().filter_map(|(key, size)| {
                key.rsplit('/').next().filter(|name| !name.is_empty()).map(|name| (name.to_owned(), size))
            }));
            match more {
                Some(token) => next = Some(token),
                None => return Ok(files),
            }
        }
    }

    fn read(&self, name: &str, range: Option<(u64, u64)>) -> io::Result<Bytes> {
        if range.is_some_and(|(_, length)| length == 0) {
            return Ok(Bytes::new());
        }
        let url = self.bucket.get_object(Some(&self.credentials), &self.key(name)).sign(SIGNED_FOR);
        let content = self.get(url.as_str(), range)?;
        if range.is_some_and(|(_, length)| content.len() as u64 != length) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(content.into())
    }

    fn write(&self, name: &str, content: &BytesList, alone: bool) -> io::Result<()> {
        let key = self.key(name);
        let url = self.bucket.put_object(Some(&self.credentials), &key).sign(SIGNED_FOR);
        answered(|| {
            let mut request =
                self.agent.put(url.as_str()).header("content-length", content.size().to_string());
            if alone {
                request = request.header("if-none-match", "*");
            }
            // Counted references, no copies.
            request.send(SendBody::from_owned_reader(content.clone().reader()))
        })
        .map(drop)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let key = self.key(name);
        let url = self.bucket.delete_object(Some(&self.credentials), &key).sign(SIGNED_FOR);
        match answered(|| self.agent.delete(url.as_str()).call()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
