//! What each click of a plan is, drawn from the seed and the click's number alone: independent of concurrency and of retries.

use super::plan::{Plan, PlanCampaign};
use crate::{
    Error,
    world::{Visitor, Weighted, World},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::index};
use signalbox_domain::{ConversionStatus as Status, Money};
use std::collections::BTreeSet;

/// Countries that visitors of a drive come from.
const COUNTRIES: &[&str] = &["US", "DE", "BR", "IN", "FR", "PL"];

/// A plan with everything that was drawn ahead.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) plan: Plan,
    campaigns: Weighted<usize>,
    converting: BTreeSet<u32>,
    world: World,
}

/// A click as it will be sent.
#[derive(Debug, Clone)]
pub(super) struct Click<'a> {
    pub(super) campaign: &'a PlanCampaign,
    pub(super) cost: Money,
    pub(super) visitor: Visitor,
}

/// A conversion as it will be reported: statuses in order, each with its amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conversion {
    pub(super) network: usize,
    pub(super) steps: Vec<(Status, Money)>,
    /// How many of the steps are sent twice.
    pub(super) repeated: usize,
}

impl Script {
    pub(super) fn new(plan: Plan) -> Result<Self, Error> {
        let mut random = StdRng::seed_from_u64(plan.seed);
        let drawn = index::sample(&mut random, plan.clicks as usize, plan.conversions as usize);
        let converting = drawn.into_iter().filter_map(|number| u32::try_from(number).ok()).collect();
        let weights = plan.campaigns.iter().enumerate();
        let campaigns = weights.map(|(at, campaign)| (u64::from(campaign.weight), at)).collect();
        Ok(Self { plan, campaigns, converting, world: World::built_in() })
    }

    /// Click `number`.
    pub(super) fn click(&self, number: u32) -> Click<'_> {
        let mut random = self.random(number, 0);
        let at = self.campaigns.draw(&mut random).copied().unwrap_or_default();
        let campaign = &self.plan.campaigns[at];
        let cost = pick(&campaign.costs, &mut random);
        let country = COUNTRIES[random.random_range(0..COUNTRIES.len())];
        let mobile = random.random_range(0..2) == 0;
        let visitor = self.world.person(country, mobile, &mut random);
        Click { campaign, cost, visitor }
    }

    /// The conversion of click `number`, when it has one.
    pub(super) fn conversion(&self, number: u32) -> Option<Conversion> {
        let network = self.click(number).campaign.network?;
        if !self.converting.contains(&number) {
            return None;
        }
        let mut random = self.random(number, 1);
        let payouts = &self.plan.networks.get(network)?.payouts;
        let (first, last) = (pick(payouts, &mut random), pick(payouts, &mut random));
        let steps = match random.random_range(0..10) {
            0..5 => vec![(Status::Sale, last)],
            5..8 => vec![(Status::Lead, first), (Status::Sale, last)],
            8 => vec![(Status::Lead, first), (Status::Rejected, first)],
            _ => vec![(Status::Lead, first)],
        };
        let repeated = if random.random_range(0..8) == 0 { steps.len() } else { 0 };
        Some(Conversion { network, steps, repeated })
    }

    fn random(&self, number: u32, purpose: u64) -> StdRng {
        // Odd multipliers keep seeds of neighbours apart; the generator's own seeding mixes them.
        let seed = self.plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        StdRng::seed_from_u64(seed ^ (u64::from(number) << 1 | purpose).wrapping_mul(0xd134_2543_de82_ef95))
    }
}

fn pick(amounts: &[Money], random: &mut StdRng) -> Money {
    amounts.get(random.random_range(0..amounts.len().max(1))).copied().unwrap_or_default()
}
