//! The judge: the sandbox's own history and ads against what was decided.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::OperationTag;
use campaign_pilot_sandbox::{AdRecord, PlatformRequest, RequestEffect, Sandbox};
use jiff::{SignedDuration, Timestamp};

/// What a client did with its creates.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    /// The tag of each create, and whether the client takes it for done.
    pub(super) creates: Vec<(OperationTag, bool)>,
    /// How often the client died.
    pub(super) deaths: u64,
}

/// What the history says about a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Judgement {
    /// Creates that were decided.
    pub(super) creates: u64,
    /// Those of them that the platform has an ad of.
    pub(super) effects: u64,
    pub(super) faults: u64,
    pub(super) deaths: u64,
    pub(super) duplicates: u64,
    /// Creates that came from the client itself beyond the first of their tag, and not as a copy that the network made.
    pub(super) sent_twice: u64,
    pub(super) lost: u64,
    pub(super) copies_unlisted: u64,
    pub(super) late_duplicates: u64,
    pub(super) late_duplicates_found: u64,
}

impl Judgement {
    pub(super) const fn add(&mut self, other: &Self) {
        self.creates += other.creates;
        self.effects += other.effects;
        self.faults += other.faults;
        self.deaths += other.deaths;
        self.duplicates += other.duplicates;
        self.sent_twice += other.sent_twice;
        self.lost += other.lost;
        self.copies_unlisted += other.copies_unlisted;
        self.late_duplicates += other.late_duplicates;
        self.late_duplicates_found += other.late_duplicates_found;
    }
}

/// Judges a run by what the sandbox holds at its end.
///
/// The first ad of a create is the one that partners could take first. Every other one counts as a duplicate unless it
/// was never on offer and has ended: then it has cost nothing and never will.
pub(super) fn judge(sandbox: &Sandbox, run: &Run, settle: SignedDuration) -> Judgement {
    let now = sandbox.clock().now();
    let history = sandbox.history();
    let mut by_tag: BTreeMap<OperationTag, Vec<AdRecord>> = BTreeMap::new();
    let mut judgement = Judgement { creates: count(run.creates.len()), deaths: run.deaths, ..Judgement::default() };
    judgement.faults = count(history.iter().filter(|request| request.answer_lost || request.is_copy).count());
    for ad in sandbox.ads() {
        match &ad.tag {
            Some(tag) => by_tag.entry(tag.clone()).or_default().push(ad),
            None => judgement.duplicates += 1,
        }
    }
    // How long after it was sent an ad came to be.
    let lateness: BTreeMap<u64, SignedDuration> = history
        .iter()
        .filter_map(|request| match request.effect {
            RequestEffect::CreatedAd(ad) => Some((ad, request.at.duration_since(request.sent_at))),
            _ => None,
        })
        .collect();
    let created = |request: &PlatformRequest| match request.effect {
        RequestEffect::CreatedAd(ad) if !request.is_copy => Some(ad),
        _ => None,
    };
    let sent: BTreeSet<u64> = history.iter().filter_map(created).collect();
    for (tag, is_done) in &run.creates {
        let mut ads = by_tag.remove(tag).unwrap_or_default();
        judgement.effects += u64::from(!ads.is_empty());
        judgement.sent_twice += count(ads.iter().filter(|ad| sent.contains(&ad.id)).count()).saturating_sub(1);
        ads.sort_by_key(|ad| (ad.offered.first().map_or(Timestamp::MAX, |(from, _)| *from), ad.created_at, ad.id));
        let mut ads = ads.into_iter();
        let runs = ads.next().is_some_and(|ad| !has_ended(&ad, now) && !ad.offered.is_empty());
        judgement.lost += u64::from(!is_done || !runs);
        for ad in ads {
            let costs_nothing = ad.offered.is_empty() && has_ended(&ad, now);
            judgement.duplicates += u64::from(!costs_nothing);
            judgement.copies_unlisted += u64::from(costs_nothing);
            let is_late = lateness.get(&ad.id).is_some_and(|late| *late > settle);
            judgement.late_duplicates += u64::from(is_late);
            judgement.late_duplicates_found += u64::from(is_late && costs_nothing);
        }
    }
    // Ads that nobody decided.
    judgement.duplicates += count(by_tag.values().map(Vec::len).sum());
    judgement
}

fn has_ended(ad: &AdRecord, now: Timestamp) -> bool {
    ad.ends_at.is_some_and(|end| end <= now)
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
