//! Rules, compiled: sets hashed, needles in one automaton, timezones resolved. Asking them does not allocate.
//!
//! What is not known about a click is unknown, not an error: `in`, `contains`, `starts_with`, `ends_with`, `at_least`, `at_most` and
//! `between` do not hold, their opposites do, `empty` holds. So a missing geo database lets clicks through to the default stream.

mod check;
mod fact;
mod version;

use crate::{Request, RuleTrace, problem::Report};
use check::Check;
use jiff::tz::TimeZone;
use signalbox_domain::{Rule, Test};

/// Values of one test shown in a trace.
const VALUES_SHOWN: usize = 20;

/// A rule, ready to be asked.
#[derive(Debug)]
pub(crate) enum CompiledRule {
    All(Box<[CompiledRule]>),
    Any(Box<[CompiledRule]>),
    None(Box<[CompiledRule]>),
    Test(Box<CompiledTest>),
}

#[derive(Debug)]
pub(crate) struct CompiledTest {
    /// The test as stored, with at most [`VALUES_SHOWN`] values.
    shown: Test,
    values_total: usize,
    check: Check,
}

/// Compiles a rule that passed validation. `timezone` is the one of tests that name none.
pub(crate) fn compile(rule: &Rule, timezone: &TimeZone, report: &mut Report<'_>) -> CompiledRule {
    let mut parts = |parts: &[Rule]| parts.iter().map(|part| compile(part, timezone, report)).collect();
    match rule {
        Rule::All(all) => CompiledRule::All(parts(all)),
        Rule::Any(any) => CompiledRule::Any(parts(any)),
        Rule::None(none) => CompiledRule::None(parts(none)),
        Rule::Test(test) => {
            let check = Check::compile(test, timezone, report);
            let shown = Test {
                criterion: test.criterion.clone(),
                op: test.op,
                values: test.values.iter().take(VALUES_SHOWN).cloned().collect(),
                timezone: test.timezone.clone(),
            };
            CompiledRule::Test(Box::new(CompiledTest { shown, values_total: test.values.len(), check }))
        }
    }
}

impl CompiledRule {
    /// Whether it holds for a request.
    pub(crate) fn holds(&self, request: &Request<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(request)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(request)),
            Self::None(parts) => !parts.iter().any(|part| part.holds(request)),
            Self::Test(test) => test.check.holds(&test.shown.criterion, request),
        }
    }

    /// [`Self::holds`] with every part asked and written down.
    pub(crate) fn explain(&self, request: &Request<'_>) -> RuleTrace {
        let explain = |parts: &[Self]| parts.iter().map(|part| part.explain(request)).collect::<Vec<_>>();
        match self {
            Self::All(parts) => {
                let parts = explain(parts);
                RuleTrace::All { held: parts.iter().all(RuleTrace::held), parts }
            }
            Self::Any(parts) => {
                let parts = explain(parts);
                RuleTrace::Any { held: parts.iter().any(RuleTrace::held), parts }
            }
            Self::None(parts) => {
                let parts = explain(parts);
                RuleTrace::None { held: !parts.iter().any(RuleTrace::held), parts }
            }
            Self::Test(test) => RuleTrace::Test {
                held: test.check.holds(&test.shown.criterion, request),
                criterion: test.shown.criterion.clone(),
                op: test.shown.op,
                values: test.shown.values.clone(),
                values_total: test.values_total,
                actual: test.check.describe_actual(&test.shown.criterion, request),
            },
        }
    }
}
