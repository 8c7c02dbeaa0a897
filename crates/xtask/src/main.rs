//! What a developer runs: `cargo run -p xtask -- directions` checks which room uses which.

use std::{collections::BTreeMap, process::Command};

use anyhow::{Context as _, bail};
use serde_json::Value;

/// Which rooms a room may use, in the order of the property. What is not named here may not be used.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("hefu-kernel", &[]),
    ("hefu-domain", &["hefu-kernel"]),
    ("hefu-identity", &["hefu-kernel"]),
    ("hefu-crypto", &["hefu-kernel"]),
    ("hefu-ledger", &["hefu-kernel"]),
    ("hefu-synthetic", &["hefu-kernel"]),
    ("hefu-store", &["hefu-kernel", "hefu-domain", "hefu-crypto"]),
    (
        "hefu-app",
        &["hefu-kernel", "hefu-domain", "hefu-identity", "hefu-crypto", "hefu-ledger", "hefu-store"],
    ),
    ("hefu-exchange", &["hefu-kernel", "hefu-domain", "hefu-identity", "hefu-synthetic", "hefu-app"]),
    ("hefu-resolve", &["hefu-identity"]),
    ("hefu-jobs", &["hefu-kernel", "hefu-domain", "hefu-app"]),
    ("hefu-http", &["hefu-kernel", "hefu-domain", "hefu-ledger", "hefu-app"]),
    (
        "hefu",
        &[
            "hefu-kernel",
            "hefu-domain",
            "hefu-crypto",
            "hefu-ledger",
            "hefu-synthetic",
            "hefu-resolve",
            "hefu-store",
            "hefu-app",
            "hefu-exchange",
            "hefu-jobs",
            "hefu-http",
        ],
    ),
];

/// Crates that pure rooms and doors may not use directly, and which rooms those are.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "sqlx",
        &[
            "hefu-kernel",
            "hefu-domain",
            "hefu-identity",
            "hefu-crypto",
            "hefu-ledger",
            "hefu-synthetic",
            "hefu-app",
            "hefu-exchange",
            "hefu-resolve",
            "hefu-jobs",
            "hefu-http",
            "hefu",
        ],
    ),
    (
        "tokio",
        &[
            "hefu-kernel",
            "hefu-domain",
            "hefu-identity",
            "hefu-crypto",
            "hefu-ledger",
            "hefu-synthetic",
            "hefu-resolve",
        ],
    ),
    (
        "axum",
        &[
            "hefu-kernel",
            "hefu-domain",
            "hefu-identity",
            "hefu-crypto",
            "hefu-ledger",
            "hefu-synthetic",
            "hefu-store",
            "hefu-app",
            "hefu-exchange",
            "hefu-jobs",
        ],
    ),
];

fn main() -> anyhow::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("directions") => directions(),
        _ => bail!("usage: cargo run -p xtask -- directions"),
    }
}

fn directions() -> anyhow::Result<()> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .context("cargo metadata cannot be run")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata is no JSON")?;
    let wrong = wrong_arrows(&metadata);
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} wrong arrow(s):\n  {}", wrong.len(), wrong.join("\n  "))
}

/// Dependencies between crates that DIRECTIONS does not allow.
fn wrong_arrows(metadata: &Value) -> Vec<String> {
    let directions: BTreeMap<&str, &[&str]> = DIRECTIONS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        // Tools and test kits are not part of the product.
        let outside = ["xtask", "hefu-test-kit", "hefu-bench"];
        if outside.contains(&name) {
            continue;
        }
        let Some(allowed) = directions.get(name) else {
            wrong.push(format!("{name} is not listed: add it to DIRECTIONS"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            let used = dependency["name"].as_str().unwrap_or_default();
            let own = directions.contains_key(used) || outside.contains(&used);
            if own && !allowed.contains(&used) {
                wrong.push(format!("{name} → {used}"));
            }
            if FORBIDDEN.iter().any(|(forbidden, rooms)| *forbidden == used && rooms.contains(&name)) {
                wrong.push(format!("{name} → {used}"));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_workspace_has_no_wrong_dependency() -> anyhow::Result<()> {
        directions()
    }

    #[test]
    fn a_wrong_arrow_is_found() {
        let dependency = |name: &str, kind: Value| json!({ "name": name, "kind": kind });
        let metadata = json!({ "packages": [
            { "name": "hefu-domain", "dependencies": [dependency("hefu-store", Value::Null), dependency("tokio", Value::Null)] },
            { "name": "hefu-http", "dependencies": [dependency("hefu-store", json!("dev")), dependency("hefu-app", Value::Null)] },
            { "name": "hefu-new", "dependencies": [] },
        ] });
        assert_eq!(
            wrong_arrows(&metadata),
            [
                "hefu-domain → hefu-store",
                "hefu-domain → tokio",
                "hefu-new is not listed: add it to DIRECTIONS"
            ]
        );
    }
}
