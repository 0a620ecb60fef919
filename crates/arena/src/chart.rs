//! The picture of a tournament: each contestant's profit in each world.

mod axis;
mod marker;

use crate::summary::{Estimate, Outcome, Summary, WorldSummary};

use axis::Axis;
use marker::Style;

/// The whole width, and where the axes begin and end, in units of the view box.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 236.0;
const RIGHT: f64 = 912.0;
/// The height of a contestant's line.
const LINE: f64 = 12.0;
/// The space above the first line of a world, and below its last one, where the axis is labelled.
const ABOVE: f64 = 8.0;
const BELOW: f64 = 26.0;
/// Where the legend's lines are, and the first world.
const LEGEND: [f64; 2] = [20.0, 44.0];
const TOP: f64 = 68.0;

const SHEET: &str = "\
text{fill:currentColor;font:12px system-ui,-apple-system,'Segoe UI',sans-serif}\
.world{font-weight:600;font-size:13px}\
.small{font-size:10.5px;opacity:.75}\
.value{font-size:10.5px;font-weight:600}\
.name{font-size:10.5px}.strong{font-size:11px;font-weight:600}\
.end{text-anchor:end}.middle{text-anchor:middle}\
.grid{stroke:currentColor;opacity:.13}.zero{stroke:currentColor;opacity:.75;stroke-width:1.4}\
.loss{fill:currentColor;opacity:.055}\
.mark{stroke-width:1.5;fill:none}.mark.full{fill:currentColor}.bar{stroke:currentColor;stroke-width:1.3;opacity:.75}\
.mark{stroke:currentColor}.main .bar{stroke-width:3.2;opacity:.55}\
svg{color:#1f2328}.c0{color:#0063a6}.c1{color:#c04a00}.c2{color:#00795a}.c3{color:#a14f83}.c4{color:#8a6d00}.c5{color:#6b7280}\
@media (prefers-color-scheme:dark){svg{color:#e6edf3}.c0{color:#58b6f2}.c1{color:#ff9457}.c2{color:#35c79a}.c3{color:#e39ac6}\
.c4{color:#e0bf3d}.c5{color:#9aa3af}}";

impl Summary {
    /// A picture as an SVG document: a row for each world, in it a mark at each contestant's mean profit and a bar over its 95 % interval,
    /// in percent of the gross profit of the shop without advertising.
    ///
    /// Every world has an axis of its own. What lies far beyond what the engine, the oracle and most others reach is cut off, with an
    /// arrow and its value at the edge. The colours suit a light and a dark background, and colour-blind readers.
    #[must_use]
    pub fn chart(&self) -> String {
        let mut body = legend();
        let mut top = TOP;
        for world in &self.worlds {
            body.push_str(&row(world, &self.contestants, top));
            top += height(world);
        }
        let days = self.days;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top}\" role=\"img\" aria-label=\"Profit of each contestant in \
             each world\">\n<style>{SHEET}</style>\n<title>Profit of {days} days of advertising in each world, in percent of the gross profit \
             of the shop without advertising</title>\n{body}</svg>\n"
        )
    }
}

fn height(world: &WorldSummary) -> f64 {
    ABOVE + LINE * world.outcomes.len() as f64 + BELOW
}

/// The title, and what the marks mean.
fn legend() -> String {
    let [first, second] = LEGEND;
    let (middle, shade, arrows) = (second - 4.0, LEFT + 292.0, LEFT + 500.0);
    let (bar, zero) = (LEFT + 14.0, shade + 24.0);
    let title = format!(
        "<text x=\"8\" y=\"{first}\" class=\"world\">Profit after the cost of advertising</text>\
         <text x=\"278\" y=\"{first}\" class=\"small\">in percent of the shop's gross profit without advertising; each world has an axis \
         of its own</text>\n"
    );
    let interval = format!(
        "<g class=\"c0 main\"><line class=\"bar\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{middle}\" y2=\"{middle}\"/>{}</g>\
         <text x=\"{}\" y=\"{second}\">mean of the seeds, 95 % interval</text>\n",
        bar + 14.0,
        Style::engine().mark(bar, middle),
        bar + 22.0,
    );
    let losses = format!(
        "<rect class=\"loss\" x=\"{shade}\" y=\"{top}\" width=\"24\" height=\"16\"/>\
         <line class=\"zero\" x1=\"{zero}\" x2=\"{zero}\" y1=\"{top}\" y2=\"{}\"/><text x=\"{}\" y=\"{second}\">a loss to the left of \
         zero</text>\n",
        middle + 8.0,
        zero + 8.0,
        top = middle - 8.0,
    );
    let beyond = format!(
        "<g class=\"c5\">{}</g><text x=\"{}\" y=\"{second}\">beyond the axis</text>\n",
        arrow(arrows, arrows + 8.0, "start", middle, "-41.0"),
        arrows + 52.0,
    );
    [title, interval, losses, beyond].concat()
}

/// A world: its name, its axis and a line for each contestant.
fn row(world: &WorldSummary, contestants: &[&'static str], top: f64) -> String {
    let axis = Axis::of(world);
    let (low, high) = (top + ABOVE - 6.0, top + ABOVE + LINE * world.outcomes.len() as f64);
    let seeds = match world.seeds() {
        1 => "1 seed".to_owned(),
        seeds => format!("{seeds} seeds"),
    };
    let zero = axis.x(0.0);
    let mut row = format!(
        "<g>\n<text x=\"8\" y=\"{y}\" class=\"world\">{name}</text><text x=\"8\" y=\"{}\" class=\"small\">{seeds}</text>\
         <rect class=\"loss\" x=\"{LEFT}\" y=\"{low}\" width=\"{:.1}\" height=\"{:.1}\"/>\n",
        top + ABOVE + 20.0,
        zero - LEFT,
        high - low,
        y = top + ABOVE + 5.0,
        name = escaped(&world.name),
    );
    for tick in axis.ticks() {
        let (x, class) = (axis.x(tick), if tick.abs() < axis.step / 2.0 { "zero" } else { "grid" });
        row.push_str(&format!(
            "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{low}\" y2=\"{high}\"/>\
             <text x=\"{x:.1}\" y=\"{}\" class=\"small middle\">{}</text>\n",
            high + 13.0,
            axis.label(tick),
        ));
    }
    for (index, outcome) in world.outcomes.iter().enumerate() {
        let style = Style::of(outcome.contestant, contestants);
        row.push_str(&line(outcome, style, &axis, top + ABOVE + LINE * index as f64));
    }
    row.push_str("</g>\n");
    row
}

/// A contestant's line: its name, the interval and the mark.
fn line(outcome: &Outcome, style: Style, axis: &Axis, y: f64) -> String {
    let profit = outcome.profit_percent;
    let name = escaped(outcome.contestant);
    let (class, text) = if style.is_main() { (" main", "strong") } else { ("", "name") };
    let mut line = format!(
        "<g class=\"c{}{class}\"><title>{name}: {}</title><text x=\"{}\" y=\"{}\" class=\"{text} end\">{name}</text>",
        style.colour,
        in_words(profit),
        LEFT - 8.0,
        y + 4.0,
    );
    if let (Some(low), Some(high)) = (profit.low(), profit.high()) {
        let (from, to) = (axis.x(low), axis.x(high));
        line.push_str(&format!("<line class=\"bar\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{y}\" y2=\"{y}\"/>"));
    }
    line.push_str(&if profit.mean < axis.low {
        arrow(LEFT, LEFT + 8.0, "start", y, &axis.value(profit.mean))
    } else if profit.mean > axis.high {
        arrow(RIGHT, RIGHT - 8.0, "end", y, &axis.value(profit.mean))
    } else {
        style.mark(axis.x(profit.mean), y)
    });
    if style.is_main() && axis.holds(profit.mean) {
        let x = axis.x(profit.high().unwrap_or(profit.mean)).max(axis.x(profit.mean) + 6.0) + 5.0;
        line.push_str(&format!("<text x=\"{x:.1}\" y=\"{}\" class=\"value\">{}</text>", y + 4.0, axis.value(profit.mean)));
    }
    line.push_str("</g>\n");
    line
}

/// A mark at the edge for a mean beyond it, with its value beside.
fn arrow(edge: f64, base: f64, anchor: &str, y: f64, value: &str) -> String {
    let beside = base + (base - edge) / 2.0;
    format!(
        "<path class=\"mark full\" d=\"M{edge} {y}L{base} {}L{base} {}Z\"/>\
         <text x=\"{beside}\" y=\"{}\" class=\"value\" text-anchor=\"{anchor}\">{value}</text>",
        y - 4.0,
        y + 4.0,
        y + 4.0,
    )
}

fn in_words(profit: Estimate) -> String {
    match (profit.low(), profit.high()) {
        (Some(low), Some(high)) => format!("{:+.2} % ({low:+.2} to {high:+.2})", profit.mean),
        _ => format!("{:+.2} %", profit.mean),
    }
}

/// Text as XML holds it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
