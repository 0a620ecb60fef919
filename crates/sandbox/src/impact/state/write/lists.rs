//! Exception lists: goods or promo codes that are paid otherwise than the rest.

use jiff::Timestamp;
use serde_json::json;

use super::codes::{object, sent};
use super::{Fields, Outcome, WriteAnswer, deleted};
use crate::impact::history::RequestEffect;
use crate::impact::route::ListKind;
use crate::impact::state::{Doc, DocKind, PlatformState};
use crate::impact::time::write_date;
use crate::impact::validate::{self, require};

impl PlatformState {
    pub(super) fn create_list(&mut self, kind: ListKind, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        require(fields, &["ActionTrackerId", "CampaignId", "Name"])?;
        validate::program(fields, &self.settings)?;
        if kind == ListKind::Goods {
            require(fields, &["Type"])?;
            validate::one_of(fields, "Type", &["CATEGORY", "SKU"])?;
        }
        let body = json!({
            "Name": sent(fields, "Name"),
            "Type": sent(fields, "Type"),
            "ActionTrackerId": sent(fields, "ActionTrackerId"),
            "CreatedDate": write_date(now, self.settings.offset()),
        });
        let id = self.docs.next_id(DocKind::List(kind));
        self.docs.put(DocKind::List(kind), Doc { id: id.clone(), body: object(body), created_at: now, ..Doc::default() });
        let path = format!("/{}/{id}", kind.segment());
        Ok((self.ok(&path), RequestEffect::Created(path)))
    }

    pub(super) fn update_list(&mut self, kind: ListKind, id: &str, fields: &Fields<'_>) -> Outcome {
        if kind == ListKind::Goods {
            validate::one_of(fields, "Type", &["", "CATEGORY", "SKU"])?;
        }
        let Some(list) = self.docs.get_mut(DocKind::List(kind), id) else { return Err(WriteAnswer::not_found()) };
        for name in ["Name", "Type", "ActionTrackerId"] {
            if fields.get(name).is_some_and(|text| !text.is_empty()) {
                list.body.insert(name.to_owned(), sent(fields, name));
            }
        }
        let path = format!("/{}/{id}", kind.segment());
        Ok((self.ok(&path), RequestEffect::Updated(path)))
    }

    pub(super) fn add_list_item(&mut self, kind: ListKind, list: &str, fields: &Fields<'_>, now: Timestamp) -> Outcome {
        self.docs.get(DocKind::List(kind), list).ok_or_else(WriteAnswer::not_found)?;
        require(fields, &["Value"])?;
        let value = fields.get("Value").copied().unwrap_or_default();
        let known = self.docs.of(DocKind::ListItem(kind)).find(|item| item.parent == list && item.text("Value") == value);
        let known = known.map(|item| item.id.clone());
        if known.is_some() && fields.get("Upsert") != Some(&"true") {
            return Err(validate::failed("Value", "Already on the list"));
        }
        let is_new = known.is_none();
        let id = known.unwrap_or_else(|| self.docs.next_id(DocKind::ListItem(kind)));
        let body = json!({
            "Value": value,
            "Name": sent(fields, "Name"),
            "MatchMode": "EQ",
            "CreatedDate": write_date(now, self.settings.offset()),
        });
        let doc = Doc { id: id.clone(), parent: list.to_owned(), body: object(body), created_at: now, ..Doc::default() };
        self.docs.put(DocKind::ListItem(kind), doc);
        let path = format!("/{}/{list}/Items/{id}", kind.segment());
        Ok((self.ok(&path), if is_new { RequestEffect::Created(path) } else { RequestEffect::Updated(path) }))
    }

    /// Takes one entry off a list, or all.
    pub(super) fn delete_list_items(&mut self, kind: ListKind, list: &str, item: Option<&str>) -> Outcome {
        self.docs.get(DocKind::List(kind), list).ok_or_else(WriteAnswer::not_found)?;
        let found = self
            .docs
            .of(DocKind::ListItem(kind))
            .filter(|found| found.parent == list && item.is_none_or(|item| item == found.id));
        let gone: Vec<String> = found.map(|found| found.id.clone()).collect();
        if gone.is_empty() && item.is_some() {
            return Err(WriteAnswer::not_found());
        }
        for id in gone {
            self.docs.remove(DocKind::ListItem(kind), &id);
        }
        let path = item.map_or_else(String::new, |item| format!("/{item}"));
        Ok((deleted(), RequestEffect::Deleted(format!("/{}/{list}/Items{path}", kind.segment()))))
    }
}
