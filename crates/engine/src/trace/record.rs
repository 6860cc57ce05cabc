//! What rides along a decision: nothing, or everything for a trace.

use super::{
    AlternativeTrace, Draw, HopTrace, RouteTrace, StreamTrace, StreamVerdict, Trace, TrafficbackLevel,
};
use crate::{
    CompiledCampaign, CompiledDestination, CompiledRoute, CompiledStream, Decision, Request, RouteState,
    Snapshot,
    caps::Reached,
    choose::{Ask, Chosen, How},
    snapshot::{CompiledRoutes, Unavailable},
};

/// Rides along a decision.
pub(crate) trait Recorder {
    /// The click is passed on to another campaign.
    fn enter(&mut self, campaign: &CompiledCampaign);
    /// Asks the rules of the stream at `position`.
    fn rules_hold(&mut self, position: usize, stream: &CompiledStream, request: &Request<'_>) -> bool;
    /// The stream at `position` is passed over although its rules hold.
    fn passed_over(&mut self, position: usize, verdict: StreamVerdict, cap: Option<&Reached<'_>>);
    fn campaign_cap(&mut self, cap: &Reached<'_>);
    fn streams_by(&mut self, how: How);
    fn landing(&mut self, chosen: &Chosen);
    fn route(&mut self, chosen: &Chosen);
    fn trafficback(&mut self, level: Option<TrafficbackLevel>);
}

/// Records nothing.
pub(crate) struct Silent;

impl Recorder for Silent {
    fn enter(&mut self, _campaign: &CompiledCampaign) {}
    fn rules_hold(&mut self, _position: usize, stream: &CompiledStream, request: &Request<'_>) -> bool {
        stream.rules.holds(request)
    }
    fn passed_over(&mut self, _position: usize, _verdict: StreamVerdict, _cap: Option<&Reached<'_>>) {}
    fn campaign_cap(&mut self, _cap: &Reached<'_>) {}
    fn streams_by(&mut self, _how: How) {}
    fn landing(&mut self, _chosen: &Chosen) {}
    fn route(&mut self, _chosen: &Chosen) {}
    fn trafficback(&mut self, _level: Option<TrafficbackLevel>) {}
}

/// Records everything.
pub(crate) struct TraceRecorder {
    trace: Trace,
    turns: usize,
    landing: Option<Chosen>,
    route: Option<Chosen>,
}

fn untouched(campaign: &CompiledCampaign) -> Vec<StreamTrace> {
    let trace = |stream: &CompiledStream| StreamTrace {
        stream: stream.id,
        name: stream.name.to_string(),
        kind: stream.kind,
        weight: stream.weight,
        verdict: if stream.active { StreamVerdict::NotReached } else { StreamVerdict::SwitchedOff },
        turn: None,
        rules: None,
        cap: None,
    };
    campaign.streams.iter().map(trace).collect()
}

impl TraceRecorder {
    pub(crate) fn new(campaign: &CompiledCampaign) -> Self {
        let trace = Trace {
            campaign: campaign.id,
            streams: untouched(campaign),
            passed_through: Vec::new(),
            campaign_cap: None,
            streams_by: None,
            landings: Vec::new(),
            landing_by: None,
            routes: Vec::new(),
            route_by: None,
            choosing: None,
            outcome: crate::Outcome::NoStream,
            trafficback: None,
            status: 404,
        };
        Self { trace, turns: 0, landing: None, route: None }
    }

    /// Streams of the campaign that is deciding.
    fn stream(&mut self, position: usize) -> Option<&mut StreamTrace> {
        let streams = self.trace.passed_through.last_mut().map(|hop| &mut hop.streams);
        streams.unwrap_or(&mut self.trace.streams).get_mut(position)
    }

    pub(crate) fn finish(self, decision: &Decision<'_>, snapshot: &Snapshot, request: &Request<'_>) -> Trace {
        let mut trace = self.trace;
        trace.outcome = decision.outcome;
        trace.status = decision.status;
        trace.landing_by = self.landing.map(|chosen| chosen.how.describe());
        trace.route_by = self.route.map(|chosen| chosen.how.describe());
        let Some(stream) = decision.chooser else { return trace };
        let ask = Ask { snapshot, request, stream: stream.id, fresh: false };
        if let Some(landings) = &stream.landings {
            trace.landings = routes(landings, self.landing, &ask);
        }
        let ask = Ask { fresh: stream.no_repeat.is_some(), ..ask };
        trace.routes = routes(&stream.routes, self.route, &ask);
        trace.choosing = Some(stream.routes.choosing.clone());
        trace
    }
}

impl Recorder for TraceRecorder {
    fn enter(&mut self, campaign: &CompiledCampaign) {
        self.trace.streams_by = None;
        self.trace.passed_through.push(HopTrace { campaign: campaign.id, streams: untouched(campaign) });
    }

    fn rules_hold(&mut self, position: usize, stream: &CompiledStream, request: &Request<'_>) -> bool {
        let rules = stream.rules.explain(request);
        let held = rules.held();
        self.turns += 1;
        let turn = self.turns;
        if let Some(trace) = self.stream(position) {
            trace.verdict = if held { StreamVerdict::Taken } else { StreamVerdict::Refused };
            trace.turn = Some(turn);
            trace.rules = Some(rules);
        }
        held
    }

    fn passed_over(&mut self, position: usize, verdict: StreamVerdict, cap: Option<&Reached<'_>>) {
        if let Some(trace) = self.stream(position) {
            trace.verdict = verdict;
            trace.cap = cap.map(Reached::describe);
        }
    }

    fn campaign_cap(&mut self, cap: &Reached<'_>) {
        self.trace.campaign_cap = Some(cap.describe());
    }

    fn streams_by(&mut self, how: How) {
        self.trace.streams_by = Some(how.describe());
    }

    fn landing(&mut self, chosen: &Chosen) {
        self.landing = Some(*chosen);
    }

    fn route(&mut self, chosen: &Chosen) {
        self.route = Some(*chosen);
    }

    fn trafficback(&mut self, level: Option<TrafficbackLevel>) {
        self.trace.trafficback = level;
    }
}

impl How {
    fn describe(self) -> Draw {
        match self {
            Self::Weight => Draw::Weight,
            Self::Sticky(stick) => {
                Draw::Sticky { hash: format!("{:016x}", stick.hash()), until: stick.until }
            }
            Self::Turn(number) => Draw::Turn { number },
            Self::First => Draw::First,
            Self::Explored => Draw::Explored,
            Self::Best => Draw::Best,
            Self::Unlearned => Draw::Unlearned,
            Self::Asked => Draw::Asked,
        }
    }
}

/// Every entry of a list with what was true of it, asked once more in the same way.
fn routes(routes: &CompiledRoutes, chosen: Option<Chosen>, ask: &Ask<'_>) -> Vec<RouteTrace> {
    let shares = match routes.choosing {
        signalbox_domain::Choosing::Adaptive(_) => routes.shares(ask),
        _ => None,
    };
    let trace = |(position, route): (usize, &CompiledRoute)| {
        let own = route.index.and_then(|index| ask.snapshot.destination_at(index));
        let why = own.and_then(|destination| destination.unavailable(ask.request));
        let mut trace = RouteTrace {
            destination: route.destination,
            weight: route.weight,
            state: why.as_ref().map_or(RouteState::Available, Unavailable::state),
            cap: why.as_ref().and_then(cap_of),
            alternatives: Vec::new(),
            share: shares.and_then(|shares| shares.best.get(position).copied()),
            reason: shares.and_then(|shares| shares.reasons.get(position)).map(|reason| reason.to_string()),
            chosen: chosen.is_some_and(|chosen| chosen.position == position),
        };
        if matches!(route.state, RouteState::SwitchedOff | RouteState::DestinationMissing) {
            trace.state = route.state;
            trace.cap = None;
        } else if let (Some(own), Some(_)) = (own, why) {
            trace.alternatives = alternatives(own, ask);
        }
        let visited = matches!(ask.resolve(route), Err(RouteState::Visited));
        match trace.alternatives.last_mut() {
            Some(last) if visited => last.state = RouteState::Visited,
            None if visited => trace.state = RouteState::Visited,
            _ => {}
        }
        trace
    };
    routes.entries.iter().enumerate().map(trace).collect()
}

/// Alternatives of a destination as far as they are asked.
fn alternatives(destination: &CompiledDestination, ask: &Ask<'_>) -> Vec<AlternativeTrace> {
    let mut asked = Vec::new();
    let all = destination.alternatives.iter().filter_map(|index| ask.snapshot.destination_at(*index));
    for alternative in all {
        let why = alternative.unavailable(ask.request);
        asked.push(AlternativeTrace {
            destination: alternative.id,
            state: why.as_ref().map_or(RouteState::Available, Unavailable::state),
            cap: why.as_ref().and_then(cap_of),
        });
        if why.is_none() {
            break;
        }
    }
    asked
}

fn cap_of(why: &Unavailable<'_>) -> Option<super::CapTrace> {
    match why {
        Unavailable::Capped(reached) => Some(reached.describe()),
        Unavailable::Inactive | Unavailable::Closed | Unavailable::Out(_) => None,
    }
}
