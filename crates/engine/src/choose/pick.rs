//! Choosing one of the routes of a stream in the stream's way, among those that take traffic at this moment.

use super::{Dice, Excluded, draw_among, least_wait};
use crate::{
    CompiledRoute, Request, RouteState, Shares, Snapshot,
    snapshot::{CompiledRoutes, Unavailable},
    sticky::Stick,
};
use signalbox_domain::{Choosing, StreamId};

/// All of it, in parts per million.
const WHOLE: u64 = 1_000_000;

/// What a choice depends on beside the routes.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) request: &'a Request<'a>,
    pub(crate) stream: StreamId,
    /// Whether destinations the visitor has been to are no candidates.
    pub(crate) fresh: bool,
}

/// A route that was chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen {
    pub(crate) position: usize,
    /// Position in the snapshot of the destination that gets the click: the route's, or an alternative.
    pub(crate) destination: u32,
    pub(crate) how: How,
}

/// By what a route was chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    Weight,
    Sticky(Stick),
    Turn(u64),
    First,
    /// Adaptive: the share that is spread by weight.
    Explored,
    /// Adaptive: by what has paid best.
    Best,
    /// Adaptive without statistics: by weight.
    Unlearned,
    /// The landing page asked for it.
    Asked,
}

impl Ask<'_> {
    /// The destination that gets the clicks of a route: its own, or the first of its alternatives that takes traffic. Else why not.
    pub(crate) fn resolve(&self, route: &CompiledRoute) -> Result<u32, RouteState> {
        let index = route.index.filter(|_| route.state != RouteState::SwitchedOff).ok_or(route.state)?;
        let destination = self.snapshot.destination_at(index).ok_or(RouteState::DestinationMissing)?;
        let taking = match destination.unavailable(self.request) {
            None => Ok(index),
            Some(why) => {
                let takes = |index: &&u32| {
                    let alternative = self.snapshot.destination_at(**index);
                    alternative.is_some_and(|one| one.unavailable(self.request).is_none())
                };
                destination.alternatives.iter().find(takes).copied().ok_or(Unavailable::state(&why))
            }
        };
        let visited = |index: u32| {
            let destination = self.snapshot.destination_at(index);
            destination.is_some_and(|one| self.request.live.visited(self.stream, one.id))
        };
        match taking {
            Ok(index) if self.fresh && visited(index) => Err(RouteState::Visited),
            taking => taking,
        }
    }
}

impl CompiledRoutes {
    /// The route to take; `None` when none takes traffic.
    pub(crate) fn choose(&self, ask: &Ask<'_>, dice: &mut dyn Dice) -> Option<Chosen> {
        match &self.choosing {
            Choosing::Weighted => self.by_weight(ask, dice, How::Weight),
            Choosing::Sticky { ttl_hours } => self.sticky(ask, *ttl_hours),
            Choosing::RoundRobin => self.in_turn(ask),
            Choosing::Waterfall => {
                self.candidates(ask).next().map(|chosen| Chosen { how: How::First, ..chosen })
            }
            Choosing::Adaptive(_) => self.adaptive(ask, dice),
        }
    }

    /// The route at `position` when it takes traffic, whatever its weight.
    pub(crate) fn asked(&self, position: usize, ask: &Ask<'_>) -> Option<Chosen> {
        self.take(position, ask, How::Asked)
    }

    /// Whether [`Self::choose`] would find a route.
    pub(crate) fn any_available(&self, ask: &Ask<'_>) -> bool {
        self.candidates(ask).next().is_some()
    }

    /// Whether a route takes part at all: with weight 0 only in a waterfall.
    pub(crate) fn takes_part(&self, position: usize) -> bool {
        let waterfall = matches!(self.choosing, Choosing::Waterfall);
        self.entries.get(position).is_some_and(|route| route.leads && (waterfall || route.weight > 0))
    }

    fn candidates(&self, ask: &Ask<'_>) -> impl Iterator<Item = Chosen> {
        let taking_part = (0..self.entries.len()).filter(|position| self.takes_part(*position));
        taking_part.filter_map(|position| self.take(position, ask, How::Weight))
    }

    fn take(&self, position: usize, ask: &Ask<'_>, how: How) -> Option<Chosen> {
        let destination = ask.resolve(self.entries.get(position)?).ok()?;
        Some(Chosen { position, destination, how })
    }

    fn by_weight(&self, ask: &Ask<'_>, dice: &mut dyn Dice, how: How) -> Option<Chosen> {
        let mut drawn = self.weights.draw(dice)?;
        let mut excluded = Excluded::default();
        loop {
            if let Some(chosen) = self.take(drawn, ask, how) {
                return Some(chosen);
            }
            excluded.insert(drawn);
            drawn = self.weights.draw_among_rest(&excluded, dice)?;
        }
    }

    fn sticky(&self, ask: &Ask<'_>, ttl_hours: u16) -> Option<Chosen> {
        let stick = self.stick(ask, ttl_hours);
        let mut excluded = Excluded::default();
        loop {
            let wait = |position: usize| match self.takes_part(position) {
                true => self.wait(stick, position),
                false => f64::INFINITY,
            };
            let first = least_wait(self.entries.len(), wait, &excluded)?;
            if let Some(chosen) = self.take(first, ask, How::Sticky(stick)) {
                return Some(chosen);
            }
            excluded.insert(first);
        }
    }

    pub(crate) fn stick(&self, ask: &Ask<'_>, ttl_hours: u16) -> Stick {
        Stick::new(ask.request.visitor_key, ask.stream.0 ^ self.salt, ttl_hours, ask.request.now)
    }

    fn wait(&self, stick: Stick, position: usize) -> f64 {
        let entry = self.entries.get(position);
        // A destination that is listed twice is two entries.
        entry.map_or(f64::INFINITY, |route| {
            stick.wait(route.destination.0 ^ u64::from(route.twin) << 48, route.weight)
        })
    }

    /// The turn is taken only when there is somebody to have it.
    fn in_turn(&self, ask: &Ask<'_>) -> Option<Chosen> {
        let count = self.candidates(ask).count();
        if count == 0 {
            return None;
        }
        let turn = ask.request.live.turn(ask.stream);
        let chosen = self.candidates(ask).nth((turn % count as u64) as usize)?;
        Some(Chosen { how: How::Turn(turn), ..chosen })
    }

    fn adaptive(&self, ask: &Ask<'_>, dice: &mut dyn Dice) -> Option<Chosen> {
        let Some(shares) = self.shares(ask) else { return self.by_weight(ask, dice, How::Unlearned) };
        if dice.roll(WHOLE) < u64::from(shares.exploration) {
            return self.by_weight(ask, dice, How::Explored);
        }
        let share = |position: usize| match self.takes_part(position) {
            true => u64::from(shares.best.get(position).copied().unwrap_or(0)),
            false => 0,
        };
        let mut excluded = Excluded::default();
        while let Some(drawn) = draw_among(self.entries.len(), share, &excluded, dice) {
            if let Some(chosen) = self.take(drawn, ask, How::Best) {
                return Some(chosen);
            }
            excluded.insert(drawn);
        }
        // The best takes no traffic just now.
        self.by_weight(ask, dice, How::Explored)
    }

    /// Shares that were worked out for this very list of routes.
    pub(crate) fn shares<'a>(&self, ask: &Ask<'a>) -> Option<&'a Shares> {
        ask.request.live.shares(ask.stream).filter(|shares| shares.best.len() == self.entries.len())
    }
}
