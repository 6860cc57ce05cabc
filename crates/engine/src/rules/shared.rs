//! Tests that many streams have word for word, kept once in a snapshot: lists of countries, of providers, of machines.

use super::{CompiledTest, fact::Lens};
use rustc_hash::{FxHashMap, FxHasher};
use signalbox_domain::Test;
use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

/// Tests compiled so far that mean the same wherever they stand.
#[derive(Default)]
pub(crate) struct Shared<'a>(FxHashMap<u64, Vec<(&'a Test, Arc<CompiledTest>)>>);

impl<'a> Shared<'a> {
    pub(super) fn find(&self, test: &Test) -> Option<Arc<CompiledTest>> {
        let same_hash = self.0.get(&hash(test))?;
        same_hash.iter().find(|(known, _)| *known == test).map(|(_, compiled)| Arc::clone(compiled))
    }

    /// Keeps a test, unless it depends on the stream or the workspace it stands in.
    pub(super) fn keep(&mut self, test: &'a Test, compiled: &Arc<CompiledTest>) {
        if matches!(compiled.lens, Lens::Of(_)) && !test.criterion.is_time() {
            self.0.entry(hash(test)).or_default().push((test, Arc::clone(compiled)));
        }
    }
}

fn hash(test: &Test) -> u64 {
    let mut hasher = FxHasher::default();
    (&test.criterion, test.op, &test.values).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        problem::Report,
        rules::{CompiledRule, Scope, compile},
    };
    use jiff::tz::TimeZone;
    use signalbox_domain::{CampaignId, Rule, StreamId, WorkspaceId};

    fn rule(criterion: &str, op: &str, value: &str) -> Rule {
        let test =
            format!(r#"{{"test": {{"criterion": "{criterion}", "op": "{op}", "values": ["{value}"]}}}}"#);
        serde_json::from_str(&test).unwrap()
    }

    /// Compiles a rule for two streams; whether both have the same test, and how many problems were reported.
    fn twice(rule: &Rule) -> (bool, usize) {
        let mut problems = Vec::new();
        let mut shared = Shared::default();
        let copy = rule.clone();
        let mut compiled = [(1, rule), (2, &copy)].map(|(stream, rule)| {
            let workspace = WorkspaceId(1);
            let mut report = Report { problems: &mut problems, workspace, campaign: None, stream: None };
            let (campaign, stream) = (CampaignId(1), StreamId(stream));
            let scope = Scope { workspace, campaign, stream, timezone: &TimeZone::UTC };
            compile(rule, &scope, &mut shared, &mut report)
        });
        let [Some(CompiledRule::Test(one)), Some(CompiledRule::Test(two))] = &mut compiled else { panic!() };
        (Arc::ptr_eq(one, two), problems.len())
    }

    #[test]
    fn the_same_test_is_kept_once_unless_it_depends_on_where_it_stands() {
        for (criterion, op, value, expected) in [
            ("country", "in", "DE", (true, 0)),
            ("user_agent", "regex", "bot", (true, 0)),
            ("query.zone", "contains", "x", (true, 0)),
            ("percent", "less_than", "50", (false, 0)),
            ("stream_clicks_day", "less_than", "50", (false, 0)),
            ("unique_stream", "in", "true", (false, 0)),
            ("converted", "in", "true", (false, 0)),
            ("time_of_day", "between", "09:00-17:00", (false, 0)),
            ("os_version", "at_least", "XP", (false, 2)),
        ] {
            assert_eq!(twice(&rule(criterion, op, value)), expected, "{criterion}");
        }
    }
}
