//! The way of a click through campaigns that pass it on.

use crate::{CompiledCampaign, CompiledStream, CompiledUrl, TrafficbackLevel};
use signalbox_domain::CampaignId;

/// How often a click may be passed on.
const HOPS_MAX: usize = 5;

/// The campaigns a click was passed on to, in order; usually none.
#[derive(Debug, Clone, Copy)]
pub struct PassedThrough<'s> {
    /// The campaign the click belongs to, and what took it there.
    entry: Step<'s>,
    hops: [Option<Step<'s>>; HOPS_MAX],
}

#[derive(Debug, Clone, Copy)]
struct Step<'s> {
    campaign: &'s CompiledCampaign,
    stream: Option<&'s CompiledStream>,
}

impl<'s> PassedThrough<'s> {
    pub(super) const fn new(campaign: &'s CompiledCampaign) -> Self {
        Self { entry: Step { campaign, stream: None }, hops: [None; HOPS_MAX] }
    }

    /// Every campaign the click was passed on to, with the stream there that took it.
    pub fn iter(&self) -> impl Iterator<Item = (&'s CompiledCampaign, Option<&'s CompiledStream>)> {
        self.hops.into_iter().flatten().map(|step| (step.campaign, step.stream))
    }

    /// Whether the click stayed in the campaign it came to.
    pub const fn is_empty(&self) -> bool {
        self.hops[0].is_none()
    }

    /// Goes on to a campaign; `false`: it was there before, or this would be once too often.
    pub(super) fn enter(&mut self, campaign: &'s CompiledCampaign) -> bool {
        let seen = |id: CampaignId| self.entry.campaign.id == id || self.iter().any(|(one, _)| one.id == id);
        if seen(campaign.id) {
            return false;
        }
        let free = self.hops.iter_mut().find(|hop| hop.is_none());
        free.map(|free| *free = Some(Step { campaign, stream: None })).is_some()
    }

    /// Notes the stream that took the click where it is now.
    pub(super) fn take(&mut self, stream: &'s CompiledStream) {
        let last = self.hops.iter_mut().flatten().next_back();
        last.unwrap_or(&mut self.entry).stream = Some(stream);
    }

    pub(super) const fn first_stream(&self) -> Option<&'s CompiledStream> {
        self.entry.stream
    }

    pub(super) fn last_stream(&self) -> Option<&'s CompiledStream> {
        self.hops.iter().flatten().next_back().unwrap_or(&self.entry).stream
    }

    /// The trafficback URL nearest to where the click ended: of stream and campaign there, then back the way it came. `loops`: those it
    /// came by have no say.
    pub(super) fn trafficback(&self, loops: bool) -> Option<(TrafficbackLevel, &'s CompiledUrl)> {
        let hops = self.hops.iter().flatten().rev().filter(|_| !loops);
        hops.chain([&self.entry]).find_map(|step| {
            let of_stream = step.stream.and_then(|stream| stream.trafficback.as_deref());
            let of_campaign = || Some((TrafficbackLevel::Campaign, step.campaign.trafficback.as_ref()?));
            of_stream.map(|url| (TrafficbackLevel::Stream, url)).or_else(of_campaign)
        })
    }
}
