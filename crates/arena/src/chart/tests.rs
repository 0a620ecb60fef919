use campaign_pilot_sandbox::World;

use super::axis::Axis;
use crate::summary::Summary;
use crate::summary::tests::{Profits, summary};

/// Made-up profits with what charts find hard: gains and losses of very different sizes, and worlds that hardly differ.
fn made_up() -> Summary {
    let names = ["engine", "oracle", "no-ads", "matrix", "matrix-equal", "rules", "thompson", "always-on", "relaunch"];
    let means: [[f64; 9]; 4] = [
        [6.2, 9.8, 0.0, 4.1, 3.6, 2.2, 3.1, 5.0, 5.6],
        [-0.2, 1.1, 0.0, -6.3, -5.2, -8.0, -3.1, -41.0, -38.0],
        [0.3, 0.6, 0.0, 0.1, -0.1, -0.4, 0.2, -0.5, 0.05],
        [3.0, 4.1, 0.0, 2.0, 1.0, -1.0, 1.4, -4.4, -3.0],
    ];
    let around = |mean: f64, spread: f64| [-1.0, 0.2, 0.8].map(|off| mean + off * (spread + 0.05 * mean.abs()));
    let seeds = means.map(|means| means.map(|mean| around(mean, means[1] * 0.15 + 0.02)));
    let rows = seeds.each_ref().map(|seeds| {
        let row = names.into_iter().zip(seeds).map(|(name, seeds)| (name, seeds.as_slice()));
        row.collect::<Vec<_>>()
    });
    let worlds = ["today", "brand-loyal", "tiny", "a <b> & c"].map(|name| World { name: name.to_owned(), ..World::default() });
    let profits: Vec<Profits<'_>> = worlds.into_iter().zip(&rows).map(|(world, row)| (world, row.as_slice())).collect();
    summary(90, &profits)
}

/// Whether every element of an XML document is closed in its order, and every attribute quoted.
fn is_well_formed(xml: &str) -> bool {
    let mut open = Vec::new();
    for piece in xml.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else { return false };
        if text.contains('>') || tag.matches('"').count() % 2 != 0 {
            return false;
        }
        let name = |tag: &str| tag.split([' ', '/']).next().unwrap().to_owned();
        match tag.strip_prefix('/') {
            Some(closed) if open.pop() != Some(name(closed)) => return false,
            Some(_) => {}
            None if tag.ends_with('/') => {}
            None => open.push(name(tag)),
        }
    }
    open.is_empty()
}

#[test]
fn the_chart_is_well_formed_and_holds_every_world_and_contestant() {
    let summary = made_up();
    let chart = summary.chart();
    assert!(is_well_formed(&chart));
    assert!(!is_well_formed("<a><b></a></b>") && !is_well_formed("<a x=\"1>") && is_well_formed("<a><b x=\"1\"/></a>"));
    for world in ["today", "brand-loyal", "tiny", "a &lt;b&gt; &amp; c"] {
        assert!(chart.contains(&format!(">{world}</text>")), "{world}");
    }
    for contestant in &summary.contestants {
        assert_eq!(chart.matches(&format!("<title>{contestant}: ")).count(), 4, "{contestant}");
    }
    if let Some(folder) = std::env::var_os("CAMPAIGN_PILOT_CHARTS") {
        std::fs::write(std::path::Path::new(&folder).join("arena.svg"), &chart).unwrap();
    }
    assert!(!chart.contains("NaN") && !chart.contains("inf"));
}

#[test]
fn what_lies_far_off_is_cut_off_with_its_value() {
    let chart = made_up().chart();
    // In `brand-loyal` alone the axis would reach from -41 to 1.
    assert!(chart.contains(">-41.0</text>") && chart.contains(">-38.0</text>"));
    assert!(!chart.contains(">-4.4</text>"));
}

#[test]
fn an_axis_has_round_steps_and_holds_zero() {
    let axes: Vec<Axis> = made_up().worlds.iter().map(Axis::of).collect();
    let ticks = |axis: &Axis| axis.ticks().map(|tick| axis.label(tick)).collect::<Vec<_>>();
    assert_eq!(ticks(&axes[0]), ["-2.5", "0 %", "+2.5", "+5.0", "+7.5", "+10.0", "+12.5"]);
    for axis in &axes {
        assert!(axis.holds(0.0) && axis.low < axis.high && (3..=9).contains(&axis.ticks().count()));
        assert!((axis.x(0.0) - 236.0) * (912.0 - axis.x(0.0)) >= 0.0);
    }
    // Nothing but zero.
    let nobody = summary(1, &[(World::default(), &[("no-ads", &[0.0])])]);
    let axis = Axis::of(&nobody.worlds[0]);
    assert!(axis.low < 0.0 && axis.high > 0.0 && is_well_formed(&nobody.chart()));
}
