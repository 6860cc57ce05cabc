//! What expressions can call: CEL's own functions on texts and numbers, and three for what clicks are made of.

use crate::rules::{address, address::AddressSet, version::Version};
use cel::{
    Env, ExecutionError,
    common::{
        types::{CelBool, CelString, Type},
        value::{StaticVal, Val},
    },
};
use regex::Regex;
use std::{
    any::Any,
    cmp::Ordering,
    net::IpAddr,
    sync::{Arc, OnceLock},
};

/// (name, arguments beside the text before the dot; `None` where it cannot stand, …)
pub(super) const MEMBERS: &[(&str, usize)] = &[
    ("contains", 1),
    ("startsWith", 1),
    ("endsWith", 1),
    ("matches", 1),
    ("size", 0),
    ("lowerAscii", 0),
    ("upperAscii", 0),
    ("atLeast", 1),
    ("within", 1),
];

/// Functions that stand alone, and their number of arguments.
pub(super) const ALONE: &[(&str, usize)] =
    &[("size", 1), ("int", 1), ("uint", 1), ("double", 1), ("string", 1), ("bool", 1), ("matches", 2)];

/// A regular expression that was compiled with the expression it stands in.
#[derive(Debug, Clone)]
pub(super) struct Pattern(pub(super) Arc<Regex>);

static PATTERN: Type = Type::new_unspecified_type("pattern");

impl Val for Pattern {
    fn get_type(&self) -> &Type {
        &PATTERN
    }

    fn cel_type() -> &'static Type {
        &PATTERN
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Pattern {}

fn matches(text: &CelString<'_>, pattern: &Pattern) -> CelBool {
    CelBool::from(pattern.0.is_match(text.inner()))
}

fn lower_ascii(text: &CelString<'_>) -> CelString<'static> {
    text.inner().to_ascii_lowercase().into()
}

fn upper_ascii(text: &CelString<'_>) -> CelString<'static> {
    text.inner().to_ascii_uppercase().into()
}

/// `os_version.atLeast("14.2")`: versions, number by number. An unknown version is not at least anything.
fn at_least(actual: &CelString<'_>, wanted: &CelString<'_>) -> Result<CelBool, ExecutionError> {
    let wanted = parse_version(wanted.inner()).map_err(|reason| failure("atLeast", &reason))?;
    Ok(CelBool::from(wanted.compare(actual.inner()).is_some_and(Ordering::is_ge)))
}

/// `ip.within("10.0.0.0/8")`: addresses and blocks. A text that is no address lies in none.
fn within(address: &CelString<'_>, block: &CelString<'_>) -> Result<CelBool, ExecutionError> {
    let block = parse_block(block.inner()).map_err(|reason| failure("within", &reason))?;
    let address = address.inner().parse::<IpAddr>();
    Ok(CelBool::from(address.is_ok_and(|address| block.contains(address))))
}

fn failure(function: &str, reason: &str) -> ExecutionError {
    ExecutionError::function_error(function, reason)
}

/// What `atLeast` compares with.
pub(super) fn parse_version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| format!("{text:?} is no version such as 14.2"))
}

/// What `within` looks into.
pub(super) fn parse_block(text: &str) -> Result<AddressSet, String> {
    let range = address::network(text).or_else(|| address::range(text));
    range
        .map(|range| AddressSet::new(&[range]))
        .ok_or_else(|| format!("{text:?} is no address or block such as 192.0.2.0/24"))
}

/// The standard functions and ours; made once.
pub(super) fn environment() -> &'static Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut env = Env::stdlib();
        let added = [
            cel::add_member_overload!(env, fn matches: (CelString, Pattern) -> CelBool),
            cel::add_overload!(env, fn matches: (CelString, Pattern) -> CelBool),
            cel::add_member_overload!(env, fn lower_ascii: (CelString) -> CelString),
            cel::add_member_overload!(env, fn upper_ascii: (CelString) -> CelString),
            cel::add_member_overload!(env, fn at_least: (CelString, CelString) -> Result<CelBool>),
            cel::add_member_overload!(env, fn within: (CelString, CelString) -> Result<CelBool>),
        ];
        debug_assert!(added.iter().all(Result::is_ok), "{added:?}");
        Arc::new(env)
    })
}
