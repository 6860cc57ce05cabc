//! The moment of a made-up click: what is assumed, and what is true now where nothing is.

use crate::{present::Present, types::SimulationInput};
use signalbox_domain::{CampaignId, DestinationId, Measure, Money, StreamId, Subject, Timestamp};
use signalbox_engine::{Live, OutReason, Population, Shares, Snapshot};
use std::collections::{HashMap, HashSet};

/// What the engine asks beside the configuration.
pub struct Assumed {
    present: Present,
    counters: HashMap<(Subject, Measure), Money>,
    out: HashMap<DestinationId, OutReason>,
    shares: HashMap<StreamId, Shares>,
    visited: HashSet<DestinationId>,
    /// Populations that the visitor was in before, and those it converted in.
    seen: Before,
    converted: Before,
    turn: u64,
}

#[derive(Debug, Clone, Copy)]
struct Before {
    campaign: bool,
    stream: bool,
    workspace: bool,
}

impl Before {
    const fn holds(self, population: Population) -> bool {
        match population {
            Population::Campaign(_) => self.campaign,
            Population::Stream(_) => self.stream,
            Population::Workspace(_) => self.workspace,
        }
    }
}

impl Assumed {
    /// Of what was sent, over what is true now.
    pub fn new(input: &SimulationInput, present: Present, snapshot: &Snapshot, at: Timestamp) -> Self {
        let history = &input.history;
        let counters = input.counters.iter();
        let mut out = present.out(snapshot, at);
        out.extend(input.out.iter().map(|assumed| (assumed.destination_id, assumed.reason.into())));
        Self {
            counters: counters.map(|it| ((it.subject.into(), it.measure.into()), it.value)).collect(),
            out,
            shares: present.shares(snapshot, at),
            present,
            visited: history.visited.iter().copied().collect(),
            seen: Before {
                campaign: history.campaign,
                stream: history.stream,
                // Who clicked in the campaign or took a stream of it clicked in the workspace.
                workspace: history.workspace || history.campaign || history.stream,
            },
            converted: Before {
                campaign: history.converted,
                stream: history.converted,
                workspace: history.converted || history.converted_workspace,
            },
            turn: input.turn,
        }
    }

    /// Whether the visitor clicked in the campaign before.
    pub fn seen_in_campaign(&self) -> bool {
        self.seen(Population::Campaign(CampaignId::NONE))
    }
}

impl Live for Assumed {
    fn seen(&self, population: Population) -> bool {
        self.seen.holds(population)
    }

    fn converted(&self, population: Population) -> bool {
        self.converted.holds(population)
    }

    fn visited(&self, _stream: StreamId, destination: DestinationId) -> bool {
        self.visited.contains(&destination)
    }

    fn counted(&self, subject: Subject, measure: Measure, since: Option<Timestamp>) -> Money {
        let counted = || self.present.series.get(&subject).map(|series| series.since(since, measure));
        let assumed = self.counters.get(&(subject, measure)).copied();
        assumed.or_else(counted).unwrap_or(Money::ZERO)
    }

    fn out(&self, destination: DestinationId) -> Option<OutReason> {
        self.out.get(&destination).copied()
    }

    fn shares(&self, stream: StreamId) -> Option<&Shares> {
        self.shares.get(&stream)
    }

    fn turn(&self, _stream: StreamId) -> u64 {
        self.turn
    }
}
