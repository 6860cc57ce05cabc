//! The committed mix of campaigns and requests (`mix.json`): cardinalities, not a recording.
//!
//! Promises: every cardinality of the file is met exactly by the list of requests (each campaign, address, user agent and value of a sub
//! id occurs, equally often as far as that divides), and the same seed makes the same list.

mod seed;

pub(super) use seed::{Seeded, seed};

use super::client::{Prepared, UNSEEN_DIGITS};
use crate::{Error, world::World};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
};

const TEXT: &str = include_str!("../../mix.json");
/// Where visitors are.
const COUNTRIES: &[&str] = &["US", "DE", "BR", "IN", "FR", "PL", "GB", "ES", "IT", "MX", "ID", "TH"];

/// What is measured, and for how long.
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
    /// For so long a visitor (address and user agent) is not unique again.
    pub uniqueness_hours: u16,
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
    /// Keep-alive connections when an answer waits for the disk.
    pub fsync_connections: usize,
    /// Seconds before the first round.
    pub warm_up_seconds: u64,
    /// Seconds of a round of throughput.
    pub round_seconds: u64,
    /// Seconds of a round of latency.
    pub open_round_seconds: u64,
    /// Rounds.
    pub rounds: u32,
    /// Seconds of a trial while the highest rate is looked for.
    pub trial_seconds: u64,
    /// Seconds for which the highest rate must be held.
    pub proof_seconds: u64,
    /// Campaigns of the snapshot that is swapped again and again.
    pub interference_campaigns: usize,
    /// Rows that the interfering report reads.
    pub interference_rows: u64,
    /// Seconds over which memory is watched.
    pub memory_seconds: u64,
}

impl Mix {
    /// The one in the repository.
    ///
    /// # Errors
    /// When it is not valid.
    pub fn committed() -> Result<Self, Error> {
        serde_json::from_str(TEXT).map_err(Error::json("mix.json"))
    }

    /// The same traffic for a few moments: to see that everything works. Its figures mean little.
    #[must_use]
    pub fn quick(self) -> Self {
        Self {
            warm_up_seconds: 1,
            round_seconds: 2,
            open_round_seconds: 3,
            rounds: 2,
            trial_seconds: 5,
            proof_seconds: 20,
            interference_campaigns: 2_000,
            interference_rows: 1_000_000,
            memory_seconds: 20,
            ..self
        }
    }

    /// Requests to `address` for campaigns with these slugs.
    ///
    /// # Errors
    /// When there are no campaigns.
    pub(super) fn requests(&self, slugs: &[String], address: SocketAddr) -> Result<Vec<Prepared>, Error> {
        if slugs.is_empty() {
            return Err(Error::Setup("the mix has no campaigns".to_owned()));
        }
        let mut random = StdRng::seed_from_u64(self.seed);
        let people = self.people(&mut random);
        let agents = self.agents(&mut random);
        let unseen = self.requests * self.unseen_user_agents_permille as usize / 1000;
        // Each property goes round by itself in an order of its own, so that none is bound to another.
        let mut order = |count: usize| {
            let mut order: Vec<usize> = (0..self.requests).map(|at| at % count.max(1)).collect();
            order.shuffle(&mut random);
            order
        };
        let (campaign, person, agent) = (order(slugs.len()), order(people.len()), order(agents.len()));
        let sub_ids: Vec<_> = self.sub_id_values.iter().map(|values| order(*values as usize)).collect();
        let mut is_unseen: Vec<bool> = (0..self.requests).map(|at| at < unseen).collect();
        is_unseen.shuffle(&mut random);
        let request = |at: usize| {
            let (ip, language) = &people[person[at]];
            let external: u64 = random.random();
            let cost: u32 = random.random_range(1..900);
            let mut path = format!("/{}?ext={external:016x}&cost=0.{cost:04}", slugs[campaign[at]]);
            for (number, values) in sub_ids.iter().enumerate() {
                path.push_str(&format!("&s{}=value-{}", number + 1, values[at]));
            }
            let mark = "0".repeat(UNSEEN_DIGITS);
            let agent = &agents[agent[at]];
            let agent = if is_unseen[at] { format!("{agent} Build/{mark}") } else { agent.clone() };
            let head = format!(
                "GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {agent}\r\nAccept: text/html,*/*;q=0.8\r\n\
                 Accept-Language: {language}\r\nX-Forwarded-For: {ip}\r\nReferer: https://news.example/article\r\n\r\n"
            );
            let offset = if is_unseen[at] { head.find("Build/").map(|at| at + "Build/".len()) } else { None };
            Prepared { bytes: head.into_bytes(), unseen: offset }
        };
        Ok((0..self.requests).map(request).collect())
    }

    /// Different addresses, each with the language of its country.
    fn people(&self, random: &mut StdRng) -> Vec<(Ipv4Addr, &'static str)> {
        let world = World::built_in();
        let (mut people, mut taken) = (Vec::new(), BTreeSet::new());
        while people.len() < self.addresses.max(1) {
            let person = world.person(COUNTRIES[people.len() % COUNTRIES.len()], true, random);
            if taken.insert(person.ip) {
                people.push((person.ip, person.language));
            }
        }
        people
    }

    /// Different user agents: real ones, and the same ones with another last number where that many are not there.
    fn agents(&self, random: &mut StdRng) -> Vec<String> {
        let world = World::built_in();
        let mut agents = BTreeSet::new();
        for number in 0..self.user_agents.max(1) {
            let agent = world.person("US", number % 2 == 0, random).user_agent;
            if !agents.insert(agent.to_string()) {
                agents.insert(format!("{agent}.{}", 1000 + number));
            }
        }
        agents.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
