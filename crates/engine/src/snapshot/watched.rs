//! What a snapshot wants to know from outside: which counters, statistics, probes and rules it depends on.

use super::{CompiledDestination, CompiledRoute, HealthProbe, Snapshot};
use signalbox_domain::{Adaptive, Choosing, DestinationId, LossRule, StreamId, Subject};

/// A stream that spreads its clicks by what its routes have brought.
#[derive(Debug, Clone, Copy)]
pub struct AdaptiveStream<'s> {
    /// The stream.
    pub stream: StreamId,
    /// How it learns.
    pub adaptive: &'s Adaptive,
    /// Its routes in order, those included that take no traffic.
    pub routes: &'s [CompiledRoute],
}

impl AdaptiveStream<'_> {
    /// What has to be counted for each route, in order.
    pub fn subjects(&self) -> impl Iterator<Item = Subject> {
        self.routes.iter().map(|route| Subject::Route(self.stream, route.destination))
    }

    /// Weights of the routes, in order, for [`crate::adaptive::shares`]: 0 for one that leads nowhere, and for a repeated destination,
    /// whose clicks are counted together with the first.
    pub fn weights(&self) -> Vec<u32> {
        let weight = |route: &CompiledRoute| if route.leads && route.twin == 0 { route.weight } else { 0 };
        self.routes.iter().map(weight).collect()
    }
}

impl Snapshot {
    /// Streams that wait for shares.
    pub fn adaptive(&self) -> impl Iterator<Item = AdaptiveStream<'_>> {
        let streams = self.campaigns.iter().flat_map(|campaign| &campaign.streams);
        streams.filter_map(|stream| match &stream.routes.choosing {
            Choosing::Adaptive(adaptive) => {
                Some(AdaptiveStream { stream: stream.id, adaptive, routes: &stream.routes.entries })
            }
            _ => None,
        })
    }

    /// Destinations that go out of rotation when they lose too much.
    pub fn loss_rules(&self) -> impl Iterator<Item = (DestinationId, &LossRule)> {
        self.destinations.iter().filter_map(|one| Some((one.id, one.loss_rule.as_deref()?)))
    }

    /// Destinations that are asked whether they answer.
    pub fn health_checks(&self) -> impl Iterator<Item = (DestinationId, &HealthProbe)> {
        self.destinations.iter().filter_map(|one| Some((one.id, one.probe.as_deref()?)))
    }
}

/// Everything that must be counted for decisions on this snapshot: what has caps, streams whose rules ask for their clicks, routes of
/// adaptive streams and destinations with a loss rule. Each once.
pub fn counted_subjects(snapshot: &Snapshot) -> impl Iterator<Item = Subject> + '_ {
    let campaigns = snapshot.campaigns.iter().filter(|campaign| !campaign.caps.is_empty());
    let campaigns = campaigns.map(|campaign| Subject::Campaign(campaign.id));
    let streams = snapshot.campaigns.iter().flat_map(|campaign| &campaign.streams);
    let streams = streams.filter(|stream| stream.counted || !stream.caps.is_empty());
    let routes = snapshot.adaptive().flat_map(|stream| {
        let once = stream.routes.iter().filter(|route| route.twin == 0);
        once.map(move |route| Subject::Route(stream.stream, route.destination))
    });
    let counted = |one: &&CompiledDestination| !one.caps.is_empty() || one.loss_rule.is_some();
    let destinations = snapshot.destinations.iter().filter(counted);
    campaigns
        .chain(streams.map(|stream| Subject::Stream(stream.id)))
        .chain(destinations.map(|one| Subject::Destination(one.id)))
        .chain(routes)
}
