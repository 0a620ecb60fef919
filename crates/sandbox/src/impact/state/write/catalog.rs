//! Items of the catalog, one by one and in bulk.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Outcome, WriteAnswer, WriteRequest, deleted};
use crate::impact::catalogs::{CATALOG, as_segment, catalog_json};
use crate::impact::history::RequestEffect;
use crate::impact::multipart::UPLOADED;
use crate::impact::shape::{read_bool, read_number};
use crate::impact::state::{Doc, DocKind, PlatformState};
use crate::impact::{table, validate};

/// The most items that one bulk update may carry.
const MOST_IN_BULK: usize = 500;

/// The fields of an item that are numbers.
const NUMBERS: [&str; 16] = [
    "CurrentPrice",
    "OriginalPrice",
    "DiscountPercentage",
    "ManufacturingCost",
    "ShippingRate",
    "ShippingWeight",
    "ShippingLength",
    "ShippingWidth",
    "ShippingHeight",
    "Weight",
    "AgeRangeMin",
    "AgeRangeMax",
    "Inventory",
    "Numeric1",
    "Numeric2",
    "Numeric3",
];

impl PlatformState {
    /// `POST` makes a new item, `PUT` changes one or makes it: what is not sent stays.
    pub(super) fn put_catalog_item(
        &mut self,
        catalog: &str,
        item: Option<&str>,
        request: &WriteRequest,
        now: Timestamp,
    ) -> Outcome {
        known(catalog)?;
        let mut sent = match &request.json {
            Value::Object(fields) => fields.clone(),
            _ => request.fields.iter().map(|(name, value)| (name.clone(), typed(name, value))).collect(),
        };
        if let Some(item) = item {
            sent.insert("CatalogItemId".to_owned(), Value::from(item));
        }
        let id = self.store_item(sent, item.is_none(), now)?;
        let path = format!("/Catalogs/{catalog}/Items/{}", as_segment(&id));
        Ok((self.ok(&path), if item.is_none() { RequestEffect::Created(path) } else { RequestEffect::Updated(path) }))
    }

    pub(super) fn put_catalog_items(&mut self, catalog: &str, request: &WriteRequest, now: Timestamp) -> Outcome {
        known(catalog)?;
        let Value::Array(items) = &request.json else {
            return Err(WriteAnswer::refused(400, "A JSON array of items is expected"));
        };
        if items.is_empty() || items.len() > MOST_IN_BULK {
            return Err(WriteAnswer::refused(400, &format!("Between 1 and {MOST_IN_BULK} items are allowed")));
        }
        let items: Option<Vec<&Map<String, Value>>> = items.iter().map(Value::as_object).collect();
        let items = items.ok_or_else(|| WriteAnswer::refused(400, "A JSON array of items is expected"))?;
        // All or nothing.
        items.iter().try_for_each(|item| self.check_item(item, false).map(drop))?;
        for item in items {
            self.store_item(item.clone(), false, now)?;
        }
        let path = format!("/Catalogs/{catalog}");
        Ok((self.ok(&path), RequestEffect::Updated(format!("{path}/Items"))))
    }

    /// Takes a whole file in the place of all items: a comma-delimited one whose columns are named like the fields of an item,
    /// as a catalog in the custom format can be set up. The documentation says nothing of files that cannot be read; here they
    /// change nothing.
    pub(super) fn replace_catalog_items(&mut self, catalog: &str, request: &WriteRequest, now: Timestamp) -> Outcome {
        known(catalog)?;
        let Some(file) = request.json.get(UPLOADED).and_then(Value::as_str) else {
            return Err(validate::failed(UPLOADED, "Is required, as a file of multipart/form-data"));
        };
        let rows = table::read(file).map_err(|reason| validate::failed(UPLOADED, reason))?;
        let item = |row: Vec<(String, String)>| -> Map<String, Value> {
            let said = row.into_iter().filter(|(_, value)| !value.is_empty());
            said.map(|(name, value)| (name.clone(), typed(&name, &value))).collect()
        };
        let items: Vec<Map<String, Value>> = rows.into_iter().map(item).collect();
        let old = self.docs.take_all(DocKind::CatalogItem);
        if let Err(refusal) = items.into_iter().try_for_each(|item| self.store_item(item, true, now).map(drop)) {
            self.docs.take_all(DocKind::CatalogItem);
            old.into_iter().for_each(|doc| self.docs.put(DocKind::CatalogItem, doc));
            return Err(refusal);
        }
        self.catalog_updated_at = Some(now);
        self.catalog_pulled = false;
        Ok((WriteAnswer::new(200, json!({ "Status": "OK" })), RequestEffect::Updated(format!("/Catalogs/{catalog}/Items"))))
    }

    pub(super) fn delete_catalog_item(&mut self, catalog: &str, item: &str) -> Outcome {
        known(catalog)?;
        self.docs.remove(DocKind::CatalogItem, item).ok_or_else(WriteAnswer::not_found)?;
        Ok((deleted(), RequestEffect::Deleted(format!("/Catalogs/{catalog}/Items/{item}"))))
    }

    /// How the catalog is pulled; answers the whole catalog.
    pub(super) fn set_catalog_pull(&mut self, catalog: &str, request: &WriteRequest) -> Outcome {
        known(catalog)?;
        let settings = &request.json;
        let address = settings.pointer("/pullFromUrlSettings/address").and_then(Value::as_str);
        if settings.get("uploadType") != Some(&json!("CLIENT_PULL")) || address.is_none() {
            return Err(validate::failed("uploadType", "Only CLIENT_PULL with an address can be set"));
        }
        self.catalog_pulled = true;
        let body = catalog_json(self);
        Ok((WriteAnswer::new(200, body), RequestEffect::Updated(format!("/Catalogs/{catalog}"))))
    }

    fn check_item(&self, item: &Map<String, Value>, is_new: bool) -> Result<String, WriteAnswer> {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = text("CatalogItemId");
        let is_known = self.docs.get(DocKind::CatalogItem, id).is_some();
        if is_new && is_known {
            return Err(validate::failed("CatalogItemId", "Already exists"));
        }
        for name in ["CatalogItemId", "Name", "Url"] {
            if text(name).is_empty() && !(is_known && name != "CatalogItemId") {
                return Err(validate::failed(name, "Is required"));
            }
        }
        let stock = text("StockAvailability");
        if !["", "InStock", "OutOfStock", "BackOrder", "PreOrder", "LimitedAvailability"].contains(&stock) {
            return Err(validate::failed("StockAvailability", "Unknown word"));
        }
        Ok(id.to_owned())
    }

    fn store_item(&mut self, item: Map<String, Value>, is_new: bool, now: Timestamp) -> Result<String, WriteAnswer> {
        let id = self.check_item(&item, is_new)?;
        match self.docs.get_mut(DocKind::CatalogItem, &id) {
            Some(doc) => doc.body.extend(item),
            None => {
                let doc = Doc { id: id.clone(), parent: CATALOG.to_owned(), body: item, created_at: now, ..Doc::default() };
                self.docs.put(DocKind::CatalogItem, doc);
            }
        }
        self.catalog_updated_at = Some(now);
        Ok(id)
    }
}

fn known(catalog: &str) -> Result<(), WriteAnswer> {
    if catalog == CATALOG { Ok(()) } else { Err(WriteAnswer::not_found()) }
}

fn typed(name: &str, value: &str) -> Value {
    if NUMBERS.contains(&name) {
        read_number(value)
    } else if ["Adult", "IsParent"].contains(&name) {
        read_bool(value)
    } else {
        Value::from(value)
    }
}
