//! The parts of a group: kept as listed, asked cheapest first. Asking has no effect, so the order changes nothing but the time it takes.

use super::{CompiledRule, check::Check, fact::Lens};
use signalbox_domain::Criterion;

/// Parts of a group.
#[derive(Debug)]
pub(crate) struct Parts {
    listed: Box<[CompiledRule]>,
    /// Positions in the order in which they are asked; empty: as listed.
    order: Box<[u32]>,
}

impl Parts {
    pub(super) fn new(listed: Box<[CompiledRule]>) -> Self {
        let mut order: Vec<u32> = (0..listed.len() as u32).collect();
        order.sort_by_key(|position| listed.get(*position as usize).map_or(0, cost));
        if order.is_sorted() {
            order.clear();
        }
        Self { listed, order: order.into() }
    }

    /// As people listed them.
    pub(super) fn listed(&self) -> &[CompiledRule] {
        &self.listed
    }

    /// Whether something is true of every part; asks no further once it is not.
    pub(super) fn every(&self, ask: impl Fn(&CompiledRule) -> bool) -> bool {
        if self.order.is_empty() {
            return self.listed.iter().all(ask);
        }
        self.order.iter().filter_map(|position| self.listed.get(*position as usize)).all(ask)
    }
}

/// Roughly how many nanoseconds a part takes.
fn cost(rule: &CompiledRule) -> u32 {
    match rule {
        CompiledRule::All(parts) | CompiledRule::Any(parts) | CompiledRule::None(parts) => {
            parts.listed.iter().map(cost).fold(1, u32::saturating_add)
        }
        CompiledRule::Test(test) => cost_of_fact(&test.lens) + cost_of_check(&test.check, &test.lens),
        CompiledRule::Expression(_) => 2000,
    }
}

fn cost_of_fact(lens: &Lens) -> u32 {
    match lens {
        Lens::Of(criterion) => match criterion {
            Criterion::Query(_) => 8,
            Criterion::Header(_) => 30,
            Criterion::Host | Criterion::Ip | Criterion::Source => 20,
            _ => 2,
        },
        Lens::Percent(_) => 4,
        Lens::Unique(_) | Lens::Converted(_) => 40,
        Lens::Clicks { .. } => 100,
    }
}

fn cost_of_check(check: &Check, lens: &Lens) -> u32 {
    use Criterion::{AcceptsLanguage, Header, Query, Referrer, UserAgent};
    let long = matches!(lens, Lens::Of(UserAgent | Referrer | AcceptsLanguage | Query(_) | Header(_)));
    match check {
        Check::Constant(_) => 0,
        Check::Exists { .. } => 1,
        Check::Set { .. } | Check::Addresses { .. } => 5,
        Check::Numbers { .. } | Check::Versions { .. } => 15,
        Check::Tags { .. } => 30,
        Check::TimeOfDay { .. } | Check::Weekday { .. } | Check::Dates { .. } => 40,
        Check::Search { .. } if long => 60,
        Check::Search { .. } => 20,
        Check::Patterns { .. } if long => 150,
        Check::Patterns { .. } => 60,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        problem::Report,
        rules::{CompiledRule, Scope, Shared, compile},
    };
    use jiff::tz::TimeZone;
    use signalbox_domain::{CampaignId, Rule, StreamId, WorkspaceId};

    #[test]
    fn the_cheapest_part_is_asked_first_and_shown_where_it_stands() {
        let rule: Rule = serde_json::from_str(
            r#"{"all": [{"expression": "bot"}, {"test": {"criterion": "user_agent", "op": "regex", "values": ["x"]}},
                {"test": {"criterion": "country", "op": "in", "values": ["DE"]}}, {"any": [{"test": {"criterion": "bot", "op": "in", "values": ["true"]}}]}]}"#,
        )
        .unwrap();
        let mut problems = Vec::new();
        let mut report =
            Report { problems: &mut problems, workspace: WorkspaceId(1), campaign: None, stream: None };
        let scope = Scope {
            workspace: WorkspaceId(1),
            campaign: CampaignId(1),
            stream: StreamId(1),
            timezone: &TimeZone::UTC,
        };
        let compiled = compile(&rule, &scope, &mut Shared::default(), &mut report).unwrap();
        let CompiledRule::All(parts) = &compiled else { panic!("{compiled:?}") };
        assert_eq!(*parts.order, [2, 3, 1, 0]);
        assert!(matches!(parts.listed()[0], CompiledRule::Expression(_)));
    }
}
