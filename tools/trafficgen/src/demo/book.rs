//! `data/demo.json`: what is seeded (bodies for the API, with `@collection/name` where an id belongs) and how people behave.

use crate::Error;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use signalbox_domain::Money;
use std::collections::BTreeMap;

const TEXT: &str = include_str!("../../data/demo.json");

/// All of it.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) sources: Vec<Entry<SourceHabits>>,
    pub(super) networks: Vec<Entry<NetworkHabits>>,
    pub(super) destinations: Vec<Entry<DestinationHabits>>,
    pub(super) campaigns: Vec<Entry<CampaignHabits>>,
    pub(super) outputs: Vec<Entry<Nothing>>,
}

/// A body for the API, and what the demo does with the object.
#[derive(Debug)]
pub(super) struct Entry<H> {
    pub(super) name: String,
    pub(super) body: Value,
    pub(super) habits: H,
}

/// No habits.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

#[derive(Debug, Deserialize)]
pub(super) struct SourceHabits {
    pub(super) parameters: Vec<Parameter>,
    pub(super) demo: SourceDemo,
}

/// A parameter of a source: its name in the link, and what it means.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Parameter {
    pub(super) parameter: String,
    pub(super) role: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct SourceDemo {
    pub(super) referrers: Vec<String>,
    /// Values by parameter; the others are made up by their role.
    pub(super) values: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NetworkHabits {
    pub(super) demo: NetworkDemo,
}

/// How a network reports.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NetworkDemo {
    /// Parameter of the offer's URL that carries the click id.
    pub(super) click_parameter: String,
    pub(super) flow: Flow,
    /// Share of leads (sign-ups, installs) that end well, per cent.
    pub(super) approved: u32,
    /// The network's word for each status; a status without a word is not named in the postback.
    pub(super) words: BTreeMap<String, String>,
}

/// What happens after a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Flow {
    /// A lead, later a sale, a rejection or trash.
    Lead,
    /// A sale at once.
    Sale,
    /// A sign-up, perhaps a deposit, perhaps another one.
    Deposit,
    /// An install, or a fraudulent one.
    Install,
}

#[derive(Debug, Deserialize)]
pub(super) struct DestinationHabits {
    pub(super) url: String,
    #[serde(default)]
    pub(super) network_id: Option<String>,
    /// Amounts its network pays.
    #[serde(default)]
    pub(super) payouts: Vec<Money>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CampaignHabits {
    #[serde(default)]
    pub(super) source_id: Option<String>,
    pub(super) traffic: CampaignTraffic,
}

/// Who comes, and what they do.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CampaignTraffic {
    /// Share of all clicks.
    pub(super) share: u64,
    /// Visitors by country, as ratio.
    pub(super) countries: BTreeMap<String, u64>,
    pub(super) mobile_percent: u32,
    /// What the source charges for a click, about.
    pub(super) bid: Money,
    /// Visitors of a landing page who go on, per cent.
    pub(super) landing_percent: u32,
    /// Visitors of an offer who convert, per thousand.
    pub(super) conversion_permille: u32,
}

impl Book {
    pub(super) fn parse() -> Result<Self, Error> {
        let mut all: Value = serde_json::from_str(TEXT).map_err(Error::json("data/demo.json"))?;
        Ok(Self {
            sources: entries(all["sources"].take())?,
            networks: entries(all["networks"].take())?,
            destinations: entries(all["destinations"].take())?,
            campaigns: entries(all["campaigns"].take())?,
            outputs: entries(all["outputs"].take())?,
        })
    }
}

fn entries<H: DeserializeOwned>(list: Value) -> Result<Vec<Entry<H>>, Error> {
    let wrong = || Error::json("data/demo.json");
    let bodies: Vec<Map<String, Value>> = serde_json::from_value(list).map_err(wrong())?;
    let entry = |mut body: Map<String, Value>| {
        let habits = H::deserialize(&Value::Object(body.clone())).map_err(wrong())?;
        for not_of_the_api in ["demo", "payouts", "traffic"] {
            body.remove(not_of_the_api);
        }
        let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Entry { name, body: Value::Object(body), habits })
    };
    bodies.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn the_book_is_whole() {
        let book = Book::parse().unwrap();
        assert_eq!(book.campaigns.len(), 20);
        let world = World::load().unwrap();
        let known: Vec<_> = world.countries().collect();
        let named = |list: &[String], reference: &str, collection: &str| {
            let name = reference.strip_prefix(&format!("@{collection}/")).unwrap();
            assert!(list.iter().any(|known| known == name), "{reference}");
        };
        let sources: Vec<_> = book.sources.iter().map(|entry| entry.name.clone()).collect();
        let networks: Vec<_> = book.networks.iter().map(|entry| entry.name.clone()).collect();
        for campaign in &book.campaigns {
            let traffic = &campaign.habits.traffic;
            assert!(
                traffic.countries.keys().all(|country| known.contains(&country.as_str())),
                "{}",
                campaign.name
            );
            assert!(traffic.share > 0 && traffic.mobile_percent <= 100 && traffic.landing_percent <= 100);
            if let Some(source) = &campaign.habits.source_id {
                named(&sources, source, "sources");
            }
            assert!(campaign.body.get("traffic").is_none());
        }
        for destination in &book.destinations {
            if let Some(network) = &destination.habits.network_id {
                named(&networks, network, "networks");
                assert!(!destination.habits.payouts.is_empty(), "{}", destination.name);
            }
        }
        let words = |entry: &Entry<NetworkHabits>| entry.habits.demo.words.len();
        assert!(book.networks.iter().map(words).sum::<usize>() >= 12);
    }
}
