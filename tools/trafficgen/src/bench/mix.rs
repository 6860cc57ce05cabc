//! The committed mix of campaigns and requests (`mix.json`): cardinalities, not a recording.

use super::client::{Prepared, UNSEEN_DIGITS};
use crate::{
    Error,
    api::{Api, text},
    world::World,
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::task::JoinSet;

const TEXT: &str = include_str!("../../mix.json");
/// Requests to the API at one time while seeding.
const AT_ONCE: usize = 4;
const COUNTRIES: &[&str] = &["US", "DE", "BR", "IN", "FR", "PL", "GB", "ES", "IT", "MX", "ID", "TH"];

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// The same seed makes the same requests.
    pub seed: u64,
    /// Campaigns, chosen evenly.
    pub campaigns: usize,
    /// Streams of each campaign.
    pub streams_per_campaign: usize,
    /// Tests of each stream.
    pub rules_per_stream: usize,
    /// Destinations in all.
    pub destinations: usize,
    /// Weighted destinations of each stream.
    pub routes_per_stream: usize,
    /// Different user agents.
    pub user_agents: usize,
    /// Requests of a thousand whose user agent was never seen before.
    pub unseen_user_agents_permille: u32,
    /// Different client addresses.
    pub addresses: usize,
    /// Different values of sub id 1, 2, …
    pub sub_id_values: Vec<u32>,
    /// Different requests, sent round and round.
    pub requests: usize,
    /// Keep-alive connections.
    pub connections: usize,
    /// Seconds before the first round.
    pub warm_up_seconds: u64,
    /// Seconds of a round.
    pub round_seconds: u64,
    /// Rounds.
    pub rounds: u32,
}

impl Mix {
    /// The one in the repository.
    ///
    /// # Errors
    /// When it is not valid.
    pub fn committed() -> Result<Self, Error> {
        serde_json::from_str(TEXT).map_err(Error::json("mix.json"))
    }

    /// Requests to `address` for campaigns with these slugs.
    pub(super) fn requests(&self, slugs: &[String], address: SocketAddr) -> Result<Vec<Prepared>, Error> {
        if slugs.is_empty() {
            return Err(Error::Setup("the mix has no campaigns".to_owned()));
        }
        let world = World::built_in();
        let mut random = StdRng::seed_from_u64(self.seed);
        let people: Vec<_> = (0..self.addresses.max(1))
            .map(|at| world.person(COUNTRIES[at % COUNTRIES.len()], at % 5 < 3, &mut random))
            .collect();
        let agents: Vec<String> = (0..self.user_agents.max(1))
            .map(|at| {
                let agent = world.person("US", at % 2 == 0, &mut random).user_agent;
                // Another build number makes another user agent of the same browser.
                agent.replacen(".0.0", &format!(".0.{}", 4000 + at), 1)
            })
            .collect();
        let request = |_| {
            let slug = &slugs[random.random_range(0..slugs.len())];
            let person = &people[random.random_range(0..people.len())];
            let agent = &agents[random.random_range(0..agents.len())];
            let mut path = format!(
                "/{slug}?ext={:016x}&cost=0.{:04}",
                random.random::<u64>(),
                random.random_range(1..900)
            );
            for (at, values) in self.sub_id_values.iter().enumerate() {
                path.push_str(&format!("&s{}=value-{}", at + 1, random.random_range(0..(*values).max(1))));
            }
            let unseen = random.random_range(0..1000) < self.unseen_user_agents_permille;
            let mark = "0".repeat(UNSEEN_DIGITS);
            let agent = if unseen { format!("{agent} Build/{mark}") } else { agent.clone() };
            let head = format!(
                "GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {agent}\r\nAccept: text/html,*/*;q=0.8\r\n\
                 Accept-Language: {}\r\nX-Forwarded-For: {}\r\nReferer: https://news.example/article\r\n\r\n",
                person.language, person.ip
            );
            let offset = if unseen { head.find("Build/").map(|at| at + "Build/".len()) } else { None };
            Prepared { bytes: head.into_bytes(), unseen: offset }
        };
        Ok((0..self.requests).map(request).collect())
    }

    /// Rules of a stream: the last stream takes everybody, the others about half.
    fn rules(&self, stream: usize) -> Value {
        let last = stream + 1 == self.streams_per_campaign;
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
        json!({"all": all.into_iter().take(self.rules_per_stream).collect::<Vec<_>>()})
    }

    fn campaign(&self, number: usize, source: &str, destinations: &[String]) -> Value {
        let route = |stream: usize, at: usize| {
            let position = (number * 7 + stream * 3 + at) % destinations.len();
            json!({"destination_id": destinations[position], "weight": 100 / (at + 1)})
        };
        let stream = |stream: usize| {
            let routes: Vec<_> = (0..self.routes_per_stream).map(|at| route(stream, at)).collect();
            json!({"name": format!("Stream {}", stream + 1), "rules": self.rules(stream), "routes": routes})
        };
        let streams: Vec<_> = (0..self.streams_per_campaign).map(stream).collect();
        json!({
            "name": format!("Campaign {number}"), "slug": format!("bench-{number}"), "source_id": source,
            "cost": {"model": "cpc", "amount": "0.05"}, "cost_from_parameter": true, "streams": streams,
            "trafficback_url": "https://www.example.com/",
        })
    }
}

/// Makes source, network, destinations and campaigns; their slugs.
pub(super) async fn seed(api: &Api, mix: &Mix) -> Result<Vec<String>, Error> {
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
    let source = text(&source, "id")?;
    let mut tasks = JoinSet::new();
    let mut slugs = Vec::new();
    for number in 0..mix.campaigns {
        if tasks.len() == AT_ONCE {
            collect(tasks.join_next().await, &mut slugs)?;
        }
        let (api, body) = (api.clone(), mix.campaign(number, source, &destinations));
        tasks.spawn(async move { api.post("/campaigns", &body).await });
    }
    while let Some(done) = tasks.join_next().await {
        collect(Some(done), &mut slugs)?;
    }
    slugs.sort_unstable();
    Ok(slugs)
}

fn collect(
    done: Option<Result<Result<Value, Error>, tokio::task::JoinError>>,
    slugs: &mut Vec<String>,
) -> Result<(), Error> {
    if let Some(made) = done {
        let made = made.map_err(|error| Error::Mismatch(format!("seeding was cut off: {error}")))??;
        slugs.push(text(&made, "slug")?.to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn requests_keep_the_cardinalities_and_the_seed() {
        let mix = Mix { requests: 4000, ..Mix::committed().unwrap() };
        let slugs: Vec<_> = (0..mix.campaigns).map(|number| format!("bench-{number}")).collect();
        let address = "127.0.0.1:1".parse().unwrap();
        let requests = mix.requests(&slugs, address).unwrap();
        assert_eq!(requests, mix.requests(&slugs, address).unwrap());
        assert_eq!(requests.len(), 4000);
        let texts: Vec<_> =
            requests.iter().map(|request| std::str::from_utf8(&request.bytes).unwrap()).collect();
        let header = |name: &str| -> BTreeSet<_> {
            texts
                .iter()
                .filter(|text| !text.contains("Build/"))
                .map(|text| text.split(name).nth(1).unwrap().split("\r\n").next().unwrap())
                .collect()
        };
        assert!(
            header("User-Agent: ").len() <= mix.user_agents
                && header("User-Agent: ").len() > mix.user_agents / 2
        );
        assert!(header("X-Forwarded-For: ").len() > 3000);
        let unseen = requests.iter().filter(|request| request.unseen.is_some()).count();
        assert!((15..80).contains(&unseen), "{unseen}");
        for request in requests.iter().filter(|request| request.unseen.is_some()) {
            let at = request.unseen.unwrap();
            assert_eq!(&request.bytes[at..at + UNSEEN_DIGITS], b"00000000");
        }
        assert!(texts.iter().all(|text| text.starts_with("GET /bench-") && text.ends_with("\r\n\r\n")));
    }

    #[test]
    fn the_last_stream_takes_everybody() {
        let mix = Mix::committed().unwrap();
        let campaign = mix.campaign(3, "s", &["d1".into(), "d2".into()]);
        let streams = campaign["streams"].as_array().unwrap();
        assert_eq!(streams.len(), 3);
        assert!(streams.iter().all(|stream| stream["rules"]["all"].as_array().unwrap().len() == 5));
        assert_eq!(streams[2]["rules"]["all"][0]["test"]["op"], "not_in");
        assert_eq!(streams[0]["rules"]["all"][0]["test"]["op"], "in");
    }
}
