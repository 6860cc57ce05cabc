//! Machines that say who they are: the pattern list of `data/crawler-user-agents` and HTTP libraries.
//!
//! Nearly all patterns are plain words: those go into one automaton, the few others into one set of regular expressions.

use aho_corasick::AhoCorasick;
use regex::RegexSet;

const KNOWN: &str = include_str!("../../data/crawler-user-agents/patterns.txt");
const LIBRARIES: &str = include_str!("../../data/crawler-user-agents/libraries.txt");

/// Patterns of the list that also match people: browsers inside Meta's apps, an Android build number, the browser of Sogou, and words
/// short enough to be part of a device's name.
const ALSO_PEOPLE: &[&str] =
    &["MetaIAB Facebook", r"AP3A\.240617\.008", "Sogou", "Sonic", "ds9", "Fluid", "Viber", "linko", "speedy"];

/// Machines the list does not have, or has only in a pattern left out above.
const ALSO_KNOWN: &[&str] = &[
    "Sogou web spider",
    "Sogou News Spider",
    "Sogou Pic Spider",
    "Sogou inst spider",
    "RankSonic",
    "Sonic/",
    "Speedy Spider",
    "linko.app",
    "^Viber",
    "Puppeteer",
    "Playwright",
    "Selenium",
    "Electron-Bot",
    "headless",
    "Headless",
    "bot.html",
    "crawler",
    "Crawler",
    "spider.html",
];

/// Libraries and tools the list does not have.
const ALSO_LIBRARIES: &[&str] = &[
    r"^Java/",
    "^Dalvik/",
    "CFNetwork/",
    "python-httpx",
    "Python/",
    "^Ruby",
    "Faraday",
    "RestSharp",
    "PostmanRuntime",
    "insomnia/",
    "Guzzle",
    "^PHP/",
    "libcurl",
    "undici",
    "^node",
    "^Dart/",
    "Deno/",
    "^Bun/",
    "reqwest/",
    "^hyper/",
    "^ureq",
    "^attohttpc",
    "^Go ",
    "fasthttp",
    "go-resty",
    "WinHttp",
    "WinHTTP",
    "PowerShell",
    "Microsoft URL Control",
    "libsoup",
    "lwp-request",
    "LWP::",
    "HTTP::",
    "Typhoeus",
    "rest-client",
    "^Wget",
    "aria2",
    "Apache-HttpAsyncClient",
    "Java-http-client",
    "unirest",
    "Ktor client",
    "Alamofire",
    "AFNetworking",
    "Perl/",
    "^http",
    "k6/",
    "wrk/",
    "ApacheBench",
    "JMeter",
    "vegeta",
    "Locust",
    "^hey/",
    "siege",
];

/// Addresses in the user agents of browsers: of a component that Windows programs were built with.
const ADDRESSES_OF_PEOPLE: &[&str] = &["bsalsa.com"];

/// Whether a user agent names a web address, as crawlers do for those who wonder.
pub(super) fn names_an_address(user_agent: &str) -> bool {
    user_agent.contains("://") && !ADDRESSES_OF_PEOPLE.iter().any(|address| user_agent.contains(address))
}

/// One of several patterns, found in one pass.
struct Patterns {
    words: Option<AhoCorasick>,
    regexes: RegexSet,
}

impl Patterns {
    /// What is no regular expression of this dialect is left out.
    fn compile<'a>(patterns: impl Iterator<Item = &'a str>) -> Self {
        let (mut words, mut regexes) = (Vec::new(), Vec::new());
        for pattern in patterns {
            match literal(pattern) {
                Some(word) => words.push(word),
                None if regex::Regex::new(pattern).is_ok() => regexes.push(pattern),
                None => {}
            }
        }
        Self {
            words: AhoCorasick::new(words).ok(),
            regexes: RegexSet::new(regexes).unwrap_or_else(|_| RegexSet::empty()),
        }
    }

    fn matches(&self, text: &str) -> bool {
        self.words.as_ref().is_some_and(|words| words.is_match(text)) || self.regexes.is_match(text)
    }
}

/// The text a pattern matches, when it is a plain one.
fn literal(pattern: &str) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next().filter(char::is_ascii_punctuation)?),
            '^' | '$' | '.' | '|' | '?' | '*' | '+' | '(' | ')' | '[' | ']' | '{' | '}' => return None,
            plain => text.push(plain),
        }
    }
    Some(text)
}

/// Knows machines by their user agents.
pub(super) struct Crawlers {
    known: Patterns,
    libraries: Patterns,
}

impl Crawlers {
    pub(super) fn compile() -> Self {
        let listed = KNOWN.lines().filter(|pattern| !pattern.is_empty() && !ALSO_PEOPLE.contains(pattern));
        let libraries = LIBRARIES.lines().filter(|pattern| !pattern.is_empty());
        Self {
            known: Patterns::compile(listed.chain(ALSO_KNOWN.iter().copied())),
            libraries: Patterns::compile(libraries.chain(ALSO_LIBRARIES.iter().copied())),
        }
    }

    /// A crawler, a link preview, a monitor, an automated browser.
    pub(super) fn is_known(&self, user_agent: &str) -> bool {
        self.known.matches(user_agent)
    }

    /// An HTTP library or command-line tool.
    pub(super) fn is_library(&self, user_agent: &str) -> bool {
        self.libraries.matches(user_agent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in KNOWN.lines().chain(LIBRARIES.lines()) {
            assert!(literal(pattern).is_some() || regex::Regex::new(pattern).is_ok(), "{pattern}");
        }
        for pattern in ALSO_PEOPLE {
            assert!(KNOWN.lines().any(|line| line == *pattern), "{pattern} is not in the list any more");
        }
        assert!(KNOWN.lines().count() > 1400 && LIBRARIES.lines().count() > 40);
    }

    #[test]
    fn escaped_words_are_words() {
        assert_eq!(literal(r"pinterest\.com\/bot"), Some("pinterest.com/bot".to_owned()));
        assert_eq!(literal("^curl"), None);
        assert_eq!(literal(r"\d+"), None);
    }
}
