//! The decision: which stream takes a click and where it sends the visitor.
//!
//! Order: forced streams top down, then regular ones by position or weight (a drawn stream whose rules refuse is redrawn among the rest),
//! then default ones, then trafficback (the stream's when one took the click, the campaign's, the domain's). The recorder that makes a
//! trace rides along on the very same path.

use crate::{
    CompiledCampaign, CompiledDestination, CompiledStream, CompiledUrl, Dice, Request, Snapshot, Trace,
    TrafficbackLevel,
    choose::Excluded,
    snapshot::Act,
    trace::{Recorder, Silent, TraceRecorder},
};
use serde::{Deserialize, Serialize};
use signalbox_domain::{CampaignState, StreamSelection};

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
    /// The campaign is paused or archived: trafficback.
    CampaignPaused,
    /// A stream answers 404.
    NotFound,
}

/// Where a click goes.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'s> {
    /// The stream that took the click.
    pub stream: Option<&'s CompiledStream>,
    /// The landing page shown first.
    pub landing: Option<&'s CompiledDestination>,
    /// The destination; with a landing it is chosen when the visitor goes on.
    pub destination: Option<&'s CompiledDestination>,
    /// What is answered, and why.
    pub outcome: Outcome,
    /// HTTP status of the answer: of a redirect when there is a target, else 404.
    pub status: u16,
    /// Where the visitor is sent; absent: nowhere (404, or a fallback of the instance unless the outcome is `NotFound`).
    pub target: Option<&'s CompiledUrl>,
    /// Whether the click is stored.
    pub collect: bool,
}

/// Decides where a click goes. Total: every campaign and request has an answer.
pub fn decide<'s>(
    campaign: &'s CompiledCampaign,
    snapshot: &'s Snapshot,
    request: &Request<'_>,
    dice: &mut dyn Dice,
) -> Decision<'s> {
    Run { campaign, snapshot, request, dice, recorder: Silent }.decide().0
}

/// [`decide`], with the reasons: every stream and rule, and why it held or not. Slower; for the simulator.
pub fn decide_traced<'s>(
    campaign: &'s CompiledCampaign,
    snapshot: &'s Snapshot,
    request: &Request<'_>,
    dice: &mut dyn Dice,
) -> (Decision<'s>, Trace) {
    let recorder = TraceRecorder::new(campaign);
    let (decision, recorder) = Run { campaign, snapshot, request, dice, recorder }.decide();
    let trace = recorder.finish(&decision);
    (decision, trace)
}

/// Where a visitor goes on to from a landing page of `stream`: the route at `number` (from 1, as listed) when it takes traffic, else one
/// chosen in the stream's way. `None`: no destination takes traffic.
pub fn choose_after_landing<'s>(
    stream: &CompiledStream,
    snapshot: &'s Snapshot,
    number: Option<usize>,
    dice: &mut dyn Dice,
) -> Option<&'s CompiledDestination> {
    let asked = number.and_then(|number| stream.routes.destination(number.checked_sub(1)?, snapshot));
    asked.or_else(|| stream.routes.destination(stream.routes.choose(dice)?, snapshot))
}

struct Run<'s, 'r, R> {
    campaign: &'s CompiledCampaign,
    snapshot: &'s Snapshot,
    request: &'r Request<'r>,
    dice: &'r mut dyn Dice,
    recorder: R,
}

impl<'s, R: Recorder> Run<'s, '_, R> {
    fn decide(mut self) -> (Decision<'s>, R) {
        let decision = if self.campaign.state != CampaignState::Active {
            self.trafficback(Outcome::CampaignPaused, None)
        } else if let Some(stream) = self.pick_stream() {
            self.act(stream)
        } else {
            self.trafficback(Outcome::NoStream, None)
        };
        (decision, self.recorder)
    }

    fn pick_stream(&mut self) -> Option<&'s CompiledStream> {
        let campaign = self.campaign;
        let taken = self.first_of(&campaign.forced).or_else(|| match campaign.selection {
            StreamSelection::Position => self.first_of(&campaign.regular),
            StreamSelection::Weight => self.drawn(),
        });
        taken.or_else(|| self.first_of(&campaign.default))
    }

    fn lets_in(&mut self, position: usize) -> Option<&'s CompiledStream> {
        let stream = &self.campaign.streams[position];
        self.recorder.lets_in(position, stream, self.request).then_some(stream)
    }

    fn first_of(&mut self, positions: &[usize]) -> Option<&'s CompiledStream> {
        positions.iter().find_map(|&position| self.lets_in(position))
    }

    /// Draws a regular stream by weight until one lets the click in; each is asked at most once.
    fn drawn(&mut self) -> Option<&'s CompiledStream> {
        let weights = &self.campaign.regular_weights;
        let mut excluded = Excluded::default();
        let mut drawn = weights.draw(self.dice)?;
        loop {
            let stream = self.lets_in(self.campaign.regular[drawn]);
            if stream.is_some() {
                return stream;
            }
            excluded.insert(drawn);
            drawn = weights.draw_among_rest(&excluded, self.dice)?;
        }
    }

    fn act(&mut self, stream: &'s CompiledStream) -> Decision<'s> {
        let routed = Decision {
            stream: Some(stream),
            landing: None,
            destination: None,
            outcome: Outcome::Routed,
            status: 302,
            target: None,
            collect: true,
        };
        match &stream.act {
            Act::NotFound => Decision { outcome: Outcome::NotFound, status: 404, ..routed },
            Act::Url(url) => Decision { target: Some(url), ..routed },
            // A landing that leads nowhere is not shown.
            Act::Redirect { .. } if !stream.routes.any_available() => {
                self.trafficback(Outcome::NoDestination, Some(stream))
            }
            Act::Redirect { status } => {
                let landing = stream.landings.choose(self.dice);
                let landing = landing.and_then(|position| {
                    self.recorder.landing(position);
                    stream.landings.destination(position, self.snapshot)
                });
                if let Some(landing) = landing {
                    return Decision {
                        landing: Some(landing),
                        status: *status,
                        target: Some(&landing.url),
                        ..routed
                    };
                }
                let route = stream.routes.choose(self.dice);
                let destination = route.and_then(|position| {
                    self.recorder.route(position);
                    stream.routes.destination(position, self.snapshot)
                });
                match destination {
                    None => self.trafficback(Outcome::NoDestination, Some(stream)),
                    Some(destination) => Decision {
                        destination: Some(destination),
                        status: *status,
                        target: Some(&destination.url),
                        ..routed
                    },
                }
            }
        }
    }

    fn trafficback(&mut self, outcome: Outcome, stream: Option<&'s CompiledStream>) -> Decision<'s> {
        let of_stream = stream.and_then(|stream| stream.trafficback.as_ref());
        let of_campaign = self.campaign.trafficback.as_ref();
        let (level, target) = if of_stream.is_some() {
            (Some(TrafficbackLevel::Stream), of_stream)
        } else if of_campaign.is_some() {
            (Some(TrafficbackLevel::Campaign), of_campaign)
        } else {
            let domain = self.snapshot.domain(self.request.host);
            let domain = domain.filter(|domain| domain.workspace == self.campaign.workspace.id);
            let of_domain = domain.and_then(|domain| domain.not_found.as_ref());
            (of_domain.map(|_| TrafficbackLevel::Domain), of_domain)
        };
        self.recorder.trafficback(level);
        let status = if target.is_some() { 302 } else { 404 };
        Decision { stream, landing: None, destination: None, outcome, status, target, collect: true }
    }
}
