//! The concave envelope of what a campaign is worth: where on its curve it is best at a price of money.

use super::response::ResponseCurve;

/// A campaign made ready: its curve and where it may be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) curve: ResponseCurve,
    /// What a unit of spend costs: 1 where money that is not spent is kept.
    pub(super) cost: f64,
    /// What moving its budget by a unit costs.
    pub(super) switching: f64,
    /// The budget in force, from which it is moved.
    pub(super) held: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether it may get nothing although `low` is above zero.
    pub(super) off: bool,
    /// The index of its limited group.
    pub(super) group: Option<usize>,
}

/// A place (`from == to`) or a concave stretch that can be the best at some price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom {
    pub(super) from: f64,
    pub(super) to: f64,
    /// The price below which it is better than the atoms on its left.
    pub(super) enter: f64,
    /// What a unit costs on it beside the price.
    tilt: f64,
    slope_from: f64,
    slope_to: f64,
}

/// The atoms of the envelope, to the right and at falling prices.
#[derive(Clone, Debug, Default)]
pub(super) struct Envelope(pub(super) Vec<Atom>);

impl Item {
    /// What a budget of `x` is worth, less what it costs.
    pub(super) fn net(&self, x: f64) -> f64 {
        let moved = if self.switching > 0.0 { self.switching * (x - self.held).abs() } else { 0.0 };
        self.curve.value(x) - self.cost * x - moved
    }

    /// What the next unit at `x` adds.
    pub(super) fn slope_after(&self, x: f64) -> f64 {
        self.curve.slope_after(x) - self.tilt(x)
    }

    /// What the last unit before `x` added.
    pub(super) fn slope_before(&self, x: f64) -> f64 {
        let moving = if self.switching <= 0.0 {
            0.0
        } else if x > self.held {
            self.switching
        } else {
            -self.switching
        };
        self.curve.slope_before(x) - self.cost - moving
    }

    /// Whether a budget of `x` keeps its limits.
    pub(super) fn allows(&self, x: f64) -> bool {
        (self.off && x <= 0.0) || (self.low..=self.high).contains(&x)
    }

    fn tilt(&self, from: f64) -> f64 {
        let moving = if self.switching <= 0.0 {
            0.0
        } else if from >= self.held {
            self.switching
        } else {
            -self.switching
        };
        self.cost + moving
    }

    /// The range on which it is concave around `x`; `(x, x)` where it is not.
    pub(super) fn concave_around(&self, x: f64) -> (f64, f64) {
        if !(self.low..=self.high).contains(&x) || self.low >= self.high {
            return (x, x);
        }
        let around = self
            .curve
            .stretches(self.low, self.high)
            .into_iter()
            .rfind(|stretch| stretch.concave && stretch.from <= x && x <= stretch.to);
        around.map_or((x, x), |stretch| (stretch.from, stretch.to))
    }

    /// The envelope over what is allowed between `least` and `most`; empty where nothing is.
    pub(super) fn envelope(&self, least: f64, most: f64) -> Envelope {
        let mut hull = Envelope(Vec::with_capacity(4));
        if self.off && least <= 0.0 && self.low > 0.0 {
            self.push(&mut hull.0, self.atom(0.0, 0.0));
        }
        let (from, to) = (self.low.max(least), self.high.min(most));
        if from > to {
            return hull;
        }
        if from >= to {
            self.push(&mut hull.0, self.atom(from, to));
            return hull;
        }
        let bend = (self.switching > 0.0 && from < self.held && self.held < to).then_some(self.held);
        let mut end = f64::NEG_INFINITY;
        for stretch in self.curve.stretches(from, to) {
            let inner = bend.filter(|bend| stretch.from < *bend && *bend < stretch.to);
            let mut start = stretch.from;
            for stop in inner.into_iter().chain([stretch.to]) {
                if stretch.concave {
                    self.push(&mut hull.0, self.atom(start, stop));
                    end = stop;
                } else {
                    // Only the ends of a stretch that bends up can be the best; the next stretch brings its own start.
                    if end < start {
                        self.push(&mut hull.0, self.atom(start, start));
                        end = start;
                    }
                    if stop >= to {
                        self.push(&mut hull.0, self.atom(stop, stop));
                    }
                }
                start = stop;
            }
        }
        hull
    }

    fn atom(&self, from: f64, to: f64) -> Atom {
        let tilt = self.tilt(from);
        let (slope_from, slope_to) =
            if from < to { (self.curve.slope_after(from), self.curve.slope_before(to)) } else { (0.0, 0.0) };
        Atom { from, to, enter: f64::INFINITY, tilt, slope_from, slope_to }
    }

    /// Adds an atom on the right; atoms that are then the best at no price are dropped, as lines are in a convex hull.
    fn push(&self, hull: &mut Vec<Atom>, mut atom: Atom) {
        while let Some(last) = hull.last() {
            let Some(enter) = self.tie(last, &atom) else { return };
            if enter < last.enter {
                atom.enter = enter;
                break;
            }
            hull.pop();
        }
        hull.push(atom);
    }

    /// The price at which two atoms are worth the same; `None` when the right one is never worth more.
    fn tie(&self, left: &Atom, right: &Atom) -> Option<f64> {
        let ahead = |price: f64| {
            let (at, before) = (self.best_on(right, price), self.best_on(left, price));
            (self.net(at) - self.net(before) - price * (at - before), at - before)
        };
        let (mut low, (lead, apart)) = (0.0, ahead(0.0));
        if lead <= 0.0 || apart <= 0.0 {
            return None;
        }
        let closed = self.curve.slope_of_tangent().filter(|_| left.to <= 0.0).map(|slope| slope - right.tilt);
        let mut price = closed.filter(|price| *price > 0.0).unwrap_or(lead / apart);
        let mut high = f64::INFINITY;
        for _ in 0..120 {
            let (lead, apart) = ahead(price);
            if lead > 0.0 {
                low = price;
            } else {
                high = price;
            }
            // The next price by the line through both, which is Newton's step.
            let next = if apart > 0.0 { price + lead / apart } else { f64::NAN };
            if (next - price).abs() <= 1e-15 * price {
                break;
            }
            price = if next > low && next < high {
                next
            } else if high.is_finite() {
                low + (high - low) / 2.0
            } else {
                2.0 * price + 1e-12
            };
            if high.is_finite() && high - low <= 1e-15 * high {
                break;
            }
        }
        Some(price)
    }

    /// The best place on an atom at a price.
    fn best_on(&self, atom: &Atom, price: f64) -> f64 {
        let wanted = price + atom.tilt;
        if atom.from >= atom.to || atom.slope_from <= wanted {
            atom.from
        } else if atom.slope_to >= wanted {
            atom.to
        } else {
            self.curve.place_of_slope(wanted, atom.from, atom.to)
        }
    }

    /// The best place at a price of money: where `net(x) - price x` is greatest. The envelope is not empty.
    pub(super) fn best(&self, envelope: &Envelope, price: f64) -> f64 {
        let best = envelope.0.iter().rev().find(|atom| atom.enter > price).or(envelope.0.first());
        best.map_or(0.0, |atom| self.best_on(atom, price))
    }
}

impl Envelope {
    /// The least that it allows; `None` where nothing is allowed.
    pub(super) fn least(&self) -> Option<f64> {
        self.0.first().map(|atom| atom.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(curve: ResponseCurve) -> Item {
        Item { curve, cost: 0.0, switching: 0.0, held: 0.0, low: 0.0, high: 500.0, off: false, group: None }
    }

    /// The best of many places, to compare with.
    fn searched(item: &Item, price: f64) -> f64 {
        let places = (0..=50_000).map(|step| item.high * f64::from(step) / 50_000.0).filter(|x| item.allows(*x));
        places.map(|x| item.net(x) - price * x).fold(f64::NEG_INFINITY, f64::max)
    }

    #[test]
    fn the_best_place_is_the_best_of_all_places_at_every_price() {
        let s_shaped = item(ResponseCurve::Hill { most: 300.0, half: 80.0, slope: 2.5 });
        let saw = vec![[0.0, 0.0], [50.0, 10.0], [100.0, 120.0], [200.0, 130.0], [220.0, 260.0], [500.0, 300.0]];
        let cases = [
            s_shaped.clone(),
            Item { low: 60.0, off: true, ..s_shaped.clone() },
            Item { low: 30.0, ..s_shaped.clone() },
            Item { switching: 0.4, held: 40.0, ..s_shaped.clone() },
            Item { switching: 0.4, held: 120.0, low: 20.0, off: true, cost: 0.3, ..s_shaped },
            Item { switching: 0.2, held: 100.0, ..item(ResponseCurve::Log { scale: 90.0, knee: 20.0 }) },
            item(ResponseCurve::Hill { most: 300.0, half: 80.0, slope: 0.7 }),
            item(ResponseCurve::Points { points: saw }),
        ];
        for item in cases {
            let envelope = item.envelope(0.0, item.high);
            for step in 0..80 {
                let price = f64::from(step) * 0.05;
                let place = item.best(&envelope, price);
                assert!(item.allows(place), "{item:?} at {price}: {place}");
                let (found, best) = (item.net(place) - price * place, searched(&item, price));
                assert!(found >= best - 1e-9, "{item:?} at {price}: {found} at {place} below {best}");
            }
        }
    }

    #[test]
    fn the_line_of_a_hill_curve_ends_where_the_closed_form_says() {
        let item = item(ResponseCurve::Hill { most: 300.0, half: 80.0, slope: 2.5 });
        let envelope = item.envelope(0.0, 500.0);
        let tangent = item.curve.slope_of_tangent().unwrap();
        assert_eq!(envelope.0.len(), 2, "{envelope:?}");
        assert!((envelope.0[1].enter - tangent).abs() < 1e-12);
        let place = 80.0 * 1.5f64.powf(1.0 / 2.5);
        assert!((item.best(&envelope, tangent * (1.0 - 1e-12)) - place).abs() < 1e-6);
        assert!(item.best(&envelope, tangent * (1.0 + 1e-12)) <= 0.0);
    }
}
