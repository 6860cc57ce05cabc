//! A formula as SQL, only to order rows by: what is shown is computed in [`super::eval`].
//!
//! Whatever is used twice gets a name where it stands first, so that the text grows with the formula and not beyond.

use super::{Choice, Comparison, Function, Node, Operation};
use crate::report::metrics::Sum;

pub(super) struct Writer<'w> {
    alias: &'w dyn Fn(Sum) -> String,
    prefix: &'w str,
    names: usize,
}

impl<'w> Writer<'w> {
    pub fn new(alias: &'w dyn Fn(Sum) -> String, prefix: &'w str) -> Self {
        Self { alias, prefix, names: 0 }
    }

    /// `(expression AS name)` and the name.
    fn named(&mut self, expression: &str) -> (String, String) {
        let name = format!("{}{}", self.prefix, self.names);
        self.names += 1;
        (format!("({expression} AS {name})"), name)
    }

    pub fn node(&mut self, node: &Node) -> String {
        match node {
            Node::Number(number) => format!("toFloat64({})", literal(&number.digits)),
            Node::Metric(metric) => format!("toFloat64({})", metric.units_sql(self.alias)),
            Node::Negative(inner) => format!("(-{})", self.node(inner)),
            Node::Binary(operation, left, right) => {
                let (left, right) = (self.node(left), self.node(right));
                match operation {
                    Operation::Add => format!("({left} + {right})"),
                    Operation::Subtract => format!("({left} - {right})"),
                    Operation::Multiply => format!("({left} * {right})"),
                    Operation::Divide => format!("({left} / nullIf({right}, 0))"),
                }
            }
            Node::Call(Function::Abs, arguments) => {
                let parts: Vec<String> = arguments.iter().map(|argument| self.node(argument)).collect();
                format!("abs({})", parts.join(", "))
            }
            Node::Call(Function::Coalesce, arguments) => {
                let parts: Vec<String> = arguments.iter().map(|argument| self.node(argument)).collect();
                format!("coalesce({})", parts.join(", "))
            }
            Node::Call(function, arguments) => self.extreme(*function, arguments),
            Node::If(choice) => self.choice(choice),
        }
    }

    /// `least` and `greatest` treat null differently from version to version.
    fn extreme(&mut self, function: Function, arguments: &[Node]) -> String {
        let parts: Vec<(String, String)> = arguments
            .iter()
            .map(|argument| {
                let sql = self.node(argument);
                self.named(&sql)
            })
            .collect();
        let word = if function == Function::Min { "least" } else { "greatest" };
        let defined: Vec<&str> = parts.iter().map(|(definition, _)| definition.as_str()).collect();
        let names: Vec<&str> = parts.iter().map(|(_, name)| name.as_str()).collect();
        format!("if(isNull({}), NULL, {word}({}))", defined.join(" + "), names.join(", "))
    }

    fn choice(&mut self, choice: &Choice) -> String {
        let left = self.node(&choice.left);
        let (left, left_name) = self.named(&left);
        let right = self.node(&choice.right);
        let (right, right_name) = self.named(&right);
        let sign = match choice.comparison {
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
            Comparison::Equal => "=",
            Comparison::NotEqual => "!=",
        };
        let (then, otherwise) = (self.node(&choice.then), self.node(&choice.otherwise));
        format!(
            "multiIf(isNull({left} + {right}), NULL, {left_name} {sign} {right_name}, {then}, {otherwise})"
        )
    }
}

/// Digits as SQL reads them: something on both sides of the point.
fn literal(digits: &str) -> String {
    match digits.split_once('.') {
        None => digits.to_owned(),
        Some((whole, fraction)) => {
            let or_zero = |part: &str| if part.is_empty() { "0".to_owned() } else { part.to_owned() };
            format!("{}.{}", or_zero(whole), or_zero(fraction))
        }
    }
}
