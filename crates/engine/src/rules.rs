//! Rules, compiled: sets hashed, needles in one automaton, patterns in one machine, timezones resolved. Asking them does not allocate,
//! but for expressions and for what a thread asks its first regular expression with.
//!
//! What is not known about a click is unknown, not an error: `in`, `contains`, `starts_with`, `ends_with`, `mask`, `regex`, `at_least`,
//! `at_most`, `more_than`, `less_than` and `between` do not hold, their opposites do, `empty` holds. So a missing geo database lets
//! clicks through to the default stream.
//!
//! A rule that cannot be compiled (a pattern that is none, an expression that is none, too much of either) is refused whole, with the
//! field named; values that can never match are only pointed out.

mod address;
mod build;
mod check;
mod expression;
mod fact;
mod parts;
mod pattern;
mod percent;
mod shared;
mod time;
mod version;

use crate::{Request, RuleTrace, problem::Report};
use check::Check;
use expression::Expression;
use fact::Lens;
use jiff::tz::TimeZone;
use parts::Parts;
use signalbox_domain::{CampaignId, FieldError, Operator, Rule, StreamId, Test, WorkspaceId};
use std::sync::Arc;

pub(crate) use shared::Shared;

pub use expression::{DEPTH_MAX, STEPS_MAX, TEXT_BYTES_MAX};
pub use pattern::SIZE_MAX as PATTERNS_SIZE_MAX;

/// Values of one test shown in a trace.
const VALUES_SHOWN: usize = 20;

/// Whose rule it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) workspace: WorkspaceId,
    pub(crate) campaign: CampaignId,
    pub(crate) stream: StreamId,
    /// The one of tests that name none, and of counts.
    pub(crate) timezone: &'a TimeZone,
}

/// A rule, ready to be asked.
#[derive(Debug)]
pub(crate) enum CompiledRule {
    All(Parts),
    Any(Parts),
    None(Parts),
    Test(Arc<CompiledTest>),
    Expression(Box<Expression>),
}

#[derive(Debug)]
pub(crate) struct CompiledTest {
    op: Operator,
    /// Values as stored, at most [`VALUES_SHOWN`]; empty when the check holds them itself.
    values: Box<[Box<str>]>,
    values_total: u32,
    lens: Lens,
    check: Check,
}

impl CompiledTest {
    fn new(test: &Test, lens: Lens, check: Check) -> Self {
        let shown = test.values.iter().take(VALUES_SHOWN).map(|value| value.as_str().into());
        let values = if check.values().is_some() { Box::default() } else { shown.collect() };
        Self { op: test.op, values, values_total: test.values.len() as u32, lens, check }
    }

    fn shown(&self) -> Vec<String> {
        match self.check.values() {
            Some(values) => values.take(VALUES_SHOWN).map(str::to_owned).collect(),
            None => self.values.iter().map(|value| value.to_string()).collect(),
        }
    }
}

/// What was found wrong with a rule.
#[derive(Debug, Default)]
struct Findings {
    path: String,
    /// The rule cannot be asked.
    errors: Vec<FieldError>,
    /// A value can never match.
    warnings: Vec<FieldError>,
}

impl Findings {
    fn at(&self, field: &str, reason: impl Into<String>) -> FieldError {
        let separator = if self.path.is_empty() || field.is_empty() { "" } else { "." };
        FieldError { field: format!("{}{separator}{field}", self.path), reason: reason.into() }
    }

    const fn len(&self) -> usize {
        self.errors.len() + self.warnings.len()
    }

    fn error(&mut self, field: &str, reason: impl Into<String>) {
        self.errors.push(self.at(field, reason));
    }

    fn warn(&mut self, field: &str, reason: impl Into<String>) {
        self.warnings.push(self.at(field, reason));
    }

    fn within<T>(&mut self, field: &str, run: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(field);
        let result = run(self);
        self.path.truncate(length);
        result
    }
}

/// Compiles a rule that passed validation. `None`: it cannot be asked; why is reported. Tests that are in `shared` are taken from there.
pub(crate) fn compile<'a>(
    rule: &'a Rule,
    scope: &Scope<'_>,
    shared: &mut Shared<'a>,
    report: &mut Report<'_>,
) -> Option<CompiledRule> {
    let mut findings = Findings { path: "rules".to_owned(), ..Findings::default() };
    let compiled = compile_part(rule, scope, shared, &mut findings);
    findings.warnings.into_iter().for_each(|warning| report.warn(warning.field, warning.reason));
    let sound = findings.errors.is_empty();
    findings.errors.into_iter().for_each(|error| report.left_out(error.field, error.reason));
    if sound { compiled } else { None }
}

/// What [`Rule::validate`](signalbox_domain::Rule::validate) cannot say because it takes the compiler of patterns and expressions; also
/// points at values that can never match. `path` is the field that holds the rule, such as `streams[0].rules`. Empty: the rule is fine.
pub fn check_rule(rule: &Rule, path: &str) -> Vec<FieldError> {
    let mut findings = Findings { path: path.to_owned(), ..Findings::default() };
    let nobody = Scope {
        workspace: WorkspaceId::NONE,
        campaign: CampaignId::NONE,
        stream: StreamId::NONE,
        timezone: &TimeZone::UTC,
    };
    compile_part(rule, &nobody, &mut Shared::default(), &mut findings);
    findings.errors.append(&mut findings.warnings);
    findings.errors
}

fn compile_part<'a>(
    rule: &'a Rule,
    scope: &Scope<'_>,
    shared: &mut Shared<'a>,
    findings: &mut Findings,
) -> Option<CompiledRule> {
    let mut group = |name: &str, parts: &'a [Rule]| -> Option<Parts> {
        let compile = |(index, part): (usize, &'a Rule)| {
            findings
                .within(&format!("{name}[{index}]"), |findings| compile_part(part, scope, shared, findings))
        };
        // All of them are compiled, so that everything wrong is reported at once.
        let parts: Vec<_> = parts.iter().enumerate().map(compile).collect();
        parts.into_iter().collect::<Option<_>>().map(Parts::new)
    };
    Some(match rule {
        Rule::All(parts) => CompiledRule::All(group("all", parts)?),
        Rule::Any(parts) => CompiledRule::Any(group("any", parts)?),
        Rule::None(parts) => CompiledRule::None(group("none", parts)?),
        Rule::Test(test) => {
            if let Some(known) = shared.find(test) {
                return Some(CompiledRule::Test(known));
            }
            let found = findings.len();
            let check = findings.within("test", |findings| Check::compile(test, scope, findings))?;
            let lens = Lens::new(&test.criterion, scope);
            let compiled = Arc::new(CompiledTest::new(test, lens, check));
            // What is wrong with it is said wherever it stands.
            if findings.len() == found {
                shared.keep(test, &compiled);
            }
            CompiledRule::Test(compiled)
        }
        Rule::Expression(source) => match Expression::compile(source, scope) {
            Ok(expression) => CompiledRule::Expression(Box::new(expression)),
            Err(reason) => {
                findings.error("expression", reason);
                return None;
            }
        },
    })
}

impl CompiledRule {
    /// Whether it holds for a request.
    pub(crate) fn holds(&self, request: &Request<'_>) -> bool {
        match self {
            Self::All(parts) => parts.every(|part| part.holds(request)),
            Self::Any(parts) => !parts.every(|part| !part.holds(request)),
            Self::None(parts) => parts.every(|part| !part.holds(request)),
            Self::Test(test) => test.check.holds(&test.lens, request),
            Self::Expression(expression) => expression.evaluate(request) == Ok(true),
        }
    }

    /// Whether it asks how many clicks its stream took, so that they have to be counted.
    pub(crate) fn counts_clicks(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) | Self::None(parts) => {
                parts.listed().iter().any(Self::counts_clicks)
            }
            Self::Test(test) => matches!(test.lens, Lens::Clicks { .. }),
            Self::Expression(expression) => expression.counts_clicks(),
        }
    }

    /// [`Self::holds`] with every part asked and written down.
    pub(crate) fn explain(&self, request: &Request<'_>) -> RuleTrace {
        let explain =
            |parts: &Parts| parts.listed().iter().map(|part| part.explain(request)).collect::<Vec<_>>();
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
                held: test.check.holds(&test.lens, request),
                criterion: test.lens.criterion(),
                op: test.op,
                values: test.shown(),
                values_total: test.values_total as usize,
                actual: test.check.describe_actual(&test.lens, request),
            },
            Self::Expression(expression) => {
                let verdict = expression.evaluate(request);
                RuleTrace::Expression {
                    held: verdict == Ok(true),
                    source: expression.source().to_owned(),
                    failure: verdict.err(),
                }
            }
        }
    }
}
