//! Sums of products of columns, in tiles that fit into registers.

use campaign_pilot_core::Absence;

use crate::correlation::pair::exponent;

/// Columns of a tile.
const WIDTH: usize = 8;

/// Rows of a block: a thousand columns of them fill half of a second-level cache.
const BLOCK: usize = 128;

/// One row of eight columns.
type Lanes = [f64; WIDTH];

/// The sums of the products of eight columns with eight columns.
type Tile = [Lanes; WIDTH];

/// The sums of the products of all columns with each other, relative to their means.
pub(super) struct Tiles {
    columns: Vec<Column>,
    /// The upper triangle of tiles with the diagonal, row by row.
    tiles: Vec<Tile>,
    /// How many tiles make a row.
    across: usize,
}

/// What is known of a column after some blocks.
#[derive(Clone, Copy, Debug)]
struct Column {
    /// By which the numbers are multiplied: a power of two, in two steps since it may not be representable.
    scale: (f64, f64),
    first: f64,
    /// The first number, scaled: all others are taken relative to it.
    pivot: f64,
    /// The mean of the rows so far, scaled and relative to the pivot.
    mean: f64,
    varies: bool,
    is_finite: bool,
}

impl Column {
    fn new(column: &[f64]) -> Self {
        let largest = column.iter().take(BLOCK).fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let exponent = if largest > 0.0 && largest.is_finite() { exponent(largest) } else { 0 };
        let scale = (2.0_f64.powi(-exponent / 2), 2.0_f64.powi(-exponent - -exponent / 2));
        let first = column.first().copied().unwrap_or(0.0) + 0.0;
        Self { scale, first, pivot: first * scale.0 * scale.1, mean: 0.0, varies: false, is_finite: true }
    }

    /// Writes a block of the column into its lane, centred; then the distance of its mean from the mean before.
    #[inline(always)]
    fn write(&mut self, block: &[f64], before: usize, lane: usize, panel: &mut [Lanes]) {
        let (mut sum, mut differs, mut finite) = (0.0, 0_u64, true);
        for (value, lanes) in block.iter().zip(panel.iter_mut()) {
            // By bits, which is quick; zero has one sign here.
            differs |= (*value + 0.0).to_bits() ^ self.first.to_bits();
            finite &= value.is_finite();
            let relative = *value * self.scale.0 * self.scale.1 - self.pivot;
            sum += relative;
            put(lanes, lane, relative);
        }
        self.varies |= differs != 0;
        self.is_finite &= finite;
        let length = block.len() as f64;
        let mut mean = sum / length;
        // Once more, since the first mean of numbers far from zero misses some digits.
        let mut rest = 0.0;
        for lanes in panel.iter_mut().take(block.len()) {
            let centred = get(lanes, lane) - mean;
            rest += centred;
            put(lanes, lane, centred);
        }
        let rest = rest / length;
        for lanes in panel.iter_mut().take(block.len()) {
            let centred = get(lanes, lane) - rest;
            put(lanes, lane, centred);
        }
        mean += rest;
        let (before, all) = (before as f64, before as f64 + length);
        let distance = mean - self.mean;
        if let Some(lanes) = panel.get_mut(block.len()) {
            put(lanes, lane, distance * (before * length / all).sqrt());
        }
        self.mean += distance * (length / all);
    }
}

impl Tiles {
    /// Sums up all products in one pass over the rows.
    #[inline(always)]
    pub(super) fn gather(columns: &[&[f64]], rows: usize) -> Self {
        let across = columns.len().div_ceil(WIDTH);
        let mut tiles = Self {
            columns: columns.iter().map(|column| Column::new(column)).collect(),
            tiles: vec![[[0.0; WIDTH]; WIDTH]; across * (across + 1) / 2],
            across,
        };
        let mut panels = vec![vec![[0.0; WIDTH]; BLOCK + 1]; across];
        for from in (0..rows).step_by(BLOCK) {
            let length = BLOCK.min(rows - from);
            for ((panel, sources), states) in panels.iter_mut().zip(columns.chunks(WIDTH)).zip(tiles.columns.chunks_mut(WIDTH)) {
                for (lane, (source, state)) in sources.iter().zip(states).enumerate() {
                    state.write(source.get(from..from + length).unwrap_or(&[]), from, lane, panel);
                }
            }
            let mut rest = tiles.tiles.as_mut_slice();
            for (index, left) in panels.iter().enumerate() {
                let (row, below) = rest.split_at_mut((across - index).min(rest.len()));
                for (tile, right) in row.iter_mut().zip(panels.iter().skip(index)) {
                    accumulate(tile, left.get(..=length).unwrap_or(left), right.get(..=length).unwrap_or(right));
                }
                rest = below;
            }
        }
        tiles
    }

    /// The length of a column after centring; `None` when it varies, but so that its length cannot be told here.
    pub(super) fn state(&self, column: usize) -> Result<Option<f64>, Absence> {
        let state = self.columns.get(column).ok_or(Absence::OutOfRange)?;
        if !state.is_finite {
            return Err(Absence::NotFinite);
        }
        if !state.varies {
            return Err(Absence::Constant);
        }
        let square = self.product(column, column);
        // Below, products lose digits to what is too small to be represented.
        Ok((square > 1e-200 && square < 1e200).then(|| square.sqrt()))
    }

    /// The sum of the products of two columns, the first not after the second.
    pub(super) fn product(&self, first: usize, second: usize) -> f64 {
        let (row, column) = (first / WIDTH, second / WIDTH);
        let place = row * (2 * self.across + 1 - row) / 2 + column - row;
        let tile = self.tiles.get(place).and_then(|tile| tile.get(first % WIDTH));
        tile.and_then(|lanes| lanes.get(second % WIDTH)).copied().unwrap_or(0.0)
    }
}

/// Adds the products of two panels to a tile. Each sum runs over the rows in their order, so that the result does not depend
/// on how many lanes a machine has.
#[inline(always)]
fn accumulate(tile: &mut Tile, left: &[Lanes], right: &[Lanes]) {
    let mut sums = *tile;
    for (a, b) in left.iter().zip(right) {
        for (sums, a) in sums.iter_mut().zip(a) {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum += a * b;
            }
        }
    }
    *tile = sums;
}

#[inline(always)]
fn put(lanes: &mut Lanes, lane: usize, value: f64) {
    if let Some(slot) = lanes.get_mut(lane) {
        *slot = value;
    }
}

#[inline(always)]
fn get(lanes: &Lanes, lane: usize) -> f64 {
    lanes.get(lane).copied().unwrap_or(0.0)
}
