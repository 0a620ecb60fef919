//! Every verb of the client, by the file of impact.com's that describes what it sends.

use campaign_pilot_core::{Currency, Money};
use campaign_pilot_impact_client::{
    ActionId, ActionUpdateId, AdDraft, AdId, AdKind, BannerSource, BatchId, CatalogId, CatalogItem, CatalogItemFilter,
    CatalogItemId, CatalogStatus, ClickId, ClickQuery, ContractFilter, ContractId, ContractStatus, CreditPolicy, DealChange,
    DealDraft, DealFilter, DealId, DealKind, DealScope, DealState, Discount, EventTypeId, ExceptionItemId, ExceptionListChange,
    ExceptionListId, ExceptionListKind, ExceptionListState, ImpactApi, ImpactError, InquiryFilter, InquiryId, InquiryResolution,
    JobId, PartnerFilter, PartnerGroupId, PartnerId, PartnerState, ProgramState, PromoCodeDraft, PromoCodeExceptionListId,
    PromoCodeFilter, PromoCodeId, PromoCodeMatch, PromoCodeState, PullFrequency, RelationshipState, ReportId, ReportQuery,
    RuleAction, RuleFilter, RuleId, RuleState, RuleVariable, StockAvailability, TemplateTermsId, TrackingLinkDraft,
};
use jiff::civil::date;
use rust_decimal::dec;

use super::support::{at, period};

/// The files, by the word in their names.
pub(crate) const FILES: [&str; 19] = [
    "account",
    "actioninquiries",
    "actions",
    "ads",
    "catalogs",
    "clicks",
    "contracts",
    "deals",
    "exceptionlists",
    "jobs",
    "partnergroups",
    "partners",
    "programs",
    "promocodeexceptionlists",
    "promocodes",
    "reports",
    "routingrules",
    "submissions",
    "trackinglinks",
];

/// The verb that sends lists in a form.
pub(crate) const WITH_LISTS: &str = "create_ad for some partners";

/// One verb and how it ended.
pub(crate) struct Tried {
    pub(crate) verb: &'static str,
    pub(crate) error: Option<ImpactError>,
}

macro_rules! tried {
    ($($verb:ident($($argument:expr),* $(,)?)),+ $(,)? => $api:expr) => {
        vec![$(Tried { verb: stringify!($verb), error: $api.$verb($($argument),*).await.err() }),+]
    };
}

macro_rules! id {
    ($kind:ident $text:literal) => {
        &$kind::new($text).unwrap()
    };
}

/// Drives all verbs of one file, with every parameter that they have.
pub(crate) async fn drive(file: &str, api: &ImpactApi) -> Vec<Tried> {
    match file {
        "account" => tried![company() => api],
        "actioninquiries" => tried![action_inquiries(&inquiries()), action_inquiry(id!(InquiryId "5")) => api],
        "actions" => tried![
            actions(week()),
            action(id!(ActionId "1000.1.2")),
            action_items(id!(ActionId "1000.1.2")),
            action_item(id!(ActionId "1000.1.2"), "A 1"),
            action_updates(week()),
            action_update(id!(ActionUpdateId "1000.1.2.3")) => api
        ],
        "ads" => ads(api).await,
        "catalogs" => catalogs(api).await,
        "clicks" => tried![click(id!(ClickId "a1")), export_clicks(&clicks()) => api],
        "contracts" => tried![contracts(&contract_filter()), contract(id!(ContractId "S-7777777")) => api],
        "deals" => deals(api).await,
        "exceptionlists" => exception_lists(api).await,
        "jobs" => tried![
            jobs(Some(week())),
            job(id!(JobId "d8807a9f")),
            download(id!(JobId "d8807a9f")),
            replay_job(id!(JobId "d8807a9f")) => api
        ],
        "partnergroups" => tried![partner_groups(), partner_group(id!(PartnerGroupId "9")) => api],
        "partners" => tried![partners(&partner_filter()), partner(id!(PartnerId "10000")) => api],
        "programs" => tried![
            programs(Some("Acme"), Some(&ProgramState::Active)),
            program(),
            unsubscribed_contacts() => api
        ],
        "promocodeexceptionlists" => promo_code_exception_lists(api).await,
        "promocodes" => tried![
            promo_codes(&promo_code_filter()),
            promo_code(id!(PromoCodeId "77")),
            create_promo_code(&promo_code_draft()),
            expire_promo_code(id!(PromoCodeId "77")) => api
        ],
        "reports" => tried![
            reports(),
            report_metadata(id!(ReportId "att_adv_performance_by_day_pm_only")),
            export_report(&report()),
            ad_report(week()) => api
        ],
        "routingrules" => tried![block_redirect_rules(&rule_filter()), block_redirect_rule(id!(RuleId "55")) => api],
        "submissions" => tried![submissions(), submission(id!(BatchId "A-1234bcd5")) => api],
        "trackinglinks" => tried![create_tracking_link(&tracking_link()) => api],
        other => panic!("no verbs for {other}"),
    }
}

fn week() -> campaign_pilot_core::Period {
    period("2026-05-25T07:00:00Z", "2026-06-01T07:00:00Z")
}

fn inquiries() -> InquiryFilter {
    InquiryFilter {
        asked: Some(week()),
        partner: Some(PartnerId::new("10000").unwrap()),
        order: Some("9217374917472".to_owned()),
        resolution: Some(InquiryResolution::Unresolved),
    }
}

fn clicks() -> ClickQuery {
    ClickQuery {
        ads: ["7", "8"].map(|id| AdId::new(id).unwrap()).to_vec(),
        partners: vec![PartnerId::new("10000").unwrap()],
        unique: Some(true),
        ..ClickQuery::of(date(2026, 6, 1))
    }
}

fn contract_filter() -> ContractFilter {
    ContractFilter {
        partner: Some(PartnerId::new("10000").unwrap()),
        status: Some(ContractStatus::Expired),
        template: Some(TemplateTermsId::new("12").unwrap()),
        changed_after: Some(at("2026-06-01T00:00:00Z")),
    }
}

fn partner_filter() -> PartnerFilter {
    PartnerFilter {
        group: Some(PartnerGroupId::new("9").unwrap()),
        country: Some("US".to_owned()),
        state: Some(PartnerState::Active),
        relationship: Some(RelationshipState::Active),
        joined_from: Some(at("2026-05-01T00:00:00Z")),
        joined_until: Some(at("2026-06-01T00:00:00Z")),
    }
}

fn promo_code_filter() -> PromoCodeFilter {
    PromoCodeFilter {
        code: Some("SUMMER10".to_owned()),
        state: Some(PromoCodeState::Active),
        starts_from: Some(at("2026-05-01T00:00:00Z")),
        ends_until: Some(at("2026-07-01T00:00:00Z")),
    }
}

fn promo_code_draft() -> PromoCodeDraft {
    PromoCodeDraft {
        code: "SUMMER10".to_owned(),
        partner: PartnerId::new("10000").unwrap(),
        matching: PromoCodeMatch::Exact,
        credit_policy: CreditPolicy::Winner,
        starts_at: Some(at("2026-06-01T00:00:00Z")),
        ends_at: Some(at("2026-06-10T00:00:00Z")),
        deal: Some(DealId::new("3").unwrap()),
    }
}

fn report() -> ReportQuery {
    let report = ReportId::new("att_adv_performance_by_day_pm_only").unwrap();
    ReportQuery { currency: Some(Currency::USD), ..ReportQuery::new(report, week()) }
}

fn rule_filter() -> RuleFilter {
    RuleFilter {
        name: Some("Expired ads".to_owned()),
        condition: Some(RuleVariable::AdStatus),
        action: Some(RuleAction::Block),
        state: Some(RuleState::Running),
    }
}

fn tracking_link() -> TrackingLinkDraft {
    TrackingLinkDraft {
        partner: PartnerId::new("10000").unwrap(),
        ad: Some(AdId::new("892081").unwrap()),
        deep_link: Some("https://shop.example/p".to_owned()),
        vanity_path: Some("bottle".to_owned()),
    }
}

async fn ads(api: &ImpactApi) -> Vec<Tried> {
    let text_link = AdDraft {
        kind: AdKind::TextLink,
        name: "Bottle".to_owned(),
        link_text: "Stay cool".to_owned(),
        landing_page: "https://shop.example/p".to_owned(),
        description: "d".to_owned(),
        labels: "campaign-pilot,cp-00112233445566778899".to_owned(),
        allow_deep_linking: Some(true),
        deal_id: Some(DealId::new("3").unwrap()),
        starts_at: Some(at("2026-06-01T00:00:00Z")),
        ends_at: Some(at("2026-06-10T00:00:00Z")),
        ..AdDraft::default()
    };
    let coupon = AdDraft { kind: AdKind::Coupon, coupon_name: "10 % off".to_owned(), ..text_link.clone() };
    let banner = AdDraft {
        kind: AdKind::Banner,
        banner: Some(BannerSource::Url("https://shop.example/b.png".to_owned())),
        alternative_text: "Bottle".to_owned(),
        ..text_link.clone()
    };
    let code = AdDraft { banner: Some(BannerSource::Code("<img>".to_owned())), ..banner.clone() };
    let mut all = tried![
        ads(Some(at("2026-06-01T00:00:00Z"))),
        ad(id!(AdId "892081")),
        create_ad(&text_link),
        create_ad(&coupon),
        create_ad(&banner),
        create_ad(&code),
        update_ad(id!(AdId "892081"), &text_link),
        probe_ads() => api
    ];
    let listed = AdDraft {
        partners: ["1", "2"].map(|id| PartnerId::new(id).unwrap()).to_vec(),
        partner_groups: ["8", "9"].map(|id| PartnerGroupId::new(id).unwrap()).to_vec(),
        ..text_link
    };
    all.push(Tried { verb: WITH_LISTS, error: api.create_ad(&listed).await.err() });
    all
}

async fn deals(api: &ImpactApi) -> Vec<Tried> {
    let filter = DealFilter { scope: Some(DealScope::Product), state: Some(DealState::Pending), kind: Some(DealKind::Rebate) };
    let dollars = Money::new(dec!(5.25), Currency::USD);
    let sale = DealDraft {
        description: "d".to_owned(),
        scope: DealScope::Product,
        product_name: Some("Bottle".to_owned()),
        discount: Some(Discount::Fixed(dollars)),
        default_promo_code: Some("SUMMER10".to_owned()),
        starts_at: Some(at("2026-06-01T00:00:00Z")),
        ends_at: Some(at("2026-06-10T00:00:00Z")),
        synchronises: true,
        partners: vec![PartnerId::new("1").unwrap()],
        partner_groups: vec![PartnerGroupId::new("9").unwrap()],
        ..DealDraft::new("Summer", DealKind::GeneralSale)
    };
    let percent = DealDraft { discount: Some(Discount::Percent(dec!(12.5))), ..sale.clone() };
    let up_to = DealDraft { discount: Some(Discount::UpToPercent(dec!(50))), ..sale.clone() };
    let range = Discount::PercentRange { from: dec!(10), to: dec!(30) };
    let between = DealDraft { discount: Some(range), ..sale.clone() };
    let rebate = DealDraft {
        scope: DealScope::Category,
        categories: vec!["Fitness".to_owned()],
        rebate: Some(dollars),
        ..DealDraft::new("Back", DealKind::Rebate)
    };
    let gift = DealDraft { gift: Some("A cup".to_owned()), ..DealDraft::new("Gift", DealKind::GiftWithPurchase) };
    let change = DealChange {
        name: Some("Summer".to_owned()),
        description: Some("d".to_owned()),
        starts_at: Some(at("2026-06-01T00:00:00Z")),
        ends_at: Some(at("2026-06-10T00:00:00Z")),
        synchronises: Some(false),
        discount: Some(range),
        gift: Some("A cup".to_owned()),
        rebate: Some(dollars),
    };
    tried![
        deals(&filter),
        deal(id!(DealId "3")),
        create_deal(&sale),
        create_deal(&percent),
        create_deal(&up_to),
        create_deal(&between),
        create_deal(&rebate),
        create_deal(&gift),
        update_deal(id!(DealId "3"), &change),
        update_deal(id!(DealId "3"), &DealChange { discount: Some(Discount::Percent(dec!(20))), ..DealChange::default() }),
        delete_deal(id!(DealId "3")) => api
    ]
}

async fn catalogs(api: &ImpactApi) -> Vec<Tried> {
    let filter = CatalogItemFilter {
        keyword: Some("bottle".to_owned()),
        query: Some("CurrentPrice < 20".to_owned()),
        sort_by: Some("Name".to_owned()),
    };
    let item = CatalogItem::new(CatalogItemId::new("M 1").unwrap(), "Bottle", "https://shop.example/p");
    let item = CatalogItem {
        description: Some("d".to_owned()),
        image_url: Some("https://shop.example/b.png".to_owned()),
        original_price: Some(dec!(24.99)),
        availability: StockAvailability::InStock,
        inventory: Some(7),
        category: Some("Fitness".to_owned()),
        manufacturer: Some("Acme".to_owned()),
        gtin: Some("4006381333931".to_owned()),
        promotion_ids: vec!["p".to_owned()],
        labels: vec!["l".to_owned()],
        ..item.at_price(Money::new(dec!(19.99), Currency::USD))
    };
    let catalog = id!(CatalogId "5");
    tried![
        catalogs(Some(&CatalogStatus::Active)),
        catalog(catalog),
        catalog_items(catalog, &filter),
        catalog_item(catalog, &item.id),
        create_catalog_item(catalog, &item),
        upsert_catalog_item(catalog, &item),
        delete_catalog_item(catalog, &item.id),
        bulk_update_catalog(catalog, std::slice::from_ref(&item)),
        upload_catalog(catalog, "items.csv", "text/csv", "Id,Name\n1,Bottle\n"),
        pull_catalog_from(catalog, "https://shop.example", "items.csv", PullFrequency::EightHours) => api
    ]
}

async fn exception_lists(api: &ImpactApi) -> Vec<Tried> {
    let (list, entry, sale) = (id!(ExceptionListId "12"), id!(ExceptionItemId "1"), id!(EventTypeId "2240"));
    let change = ExceptionListChange { name: Some("n".to_owned()), event_type: Some(sale.clone()) };
    tried![
        exception_lists(Some(&ExceptionListState::Active), Some(&ExceptionListKind::Sku)),
        exception_list(list),
        create_exception_list("No commission", &ExceptionListKind::Category, sale),
        update_exception_list(list, &change),
        exception_items(list, Some("ANVIL")),
        exception_item(list, entry),
        add_exception_item(list, "ANVIL", Some("Anvil"), true),
        add_exception_file(list, "skus.csv", "ANVIL\n", true),
        remove_exception_item(list, entry) => api
    ]
}

async fn promo_code_exception_lists(api: &ImpactApi) -> Vec<Tried> {
    let (list, entry, sale) = (id!(PromoCodeExceptionListId "3"), id!(ExceptionItemId "9"), id!(EventTypeId "2240"));
    let change = ExceptionListChange { name: Some("n".to_owned()), event_type: Some(sale.clone()) };
    tried![
        promo_code_exception_list(list),
        create_promo_code_exception_list("x", sale),
        update_promo_code_exception_list(list, &change),
        promo_code_exception_items(list, Some("SUMMER10")),
        add_promo_code_exception_item(list, "SUMMER10"),
        remove_promo_code_exception_item(list, entry) => api
    ]
}
