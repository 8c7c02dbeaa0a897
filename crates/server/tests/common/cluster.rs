//! A PostgreSQL server of a test's own.

use std::{
    fs::File,
    net::TcpListener,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::tail;

/// A PostgreSQL server of its own, in a directory of its owner's.
pub struct Cluster {
    server: Child,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// Its directory.
    pub data: PathBuf,
}

impl Cluster {
    /// Makes and starts it in `dir` with these settings more; `within` makes a shell line of the one that starts it.
    pub fn start(dir: &Path, settings: &str, within: impl Fn(&str) -> String) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let bin = postgres_bin();
        let data = dir.join("pg");
        run(User::Postgres.shell(
            dir,
            &format!("{bin}/initdb -D {} -U postgres --auth=trust -E UTF8 --no-sync", data.display()),
        ));
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections=40 {settings}",
            data.display()
        );
        let shell = within(&format!("exec {bin}/postgres -D {} {options}", data.display()));
        let mut command = User::Postgres.shell(dir, &shell);
        let log = File::create(dir.join("pg.log")).unwrap();
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let cluster = Self { server, port, data };
        let is_up = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            cluster.psql("SELECT 1").is_ok()
        });
        assert!(is_up, "{}", tail(&dir.join("pg.log")));
        cluster
    }

    /// Asks it something as its owner; answers what it says.
    pub fn psql(&self, sql: &str) -> Result<String, String> {
        let done = Command::new("psql").args([&self.url("postgres"), "-qAtc", sql]).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
        if done.status.success() { Ok(text(done.stdout)) } else { Err(text(done.stderr)) }
    }

    /// A database of it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The server's own process: what was spawned may be `su`.
    pub fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(self.data.join("postmaster.pid")).ok()?.lines().next()?.parse().ok()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGQUIT: at once, whoever is connected.
        if let Some(pid) = self.pid() {
            let _ = Command::new("kill").args(["-QUIT", &pid.to_string()]).status();
        }
        let _ = self.server.wait();
    }
}

fn postgres_bin() -> String {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<u32> =
        versions.filter_map(|version| version.file_name().to_str()?.parse().ok()).collect();
    found.sort_unstable();
    found.last().map_or_else(
        || {
            let which = Command::new("sh").args(["-c", "dirname \"$(command -v initdb)\""]).output().unwrap();
            String::from_utf8(which.stdout).unwrap().trim().to_owned()
        },
        |version| format!("/usr/lib/postgresql/{version}/bin"),
    )
}

/// A command with arguments.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Who runs a shell line.
#[derive(Clone, Copy)]
pub enum User {
    /// Whoever runs the tests.
    Own,
    /// The same, unless that is root: PostgreSQL refuses to be.
    Postgres,
}

impl User {
    /// The line as a command.
    pub fn shell(self, dir: &Path, line: &str) -> Command {
        let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let mut command = match self {
            Self::Postgres if is_root => command("su", &["postgres", "-s", "/bin/sh", "-c", line]),
            _ => command("sh", &["-c", line]),
        };
        command.current_dir(dir).env("LC_ALL", "C");
        command
    }
}

/// Runs a command that must succeed.
pub fn run(mut command: Command) {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}
