//! Lists of addresses, autonomous systems and user agents, as operators write them.
//!
//! One entry a line: an address, a network (`192.0.2.0/24`), a range (`192.0.2.0-192.0.2.9`), an autonomous system (`AS64496`), `ua:`
//! and a text, or `ua:/` and a regular expression and `/`; user agents in any case. `#` begins a comment at the start of a line or after
//! a space. A file with a line that is none of these is not used at all, since half a list is another list.

mod ranges;

use crate::ListConfig;
use aho_corasick::AhoCorasick;
use ranges::{Range, Ranges};
use regex::{RegexSet, RegexSetBuilder};
use rustc_hash::FxHashSet;
use std::net::IpAddr;

/// Longest list file, bytes.
pub(crate) const FILE_BYTES_MAX: u64 = 64 << 20;
/// What the regular expressions of a list may take when compiled, bytes.
const REGEX_BYTES_MAX: usize = 16 << 20;
/// Most regular expressions in a list: each costs time at every new user agent.
const REGEXES_MAX: usize = 1_000;

/// The entries of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries {
    ranges: Vec<Range>,
    asns: Vec<u32>,
    texts: Vec<String>,
    regexes: Vec<String>,
}

impl Entries {
    /// Reads a list.
    ///
    /// # Errors
    /// The first line that is no entry, and why.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut entries = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = line.split(" #").next().unwrap_or(line).trim_end();
            entries.add(entry).map_err(|reason| format!("line {}: {reason}", number + 1))?;
        }
        if entries.regexes.len() > REGEXES_MAX {
            return Err(format!("more than {REGEXES_MAX} regular expressions; put several into one with |"));
        }
        entries.compile().map_err(|error| format!("the regular expressions together: {error}"))?;
        Ok(entries)
    }

    fn add(&mut self, entry: &str) -> Result<(), String> {
        let number = |text: &str| {
            text.get(..2)
                .filter(|start| start.eq_ignore_ascii_case("as"))
                .and_then(|_| text[2..].parse().ok())
        };
        if let Some(agent) = entry.strip_prefix("ua:").map(str::trim) {
            if let Some(regex) =
                agent.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|it| !it.is_empty())
            {
                regex::Regex::new(regex)
                    .map_err(|error| format!("/{regex}/ is no regular expression: {error}"))?;
                self.regexes.push(regex.to_owned());
            } else if agent.is_empty() {
                return Err("the text after ua: is missing".to_owned());
            } else {
                self.texts.push(agent.to_owned());
            }
        } else if let Some(asn) = number(entry) {
            self.asns.push(asn);
        } else if let Some(range) = Range::parse(entry) {
            self.ranges.push(range);
        } else {
            let shown: String = entry.chars().take(60).collect();
            return Err(format!(
                "`{shown}` is no address, network, range, AS number or ua: followed by a text or /expression/"
            ));
        }
        Ok(())
    }

    fn compile(&self) -> Result<RegexSet, regex::Error> {
        RegexSetBuilder::new(&self.regexes).case_insensitive(true).size_limit(REGEX_BYTES_MAX).build()
    }

    /// Whether it has more than addresses and autonomous systems.
    pub(crate) fn names_agents(&self) -> bool {
        !self.texts.is_empty() || !self.regexes.is_empty()
    }
}

/// A list, ready to be asked.
#[derive(Debug)]
pub(crate) struct List {
    ranges: Ranges,
    asns: FxHashSet<u32>,
    texts: Option<AhoCorasick>,
    regexes: RegexSet,
}

impl List {
    /// What the settings and the files say.
    pub(crate) fn new<'a>(config: &ListConfig, files: impl Iterator<Item = &'a Entries> + Clone) -> Self {
        let configured = config.addresses.iter().map(|network| Range::from(*network));
        let listed = files.clone().flat_map(|entries| entries.ranges.iter().copied());
        let texts: Vec<&String> =
            config.user_agents.iter().chain(files.clone().flat_map(|entries| &entries.texts)).collect();
        let mut regexes =
            files.clone().filter_map(|entries| entries.compile().ok()).filter(|set| !set.is_empty());
        let first = regexes.next().unwrap_or_else(RegexSet::empty);
        let more: Vec<RegexSet> = regexes.collect();
        let regexes = if more.is_empty() { first } else { together(&first, &more) };
        Self {
            ranges: Ranges::new(configured.chain(listed)),
            asns: files.flat_map(|entries| entries.asns.iter().copied()).collect(),
            texts: if texts.is_empty() {
                None
            } else {
                AhoCorasick::builder().ascii_case_insensitive(true).build(texts).ok()
            },
            regexes,
        }
    }

    /// Whether an address of an autonomous system (0: unknown) is listed.
    pub(crate) fn has_address(&self, ip: IpAddr, asn: u32) -> bool {
        self.ranges.contains(ip) || (asn != 0 && self.asns.contains(&asn))
    }

    /// Whether a user agent is listed.
    pub(crate) fn has_agent(&self, user_agent: &str) -> bool {
        self.texts.as_ref().is_some_and(|texts| texts.is_match(user_agent))
            || self.regexes.is_match(user_agent)
    }
}

/// One set of several; each compiled alone, so that all together may only be too large, and then those of the first file remain.
fn together(first: &RegexSet, more: &[RegexSet]) -> RegexSet {
    let patterns = first.patterns().iter().chain(more.iter().flat_map(RegexSet::patterns));
    let set = RegexSetBuilder::new(patterns).case_insensitive(true).size_limit(4 * REGEX_BYTES_MAX).build();
    set.unwrap_or_else(|_| first.clone())
}

#[cfg(test)]
mod tests;
