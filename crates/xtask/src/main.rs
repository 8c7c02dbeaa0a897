//! Checks of the architecture that the compiler cannot make: which crate may depend on which, and that no modules of a crate
//! depend on each other in a cycle.

#[cfg(test)]
mod asvs;
mod modules;

use std::{collections::BTreeMap, path::Path, process::Command};

use anyhow::{Context as _, bail};
use serde_json::Value;

/// Allowed dependencies of each crate of the workspace. Transitive dependencies are allowed, too.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("hefu-kernel", &[]),
    ("hefu-domain", &["hefu-kernel"]),
    ("hefu-identity", &["hefu-kernel"]),
    ("hefu-crypto", &["hefu-kernel"]),
    ("hefu-ledger", &["hefu-kernel"]),
    ("hefu-witness", &["hefu-ledger"]),
    ("hefu-findings", &["hefu-domain", "hefu-crypto"]),
    ("hefu-synthetic", &["hefu-findings"]),
    ("hefu-authz", &["hefu-domain", "hefu-identity"]),
    ("hefu-store", &["hefu-domain", "hefu-crypto"]),
    ("hefu-core", &["hefu-authz", "hefu-store"]),
    ("hefu-accounts", &["hefu-core"]),
    ("hefu-people", &["hefu-core", "hefu-identity"]),
    ("hefu-front-office", &["hefu-people"]),
    ("hefu-search", &["hefu-front-office"]),
    ("hefu-import", &["hefu-front-office"]),
    ("hefu-control", &["hefu-front-office", "hefu-findings", "hefu-reconcile"]),
    ("hefu-channel", &["hefu-import", "hefu-ota"]),
    ("hefu-records", &["hefu-front-office", "hefu-ledger"]),
    (
        "hefu-app",
        &["hefu-accounts", "hefu-search", "hefu-import", "hefu-channel", "hefu-control", "hefu-records"],
    ),
    ("hefu-exchange", &["hefu-app", "hefu-synthetic"]),
    ("hefu-reconcile", &["hefu-kernel"]),
    ("hefu-ota", &["hefu-kernel"]),
    ("hefu-resolve", &["hefu-identity"]),
    ("hefu-backup", &[]),
    ("hefu-jobs", &["hefu-app", "hefu-witness"]),
    ("hefu-desk", &[]),
    ("hefu-http", &["hefu-app", "hefu-witness"]),
    (
        "hefu",
        &[
            "hefu-exchange",
            "hefu-jobs",
            "hefu-http",
            "hefu-desk",
            "hefu-reconcile",
            "hefu-resolve",
            "hefu-backup",
            "hefu-synthetic",
        ],
    ),
];

/// Crates below the gate: entry points to Hefu must not name them.
const BELOW_THE_GATE: &[&str] = &["hefu-store", "hefu-core"];

/// Entry points: they reach the records through the gate only. (The binary wires everything, so it opens the store.)
const DOORS: &[&str] = &["hefu-exchange", "hefu-jobs", "hefu-http"];

/// Pure crates: no I/O, no database.
const PURE: &[&str] = &[
    "hefu-kernel",
    "hefu-domain",
    "hefu-identity",
    "hefu-reconcile",
    "hefu-findings",
    "hefu-ota",
    "hefu-crypto",
    "hefu-ledger",
    "hefu-authz",
    "hefu-synthetic",
    "hefu-resolve",
    "hefu-desk",
];

/// Tools and test kits, which are not part of the product.
const TOOLS: &[&str] = &["xtask", "hefu-test-kit", "hefu-test-app", "hefu-bench"];

fn main() -> anyhow::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("directions") => directions(),
        Some("circles") => circles(),
        _ => bail!("usage: cargo run -p xtask -- directions|circles"),
    }
}

fn metadata() -> anyhow::Result<Value> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .context("cargo metadata cannot be run")?;
    serde_json::from_slice(&output.stdout).context("cargo metadata is no JSON")
}

fn directions() -> anyhow::Result<()> {
    let wrong = wrong_dependencies(&metadata()?);
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} wrong dependencies:\n  {}", wrong.len(), wrong.join("\n  "))
}

fn circles() -> anyhow::Result<()> {
    let metadata = metadata()?;
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        let Some(root) = manifest.parent().map(|dir| dir.join("src")) else { continue };
        found.extend(
            modules::circles(&root)?.into_iter().map(|circle| format!("{name}: {}", circle.join(" → "))),
        );
    }
    if found.is_empty() {
        return Ok(());
    }
    bail!("{} circles between modules:\n  {}", found.len(), found.join("\n  "))
}

/// Whether `from` may depend on `to`, directly or transitively.
fn may_use(allowed: &BTreeMap<&str, &[&str]>, from: &str, to: &str) -> bool {
    allowed
        .get(from)
        .is_some_and(|direct| direct.iter().any(|next| *next == to || may_use(allowed, next, to)))
}

/// Dependencies between crates that [`DIRECTIONS`] and the lists beside it do not allow.
fn wrong_dependencies(metadata: &Value) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = DIRECTIONS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        if TOOLS.contains(&name) {
            continue;
        }
        if !allowed.contains_key(name) {
            wrong.push(format!("{name} is not listed: add it to DIRECTIONS"));
            continue;
        }
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            if dependency["kind"].as_str() == Some("dev") {
                continue;
            }
            let used = dependency["name"].as_str().unwrap_or_default();
            let is_own = allowed.contains_key(used) || TOOLS.contains(&used);
            let is_wrong = is_own && !may_use(&allowed, name, used)
                || DOORS.contains(&name) && BELOW_THE_GATE.contains(&used)
                || used == "sqlx" && name != "hefu-store"
                || used == "tokio" && PURE.contains(&name)
                || used == "axum" && !["hefu-http", "hefu"].contains(&name);
            if is_wrong {
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
    fn no_crate_has_modules_in_a_circle() -> anyhow::Result<()> {
        circles()
    }

    #[test]
    fn a_wrong_dependency_is_found() {
        let dependency = |name: &str, kind: Value| json!({ "name": name, "kind": kind });
        let metadata = json!({ "packages": [
            { "name": "hefu-domain", "dependencies": [dependency("hefu-store", Value::Null), dependency("tokio", Value::Null)] },
            { "name": "hefu-http", "dependencies": [dependency("hefu-store", json!("dev")), dependency("hefu-app", Value::Null),
                dependency("hefu-ledger", Value::Null), dependency("hefu-core", Value::Null)] },
            { "name": "hefu-new", "dependencies": [] },
            { "name": "hefu-jobs", "dependencies": [dependency("hefu-test-kit", Value::Null)] },
            { "name": "hefu", "dependencies": [dependency("hefu-test-app", json!("dev"))] },
        ] });
        assert_eq!(
            wrong_dependencies(&metadata),
            [
                "hefu-domain → hefu-store",
                "hefu-domain → tokio",
                "hefu-http → hefu-core",
                "hefu-new is not listed: add it to DIRECTIONS",
                // What tests are made with is no part of the product.
                "hefu-jobs → hefu-test-kit",
            ]
        );
    }
}
