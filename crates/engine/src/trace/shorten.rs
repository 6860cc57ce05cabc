//! Traces of a bounded size, to be stored with clicks.

use super::{RuleTrace, StreamTrace, StreamVerdict, Trace};

/// Values and characters of a test that are kept in a shortened trace.
const VALUES_KEPT: usize = 3;
const CHARACTERS_KEPT: usize = 60;

impl Trace {
    /// The trace as JSON of at most `bytes_max` bytes, as complete as that allows: first long values of rules are cut, then the rules of
    /// streams that did not take the click go, then all rules, then streams whose turn did not come, then all but how it ended.
    /// `None`: not even that fits.
    pub fn to_json_within(&self, bytes_max: usize) -> Option<String> {
        let steps: [fn(&mut Self); 6] = [
            |_| {},
            |trace| trace.each_stream(|stream| stream.rules.iter_mut().for_each(cut)),
            |trace| {
                trace.each_stream(|stream| {
                    if stream.verdict != StreamVerdict::Taken {
                        stream.rules = None;
                    }
                });
            },
            |trace| trace.each_stream(|stream| stream.rules = None),
            |trace| {
                let reached = |stream: &StreamTrace| stream.turn.is_some();
                trace.streams.retain(reached);
                trace.passed_through.iter_mut().for_each(|hop| hop.streams.retain(reached));
                trace.landings.retain(|route| route.chosen);
                trace.routes.retain(|route| route.chosen);
            },
            |trace| {
                trace.streams.retain(|stream| stream.verdict == StreamVerdict::Taken);
                trace.passed_through.clear();
                trace.landings.clear();
                trace.routes.clear();
            },
        ];
        let mut shortened = self.clone();
        steps.into_iter().find_map(|step| {
            step(&mut shortened);
            serde_json::to_string(&shortened).ok().filter(|json| json.len() <= bytes_max)
        })
    }

    fn each_stream(&mut self, change: impl FnMut(&mut StreamTrace)) {
        let hops = self.passed_through.iter_mut().flat_map(|hop| &mut hop.streams);
        self.streams.iter_mut().chain(hops).for_each(change);
    }
}

fn cut(rule: &mut RuleTrace) {
    match rule {
        RuleTrace::All { parts, .. } | RuleTrace::Any { parts, .. } | RuleTrace::None { parts, .. } => {
            parts.iter_mut().for_each(cut);
        }
        RuleTrace::Test { values, actual, .. } => {
            values.truncate(VALUES_KEPT);
            values.iter_mut().for_each(shorten);
            shorten(actual);
        }
        RuleTrace::Expression { source, failure, .. } => {
            shorten(source);
            failure.iter_mut().for_each(shorten);
        }
    }
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(CHARACTERS_KEPT) {
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests;
