//! What is true at this moment beside configuration: counters, memory of visitors, statistics. An argument, like the clock and the dice.

use signalbox_domain::{
    CampaignId, DestinationId, Measure, Money, StreamId, Subject, Timestamp, WorkspaceId,
};

/// Among whom a visitor may be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Population {
    /// Visitors of a campaign.
    Campaign(CampaignId),
    /// Visitors of a stream.
    Stream(StreamId),
    /// Visitors of a workspace.
    Workspace(WorkspaceId),
}

/// Why a destination is out of rotation although its configuration is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutReason {
    /// Its health check fails.
    Unhealthy,
    /// Its loss rule holds.
    Loss,
}

/// How an adaptive stream spreads its clicks just now, by position of its routes. Made by [`crate::adaptive::shares`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shares {
    /// Parts per million of the clicks that are not spread by weight: the best gets all but what routes get that are still learning.
    pub best: Box<[u32]>,
    /// Parts per million of clicks spread by weight.
    pub exploration: u32,
    /// A sentence for each route: what is known of it.
    pub reasons: Box<[Box<str>]>,
}

/// Answers from memory for one visitor, without waiting. Every method's default is that nothing is known.
pub trait Live {
    /// Whether the visitor was in a population before this click, within the campaign's uniqueness period.
    fn seen(&self, population: Population) -> bool {
        let _ = population;
        false
    }

    /// Whether the visitor has converted in a population before.
    fn converted(&self, population: Population) -> bool {
        let _ = population;
        false
    }

    /// Whether the visitor was sent from a stream to a destination before, within the time the stream remembers.
    fn visited(&self, stream: StreamId, destination: DestinationId) -> bool {
        let _ = (stream, destination);
        false
    }

    /// What was counted since the quarter of an hour that holds `since`; ever, without it. Counts are whole units.
    fn counted(&self, subject: Subject, measure: Measure, since: Option<Timestamp>) -> Money {
        let _ = (subject, measure, since);
        Money::ZERO
    }

    /// Why a destination is out of rotation; `None` when it is not.
    fn out(&self, destination: DestinationId) -> Option<OutReason> {
        let _ = destination;
        None
    }

    /// How an adaptive stream spreads its clicks; `None` until statistics are there: by weight.
    fn shares(&self, stream: StreamId) -> Option<&Shares> {
        let _ = stream;
        None
    }

    /// The number of this turn of a round-robin stream; each call is the next turn. A simulator answers without taking the turn.
    fn turn(&self, stream: StreamId) -> u64 {
        let _ = stream;
        0
    }
}

/// A moment at which nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingKnown;

impl Live for NothingKnown {}

/// Headers of a request, by name.
pub trait Headers {
    /// The first header of this lower-case name as text; `None` when it is missing or no text.
    fn header(&self, name: &str) -> Option<&str>;
}

/// A request without headers.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHeaders;

impl Headers for NoHeaders {
    fn header(&self, _name: &str) -> Option<&str> {
        None
    }
}
