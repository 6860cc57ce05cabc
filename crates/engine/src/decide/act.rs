//! What the stream that took a click does with it.

use super::{Decision, Outcome, Run};
use crate::{
    CompiledStream, Dice,
    choose::{Ask, Chosen},
    snapshot::Act,
    trace::Recorder,
};
use signalbox_domain::{Exhausted, OfferChoice, Via};

/// The route a visitor takes. Among what takes traffic, what it has been to is no candidate where the stream repeats nothing.
pub(super) fn choose_route(
    stream: &CompiledStream,
    ask: &Ask<'_>,
    dice: &mut dyn Dice,
) -> Result<Chosen, Outcome> {
    if let Some(chosen) = stream.routes.choose(ask, dice) {
        return Ok(chosen);
    }
    let again = Ask { fresh: false, ..*ask };
    match stream.no_repeat.map(|no_repeat| no_repeat.exhausted) {
        Some(Exhausted::Repeat) => stream.routes.choose(&again, dice).ok_or(Outcome::NoDestination),
        Some(Exhausted::NextStream | Exhausted::Trafficback) if stream.routes.any_available(&again) => {
            Err(Outcome::Exhausted)
        }
        _ => Err(Outcome::NoDestination),
    }
}

/// Whether [`choose_route`] would find a route.
fn leads_anywhere(stream: &CompiledStream, ask: &Ask<'_>) -> Result<(), Outcome> {
    if stream.routes.any_available(ask) {
        return Ok(());
    }
    let again = stream.routes.any_available(&Ask { fresh: false, ..*ask });
    match stream.no_repeat.map(|no_repeat| no_repeat.exhausted) {
        Some(Exhausted::Repeat) if again => Ok(()),
        Some(Exhausted::NextStream | Exhausted::Trafficback) if again => Err(Outcome::Exhausted),
        _ => Err(Outcome::NoDestination),
    }
}

/// A page that sends the visitor on is no redirect to HTTP.
const fn status_of(status: u16, via: Via) -> u16 {
    match via {
        Via::Http => status,
        Via::Meta | Via::DoubleMeta | Via::Js | Via::Form | Via::Iframe => 200,
    }
}

impl<'s, R: Recorder> Run<'s, '_, R> {
    pub(super) fn act(&mut self, stream: &'s CompiledStream) -> Decision<'s> {
        let nowhere = self.nowhere(Outcome::NotFound);
        let answered = Decision { outcome: Outcome::Answered, ..nowhere };
        match &stream.act {
            // Where a click is passed on was followed before.
            Act::NotFound | Act::Campaign(_) => nowhere,
            Act::Nothing => Decision { status: 204, ..answered },
            Act::Show(text) => Decision { status: 200, body: Some(text), ..answered },
            Act::Url { url, status, via } => Decision {
                outcome: Outcome::Routed,
                status: status_of(*status, *via),
                via: *via,
                target: Some(url),
                ..nowhere
            },
            Act::Redirect { status, via } => match self.redirect(stream) {
                Err(outcome) => self.trafficback(outcome),
                Ok(sent) => Decision {
                    outcome: Outcome::Routed,
                    status: status_of(*status, *via),
                    via: *via,
                    landing: sent.landing,
                    destination: sent.destination,
                    target: sent.landing.or(sent.destination).map(|first| &first.url),
                    ..nowhere
                },
            },
        }
    }

    /// Chooses a landing, if there is one that takes traffic, and a destination unless that is chosen when the visitor goes on.
    fn redirect(&mut self, stream: &'s CompiledStream) -> Result<Sent<'s>, Outcome> {
        let (snapshot, request) = (self.snapshot, self.request);
        let ask = Ask { snapshot, request, stream: stream.id, fresh: stream.no_repeat.is_some() };
        let landing = match &stream.landings {
            None => None,
            Some(landings) => {
                // A landing that leads nowhere is not shown.
                leads_anywhere(stream, &ask)?;
                landings.choose(&Ask { fresh: false, ..ask }, self.dice)
            }
        };
        if let Some(landing) = &landing {
            self.recorder.landing(landing);
        }
        let landing = landing.and_then(|chosen| snapshot.destination_at(chosen.destination));
        if landing.is_some() && stream.offer_choice == OfferChoice::AfterLanding {
            return Ok(Sent { landing, destination: None });
        }
        let chosen = choose_route(stream, &ask, self.dice)?;
        self.recorder.route(&chosen);
        Ok(Sent { landing, destination: snapshot.destination_at(chosen.destination) })
    }
}

/// Where a visitor is sent.
struct Sent<'s> {
    landing: Option<&'s crate::CompiledDestination>,
    destination: Option<&'s crate::CompiledDestination>,
}
