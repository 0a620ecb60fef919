//! Rates of products and levels of days, in turns.

use super::days::{Level, Seen};
use super::panel::{Days, Panel, Product};

/// Turns at most, and how little has to change in the last.
const TURNS: usize = 40;
const SETTLED: f64 = 1e-6;

/// Turns after which the sizes of what moves the shop are learned.
const LEARNED: [usize; 2] = [2, 5];

/// Orders that the mean of all products weighs in that of a category.
const CATEGORY_ORDERS: f64 = 20.0;

/// Days of a stretch over which rates may drift.
const STRETCH: u32 = 28;

/// Products that share a prior.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    orders: f64,
    exposure: f64,
    rate: f64,
}

/// What was fitted to the days without ads.
#[derive(Debug)]
pub(super) struct Fit {
    level: Level,
    seen: Seen,
    levels: Levels,
    rates: Vec<f64>,
    exposures: Vec<f64>,
    groups: Vec<Group>,
    shape: f64,
    pub(super) dispersion: f64,
}

/// What is expected of the advertised products.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) orders: f64,
    /// Of observed less expected orders, but for which credited orders were caused.
    pub(super) variance: f64,
    pub(super) control_share: f64,
    pub(super) days_without_control: u32,
}

impl Fit {
    /// `None` when nothing was sold or no day is free of ads.
    pub(super) fn new(panel: &Panel) -> Option<Self> {
        if panel.products.iter().map(|product| product.orders).sum::<f64>() <= 0.0 {
            return None;
        }
        let mut orders = vec![0.0; panel.days];
        for (product, days) in panel.products.iter().flat_map(|product| product.free.iter().map(move |days| (product, days))) {
            for (day, sold) in product.cells(days) {
                orders.get_mut(day as usize).into_iter().for_each(|orders| *orders += sold);
            }
        }
        let level = Level::flat(panel.days);
        let mut fit = Self {
            levels: Levels::new(level.modes()),
            level,
            seen: Seen { orders, rates: Vec::new(), dispersion: 1.0 },
            rates: Vec::new(),
            exposures: Vec::new(),
            groups: Vec::new(),
            shape: 1.0,
            dispersion: 1.0,
        };
        for turn in 0..TURNS {
            fit.set_rates(panel);
            if LEARNED.contains(&turn) {
                fit.dispersion = fit.dispersion_of(panel);
                fit.seen.dispersion = fit.dispersion;
                fit.level.learn(&fit.seen);
            }
            fit.level.step(&fit.seen)?;
            let next = Levels::new(fit.level.modes());
            let change =
                next.each.iter().zip(&fit.levels.each).fold(0.0_f64, |most, (next, last)| most.max((next / last).ln().abs()));
            fit.levels = next;
            if turn > 5 && change < SETTLED {
                break;
            }
        }
        fit.levels = Levels::new(fit.level.means());
        fit.set_rates(panel);
        fit.dispersion = fit.dispersion_of(panel);
        Some(fit)
    }

    /// The rates of products with the levels of days as they are.
    fn set_rates(&mut self, panel: &Panel) {
        let exposure = |product: &Product| self.levels.over(&product.free);
        self.exposures = panel.products.iter().map(exposure).collect();
        let mut groups = vec![Group::default(); panel.groups];
        let mut all = [Group::default(); 2];
        for (product, exposure) in panel.products.iter().zip(&self.exposures) {
            let shared = all.iter_mut().skip(product.group % 2).take(1);
            for group in groups.iter_mut().skip(product.group).take(1).chain(shared) {
                group.orders += product.orders;
                group.exposure += exposure;
            }
        }
        let [plain, advertised] = all.map(|all| (all.orders + 0.5) / (all.exposure + f64::MIN_POSITIVE));
        for (index, group) in groups.iter_mut().enumerate() {
            let mean = if index % 2 == 1 { advertised } else { plain };
            group.rate = (group.orders + CATEGORY_ORDERS) / (group.exposure + CATEGORY_ORDERS / mean);
        }
        self.groups = groups;
        let (mut spread, mut squares) = (0.0, 0.0);
        for (product, exposure) in panel.products.iter().zip(&self.exposures) {
            let mean = self.group(product).rate * exposure;
            spread += (product.orders - mean).powi(2) - self.dispersion * mean;
            squares += mean * mean;
        }
        self.shape = if squares > 0.0 { (spread / squares).clamp(0.05, 20.0).recip() } else { 1.0 };
        let pull = self.shape * self.dispersion;
        self.rates = (panel.products.iter().zip(&self.exposures))
            .map(|(product, exposure)| (pull + product.orders) / (pull / self.group(product).rate + exposure))
            .collect();
        self.seen.rates = self.by_day(panel, |product, rate| (&product.free, rate));
    }

    fn group(&self, product: &Product) -> Group {
        self.groups.get(product.group).copied().unwrap_or_default()
    }

    /// The sum by day of a number of each product on some of its days.
    fn by_day<'a>(&self, panel: &'a Panel, of: impl Fn(&'a Product, f64) -> (&'a [Days], f64)) -> Vec<f64> {
        let mut sums = Steps::new(panel.days);
        for (product, rate) in panel.products.iter().zip(&self.rates) {
            let (days, number) = of(product, *rate);
            sums.add(days, number);
        }
        sums.sums()
    }

    /// Squared residuals over what they are when orders come one by one: of days and of stretches, the larger.
    fn dispersion_of(&self, panel: &Panel) -> f64 {
        let (mut daily, mut daily_chance, mut drifting, mut drifting_chance) = (0.0, 0.0, 0.0, 0.0);
        let pull = self.shape * self.dispersion;
        for ((product, rate), exposure) in panel.products.iter().zip(&self.rates).zip(&self.exposures) {
            let own = pull + rate * exposure;
            for days in &product.free {
                let squares = rate * rate * self.levels.squares_over(days);
                let cells = product.cells(days).map(|(day, orders)| orders * (orders - 2.0 * rate * self.levels.on(day)));
                daily += squares + cells.sum::<f64>();
                daily_chance += rate * self.levels.within(days) - squares / own;
            }
            let Some((first, last)) = product.free.first().zip(product.free.last()) else { continue };
            for stretch in first.start / STRETCH..=(last.end - 1) / STRETCH {
                let bounds = stretch * STRETCH..(stretch + 1) * STRETCH;
                let parts = product.free.iter().map(|days| days.start.max(bounds.start)..days.end.min(bounds.end));
                let (mut orders, mut mean) = (0.0, 0.0);
                for part in parts.filter(|part| !part.is_empty()) {
                    orders += product.orders_on(&part);
                    mean += rate * self.levels.within(&part);
                }
                drifting += (orders - mean).powi(2);
                drifting_chance += mean - mean * mean / own;
            }
        }
        let over = |squares: f64, chance: f64| if chance > 0.0 { squares / chance } else { 1.0 };
        over(daily, daily_chance).max(over(drifting, drifting_chance)).clamp(1.0, 100.0)
    }

    /// What is expected on the affected days, and how well.
    pub(super) fn expected(&self, panel: &Panel) -> Option<Expected> {
        let pull = self.shape * self.dispersion;
        let (mut orders, mut own) = (0.0, 0.0);
        let mut leaning = vec![0.0; self.groups.len()];
        let mut weights = Steps::new(panel.days);
        let mut members = vec![0.0; self.groups.len()];
        for ((product, rate), exposure) in panel.products.iter().zip(&self.rates).zip(&self.exposures) {
            members.iter_mut().skip(product.group).take(1).for_each(|members| *members += 1.0);
            let affected = self.levels.over(&product.affected);
            if affected <= 0.0 {
                continue;
            }
            let group = self.group(product);
            let information = pull / group.rate + exposure;
            orders += rate * affected;
            own += affected.powi(2) * self.dispersion * rate / information;
            // How the expectation follows the mean of its group.
            leaning
                .iter_mut()
                .skip(product.group)
                .take(1)
                .for_each(|sum| *sum += affected * pull * rate / (group.rate.powi(2) * information));
            weights.add(&product.affected, *rate);
            weights.add(&product.free, -rate * affected / exposure);
        }
        let prior: f64 = (self.groups.iter().zip(&leaning).zip(&members))
            .filter(|((_, leaning), _)| **leaning > 0.0)
            .map(|((group, leaning), members)| {
                let seen = self.dispersion * group.rate / (group.exposure + f64::MIN_POSITIVE);
                let between = group.rate.powi(2) / (self.shape * members);
                leaning.powi(2) * (seen + between)
            })
            .sum();
        let weights: Vec<f64> = weights.sums().iter().zip(&self.levels.each).map(|(weight, level)| weight * level).collect();

        let affected = self.by_day(panel, |product, rate| (&product.affected, rate));
        let (mut controlled, mut total, mut days_without_control) = (0.0, 0.0, 0);
        for ((affected, free), level) in affected.iter().zip(&self.seen.rates).zip(&self.levels.each) {
            // What differences leave of a sum is not a rate.
            if *affected > 1e-12 {
                controlled += affected * level * free / (affected + free);
                total += affected * level;
                days_without_control += u32::from(*free <= 1e-9 * affected);
            }
        }
        let levels = self.level.variance(&weights, &self.information(panel))?;
        Some(Expected {
            orders,
            variance: self.dispersion * orders + own + prior + levels,
            control_share: if total > 0.0 { controlled / total } else { 0.0 },
            days_without_control,
        })
    }

    /// What the orders say about the logarithms of levels when the rates of products are not known either:
    /// `Σ diag(μ) - μ μ' / Σ μ` over products. A product without ads on some days only says nothing about the level of these days
    /// beside that of others.
    fn information(&self, panel: &Panel) -> Vec<Vec<f64>> {
        let mut steps = vec![Steps::new(panel.days); panel.days + 1];
        for ((product, rate), exposure) in panel.products.iter().zip(&self.rates).zip(&self.exposures) {
            let shared = rate / exposure.max(f64::MIN_POSITIVE);
            for days in &product.free {
                for (day, change) in [(days.start, shared), (days.end, -shared)] {
                    steps.get_mut(day as usize).into_iter().for_each(|steps| steps.add(&product.free, change));
                }
            }
        }
        let mut running = Steps::new(panel.days);
        (steps.iter().zip(&self.levels.each).zip(&self.seen.rates).enumerate())
            .map(|(day, ((steps, level), rate))| {
                running.changes.iter_mut().zip(&steps.changes).for_each(|(sum, change)| *sum += change);
                let shared = running.sums();
                let mut row: Vec<f64> = (shared.iter().zip(&self.levels.each))
                    .map(|(shared, other)| -shared * level * other / self.dispersion)
                    .collect();
                row.iter_mut().skip(day).take(1).for_each(|entry| *entry += rate * level / self.dispersion);
                row
            })
            .collect()
    }
}

/// Levels of days with their running sums.
#[derive(Debug)]
struct Levels {
    each: Vec<f64>,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl Levels {
    fn new(each: Vec<f64>) -> Self {
        let running = |of: fn(f64) -> f64| {
            let sums = each.iter().scan(0.0, |sum, level| {
                *sum += of(*level);
                Some(*sum)
            });
            std::iter::once(0.0).chain(sums).collect()
        };
        Self { sums: running(|level| level), squares: running(|level| level * level), each }
    }

    fn on(&self, day: u32) -> f64 {
        self.each.get(day as usize).copied().unwrap_or_default()
    }

    fn within(&self, days: &Days) -> f64 {
        between(&self.sums, days)
    }

    fn squares_over(&self, days: &Days) -> f64 {
        between(&self.squares, days)
    }

    fn over(&self, stretches: &[Days]) -> f64 {
        stretches.iter().map(|days| self.within(days)).sum()
    }
}

fn between(sums: &[f64], days: &Days) -> f64 {
    let at = |day: u32| sums.get(day as usize).copied().unwrap_or_default();
    at(days.end) - at(days.start)
}

/// Numbers that hold for stretches of days, added up by day.
#[derive(Clone, Debug)]
struct Steps {
    changes: Vec<f64>,
}

impl Steps {
    fn new(days: usize) -> Self {
        Self { changes: vec![0.0; days + 1] }
    }

    fn add(&mut self, stretches: &[Days], number: f64) {
        for days in stretches {
            for (day, change) in [(days.start, number), (days.end, -number)] {
                self.changes.get_mut(day as usize).into_iter().for_each(|sum| *sum += change);
            }
        }
    }

    fn sums(&self) -> Vec<f64> {
        let days = self.changes.len() - 1;
        let largest = self.changes.iter().fold(0.0_f64, |largest, change| largest.max(change.abs()));
        let sums = self.changes.iter().take(days).scan(0.0, |sum, change| {
            *sum += change;
            Some(if sum.abs() < 1e-11 * largest { 0.0 } else { *sum })
        });
        sums.collect()
    }
}
