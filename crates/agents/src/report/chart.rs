//! The geometry of the charts: everything that the template writes into SVG is computed here.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

/// The drawing area in units of the view box, margins for the labels taken off.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 708.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 196.0;

/// A line over time.
pub(super) struct Series {
    /// The style's name in the style sheet.
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    /// One value a day; a gap where there is none.
    pub(super) values: Vec<Option<Decimal>>,
    /// Whether the space down to zero is filled.
    pub(super) filled: bool,
}

/// A chart of lines, as the template draws it.
#[derive(Serialize)]
pub(super) struct LineChart {
    pub(super) title: &'static str,
    pub(super) unit: String,
    grid: Vec<Tick>,
    ticks: Vec<Tick>,
    zero: String,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Tick {
    at: String,
    label: String,
}

#[derive(Serialize)]
struct Line {
    class: &'static str,
    name: &'static str,
    path: String,
    area: Option<String>,
    dots: Vec<Dot>,
}

#[derive(Serialize)]
struct Dot {
    x: String,
    y: String,
    title: String,
}

/// Lines over the same days; `None` where there is not a single value to draw.
pub(super) fn lines(title: &'static str, unit: String, days: &[String], series: &[Series]) -> Option<LineChart> {
    let known = series.iter().flat_map(|series| series.values.iter().flatten().copied());
    let (low, high) = known.fold(None, |range: Option<(Decimal, Decimal)>, value| {
        Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
    })?;
    let scale = Scale::over(low, high);
    let x = |index: usize| match days.len() {
        0 | 1 => f64::midpoint(LEFT, RIGHT),
        count => LEFT + (RIGHT - LEFT) * index as f64 / (count - 1) as f64,
    };
    let every = days.len().div_ceil(8).max(1);
    let ticks = days.iter().enumerate().step_by(every);
    Some(LineChart {
        title,
        unit,
        grid: scale.ticks().map(|value| Tick { at: unit_text(scale.y(value)), label: scale.label(value) }).collect(),
        ticks: ticks.map(|(index, day)| Tick { at: unit_text(x(index)), label: day.clone() }).collect(),
        zero: unit_text(scale.y(0.0)),
        lines: series.iter().map(|series| line(series, days, &scale, x)).collect(),
    })
}

fn line(series: &Series, days: &[String], scale: &Scale, x: impl Fn(usize) -> f64) -> Line {
    let points: Vec<Option<(f64, f64)>> = series
        .values
        .iter()
        .enumerate()
        .map(|(index, value)| value.and_then(|value| value.to_f64()).map(|value| (x(index), scale.y(value))))
        .collect();
    let zero = unit_text(scale.y(0.0));
    let mut path = String::new();
    let mut area = String::new();
    for run in points.split(Option::is_none).filter(|run| !run.is_empty()) {
        let run: Vec<String> = run.iter().flatten().map(|(x, y)| format!("{} {}", unit_text(*x), unit_text(*y))).collect();
        path.push_str(&format!("M{}", run.join("L")));
        let ends = run.first().and_then(|first| first.split_once(' ')).zip(run.last().and_then(|last| last.split_once(' ')));
        if let Some(((from, _), (to, _))) = ends {
            area.push_str(&format!("M{from} {zero}L{}L{to} {zero}Z", run.join("L")));
        }
    }
    let named = days.iter().zip(&series.values).zip(&points);
    let dots = named.filter_map(|((day, value), point)| {
        let ((x, y), value) = point.zip(*value)?;
        Some(Dot { x: unit_text(x), y: unit_text(y), title: format!("{day}: {}", super::number::number(value, 2)) })
    });
    Line { class: series.class, name: series.name, path, area: series.filled.then_some(area), dots: dots.collect() }
}

/// A bar, as the template draws it on a track 1000 units wide.
#[derive(Serialize)]
pub(super) struct Bar {
    pub(super) name: String,
    /// The value as text, or why there is none.
    pub(super) value: String,
    pub(super) class: &'static str,
    start: String,
    width: String,
    zero: String,
}

/// Bars from zero, sharing one scale; each has its name, its value and the value as text.
pub(super) fn bars(items: Vec<(String, Option<Decimal>, String)>) -> Vec<Bar> {
    let values = || items.iter().filter_map(|(_, value, _)| value.and_then(|value| value.to_f64()));
    let low = values().fold(0.0_f64, f64::min);
    let high = values().fold(0.0_f64, f64::max);
    let width = if high - low > 0.0 { high - low } else { 1.0 };
    let place = |value: f64| 1000.0 * (value - low) / width;
    items
        .into_iter()
        .map(|(name, value, text)| {
            let end = value.and_then(|value| value.to_f64()).unwrap_or(0.0);
            let (from, to) = (place(end.min(0.0)), place(end.max(0.0)));
            Bar {
                name,
                value: text,
                class: if end < 0.0 { "loss" } else { "gain" },
                start: unit_text(from),
                width: unit_text(to - from),
                zero: unit_text(place(0.0)),
            }
        })
        .collect()
}

/// A vertical scale with round steps that holds zero.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    fn over(low: Decimal, high: Decimal) -> Self {
        let low = low.to_f64().unwrap_or(0.0).min(0.0);
        let high = high.to_f64().unwrap_or(0.0).max(0.0);
        let span = if high - low > 0.0 { high - low } else { 1.0 };
        let power = 10.0_f64.powf((span / 4.0).log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| span / step <= 5.0);
        let step = step.unwrap_or(span);
        let high = if high - low > 0.0 { high } else { step };
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * (value - self.low) / (self.high - self.low)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (low, high, step) = (self.low, self.high, self.step);
        (0_u8..12).map(move |index| low + f64::from(index) * step).take_while(move |value| *value <= high + step / 2.0)
    }

    fn label(&self, value: f64) -> String {
        let digits = if self.step >= 1.0 && (self.step - self.step.round()).abs() < 1e-9 { 0 } else { 2 };
        Decimal::from_f64_retain(value).map_or_else(String::new, |value| super::number::number(value, digits))
    }
}

/// A coordinate with one decimal, never `-0.0`.
fn unit_text(value: f64) -> String {
    let text = format!("{value:.1}");
    if text == "-0.0" { "0.0".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    fn days(count: usize) -> Vec<String> {
        (1..=count).map(|day| format!("Oct {day}")).collect()
    }

    fn series(values: Vec<Option<Decimal>>) -> Vec<Series> {
        vec![Series { class: "spend", name: "Spend", values, filled: true }]
    }

    #[test]
    fn scales_are_round_and_hold_zero() {
        let scale = Scale::over(dec!(12), dec!(87));
        assert_eq!((scale.low, scale.high, scale.step), (0.0, 100.0, 20.0));
        assert_eq!(scale.ticks().map(|tick| scale.label(tick)).collect::<Vec<_>>(), ["0", "20", "40", "60", "80", "100"]);
        let scale = Scale::over(dec!(-3), dec!(1));
        assert_eq!((scale.low, scale.high), (-3.0, 1.0));
        let scale = Scale::over(dec!(0), dec!(0));
        assert!(scale.high > scale.low);
    }

    #[test]
    fn a_gap_breaks_the_line() {
        let values = vec![Some(dec!(0)), Some(dec!(10)), None, Some(dec!(5))];
        let chart = lines("t", "EUR".into(), &days(4), &series(values)).unwrap();
        assert_eq!(chart.lines[0].path, "M64.0 196.0L278.7 14.0M708.0 105.0");
        assert_eq!(chart.lines[0].dots.len(), 3);
        assert_eq!(chart.lines[0].dots[2].title, "Oct 4: 5.00");
    }

    #[test]
    fn nothing_known_is_no_chart_and_one_day_is_one() {
        assert!(lines("t", String::new(), &days(2), &series(vec![None, None])).is_none());
        assert!(lines("t", String::new(), &days(0), &series(vec![])).is_none());
        assert!(lines("t", String::new(), &days(1), &series(vec![Some(dec!(0))])).is_some());
    }

    #[test]
    fn bars_start_at_zero_on_either_side() {
        let bars = bars(vec![
            ("a".into(), Some(dec!(3)), "3".into()),
            ("b".into(), Some(dec!(-1)), "-1".into()),
            ("c".into(), None, "-".into()),
        ]);
        let seen: Vec<_> = bars.iter().map(|bar| (bar.class, bar.start.as_str(), bar.width.as_str())).collect();
        assert_eq!(seen, [("gain", "250.0", "750.0"), ("loss", "0.0", "250.0"), ("gain", "250.0", "0.0")]);
    }
}
