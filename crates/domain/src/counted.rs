//! Which counters a configuration needs: caps, criteria on clicks of a stream, adaptive streams, loss rules.
//!
//! The one list that both sides of counting follow: whoever folds events keeps a counter for exactly these subjects, and whoever decides
//! may ask for exactly these.

use crate::{
    Campaign, Cap, CapPeriod, Choosing, Criterion, Destination, Rule, Stream, Subject, cap::ROLLING_HOURS_MAX,
};
use std::collections::BTreeMap;

/// A running hour of the clock: two where clocks repeat it.
const HOUR: u16 = 2;
/// A day of the clock, 25 hours where clocks go back, and the quarter in which it began.
const DAY: u16 = 26;
/// After so many half-lives a click weighs less than half a percent.
const HALF_LIVES: u16 = 8;
/// The longest any counter looks back, hours.
const LONGEST: u16 = ROLLING_HOURS_MAX + 24;

/// Every subject that must be counted, with the hours that its longest window looks back (0: only the sum of everything is needed).
///
/// Campaigns and destinations of all workspaces may be given at once; ids are unique over all of them. Paused and archived ones count
/// as well, so that nothing starts from zero when they come back.
pub fn counted_subjects<'a>(
    campaigns: impl IntoIterator<Item = &'a Campaign>,
    destinations: impl IntoIterator<Item = &'a Destination>,
) -> BTreeMap<Subject, u16> {
    let mut needs = Needs::default();
    for campaign in campaigns {
        needs.caps(Subject::Campaign(campaign.id), &campaign.caps);
        campaign.streams.iter().for_each(|stream| needs.stream(stream));
    }
    for destination in destinations {
        let subject = Subject::Destination(destination.id);
        needs.caps(subject, &destination.caps);
        if let Some(rule) = &destination.loss_rule {
            needs.note(subject, rule.window_hours.saturating_add(1));
        }
    }
    needs.0
}

#[derive(Default)]
struct Needs(BTreeMap<Subject, u16>);

impl Needs {
    fn note(&mut self, subject: Subject, hours: u16) {
        let longest = self.0.entry(subject).or_default();
        *longest = hours.min(LONGEST).max(*longest);
    }

    fn caps(&mut self, subject: Subject, caps: &[Cap]) {
        for cap in caps {
            let hours = match cap.period {
                CapPeriod::Hour => HOUR,
                CapPeriod::Day => DAY,
                CapPeriod::Total => 0,
                CapPeriod::Rolling { hours } => hours.saturating_add(1),
            };
            self.note(subject, hours);
        }
    }

    fn stream(&mut self, stream: &Stream) {
        let subject = Subject::Stream(stream.id);
        self.caps(subject, &stream.caps);
        self.rule(subject, &stream.rules);
        if let Choosing::Adaptive(adaptive) = &stream.choosing {
            let hours = adaptive.half_life_hours.saturating_mul(HALF_LIVES);
            for route in stream.routes.iter().chain(&stream.landings) {
                self.note(Subject::Route(stream.id, route.destination_id), hours);
            }
        }
    }

    fn rule(&mut self, subject: Subject, rule: &Rule) {
        match rule {
            Rule::All(parts) | Rule::Any(parts) | Rule::None(parts) => {
                parts.iter().for_each(|part| self.rule(subject, part));
            }
            Rule::Test(test) => match test.criterion {
                Criterion::StreamClicksHour => self.note(subject, HOUR),
                Criterion::StreamClicksDay => self.note(subject, DAY),
                Criterion::StreamClicksTotal => self.note(subject, 0),
                _ => {}
            },
            // An expression may ask for the same counters by the names of their criteria.
            Rule::Expression(text) if text.contains("stream_clicks") => self.note(subject, DAY),
            Rule::Expression(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Adaptive, CampaignId, DestinationId, DestinationKind, LossRule, Measure, Money, Operator, Route,
        Slug, StreamId, StreamKind, Test,
    };

    fn cap(period: CapPeriod) -> Cap {
        Cap { measure: Measure::Clicks, period, limit: Money::from_whole(1), timezone: None }
    }

    #[test]
    fn everything_that_asks_for_a_counter_is_listed() {
        let route = |id| Route { destination_id: DestinationId(id), weight: 1, active: true };
        let clicks = Test {
            criterion: Criterion::StreamClicksTotal,
            op: Operator::In,
            values: vec!["1".to_owned()],
            timezone: None,
        };
        let by_rule = Stream {
            rules: Rule::All(vec![Rule::None(vec![Rule::Test(clicks)])]),
            ..Stream::new(StreamId(2), "rule", StreamKind::Regular)
        };
        let by_expression = Stream {
            rules: Rule::Expression("stream_clicks_day > 5".to_owned()),
            ..Stream::new(StreamId(3), "expression", StreamKind::Regular)
        };
        let adaptive = Stream {
            choosing: Choosing::Adaptive(Adaptive { half_life_hours: 10, ..Adaptive::default() }),
            routes: vec![route(7), route(8)],
            landings: vec![route(9)],
            caps: vec![cap(CapPeriod::Day)],
            ..Stream::new(StreamId(4), "adaptive", StreamKind::Regular)
        };
        let plain =
            Stream { routes: vec![route(7)], ..Stream::new(StreamId(5), "plain", StreamKind::Regular) };
        let campaign = Campaign {
            caps: vec![cap(CapPeriod::Total), cap(CapPeriod::Rolling { hours: 744 })],
            streams: vec![by_rule, by_expression, adaptive, plain],
            ..Campaign::new(CampaignId(1), "c", Slug("c".to_owned()))
        };
        let mut lossy = Destination::new(DestinationId(8), "d", DestinationKind::Offer, "https://d.example/");
        lossy.loss_rule =
            Some(LossRule { roi_below: Money::from_whole(-10), clicks_min: 1, window_hours: 24 });
        let idle = Destination::new(DestinationId(7), "i", DestinationKind::Offer, "https://i.example/");
        let found: Vec<_> = counted_subjects([&campaign], [&lossy, &idle]).into_iter().collect();
        assert_eq!(
            found,
            [
                (Subject::Campaign(CampaignId(1)), 745),
                (Subject::Stream(StreamId(2)), 0),
                (Subject::Stream(StreamId(3)), DAY),
                (Subject::Stream(StreamId(4)), DAY),
                (Subject::Destination(DestinationId(8)), 25),
                (Subject::Route(StreamId(4), DestinationId(7)), 80),
                (Subject::Route(StreamId(4), DestinationId(8)), 80),
                (Subject::Route(StreamId(4), DestinationId(9)), 80),
            ]
        );
    }
}
