//! How long it takes to start and to describe a visitor, and how much memory it holds.
//!
//! `cargo bench -p signalbox-detect` prints it. Target: ready in less than a second. Geo databases are read from the folders named by
//! `SIGNALBOX_GEO_CITY` and `SIGNALBOX_GEO_ASN` when they are set.
#![allow(clippy::print_stdout, reason = "a bench talks to a person")]

use signalbox_detect::{Detector, DetectorConfig, RequestFacts};
use std::{
    env, fs,
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::{Duration, Instant},
};

const AGENT: &str = "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.6422.165 Mobile Safari/537.36";

/// Resident memory of this process in kilobytes, where the system tells.
fn resident_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}

fn timed(name: &str, runs: u32, mut work: impl FnMut(u32)) {
    let start = Instant::now();
    (0..runs).for_each(&mut work);
    let each: Duration = start.elapsed() / runs;
    println!("{name:<36} {each:>12?}   {} MB held", resident_kb() / 1024);
}

fn main() {
    let path = |name: &str| env::var_os(name).map(PathBuf::from);
    let (city, asn) = (path("SIGNALBOX_GEO_CITY"), path("SIGNALBOX_GEO_ASN"));
    let config = DetectorConfig::from_paths(city.as_deref(), None, asn.as_deref());
    let mut detector = None;
    timed("open", 1, |_| detector = Some(Detector::new(&config)));
    let Some(detector) = detector else { return };
    timed("warm up", 1, |_| detector.warm_up());
    // Addresses of all over the world, never the same.
    let ip = |number: u32| IpAddr::V4(Ipv4Addr::from(number.wrapping_mul(2_654_435_761)));
    timed("known user agent, new address", 200_000, |number| {
        black_box(detector.describe(&RequestFacts::new(ip(number), AGENT)));
    });
    timed("known user agent, known address", 200_000, |_| {
        black_box(detector.describe(&RequestFacts::new(ip(7), AGENT)));
    });
    timed("new user agent", 20_000, |number| {
        let agent = format!("{AGENT} app/{number}");
        black_box(detector.describe(&RequestFacts::new(ip(7), &agent)));
    });
}
