//! What a formula comes to, in exact fractions.

use super::{Choice, Comparison, Function, Node, Operation};
use crate::report::metrics::Sum;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

impl Node {
    /// Its value; `None` when there is no such number.
    pub(super) fn value(&self, sum: &dyn Fn(Sum) -> i128) -> Option<BigRational> {
        match self {
            Self::Number(number) => Some(number.value.clone()),
            Self::Metric(metric) => metric.fraction(sum),
            Self::Negative(inner) => Some(-inner.value(sum)?),
            Self::Binary(operation, left, right) => {
                let (left, right) = (left.value(sum)?, right.value(sum)?);
                match operation {
                    Operation::Add => Some(left + right),
                    Operation::Subtract => Some(left - right),
                    Operation::Multiply => Some(left * right),
                    Operation::Divide => (!right.is_zero()).then(|| left / right),
                }
            }
            Self::Call(Function::Coalesce, arguments) => {
                arguments.iter().find_map(|argument| argument.value(sum))
            }
            Self::Call(function, arguments) => {
                let values: Option<Vec<BigRational>> =
                    arguments.iter().map(|argument| argument.value(sum)).collect();
                let mut values = values?.into_iter();
                match function {
                    Function::Min => values.min(),
                    Function::Max => values.max(),
                    Function::Abs | Function::Coalesce => values.next().map(|value| value.abs()),
                }
            }
            Self::If(choice) => choice.value(sum),
        }
    }
}

impl Choice {
    fn value(&self, sum: &dyn Fn(Sum) -> i128) -> Option<BigRational> {
        let (left, right) = (self.left.value(sum)?, self.right.value(sum)?);
        let holds = match self.comparison {
            Comparison::Less => left < right,
            Comparison::AtMost => left <= right,
            Comparison::Greater => left > right,
            Comparison::AtLeast => left >= right,
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
        };
        if holds { self.then.value(sum) } else { self.otherwise.value(sum) }
    }
}
