//! Rules that are not relied on.

use campaign_pilot_core::Verdict;

use super::{Basis, rank};
use crate::{Caution, DecidingRule};

/// Takes out what rests on a rule whose calibration is broken, so that what is left decides: CONTINUE without a raise instead of OPTIMIZE,
/// MONITOR instead of CONTINUE. Stops stay, since to stop is the careful side.
///
/// Returns the basis that would have decided.
pub(super) fn hold_back(supported: &mut Vec<(Verdict, Basis)>, cautions: &[Caution]) -> Option<Basis> {
    if cautions.is_empty() {
        return None;
    }
    let first = |supported: &[(Verdict, Basis)]| supported.iter().min_by_key(|(verdict, _)| rank(*verdict)).copied();
    let before = first(supported)?;
    supported.retain(|(verdict, basis)| verdict.stops() || !is_distrusted(*basis, cautions));
    (first(supported) != Some(before)).then_some(before.1)
}

/// Whether a verdict of CONTINUE or OPTIMIZE by this basis is not relied on. An improvement is only one where the campaign earns.
fn is_distrusted(basis: Basis, cautions: &[Caution]) -> bool {
    let broken = |basis| cautions.iter().any(|caution| caution.rule == DecidingRule::Verdict(basis));
    broken(basis) || basis == Basis::Improvement && broken(Basis::Earns)
}
