//! Creating and changing ads.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Fields, Outcome, WriteAnswer, WriteRequest};
use crate::impact::history::RequestEffect;
use crate::impact::quirks::PutRule;
use crate::impact::settings::{ProgramState, Revival};
use crate::impact::state::{Ad, FIRST_AD, PlatformState};
use crate::impact::time::read_instant;
use crate::impact::validate;

/// The fields of a new ad that are kept as they were sent; the last ones may come several times.
const KEPT: [&str; 18] = [
    "CustomAdServingUrl",
    "AdCodeTemplate",
    "CouponAllowCustomPromoCode",
    "CustomisationCharge",
    "IabAdUnit",
    "ThirdPartyServableAdCreativeHeight",
    "ThirdPartyServableAdCreativeWidth",
    "BannerAlternativeTag",
    "GetHtmlCodeType",
    "AllowDeepLinking",
    "MobileFallbacks",
    "Season",
    "MobileReady",
    "PhoneTracking",
    "PromoCodeTracking",
    "TopSeller",
    "TargetMediaPartners",
    "TargetMediaPartnerGroups",
];

impl PlatformState {
    pub(super) fn create_ad(&mut self, request: &WriteRequest, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        validate::new_ad(fields, &self.settings)?;
        if self.settings.program_state != ProgramState::Active {
            let message = format!("The program is {}", self.settings.program_state.as_str());
            return Err(validate::failed("CampaignId", &message));
        }
        self.known_deal(fields)?;
        let id = self.ads.last_key_value().map_or(FIRST_AD, |(last, _)| last + 1);
        let text = |name: &str| fields.get(name).copied().unwrap_or_default().to_owned();
        let instant = |name: &str| fields.get(name).and_then(|text| read_instant(text, self.settings.offset()));
        let mut ad = Ad {
            id,
            name: text("Name"),
            ad_type: text("AdType"),
            language: text("Language"),
            link_text: text("LinkText"),
            coupon_link_name: text("CouponLinkName"),
            description: text("Description"),
            landing_page: text("LandingPage"),
            labels: text("Labels"),
            deal_id: text("DealId"),
            more: kept(request),
            created_at: now,
            updated_at: now,
            ..Ad::default()
        };
        let (starts_at, ends_at) = (instant("LimitedTimeStartDate"), instant("LimitedTimeEndDate"));
        ad.set_dates(starts_at, ends_at, self.settings.takes_effect(ends_at), now);
        self.ads.insert(id, ad);
        self.align_ads(|ad| ad.id == id, now);
        Ok((self.ok(&format!("/Ads/{id}")), RequestEffect::CreatedAd(id)))
    }

    pub(super) fn update_ad(&mut self, id: &str, request: &WriteRequest, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        let settings = self.settings.clone();
        let nulls = settings.quirks.put == PutRule::Nulls;
        let Some(id) = id.parse().ok().filter(|number: &u64| self.ads.contains_key(number)) else {
            return Err(WriteAnswer::not_found());
        };
        validate::changed_ad(fields, &settings)?;
        self.known_deal(fields)?;
        let Some(ad) = self.ads.get_mut(&id) else { return Err(WriteAnswer::not_found()) };

        // An empty date means no limit; an omitted one stays or, where updates replace, means no limit, too.
        let date = |name: &str| match fields.get(name) {
            Some(text) => Some(read_instant(text, settings.offset())),
            None => nulls.then_some(None),
        };
        let (start, mut end) = (date("LimitedTimeStartDate"), date("LimitedTimeEndDate"));
        let revives = ad.has_ended(now) && end.is_some_and(|end| settings.takes_effect(end).is_none_or(|end| now < end));
        match (revives, settings.revival) {
            (true, Revival::Refused) => return Err(validate::failed("LimitedTimeEndDate", "The ad has expired")),
            (true, Revival::Ignored) => end = None,
            (true, Revival::Works) | (false, _) => {}
        }
        let ends_at = end.unwrap_or(ad.ends_at);
        ad.set_dates(start.unwrap_or(ad.starts_at), ends_at, settings.takes_effect(ends_at), now);
        let texts = [
            ("Name", &mut ad.name),
            ("AdType", &mut ad.ad_type),
            ("Language", &mut ad.language),
            ("LinkText", &mut ad.link_text),
            ("CouponLinkName", &mut ad.coupon_link_name),
            ("Description", &mut ad.description),
            ("LandingPage", &mut ad.landing_page),
            ("Labels", &mut ad.labels),
            ("DealId", &mut ad.deal_id),
        ];
        for (name, stored) in texts {
            match fields.get(name) {
                Some(text) => (*text).clone_into(stored),
                None if nulls => stored.clear(),
                None => {}
            }
        }
        if nulls {
            ad.more.clear();
        }
        ad.more.extend(kept(request));
        ad.updated_at = now;
        if fields.contains_key("DealId") {
            self.align_ads(|ad| ad.id == id, now);
        }
        Ok((self.ok(&format!("/Ads/{id}")), RequestEffect::UpdatedAd(id)))
    }

    fn known_deal(&self, fields: &Fields<'_>) -> Result<(), WriteAnswer> {
        match fields.get("DealId").filter(|id| !id.is_empty()) {
            Some(id) if id.parse().ok().and_then(|id| self.deal(id)).is_none() => Err(validate::failed("DealId", "Unknown deal")),
            _ => Ok(()),
        }
    }
}

fn kept(request: &WriteRequest) -> BTreeMap<String, Vec<String>> {
    let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &request.fields {
        // Whether a list is repeated or divided by commas is not documented: both are taken.
        let bare = name.trim_end_matches("[]");
        if !KEPT.contains(&bare) {
            continue;
        }
        let values = kept.entry(bare.to_owned()).or_default();
        if bare.starts_with("Target") {
            values.extend(value.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned));
        } else {
            *values = vec![value.clone()];
        }
    }
    kept
}
