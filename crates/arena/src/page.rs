//! A tournament as a page of documentation.

mod markdown;

use crate::summary::{ENGINE, Estimate, FIGURES, ORACLE, Summary, VERDICTS, WorldSummary};
use crate::tournament::Entrant;

use markdown::{item, paragraph, table};

/// A tournament as a page in Markdown, beside which lies [`Summary::chart`] as `arena.svg`.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What is told.
    pub summary: &'a Summary,
    /// Who flew.
    pub entrants: &'a [Entrant],
    /// The command that makes the page again.
    pub command: &'a str,
    /// The commit that it was made from.
    pub commit: &'a str,
}

impl Page<'_> {
    /// The page.
    #[must_use]
    pub fn text(&self) -> String {
        [self.head(), self.profits(), self.figures(), self.verdicts(), self.worlds(), self.contestants()].concat()
    }

    fn head(&self) -> String {
        let Summary { days, seeds, worlds, .. } = self.summary;
        let (command, commit) = (self.command, self.commit);
        let about = format!(
            "Advertising policies against each other in {} simulated markets. Each contestant acts for {days} days in the same market with \
             the same shoppers, sees what a merchant sees, and is held to the same caps. The simulator runs each market without any \
             advertising, too, and goes on for four weeks after the last day, in which goods come back: profit is what the merchant earned \
             more than without advertising, after its cost, in percent of the shop's gross profit without advertising.",
            worlds.len()
        );
        let large = "Worlds with more than 2,000 products are flown with three seeds at most. The simulated markets are kinder or harsher \
                     than yours: the figures compare policies, and promise nothing.";
        format!(
            "# The arena\n\n{}\n| | |\n|---|---|\n| command | `{command}` |\n| commit | `{commit}` |\n| days, seeds | {days}, {seeds} \
             |\n\n{}\n![Profit of each contestant in each world](arena.svg)\n",
            paragraph(&about),
            paragraph(large)
        )
    }

    fn profits(&self) -> String {
        let contestants = &self.summary.contestants;
        let mut header = vec!["world".to_owned(), "seeds".to_owned()];
        header.extend(contestants.iter().map(|name| format!("`{name}`")));
        let rows = self.summary.worlds.iter().map(|world| {
            let best = best(world);
            let cell = |name: &&str| {
                let profit = world.outcome(name).map(|outcome| outcome.profit_percent);
                let text = profit.map_or_else(|| "-".to_owned(), with_margin);
                if best == Some(*name) { format!("**{text}**") } else { text }
            };
            let mut row = vec![world.name.clone(), world.seeds().to_string()];
            row.extend(contestants.iter().map(cell));
            row
        });
        let about = "In percent of the shop's gross profit without advertising: the mean of the seeds, and how far its 95 % interval \
                     (Student's t) reaches to either side. The best contestant that does not know the truth is bold.";
        format!("\n## Profit\n\n{}\n{}", paragraph(about), table(&header, rows))
    }

    fn figures(&self) -> String {
        let figures = self.summary.figures();
        let rows = FIGURES.iter().filter(|(name, _)| !name.starts_with("verdict_")).filter_map(|(name, meaning)| {
            let value = number(*figures.get(name)?);
            Some(vec![format!("`{name}`"), value, (*meaning).to_owned()])
        });
        let header = ["figure", "value", "meaning"].map(str::to_owned);
        let about = "Leads are paired: they are the means of the differences between two contestants in the same world with the same seed. \
                     For each seed the mean over all worlds is taken, and the interval is that of these means; worlds with fewer seeds are \
                     a group of their own, with such means and an interval, and the groups are added up by their numbers of worlds.";
        format!("\n## Figures\n\n{}\n{}", table(&header, rows), paragraph(about))
    }

    /// The engine's verdicts; nothing where it gave none.
    fn verdicts(&self) -> String {
        let verdicts = self.summary.verdicts(ENGINE);
        let all: u64 = verdicts.values().map(|judged| judged.given).sum();
        if all == 0 {
            return String::new();
        }
        let rows = VERDICTS.iter().filter_map(|(name, ..)| {
            let judged = verdicts.get(name).filter(|judged| judged.given > 0)?;
            let percent = |part: u64, whole: u64| format!("{:.1} %", 100.0 * part as f64 / whole as f64);
            let gain = format!("{:+.2}", judged.gained / judged.given as f64);
            let name = name.replace('_', " ");
            Some(vec![name, judged.given.to_string(), percent(judged.given, all), percent(judged.right, judged.given), gain])
        });
        let header = ["verdict", "given", "of all", "right", "gain of one"].map(str::to_owned);
        let about = "The engine's verdicts in all flights. One that lets a campaign go on is right where the simulator expects more from \
                     going on until its end than from ending it now; one that stops it is right where it does not. The gain is what is \
                     expected of that choice over the other one, in the shop's currency.";
        format!("\n## Verdicts\n\n{}\n{}", paragraph(about), table(&header, rows))
    }

    fn worlds(&self) -> String {
        let items = self.summary.worlds.iter().map(|world| item(&world.name, &world.about));
        format!("\n## Worlds\n\n{}", items.collect::<String>())
    }

    fn contestants(&self) -> String {
        let items = self.entrants.iter().map(|entrant| item(&format!("`{}`", entrant.name), entrant.about));
        format!("\n## Contestants\n\n{}", items.collect::<String>())
    }
}

/// The contestant that earns most, apart from the oracle; `None` where two do.
fn best(world: &WorldSummary) -> Option<&'static str> {
    let mut others: Vec<_> = world.outcomes.iter().filter(|outcome| outcome.contestant != ORACLE).collect();
    others.sort_by(|a, b| b.profit_percent.mean.total_cmp(&a.profit_percent.mean));
    match others.as_slice() {
        [first, second, ..] => (first.profit_percent.mean > second.profit_percent.mean).then_some(first.contestant),
        _ => None,
    }
}

fn with_margin(profit: Estimate) -> String {
    let mean = signed(profit.mean);
    profit.margin.map_or_else(|| mean.clone(), |margin| format!("{mean} ± {margin:.1}"))
}

/// A percentage with its sign and one decimal; zero has no sign.
fn signed(value: f64) -> String {
    if value.abs() < 0.05 { "0.0".to_owned() } else { format!("{value:+.1}") }
}

/// A figure with the digits that matter.
fn number(value: f64) -> String {
    match value.abs() {
        _ if value.fract().abs() < 1e-9 => format!("{value:.0}"),
        size if size < 10.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

#[cfg(test)]
mod tests;
