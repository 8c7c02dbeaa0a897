//! PostgreSQL's client tools: `pg_dump` writes a copy, `pg_restore` restores it.

use std::{
    io::{self, ErrorKind, Read, Write},
    path::Path,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
    thread::JoinHandle,
};

use sqlx::{
    Connection as _, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

use crate::{
    Conn, StoreError,
    copy::{CopiedFile, Moment, POSTGRES, RecordsCopy},
    postgres::options,
};

/// Our secrets, which other programs must not inherit.
const SECRETS: [&str; 4] =
    ["HEFU_DATABASE_URL", "HEFU_KEYS_SECRET", "HEFU_CACHE_REDIS", "HEFU_BACKUP_S3_SECRET_ACCESS_KEY"];

/// The certificate authorities of the system, where Debian and others keep them.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How many bytes of a tool's messages are kept.
const SAID: u64 = 4_096;

/// Whether the database is empty, apart from extensions.
const IS_EMPTY: &str = r"SELECT NOT EXISTS (
    SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
) AND NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'keys')";

/// Percent-decodes a part of a URL.
fn decoded(part: &str) -> String {
    let form = format!("={}", part.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// A client tool that connects as we do. The connection settings and the password are in its environment, which other users of the
/// machine cannot read.
fn tool(name: &'static str, url: &str, options: &PgConnectOptions) -> Command {
    let mut command = Command::new(name);
    for secret in SECRETS {
        command.env_remove(secret);
    }
    match options.get_socket() {
        Some(socket) => command.env("PGHOST", socket),
        None => command.env("PGHOST", options.get_host()),
    };
    let ssl_mode = match options.get_ssl_mode() {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    };
    command
        .env("PGPORT", options.get_port().to_string())
        .env("PGUSER", options.get_username())
        .env("PGDATABASE", database(options))
        .env("PGSSLMODE", ssl_mode)
        .env("PGAPPNAME", "hefu")
        .env("LC_ALL", "C")
        .arg("--no-password");
    let (_, place) = url.split_once("://").unwrap_or_default();
    let (place, query) = place.split_once('?').unwrap_or((place, ""));
    let authority = place.split('/').next().unwrap_or_default();
    if let Some((user, _)) = authority.rsplit_once('@')
        && let Some((_, password)) = user.split_once(':')
    {
        command.env("PGPASSWORD", decoded(password));
    }
    // The driver brings certificate authorities of its own; the tools have none unless they are told.
    let authorities = Path::new(SYSTEM_AUTHORITIES);
    if matches!(options.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull) && authorities.exists() {
        command.env("PGSSLROOTCERT", authorities);
    }
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let variable = match &*name {
            "password" => "PGPASSWORD",
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
            "sslcert" | "ssl-cert" => "PGSSLCERT",
            "sslkey" | "ssl-key" => "PGSSLKEY",
            _ => continue,
        };
        command.env(variable, &*value);
    }
    command
}

fn database(options: &PgConnectOptions) -> &str {
    options.get_database().unwrap_or_else(|| options.get_username())
}

fn failed(tool: &'static str, why: impl Into<String>) -> StoreError {
    StoreError::Tool { tool, why: why.into() }
}

/// The first number in a version, as in `15.18 (Debian 15.18-0+deb12u1)`.
fn major(version: &str) -> Option<u32> {
    let digits = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Refuses a tool that is missing or older than the server.
fn check_version(name: &'static str, server: &str) -> Result<(), StoreError> {
    let wanted = major(server).unwrap_or_default();
    let install =
        format!("install PostgreSQL's client tools of version {wanted} or later (Debian: postgresql-client)");
    let told = match Command::new(name).arg("--version").output() {
        Ok(told) => String::from_utf8_lossy(&told.stdout).into_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(failed(name, format!("it is not installed: {install}")));
        }
        Err(error) => return Err(failed(name, error.to_string())),
    };
    match major(&told) {
        Some(version) if version >= wanted => Ok(()),
        Some(version) => {
            Err(failed(name, format!("it is of version {version}, the server of {wanted}: {install}")))
        }
        None => Err(failed(name, format!("it does not tell its version: {install}"))),
    }
}

fn started(name: &'static str, mut command: Command) -> Result<Child, StoreError> {
    command.stderr(Stdio::piped()).spawn().map_err(|error| failed(name, error.to_string()))
}

/// Reads a tool's messages, so that it never blocks on them.
fn listen(stderr: Option<ChildStderr>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(mut stderr) = stderr {
            let _ = stderr.by_ref().take(SAID).read_to_end(&mut said);
            let _ = io::copy(&mut stderr, &mut io::sink());
        }
        String::from_utf8_lossy(&said).trim().to_owned()
    })
}

/// A running tool; killed when dropped.
struct Running {
    child: Child,
    said: Option<JoinHandle<String>>,
}

impl Running {
    fn of(mut child: Child) -> Self {
        let said = Some(listen(child.stderr.take()));
        Self { child, said }
    }

    /// Waits for its exit; answers why it failed.
    fn end(&mut self) -> Result<(), String> {
        let status = self.child.wait().map_err(|error| error.to_string())?;
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        if status.success() { Ok(()) } else { Err(format!("{status}: {said}")) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The output of `pg_dump`. It is complete only if the tool exits with success.
struct Dump {
    running: Running,
    out: ChildStdout,
    is_over: bool,
}

impl Read for Dump {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_over || buffer.is_empty() {
            return Ok(0);
        }
        let count = self.out.read(buffer)?;
        if count == 0 {
            self.is_over = true;
            self.running.end().map_err(|why| io::Error::other(format!("pg_dump failed: {why}")))?;
        }
        Ok(count)
    }
}

/// The records and the data keys, both as `conn` sees them.
pub(crate) async fn dump(
    url: &str,
    options: &PgConnectOptions,
    mut conn: Conn,
) -> Result<RecordsCopy, StoreError> {
    let server = conn.engine_version().await?;
    let moment = conn.export_moment().await?;
    let start = |name, only: &str| -> Result<CopiedFile, StoreError> {
        let mut command = tool("pg_dump", url, options);
        // Compression would hide what is unchanged since the last backup.
        command.args(["--format=custom", "--compress=0", "--no-owner", "--no-privileges"]);
        command.arg("--lock-wait-timeout=60s").arg(only).arg(format!("--snapshot={moment}"));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = started("pg_dump", command)?;
        let out = child.stdout.take().ok_or_else(|| failed("pg_dump", "it has no output"))?;
        let dump = Dump { running: Running::of(child), out, is_over: false };
        Ok(CopiedFile { name, size: None, content: Box::new(dump) })
    };
    check_version("pg_dump", &server)?;
    let files =
        vec![start(POSTGRES.records, "--exclude-schema=keys")?, start(POSTGRES.keys, "--schema=keys")?];
    Ok(RecordsCopy { files, moment: Moment(Some(conn)) })
}

/// A restore of one file of a copy: write the file, then call [`PutBack::finish`].
pub struct PutBack {
    running: Running,
    input: Option<ChildStdin>,
}

impl std::fmt::Debug for PutBack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PutBack(..)")
    }
}

impl PutBack {
    /// Starts to restore a file to the database at `url`.
    ///
    /// # Errors
    /// `pg_restore` cannot be started.
    pub fn start(url: &str) -> Result<Self, StoreError> {
        let options = options(url)?;
        let mut command = tool("pg_restore", url, &options);
        command.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]);
        command.arg(format!("--dbname={}", database(&options))).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = started("pg_restore", command)?;
        let input = child.stdin.take();
        Ok(Self { running: Running::of(child), input })
    }

    /// Waits until the file is restored.
    ///
    /// # Errors
    /// `pg_restore` failed. Nothing of the file is in the database then.
    pub fn finish(mut self) -> Result<(), StoreError> {
        drop(self.input.take());
        self.running.end().map_err(|why| failed("pg_restore", why))
    }
}

impl Write for PutBack {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.input.as_mut().map_or(Err(ErrorKind::BrokenPipe.into()), |input| input.write(buffer))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Checks that the database is empty and that `pg_restore` can be used.
///
/// # Errors
/// It cannot be reached, is not empty, or `pg_restore` is missing or too old.
pub async fn refuse_unless_empty(url: &str) -> Result<(), StoreError> {
    let unreachable = |source| StoreError::from_sqlx("connecting to PostgreSQL", source);
    let mut connection = PgConnection::connect_with(&options(url)?).await.map_err(unreachable)?;
    let failed = |source| StoreError::from_sqlx("looking into the database", source);
    let is_empty: bool = sqlx::query_scalar(IS_EMPTY).fetch_one(&mut connection).await.map_err(failed)?;
    let server: String =
        sqlx::query_scalar("SHOW server_version").fetch_one(&mut connection).await.map_err(failed)?;
    let _ = connection.close().await;
    if !is_empty {
        return Err(StoreError::NotEmpty);
    }
    check_version("pg_restore", &server)
}

/// Updates statistics and the visibility map, which a dump does not contain.
///
/// # Errors
/// The database fails.
pub async fn count_put_back(url: &str) -> Result<(), StoreError> {
    let failed = |source| StoreError::from_sqlx("analyzing the restored database", source);
    let mut connection = PgConnection::connect_with(&options(url)?).await.map_err(failed)?;
    sqlx::raw_sql("VACUUM (ANALYZE)").execute(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    fn variables(url: &str) -> Vec<(String, Option<String>)> {
        let command = tool("pg_dump", url, &url.parse().unwrap());
        let text = |text: &OsStr| text.to_str().unwrap().to_owned();
        assert!(
            command.get_args().all(|argument| !text(argument).contains("secret")),
            "others can read arguments"
        );
        command.get_envs().map(|(name, value)| (text(name), value.map(text))).collect()
    }

    #[test]
    fn tools_reach_the_database_that_the_url_names() {
        for (url, expected) in [
            (
                "postgres://clerk:se%2Fcr%40et+%25@db.example:5433/hotel?sslmode=verify-full&sslrootcert=/ca.pem",
                &[
                    ("PGHOST", "db.example"),
                    ("PGPORT", "5433"),
                    ("PGUSER", "clerk"),
                    ("PGPASSWORD", "se/cr@et+%"),
                    ("PGDATABASE", "hotel"),
                    ("PGSSLMODE", "verify-full"),
                    ("PGSSLROOTCERT", "/ca.pem"),
                ][..],
            ),
            (
                "postgres:///hotel?host=/run/pg&user=clerk&password=secret",
                &[("PGHOST", "/run/pg"), ("PGPASSWORD", "secret")],
            ),
            ("postgres://clerk@127.0.0.1", &[("PGDATABASE", "clerk"), ("PGSSLMODE", "prefer")]),
        ] {
            let found = variables(url);
            for (name, value) in expected {
                assert!(
                    found.contains(&((*name).into(), Some((*value).into()))),
                    "{url}: {name} in {found:?}"
                );
            }
            assert!(found.contains(&("HEFU_KEYS_SECRET".into(), None)));
        }
    }

    #[test]
    fn versions_are_read_as_they_are_told() {
        assert_eq!(major("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major("17devel"), Some(17));
        assert_eq!(major("none"), None);
    }

    #[test]
    fn a_missing_or_old_tool_is_named_with_what_to_do() {
        let error = check_version("pg_dump_that_is_not_there", "15.18").unwrap_err().to_string();
        assert!(error.contains("not installed") && error.contains("postgresql-client"), "{error}");
        let error = check_version("pg_dump", "99.1").unwrap_err().to_string();
        assert!(error.contains("the server of 99"), "{error}");
    }
}
