//! A month of the whole cycle on the sandbox, judged by the sandbox's own history and truth.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use campaign_pilot_agents as agents;
use campaign_pilot_core::ports::Journal;
use campaign_pilot_core::{CampaignAction, Intent, JournalEvent, OperationState, OperationTag};
use campaign_pilot_http as http;
use campaign_pilot_impact_client as impact_client;
use campaign_pilot_memory as memory;
use campaign_pilot_sandbox as sandbox;
use campaign_pilot_store_client as store_client;
use jiff::SignedDuration;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sandbox::{Faults, PlatformRequest, RequestEffect, Truth};

use crate::trial::{Failure, Figures, Settings};

#[path = "../../../../benches/shared/loopback.rs"]
mod loopback;

use loopback::Loopback;

/// The share of writes whose answer is lost after they took effect.
const FAULTS: &str = "lost-answers=0.2";

/// How many cycles after the month may settle what its last hours left open.
const SETTLING_HOURS: u32 = 12;

/// The figures of the flights over all seeds.
pub(super) fn figures(settings: &Settings) -> Result<Figures, Failure> {
    let days = if settings.quick { 5 } else { 30 };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let begun = Instant::now();
    let mut sum = Sum::default();
    for seed in 1..=u64::from(settings.seeds) {
        sum.add(&runtime.block_on(fly(seed, days))?)?;
    }
    let seconds = begun.elapsed().as_secs_f64() / f64::from(settings.seeds);
    Ok(sum.figures(f64::from(settings.seeds), seconds))
}

/// What one flight came to.
struct Flown {
    judgement: Judgement,
    truth: Truth,
}

async fn fly(seed: u64, days: u32) -> Result<Flown, Failure> {
    let world = Loopback::start(seed, FAULTS.parse()?).await?;
    world.run(days * 24).await?;
    let truth = world.sandbox.truth();

    world.sandbox.set_faults(Faults::none());
    let journal = &*world.driver.ports().journal;
    for _ in 0..SETTLING_HOURS {
        if journal.open_operations().await?.is_empty() {
            break;
        }
        world.sandbox.advance(SignedDuration::from_hours(1))?;
        world.cycle(agents::CycleKind::Monitor).await?;
    }
    let intents = intents(journal).await?;
    Ok(Flown { judgement: judge(&intents, &world.sandbox.history()), truth })
}

/// Every intent with where its operation stands.
async fn intents(journal: &dyn Journal) -> Result<Vec<(Intent, OperationState)>, Failure> {
    const AT_ONCE: u32 = 1_000;
    let (mut intents, mut after) = (Vec::new(), None);
    loop {
        let entries = journal.entries(after, AT_ONCE).await?;
        let Some(last) = entries.last() else { return Ok(intents) };
        after = Some(last.sequence);
        for entry in entries {
            if let JournalEvent::Prepared { intent } = entry.event {
                let state = journal.state(&entry.operation).await?.ok_or("the journal lost an operation")?;
                intents.push((*intent, state));
            }
        }
    }
}

/// What the sandbox's history says about the writes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Judgement {
    /// Launches that were decided.
    launches: u64,
    /// Answers that were lost after the write took effect.
    lost_answers: u64,
    /// Ads beyond the first one of an operation, and ads without an operation's tag.
    duplicates: u64,
    /// Launches that are taken for done without an ad, ads that the journal does not know or takes for refused, and
    /// operations that never got clear.
    lost: u64,
}

fn judge(intents: &[(Intent, OperationState)], history: &[PlatformRequest]) -> Judgement {
    let mut judgement =
        Judgement { lost_answers: count(history.iter().filter(|request| request.answer_lost)), ..Judgement::default() };
    let mut ads: BTreeMap<&OperationTag, u64> = BTreeMap::new();
    for request in history.iter().filter(|request| matches!(request.effect, RequestEffect::CreatedAd(_))) {
        match &request.tag {
            Some(tag) => *ads.entry(tag).or_default() += 1,
            None => judgement.duplicates += 1,
        }
    }
    judgement.duplicates += ads.values().map(|ads| ads - 1).sum::<u64>();

    let known: BTreeSet<&OperationTag> = intents.iter().map(|(intent, _)| &intent.tag).collect();
    judgement.lost += count(ads.keys().filter(|tag| !known.contains(*tag)));
    for (intent, state) in intents {
        let launches = matches!(intent.action, CampaignAction::Create { .. });
        let has_ad = ads.contains_key(&intent.tag);
        judgement.launches += u64::from(launches);
        judgement.lost += u64::from(match state {
            OperationState::Done => launches && !has_ad,
            OperationState::Rejected => has_ad,
            OperationState::Prepared | OperationState::Sent { .. } | OperationState::Unknown { .. } => true,
        });
    }
    judgement
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    items.fold(0, |count, _| count + 1)
}

/// Flights added up.
#[derive(Debug, Default)]
struct Sum {
    judgement: Judgement,
    profit: Decimal,
    profit_without_ads: Decimal,
    cost: Decimal,
}

impl Sum {
    fn add(&mut self, flown: &Flown) -> Result<(), Failure> {
        let Flown { judgement, truth } = flown;
        if truth.unadvertised.gross_profit.amount <= Decimal::ZERO {
            return Err("the market without advertising earned nothing: there is nothing to compare with".into());
        }
        self.judgement.launches += judgement.launches;
        self.judgement.lost_answers += judgement.lost_answers;
        self.judgement.duplicates += judgement.duplicates;
        self.judgement.lost += judgement.lost;
        self.profit += truth.incremental_profit.amount;
        self.profit_without_ads += truth.unadvertised.gross_profit.amount;
        self.cost += truth.advertising_cost.amount;
        Ok(())
    }

    fn figures(&self, flights: f64, seconds: f64) -> Figures {
        let number = |amount: Decimal| amount.to_f64().unwrap_or(f64::NAN);
        Figures::from([
            ("launches", self.judgement.launches as f64),
            ("lost_answers", self.judgement.lost_answers as f64),
            ("duplicates", self.judgement.duplicates as f64),
            ("lost", self.judgement.lost as f64),
            ("profit_vs_no_ads", 100.0 * number(self.profit) / number(self.profit_without_ads)),
            ("profit_vs_no_ads_money", number(self.profit) / flights),
            ("advertising_cost_money", number(self.cost) / flights),
            ("seconds_per_flight", seconds),
        ])
    }
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{CampaignId, Currency, DecisionId, Money, OperationId, PlanId, PlatformCampaignId};

    use super::*;

    fn intent(name: &str, launches: bool) -> Intent {
        let operation = OperationId::new(name).unwrap();
        let campaign = CampaignId::new("c-1").unwrap();
        let platform_id = PlatformCampaignId::new("1").unwrap();
        let action = if launches {
            let spec = serde_json::from_value(serde_json::json!({
                "id": "c-1", "product": "1", "sku": null, "name": "Kettle", "landing_page": "https://shop.example/kettle",
                "copy": { "headline": "Boil", "body": "", "written_by": "test" },
                "budget": { "amount": "10", "currency": "EUR" },
                "flight": { "start": "2026-11-23T00:00:00Z", "end": "2026-12-07T00:00:00Z" },
            }));
            CampaignAction::Create { spec: Box::new(spec.unwrap()) }
        } else {
            CampaignAction::Pause { campaign, platform_id }
        };
        Intent {
            tag: OperationTag::of(&operation),
            operation,
            decision: DecisionId::new("d-1").unwrap(),
            plan: PlanId::new("p-1").unwrap(),
            action,
            reserved: Money::zero(Currency::EUR),
        }
    }

    fn created(tag: Option<&str>) -> PlatformRequest {
        PlatformRequest {
            sequence: 1,
            at: "2026-11-23T00:00:00Z".parse().unwrap(),
            sent_at: "2026-11-23T00:00:00Z".parse().unwrap(),
            method: "POST".to_owned(),
            path: "/Ads".to_owned(),
            tag: tag.map(|name| OperationTag::of(&OperationId::new(name).unwrap())),
            effect: RequestEffect::CreatedAd(1),
            answer_lost: false,
            is_copy: false,
        }
    }

    fn verdict(intents: &[(Intent, OperationState)], history: &[PlatformRequest]) -> (u64, u64) {
        let judgement = judge(intents, history);
        (judgement.duplicates, judgement.lost)
    }

    #[tokio::test]
    async fn a_flight_loses_nothing_and_repeats_itself() {
        let (first, second) = (fly(1, 2).await.unwrap(), fly(1, 2).await.unwrap());
        let judgement = first.judgement;
        assert!(judgement.launches > 0, "{judgement:?}");
        assert_eq!((judgement.duplicates, judgement.lost), (0, 0));
        assert_eq!(judgement, second.judgement);
        assert_eq!(first.truth, second.truth);
    }

    #[test]
    fn every_figure_has_a_meaning() {
        for name in Sum::default().figures(1.0, 1.0).keys() {
            assert_ne!(crate::cycle::TRIAL.meaning(name), "", "{name}");
        }
    }

    #[test]
    fn one_ad_for_each_launch_is_right() {
        let intents = [(intent("o-1", true), OperationState::Done), (intent("o-2", false), OperationState::Done)];
        assert_eq!(verdict(&intents, &[created(Some("o-1"))]), (0, 0));
        assert_eq!(verdict(&[(intent("o-1", true), OperationState::Rejected)], &[]), (0, 0));
    }

    #[test]
    fn a_second_ad_and_an_ad_without_a_tag_are_duplicates() {
        let intents = [(intent("o-1", true), OperationState::Done)];
        assert_eq!(verdict(&intents, &[created(Some("o-1")), created(Some("o-1")), created(None)]), (2, 0));
    }

    #[test]
    fn what_is_believed_but_not_so_is_lost() {
        let launch = |state| vec![(intent("o-1", true), state)];
        assert_eq!(verdict(&launch(OperationState::Done), &[]), (0, 1), "done without an ad");
        assert_eq!(verdict(&launch(OperationState::Rejected), &[created(Some("o-1"))]), (0, 1), "refused with an ad");
        assert_eq!(verdict(&launch(OperationState::Unknown { attempts: 1, empty_reads: 0 }), &[]), (0, 1), "never clear");
        assert_eq!(verdict(&[], &[created(Some("o-1"))]), (0, 1), "an ad that nobody decided");
    }
}
