//! Who may use whom: the dependency table of ARCHITECTURE.md.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use std::collections::BTreeSet;

/// A package and the packages of this workspace that it may use outside tests.
pub const ALLOWED: &[(&str, &[&str])] = &[
    ("signalbox-domain", &[]),
    ("signalbox-engine", &["signalbox-domain"]),
    ("signalbox-detect", &["signalbox-domain", "signalbox-chassis"]),
    ("signalbox-catalog", &["signalbox-domain"]),
    ("signalbox-events", &["signalbox-domain"]),
    ("signalbox-warehouse", &["signalbox-domain", "signalbox-events"]),
    ("signalbox-embedded-clickhouse", &[]),
    ("signalbox-chassis", &[]),
    (
        "traffic-service",
        &[
            "signalbox-domain",
            "signalbox-engine",
            "signalbox-detect",
            "signalbox-catalog",
            "signalbox-events",
            "signalbox-chassis",
        ],
    ),
    (
        "postback-service",
        &[
            "signalbox-domain",
            "signalbox-catalog",
            "signalbox-events",
            "signalbox-warehouse",
            "signalbox-chassis",
        ],
    ),
    (
        "api-service",
        &[
            "signalbox-domain",
            "signalbox-engine",
            "signalbox-detect",
            "signalbox-catalog",
            "signalbox-warehouse",
            "signalbox-chassis",
        ],
    ),
    (
        "signalbox",
        &[
            "signalbox-domain",
            "signalbox-engine",
            "signalbox-detect",
            "signalbox-catalog",
            "signalbox-events",
            "signalbox-warehouse",
            "signalbox-embedded-clickhouse",
            "signalbox-chassis",
            "traffic-service",
            "postback-service",
            "api-service",
        ],
    ),
    ("signalbox-testkit", &[]),
    ("tidy", &[]),
    ("trafficgen", &["signalbox-domain"]),
];

/// A driver and the only package that may use it outside tests.
pub const DRIVERS: &[(&str, &[&str])] = &[
    ("mongodb", &["signalbox-catalog"]),
    ("rusqlite", &["signalbox-catalog"]),
    // A drill brings a broker of its own, to take it away.
    ("rdkafka", &["signalbox-events", "trafficgen"]),
    ("clickhouse", &["signalbox-warehouse"]),
    ("libloading", &["signalbox-embedded-clickhouse"]),
    ("maxminddb", &["signalbox-detect"]),
    ("ua-parser", &["signalbox-detect"]),
    ("argon2", &["api-service"]),
];

/// Packages that decide without waiting: none of these may appear below them.
const PURE: &[(&str, &[&str])] = &[
    ("signalbox-domain", &["tokio", "axum", "reqwest"]),
    ("signalbox-engine", &["tokio", "axum", "reqwest", "futures", "rand", "tracing"]),
];

/// Reads the workspace as cargo sees it.
pub fn metadata() -> Result<Metadata, cargo_metadata::Error> {
    MetadataCommand::new().manifest_path(crate::root().join("Cargo.toml")).no_deps().exec()
}

/// Every dependency that the tables do not allow.
pub fn violations(metadata: &Metadata) -> Vec<String> {
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut found = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        if ["common", "core", "utils", "shared", "models"].iter().any(|word| name.ends_with(word)) {
            found.push(format!("package {name}: a name that says nothing; name it after its one idea"));
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            found.push(format!(
                "package {name} is not in the table in tools/tidy/src/arrows.rs; add it with its arrows"
            ));
            continue;
        };
        for dependency in
            package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development)
        {
            let used = dependency.name.as_str();
            if ours.contains(used) && !allowed.contains(&used) {
                found.push(format!(
                    "{name} uses {used}, an arrow that is not in the table of ARCHITECTURE.md"
                ));
            }
            let owner = DRIVERS.iter().find(|(driver, _)| *driver == used);
            if owner.is_some_and(|(_, owners)| !owners.contains(&name)) {
                found.push(format!("{name} uses the driver {used}, which belongs to another package alone"));
            }
            let banned = PURE.iter().find(|(pure, _)| *pure == name);
            if banned.is_some_and(|(_, banned)| banned.contains(&used)) {
                found.push(format!("{name} uses {used}; it must stay pure"));
            }
        }
    }
    found
}
