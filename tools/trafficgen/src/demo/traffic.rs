//! The loop of the demo: who comes when, and what follows from it.
//!
//! Bounds: at most [`IN_FLIGHT_MAX`] requests at one time (a new visit waits for a place) and [`WAITING_MAX`] follow-ups waiting for their
//! moment (more are dropped and counted).

use super::{
    convert::Conversion,
    receiver::Receiver,
    say,
    seed::{Campaign, Seeded},
    visit,
};
use crate::{
    Error,
    world::{Visitor, Weighted, World},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Client, header, redirect};
use signalbox_domain::Money;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// Most requests at one time.
const IN_FLIGHT_MAX: usize = 64;
/// Most follow-ups that wait for their moment.
const WAITING_MAX: usize = 50_000;
/// Visitors who may come back.
const RETURNING_MAX: usize = 2_000;
const RETURNING_PERCENT: u32 = 14;
const BOT_PERCENT: u32 = 4;
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// What stands at an address that visitors are sent to.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A page with a link to `/click`.
    Landing,
    /// Something that pays.
    Offer {
        /// Position of its network.
        network: usize,
        /// Amounts that it pays.
        payouts: Vec<Money>,
    },
}

/// How much and how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) rate: u32,
    pub(super) run_for: Option<Duration>,
}

/// Something that happens at a moment.
#[derive(Debug)]
enum Action {
    Visit,
    LandingClick { campaign: usize, visitor: Visitor, click: String },
    Convert(Conversion),
}

/// What became of an action.
#[derive(Debug, Default)]
struct Done {
    clicks: u64,
    landing_clicks: u64,
    postbacks: u64,
    failed: u64,
    next: Vec<(Duration, Action)>,
}

/// Sends traffic.
pub(super) struct Generator {
    stage: Arc<Stage>,
    limits: Limits,
    random: StdRng,
    waiting: BTreeMap<(Instant, u64), Action>,
    numbered: u64,
    returning: VecDeque<(usize, Visitor)>,
    total: Done,
    dropped: u64,
}

/// What every request needs.
struct Stage {
    seeded: Seeded,
    shares: Weighted<usize>,
    countries: Vec<Weighted<String>>,
    world: World,
    client: Client,
    traffic: String,
}

impl Generator {
    /// A generator over a seeded workspace.
    pub(super) fn new(seeded: Seeded, world: World, limits: Limits) -> Result<Self, Error> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .pool_max_idle_per_host(IN_FLIGHT_MAX)
            .build()?;
        let campaigns = || seeded.campaigns.iter();
        let shares = campaigns().enumerate().map(|(at, campaign)| (campaign.traffic.share, at)).collect();
        let of_campaign = |campaign: &Campaign| {
            campaign.traffic.countries.iter().map(|(country, weight)| (*weight, country.clone())).collect()
        };
        let countries = campaigns().map(of_campaign).collect();
        let link = campaigns().next().map(|campaign| campaign.link.clone()).unwrap_or_default();
        let traffic = link.rsplit_once('/').map_or(link.as_str(), |(base, _)| base).to_owned();
        Ok(Self {
            stage: Arc::new(Stage { seeded, shares, countries, world, client, traffic }),
            limits,
            random: StdRng::from_os_rng(),
            waiting: BTreeMap::new(),
            numbered: 0,
            returning: VecDeque::new(),
            total: Done::default(),
            dropped: 0,
        })
    }

    /// Sends until its time is over or it is dropped; tells now and then how far it is.
    pub(super) async fn run(mut self, receiver: &Receiver) {
        let started = Instant::now();
        let end = self.limits.run_for.map(|run_for| started + run_for);
        let mut tell_at = started + TOLD_EVERY;
        let mut tasks: JoinSet<Done> = JoinSet::new();
        self.schedule(Duration::ZERO, Action::Visit);
        loop {
            let due = self.waiting.first_key_value().map_or(tell_at, |((at, _), _)| *at).min(tell_at);
            let has_place = tasks.len() < IN_FLIGHT_MAX;
            tokio::select! {
                Some(done) = tasks.join_next() => self.note(done.unwrap_or_default()),
                () = sleep_until(due), if has_place => {}
            }
            let now = Instant::now();
            if now >= tell_at {
                tell_at = now + TOLD_EVERY;
                self.tell(started, receiver);
            }
            if end.is_some_and(|end| now >= end) {
                break;
            }
            while tasks.len() < IN_FLIGHT_MAX
                && self.waiting.first_key_value().is_some_and(|((at, _), _)| *at <= now)
            {
                if let Some(((at, _), action)) = self.waiting.pop_first() {
                    self.begin(at, action, &mut tasks);
                }
            }
        }
        while let Some(done) = tasks.join_next().await {
            self.note(done.unwrap_or_default());
        }
        self.tell(started, receiver);
    }

    fn begin(&mut self, at: Instant, action: Action, tasks: &mut JoinSet<Done>) {
        let stage = Arc::clone(&self.stage);
        let seed = self.random.random();
        match action {
            Action::Visit => {
                let pause =
                    Duration::from_secs_f64(exponential(&mut self.random) / f64::from(self.limits.rate));
                // From when this one was due, so that the rate holds; a long standstill is not made up for.
                let at = at.max(Instant::now() - Duration::from_secs(1));
                self.schedule_at(at + pause, Action::Visit);
                let Some((campaign, visitor)) = self.somebody() else { return };
                tasks.spawn(async move { stage.visit(campaign, visitor, seed).await });
            }
            Action::LandingClick { campaign, visitor, click } => {
                tasks.spawn(async move { stage.landing_click(campaign, visitor, click, seed).await });
            }
            Action::Convert(conversion) => {
                tasks.spawn(async move { stage.convert(conversion, seed).await });
            }
        }
    }

    /// Who comes next: somebody new, a machine, or somebody who was here.
    fn somebody(&mut self) -> Option<(usize, Visitor)> {
        let random = &mut self.random;
        if random.random_range(0..100) < RETURNING_PERCENT && !self.returning.is_empty() {
            return self.returning.get(random.random_range(0..self.returning.len())).cloned();
        }
        let campaign = *self.stage.shares.draw(random)?;
        if random.random_range(0..100) < BOT_PERCENT {
            return Some((campaign, self.stage.world.bot(random)));
        }
        let country = self.stage.countries.get(campaign)?.draw(random)?;
        let mobile =
            random.random_range(0..100) < self.stage.seeded.campaigns[campaign].traffic.mobile_percent;
        let visitor = self.stage.world.person(country, mobile, random);
        if self.returning.len() == RETURNING_MAX {
            self.returning.pop_front();
        }
        self.returning.push_back((campaign, visitor.clone()));
        Some((campaign, visitor))
    }

    fn schedule(&mut self, after: Duration, action: Action) {
        self.schedule_at(Instant::now() + after, action);
    }

    fn schedule_at(&mut self, at: Instant, action: Action) {
        if self.waiting.len() >= WAITING_MAX {
            self.dropped += 1;
            return;
        }
        self.numbered += 1;
        self.waiting.insert((at, self.numbered), action);
    }

    fn note(&mut self, done: Done) {
        self.total.clicks += done.clicks;
        self.total.landing_clicks += done.landing_clicks;
        self.total.postbacks += done.postbacks;
        self.total.failed += done.failed;
        for (after, action) in done.next {
            self.schedule(after, action);
        }
    }

    fn tell(&self, started: Instant, receiver: &Receiver) {
        let Done { clicks, landing_clicks, postbacks, failed, .. } = &self.total;
        let dropped =
            if self.dropped > 0 { format!(", {} follow-ups dropped", self.dropped) } else { String::new() };
        say(format_args!(
            "{:>6} s: {clicks} clicks, {landing_clicks} landing clicks, {postbacks} postbacks in, {} out, {failed} failed{dropped}",
            started.elapsed().as_secs(),
            receiver.received(),
        ));
    }
}

impl Stage {
    async fn visit(&self, at: usize, visitor: Visitor, seed: u64) -> Done {
        let mut random = StdRng::seed_from_u64(seed);
        let Some(campaign) = self.seeded.campaigns.get(at) else { return Done::default() };
        let url = visit::link(campaign, &mut random);
        let referrers = &campaign.source.referrers;
        let referrer = referrers.get(random.random_range(0..referrers.len().max(1))).map(String::as_str);
        match self.follow(&url, &visitor, referrer).await {
            Ok(location) => {
                let next = self.after(at, visitor, &location, &mut random).into_iter().collect();
                Done { clicks: 1, next, ..Done::default() }
            }
            Err(()) => Done { failed: 1, ..Done::default() },
        }
    }

    async fn landing_click(&self, at: usize, visitor: Visitor, click: String, seed: u64) -> Done {
        let mut random = StdRng::seed_from_u64(seed);
        let url = format!("{}/click?cid={click}", self.traffic);
        match self.follow(&url, &visitor, Some("https://www.example.com/pages/")).await {
            Ok(location) => {
                let next = self.after(at, visitor, &location, &mut random).into_iter().collect();
                Done { landing_clicks: 1, next, ..Done::default() }
            }
            Err(()) => Done { failed: 1, ..Done::default() },
        }
    }

    async fn convert(&self, mut conversion: Conversion, seed: u64) -> Done {
        let mut random = StdRng::seed_from_u64(seed);
        let Some(network) = self.seeded.networks.get(conversion.network) else { return Done::default() };
        let mut done = Done::default();
        for url in conversion.take_step(network, &mut random) {
            match self.client.get(url).header("x-forwarded-for", "192.0.2.10").send().await {
                // A refusal of a broken postback is an answer too.
                Ok(response) if !response.status().is_server_error() => done.postbacks += 1,
                _ => done.failed += 1,
            }
        }
        done.next.extend(conversion.next_in().map(|delay| (delay, Action::Convert(conversion))));
        done
    }

    /// Where a visitor is sent; empty when nowhere.
    async fn follow(&self, url: &str, visitor: &Visitor, referrer: Option<&str>) -> Result<String, ()> {
        let mut request = self.client.get(url);
        for (name, value) in visit::headers(visitor, referrer) {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(drop)?;
        if response.status().is_server_error() {
            return Err(());
        }
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        Ok(location.unwrap_or_default().to_owned())
    }

    /// What a person does at the place where they were sent.
    fn after(
        &self,
        at: usize,
        visitor: Visitor,
        location: &str,
        random: &mut StdRng,
    ) -> Option<(Duration, Action)> {
        if visitor.bot {
            return None;
        }
        let traffic = &self.seeded.campaigns.get(at)?.traffic;
        match self.seeded.places.get(location.split('?').next().unwrap_or_default())? {
            Place::Landing => {
                let click = visit::parameter(location, "click")?;
                let delay = Duration::from_secs(4).mul_f64(0.5 + 3.0 * exponential(random));
                (random.random_range(0..100) < traffic.landing_percent)
                    .then_some((delay, Action::LandingClick { campaign: at, visitor, click }))
            }
            Place::Offer { network, payouts } => {
                let position = *network;
                let network = self.seeded.networks.get(position)?;
                let click = visit::parameter(location, &network.demo.click_parameter)?;
                if random.random_range(0..1000) >= traffic.conversion_permille {
                    return None;
                }
                let conversion = Conversion::draw(position, network, click, payouts, random);
                conversion.next_in().map(|delay| (delay, Action::Convert(conversion)))
            }
        }
    }
}

/// Exponentially distributed around 1, at most 8.
fn exponential(random: &mut StdRng) -> f64 {
    let share: f64 = random.random_range(0.0..1.0);
    (-(1.0 - share).ln()).min(8.0)
}
