//! The server's own door as others meet it: TLS 1.3 and nothing older, certificates exchanged while serving, the link that makes the first account, and what
//! is refused on other addresses than this machine's.
#![expect(clippy::unwrap_used, reason = "tests")]
#![cfg(target_os = "linux")]

mod common;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use common::{
    Site,
    cluster::{command, run},
    http::Client,
    tail,
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

/// A server and what it said on the console.
struct Console {
    child: Child,
    output: BufReader<ChildStdout>,
    said: String,
    address: SocketAddr,
}

impl Console {
    /// Starts `hefu serve` with these settings, and waits until it is up.
    fn start(site: &Site, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut command = site.hefu(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
        command.envs(settings.iter().copied());
        let log = std::fs::File::options().create(true).append(true).open(&site.log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("Hefu is up") {
            assert!(
                output.read_line(&mut said).unwrap() > 0,
                "it did not start: {said}\n{}",
                tail(&site.log)
            );
        }
        let up = said.lines().last().unwrap();
        let at = up.split("://").nth(1).unwrap().split_whitespace().next().unwrap();
        let address = at.parse().unwrap();
        Self { child, output, said, address }
    }

    /// What it says until a line holds `end`.
    fn read_until(&mut self, end: &str) -> &str {
        while !self.said.contains(end) {
            assert!(self.output.read_line(&mut self.said).unwrap() > 0, "{}", self.said);
        }
        &self.said
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `openssl s_client` says of a connection, with what a GET is answered.
fn spoken(address: SocketAddr, version: &str) -> (bool, String) {
    let mut client = Command::new("openssl")
        .args(["s_client", "-connect", &address.to_string(), version, "-ign_eof", "-servername", "localhost"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    // It may hang up before it was asked.
    let _ = client.stdin.take().unwrap().write_all(get.as_bytes());
    let done = client.wait_with_output().unwrap();
    let text = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).join("\n");
    (done.status.success(), text)
}

/// A certificate for `localhost` of its own authority; answers its subject.
fn certificate(dir: &Path, subject: &str) {
    let names =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    let name = format!("/CN={subject}");
    let mut made = command(
        "openssl",
        &[
            &names[..],
            &[
                "-subj",
                &name,
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                "new.key",
                "-out",
                "new.crt",
            ],
        ]
        .concat(),
    );
    made.current_dir(dir);
    run(made);
    // One after the other, as a tool that renews certificates does.
    std::fs::rename(dir.join("new.key"), dir.join("server.key")).unwrap();
    std::fs::rename(dir.join("new.crt"), dir.join("server.crt")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wire_is_tls_1_3_and_the_certificate_is_exchanged_while_serving() {
    let site = Site::of(TestDb::sqlite().await).await;
    let dir = site.dir();
    certificate(dir, "first");
    let files = [("HEFU_TLS_CERTIFICATE", "server.crt"), ("HEFU_TLS_KEY", "server.key")];
    let files = files.map(|(name, file)| (name, dir.join(file).display().to_string()));
    let settings: Vec<(&str, &str)> = files.iter().map(|(name, file)| (*name, file.as_str())).collect();
    let server = Console::start(&site, &[], &settings);
    assert!(server.said.contains("https://"), "{}", server.said);

    let (_, new) = spoken(server.address, "-tls1_3");
    assert!(new.contains("TLSv1.3") && new.contains("CN = first") | new.contains("CN=first"), "{new}");
    assert!(new.contains("HTTP/1.1 200") && new.contains("\"status\":\"ok\""), "{new}");
    let (is_done, old) = spoken(server.address, "-tls1_2");
    assert!(!is_done && !old.contains("HTTP/1.1"), "{old}");
    // Whoever speaks in clear is understood by nobody.
    let clear = Client::of(server.address).send("GET", "/healthz", &[], None).await;
    assert!(clear.is_err(), "{clear:?}");

    certificate(dir, "second");
    let began = Instant::now();
    loop {
        let (_, now) = spoken(server.address, "-tls1_3");
        if now.contains("CN = second") || now.contains("CN=second") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{now}\n{}", tail(&site.log));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // Nonsense changes nothing.
    std::fs::write(dir.join("server.crt"), "nonsense").unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (_, now) = spoken(server.address, "-tls1_3");
    assert!(now.contains("CN = second") || now.contains("CN=second"), "{now}");
    assert!(tail(&site.log).contains("the one before stays in use"), "{}", tail(&site.log));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_trials_is_made_once_and_its_fingerprint_told() {
    let site = Site::of(TestDb::sqlite().await).await;
    let fingerprint = |said: &str| {
        let line = said.lines().find(|line| line.contains("SHA-256: ")).unwrap();
        line.split("SHA-256: ").nth(1).unwrap().trim().to_owned()
    };
    let server = Console::start(&site, &[], &[("HEFU_TLS_SELF_SIGNED", "true")]);
    let first = fingerprint(&server.said);
    let (_, spoken) = spoken(server.address, "-tls1_3");
    assert!(spoken.contains("HTTP/1.1 200"), "{spoken}");
    drop(server);
    let server = Console::start(&site, &[], &[("HEFU_TLS_SELF_SIGNED", "true")]);
    assert_eq!(fingerprint(&server.said), first);
    assert_eq!(first.len(), 95);
    let mut shown = command("openssl", &["x509", "-noout", "-fingerprint", "-sha256", "-in"]);
    let key_file = site.db().key_file();
    let shown = shown.arg(key_file.with_file_name("hefu-trial.crt")).output().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_addresses_need_encryption_and_accounts() {
    let site = Site::of(TestDb::sqlite().await).await;
    let refused = |settings: &[(&str, &str)]| {
        let mut command = site.hefu(&["serve", "--listen", "0.0.0.0:0"]);
        let done = command.envs(settings.iter().copied()).output().unwrap();
        assert!(!done.status.success());
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    let said = refused(&[]);
    assert!(said.contains("is not loopback") && said.contains("tls.certificate"), "{said}");
    let said = refused(&[("HEFU_TLS_SELF_SIGNED", "true"), ("HEFU_ACCOUNTS_REQUIRED", "false")]);
    assert!(said.contains("is not loopback") && said.contains("accounts.required"), "{said}");
    let said = refused(&[("HEFU_TLS_CERTIFICATE", "x")]);
    assert!(said.contains("go together"), "{said}");
}

both_engines! {
    /// Whoever was refused something can say which request it was, and its lines are found in the log.
    async fn the_log_says_which_request_a_line_is_of(db: TestDb) {
        let site = Site::of(db).await;
        let open = Console::start(&site, &[], &[]);
        let program = json!({ "name": "nothing granted" });
        let made = Client::of(open.address).send("POST", "/api/v1/api-clients", &[], Some(&program)).await.unwrap();
        let key = made.body["key"].as_str().unwrap().to_owned();
        drop(open);
        let server = Console::start(&site, &[], &[("HEFU_ACCOUNTS_REQUIRED", "true"), ("HEFU_LOG_FORMAT", "json")]);
        let asked = format!(
            "GET /api/v1/properties/SH01 HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n",
            server.address
        );
        let mut stream = std::net::TcpStream::connect(server.address).unwrap();
        stream.write_all(asked.as_bytes()).unwrap();
        let mut refused = String::new();
        stream.read_to_string(&mut refused).unwrap();
        assert!(refused.starts_with("HTTP/1.1 403") && refused.contains("\"forbidden\""), "{refused}");
        let request = refused.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
        let began = Instant::now();
        let line = loop {
            let log = std::fs::read_to_string(&site.log).unwrap();
            let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            if let Some(line) = lines.into_iter().find(|line| line["message"] == "denied") {
                break line;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!((&line["level"], &line["fields"]["action"]), (&json!("WARN"), &json!("property.show")));
        assert_eq!(line["spans"], json!([{ "name": "request", "fields": format!("id={request}") }]));
    }

    async fn the_setup_link_makes_one_administrator(db: TestDb) {
        let site = Site::of(db).await;
        let mut server = Console::start(&site, &[], &[("HEFU_ACCOUNTS_REQUIRED", "true")]);
        let said = server.read_until("/setup#").to_owned();
        let token = said.split("/setup#").nth(1).unwrap().split_whitespace().next().unwrap();
        let mut client = Client::of(server.address);
        let account = json!({ "token": token, "login": "admin", "name": "Admin", "password": "tide-lantern-47-orchid" });
        let guests = client.send("GET", "/api/v1/properties", &[], None).await.unwrap();
        assert_eq!((guests.status, guests.code()), (401, "not_signed_in"));
        let made = client.send("POST", "/api/v1/setup", &[], Some(&account)).await.unwrap();
        assert_eq!(made.status, 201, "{made:?}");
        let again = client.send("POST", "/api/v1/setup", &[], Some(&account)).await.unwrap();
        assert_eq!(again.status, 401, "{again:?}");
        let signed = json!({ "login": "admin", "password": "tide-lantern-47-orchid" });
        let signed = client.send("POST", "/api/v1/session", &[], Some(&signed)).await.unwrap();
        assert_eq!(signed.status, 200, "{signed:?}");
        // Neither the token nor the password is in the log.
        let log = std::fs::read_to_string(&site.log).unwrap();
        assert!(!log.contains(token) && !log.contains("tide-lantern"), "{log}");
        drop(server);
        // There is an account: no other start makes another link.
        let mut server = Console::start(&site, &[], &[("HEFU_ACCOUNTS_REQUIRED", "true")]);
        let mut client = Client::of(server.address);
        let refused = client.send("POST", "/api/v1/setup", &[], Some(&account)).await.unwrap();
        assert_eq!(refused.status, 401, "{refused:?}");
        let _ = server.child.kill();
        let mut rest = String::new();
        while server.output.read_line(&mut rest).unwrap() > 0 {}
        assert!(!rest.contains("/setup#"), "{rest}");
    }
}
