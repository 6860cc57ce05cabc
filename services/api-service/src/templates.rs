//! Templates of traffic sources and affiliate networks, from the files in `templates/`.
//!
//! The files hold facts that public pages say, and name the pages. They are read once; a file that cannot be read is found by a test, and
//! offers nothing when it happens all the same.

use crate::types::{ConversionStatus, NetworkTemplate, SourceParameter, SourceTemplate, StatusWord};
use serde::Deserialize;
use signalbox_domain::ParameterRole;
use std::{collections::BTreeMap, sync::LazyLock};

const SOURCES: &str = include_str!("../templates/sources.toml");
const NETWORKS: &str = include_str!("../templates/networks.toml");

/// Templates of traffic sources, by name.
pub(crate) fn sources() -> &'static [SourceTemplate] {
    static READ: LazyLock<Vec<SourceTemplate>> = LazyLock::new(|| or_none("sources", read_sources(SOURCES)));
    &READ
}

/// Templates of affiliate networks, by name.
pub(crate) fn networks() -> &'static [NetworkTemplate] {
    static READ: LazyLock<Vec<NetworkTemplate>> =
        LazyLock::new(|| or_none("networks", read_networks(NETWORKS)));
    &READ
}

fn or_none<T>(file: &str, read: Result<Vec<T>, toml::de::Error>) -> Vec<T> {
    read.unwrap_or_else(|error| {
        tracing::error!(%error, file, "templates cannot be read");
        Vec::new()
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    source: Vec<SourceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceEntry {
    name: String,
    kind: String,
    pages: Vec<String>,
    /// Parameter, token, role, label.
    parameters: Vec<(String, String, ParameterRole, String)>,
    #[serde(default)]
    postback: String,
}

fn read_sources(text: &str) -> Result<Vec<SourceTemplate>, toml::de::Error> {
    let file: SourceFile = toml::from_str(text)?;
    let parameter = |(parameter, token, role, label)| SourceParameter { parameter, token, role, label };
    let template = |entry: SourceEntry| SourceTemplate {
        name: entry.name,
        kind: entry.kind,
        parameters: entry.parameters.into_iter().map(parameter).collect(),
        postback_url: entry.postback,
        pages: entry.pages,
    };
    Ok(sorted(file.source.into_iter().map(template).collect(), |it| &it.name))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkFile {
    network: Vec<NetworkEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkEntry {
    name: String,
    #[serde(default)]
    platform: bool,
    pages: Vec<String>,
    /// Parameter of its offers' URLs that takes the click id; empty: the network's pages say it per offer.
    #[serde(default)]
    parameter: String,
    click_id: String,
    #[serde(default)]
    payout: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    transaction: String,
    /// Word and status.
    #[serde(default)]
    statuses: BTreeMap<String, ConversionStatus>,
}

fn read_networks(text: &str) -> Result<Vec<NetworkTemplate>, toml::de::Error> {
    let file: NetworkFile = toml::from_str(text)?;
    let template = |entry: NetworkEntry| NetworkTemplate {
        name: entry.name,
        kind: if entry.platform { "platform" } else { "network" }.to_owned(),
        click_id_token: entry.click_id,
        payout_token: entry.payout,
        status_token: entry.status,
        transaction_token: entry.transaction,
        offer_parameters: match entry.parameter.as_str() {
            "" => String::new(),
            name => format!("{name}={{click_id}}"),
        },
        statuses: entry.statuses.into_iter().map(|(word, status)| StatusWord { word, status }).collect(),
        pages: entry.pages,
    };
    Ok(sorted(file.network.into_iter().map(template).collect(), |it| &it.name))
}

fn sorted<T>(mut all: Vec<T>, name: impl Fn(&T) -> &String) -> Vec<T> {
    all.sort_by_key(|it| name(it).to_lowercase());
    all
}

#[cfg(test)]
mod tests;
