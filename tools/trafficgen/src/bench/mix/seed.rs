//! The campaigns of the mix, made through the API.

use super::{COUNTRIES, Mix};
use crate::{
    Error,
    api::{Api, text},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Requests to the API at one time while seeding.
const AT_ONCE: usize = 8;

/// What was made.
#[derive(Debug, Clone)]
pub(in crate::bench) struct Seeded {
    source: String,
    destinations: Vec<String>,
    /// In the order of their numbers.
    pub(in crate::bench) campaigns: Vec<Made>,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bench) struct Made {
    number: usize,
    /// Path segment of its link.
    pub(in crate::bench) slug: String,
    /// Identity.
    pub(in crate::bench) id: String,
    version: u64,
}

/// Makes source, network, destinations and campaigns.
///
/// # Errors
/// When the instance refuses.
pub(in crate::bench) async fn seed(api: &Api, mix: &Mix) -> Result<Seeded, Error> {
    let parameter =
        |name: &str, role: &str| json!({"parameter": name, "token": format!("{{{name}}}"), "role": role});
    let mut parameters = vec![parameter("ext", "external_id"), parameter("cost", "cost")];
    let sub_ids = 1..=mix.sub_id_values.len();
    parameters.extend(sub_ids.map(|at| parameter(&format!("s{at}"), &format!("sub_id_{at}"))));
    let source = api.post("/sources", &json!({"name": "Bench source", "parameters": parameters})).await?;
    let network = json!({"name": "Bench network", "offer_parameters": "aff_sub={click_id}"});
    let network = api.post("/networks", &network).await?;
    let mut destinations = Vec::new();
    for number in 0..mix.destinations.max(1) {
        let body = json!({
            "name": format!("Offer {number}"), "network_id": network["id"],
            "url": format!("https://offer-{number}.example/path?s={{sub_id_1}}&c={{country}}"),
        });
        destinations.push(text(&api.post("/destinations", &body).await?, "id")?.to_owned());
    }
    let source = text(&source, "id")?.to_owned();
    let mut seeded = Seeded { source, destinations, campaigns: Vec::new() };
    let mut tasks = JoinSet::new();
    for number in 0..mix.campaigns {
        if tasks.len() == AT_ONCE {
            collect(tasks.join_next().await, &mut seeded)?;
        }
        let (api, body) = (api.clone(), seeded.campaign(mix, number));
        tasks.spawn(async move { Ok((number, api.post("/campaigns", &body).await?)) });
    }
    while let Some(done) = tasks.join_next().await {
        collect(Some(done), &mut seeded)?;
    }
    seeded.campaigns.sort_unstable_by_key(|made| made.number);
    Ok(seeded)
}

type Done = Result<Result<(usize, Value), Error>, tokio::task::JoinError>;

fn collect(done: Option<Done>, seeded: &mut Seeded) -> Result<(), Error> {
    if let Some(made) = done {
        let made = made.map_err(|error| Error::Mismatch(format!("seeding was cut off: {error}")))?;
        let (number, made) = made?;
        let (slug, id) = (text(&made, "slug")?.to_owned(), text(&made, "id")?.to_owned());
        seeded.campaigns.push(Made { number, slug, id, version: made["version"].as_u64().unwrap_or(1) });
    }
    Ok(())
}

impl Seeded {
    /// Slugs of all campaigns.
    pub(in crate::bench) fn slugs(&self) -> Vec<String> {
        self.campaigns.iter().map(|made| made.slug.clone()).collect()
    }

    /// Saves a campaign again, with another note; a later edit takes the next campaign.
    ///
    /// # Errors
    /// When the instance refuses.
    pub(in crate::bench) async fn edit(&mut self, api: &Api, mix: &Mix, edit: usize) -> Result<(), Error> {
        let at = edit % self.campaigns.len().max(1);
        let Some(made) = self.campaigns.get(at) else { return Ok(()) };
        let mut body = self.campaign(mix, made.number);
        body["version"] = json!(made.version);
        body["notes"] = json!(format!("edit {edit}"));
        let saved = api.put(&format!("/campaigns/{}", made.id), &body).await?;
        self.campaigns[at].version = saved["version"].as_u64().unwrap_or_default();
        Ok(())
    }

    fn campaign(&self, mix: &Mix, number: usize) -> Value {
        let route = |stream: usize, at: usize| {
            let position = (number * 7 + stream * 3 + at) % self.destinations.len();
            json!({"destination_id": self.destinations[position], "weight": 100 / (at + 1)})
        };
        let stream = |stream: usize| {
            let routes: Vec<_> = (0..mix.routes_per_stream).map(|at| route(stream, at)).collect();
            json!({"name": format!("Stream {}", stream + 1), "rules": rules(mix, stream), "routes": routes})
        };
        let streams: Vec<_> = (0..mix.streams_per_campaign).map(stream).collect();
        json!({
            "name": format!("Campaign {number}"), "slug": format!("bench-{number}"), "source_id": self.source,
            "cost": {"model": "cpc", "amount": "0.05"}, "cost_from_parameter": true, "streams": streams,
            "uniqueness": {"key": "ip_user_agent", "ttl_hours": mix.uniqueness_hours},
            "trafficback_url": "https://www.example.com/",
        })
    }
}

/// Rules of a stream: the last stream takes everybody, the others about half.
fn rules(mix: &Mix, stream: usize) -> Value {
    let last = stream + 1 == mix.streams_per_campaign;
    let half = |words: &[&str]| -> Vec<String> {
        words.iter().skip(stream % 2).step_by(2).map(|word| (*word).to_owned()).collect()
    };
    let test = |criterion: &str, op: &str, values: Vec<String>| json!({"test": {"criterion": criterion, "op": op, "values": values}});
    let all = [
        if last {
            test("country", "not_in", vec!["AQ".into()])
        } else {
            test("country", "in", half(COUNTRIES))
        },
        test("device_type", "in", ["mobile", "desktop", "tablet"].map(str::to_owned).to_vec()),
        test("os", "not_in", vec!["Windows XP".into(), "Symbian OS".into()]),
        test("sub_id.1", "not_in", (0..20).map(|at| format!("blocked-{at}")).collect()),
        test("referrer_domain", "not_in", vec!["spam.example".into()]),
        test("language", "not_in", vec!["xx".into()]),
    ];
    json!({"all": all.into_iter().take(mix.rules_per_stream).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn campaigns_have_the_streams_and_rules_of_the_mix_and_the_last_stream_takes_everybody() {
        let mix = Mix::committed().unwrap();
        let seeded = Seeded {
            source: "s".into(),
            destinations: vec!["d1".into(), "d2".into()],
            campaigns: Vec::new(),
        };
        let campaign = seeded.campaign(&mix, 3);
        let streams = campaign["streams"].as_array().unwrap();
        assert_eq!(streams.len(), 3);
        assert!(streams.iter().all(|stream| stream["rules"]["all"].as_array().unwrap().len() == 5));
        assert!(streams.iter().all(|stream| stream["routes"].as_array().unwrap().len() == 3));
        assert_eq!(streams[2]["rules"]["all"][0]["test"]["op"], "not_in");
        assert_eq!(streams[0]["rules"]["all"][0]["test"]["op"], "in");
        assert_eq!(campaign["uniqueness"]["ttl_hours"], 24);
    }
}
