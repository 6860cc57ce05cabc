//! The entry points of the fuzzers, called with generated and with nearly real input, and with what fuzzers once found.

use proptest::prelude::*;
use signalbox_detect::fuzzing;

/// Pieces that the parsers look for, in any order.
fn pieces(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        4 => prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
        1 => "[0-9._]{1,6}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(word, 0..24).prop_map(|words| words.concat())
}

const AGENT: &[&str] = &[
    "Mozilla/5.0 ",
    "(Linux; Android 14; ",
    "SM-G991B",
    " Build/",
    "K) ",
    "AppleWebKit/537.36 ",
    "Chrome/",
    "126.0.0.0",
    " Mobile ",
    "Safari/537.36",
    "(iPhone; CPU iPhone OS 17_5 like Mac OS X) ",
    "Version/",
    "; ",
    ")",
    "(",
    "Instagram ",
    "bot",
    "+http://",
    "AFT",
    "Windows NT 10.0",
    "Firefox/",
    " ",
    "/",
    "ü",
    "\u{0}",
];
const HINT: &[&str] = &[
    "\n",
    "\"",
    ";v=",
    ", ",
    "Google Chrome",
    "Not/A)Brand",
    "?1",
    "?0",
    "Android",
    "Windows",
    "macOS",
    "15.0.0",
    "0.3",
    "K",
    "SM-S918B",
    "Tablet",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile",
];
const LANGUAGE: &[&str] = &[
    "de",
    "-AT",
    "en-US",
    ",",
    ";",
    "q=",
    "Q = ",
    "0.",
    "1",
    "999",
    " ",
    "*",
    "zh_Hans_CN",
    "x",
    "-",
    "=",
    "fil",
];
const FORWARDED: &[&str] = &[
    "1.2.3.4",
    "[2a00::1]:80",
    "::ffff:1.2.3.4",
    ",",
    ";",
    "for=",
    "proto=https",
    "by=",
    "\"",
    "\n",
    "unknown",
    "_x",
    ":8080",
    " ",
    "\\",
];
const LIST: &[&str] = &[
    "192.0.2.0/24",
    "-",
    "192.0.2.9",
    "\n",
    "#",
    " ",
    "AS",
    "64496",
    "ua:",
    "/",
    "[a-z",
    "]+",
    "(",
    "a{99}",
    "::1",
    "/33",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_user_agent_is_described(data in prop_oneof![pieces(AGENT), proptest::collection::vec(any::<u8>(), 0..1_500)]) {
        fuzzing::user_agent(&data);
    }

    #[test]
    fn any_hints_are_read(data in prop_oneof![pieces(HINT), proptest::collection::vec(any::<u8>(), 0..600)]) {
        fuzzing::client_hints(&data);
    }

    #[test]
    fn any_language_is_read(data in prop_oneof![pieces(LANGUAGE), proptest::collection::vec(any::<u8>(), 0..700)]) {
        fuzzing::language(&data);
    }

    #[test]
    fn any_proxy_header_is_read(data in prop_oneof![pieces(FORWARDED), proptest::collection::vec(any::<u8>(), 0..300)]) {
        fuzzing::forwarded(&data);
    }

    #[test]
    fn any_list_is_judged(data in prop_oneof![pieces(LIST), proptest::collection::vec(any::<u8>(), 0..300)]) {
        fuzzing::operator_list(&data);
    }
}
