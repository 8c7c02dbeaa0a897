//! PostgreSQL over a network: the server proves who it is, unless the URL says otherwise. A server of the test's own, with certificates of its own;
//! 0.0.0.0 leads to it and is no address that Hefu takes for the machine's own.
#![expect(clippy::unwrap_used, reason = "tests")]
#![cfg(target_os = "linux")]

mod common;

use std::{fs, path::Path, process::Output};

use common::{
    Site,
    cluster::{Cluster, command, run},
};
use hefu_test_kit::TestDb;

/// A certificate for an address, and the key it is of, signed by an authority of its own; `NAME.crt`, `NAME.key`, `NAME.ca`.
fn certificate(dir: &Path, name: &str, address: &str) {
    let at = |suffix: &str| dir.join(format!("{name}.{suffix}")).display().to_string();
    let openssl = |arguments: &[&str]| {
        let mut command = command("openssl", arguments);
        command.current_dir(dir);
        run(command);
    };
    let ca = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    openssl(
        &[&ca[..], &["-subj", "/CN=test authority", "-keyout", &at("cakey"), "-out", &at("ca")]].concat(),
    );
    let request =
        ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=db"];
    openssl(&[&request[..], &["-keyout", &at("key"), "-out", &at("csr")]].concat());
    fs::write(dir.join(format!("{name}.ext")), format!("subjectAltName=IP:{address}\n")).unwrap();
    let sign = [
        "x509",
        "-req",
        "-days",
        "2",
        "-CAcreateserial",
        "-in",
        &at("csr"),
        "-CA",
        &at("ca"),
        "-CAkey",
        &at("cakey"),
    ];
    openssl(&[&sign[..], &["-extfile", &at("ext"), "-out", &at("crt")]].concat());
}

fn said(done: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_over_the_network_proves_who_it_is() {
    let site = Site::of(TestDb::sqlite().await).await;
    let home = site.dir().join("cluster");
    fs::create_dir(&home).unwrap();
    certificate(&home, "right", "0.0.0.0");
    certificate(&home, "other", "192.0.2.1");
    // PostgreSQL refuses keys that others can read; only root needs the owner changed.
    run(command(
        "sh",
        &["-c", &format!("chmod 600 {0}/*.key; chown -R postgres {0} || true", home.display())],
    ));
    let settings = |name: &str| {
        format!("-c ssl=on -c ssl_cert_file={0}/{name}.crt -c ssl_key_file={0}/{name}.key", home.display())
    };
    let url = |cluster: &Cluster, host: &str, said: &str| {
        format!("postgres://postgres@{host}:{}/hefu{said}", cluster.port)
    };
    let doctor = |url: String| {
        let mut command = site.hefu(&["doctor"]);
        command.env_remove("HEFU_DATA").env("HEFU_DATABASE_URL", url);
        command.output().unwrap()
    };
    let authority = |name: &str| format!("{}/{name}.ca", home.display());
    let (right, other) = (authority("right"), authority("other"));

    let cluster = Cluster::start(&home, &settings("right"), str::to_owned);
    cluster.psql("CREATE DATABASE hefu").unwrap();
    for (host, asked, outcome) in [
        ("127.0.0.1", String::new(), Ok("no")),
        ("127.0.0.1", "?sslmode=require".into(), Ok("TLSv1.3")),
        ("0.0.0.0", String::new(), Err("UnknownIssuer")),
        ("0.0.0.0", "?sslmode=prefer".into(), Err("UnknownIssuer")),
        ("0.0.0.0", "?sslmode=allow".into(), Err("UnknownIssuer")),
        // Both authorities have one name: it is the signature that tells.
        ("0.0.0.0", format!("?sslrootcert={other}"), Err("BadSignature")),
        ("0.0.0.0", format!("?sslrootcert={right}"), Ok("TLSv1.3")),
        ("0.0.0.0", "?sslmode=require".into(), Ok("TLSv1.3")),
        ("0.0.0.0", "?sslmode=disable".into(), Ok("no")),
    ] {
        let serving = outcome.is_ok().then(|| {
            let mut command = site.hefu(&["serve", "--listen", "127.0.0.1:0"]);
            command.env_remove("HEFU_DATA").env("HEFU_DATABASE_URL", url(&cluster, host, &asked));
            common::Serving::start(command, &site.log)
        });
        match outcome {
            Ok(how) => {
                let used = cluster
                    .psql("SELECT DISTINCT coalesce(s.version, 'no') FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
                        WHERE a.application_name = 'hefu'")
                    .unwrap();
                assert_eq!(used, how, "{host} {asked}");
            }
            Err(why) => {
                let refused = doctor(url(&cluster, host, &asked));
                let said = said(&refused);
                assert!(!refused.status.success() && said.contains(why), "{host} {asked}: {said}");
                assert!(said.contains("sslrootcert") && said.contains("sslmode=disable"), "{said}");
            }
        }
        drop(serving);
    }
    drop(cluster);

    // Signed by the right authority, for another machine.
    fs::remove_dir_all(home.join("pg")).unwrap();
    let cluster = Cluster::start(&home, &settings("other"), str::to_owned);
    let refused = doctor(url(&cluster, "0.0.0.0", &format!("?sslrootcert={other}")));
    assert!(!refused.status.success() && said(&refused).contains("not valid for name"), "{}", said(&refused));
    drop(cluster);

    // It speaks no TLS at all.
    fs::remove_dir_all(home.join("pg")).unwrap();
    let cluster = Cluster::start(&home, "-c ssl=off", str::to_owned);
    let refused = doctor(url(&cluster, "0.0.0.0", &format!("?sslrootcert={right}")));
    assert!(
        !refused.status.success() && said(&refused).contains("does not support TLS"),
        "{}",
        said(&refused)
    );
}
