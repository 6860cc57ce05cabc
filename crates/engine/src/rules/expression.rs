//! Rules as CEL expressions, for what no criterion asks.
//!
//! Bounded before it is ever asked: the length of the source, its depth, and the steps it can take on any click ([`STEPS_MAX`]). Of
//! loops there is one kind, over a list or the click's parameters, and none may stand within another; texts are joined only outside of
//! them. So no expression takes more than some milliseconds, whatever is sent. Names of variables, functions and patterns are checked at
//! the start. An expression that fails on a click, or gives no truth, does not hold for it. Asking one allocates.

mod functions;
mod inspect;
mod values;

use super::Scope;
use crate::Request;
use cel::{Context, IdedExpr, Value, common::types::CelBool, parser::PrattParser};
use functions::Pattern;
use signalbox_domain::rule::EXPRESSION_MAX;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use values::Variable;

/// Deepest nesting of an expression.
pub const DEPTH_MAX: usize = 40;
/// Most steps an expression may take on any click. A value or an operator is one, a function on texts 20; a loop counts what it repeats
/// as often as its list is long, 128 times when that is not known.
pub const STEPS_MAX: u64 = 10_000;
/// Longest text of a click that an expression sees, in bytes; of longer ones the beginning.
pub const TEXT_BYTES_MAX: usize = 2048;
/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 300;

/// An expression, ready to be asked.
pub(crate) struct Expression {
    source: Box<str>,
    program: IdedExpr,
    /// The variables it names.
    variables: Box<[(&'static str, Variable)]>,
    /// Its regular expressions; the program names them `@0`, `@1` …
    patterns: Box<[Pattern]>,
}

impl Expression {
    /// Reads and checks an expression.
    ///
    /// # Errors
    /// What is wrong with it, for the person who wrote it.
    pub(super) fn compile(source: &str, scope: &Scope<'_>) -> Result<Self, String> {
        if source.len() > EXPRESSION_MAX {
            return Err(format!("has {} bytes; {EXPRESSION_MAX} are allowed", source.len()));
        }
        let parse = || PrattParser::new().max_recursion_depth(DEPTH_MAX as u16).parse(source);
        let parsed = catch_unwind(parse).map_err(|_| "cannot be read".to_owned())?;
        let mut program = parsed.map_err(|errors| {
            let first = errors.errors.first();
            let (message, (line, column)) =
                first.map_or(("cannot be read", (1, 1)), |error| (error.msg.as_str(), error.pos));
            let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
            short(format!("line {line}, column {column}: {message}"))
        })?;
        let found = inspect::inspect(&mut program, scope)?;
        Ok(Self {
            source: source.into(),
            program,
            variables: found.variables.into(),
            patterns: found.patterns.into(),
        })
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn counts_clicks(&self) -> bool {
        self.variables.iter().any(|(_, variable)| variable.counts_clicks())
    }

    /// Works it out for a request.
    ///
    /// # Errors
    /// Why it has no truth for this one.
    pub(super) fn evaluate(&self, request: &Request<'_>) -> Result<bool, String> {
        // The interpreter is somebody else's: should it ever break off, the rule fails and not the click.
        let run = AssertUnwindSafe(|| self.run(request));
        catch_unwind(run).unwrap_or_else(|_| Err("the interpreter broke off".to_owned()))
    }

    fn run(&self, request: &Request<'_>) -> Result<bool, String> {
        let mut context = Context::with_env(Arc::clone(functions::environment()));
        for (name, variable) in &self.variables {
            context.add_variable_as_val(*name, variable.value(request));
        }
        for (number, pattern) in self.patterns.iter().enumerate() {
            context.add_variable_as_val(format!("@{number}"), Box::new(pattern.clone()));
        }
        let result = Value::resolve_val(&self.program, &context).map_err(|error| short(error.to_string()))?;
        match result.downcast_ref::<CelBool>() {
            Some(truth) => Ok(*truth.inner()),
            None => Err(format!("gives a value of type {}, not true or false", result.get_type().name())),
        }
    }
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

fn short(reason: String) -> String {
    match crate::query::cut(&reason, REASON_BYTES_MAX) {
        cut if cut.len() < reason.len() => format!("{cut}…"),
        _ => reason,
    }
}

#[cfg(test)]
mod tests;
