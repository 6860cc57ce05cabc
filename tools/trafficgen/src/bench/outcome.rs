//! The result: a table for people, JSON for machines.

use super::{
    Measured,
    client::Round,
    machine::{Cores, Machine},
    mix::Mix,
};
use crate::Error;
use serde::Serialize;
use std::fmt::Write as _;

/// What was measured, on what, and how.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// When it ended, RFC 3339.
    at: String,
    /// Version of the instance.
    version: String,
    machine: Machine,
    method: Method,
    /// Medians over the rounds.
    signalbox: Figures,
    /// Absent when nginx is not installed.
    nginx: Option<Figures>,
    /// Clicks per hundred redirects of nginx.
    percent_of_nginx: Option<u64>,
    rounds: Vec<Pair>,
    check: Check,
}

#[derive(Debug, Clone, Serialize)]
struct Method {
    what: &'static str,
    cores: Cores,
    mix: Mix,
}

/// Throughput and latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Figures {
    per_second: u64,
    p50_micros: u64,
    p99_micros: u64,
    p999_micros: u64,
}

#[derive(Debug, Clone, Serialize)]
struct Pair {
    signalbox: Figures,
    nginx: Option<Figures>,
}

/// Whether every answered click is in the report.
#[derive(Debug, Clone, Serialize)]
struct Check {
    answered: u64,
    unanswered: u64,
    in_report: u64,
}

const WHAT: &str = "Closed loop over keep-alive connections from another core of the same machine; the whole instance (traffic, \
    postbacks, API and the embedded analytics engine, which writes the clicks away at the same time) shares one core; every click is \
    in the journal before it is answered (durability buffered); a round begins when all earlier clicks are in the reports; nginx \
    answers `return 302` with one worker on the same core, in rounds in between. Figures are medians over the rounds; latency \
    includes queueing behind the other connections.";

impl Figures {
    fn of(round: &Round) -> Self {
        let quantile = |q| round.latency.value_at_quantile(q);
        Self {
            per_second: round.per_second(),
            p50_micros: quantile(0.5),
            p99_micros: quantile(0.99),
            p999_micros: quantile(0.999),
        }
    }

    fn median(all: &[Self]) -> Option<Self> {
        let middle = |field: fn(&Self) -> u64| {
            let mut values: Vec<_> = all.iter().map(field).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied()
        };
        Some(Self {
            per_second: middle(|figures| figures.per_second)?,
            p50_micros: middle(|figures| figures.p50_micros)?,
            p99_micros: middle(|figures| figures.p99_micros)?,
            p999_micros: middle(|figures| figures.p999_micros)?,
        })
    }
}

impl Outcome {
    pub(super) fn new(measured: Measured, mix: &Mix, on: (Cores, Machine)) -> Self {
        let (cores, machine) = on;
        let ours: Vec<_> = measured.signalbox.iter().map(Figures::of).collect();
        let theirs: Vec<_> = measured.nginx.iter().map(Figures::of).collect();
        let nothing = Figures { per_second: 0, p50_micros: 0, p99_micros: 0, p999_micros: 0 };
        let signalbox = Figures::median(&ours).unwrap_or(nothing);
        let nginx = Figures::median(&theirs);
        let pair =
            |(at, figures): (usize, &Figures)| Pair { signalbox: *figures, nginx: theirs.get(at).copied() };
        Self {
            at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            version: measured.version,
            machine,
            method: Method { what: WHAT, cores, mix: mix.clone() },
            signalbox,
            nginx,
            percent_of_nginx: nginx.map(|nginx| signalbox.per_second * 100 / nginx.per_second.max(1)),
            rounds: ours.iter().enumerate().map(pair).collect(),
            check: Check {
                answered: measured.answered,
                unanswered: measured.unanswered,
                in_report: measured.in_report,
            },
        }
    }

    /// Fails when an answered click is not in the report, or a click is there twice.
    pub(super) fn check(&self) -> Result<(), Error> {
        let Check { answered, unanswered, in_report } = self.check;
        if (answered..=answered + unanswered).contains(&in_report) {
            return Ok(());
        }
        Err(Error::Mismatch(format!(
            "{answered} clicks were answered ({unanswered} more were sent), and the report shows {in_report}"
        )))
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut table = format!(
            "\n{:<22}{:>12}{:>10}{:>10}{:>10}\n",
            "one core", "clicks/s", "p50 ms", "p99 ms", "p99.9 ms"
        );
        let rows = [("Signalbox", Some(self.signalbox)), ("nginx, return 302", self.nginx)];
        for (name, figures) in rows.into_iter().filter_map(|(name, figures)| Some((name, figures?))) {
            let millis = |micros: u64| format!("{}.{:02}", micros / 1000, micros % 1000 / 10);
            // Writing into a string cannot fail.
            let _written = writeln!(
                table,
                "{name:<22}{:>12}{:>10}{:>10}{:>10}",
                figures.per_second,
                millis(figures.p50_micros),
                millis(figures.p99_micros),
                millis(figures.p999_micros)
            );
        }
        if let Some(percent) = self.percent_of_nginx {
            let _written =
                writeln!(table, "Signalbox answers {percent} clicks for every 100 redirects of nginx.");
        }
        let Check { answered, in_report, .. } = self.check;
        let _written = writeln!(table, "{answered} clicks were answered; the report shows {in_report}.");
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(per_second: u64) -> Figures {
        Figures { per_second, p50_micros: 1, p99_micros: 2, p999_micros: 3 }
    }

    #[test]
    fn the_median_is_the_middle_of_each_figure() {
        let all = [figures(10), figures(30), Figures { p50_micros: 9, ..figures(20) }];
        let median = Figures::median(&all).unwrap();
        assert_eq!((median.per_second, median.p50_micros), (20, 1));
        assert_eq!(Figures::median(&[]), None);
    }

    #[test]
    fn lost_and_doubled_clicks_fail_the_check() {
        let measured = |in_report| Measured {
            signalbox: Vec::new(),
            nginx: Vec::new(),
            answered: 100,
            unanswered: 2,
            in_report,
            version: "0".into(),
        };
        let mix = Mix::committed().unwrap();
        let outcome = |in_report| {
            Outcome::new(measured(in_report), &mix, (Cores { server: 1, client: 0 }, Machine::describe()))
        };
        assert!(outcome(99).check().is_err() && outcome(103).check().is_err());
        assert!(outcome(100).check().is_ok() && outcome(102).check().is_ok());
        assert!(outcome(100).table().contains("100 clicks were answered; the report shows 100."));
    }
}
