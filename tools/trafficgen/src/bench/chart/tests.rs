//! The picture of what was measured, and of what was not.

use super::{
    super::{
        Mix,
        figures::Pair,
        lag::Look,
        machine::{Cores, Machine},
        memory,
        place::{Check, Conditions},
        side_by_side, whole,
    },
    panel::{nice, short, steps},
    *,
};

fn entry<T>(result: T) -> Entry<T> {
    Entry {
        at: "2026-01-02T03:04:05Z".into(),
        commit: "0123456789ab".into(),
        quick: false,
        seconds: 60,
        machine: Machine::describe(),
        cores: Cores { server: 1, client: 0 },
        mix: Mix::committed().unwrap(),
        result,
    }
}

fn figures(per_second: u64, p99_micros: u64) -> Figures {
    Figures {
        per_second,
        p50_micros: p99_micros / 4,
        p99_micros,
        p999_micros: p99_micros * 3,
        ..Figures::default()
    }
}

fn conditions() -> Conditions {
    Conditions {
        geo_resolved_permille: 998,
        unique_permille: 500,
        file_system: "ext4".into(),
        version: "0.1.0".into(),
    }
}

fn compared() -> side_by_side::Outcome {
    let pair = |ours| Pair { signalbox: figures(ours, 1_400), nginx: Some(figures(100_000, 900)) };
    side_by_side::Outcome {
        conditions: conditions(),
        connections: 64,
        planned_per_second: Some(37_000),
        comparison: Comparison::of(vec![pair(74_000), pair(76_000), pair(75_000)]),
        check: Check::default(),
    }
}

#[test]
fn what_was_not_measured_is_said_to_be_so() {
    let picture = draw(&Parts::default());
    assert_eq!(picture.matches("not measured yet").count(), 6);
    assert!(picture.contains("nothing was measured yet"));
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
}

#[test]
fn every_round_is_a_point_and_the_ratio_is_told() {
    let parts =
        Parts { redirect: Some(entry(compared())), latency: Some(entry(compared())), ..Parts::default() };
    let picture = draw(&parts);
    assert_eq!(picture.matches("not measured yet").count(), 4);
    assert_eq!(picture.matches("<circle").count(), 6);
    assert!(picture.contains("median 0.750 × nginx"), "{picture}");
    assert!(picture.contains("ms at 37000 requests/s; p99 1.555 × nginx"), "{picture}");
    assert!(
        picture.contains(">p99.9</text>")
            && picture.contains(">1.4</text>")
            && picture.contains("0123456789ab")
    );
    assert!(!picture.contains("NaN") && !picture.contains("inf"));
}

#[test]
fn lag_and_memory_are_drawn_with_their_bounds() {
    let proof = whole::Trial {
        per_second: 21_000,
        seconds: 300,
        held: true,
        lag_ms_max: 2_000,
        lag_ms_median: 900,
        figures: figures(21_000, 4_000),
    };
    let whole = whole::Outcome {
        conditions: conditions(),
        connections: 64,
        held_per_second: Some(21_000),
        proof: Some(proof),
        looks: (0..100).map(|at| Look { at_ms: at * 3000, lag_ms: 900 + at }).collect(),
        trials: Vec::new(),
        check: Check::default(),
    };
    let sample = |at: u64| {
        let memory =
            serde_json::from_str(r#"{"anonymous_kib":40000,"mapped_kib":9000,"geo_kib":70000}"#).unwrap();
        memory::Sample { at_ms: at * 1000, memory }
    };
    let memory = memory::Outcome {
        conditions: conditions(),
        seconds: 1800,
        planned_per_second: 30_000,
        half_per_second: 30_000,
        resident_kib_max: 49_000,
        geo_kib_max: 70_000,
        growth_kib_per_minute: 0,
        figures: figures(30_000, 300),
        samples: (0..100).map(sample).collect(),
        check: Check::default(),
    };
    let parts = Parts { whole: Some(entry(whole)), memory: Some(entry(memory)), ..Parts::default() };
    let picture = draw(&parts);
    assert!(picture.contains("at most 5 s") && picture.contains("at most 76 MiB"), "{picture}");
    assert!(picture.contains("at 21000 clicks/s") && !picture.contains("NaN"));
}

#[test]
fn one_round_and_one_sample_can_be_drawn() {
    let mut one = compared();
    one.comparison = Comparison::of(vec![Pair { signalbox: figures(0, 0), nginx: None }]);
    let picture =
        draw(&Parts { fsync: Some(entry(one.clone())), latency: Some(entry(one)), ..Parts::default() });
    assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
}

#[test]
fn scales_end_at_round_numbers() {
    let nice: Vec<_> = [0.0, 0.7, 1.2, 3.0, 74_000.0, 130_000.0].map(nice).map(short).into();
    assert_eq!(nice, ["1", "0.80", "2", "4", "80k", "200k"]);
    assert_eq!([0.014, 0.25, 1.4, 12.0, 1_500.0].map(short), ["0.01", "0.25", "1.4", "12", "1.5k"]);
    assert_eq!([1.0, 5.0, 20.0, 4000.0, 80_000.0, 100_000.0].map(steps), [5, 5, 4, 4, 4, 5]);
}
