//! Rules that are not relied on.

use campaign_pilot_core::Verdict;

use super::{Basis, rank};
use crate::{CampaignInput, Caution, Change, DecidingRule, Improvement};

/// Takes out what rests on a rule whose calibration is broken, so that what is left decides: CONTINUE without a raise instead of OPTIMIZE,
/// MONITOR instead of CONTINUE. Stops stay, since to stop is the careful side, and so do changes that lower what is spent or take back what
/// was measured to make it worse.
///
/// Returns the basis that would have decided.
pub(super) fn hold_back(supported: &mut Vec<(Verdict, Basis)>, input: &CampaignInput) -> Option<Basis> {
    let cautions = &input.cautions;
    if cautions.is_empty() {
        return None;
    }
    let takes_less = input.improvement.as_ref().is_some_and(takes_less);
    let first = |supported: &[(Verdict, Basis)]| supported.iter().min_by_key(|(verdict, _)| rank(*verdict)).copied();
    let before = first(supported)?;
    let is_careful = |verdict: Verdict, basis| verdict.stops() || basis == Basis::Improvement && takes_less;
    supported.retain(|(verdict, basis)| is_careful(*verdict, *basis) || !is_distrusted(*basis, cautions));
    (first(supported) != Some(before)).then_some(before.1)
}

/// Whether a change spends less, or goes back to words that were measured to do better.
fn takes_less(improvement: &Improvement) -> bool {
    match &improvement.change {
        Change::LowerBudget { .. } => true,
        Change::MoveEnd { from, to } => to < from,
        Change::OtherCopy { .. } => improvement.is_measured(),
        Change::RaiseBudget { .. } | Change::NewAd => false,
    }
}

/// Whether a verdict of CONTINUE or OPTIMIZE by this basis is not relied on. An improvement is only one where the campaign earns.
fn is_distrusted(basis: Basis, cautions: &[Caution]) -> bool {
    let broken = |basis| cautions.iter().any(|caution| caution.rule == DecidingRule::Verdict(basis));
    broken(basis) || basis == Basis::Improvement && broken(Basis::Earns)
}
