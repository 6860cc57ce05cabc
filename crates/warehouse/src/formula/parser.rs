//! From words to a tree, by recursive descent; bounded in nodes and depth.

use super::lexer::{Placed, Word, error, words};
use super::{Choice, Comparison, DEPTH_MAX, FormulaError, Function, NODES_MAX, Node, Number, Operation};
use crate::report::metrics::{self, METRICS};
use num_bigint::BigInt;
use num_rational::BigRational;

type Parsed = Result<Node, FormulaError>;

struct Parser {
    words: Vec<Placed>,
    at: usize,
    end: usize,
    nodes: usize,
    depth: usize,
}

/// The tree of a formula.
pub(super) fn parse(text: &str) -> Parsed {
    let (words, end) = words(text)?;
    let mut parser = Parser { words, at: 0, end, nodes: 0, depth: 0 };
    let root = parser.sum()?;
    match parser.peek() {
        None => Ok(root),
        Some(_) => Err(error(parser.position(), "expected an operator or the end")),
    }
}

impl Parser {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at).map(|(_, word)| word)
    }

    fn position(&self) -> usize {
        self.words.get(self.at).map_or(self.end, |(position, _)| *position)
    }

    fn take(&mut self, wanted: &Word) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &Word, name: &str) -> Result<(), FormulaError> {
        if self.take(wanted) { Ok(()) } else { Err(error(self.position(), format!("expected {name}"))) }
    }

    fn node(&mut self, node: Node) -> Parsed {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(error(
                self.position(),
                format!("more than {NODES_MAX} numbers, names and operations"),
            ));
        }
        Ok(node)
    }

    /// Runs a rule one level deeper.
    fn deeper(&mut self, rule: fn(&mut Self) -> Parsed) -> Parsed {
        if self.depth == DEPTH_MAX {
            return Err(error(self.position(), format!("nested deeper than {DEPTH_MAX} levels")));
        }
        self.depth += 1;
        let parsed = rule(self);
        self.depth -= 1;
        parsed
    }

    fn operation(&mut self, wanted: [Operation; 2]) -> Option<Operation> {
        let Some(Word::Operation(found)) = self.peek() else { return None };
        let found = *found;
        wanted.contains(&found).then(|| {
            self.at += 1;
            found
        })
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some(operation) = self.operation([Operation::Add, Operation::Subtract]) {
            let right = self.product()?;
            left = self.node(Node::Binary(operation, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        while let Some(operation) = self.operation([Operation::Multiply, Operation::Divide]) {
            let right = self.signed()?;
            left = self.node(Node::Binary(operation, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed {
        if self.take(&Word::Operation(Operation::Subtract)) {
            let inner = self.deeper(Self::signed)?;
            return self.node(Node::Negative(Box::new(inner)));
        }
        self.value()
    }

    fn value(&mut self) -> Parsed {
        let position = self.position();
        match self.words.get(self.at).map(|(_, word)| word.clone()) {
            Some(Word::Number(digits)) => {
                self.at += 1;
                self.node(Node::Number(literal(digits)))
            }
            Some(Word::Name(name)) => {
                self.at += 1;
                if self.take(&Word::Open) { self.call(&name, position) } else { self.metric(&name, position) }
            }
            Some(Word::Open) => {
                self.at += 1;
                let inner = self.deeper(Self::sum)?;
                self.expect(&Word::Close, "a closing parenthesis")?;
                Ok(inner)
            }
            _ => Err(error(position, "expected a number, a metric or a parenthesis")),
        }
    }

    fn metric(&mut self, name: &str, position: usize) -> Parsed {
        match metrics::find(name) {
            Some(metric) => self.node(Node::Metric(metric)),
            None => {
                let hint = similar(name).map_or_else(String::new, |key| format!("; did you mean {key}?"));
                Err(error(position, format!("{name} is not a built-in metric{hint}")))
            }
        }
    }

    fn call(&mut self, name: &str, position: usize) -> Parsed {
        let function = match name {
            "if" => return self.choice(),
            "min" => Function::Min,
            "max" => Function::Max,
            "abs" => Function::Abs,
            "coalesce" => Function::Coalesce,
            _ => {
                let reason = format!("{name} is not a function; there are min, max, abs, if and coalesce");
                return Err(error(position, reason));
            }
        };
        let mut arguments = vec![self.deeper(Self::sum)?];
        while function != Function::Abs && self.take(&Word::Comma) {
            arguments.push(self.deeper(Self::sum)?);
        }
        self.expect(&Word::Close, "a closing parenthesis")?;
        if function != Function::Abs && arguments.len() < 2 {
            return Err(error(position, format!("{name} takes at least two values")));
        }
        self.node(Node::Call(function, arguments))
    }

    fn choice(&mut self) -> Parsed {
        let left = self.deeper(Self::sum)?;
        let comparison = self.comparison()?;
        let right = self.deeper(Self::sum)?;
        self.expect(&Word::Comma, "a comma and the value when it holds")?;
        let then = self.deeper(Self::sum)?;
        self.expect(&Word::Comma, "a comma and the value when it does not hold")?;
        let otherwise = self.deeper(Self::sum)?;
        self.expect(&Word::Close, "a closing parenthesis")?;
        self.node(Node::If(Box::new(Choice { left, comparison, right, then, otherwise })))
    }

    fn comparison(&mut self) -> Result<Comparison, FormulaError> {
        let Some(Word::Comparison(found)) = self.peek() else {
            return Err(error(self.position(), "expected a comparison: < <= > >= = !="));
        };
        let found = *found;
        self.at += 1;
        Ok(found)
    }
}

/// The value of digits with at most one point.
fn literal(digits: String) -> Number {
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let units: BigInt = format!("0{whole}{fraction}").parse().unwrap_or_default();
    let scale = BigInt::from(10).pow(u32::try_from(fraction.len()).unwrap_or_default());
    let value = BigRational::new(units, scale);
    Number { digits, value }
}

/// The metric whose key is written most alike.
fn similar(name: &str) -> Option<&'static str> {
    let near = METRICS.iter().map(|metric| (distance(name, metric.key), metric.key));
    near.min().filter(|(distance, key)| *distance <= 2 && *distance * 2 < key.len()).map(|(_, key)| key)
}

/// How many letters must be changed, added or left out.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let changed = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
