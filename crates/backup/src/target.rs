//! The target of backups, as users write it.

use std::{fmt, path::PathBuf, sync::Arc};

use rusty_s3::{Bucket, Credentials, UrlStyle};
use zeroize::Zeroizing;

use crate::{BackupError, folder::Folder, place::Place, s3::S3};

/// Access to S3-compatible storage.
#[derive(Clone, Default)]
pub struct S3Access {
    /// The id of the access key.
    pub access_key_id: String,
    /// The access key.
    pub secret_access_key: Zeroizing<String>,
    /// The region; default `us-east-1`, which storage without regions accepts.
    pub region: Option<String>,
    /// The bucket is part of the host name instead of the path.
    pub virtual_host: bool,
}

impl fmt::Debug for S3Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Access").field("region", &self.region).finish_non_exhaustive()
    }
}

/// The place of a repository: a folder, or `s3:https://host/bucket/prefix` as in restic.
#[derive(Clone)]
pub struct Target(pub(crate) Arc<dyn Place>);

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.shown())
    }
}

impl Target {
    /// Parses a target.
    ///
    /// # Errors
    /// [`BackupError::Target`].
    pub fn parse(given: &str, s3: &S3Access) -> Result<Self, BackupError> {
        match given.strip_prefix("s3:") {
            Some(url) => Self::s3(given, url, s3),
            None if given.contains("://") => {
                Err(wrong(given, "write a folder, or s3:https://host/bucket/prefix"))
            }
            None if given.trim().is_empty() => Err(wrong(given, "it is empty")),
            None => Ok(Self(Arc::new(Folder(PathBuf::from(given))))),
        }
    }

    fn s3(given: &str, url: &str, access: &S3Access) -> Result<Self, BackupError> {
        let wrong = |why| wrong(given, why);
        let mut endpoint = url::Url::parse(url).map_err(|_| wrong("write s3:https://host/bucket/prefix"))?;
        if !endpoint.username().is_empty() || endpoint.password().is_some() {
            return Err(wrong("access keys belong in backup.s3, not in the address"));
        }
        let is_here = endpoint.host_str().is_some_and(|host| {
            host == "localhost"
                || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        });
        if endpoint.scheme() != "https" && !is_here {
            return Err(wrong("only https:// is allowed to other machines"));
        }
        let path = endpoint.path().trim_matches('/').to_owned();
        let (bucket, prefix) = path.split_once('/').unwrap_or((&path, ""));
        if bucket.is_empty() {
            return Err(wrong("it names no bucket"));
        }
        if access.access_key_id.is_empty() || access.secret_access_key.is_empty() {
            return Err(wrong("set backup.s3.access_key_id and backup.s3.secret_access_key"));
        }
        endpoint.set_path("");
        endpoint.set_query(None);
        endpoint.set_fragment(None);
        let style = if access.virtual_host { UrlStyle::VirtualHost } else { UrlStyle::Path };
        let region = access.region.clone().unwrap_or_else(|| "us-east-1".into());
        let bucket = Bucket::new(endpoint, style, bucket.to_owned(), region)
            .map_err(|_| wrong("the bucket's name cannot be part of an address"))?;
        let credentials =
            Credentials::new(access.access_key_id.clone(), access.secret_access_key.to_string());
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self(Arc::new(S3::new(bucket, credentials, prefix, given.to_owned()))))
    }
}

/// The target may contain a password before an `@`.
fn wrong(given: &str, why: &'static str) -> BackupError {
    let given = given.rsplit_once('@').map_or(given, |(_, rest)| rest).to_owned();
    BackupError::Target { given, why }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn access() -> S3Access {
        S3Access {
            access_key_id: "name".into(),
            secret_access_key: Zeroizing::new("secret".into()),
            ..S3Access::default()
        }
    }

    #[test]
    fn folders_and_buckets_are_places_for_backups() {
        for given in [
            "/mnt/backup",
            "backup",
            "s3:https://host/bucket",
            "s3:https://host:9000/bucket/a/b/",
            "s3:http://127.0.0.1:9/b",
        ] {
            assert_eq!(Target::parse(given, &access()).unwrap().to_string(), given);
        }
    }

    #[test]
    fn what_is_no_place_is_said_without_its_secrets() {
        for (given, access, expected) in [
            ("", access(), "empty"),
            ("https://host/bucket", access(), "s3:https://"),
            ("sftp://user:secret@host/path", access(), "s3:https://"),
            ("s3:host/bucket", access(), "s3:https://"),
            ("s3:https://host/", access(), "no bucket"),
            ("s3:http://host/bucket", access(), "only https"),
            ("s3:http://127.0.0.1.evil/bucket", access(), "only https"),
            ("s3:https://key:secret@host/bucket", access(), "not in the address"),
            ("s3:https://host/bucket", S3Access::default(), "backup.s3.access_key_id"),
        ] {
            let error = Target::parse(given, &access).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("secret@"), "{given}: {error}");
        }
    }
}
