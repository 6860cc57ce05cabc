//! The decision: which stream takes a click and where it sends the visitor.
//!
//! Order: is the campaign active, is this a machine, is a cap of the campaign reached; then forced streams top down, then regular ones
//! by position or weight (a drawn stream that refuses is redrawn among the rest), then default ones; then what the stream does, which
//! may be to let another campaign's streams decide. What ends nowhere goes to trafficback: the stream's, the campaign's, the domain's.
//! The recorder that makes a trace rides along on the very same path.

mod act;
mod passed;

pub use passed::PassedThrough;

use crate::{
    CompiledCampaign, CompiledDestination, CompiledStream, CompiledText, CompiledUrl, Dice, Request,
    Snapshot, StreamVerdict, Trace, TrafficbackLevel,
    choose::{Ask, Excluded, How, least_wait},
    snapshot::{Act, Bots},
    sticky::Stick,
    trace::{Recorder, Silent, TraceRecorder},
};
use serde::{Deserialize, Serialize};
use signalbox_domain::{CampaignState, Exhausted, StreamSelection, Subject, Via};

/// What is answered, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Sent to a landing, a destination or a stream's URL.
    Routed,
    /// No stream took the click: trafficback.
    NoStream,
    /// A stream took it, but none of its destinations takes traffic: trafficback.
    NoDestination,
    /// The campaign, or the one it was passed on to, is paused or archived: trafficback.
    CampaignPaused,
    /// A stream answers 404.
    NotFound,
    /// A stream answers by itself: a page, a text or nothing.
    Answered,
    /// A cap of the campaign, or of the one it was passed on to, is reached: trafficback.
    CapReached,
    /// The visitor has been to every destination of a stream that repeats none: trafficback.
    Exhausted,
    /// Passed on from campaign to campaign in a loop or too often: trafficback.
    Loop,
    /// A machine, answered by the campaign's setting for machines.
    Bot,
}

/// Where a click goes.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'s> {
    /// The stream of the campaign that took the click: what the click is counted for.
    pub stream: Option<&'s CompiledStream>,
    /// The stream that chose landing and destination: `stream`, unless the click was passed on to another campaign. Turns, visits and
    /// routes are counted for it, and it chooses again after the landing.
    pub chooser: Option<&'s CompiledStream>,
    /// Campaigns the click was passed on to.
    pub passed_through: PassedThrough<'s>,
    /// The landing page shown first.
    pub landing: Option<&'s CompiledDestination>,
    /// The destination; with a landing it is chosen when the visitor goes on, unless the stream chooses it before.
    pub destination: Option<&'s CompiledDestination>,
    /// What is answered, and why.
    pub outcome: Outcome,
    /// HTTP status of the answer: of a redirect, 200 for one by a page and for a body, 204 for nothing, 404.
    pub status: u16,
    /// By what means the visitor is sent to the target.
    pub via: Via,
    /// Where the visitor is sent; absent: nowhere (a body, nothing, 404, or a fallback of the instance when the outcome is one of
    /// trafficback).
    pub target: Option<&'s CompiledUrl>,
    /// The page or text that is answered.
    pub body: Option<&'s CompiledText>,
    /// Whether the click is stored; else it is only counted.
    pub collect: bool,
}

/// Decides where a click goes. Total: every campaign and request has an answer.
pub fn decide<'s>(
    campaign: &'s CompiledCampaign,
    snapshot: &'s Snapshot,
    request: &Request<'_>,
    dice: &mut dyn Dice,
) -> Decision<'s> {
    Run::new(campaign, snapshot, request, dice, Silent).decide().0
}

/// [`decide`], with the reasons: every stream, rule and route, and why it held or not. Slower; for the simulator and for samples.
pub fn decide_traced<'s>(
    campaign: &'s CompiledCampaign,
    snapshot: &'s Snapshot,
    request: &Request<'_>,
    dice: &mut dyn Dice,
) -> (Decision<'s>, Trace) {
    let recorder = TraceRecorder::new(campaign);
    let (decision, recorder) = Run::new(campaign, snapshot, request, dice, recorder).decide();
    let trace = recorder.finish(&decision, snapshot, request);
    (decision, trace)
}

/// Where a visitor goes on to from a landing page of `stream` ([`Decision::chooser`]): the route at `number` (from 1, as listed) when it
/// takes traffic, else one chosen in the stream's way. Caps, alternatives, no-repeat and stickiness count as in [`decide`]. `None`: no
/// destination takes traffic, or the visitor has been to all of them and the stream repeats none.
pub fn choose_after_landing<'s>(
    stream: &CompiledStream,
    snapshot: &'s Snapshot,
    number: Option<usize>,
    request: &Request<'_>,
    dice: &mut dyn Dice,
) -> Option<&'s CompiledDestination> {
    let ask = Ask { snapshot, request, stream: stream.id, fresh: stream.no_repeat.is_some() };
    let asked = number.and_then(|number| stream.routes.asked(number.checked_sub(1)?, &ask));
    let chosen = asked.or_else(|| act::choose_route(stream, &ask, dice).ok());
    snapshot.destination_at(chosen?.destination)
}

struct Run<'s, 'r, R> {
    /// The one the click belongs to.
    entry: &'s CompiledCampaign,
    /// The one whose streams decide.
    campaign: &'s CompiledCampaign,
    passed: PassedThrough<'s>,
    snapshot: &'s Snapshot,
    request: &'r Request<'r>,
    dice: &'r mut dyn Dice,
    recorder: R,
}

impl<'s, 'r, R: Recorder> Run<'s, 'r, R> {
    fn new(
        entry: &'s CompiledCampaign,
        snapshot: &'s Snapshot,
        request: &'r Request<'r>,
        dice: &'r mut dyn Dice,
        recorder: R,
    ) -> Self {
        let passed = PassedThrough::new(entry);
        Self { entry, campaign: entry, passed, snapshot, request, dice, recorder }
    }

    fn decide(mut self) -> (Decision<'s>, R) {
        let decision = self.answer();
        (decision, self.recorder)
    }

    fn answer(&mut self) -> Decision<'s> {
        if self.entry.state != CampaignState::Active {
            return self.trafficback(Outcome::CampaignPaused);
        }
        let bot = self.request.visitor.bot.is_bot();
        match &self.entry.bots {
            Bots::Url(url) if bot => {
                Decision { status: 302, target: Some(url), ..self.nowhere(Outcome::Bot) }
            }
            Bots::NotFound if bot => self.nowhere(Outcome::Bot),
            _ => self.through_streams(),
        }
    }

    /// An answer of nothing but 404.
    fn nowhere(&self, outcome: Outcome) -> Decision<'s> {
        let stream = self.passed.first_stream();
        let ignored = self.request.visitor.bot.is_bot() && matches!(self.entry.bots, Bots::Ignore);
        Decision {
            stream,
            chooser: self.passed.last_stream(),
            passed_through: self.passed,
            landing: None,
            destination: None,
            outcome,
            status: 404,
            via: Via::Http,
            target: None,
            body: None,
            collect: !ignored && stream.is_none_or(|stream| stream.collect_clicks),
        }
    }

    /// Lets the streams of the campaign decide, and those of the campaigns it is passed on to.
    fn through_streams(&mut self) -> Decision<'s> {
        loop {
            if let Some(reached) =
                self.campaign.caps.reached(Subject::Campaign(self.campaign.id), self.request)
            {
                self.recorder.campaign_cap(&reached);
                return self.trafficback(Outcome::CapReached);
            }
            let Some(stream) = self.pick_stream() else { return self.trafficback(Outcome::NoStream) };
            self.passed.take(stream);
            let Act::Campaign(id) = stream.act else { return self.act(stream) };
            let Some(next) = self.snapshot.campaign(id).filter(|next| self.passed.enter(next)) else {
                return self.trafficback(Outcome::Loop);
            };
            self.campaign = next;
            self.recorder.enter(next);
            if next.state != CampaignState::Active {
                return self.trafficback(Outcome::CampaignPaused);
            }
        }
    }

    fn pick_stream(&mut self) -> Option<&'s CompiledStream> {
        let campaign = self.campaign;
        let taken =
            self.first_of(&campaign.forced).or_else(|| match (campaign.selection, campaign.sticky_hours) {
                (StreamSelection::Position, _) => self.first_of(&campaign.regular),
                (StreamSelection::Weight, None) => self.drawn(),
                (StreamSelection::Weight, Some(ttl_hours)) => self.sticky(ttl_hours),
            });
        taken.or_else(|| self.first_of(&campaign.default))
    }

    fn first_of(&mut self, positions: &[usize]) -> Option<&'s CompiledStream> {
        positions.iter().find_map(|&position| self.lets_in(position))
    }

    /// Draws a regular stream by weight until one lets the click in; each is asked at most once.
    fn drawn(&mut self) -> Option<&'s CompiledStream> {
        let weights = &self.campaign.regular_weights;
        let mut excluded = Excluded::default();
        let mut drawn = weights.draw(self.dice)?;
        self.recorder.streams_by(How::Weight);
        loop {
            let stream = self.lets_in(self.campaign.regular[drawn]);
            if stream.is_some() {
                return stream;
            }
            excluded.insert(drawn);
            drawn = weights.draw_among_rest(&excluded, self.dice)?;
        }
    }

    /// The regular stream this visitor is assigned to, or the next that lets the click in.
    fn sticky(&mut self, ttl_hours: u16) -> Option<&'s CompiledStream> {
        let campaign = self.campaign;
        let stick = Stick::new(self.request.visitor_key, campaign.id.0, ttl_hours, self.request.now);
        self.recorder.streams_by(How::Sticky(stick));
        let wait = |index: usize| {
            let stream = &campaign.streams[campaign.regular[index]];
            if stream.weight == 0 { f64::INFINITY } else { stick.wait(stream.id.0, stream.weight) }
        };
        let mut excluded = Excluded::default();
        loop {
            let drawn = least_wait(campaign.regular.len(), wait, &excluded)?;
            let stream = self.lets_in(campaign.regular[drawn]);
            if stream.is_some() {
                return stream;
            }
            excluded.insert(drawn);
        }
    }

    fn lets_in(&mut self, position: usize) -> Option<&'s CompiledStream> {
        let stream = &self.campaign.streams[position];
        if !self.recorder.rules_hold(position, stream, self.request) {
            return None;
        }
        if stream.schedule.as_ref().is_some_and(|schedule| !schedule.is_open(self.request.now)) {
            self.recorder.passed_over(position, StreamVerdict::Closed, None);
            return None;
        }
        if !stream.caps.is_empty()
            && let Some(reached) = stream.caps.reached(Subject::Stream(stream.id), self.request)
        {
            self.recorder.passed_over(position, StreamVerdict::CapReached, Some(&reached));
            return None;
        }
        let passes = stream.no_repeat.is_some_and(|no_repeat| no_repeat.exhausted == Exhausted::NextStream);
        if passes && matches!(stream.act, Act::Redirect { .. }) && self.is_exhausted(stream) {
            self.recorder.passed_over(position, StreamVerdict::Exhausted, None);
            return None;
        }
        Some(stream)
    }

    /// Whether the visitor has been to every destination that takes traffic.
    fn is_exhausted(&self, stream: &CompiledStream) -> bool {
        let stale = Ask { snapshot: self.snapshot, request: self.request, stream: stream.id, fresh: false };
        !stream.routes.any_available(&Ask { fresh: true, ..stale }) && stream.routes.any_available(&stale)
    }

    fn trafficback(&mut self, outcome: Outcome) -> Decision<'s> {
        let nearest = self.passed.trafficback(outcome == Outcome::Loop);
        let domain = || Some((TrafficbackLevel::Domain, self.domain_trafficback()?));
        let (level, target) = nearest.or_else(domain).unzip();
        self.recorder.trafficback(level);
        let status = if target.is_some() { 302 } else { 404 };
        Decision { status, target, ..self.nowhere(outcome) }
    }

    fn domain_trafficback(&self) -> Option<&'s CompiledUrl> {
        let domain = self.snapshot.domain(self.request.host);
        domain.filter(|domain| domain.workspace == self.entry.workspace.id)?.not_found.as_ref()
    }
}
