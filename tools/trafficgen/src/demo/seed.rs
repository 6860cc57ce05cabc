//! Makes the demo's workspace through the API. Idempotent: what is there by name (campaigns: by slug) stays as it is.

use super::{
    book::{Book, CampaignTraffic, Entry, NetworkDemo, Parameter, SourceDemo},
    traffic::Place,
};
use crate::{
    Error,
    api::{Api, text},
};
use serde_json::Value;
use signalbox_domain::Money;
use std::collections::BTreeMap;

/// The seeded workspace as the traffic needs it.
#[derive(Debug)]
pub(super) struct Seeded {
    pub(super) campaigns: Vec<Campaign>,
    pub(super) networks: Vec<Network>,
    /// What stands at an address, by URL without query.
    pub(super) places: BTreeMap<String, Place>,
    /// Objects made now.
    pub(super) made: usize,
}

/// A campaign that traffic is sent to.
#[derive(Debug)]
pub(super) struct Campaign {
    pub(super) link: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) source: SourceDemo,
    pub(super) traffic: CampaignTraffic,
}

/// A network that reports conversions.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) demo: NetworkDemo,
    /// The postback URL as the product shows it, with the network's tokens.
    pub(super) postback: String,
    pub(super) tokens: Tokens,
}

/// A network's own macros; empty where it has none.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    pub(super) click_id: String,
    pub(super) payout: String,
    pub(super) status: String,
    pub(super) transaction: String,
}

/// Ids by `collection/name`.
type Ids = BTreeMap<String, String>;

/// Makes what is missing, and brings the addresses of outgoing postbacks up to date.
pub(super) async fn seed(api: &Api, book: &Book, receiver: &str) -> Result<Seeded, Error> {
    let mut seeder = Seeder { api, ids: Ids::new(), receiver, made: 0 };
    seeder.ensure("sources", "name", &book.sources).await?;
    seeder.ensure("networks", "name", &book.networks).await?;
    seeder.ensure("destinations", "name", &book.destinations).await?;
    seeder.ensure("campaigns", "slug", &book.campaigns).await?;
    seeder.outputs(book).await?;
    Ok(Seeded {
        campaigns: seeder.campaigns(book).await?,
        networks: seeder.networks(book).await?,
        places: places(book),
        made: seeder.made,
    })
}

struct Seeder<'a> {
    api: &'a Api,
    ids: Ids,
    receiver: &'a str,
    made: usize,
}

impl Seeder<'_> {
    async fn ensure<H>(&mut self, collection: &str, key: &str, entries: &[Entry<H>]) -> Result<(), Error> {
        let there = self.api.list(collection).await?;
        for entry in entries {
            let found = there.iter().find(|object| object[key] == entry.body[key]);
            let object = match found {
                Some(object) => object.clone(),
                None => {
                    self.made += 1;
                    let mut body = entry.body.clone();
                    resolve(&mut body, &self.ids, self.receiver)?;
                    self.api.post(&format!("/{collection}"), &body).await?
                }
            };
            self.ids.insert(format!("{collection}/{}", entry.name), text(&object, "id")?.to_owned());
        }
        Ok(())
    }

    /// The receiver has another port at each start.
    async fn outputs(&mut self, book: &Book) -> Result<(), Error> {
        let there = self.api.list("outputs").await?;
        for entry in &book.outputs {
            let mut body = entry.body.clone();
            resolve(&mut body, &self.ids, self.receiver)?;
            match there.iter().find(|output| output["name"] == body["name"]) {
                Some(output) => {
                    body["version"] = output["version"].clone();
                    self.api.put(&format!("/outputs/{}", text(output, "id")?), &body).await?;
                }
                None => {
                    self.made += 1;
                    self.api.post("/outputs", &body).await?;
                }
            }
        }
        Ok(())
    }

    async fn campaigns(&self, book: &Book) -> Result<Vec<Campaign>, Error> {
        let mut campaigns = Vec::new();
        for entry in &book.campaigns {
            let links =
                self.api.get(&format!("/campaigns/{}/link", self.id("campaigns", &entry.name)?)).await?;
            let source = entry.habits.source_id.as_deref().and_then(|reference| {
                let name = reference.strip_prefix("@sources/")?;
                book.sources.iter().find(|source| source.name == name)
            });
            campaigns.push(Campaign {
                link: text(&links["links"][0], "base_url")?.to_owned(),
                parameters: source.map_or_else(conventional, |source| source.habits.parameters.clone()),
                source: source.map(|source| source.habits.demo.clone()).unwrap_or_default(),
                traffic: entry.habits.traffic.clone(),
            });
        }
        Ok(campaigns)
    }

    async fn networks(&self, book: &Book) -> Result<Vec<Network>, Error> {
        let mut networks = Vec::new();
        for entry in &book.networks {
            let path = format!("/networks/{}/postback-url", self.id("networks", &entry.name)?);
            let url = self.api.get(&path).await?;
            let token = |field: &str| entry.body[field].as_str().unwrap_or_default().to_owned();
            networks.push(Network {
                demo: entry.habits.demo.clone(),
                postback: text(&url, "url")?.to_owned(),
                tokens: Tokens {
                    click_id: token("click_id_token"),
                    payout: token("payout_token"),
                    status: token("status_token"),
                    transaction: token("transaction_token"),
                },
            });
        }
        Ok(networks)
    }

    fn id(&self, collection: &str, name: &str) -> Result<&str, Error> {
        let found = self.ids.get(&format!("{collection}/{name}"));
        found.map(String::as_str).ok_or_else(|| Error::Mismatch(format!("no {collection}/{name} was made")))
    }
}

/// What a link without a source may carry.
fn conventional() -> Vec<Parameter> {
    let named = [("sub_id_1", "sub_id_1"), ("external_id", "external_id")];
    named
        .iter()
        .map(|(name, role)| Parameter { parameter: (*name).to_owned(), role: (*role).to_owned() })
        .collect()
}

fn places(book: &Book) -> BTreeMap<String, Place> {
    let network_of = |reference: &str| {
        book.networks.iter().position(|network| reference.strip_prefix("@networks/") == Some(&network.name))
    };
    let place = |entry: &Entry<super::book::DestinationHabits>| {
        let address = entry.habits.url.split('?').next().unwrap_or_default().to_owned();
        let payouts: Vec<Money> = entry.habits.payouts.clone();
        match entry.habits.network_id.as_deref().and_then(network_of) {
            Some(network) => (address, Place::Offer { network, payouts }),
            None => (address, Place::Landing),
        }
    };
    book.destinations.iter().map(place).collect()
}

/// Puts ids for `@collection/name` and the receiver's address for `@receiver`.
fn resolve(value: &mut Value, ids: &Ids, receiver: &str) -> Result<(), Error> {
    match value {
        Value::Object(fields) => fields.values_mut().try_for_each(|value| resolve(value, ids, receiver)),
        Value::Array(items) => items.iter_mut().try_for_each(|value| resolve(value, ids, receiver)),
        Value::String(text) => {
            if let Some(path) = text.strip_prefix("@receiver") {
                *text = format!("{receiver}{path}");
            } else if let Some(reference) = text.strip_prefix('@') {
                let id = ids.get(reference).ok_or_else(|| {
                    Error::Mismatch(format!("data/demo.json refers to {reference}, which was not made"))
                })?;
                *text = id.clone();
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_become_ids() {
        let ids = Ids::from([("sources/A b".to_owned(), "id1".to_owned())]);
        let mut body = json!({"source_id": "@sources/A b", "list": [{"url": "@receiver/x?y"}], "n": 1});
        resolve(&mut body, &ids, "http://r").unwrap();
        assert_eq!(body, json!({"source_id": "id1", "list": [{"url": "http://r/x?y"}], "n": 1}));
        assert!(resolve(&mut json!("@sources/none"), &ids, "").is_err());
    }

    #[test]
    fn every_place_of_the_book_is_known() {
        let places = places(&Book::parse().unwrap());
        let landings = places.values().filter(|place| matches!(place, Place::Landing)).count();
        assert_eq!((places.len(), landings), (24, 7));
    }
}
