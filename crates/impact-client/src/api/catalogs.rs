//! Catalogues and their items: read, written one by one and in bulk, replaced whole.

use campaign_pilot_core::ErrorKind;
use campaign_pilot_http::{Bytes, Method, Part, Request};
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};

use super::form::{Filtered, amount};
use super::listing::Shape;
use super::{ImpactApi, Listing, model};
use crate::{Catalog, CatalogId, CatalogItem, CatalogItemId, CatalogStatus, ImpactError, StockAvailability};

/// The most items of one bulk update.
pub const MOST_BULK_ITEMS: usize = 500;

/// The most items that impact.com lists.
const MOST_LISTED: usize = 20_000;

/// Which items of a catalogue to list; `None` takes all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CatalogItemFilter {
    /// Those that hold this word.
    pub keyword: Option<String>,
    /// Those that fit this expression, such as `CurrentPrice < 20`.
    pub query: Option<String>,
    /// The order of the list.
    pub sort_by: Option<String>,
}

/// How often impact.com fetches a catalogue's file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PullFrequency {
    /// Every two hours.
    TwoHours,
    /// Every four hours.
    FourHours,
    /// Every eight hours.
    EightHours,
    /// Every week.
    Week,
    /// Every month.
    Month,
}

impl PullFrequency {
    const fn word(self) -> &'static str {
        match self {
            Self::TwoHours => "2H",
            Self::FourHours => "4H",
            Self::EightHours => "8H",
            Self::Week => "1W",
            Self::Month => "1M",
        }
    }
}

impl ImpactApi {
    /// The catalogues of the program.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn catalogs(&self, status: Option<&CatalogStatus>) -> Result<Listing<Catalog>, ImpactError> {
        let request =
            Request::get("Catalogs").query("CampaignId", self.program_id()).query_any("Status", status).query("PageSize", 1_000);
        self.pages("list the catalogs at impact.com", &request, Shape::under(&["Catalogs"])).await
    }

    /// One catalogue; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn catalog(&self, id: &CatalogId) -> Result<Option<Catalog>, ImpactError> {
        let request = Request::get("Catalogs").segment(id);
        self.found("read the catalog at impact.com", &request, id, |catalog: &Catalog| &catalog.id).await
    }

    /// The items of a catalogue. impact.com shows the first 20,000 of a list and no more; a longer one is incomplete, and
    /// says so: narrow it with the filter.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn catalog_items(&self, id: &CatalogId, filter: &CatalogItemFilter) -> Result<Listing<CatalogItem>, ImpactError> {
        let request = items(id)
            .query_any("Keyword", filter.keyword.as_ref())
            .query_any("Query", filter.query.as_ref())
            .query_any("SortBy", filter.sort_by.as_ref())
            .query("PageSize", 1_000);
        let shape = Shape::under(&["Items"]).told_apart_by("CatalogItemId").at_most(MOST_LISTED);
        self.pages("list the items of the catalog at impact.com", &request, shape).await
    }

    /// One item of a catalogue; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn catalog_item(&self, catalog: &CatalogId, id: &CatalogItemId) -> Result<Option<CatalogItem>, ImpactError> {
        let request = items(catalog).segment(id);
        self.found("read the item of the catalog at impact.com", &request, id, |item: &CatalogItem| &item.id).await
    }

    /// Adds an item. Sent once.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may be there all the same.
    pub async fn create_catalog_item(&self, catalog: &CatalogId, item: &CatalogItem) -> Result<(), ImpactError> {
        const CALL: &str = "add the item to the catalog at impact.com";
        let request = Request::post("Catalogs").segment(catalog).segment("Items").json(body(CALL, item)?);
        self.changed(CALL, &request).await
    }

    /// Changes an item, or adds it where impact.com does not know it. Each write is sent once; saying it twice changes
    /// nothing more.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may have changed all the same.
    pub async fn upsert_catalog_item(&self, catalog: &CatalogId, item: &CatalogItem) -> Result<(), ImpactError> {
        const CALL: &str = "change the item of the catalog at impact.com";
        let request = Request::put("Catalogs").segment(catalog).segment("Items").segment(&item.id).json(body(CALL, item)?);
        match self.changed(CALL, &request).await {
            Err(error) if error.kind() == ErrorKind::NotFound => self.create_catalog_item(catalog, item).await,
            other => other,
        }
    }

    /// Takes an item out. Sent once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when there is none; [`ImpactError::may_have_taken_effect`] tells whether it may be gone all
    /// the same.
    pub async fn delete_catalog_item(&self, catalog: &CatalogId, id: &CatalogItemId) -> Result<(), ImpactError> {
        let request = Request::new(Method::DELETE, "Catalogs").segment(catalog).segment("Items").segment(id);
        self.changed("take the item out of the catalog at impact.com", &request).await
    }

    /// Changes or adds up to [`MOST_BULK_ITEMS`] items at once. Sent once; saying it twice changes nothing more.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for none or more items, or one twice; [`ImpactError::may_have_taken_effect`] tells whether
    /// some may have changed all the same.
    pub async fn bulk_update_catalog(&self, catalog: &CatalogId, list: &[CatalogItem]) -> Result<(), ImpactError> {
        const CALL: &str = "change items of the catalog at impact.com";
        let refused = |message: String| Err(ImpactError::new(ErrorKind::Invalid, CALL, message));
        if list.is_empty() || list.len() > MOST_BULK_ITEMS {
            return refused(format!("{} items are not 1 to {MOST_BULK_ITEMS}", list.len()));
        }
        let different: std::collections::BTreeSet<_> = list.iter().map(|item| &item.id).collect();
        if different.len() < list.len() {
            return refused("an item is in the list twice".to_owned());
        }
        let bodies = list.iter().map(|item| body(CALL, item)).collect::<Result<Vec<_>, _>>()?;
        self.changed(CALL, &Request::put("Catalogs").segment(catalog).segment("BulkUpdate").json(Value::Array(bodies))).await
    }

    /// Replaces all items by those of a file, in the catalogue's own form (most often CSV). Sent once; impact.com reads the
    /// file later.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may have arrived all the same.
    pub async fn upload_catalog(
        &self,
        catalog: &CatalogId,
        file_name: &str,
        media_type: &str,
        content: impl Into<Bytes>,
    ) -> Result<(), ImpactError> {
        let file = Part::file("data", file_name, media_type, content);
        let request = Request::post("Catalogs").segment(catalog).segment("Upload").multipart([file]);
        self.changed("replace the items of the catalog at impact.com", &request).await
    }

    /// Lets impact.com fetch the catalogue's file from an address, and brings the catalogue.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may have changed all the same.
    pub async fn pull_catalog_from(
        &self,
        catalog: &CatalogId,
        address: &str,
        file_name: &str,
        frequency: PullFrequency,
    ) -> Result<Catalog, ImpactError> {
        const CALL: &str = "set where the catalog is fetched from at impact.com";
        // In camel case, as few other things are; and the answer is the catalogue, as nowhere else.
        let settings = serde_json::json!({
            "uploadType": "CLIENT_PULL",
            "pullFromUrlSettings": { "address": address, "fileName": file_name, "pullFrequency": frequency.word() },
        });
        model(CALL, self.value(CALL, &Request::put("Catalogs").segment(catalog).json(settings)).await?)
            .map_err(|error| error.maybe_effective(true))
    }
}

fn items(catalog: &CatalogId) -> Request {
    Request::get("Catalogs").segment(catalog).segment("Items")
}

/// An item as a write carries it: what is not set is left out, amounts are numbers to the last digit.
fn body(call: &'static str, item: &CatalogItem) -> Result<Value, ImpactError> {
    let mut fields = Map::new();
    let mut text = |name: &str, value: &str| {
        if !value.is_empty() {
            fields.insert(name.to_owned(), Value::String(value.to_owned()));
        }
    };
    text("CatalogItemId", item.id.as_str());
    text("Name", &item.name);
    text("Url", &item.url);
    let texts = [
        ("Description", &item.description),
        ("ImageUrl", &item.image_url),
        ("Currency", &item.currency),
        ("Category", &item.category),
        ("Manufacturer", &item.manufacturer),
        ("Gtin", &item.gtin),
    ];
    for (name, value) in texts {
        text(name, value.as_deref().unwrap_or_default());
    }
    if item.availability != StockAvailability::default() {
        text("StockAvailability", item.availability.as_str());
    }
    for (name, what, price) in
        [("CurrentPrice", "the price", item.current_price), ("OriginalPrice", "the former price", item.original_price)]
    {
        if let Some(price) = price {
            fields.insert(name.to_owned(), number(call, what, price)?);
        }
    }
    if let Some(inventory) = item.inventory {
        fields.insert("Inventory".to_owned(), Value::Number(inventory.into()));
    }
    for (name, list) in [("PromotionIds", &item.promotion_ids), ("Labels", &item.labels)] {
        if !list.is_empty() {
            fields.insert(name.to_owned(), list.iter().cloned().map(Value::String).collect());
        }
    }
    if item.name.is_empty() || item.url.is_empty() {
        return Err(ImpactError::new(ErrorKind::Invalid, call, format!("item {} needs a name and an address", item.id)));
    }
    Ok(Value::Object(fields))
}

/// An amount as a JSON number. With at most ten digits it is read back as it was written.
fn number(call: &'static str, what: &str, price: Decimal) -> Result<Value, ImpactError> {
    let text = amount(call, what, price)?;
    let number: Result<Number, _> = serde_json::from_str(&text);
    number
        .map(Value::Number)
        .map_err(|error| ImpactError::new(ErrorKind::Invalid, call, format!("{what} {price} is no number")).with_source(error))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn item() -> CatalogItem {
        CatalogItem::new(CatalogItemId::new("M 1/2").unwrap(), "Bottle", "https://shop.example/p")
    }

    #[test]
    fn what_is_not_set_is_left_out() {
        let wanted = json!({"CatalogItemId": "M 1/2", "Name": "Bottle", "Url": "https://shop.example/p"});
        assert_eq!(body("add", &item()).unwrap(), wanted);
        assert!(body("add", &CatalogItem { url: String::new(), ..item() }).is_err());
    }

    proptest! {
        #[test]
        fn prices_are_written_to_the_last_digit(cents in 0_i64..=9_999_999_999) {
            let price = Decimal::new(cents, 2);
            let body = body("add", &CatalogItem { current_price: Some(price), ..item() }).unwrap();
            let back: CatalogItem = serde_json::from_str(&body.to_string()).unwrap();
            prop_assert_eq!(back.current_price, Some(price));
        }
    }
}
