//! Throughput and latency of rounds, their medians, and the two servers side by side.

use super::client::Round;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Throughput and latency of a round, or the medians of several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Figures {
    /// Redirects a second.
    pub(super) per_second: u64,
    /// Half of the requests took at most so many microseconds.
    pub(super) p50_micros: u64,
    /// 99 of 100.
    pub(super) p99_micros: u64,
    /// 999 of 1000.
    pub(super) p999_micros: u64,
    /// The slowest.
    pub(super) max_micros: u64,
    /// Requests that were refused, or had no answer, or were planned and could not be sent.
    pub(super) not_redirected: u64,
}

impl Figures {
    pub(super) fn of(round: &Round) -> Self {
        let quantile = |q| round.latency.value_at_quantile(q);
        Self {
            per_second: round.per_second(),
            p50_micros: quantile(0.5),
            p99_micros: quantile(0.99),
            p999_micros: quantile(0.999),
            max_micros: round.latency.max(),
            not_redirected: round.other + round.failed + round.unsent,
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
            max_micros: middle(|figures| figures.max_micros)?,
            not_redirected: all.iter().map(|figures| figures.not_redirected).sum(),
        })
    }
}

/// A round of each server, one right after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pair {
    /// Ours.
    pub(super) signalbox: Figures,
    /// Absent when nginx is not installed.
    pub(super) nginx: Option<Figures>,
}

/// The two servers side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Comparison {
    /// Medians over the rounds.
    pub(super) signalbox: Figures,
    /// Medians over the rounds; absent when nginx is not installed.
    pub(super) nginx: Option<Figures>,
    /// Redirects of ours for a thousand of nginx.
    pub(super) per_second_permille_of_nginx: Option<u64>,
    /// p99 of ours in thousandths of nginx's.
    pub(super) p99_permille_of_nginx: Option<u64>,
    /// Every round.
    pub(super) rounds: Vec<Pair>,
}

impl Comparison {
    pub(super) fn of(rounds: Vec<Pair>) -> Self {
        let ours: Vec<_> = rounds.iter().map(|pair| pair.signalbox).collect();
        let theirs: Vec<_> = rounds.iter().filter_map(|pair| pair.nginx).collect();
        let signalbox = Figures::median(&ours).unwrap_or_default();
        let nginx = Figures::median(&theirs);
        let permille = |field: fn(&Figures) -> u64| {
            nginx.map(|nginx| field(&signalbox).saturating_mul(1000) / field(&nginx).max(1))
        };
        Self {
            signalbox,
            nginx,
            per_second_permille_of_nginx: permille(|figures| figures.per_second),
            p99_permille_of_nginx: permille(|figures| figures.p99_micros),
            rounds,
        }
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut table = format!(
            "  {:<20}{:>12}{:>10}{:>10}{:>10}\n",
            "medians", "redirects/s", "p50 ms", "p99 ms", "p99.9 ms"
        );
        let rows = [("Signalbox", Some(self.signalbox)), ("nginx, return 302", self.nginx)];
        for (name, figures) in rows.into_iter().filter_map(|(name, figures)| Some((name, figures?))) {
            // Writing into a string cannot fail.
            let _written = writeln!(
                table,
                "  {name:<20}{:>12}{:>10}{:>10}{:>10}",
                figures.per_second,
                millis(figures.p50_micros),
                millis(figures.p99_micros),
                millis(figures.p999_micros)
            );
        }
        table
    }

    /// One line for each round.
    pub(super) fn line(pair: &Pair) -> String {
        let show = |figures: &Figures| {
            let missed = match figures.not_redirected {
                0 => String::new(),
                missed => format!(", {missed} not redirected"),
            };
            format!("{}/s, p99 {} ms{missed}", figures.per_second, millis(figures.p99_micros))
        };
        let nginx = pair.nginx.as_ref().map(|nginx| format!("   nginx {}", show(nginx))).unwrap_or_default();
        format!("{}{nginx}", show(&pair.signalbox))
    }
}

/// Microseconds as milliseconds, such as `1.25`.
pub(super) fn millis(micros: u64) -> String {
    format!("{}.{:02}", micros / 1000, micros % 1000 / 10)
}

/// Thousandths as a factor, such as `0.753`.
pub(super) fn factor(permille: u64) -> String {
    format!("{}.{:03}", permille / 1000, permille % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(per_second: u64, p99_micros: u64) -> Figures {
        Figures { per_second, p50_micros: 1, p99_micros, not_redirected: 1, ..Figures::default() }
    }

    #[test]
    fn the_median_is_the_middle_of_each_figure_and_misses_are_summed() {
        let all = [figures(10, 7), figures(30, 9), Figures { p50_micros: 9, ..figures(20, 8) }];
        let median = Figures::median(&all).unwrap();
        assert_eq!((median.per_second, median.p50_micros, median.p99_micros), (20, 1, 8));
        assert_eq!(median.not_redirected, 3);
        assert_eq!(Figures::median(&[]), None);
    }

    #[test]
    fn ratios_are_of_the_medians() {
        let pair = |ours, theirs| Pair { signalbox: figures(ours, 30), nginx: Some(figures(theirs, 20)) };
        let compared = Comparison::of(vec![pair(60, 100), pair(90, 110), pair(75, 90)]);
        assert_eq!(compared.per_second_permille_of_nginx, Some(750));
        assert_eq!(compared.p99_permille_of_nginx, Some(1500));
        assert!(compared.table().contains("nginx, return 302"));
        let alone = Comparison::of(vec![Pair { signalbox: figures(60, 30), nginx: None }]);
        assert_eq!((alone.per_second_permille_of_nginx, alone.signalbox.per_second), (None, 60));
        assert!(!alone.table().contains("nginx"));
    }

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!(
            (millis(1_257).as_str(), factor(753).as_str(), factor(1_004).as_str()),
            ("1.25", "0.753", "1.004")
        );
        let line = Comparison::line(&Pair { signalbox: figures(5, 1500), nginx: Some(Figures::default()) });
        assert_eq!(line, "5/s, p99 1.50 ms, 1 not redirected   nginx 0/s, p99 0.00 ms");
    }
}
