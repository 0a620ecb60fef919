//! Promo codes, tracking links and groups of partners.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Fields, Outcome, WriteAnswer, deleted};
use crate::impact::history::RequestEffect;
use crate::impact::ids;
use crate::impact::shape::or_absent;
use crate::impact::state::{Doc, DocKind, PlatformState};
use crate::impact::time::{read_instant, write_date};
use crate::impact::validate::{self, require};

impl PlatformState {
    pub(super) fn create_promo_code(&mut self, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        require(fields, &["AssignedPartnerId", "CampaignId", "CreditPolicy", "Code", "Type"])?;
        validate::program(fields, &self.settings)?;
        validate::one_of(fields, "CreditPolicy", &["ALWAYS", "INVOLVED", "WINNER"])?;
        validate::one_of(fields, "Type", &["LI", "RE"])?;
        let text = |name: &str| fields.get(name).copied().unwrap_or_default();
        let partner = text("AssignedPartnerId").parse().ok().filter(|id| self.partners.contains_key(id));
        let partner = partner.ok_or_else(|| validate::failed("AssignedPartnerId", "Unknown partner"))?;
        if self.docs.of(DocKind::PromoCode).any(|doc| doc.text("Code") == text("Code") && doc.ends_at.is_none_or(|end| now < end))
        {
            return Err(validate::failed("Code", "Already assigned"));
        }
        let deal = match text("DealId") {
            "" => None,
            id => {
                Some(id.parse().ok().and_then(|id| self.deal(id)).ok_or_else(|| validate::failed("DealId", "Unknown deal"))?.id)
            }
        };
        let date = |name: &str| match text(name) {
            "" => Ok(None),
            text => match read_instant(text, self.settings.offset()) {
                Some(instant) => Ok(Some(instant)),
                None => Err(validate::failed(name, "Not a valid date")),
            },
        };
        let (starts_at, ends_at) = (date("StartDate")?, date("EndDate")?);
        let body = json!({
            "Code": text("Code"),
            "Type": text("Type"),
            "CreditPolicy": text("CreditPolicy"),
            "CampaignId": self.settings.program_id,
            "CampaignName": self.settings.program_name,
            "AssignedPartnerId": partner,
            "AssignedPartnerName": self.partner_name(partner),
            "CreatedDate": write_date(now, self.settings.offset()),
            "DealId": deal,
        });
        let id = self.docs.next_id(DocKind::PromoCode);
        self.docs.put(
            DocKind::PromoCode,
            Doc { id: id.clone(), body: object(body), starts_at, ends_at, created_at: now, ..Doc::default() },
        );
        self.align_codes(now);
        let path = format!("/PromoCodes/{id}");
        Ok((self.ok(&path), RequestEffect::Created(path)))
    }

    /// Expires a promo code; there is no way back.
    pub(super) fn expire_promo_code(&mut self, id: &str, now: Timestamp) -> Outcome {
        let Some(code) = self.docs.get_mut(DocKind::PromoCode, id) else { return Err(WriteAnswer::not_found()) };
        code.ends_at = Some(code.ends_at.map_or(now, |end| end.min(now)));
        let path = format!("/PromoCodes/{id}");
        Ok((self.ok(&path), RequestEffect::Updated(path)))
    }

    /// Moves the promo codes of synchronised deals to the deals' dates.
    pub(super) fn align_codes(&mut self, now: Timestamp) {
        for code in self.docs.of_mut(DocKind::PromoCode) {
            let deal = code.body.get("DealId").and_then(Value::as_u64).and_then(|id| self.deals.get(&id));
            // An expired code cannot be activated again.
            let is_over = code.ends_at.is_some_and(|end| end <= now);
            if let Some(deal) = deal.filter(|deal| deal.is_synched() && !is_over) {
                code.starts_at = deal.starts_at;
                code.ends_at = deal.ends_at;
            }
        }
    }

    pub(super) fn tracking_link(&mut self, program: &str, fields: &Fields<'_>) -> Outcome {
        if program.parse().ok() != Some(self.settings.program_id) {
            return Err(WriteAnswer::not_found());
        }
        let text = |name: &str| fields.get(name).copied().unwrap_or_default();
        let partner = text("MediaPartnerId").parse().ok().filter(|id| self.partners.contains_key(id));
        let partner = partner.ok_or_else(|| validate::failed("MediaPartnerId", "Unknown partner"))?;
        validate::one_of(fields, "Type", &["", "Regular", "Vanity"])?;
        if text("Type") == "Vanity" && text("CustomPath").is_empty() {
            return Err(validate::failed("CustomPath", "Is required for a vanity link"));
        }
        let ad = match text("AdId") {
            "" => super::super::DEFAULT_AD,
            id => id.parse().ok().filter(|id| self.ads.contains_key(id)).ok_or_else(|| validate::failed("AdId", "Unknown ad"))?,
        };
        let mut link = match text("CustomPath") {
            "" => format!("https://sandbox-shop.sjv.example/c/{partner}/{ad}/{program}"),
            path => format!("https://sandbox-shop.sjv.example/{path}"),
        };
        if !text("DeepLink").is_empty() {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("u", text("DeepLink")).finish();
            link = format!("{link}?{query}");
        }
        Ok((WriteAnswer::new(200, json!({ "TrackingURL": link })), RequestEffect::Created(link)))
    }

    pub(super) fn create_group(&mut self, program: &str, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        self.of_program(program)?;
        require(fields, &["Name"])?;
        let partners = self.known_partners(fields, "MediaPartners")?;
        let id = self.docs.next_id(DocKind::Group);
        let body = json!({ "Name": fields.get("Name"), "MediaPartners": partners });
        self.docs.put(DocKind::Group, Doc { id: id.clone(), body: object(body), created_at: now, ..Doc::default() });
        let path = format!("/Campaigns/{program}/MediaPartnerGroups/{id}");
        Ok((self.ok(&path), RequestEffect::Created(path)))
    }

    pub(super) fn update_group(&mut self, program: &str, id: &str, fields: &Fields<'_>) -> Outcome {
        self.of_program(program)?;
        let (add, gone) = (self.known_partners(fields, "MediaPartnersAdd")?, self.known_partners(fields, "MediaPartnersRemove")?);
        let Some(group) = self.docs.get_mut(DocKind::Group, id) else { return Err(WriteAnswer::not_found()) };
        if let Some(name) = fields.get("Name").filter(|name| !name.is_empty()) {
            group.body.insert("Name".to_owned(), json!(name));
        }
        if let Some(Value::Array(members)) = group.body.get_mut("MediaPartners") {
            members.retain(|member| !add.contains(&member.as_u64().unwrap_or_default()));
            members.extend(add.iter().map(|id| Value::from(*id)));
            members.retain(|member| !gone.contains(&member.as_u64().unwrap_or_default()));
        }
        let path = format!("/Campaigns/{program}/MediaPartnerGroups/{id}");
        Ok((self.ok(&path), RequestEffect::Updated(path)))
    }

    pub(super) fn delete_group(&mut self, program: &str, id: &str) -> Outcome {
        self.of_program(program)?;
        self.docs.remove(DocKind::Group, id).ok_or_else(WriteAnswer::not_found)?;
        Ok((deleted(), RequestEffect::Deleted(format!("/Campaigns/{program}/MediaPartnerGroups/{id}"))))
    }

    fn of_program(&self, program: &str) -> Result<(), WriteAnswer> {
        if program.parse().ok() == Some(self.settings.program_id) { Ok(()) } else { Err(WriteAnswer::not_found()) }
    }

    fn known_partners(&self, fields: &Fields<'_>, name: &str) -> Result<Vec<u64>, WriteAnswer> {
        let sent = ids(fields.get(name).copied().unwrap_or_default());
        let known = |id: &str| id.parse().ok().filter(|id| self.partners.contains_key(id));
        sent.into_iter().map(|id| known(id).ok_or_else(|| validate::failed(name, "Unknown partner"))).collect()
    }
}

/// The fields of a JSON object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => Map::from_iter([("Value".to_owned(), other)]),
    }
}

/// A text that was sent, or nothing.
pub(super) fn sent(fields: &Fields<'_>, name: &str) -> Value {
    or_absent(fields.get(name).copied().unwrap_or_default())
}
