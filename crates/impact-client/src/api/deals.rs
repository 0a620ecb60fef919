//! Deals: created, listed, read, changed, deleted.

use campaign_pilot_core::{ErrorKind, Money};
use campaign_pilot_http::{Method, Request};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::copy::{Lines, check_text};
use super::form::{Filtered, Form, amount, money};
use super::listing::Shape;
use super::{ImpactApi, Listing};
use crate::{Deal, DealId, DealKind, DealScope, DealState, Discount, ImpactError, PartnerGroupId, PartnerId};

/// Deals a page; impact.com documents it as the general default.
const PAGE_SIZE: u32 = 1_000;

/// Which deals of the program to list; `None` takes all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DealFilter {
    /// Those that cover this.
    pub scope: Option<DealScope>,
    /// Those that stand so.
    pub state: Option<DealState>,
    /// Those that give this.
    pub kind: Option<DealKind>,
}

/// A deal as it shall be created.
#[derive(Clone, Debug, PartialEq)]
pub struct DealDraft {
    /// Its name.
    pub name: String,
    /// A longer text for partners; may be empty. A deal has no labels: our tag goes in here.
    pub description: String,
    /// What it gives. [`DealKind::GeneralSale`] needs a discount.
    pub kind: DealKind,
    /// What it covers.
    pub scope: DealScope,
    /// The product, where it covers products.
    pub product_name: Option<String>,
    /// The categories, where it covers categories.
    pub categories: Vec<String>,
    /// How much it takes off.
    pub discount: Option<Discount>,
    /// The gift, where it gives one.
    pub gift: Option<String>,
    /// The money that it gives back.
    pub rebate: Option<Money>,
    /// The code that shoppers enter.
    pub default_promo_code: Option<String>,
    /// When it starts; `None`: at once.
    pub starts_at: Option<Timestamp>,
    /// When it ends; `None`: never.
    pub ends_at: Option<Timestamp>,
    /// Whether its ads and promo codes shall follow its state and dates.
    pub synchronises: bool,
    /// The only partners that may use it; empty for all.
    pub partners: Vec<PartnerId>,
    /// The only groups of partners that may use it; empty for all.
    pub partner_groups: Vec<PartnerGroupId>,
}

impl DealDraft {
    /// A deal for the whole store, without a discount and without dates.
    pub fn new(name: impl Into<String>, kind: DealKind) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            kind,
            scope: DealScope::EntireStore,
            product_name: None,
            categories: Vec::new(),
            discount: None,
            gift: None,
            rebate: None,
            default_promo_code: None,
            starts_at: None,
            ends_at: None,
            synchronises: false,
            partners: Vec::new(),
            partner_groups: Vec::new(),
        }
    }

    /// What impact.com documents as belonging together, and the rules for texts that partners show.
    fn check(&self, call: &'static str) -> Result<(), ImpactError> {
        if self.name.trim().is_empty() {
            return Err(ImpactError::new(ErrorKind::Invalid, call, "a deal needs a name"));
        }
        let texts = [
            ("name", Some(&self.name)),
            ("product's name", self.product_name.as_ref()),
            ("gift", self.gift.as_ref()),
            ("promo code", self.default_promo_code.as_ref()),
            ("description", Some(&self.description)),
        ];
        check_texts(call, texts)?;
        self.categories.iter().try_for_each(|category| check_text(call, "category", category, Lines::One))?;
        let missing = match (&self.kind, &self.scope) {
            (DealKind::GeneralSale, _) if self.discount.is_none() => "a general sale needs a discount",
            (DealKind::GiftWithPurchase, _) if self.gift.is_none() => "a gift with purchase needs the gift",
            (DealKind::Rebate, _) if self.rebate.is_none() => "a rebate needs its amount",
            (_, DealScope::Product) if self.product_name.is_none() => "a deal for a product needs the product's name",
            (_, DealScope::Category) if self.categories.is_empty() => "a deal for categories needs the categories",
            _ if matches!((self.starts_at, self.ends_at), (Some(start), Some(end)) if end <= start) => {
                "a deal ends after its start"
            }
            _ => return Ok(()),
        };
        Err(ImpactError::new(ErrorKind::Invalid, call, missing))
    }
}

fn check_texts<'a>(
    call: &'static str,
    texts: impl IntoIterator<Item = (&'a str, Option<&'a String>)>,
) -> Result<(), ImpactError> {
    for (what, text) in texts {
        let lines = if what == "description" { Lines::Several } else { Lines::One };
        check_text(call, what, text.map_or("", String::as_str), lines)?;
    }
    Ok(())
}

/// What shall change about a deal; `None` leaves it as it is. The rest of a deal cannot be changed over the API.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DealChange {
    /// Its name.
    pub name: Option<String>,
    /// The longer text.
    pub description: Option<String>,
    /// When it starts.
    pub starts_at: Option<Timestamp>,
    /// When it ends. An end in the past ends it.
    pub ends_at: Option<Timestamp>,
    /// Whether its ads and promo codes follow its state and dates.
    pub synchronises: Option<bool>,
    /// How much it takes off. The currency of a fixed amount cannot be changed, and is not sent.
    pub discount: Option<Discount>,
    /// The gift.
    pub gift: Option<String>,
    /// The money that it gives back. Its currency cannot be changed, and is not sent.
    pub rebate: Option<Money>,
}

impl ImpactApi {
    /// The deals of the program.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn deals(&self, filter: &DealFilter) -> Result<Listing<Deal>, ImpactError> {
        let request = Request::get("Deals")
            .query("CampaignId", self.program_id())
            .query_any("Scope", filter.scope.as_ref())
            .query_any("State", filter.state.as_ref())
            .query_any("Type", filter.kind.as_ref())
            .query("PageSize", PAGE_SIZE);
        self.pages("list the deals at impact.com", &request, Shape::under(&["Deals"])).await
    }

    /// One deal; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn deal(&self, id: &DealId) -> Result<Option<Deal>, ImpactError> {
        let request = Request::get("Deals").segment(id);
        self.found("read the deal at impact.com", &request, id, |deal: &Deal| &deal.id).await
    }

    /// Creates a deal and brings its id. Sent once; impact.com has no key against doing it twice.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] before anything is sent for a deal without what its kind or its scope needs, or with a text of more
    /// than 255 characters, with markup, or with anything hidden (line breaks stand in the description alone). Else
    /// [`ImpactError::may_have_taken_effect`] tells whether the deal may exist all the same.
    pub async fn create_deal(&self, draft: &DealDraft) -> Result<DealId, ImpactError> {
        const CALL: &str = "create the deal at impact.com";
        draft.check(CALL)?;
        let form = self.deal_form(CALL, draft)?;
        form.check(CALL, &["RestrictedMediaPartners", "RestrictedMediaPartnerGroups"])?;
        self.created(CALL, &Request::post("Deals").form(form.into_pairs()), "Deals").await
    }

    /// Changes a deal; what the change leaves out stays as it is. Sent once; saying it twice changes nothing more.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may have changed all the same.
    pub async fn update_deal(&self, id: &DealId, change: &DealChange) -> Result<(), ImpactError> {
        const CALL: &str = "change the deal at impact.com";
        let texts =
            [("name", change.name.as_ref()), ("gift", change.gift.as_ref()), ("description", change.description.as_ref())];
        check_texts(CALL, texts)?;
        let mut form = Form::default()
            .with_any("Name", change.name.as_ref())
            .with_any("Description", change.description.as_ref())
            .with_any("StartDate", change.starts_at.map(|at| self.date(at)))
            .with_any("EndDate", change.ends_at.map(|at| self.date(at)))
            .with_any("SynchAdsPromoCodes", change.synchronises)
            .with_any("Gift", change.gift.as_ref());
        if let Some(discount) = change.discount {
            form = with_discount(CALL, form, discount, false)?;
        }
        if let Some(rebate) = change.rebate {
            form = form.with("RebateAmount", money(CALL, "the rebate", rebate)?);
        }
        form.check(CALL, &[])?;
        let pairs = form.into_pairs();
        if pairs.is_empty() {
            return Err(ImpactError::new(ErrorKind::Invalid, CALL, "the change holds nothing"));
        }
        self.changed(CALL, &Request::put("Deals").segment(id).form(pairs)).await
    }

    /// Deletes a deal, for good. Sent once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when there is none (any more); [`ImpactError::may_have_taken_effect`] tells whether it may
    /// be gone all the same.
    pub async fn delete_deal(&self, id: &DealId) -> Result<(), ImpactError> {
        self.changed("delete the deal at impact.com", &Request::new(Method::DELETE, "Deals").segment(id)).await
    }

    fn deal_form(&self, call: &'static str, draft: &DealDraft) -> Result<Form, ImpactError> {
        let mut form = Form::default()
            .with("CampaignId", self.program_id())
            .with("Name", &draft.name)
            .with("Scope", &draft.scope)
            .with("Type", &draft.kind)
            .with_text("Description", &draft.description)
            .with_any("StartDate", draft.starts_at.map(|at| self.date(at)))
            .with_any("EndDate", draft.ends_at.map(|at| self.date(at)))
            .with("SynchAdsPromoCodes", draft.synchronises)
            .with_any("ProductName", draft.product_name.as_ref())
            .with_commas("Categories", &draft.categories)
            .with_commas("RestrictedMediaPartners", &draft.partners)
            .with_commas("RestrictedMediaPartnerGroups", &draft.partner_groups)
            .with_any("DefaultPromoCode", draft.default_promo_code.as_ref())
            .with_any("Gift", draft.gift.as_ref());
        if let Some(discount) = draft.discount {
            form = with_discount(call, form, discount, true)?;
        }
        if let Some(rebate) = draft.rebate {
            form = form.with("RebateAmount", money(call, "the rebate", rebate)?).with("RebateCurrency", rebate.currency);
        }
        Ok(form)
    }
}

fn with_discount(call: &'static str, form: Form, discount: Discount, with_currency: bool) -> Result<Form, ImpactError> {
    let percent = |percent: Decimal| {
        if percent > Decimal::ONE_HUNDRED || percent <= Decimal::ZERO {
            let message = format!("a discount of {percent} % is not between 0 and 100 %");
            return Err(ImpactError::new(ErrorKind::Invalid, call, message));
        }
        amount(call, "the discount", percent)
    };
    Ok(match discount {
        Discount::Fixed(fixed) => {
            let form = form.with("DiscountType", "FIXED").with("DiscountAmount", money(call, "the discount", fixed)?);
            if with_currency { form.with("DiscountCurrency", fixed.currency) } else { form }
        }
        Discount::Percent(of) => form.with("DiscountType", "PERCENT").with("DiscountPercent", percent(of)?),
        Discount::UpToPercent(of) => form.with("DiscountType", "PERCENT_MAXIMUM").with("DiscountMaximumPercent", percent(of)?),
        Discount::PercentRange { from, to } => form
            .with("DiscountType", "PERCENT_RANGE")
            .with("DiscountPercentRangeStart", percent(from)?)
            .with("DiscountPercentRangeEnd", percent(to)?),
    })
}
