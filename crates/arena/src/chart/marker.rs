//! The marks of the contestants: a shape and a colour each, so that either is enough.

/// The shape and the colour of a contestant's mark.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Style {
    shape: Shape,
    filled: bool,
    /// Its number in the style sheet.
    pub(super) colour: u8,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shape {
    Circle,
    Diamond,
    Square,
    Up,
    Down,
    Cross,
    Plus,
    Ring,
}

/// The marks of all but the engine and the oracle, in the order in which they were entered.
const OTHERS: [Style; 8] = [
    Style { shape: Shape::Ring, filled: false, colour: 5 },
    Style { shape: Shape::Square, filled: true, colour: 2 },
    Style { shape: Shape::Square, filled: false, colour: 2 },
    Style { shape: Shape::Up, filled: true, colour: 3 },
    Style { shape: Shape::Down, filled: true, colour: 4 },
    Style { shape: Shape::Cross, filled: false, colour: 5 },
    Style { shape: Shape::Plus, filled: false, colour: 5 },
    Style { shape: Shape::Up, filled: false, colour: 3 },
];

impl Style {
    /// The engine's: the largest.
    pub(super) const fn engine() -> Self {
        Self { shape: Shape::Circle, filled: true, colour: 0 }
    }

    const fn oracle() -> Self {
        Self { shape: Shape::Diamond, filled: true, colour: 1 }
    }

    /// The style of one of the contestants.
    pub(super) fn of(contestant: &str, contestants: &[&'static str]) -> Self {
        match contestant {
            "engine" => Self::engine(),
            "oracle" => Self::oracle(),
            _ => {
                let mut others = contestants.iter().filter(|name| !matches!(**name, "engine" | "oracle"));
                let place = others.position(|name| *name == contestant).unwrap_or(0);
                OTHERS.into_iter().cycle().nth(place).unwrap_or(Self::engine())
            }
        }
    }

    /// Whether it is drawn larger than the others.
    pub(super) const fn is_main(self) -> bool {
        matches!(self.shape, Shape::Circle | Shape::Diamond)
    }

    /// The mark at a place.
    pub(super) fn mark(self, x: f64, y: f64) -> String {
        let filled = if self.filled { " full" } else { "" };
        let circle = |radius: f64| format!("<circle class=\"mark{filled}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>");
        let at = |dx: f64, dy: f64| format!("{:.1} {:.1}", x + dx, y + dy);
        let through = |corners: &[(f64, f64)]| {
            let corners: Vec<String> = corners.iter().map(|(dx, dy)| at(*dx, *dy)).collect();
            format!("M{}", corners.join("L"))
        };
        let path = match self.shape {
            Shape::Circle => return circle(4.8),
            Shape::Ring => return circle(3.2),
            Shape::Diamond => through(&[(0.0, -5.8), (5.8, 0.0), (0.0, 5.8), (-5.8, 0.0)]) + "Z",
            Shape::Square => through(&[(-3.2, -3.2), (3.2, -3.2), (3.2, 3.2), (-3.2, 3.2)]) + "Z",
            Shape::Up => through(&[(0.0, -4.0), (4.0, 3.0), (-4.0, 3.0)]) + "Z",
            Shape::Down => through(&[(0.0, 4.0), (4.0, -3.0), (-4.0, -3.0)]) + "Z",
            Shape::Cross => through(&[(-3.4, -3.4), (3.4, 3.4)]) + &through(&[(-3.4, 3.4), (3.4, -3.4)]),
            Shape::Plus => through(&[(-4.2, 0.0), (4.2, 0.0)]) + &through(&[(0.0, -4.2), (0.0, 4.2)]),
        };
        format!("<path class=\"mark{filled}\" d=\"{path}\"/>")
    }
}
