//! Sums of products of columns, in tiles that fit into registers.

use campaign_pilot_core::Absence;
use pulp::{Arch, Simd, WithSimd};

use crate::correlation::pair::exponent;

/// Columns of a tile. No machine has wider vectors of this type.
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

    /// Writes a block of the column into its lane, scaled and relative to the pivot.
    fn write(&mut self, block: &[f64], lane: usize, panel: &mut [Lanes]) {
        let (mut differs, mut finite) = (0_u64, true);
        for (value, lanes) in block.iter().zip(panel) {
            // By bits, which is quick; zero has one sign here.
            differs |= (*value + 0.0).to_bits() ^ self.first.to_bits();
            finite &= value.is_finite();
            if let Some(slot) = lanes.get_mut(lane) {
                *slot = *value * self.scale.0 * self.scale.1 - self.pivot;
            }
        }
        self.varies |= differs != 0;
        self.is_finite &= finite;
    }

    /// Takes a block's mean into the mean of all rows. The distance of both, weighted so that it stands for all rows before.
    fn advance(&mut self, mean: f64, before: usize, length: usize) -> f64 {
        let (before, length) = (before as f64, length as f64);
        let all = before + length;
        let distance = mean - self.mean;
        self.mean += distance * (length / all);
        distance * (before * length / all).sqrt()
    }
}

/// The work on all blocks, for vectors as wide as the machine has.
struct Gather<'a> {
    columns: &'a [&'a [f64]],
    rows: usize,
    tiles: &'a mut Tiles,
}

impl WithSimd for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { columns, rows, tiles: Tiles { columns: states, tiles, across } } = self;
        let mut panels = vec![vec![[0.0; WIDTH]; BLOCK + 1]; *across];
        for before in (0..rows).step_by(BLOCK) {
            let length = BLOCK.min(rows - before);
            for ((panel, sources), states) in panels.iter_mut().zip(columns.chunks(WIDTH)).zip(states.chunks_mut(WIDTH)) {
                let Some((distances, block)) = panel.get_mut(..=length).and_then(<[Lanes]>::split_last_mut) else { continue };
                for (lane, (source, state)) in sources.iter().zip(states.iter_mut()).enumerate() {
                    state.write(source.get(before..before + length).unwrap_or(&[]), lane, block);
                }
                let means = centre(simd, block);
                for ((state, mean), distance) in states.iter_mut().zip(means).zip(distances) {
                    *distance = state.advance(mean, before, length);
                }
            }
            let mut rest = tiles.as_mut_slice();
            for (index, left) in panels.iter().enumerate() {
                let (row, below) = rest.split_at_mut((*across - index).min(rest.len()));
                for (tile, right) in row.iter_mut().zip(panels.iter().skip(index)) {
                    accumulate(simd, tile, left.get(..=length).unwrap_or(left), right.get(..=length).unwrap_or(right));
                }
                rest = below;
            }
        }
    }
}

impl Tiles {
    /// Sums up all products in one pass over the rows.
    pub(super) fn gather(columns: &[&[f64]], rows: usize) -> Self {
        let across = columns.len().div_ceil(WIDTH);
        let mut tiles = Self {
            columns: columns.iter().map(|column| Column::new(column)).collect(),
            tiles: vec![[[0.0; WIDTH]; WIDTH]; across * (across + 1) / 2],
            across,
        };
        Arch::new().dispatch(Gather { columns, rows, tiles: &mut tiles });
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

/// Takes the means out of the lanes: twice, since the first mean of numbers far from zero misses some digits. The means.
#[inline(always)]
fn centre<S: Simd>(simd: S, block: &mut [Lanes]) -> Lanes {
    let share = simd.splat_f64s(1.0 / block.len() as f64);
    let mut means = [0.0; WIDTH];
    for part in 0..WIDTH / S::F64_LANES {
        for _ in 0..2 {
            let mut sum = simd.splat_f64s(0.0);
            for lanes in block.iter() {
                if let Some(lanes) = S::as_simd_f64s(lanes).0.get(part) {
                    sum = simd.add_f64s(sum, *lanes);
                }
            }
            let mean = simd.mul_f64s(sum, share);
            for lanes in block.iter_mut() {
                if let Some(lanes) = S::as_mut_simd_f64s(lanes).0.get_mut(part) {
                    *lanes = simd.sub_f64s(*lanes, mean);
                }
            }
            if let Some(means) = S::as_mut_simd_f64s(&mut means).0.get_mut(part) {
                *means = simd.add_f64s(*means, mean);
            }
        }
    }
    means
}

/// Adds the products of two panels to a tile. Each sum runs over the rows in their order, and each step is rounded once, so
/// that the result does not depend on how many lanes a machine has.
#[inline(always)]
fn accumulate<S: Simd>(simd: S, tile: &mut Tile, left: &[Lanes], right: &[Lanes]) {
    for part in 0..WIDTH / S::F64_LANES {
        let mut sums = [simd.splat_f64s(0.0); WIDTH];
        for (sum, lanes) in sums.iter_mut().zip(tile.iter()) {
            if let Some(lanes) = S::as_simd_f64s(lanes).0.get(part) {
                *sum = *lanes;
            }
        }
        for (a, b) in left.iter().zip(right) {
            let Some(b) = S::as_simd_f64s(b).0.get(part) else { return };
            for (sum, a) in sums.iter_mut().zip(a) {
                *sum = simd.mul_add_f64s(simd.splat_f64s(*a), *b, *sum);
            }
        }
        for (sum, lanes) in sums.iter().zip(tile.iter_mut()) {
            if let Some(lanes) = S::as_mut_simd_f64s(lanes).0.get_mut(part) {
                *lanes = *sum;
            }
        }
    }
}
