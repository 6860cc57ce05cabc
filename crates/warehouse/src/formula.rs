//! Custom metrics: a small language of formulas over the built-in metrics.
//!
//! `+ − × ÷` (also `*` and `/`), parentheses, decimal numbers, metrics by key, `min(a, b, …)`, `max(a, b, …)`, `abs(a)`,
//! `if(a > b, then, else)` and `coalesce(a, b, …)`, the first that is known. Metrics stand with their exact values, not with what is
//! shown of them. What is divided by zero is null, and so is everything that is computed from null. Values are exact fractions of any
//! size; what is shown is rounded once, at the end, half away from zero.
//!
//! Never: a name that is no built-in metric, text that reaches SQL (names come from static tables, numbers are digits), a formula
//! longer or deeper than the bounds.

mod eval;
mod lexer;
mod parser;
mod sql;

use crate::report::metrics::{Metric, Sum};
use num_rational::BigRational;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest formula, in characters.
pub const CHARACTERS_MAX: usize = 500;
/// Most numbers, names and operations.
const NODES_MAX: usize = 200;
/// Deepest nesting.
const DEPTH_MAX: usize = 20;

/// Why a text is no formula.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at character {position}")]
pub struct FormulaError {
    /// Where, counted in characters from 1; one behind the last when something is missing at the end.
    pub position: usize,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// A formula that was understood.
#[derive(Debug, Clone)]
pub struct Formula {
    text: String,
    root: Node,
}

#[derive(Debug, Clone)]
enum Node {
    Number(Number),
    Metric(&'static Metric),
    Negative(Box<Node>),
    Binary(Operation, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
    If(Box<Choice>),
}

/// A literal: its digits and its value.
#[derive(Debug, Clone)]
struct Number {
    digits: String,
    value: BigRational,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Min,
    Max,
    Abs,
    Coalesce,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    NotEqual,
}

#[derive(Debug, Clone)]
struct Choice {
    left: Node,
    comparison: Comparison,
    right: Node,
    then: Node,
    otherwise: Node,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        Ok(Self { root: parser::parse(text)?, text: text.to_owned() })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The sums it needs; some may come twice.
    pub(crate) fn sums(&self) -> Vec<Sum> {
        let mut sums = Vec::new();
        self.root.visit(&mut |node| {
            if let Node::Metric(metric) = node {
                sums.extend(metric.sums());
            }
        });
        sums
    }

    /// Its value; `sum` gives a sum, money in units of 10⁻⁹. `None`: there is no such number.
    pub(crate) fn value(&self, sum: &dyn Fn(Sum) -> i128) -> Option<BigRational> {
        self.root.value(sum)
    }

    /// An SQL expression that orders rows as the value does; `alias` names a sum, `prefix` begins the names of intermediate results.
    pub(crate) fn order_sql(&self, alias: &dyn Fn(Sum) -> String, prefix: &str) -> String {
        sql::Writer::new(alias, prefix).node(&self.root)
    }
}

impl Node {
    fn visit<'n>(&'n self, visitor: &mut impl FnMut(&'n Self)) {
        visitor(self);
        match self {
            Self::Number(_) | Self::Metric(_) => {}
            Self::Negative(inner) => inner.visit(visitor),
            Self::Binary(_, left, right) => {
                left.visit(visitor);
                right.visit(visitor);
            }
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.visit(visitor)),
            Self::If(choice) => {
                let Choice { left, right, then, otherwise, .. } = &**choice;
                [left, right, then, otherwise].into_iter().for_each(|part| part.visit(visitor));
            }
        }
    }
}

impl PartialEq for Formula {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Formula {}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
