//! Creating, changing and deleting deals, and how a deal moves its ads.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Fields, Outcome, WriteAnswer, deleted};
use crate::impact::history::RequestEffect;
use crate::impact::quirks::DealSynch;
use crate::impact::settings::Revival;
use crate::impact::state::{Ad, Deal, PlatformState};
use crate::impact::time::read_instant;
use crate::impact::validate;

/// What an update calls otherwise than a new deal.
const RENAMED: [(&str, &str); 3] =
    [("DealScope", "Scope"), ("RegularPrice", "ProductBeforePriceAmount"), ("DealPrice", "ProductAfterPriceAmount")];

/// What an update cannot change.
const FIXED: [&str; 7] = [
    "CampaignId",
    "Type",
    "Scope",
    "DefaultPromoCode",
    "RestrictedMediaPartners",
    "RestrictedMediaPartnerGroups",
    "MinimumPurchaseAmount",
];

impl PlatformState {
    pub(super) fn create_deal(&mut self, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        validate::new_deal(fields, &self.settings)?;
        self.last_deal += 1;
        let id = self.last_deal;
        let instant = |name: &str| fields.get(name).and_then(|text| read_instant(text, self.settings.offset()));
        let deal = Deal {
            id,
            fields: texts(fields, &[]),
            starts_at: instant("StartDate"),
            ends_at: instant("EndDate"),
            created_at: now,
            updated_at: now,
        };
        self.deals.insert(id, deal);
        Ok((self.ok(&format!("/Deals/{id}")), RequestEffect::CreatedDeal(id)))
    }

    /// "Parameters not provided will be left unchanged."
    pub(super) fn update_deal(&mut self, id: &str, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        let (offset, revival) = (self.settings.offset(), self.settings.quirks.deal_revival);
        let Some(deal) = id.parse().ok().and_then(|id: u64| self.deals.get_mut(&id)) else {
            return Err(WriteAnswer::not_found());
        };
        validate::changed_deal(fields, &self.settings)?;
        let date = |name: &str| fields.get(name).map(|text| read_instant(text, offset));
        let (start, mut end) = (date("StartDate"), date("EndDate"));
        if deal.has_ended(now) && end.is_some_and(|end| end.is_none_or(|end| now < end)) {
            match revival {
                Revival::Works => {}
                Revival::Ignored => end = None,
                Revival::Refused => return Err(validate::failed("EndDate", "The deal has expired")),
            }
        }
        deal.starts_at = start.unwrap_or(deal.starts_at);
        deal.ends_at = end.unwrap_or(deal.ends_at);
        deal.fields.extend(texts(fields, &FIXED));
        deal.updated_at = now;
        let id = deal.id;
        let key = id.to_string();
        let ads = self.align_ads(|ad| ad.deal_id == key, now);
        Ok((self.ok(&format!("/Deals/{id}")), RequestEffect::UpdatedDeal { deal: id, ads }))
    }

    pub(super) fn delete_deal(&mut self, id: &str) -> Outcome {
        let Some(deal) = id.parse().ok().and_then(|id: u64| self.deals.remove(&id)) else {
            return Err(WriteAnswer::not_found());
        };
        for ad in self.ads.values_mut().filter(|ad| ad.deal_id == id) {
            ad.deal_id.clear();
        }
        Ok((deleted(), RequestEffect::DeletedDeal(deal.id)))
    }

    /// Moves the dates of the chosen ads to those of their deals, where these synchronise; says which ads moved.
    pub(super) fn align_ads(&mut self, is_chosen: impl Fn(&Ad) -> bool, now: Timestamp) -> Vec<u64> {
        if self.settings.quirks.deal_synch == DealSynch::Ignored {
            return Vec::new();
        }
        let mut moved = Vec::new();
        for ad in self.ads.values_mut().filter(|ad| is_chosen(ad)) {
            let Some(deal) = ad.deal_id.parse().ok().and_then(|id: u64| self.deals.get(&id)) else { continue };
            if !deal.is_synched() || (ad.starts_at, ad.ends_at) == (deal.starts_at, deal.ends_at) {
                continue;
            }
            ad.set_dates(deal.starts_at, deal.ends_at, self.settings.takes_effect(deal.ends_at), now);
            ad.updated_at = now;
            moved.push(ad.id);
        }
        self.align_codes(now);
        moved
    }
}

/// What was sent but dates, under the names of a new deal.
fn texts(fields: &Fields<'_>, fixed: &[&str]) -> BTreeMap<String, String> {
    let renamed = |name| RENAMED.iter().find(|(sent, _)| *sent == name).map_or(name, |(_, stored)| *stored);
    let kept = fields.iter().filter(|(name, _)| !["StartDate", "EndDate"].contains(name) && !fixed.contains(name));
    kept.map(|(name, value)| (renamed(*name).to_owned(), (*value).to_owned())).collect()
}
