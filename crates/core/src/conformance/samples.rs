//! Values that the suites write and read back.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::Violation;
use crate::{
    AdCopy, Campaign, CampaignAction, CampaignId, CampaignSpec, CategoryName, Currency, DecisionId, DesiredStatus,
    EffectiveStatus, Intent, Money, OperationId, OperationTag, Period, PlanId, PlatformStatus, Product, ProductId, ProductKind,
    ProductStatus, Sku, Stock,
};

const BROKEN: &str = "the suite's own samples are valid";

/// 2026-03-01T00:00:00Z and so many microseconds.
pub(super) fn at(microseconds: i64) -> Result<Timestamp, Violation> {
    Timestamp::from_microsecond(1_772_323_200_000_000 + microseconds).map_err(|error| Violation::new(BROKEN, error))
}

/// So many hours after 2026-03-01T00:00:00Z.
pub(super) fn hour(number: i64) -> Result<Timestamp, Violation> {
    at(number * 3_600_000_000)
}

pub(super) fn period(from: Timestamp, to: Timestamp) -> Result<Period, Violation> {
    Period::new(from, to).map_err(|error| Violation::new(BROKEN, error))
}

/// An amount in ten-thousandths: more digits than the currency settles in.
pub(super) fn euro(ten_thousandths: i64) -> Money {
    Money::new(Decimal::new(ten_thousandths, 4), Currency::EUR)
}

pub(super) fn id<T>(result: Result<T, crate::IdError>) -> Result<T, Violation> {
    result.map_err(|error| Violation::new(BROKEN, error))
}

pub(super) fn product(number: u64) -> Result<Product, Violation> {
    Ok(Product {
        id: ProductId::from_number(number),
        sku: Some(id(Sku::new("ÄÖ-\"1\""))?),
        name: "Tent \u{1f3d5} <b>'x'</b>; -- DROP".to_owned(),
        summary: String::new(),
        permalink: "https://shop.example/p/tent?a=1&b=2".to_owned(),
        price: Some(euro(199_900)),
        unit_cost: Some(euro(107_500)),
        categories: vec![id(CategoryName::new("Home & Garden"))?],
        stock: Stock::Managed { quantity: Decimal::new(-15, 1) },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: Some(at(-1)?),
    })
}

pub(super) fn spec(name: &str) -> Result<CampaignSpec, Violation> {
    Ok(CampaignSpec {
        id: id(CampaignId::new(format!("conformance-{name}")))?,
        product: ProductId::from_number(11),
        sku: None,
        name: format!("Tent {name}"),
        landing_page: "https://shop.example/p/tent".to_owned(),
        copy: AdCopy { headline: "Sleep dry".to_owned(), body: String::new(), written_by: "conformance".to_owned() },
        budget: euro(150_000),
        flight: period(hour(0)?, hour(48)?)?,
    })
}

pub(super) fn campaign(name: &str) -> Result<Campaign, Violation> {
    let spec = spec(name)?;
    Ok(Campaign {
        tag: OperationTag::of(&operation(name)?),
        platform_id: None,
        desired: DesiredStatus::Active,
        platform: PlatformStatus::Other("IN_REVIEW".to_owned()),
        effective: EffectiveStatus::Unknown,
        budget: spec.budget,
        product: product(11)?.into(),
        spec: spec.into(),
    })
}

pub(super) fn operation(name: &str) -> Result<OperationId, Violation> {
    id(OperationId::new(format!("conformance-{name}")))
}

pub(super) fn intent(name: &str) -> Result<Intent, Violation> {
    let operation = operation(name)?;
    Ok(Intent {
        decision: DecisionId::of("conformance", name),
        plan: id(PlanId::new("conformance-plan"))?,
        tag: OperationTag::of(&operation),
        action: CampaignAction::Create { spec: Box::new(spec(name)?) },
        reserved: euro(150_000),
        operation,
    })
}

pub(super) const fn hours(number: i64) -> SignedDuration {
    SignedDuration::from_hours(number)
}
