//! One panel: values over rounds or time, or bars on a scale of powers of ten.

use super::svg::{Anchor, Svg};

/// Place and size.
type Frame = ((f64, f64), (f64, f64));

/// Title, note and what is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel<'a> {
    pub(super) title: &'a str,
    pub(super) note: &'a str,
    pub(super) unit: &'a str,
    /// A value that is not to be exceeded.
    pub(super) bound: Option<f64>,
}

/// Values of one server.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    pub(super) class: &'static str,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) dots: bool,
}

/// Three latencies, milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bars {
    pub(super) names: [&'static str; 3],
    pub(super) ours: [f64; 3],
    pub(super) nginx: Option<[f64; 3]>,
}

/// The smallest bar ends here, milliseconds.
const SCALE_MIN: f64 = 0.01;

impl Panel<'_> {
    /// What was not measured.
    pub(super) fn empty(svg: &mut Svg, ((x, y), (_, height)): Frame, title: &str) {
        svg.text((x + 14.0, y + 22.0), ("name", Anchor::Start), title);
        svg.text((x + 14.0, y + height / 2.0), ("dim", Anchor::Start), "not measured yet");
    }

    /// Values over rounds or time.
    pub(super) fn traces(&self, svg: &mut Svg, frame: Frame, traces: &[Trace]) {
        let (left, top, right, bottom) = self.heading(svg, frame);
        let all = || traces.iter().flat_map(|trace| &trace.points);
        let y_max = nice(all().map(|point| point.1).chain(self.bound).fold(0.0, f64::max));
        // Rounds begin with the first one, time with nothing.
        let x_min = if self.unit.is_empty() { 1.0 } else { 0.0 };
        let x_max = all().map(|point| point.0).fold(x_min + 1e-9, f64::max);
        let place = |(x, y): (f64, f64)| {
            (left + (x - x_min) / (x_max - x_min) * (right - left), bottom - y / y_max * (bottom - top))
        };
        let steps = steps(y_max);
        for step in 0..=steps {
            let value = y_max * f64::from(step) / f64::from(steps);
            let (_, y) = place((x_min, value));
            svg.line("grid", (left - 8.0, y), (right + 8.0, y));
            svg.text((left - 12.0, y + 4.0), ("dim", Anchor::End), &short(value));
        }
        let last = if self.unit.is_empty() { format!("round {x_max:.0}") } else { short(x_max) };
        svg.text((left, bottom + 18.0), ("dim", Anchor::Middle), &short(x_min));
        svg.text((right, bottom + 18.0), ("dim", Anchor::Middle), &last);
        if let Some(bound) = self.bound {
            let (_, y) = place((x_min, bound));
            svg.line("bound", (left - 8.0, y), (right + 8.0, y));
            let text = format!("at most {} {}", short(bound), self.unit);
            svg.text((right + 8.0, y - 5.0), ("bound-text", Anchor::End), &text);
        }
        for trace in traces.iter().filter(|trace| !trace.points.is_empty()) {
            let points: Vec<_> = trace.points.iter().copied().map(place).collect();
            svg.path(&format!("{}-line", trace.class), &points);
            if trace.dots {
                points.iter().for_each(|point| svg.point(trace.class, *point));
            }
        }
    }

    /// Latencies, shortest first.
    pub(super) fn bars(&self, svg: &mut Svg, frame: Frame, bars: &Bars) {
        let (left, top, right, bottom) = self.heading(svg, frame);
        let longest = bars.ours.iter().chain(bars.nginx.iter().flatten()).copied().fold(1.0, f64::max);
        // Room for the figure behind the longest bar.
        let decades = (longest / SCALE_MIN).log10().ceil() + 0.7;
        let width = |value: f64| (value.max(SCALE_MIN) / SCALE_MIN).log10() / decades * (right - left);
        let mut tick = SCALE_MIN;
        while width(tick) <= right - left {
            let x = left + width(tick);
            svg.line("grid", (x, top), (x, bottom));
            svg.text((x, bottom + 16.0), ("dim", Anchor::Middle), &short(tick));
            tick *= 10.0;
        }
        let row = (bottom - top) / 3.0;
        for (number, name) in bars.names.iter().enumerate() {
            let y = top + row * number as f64 + row / 2.0;
            svg.text((left - 8.0, y + 4.0), ("dim", Anchor::End), name);
            let ours = ("ours", bars.ours[number], y - 15.0);
            let nginx = bars.nginx.map(|nginx| ("nginx", nginx[number], y + 2.0));
            for (class, value, y) in [Some(ours), nginx].into_iter().flatten() {
                svg.bar(class, (left, y), (width(value), 13.0));
                svg.text((left + width(value) + 6.0, y + 10.5), ("dim", Anchor::Start), &short(value));
            }
        }
    }

    /// Title and note; where the drawing goes: left, top, right, bottom.
    fn heading(&self, svg: &mut Svg, ((x, y), (width, height)): Frame) -> (f64, f64, f64, f64) {
        svg.text((x + 14.0, y + 22.0), ("name", Anchor::Start), self.title);
        svg.text((x + 14.0, y + 40.0), ("dim", Anchor::Start), self.note);
        (x + 62.0, y + 62.0, x + width - 22.0, y + height - 30.0)
    }
}

/// The next round number above.
pub(super) fn nice(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 4.0, 5.0, 8.0, 10.0].iter().map(|step| step * power).find(|top| *top >= value).unwrap_or(value)
}

/// Into how many equal steps a scale that ends at a round number is cut, so that each is round as well.
pub(super) fn steps(top: f64) -> u32 {
    let power = 10_f64.powf(top.log10().floor());
    if (4.5..5.5).contains(&(top / power)) || top / power < 1.5 { 5 } else { 4 }
}

/// A number as short as it can be told: `120k`, `5`, `0.25`.
pub(super) fn short(value: f64) -> String {
    let text = match value {
        value if value >= 10_000.0 => format!("{:.0}k", value / 1000.0),
        value if value >= 1_000.0 => format!("{:.1}k", value / 1000.0),
        value if value >= 10.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    };
    match text.split_once('.') {
        Some((whole, "0" | "00")) => whole.to_owned(),
        Some((whole, "0k")) => format!("{whole}k"),
        _ => text,
    }
}
