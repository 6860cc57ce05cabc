//! The results as one picture: a panel for each part, beside nginx where it was measured beside nginx.

mod panel;
mod svg;

use super::{
    figures::{Comparison, Figures, factor},
    results::{Entry, Parts},
};
use panel::{Bars, Panel, Trace};
use svg::{Anchor, Svg};

const WIDTH: u32 = 900;
const HEIGHT: u32 = 860;
const HEAD: f64 = 70.0;
const PANEL: (f64, f64) = (430.0, 250.0);
/// What the product sets itself.
const LAG_SECONDS_MAX: f64 = 5.0;
const MEMORY_MIB_MAX: f64 = 76.3;

/// Draws it.
pub(super) fn draw(parts: &Parts) -> String {
    let mut svg = Svg::new(
        (WIDTH, HEIGHT),
        "Signalbox beside nginx: throughput, latency, lag of the reports and memory",
    );
    svg.text((24.0, 34.0), ("head", Anchor::Start), "Signalbox beside nginx (return 302)");
    legend(&mut svg);
    let place = |column: f64, row: f64| (10.0 + column * (PANEL.0 + 10.0), HEAD + row * (PANEL.1 + 8.0));
    redirect(
        &mut svg,
        place(0.0, 0.0),
        "One core, as fast as it can, durability buffered",
        parts.redirect.as_ref().map(|entry| &entry.result.comparison),
    );
    redirect(
        &mut svg,
        place(1.0, 0.0),
        "One core, as fast as it can, durability fsync",
        parts.fsync.as_ref().map(|entry| &entry.result.comparison),
    );
    let even = parts.latency.as_ref();
    latency(
        &mut svg,
        place(0.0, 1.0),
        "Latency at an even rate",
        even.map(|entry| (entry.result.planned_per_second.unwrap_or_default(), &entry.result.comparison)),
    );
    let beside = parts.interference.as_ref();
    latency(
        &mut svg,
        place(1.0, 1.0),
        "The same with edits, reports and merges beside",
        beside.map(|entry| (entry.result.planned_per_second, &entry.result.comparison)),
    );
    whole(&mut svg, place(0.0, 2.0), parts);
    memory(&mut svg, place(1.0, 2.0), parts);
    svg.text((24.0, f64::from(HEIGHT) - 12.0), ("dim", Anchor::Start), &origin(parts));
    svg.finish()
}

fn legend(svg: &mut Svg) {
    for (class, name, x) in [("ours", "Signalbox", 24.0), ("nginx", "nginx", 120.0)] {
        svg.bar(class, (x, 46.0), (12.0, 12.0));
        svg.text((x + 18.0, 56.0), ("", Anchor::Start), name);
    }
}

/// Machine, time and commit; of the first part that was measured.
fn origin(parts: &Parts) -> String {
    fn of<T>(entry: &Entry<T>) -> String {
        let machine = &entry.machine;
        let quick = if entry.quick { ", short run" } else { "" };
        format!(
            "{}, {} cores, load {} before; {} at {}{quick}",
            machine.cpu, machine.cores, machine.load, entry.at, entry.commit
        )
    }
    let first = parts.redirect.as_ref().map(of).or_else(|| parts.fsync.as_ref().map(of));
    let first = first.or_else(|| parts.latency.as_ref().map(of)).or_else(|| parts.whole.as_ref().map(of));
    let first =
        first.or_else(|| parts.interference.as_ref().map(of)).or_else(|| parts.memory.as_ref().map(of));
    first.unwrap_or_else(|| "nothing was measured yet".to_owned())
}

fn redirect(svg: &mut Svg, at: (f64, f64), title: &str, measured: Option<&Comparison>) {
    let Some(measured) = measured else { return Panel::empty(svg, (at, PANEL), title) };
    let note = match measured.per_second_permille_of_nginx {
        Some(ratio) => format!("redirects/s by round; median {} × nginx", factor(ratio)),
        None => "redirects/s by round".to_owned(),
    };
    let of = |pick: fn(&super::figures::Pair) -> Option<Figures>| -> Vec<(f64, f64)> {
        let rounds = measured.rounds.iter().enumerate();
        rounds
            .filter_map(|(number, pair)| Some(((number + 1) as f64, pick(pair)?.per_second as f64)))
            .collect()
    };
    let ours = Trace { class: "ours", points: of(|pair| Some(pair.signalbox)), dots: true };
    let nginx = Trace { class: "nginx", points: of(|pair| pair.nginx), dots: true };
    let panel = Panel { title, note: &note, unit: "", bound: None };
    panel.traces(svg, (at, PANEL), &[ours, nginx]);
}

fn latency(svg: &mut Svg, at: (f64, f64), title: &str, measured: Option<(u64, &Comparison)>) {
    let Some((rate, measured)) = measured else { return Panel::empty(svg, (at, PANEL), title) };
    let note = match measured.p99_permille_of_nginx {
        Some(ratio) => format!("ms at {rate} requests/s; p99 {} × nginx", factor(ratio)),
        None => format!("ms at {rate} requests/s"),
    };
    let of = |figures: Figures| {
        [figures.p50_micros, figures.p99_micros, figures.p999_micros].map(|micros| micros as f64 / 1000.0)
    };
    let bars =
        Bars { names: ["p50", "p99", "p99.9"], ours: of(measured.signalbox), nginx: measured.nginx.map(of) };
    Panel { title, note: &note, unit: "ms", bound: None }.bars(svg, (at, PANEL), &bars);
}

fn whole(svg: &mut Svg, at: (f64, f64), parts: &Parts) {
    let title = "The whole instance on all cores";
    let measured = parts.whole.as_ref().map(|entry| &entry.result);
    let Some((rate, measured)) = measured.and_then(|result| Some((result.held_per_second?, result))) else {
        return Panel::empty(svg, (at, PANEL), title);
    };
    let note = format!("seconds that reports are behind, over time, at {rate} clicks/s");
    let point = |look: &super::lag::Look| (look.at_ms as f64 / 1000.0, look.lag_ms as f64 / 1000.0);
    let ours = Trace { class: "ours", points: measured.looks.iter().map(point).collect(), dots: false };
    let panel = Panel { title, note: &note, unit: "s", bound: Some(LAG_SECONDS_MAX) };
    panel.traces(svg, (at, PANEL), &[ours]);
}

fn memory(svg: &mut Svg, at: (f64, f64), parts: &Parts) {
    let title = "Memory of traffic-service";
    let Some(entry) = &parts.memory else { return Panel::empty(svg, (at, PANEL), title) };
    let rate = entry.result.planned_per_second;
    let note = format!("MiB resident, geo data apart, over minutes, at {rate} clicks/s");
    let point = |sample: &super::memory::Sample| {
        (sample.at_ms as f64 / 60_000.0, sample.memory.resident_kib() as f64 / 1024.0)
    };
    let ours = Trace { class: "ours", points: entry.result.samples.iter().map(point).collect(), dots: false };
    let panel = Panel { title, note: &note, unit: "MiB", bound: Some(MEMORY_MIB_MAX) };
    panel.traces(svg, (at, PANEL), &[ours]);
}

#[cfg(test)]
mod tests;
