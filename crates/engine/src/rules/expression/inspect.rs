//! What can be said about an expression before any click: that its names exist, that it can give a truth, and how many steps it can take.

use super::{
    DEPTH_MAX, STEPS_MAX,
    functions::{self, Pattern},
    values::{self, Kind, Variable, traits_max},
};
use crate::rules::{Scope, pattern};
use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators},
};
use std::sync::Arc;

/// Steps of a function on texts.
const FUNCTION_STEPS: u64 = 20;
/// Most `+`: so often can texts grow.
const SUMS_MAX: usize = 20;
/// Most regular expressions.
const PATTERNS_MAX: usize = 10;
/// Items of a list whose length cannot be told: none is longer than an expression has room for.
const ITEMS_UNKNOWN: u64 = 2_000;

/// What an expression needs.
pub(super) struct Found {
    pub(super) variables: Vec<(&'static str, Variable)>,
    pub(super) patterns: Vec<Pattern>,
}

/// Checks an expression and makes it ready: patterns become names of compiled ones.
pub(super) fn inspect(program: &mut IdedExpr, scope: &Scope<'_>) -> Result<Found, String> {
    let found = Found { variables: Vec::new(), patterns: Vec::new() };
    let mut inspector = Inspector { scope, found, bound: Vec::new(), sums: 0 };
    let steps = inspector.walk(program, 0)?;
    if steps > STEPS_MAX {
        return Err(format!("can take {steps} steps on a click; {STEPS_MAX} are allowed"));
    }
    inspector.must_be_truth(program, "the expression")?;
    Ok(inspector.found)
}

struct Inspector<'a> {
    scope: &'a Scope<'a>,
    found: Found,
    /// Names that the loop around here has made; empty outside of loops.
    bound: Vec<String>,
    sums: usize,
}

fn literal(expr: &IdedExpr) -> Option<&str> {
    match &expr.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn is_name(expr: &IdedExpr, wanted: &str) -> bool {
    matches!(&expr.expr, Expr::Ident(name) if name == wanted)
}

impl Inspector<'_> {
    /// Checks a part and says how many steps it can take.
    fn walk(&mut self, part: &mut IdedExpr, depth: usize) -> Result<u64, String> {
        if depth > DEPTH_MAX {
            return Err(format!("is nested more than {DEPTH_MAX} deep"));
        }
        let depth = depth + 1;
        match &mut part.expr {
            Expr::Literal(_) => Ok(1),
            Expr::Ident(name) => self.name(name).map(|()| 1),
            Expr::List(list) => {
                let mut steps = 1;
                for element in &mut list.elements {
                    steps += self.walk(element, depth)?;
                }
                Ok(steps)
            }
            Expr::Map(map) => {
                let mut steps = 1;
                for entry in &mut map.entries {
                    let EntryExpr::MapEntry(entry) = &mut entry.expr else {
                        return Err("is written in a way that means nothing here".to_owned());
                    };
                    steps += self.walk(&mut entry.key, depth)? + self.walk(&mut entry.value, depth)?;
                }
                Ok(steps)
            }
            Expr::Select(select) => {
                let map = ["query", "header", "sub_id"].iter().any(|map| is_name(&select.operand, map));
                if is_name(&select.operand, "header") {
                    let field = select.field.clone();
                    self.header(&field)?;
                } else {
                    self.walk(&mut select.operand, depth)?;
                }
                if select.test && map {
                    // A missing text is empty, so `has` has to ask in another way.
                    let field = IdedExpr {
                        id: part.id,
                        expr: Expr::Literal(LiteralValue::String(select.field.clone().into())),
                    };
                    let args = vec![field, std::mem::take(&mut *select.operand)];
                    part.expr =
                        Expr::Call(CallExpr { func_name: operators::IN.to_owned(), target: None, args });
                }
                Ok(2)
            }
            Expr::Call(call) => self.call(call, depth),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, depth),
            Expr::Struct(made) => Err(format!("there is no type {:?}", made.type_name)),
            Expr::Unspecified => Err("is written in a way that means nothing here".to_owned()),
        }
    }

    fn name(&mut self, name: &str) -> Result<(), String> {
        if self.bound.iter().any(|bound| bound == name) {
            return Ok(());
        }
        if name == "header" {
            return Err("header needs the name of a header, such as header[\"x-requested-with\"]".to_owned());
        }
        if self.found.variables.iter().any(|(known, _)| *known == name) {
            return Ok(());
        }
        let Some(variable) = values::find(name, self.scope) else {
            let names: Vec<_> = values::names().collect();
            return Err(format!("there is no {name:?}; there are {}", names.join(", ")));
        };
        self.found.variables.push(variable);
        Ok(())
    }

    fn header(&mut self, name: &str) -> Result<(), String> {
        let name = name.to_ascii_lowercase();
        let known = self.found.variables.iter_mut().find_map(|(_, variable)| match variable {
            Variable::Headers(names) => Some(names),
            _ => None,
        });
        match known {
            Some(names) if names.contains(&name) => {}
            Some(names) => names.push(name),
            None => self.found.variables.push(("header", Variable::Headers(vec![name]))),
        }
        Ok(())
    }

    fn call(&mut self, call: &mut CallExpr, depth: usize) -> Result<u64, String> {
        let name = call.func_name.clone();
        match (name.as_str(), &mut call.target, call.args.as_mut_slice()) {
            (operators::INDEX, None, [map, index]) if is_name(map, "header") => {
                let Some(header) = literal(index) else {
                    return Err("header[…] needs the name of a header in quotes".to_owned());
                };
                let header = header.to_owned();
                return self.header(&header).map(|()| 2);
            }
            (operators::IN, None, [wanted, map]) if is_name(map, "header") => {
                let Some(header) = literal(wanted) else {
                    return Err("… in header needs the name of a header in quotes".to_owned());
                };
                let header = header.to_owned();
                return self.header(&header).map(|()| 2);
            }
            ("matches", Some(text), [pattern]) => {
                self.pattern(pattern)?;
                return Ok(self.walk(text, depth)? + FUNCTION_STEPS);
            }
            ("matches", None, [text, pattern]) => {
                self.pattern(pattern)?;
                return Ok(self.walk(text, depth)? + FUNCTION_STEPS);
            }
            (operators::ADD, None, [left, _]) if !is_name(left, "@result") => {
                self.sums += 1;
                if !self.bound.is_empty() {
                    return Err("cannot join or add with + within all, exists, map or filter".to_owned());
                }
                if self.sums > SUMS_MAX {
                    return Err(format!("has more than {SUMS_MAX} times +"));
                }
            }
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, None, args) => {
                args.iter().try_for_each(|arg| self.must_be_truth(arg, "what &&, || and ! join"))?;
            }
            (operators::CONDITIONAL, None, [condition, ..]) => {
                self.must_be_truth(condition, "what stands before ?")?;
            }
            _ => {}
        }
        let mut steps = self.known_function(call)?;
        if let Some(target) = &mut call.target {
            steps += self.walk(target, depth)?;
        }
        for arg in &mut call.args {
            steps += self.walk(arg, depth)?;
        }
        Ok(steps)
    }

    /// Steps of the function or operator itself.
    fn known_function(&self, call: &CallExpr) -> Result<u64, String> {
        let name = call.func_name.as_str();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Ok(1);
        }
        let functions = if call.target.is_some() { functions::MEMBERS } else { functions::ALONE };
        let Some((_, arguments)) = functions.iter().find(|(known, _)| *known == name) else {
            let names: Vec<_> = functions.iter().map(|(name, _)| *name).collect();
            let place = if call.target.is_some() { "after a dot" } else { "on its own" };
            return Err(format!("there is no function {name:?} {place}; there are {}", names.join(", ")));
        };
        if call.args.len() != *arguments {
            return Err(format!("{name} takes {arguments} arguments, not {}", call.args.len()));
        }
        let wanted = call.args.first().and_then(literal);
        match (name, wanted) {
            ("within", Some(block)) => functions::parse_block(block).map(drop)?,
            ("atLeast", Some(version)) => functions::parse_version(version).map(drop)?,
            _ => {}
        }
        Ok(FUNCTION_STEPS)
    }

    /// Compiles a pattern and puts its name in its place.
    fn pattern(&mut self, part: &mut IdedExpr) -> Result<(), String> {
        let Some(text) = literal(part) else {
            return Err(
                "matches needs its regular expression in quotes, so that it is compiled once".to_owned()
            );
        };
        if self.found.patterns.len() == PATTERNS_MAX {
            return Err(format!("has more than {PATTERNS_MAX} regular expressions"));
        }
        let regex = pattern::exact(text).map_err(|reason| format!("{text:?} {reason}"))?;
        part.expr = Expr::Ident(format!("@{}", self.found.patterns.len()));
        self.found.patterns.push(Pattern(Arc::new(regex)));
        Ok(())
    }

    fn comprehension(&mut self, part: &mut ComprehensionExpr, depth: usize) -> Result<u64, String> {
        let outside = self.bound.is_empty();
        if !outside || matches!(part.iter_range.expr, Expr::Comprehension(_)) {
            return Err(
                "has a loop (all, exists, map, filter) within another: that is not allowed".to_owned()
            );
        }
        let range = self.walk(&mut part.iter_range, depth)?;
        let items = items(&part.iter_range);
        self.bound = vec![part.iter_var.clone(), part.accu_var.clone()];
        self.bound.extend(part.iter_var2.clone());
        let mut repeated = 0;
        for part in [&mut part.loop_cond, &mut part.loop_step] {
            repeated += self.walk(part, depth)?;
        }
        let once = self.walk(&mut part.accu_init, depth)? + self.walk(&mut part.result, depth)?;
        self.bound.clear();
        Ok(range + once + items.saturating_mul(repeated))
    }

    /// Refuses what can never be true or false.
    fn must_be_truth(&self, part: &IdedExpr, place: &str) -> Result<(), String> {
        match self.kind(part) {
            Some(kind) if kind != Kind::Truth => {
                Err(format!("{place} must be true or false and gives {}", kind.word()))
            }
            _ => Ok(()),
        }
    }

    fn kind(&self, part: &IdedExpr) -> Option<Kind> {
        match &part.expr {
            Expr::Literal(value) => match value {
                LiteralValue::Boolean(_) => Some(Kind::Truth),
                LiteralValue::String(_) => Some(Kind::Text),
                LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => Some(Kind::Number),
                _ => None,
            },
            Expr::List(_) => Some(Kind::List),
            Expr::Map(_) => Some(Kind::Map),
            Expr::Ident(name) if self.bound.contains(name) => None,
            Expr::Ident(name) => values::find(name, self.scope).map(|(_, variable)| variable.kind()),
            Expr::Call(call) => match call.func_name.as_str() {
                "size" | "int" | "uint" | "double" | operators::NEGATE => Some(Kind::Number),
                operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO => {
                    Some(Kind::Number)
                }
                "string" | "lowerAscii" | "upperAscii" => Some(Kind::Text),
                operators::CONDITIONAL => {
                    self.kind(call.args.get(1)?).or_else(|| self.kind(call.args.get(2)?))
                }
                operators::INDEX => match &call.args.first()?.expr {
                    Expr::Ident(name) if self.kind_of_name(name) == Some(Kind::Map) => Some(Kind::Text),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    fn kind_of_name(&self, name: &str) -> Option<Kind> {
        let bound = self.bound.iter().any(|bound| bound == name);
        values::find(name, self.scope).filter(|_| !bound).map(|(_, variable)| variable.kind())
    }
}

/// Most items that what a loop runs over can have.
fn items(range: &IdedExpr) -> u64 {
    match &range.expr {
        Expr::List(list) => list.elements.len() as u64,
        Expr::Map(map) => map.entries.len() as u64,
        Expr::Ident(_) => traits_max() as u64,
        Expr::Call(call) if call.func_name == operators::ADD => call.args.iter().map(items).sum(),
        _ => ITEMS_UNKNOWN,
    }
}
