//! What is true of one visitor at this moment: the engine's questions answered from memory, and what its decision changes.
//!
//! Nothing here waits: counters, memory of visitors and statistics are in memory, each looked up under a lock of its own that nobody
//! holds for longer than a look-up. A decision is settled ([`LiveVisit::settle`]) before it is answered: whoever saw a counter that another
//! click has changed since decides again, so that a limit holds exactly on this node however many clicks come at once.

use crate::{
    app::App,
    converted::Among,
    counters::{Asked, Table},
    standing::Standing,
    unique::{Population, VisitorKey},
};
use arc_swap::Guard;
use signalbox_domain::{
    ClickId, DestinationId, Measure, Money, StreamId, Subject, Tally, Timestamp, UniquenessKey,
};
use signalbox_engine::{
    AddressSalt, CompiledCampaign, CompiledStream, Decision, Live, OutReason, Population as Question, Shares,
};
use signalbox_events::{
    tally::CountedClick,
    visitor::{VisitorSource, visitor_key, visitor_key_salted},
    wire::{LandingClickV2, UniqueFlags},
};
use std::{cell::RefCell, net::IpAddr, sync::Arc};

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
    /// Of workspaces that do not keep whole addresses: a key of the address alone could be tried out until the address is found.
    pub(crate) salt: Option<AddressSalt>,
}

impl VisitorIdentity<'_> {
    /// The visitor's key, the same on every node.
    pub(crate) fn key(&self, by: &UniquenessKey) -> u64 {
        let address_and_agent = || VisitorSource::IpUserAgent(self.ip, self.user_agent);
        let source = match by {
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
        };
        match &self.salt {
            None => visitor_key(source),
            Some(AddressSalt(salt)) => visitor_key_salted(source, salt),
        }
    }
}

/// One visitor.
pub(crate) struct LiveVisit<'a> {
    app: &'a App,
    campaign: &'a CompiledCampaign,
    key: u64,
    /// The key by address and user agent, when the campaign knows its visitors by something else.
    by_address: u64,
    machine: bool,
    unique_campaign: bool,
    now: Timestamp,
    counters: Arc<Table>,
    standing: Guard<Arc<Standing>>,
    asked: RefCell<Asked>,
}

impl App {
    /// What is true of a visitor who comes now. Notes the visit to the campaign at once: of several at the same moment one is the first.
    pub(crate) fn live<'a>(
        &'a self,
        campaign: &'a CompiledCampaign,
        identity: &VisitorIdentity<'_>,
        now: Timestamp,
    ) -> LiveVisit<'a> {
        let by = &campaign.uniqueness.key;
        let mut live = self.live_of(campaign, identity.key(by), now);
        if *by != UniquenessKey::IpUserAgent && !self.converted.is_empty() {
            live.by_address = identity.key(&UniquenessKey::IpUserAgent);
        }
        live.machine = identity.machine;
        live.unique_campaign = live.mark(Population::Campaign(campaign.id), campaign.uniqueness.ttl_hours);
        live
    }

    /// What is true of a visitor who came before, by its key. Notes nothing.
    pub(crate) fn live_of<'a>(
        &'a self,
        campaign: &'a CompiledCampaign,
        key: u64,
        now: Timestamp,
    ) -> LiveVisit<'a> {
        LiveVisit {
            app: self,
            campaign,
            key,
            by_address: 0,
            machine: false,
            unique_campaign: false,
            now,
            counters: self.counters.table(),
            standing: self.standing.load(),
            asked: RefCell::default(),
        }
    }

    /// Counts a landing click for its destination, when it is the first of its click and of a person, and notes the visit where the stream
    /// repeats no destination.
    pub(crate) fn count_landing_click(
        &self,
        record: &LandingClickV2<'_>,
        visitor: u64,
        chooser: &CompiledStream,
        destination: DestinationId,
    ) {
        let landing = &record.landing_click;
        if landing.dims.bot.is_bot() {
            return;
        }
        if let Some(no_repeat) = &chooser.no_repeat {
            let key = VisitorKey::of(&self.salt, Population::Visited(chooser.id, destination), visitor);
            self.seen.mark(key, landing.at, no_repeat.ttl_hours);
        }
        let table = self.counters.table();
        if table.is_empty() || !landing.first {
            return;
        }
        let mut adds: Vec<(Subject, Tally)> = Vec::new();
        let counted = CountedClick {
            campaign: landing.dims.campaign,
            stream: landing.dims.stream,
            landing: landing.dims.landing,
            destination,
            passed_to: signalbox_domain::CampaignId::NONE,
            passed_to_stream: record.passed_to_stream,
            behind_landing: true,
            trafficback: false,
            cost: record.cost,
        };
        counted.each_going_on(&mut |subject, tally| adds.push((subject, *tally)));
        self.counters.settle(&table, ((landing.click, false), landing.at), &adds, None);
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

    fn mark(&self, population: Population, ttl_hours: u16) -> bool {
        let key = VisitorKey::of(&self.app.salt, population, self.key);
        !self.machine && self.app.seen.mark(key, self.now, ttl_hours)
    }

    fn remembers(&self, population: Population) -> bool {
        let key = VisitorKey::of(&self.app.salt, population, self.key);
        self.app.seen.contains(key, self.now)
    }

    /// Counts the click and notes where the visitor went; says where it was new. `None`, and nothing is changed: another click was counted
    /// meanwhile where this decision looked, so it has to be made again. `on_page`: the visitor stays on the page from which it was told.
    /// With `anyway` it is counted whatever happened.
    pub(crate) fn settle(
        &self,
        decision: &Decision<'_>,
        (click, cost): (ClickId, Money),
        on_page: bool,
        anyway: bool,
    ) -> Option<UniqueFlags> {
        let asked = self.asked.take();
        if !self.machine && !self.counters.is_empty() {
            let mut adds: Vec<(Subject, Tally)> = Vec::new();
            counted_click(self.campaign, decision, cost, on_page)
                .each(&mut |subject, tally| adds.push((subject, *tally)));
            let counters = &self.app.counters;
            let seen = (!anyway).then_some(&asked);
            if !counters.settle(&self.counters, ((click, true), self.now), &adds, seen) {
                self.app.metrics.decided_again.increment(1);
                return None;
            }
        }
        let ttl_hours = self.campaign.uniqueness.ttl_hours;
        if let (Some(chooser), Some(destination)) = (decision.chooser, decision.destination)
            && let Some(no_repeat) = &chooser.no_repeat
        {
            self.mark(Population::Visited(chooser.id, destination.id), no_repeat.ttl_hours);
        }
        Some(UniqueFlags {
            campaign: self.unique_campaign,
            stream: decision.stream.is_some_and(|stream| self.mark(Population::Stream(stream.id), ttl_hours)),
            workspace: self.mark(Population::Workspace(self.campaign.workspace.id), ttl_hours),
        })
    }
}

/// What of a decision is counted: the same as of its record.
fn counted_click(
    campaign: &CompiledCampaign,
    decision: &Decision<'_>,
    cost: Money,
    on_page: bool,
) -> CountedClick {
    let (passed_to, passed_to_stream) = crate::record::passed_to(decision);
    CountedClick {
        campaign: campaign.id,
        stream: decision.stream.map_or(StreamId::NONE, |stream| stream.id),
        landing: decision.landing.map_or(DestinationId::NONE, |landing| landing.id),
        destination: decision.destination.map_or(DestinationId::NONE, |destination| destination.id),
        passed_to,
        passed_to_stream,
        behind_landing: on_page || decision.landing.is_some(),
        trafficback: crate::stamp::is_fallback(decision.outcome),
        cost,
    }
}

impl Live for LiveVisit<'_> {
    fn seen(&self, population: Question) -> bool {
        match population {
            // Machines are nowhere new.
            _ if self.machine => true,
            Question::Campaign(id) if id == self.campaign.id => !self.unique_campaign,
            other => self.remembers(other.into()),
        }
    }

    fn converted(&self, population: Question) -> bool {
        let among = match population {
            Question::Campaign(id) => Among::Campaign(id),
            Question::Workspace(id) => Among::Workspace(id),
            Question::Stream(_) => return false,
        };
        let converted = &self.app.converted;
        converted.contains(among, self.key) || converted.contains(among, self.by_address)
    }

    fn visited(&self, stream: StreamId, destination: DestinationId) -> bool {
        self.remembers(Population::Visited(stream, destination))
    }

    fn counted(&self, subject: Subject, measure: Measure, since: Option<Timestamp>) -> Money {
        self.counters.counted(subject, measure, since, &mut self.asked.borrow_mut())
    }

    fn out(&self, destination: DestinationId) -> Option<OutReason> {
        self.standing.out(destination)
    }

    fn shares(&self, stream: StreamId) -> Option<&Shares> {
        self.standing.shares(stream)
    }

    fn turn(&self, stream: StreamId) -> u64 {
        self.app.turns.take(stream)
    }
}
