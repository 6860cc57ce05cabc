//! What a record adds to counters: the one rule that the fold of all events and every node's own counting follow.
//!
//! Clicks of machines count nowhere. A click counts for its campaign and stream when a stream took it and it did not end in a fallback; its
//! cost counts for the campaign in any case. It counts for the page or destination it was sent to; a destination behind a landing page gets it when the visitor goes
//! on, for the first time. A click that was passed on counts for both campaigns and both streams, its cost only for the first. What a
//! conversion changes counts at the time at which it was first reported, with the click's destination and landing page.

use crate::wire::{ClickDims, ConversionMeasures, ConversionV1, CountedV1, Record};
use signalbox_domain::{CampaignId, DestinationId, Money, StreamId, Subject, Tally, Timestamp};

/// What of a click matters to counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedClick {
    /// Campaign.
    pub campaign: CampaignId,
    /// Stream, or none.
    pub stream: StreamId,
    /// Landing, or none.
    pub landing: DestinationId,
    /// Destination, or none.
    pub destination: DestinationId,
    /// The campaign it was passed on to, or none.
    pub passed_to: CampaignId,
    /// The stream there, or none.
    pub passed_to_stream: StreamId,
    /// Whether a landing page comes before the destination.
    pub behind_landing: bool,
    /// Whether it ended in a fallback.
    pub trafficback: bool,
    /// Cost.
    pub cost: Money,
}

impl CountedClick {
    fn of_dims(dims: &ClickDims<'_>, cost: Money) -> Self {
        Self {
            campaign: dims.campaign,
            stream: dims.stream,
            landing: dims.landing,
            destination: dims.destination,
            passed_to: CampaignId::NONE,
            passed_to_stream: StreamId::NONE,
            behind_landing: !dims.landing.is_none(),
            trafficback: false,
            cost,
        }
    }

    /// A click of which only this was recorded.
    const fn of_counted(click: &CountedV1) -> Self {
        Self {
            campaign: click.campaign,
            stream: click.stream,
            landing: click.landing,
            destination: click.destination,
            passed_to: click.passed_to,
            passed_to_stream: click.passed_to_stream,
            behind_landing: !click.landing.is_none(),
            trafficback: false,
            cost: click.cost,
        }
    }

    /// The stream whose routes were chosen from.
    const fn routing(&self) -> StreamId {
        if self.passed_to_stream.is_none() { self.stream } else { self.passed_to_stream }
    }

    /// What the click adds.
    pub fn each(&self, add: &mut dyn FnMut(Subject, &Tally)) {
        let taken = i64::from(!self.stream.is_none() && !self.trafficback);
        let first = Tally { clicks: taken, cost: self.cost, ..Tally::default() };
        let passed = Tally { clicks: taken, ..Tally::default() };
        add(Subject::Campaign(self.campaign), &first);
        if taken == 0 {
            return;
        }
        add(Subject::Stream(self.stream), &first);
        if !self.passed_to.is_none() && self.passed_to != self.campaign {
            add(Subject::Campaign(self.passed_to), &passed);
        }
        if !self.passed_to_stream.is_none() && self.passed_to_stream != self.stream {
            add(Subject::Stream(self.passed_to_stream), &passed);
        }
        let to = if self.behind_landing { self.landing } else { self.destination };
        self.sent(to, add);
    }

    /// What the click adds when its visitor goes on from the landing page, for the first time.
    pub fn each_going_on(&self, add: &mut dyn FnMut(Subject, &Tally)) {
        self.sent(self.destination, add);
    }

    fn sent(&self, to: DestinationId, add: &mut dyn FnMut(Subject, &Tally)) {
        if to.is_none() {
            return;
        }
        let tally = Tally { clicks: 1, cost: self.cost, ..Tally::default() };
        add(Subject::Destination(to), &tally);
        add(Subject::Route(self.routing(), to), &tally);
    }
}

/// Calls `add` for everything that a record counts.
pub fn each(record: &Record<'_>, add: &mut dyn FnMut(Subject, Timestamp, &Tally)) {
    match record {
        Record::Click(click) if !click.dims.bot.is_bot() => {
            let trafficback = click.outcome.is_trafficback();
            let counted = CountedClick { trafficback, ..CountedClick::of_dims(&click.dims, click.cost) };
            counted.each(&mut |subject, tally| add(subject, click.at, tally));
        }
        Record::ClickV2(full) if !full.click.dims.bot.is_bot() => {
            let counted = CountedClick {
                passed_to: full.passed_to,
                passed_to_stream: full.passed_to_stream,
                behind_landing: full.shows_landing(),
                trafficback: full.click.outcome.is_trafficback(),
                ..CountedClick::of_dims(&full.click.dims, full.click.cost)
            };
            counted.each(&mut |subject, tally| add(subject, full.click.at, tally));
        }
        Record::Counted(click) => {
            let counted = CountedClick::of_counted(click);
            let mut count = |subject, tally: &_| add(subject, click.at, tally);
            if click.going_on { counted.each_going_on(&mut count) } else { counted.each(&mut count) }
        }
        Record::LandingClick(landing) if landing.first && !landing.dims.bot.is_bot() => {
            let counted = CountedClick::of_dims(&landing.dims, Money::ZERO);
            counted.each_going_on(&mut |subject, tally| add(subject, landing.at, tally));
        }
        Record::LandingClickV2(full) if full.counted => {
            let landing = &full.landing_click;
            if landing.first && !landing.dims.bot.is_bot() {
                let counted = CountedClick {
                    passed_to_stream: full.passed_to_stream,
                    ..CountedClick::of_dims(&landing.dims, full.cost)
                };
                counted.each_going_on(&mut |subject, tally| add(subject, landing.at, tally));
            }
        }
        Record::Conversion(conversion) => {
            each_of_conversion(conversion, (CampaignId::NONE, StreamId::NONE), add);
        }
        Record::ConversionV2(full) => {
            each_of_conversion(&full.conversion, (full.passed_to, full.passed_to_stream), add);
        }
        _ => {}
    }
}

fn each_of_conversion(
    conversion: &ConversionV1<'_>,
    (passed_to, passed_to_stream): (CampaignId, StreamId),
    add: &mut dyn FnMut(Subject, Timestamp, &Tally),
) {
    let mut change = Tally::default();
    if let Some(after) = &conversion.after {
        change.add(&of_state(after));
    }
    if let Some(before) = &conversion.before {
        change.add(&of_state(before).negated());
    }
    if change.is_empty() {
        return;
    }
    let dims = &conversion.dims;
    let routing = if passed_to_stream.is_none() { dims.stream } else { passed_to_stream };
    let mut count = |subject| add(subject, conversion.converted_at, &change);
    count(Subject::Campaign(dims.campaign));
    if !passed_to.is_none() && passed_to != dims.campaign {
        count(Subject::Campaign(passed_to));
    }
    if !dims.stream.is_none() {
        count(Subject::Stream(dims.stream));
    }
    if !passed_to_stream.is_none() && passed_to_stream != dims.stream {
        count(Subject::Stream(passed_to_stream));
    }
    for to in [dims.landing, dims.destination] {
        if !to.is_none() {
            count(Subject::Destination(to));
            count(Subject::Route(routing, to));
        }
    }
}

/// What a state of a conversion counts, as in the ledger of facts.
fn of_state(measures: &ConversionMeasures) -> Tally {
    let class = measures.status.class();
    Tally {
        clicks: 0,
        conversions: class.counts.into(),
        cost: measures.cost,
        revenue: if class.earns { measures.payout } else { Money::ZERO },
    }
}

#[cfg(test)]
mod tests;
