//! The fakes keep what the ports promise, and fail as they are told.

use std::sync::Arc;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::ports::{CampaignPlatform, Catalog, CopyBrief, MarketSignal, MarketSignals, SalesHistory};
use crate::{
    AdCopy, Applied, BudgetControl, CampaignId, CampaignPerformance, CampaignSpec, Capabilities, CopyControl, Currency, Effect,
    EndControl, ErrorKind, ManualClock, Measured, Money, OperationId, OperationTag, PauseControl, Period, PlatformCampaignId,
    Product, ProductId, ProductKind, ProductStatus, ResumeControl, SalesObservation, Stock, ViewsObservation, conformance,
};

fn at(hour: i64) -> Timestamp {
    "2026-10-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

fn hours(from: i64, to: i64) -> Period {
    Period::new(at(from), at(to)).unwrap()
}

fn euro(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

fn product(number: u64, status: ProductStatus) -> Product {
    Product {
        id: ProductId::from_number(number),
        sku: None,
        name: format!("Product \u{202e}{number}"),
        summary: "Two\nlines of text".into(),
        permalink: format!("https://shop.example/p/{number}"),
        price: Some(euro("19.99")),
        unit_cost: None,
        categories: Vec::new(),
        stock: Stock::Unmanaged { in_stock: true },
        status,
        kind: ProductKind::Simple,
        modified_at: number.is_multiple_of(2).then(|| at(i64::try_from(number).unwrap())),
    }
}

fn store() -> FakeCatalog {
    let published = (1..=250).map(|number| product(number, ProductStatus::Published));
    FakeCatalog::new(Currency::EUR).with(published).with([product(900, ProductStatus::Unpublished("draft".into()))])
}

fn spec() -> CampaignSpec {
    CampaignSpec {
        id: CampaignId::new("c-1").unwrap(),
        product: ProductId::from_number(1),
        sku: None,
        name: "Product 1".into(),
        landing_page: "https://shop.example/p/1".into(),
        copy: AdCopy { headline: "Product 1".into(), body: String::new(), written_by: "test".into() },
        budget: euro("15"),
        flight: hours(0, 48),
    }
}

fn tag(name: &str) -> OperationTag {
    OperationTag::of(&OperationId::new(name).unwrap())
}

fn platform() -> FakePlatform {
    FakePlatform::new(Arc::new(ManualClock::starting_at(at(1))), Currency::EUR)
}

#[tokio::test]
async fn the_catalogue_conforms_and_keeps_drafts_to_itself() {
    conformance::catalog(&store()).await.unwrap();
    let zoned = store().with_time_zone("Europe/Berlin".parse().unwrap());
    conformance::catalog(&zoned).await.unwrap();
    assert_eq!(zoned.time_zone().await.unwrap().unwrap().as_str(), "Europe/Berlin");
    assert_eq!(store().time_zone().await.unwrap(), None);
    let draft = store().product(&ProductId::from_number(900)).await.unwrap();
    assert_eq!(draft, None);
    assert_eq!(store().changes_since(at(249)).await.unwrap().products.len(), 126);
}

#[tokio::test]
async fn a_failing_page_ends_the_stream() {
    let catalog = store();
    catalog.fail_next(ErrorKind::Unavailable);
    let pages: Vec<_> = catalog.products().collect().await;
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn sales_and_views_conform() {
    let hour = |number: i64, product: u64| SalesObservation {
        product: ProductId::from_number(product),
        period: hours(number, number + 1),
        units: number,
        refunded_units: 1,
        orders: 1,
        revenue: euro("10.10"),
        refunds: euro("1"),
        new_customers: Measured::Known(1),
    };
    let sales = FakeSales::default().with((0..24).flat_map(|number| [hour(number, 1), hour(number, 2)]));
    conformance::sales_history(&sales, hours(0, 24)).await.unwrap();
    assert_eq!(sales.sales(hours(3, 5)).await.unwrap().observations.len(), 4);

    let seen = |number, product| ViewsObservation {
        product: ProductId::from_number(product),
        period: hours(number, number + 1),
        views: 3,
    };
    let views = FakeViews::default().with((0..24).flat_map(|number| [seen(number, 1), seen(number, 2)]));
    conformance::page_views(&views, &[product(1, ProductStatus::Published)], hours(0, 24)).await.unwrap();
}

#[tokio::test]
async fn signals_and_copy_conform() {
    let signals = FakeSignals::default();
    let known = product(1, ProductStatus::Published);
    signals.put(known.id.clone(), MarketSignal { competition: 1.0, trend: 0.5, season: 0.0 });
    conformance::market_signals(&signals, &[known.clone(), product(2, ProductStatus::Published)]).await.unwrap();
    signals.put(known.id.clone(), MarketSignal { competition: 1.5, trend: 0.5, season: 0.0 });
    let violation = conformance::market_signals(&signals, std::slice::from_ref(&known)).await.unwrap_err();
    assert_eq!(violation.rule(), "every number lies in [0, 1]");
    assert!(signals.signal(&product(2, ProductStatus::Published)).await.unwrap().is_none());

    let brief = CopyBrief { price: known.price, product: known, headline_limit: 8, body_limit: 9, variant: None };
    conformance::copy_writer(&FakeCopyWriter::default(), &brief).await.unwrap();
}

#[tokio::test]
async fn the_platform_conforms_whatever_it_can_do() {
    for pause in [PauseControl::Native, PauseControl::Unlist, PauseControl::Unsupported] {
        for resume in [ResumeControl::Native, ResumeControl::BestEffort, ResumeControl::Recreate, ResumeControl::Unsupported] {
            for budget in [BudgetControl::Native, BudgetControl::Ledger, BudgetControl::Unsupported] {
                // What cannot be paused cannot be asked to resume either.
                if pause == PauseControl::Unsupported && resume != ResumeControl::Native {
                    continue;
                }
                let changes = [
                    (EndControl::Supported, CopyControl::Supported),
                    (EndControl::Supported, CopyControl::Unsupported),
                    (EndControl::Unsupported, CopyControl::Supported),
                    (EndControl::Unsupported, CopyControl::Unsupported),
                ];
                for (end, copy) in changes {
                    let capabilities =
                        Capabilities { pause, resume, budget, end, copy, ..Capabilities::new("fake", Currency::EUR) };
                    let clock = Arc::new(ManualClock::starting_at(at(1)));
                    let platform = FakePlatform::with_capabilities(clock, capabilities.clone());
                    conformance::campaign_platform(&platform, &spec(), at(1))
                        .await
                        .unwrap_or_else(|violation| panic!("{capabilities:?}: {violation}"));
                }
            }
        }
    }
}

/// A platform that claims what it does not do.
struct Boasting(FakePlatform, Claim);

type Claim = fn(&mut Capabilities);

#[async_trait::async_trait]
impl CampaignPlatform for Boasting {
    fn capabilities(&self) -> Capabilities {
        let mut claimed = self.0.capabilities();
        self.1(&mut claimed);
        claimed
    }

    async fn check_health(&self) -> crate::PortResult<()> {
        self.0.check_health().await
    }

    async fn create(&self, spec: &CampaignSpec, tag: &OperationTag) -> Applied {
        self.0.create(spec, tag).await
    }

    async fn find_by_tag(&self, tag: &OperationTag, since: Timestamp) -> crate::PortResult<Vec<crate::PlatformCampaign>> {
        self.0.find_by_tag(tag, since).await
    }

    async fn details(&self, id: &PlatformCampaignId) -> crate::PortResult<Option<crate::PlatformCampaign>> {
        self.0.details(id).await
    }

    async fn all(&self) -> crate::PortResult<Vec<crate::PlatformCampaign>> {
        self.0.all().await
    }

    async fn pause(&self, id: &PlatformCampaignId) -> Applied {
        self.0.pause(id).await
    }

    async fn resume(&self, id: &PlatformCampaignId, spec: &CampaignSpec, tag: &OperationTag, until: Timestamp) -> Applied {
        self.0.resume(id, spec, tag, until).await
    }

    async fn set_budget(&self, id: &PlatformCampaignId, budget: Money) -> Applied {
        self.0.set_budget(id, budget).await
    }

    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> crate::PortResult<crate::PerformanceReading> {
        self.0.performance(ids, period).await
    }
}

/// The defaults of the port refuse, so that a platform written before these actions breaks no promise unless it claims them.
#[tokio::test]
async fn ends_and_words_are_refused_unless_they_are_implemented() {
    let honest: Claim = |claimed| {
        claimed.end = EndControl::Unsupported;
        claimed.copy = CopyControl::Unsupported;
    };
    conformance::campaign_platform(&Boasting(platform(), honest), &spec(), at(1)).await.unwrap();
    let claims: [(Claim, &str); 2] = [
        (|claimed| claimed.copy = CopyControl::Unsupported, "the end of a campaign is moved, and may be said again"),
        (|claimed| claimed.end = EndControl::Unsupported, "words are changed, and may be said again"),
    ];
    for (claim, rule) in claims {
        let violation = conformance::campaign_platform(&Boasting(platform(), claim), &spec(), at(1)).await.unwrap_err();
        assert_eq!(violation.rule(), rule);
    }
}

#[tokio::test]
async fn an_end_is_moved_only_ahead_of_what_runs() {
    let platform = platform();
    platform.create(&spec(), &tag("o-1")).await;
    let campaign = PlatformCampaignId::new("1").unwrap();
    for (end, kind) in [(at(1), ErrorKind::Invalid), (at(0), ErrorKind::Invalid)] {
        let refused = platform.set_end(&campaign, end).await;
        assert!(matches!(&refused, Applied::Rejected(error) if error.kind() == kind), "{end}: {refused:?}");
    }
    platform.fault_next_write(PlatformFault::LoseAnswer);
    assert!(matches!(platform.set_end(&campaign, at(60)).await, Applied::Unknown(_)));
    assert!(matches!(platform.set_end(&campaign, at(60)).await, Applied::Done(Effect::AlreadySo)));
    assert_eq!(platform.objects()[0].ends_at, at(60));

    let clock = Arc::new(ManualClock::starting_at(at(1)));
    let over = FakePlatform::new(clock.clone(), Currency::EUR);
    over.create(&spec(), &tag("o-1")).await;
    clock.advance(SignedDuration::from_hours(48));
    let refused = over.set_end(&campaign, at(90)).await;
    assert!(matches!(&refused, Applied::Rejected(error) if error.kind() == ErrorKind::Precondition), "{refused:?}");
}

#[tokio::test]
async fn a_lost_answer_leaves_its_effect_and_a_lost_request_none() {
    let platform = platform();
    platform.fault_next_write(PlatformFault::LoseAnswer);
    platform.fault_next_write(PlatformFault::LoseRequest);
    platform.fault_next_write(PlatformFault::Reject(ErrorKind::Forbidden));
    assert!(matches!(platform.create(&spec(), &tag("o-1")).await, Applied::Unknown(_)));
    assert!(matches!(platform.create(&spec(), &tag("o-2")).await, Applied::Unknown(_)));
    assert!(
        matches!(platform.create(&spec(), &tag("o-3")).await, Applied::Rejected(error) if error.kind() == ErrorKind::Forbidden)
    );
    let tags: Vec<_> = platform.objects().into_iter().map(|object| object.tag).collect();
    assert_eq!(tags, [tag("o-1")]);
    assert_eq!(platform.writes(), ["create"]);
}

#[tokio::test]
async fn a_lagging_listing_hides_what_exists() {
    let platform = platform();
    platform.create(&spec(), &tag("o-1")).await;
    platform.hide_from_next_lookups(1);
    assert_eq!(platform.find_by_tag(&tag("o-1"), at(0)).await.unwrap().len(), 0);
    assert_eq!(platform.find_by_tag(&tag("o-1"), at(0)).await.unwrap().len(), 1);
    assert_eq!(platform.find_by_tag(&tag("o-1"), at(2)).await.unwrap().len(), 0);
    platform.fail_next_read(ErrorKind::Unavailable);
    assert!(platform.find_by_tag(&tag("o-1"), at(0)).await.is_err());
}

#[tokio::test]
async fn performance_sums_what_lies_inside() {
    let platform = platform();
    platform.create(&spec(), &tag("o-1")).await;
    let id = PlatformCampaignId::new("1").unwrap();
    for hour in 0..3 {
        let mut part = CampaignPerformance::nothing(hours(hour, hour + 1), Currency::EUR);
        part.cost = euro("1.50");
        part.clicks = Measured::Known(2);
        platform.add_performance(&id, part);
    }
    let unknown = PlatformCampaignId::new("2").unwrap();
    let reading = platform.performance(&[id.clone(), unknown], hours(1, 9)).await.unwrap();
    assert_eq!(reading.campaigns.len(), 1);
    assert_eq!(reading.campaigns[&id].cost, euro("3.00"));
    assert_eq!(reading.campaigns[&id].clicks, Measured::Known(4));
}

#[tokio::test]
async fn resuming_as_a_new_object_names_it() {
    let native = platform();
    let capabilities = Capabilities { resume: ResumeControl::Recreate, ..native.capabilities() };
    let platform = FakePlatform::with_capabilities(Arc::new(ManualClock::starting_at(at(1))), capabilities);
    platform.create(&spec(), &tag("o-1")).await;
    let first = PlatformCampaignId::new("1").unwrap();
    platform.pause(&first).await;
    let resumed = platform.resume(&first, &spec(), &tag("o-2"), at(30)).await;
    assert!(matches!(resumed, Applied::Done(Effect::Recreated { campaign }) if campaign.as_str() == "2"));
    assert_eq!(platform.objects()[1].ends_at, at(30));
}

#[tokio::test]
async fn the_suites_find_broken_promises_out() {
    let mut forgetful = crate::ports::mocks::MockJournal::new();
    forgetful.expect_append().returning(|_, _, _| Ok(crate::Sequence(1)));
    forgetful.expect_state().returning(|_| Ok(None));
    forgetful.expect_entries().returning(|_, _| Ok(Vec::new()));
    let violation = conformance::journal(&forgetful).await.unwrap_err();
    assert_eq!(violation.rule(), "a prepared operation is prepared");

    let mut leaking = crate::ports::mocks::MockCatalog::new();
    leaking.expect_currency().returning(|| Ok(Currency::EUR));
    leaking.expect_products().returning(|| {
        let products = vec![product(1, ProductStatus::Unpublished("draft".into()))];
        Box::pin(futures_util::stream::iter([Ok(crate::ports::ProductPage { products, ..Default::default() })]))
    });
    let violation = conformance::catalog(&leaking).await.unwrap_err();
    assert_eq!(violation.rule(), "drafts never leak in");

    let below =
        FakeCatalog::new(Currency::EUR).with([Product { unit_cost: Some(euro("-1")), ..product(1, ProductStatus::Published) }]);
    let violation = conformance::catalog(&below).await.unwrap_err();
    assert_eq!(violation.rule(), "a cost is not negative: what is not known is absent");
}

#[tokio::test]
async fn the_quotas_in_memory_conform_and_fail_on_demand() {
    use crate::ports::CallQuota;
    use crate::{InMemoryQuota, QuotaRule};

    conformance::call_quota(&InMemoryQuota::default()).await.unwrap();
    let fake = FakeQuota::default();
    conformance::call_quota(&fake).await.unwrap();
    fake.fail_next(ErrorKind::Storage);
    let rule = QuotaRule { key: "calls".to_owned(), limit: 1, per: SignedDuration::from_hours(1) };
    assert_eq!(fake.take(&rule, at(0)).await.unwrap_err().kind(), ErrorKind::Storage);
    assert!(fake.clone().take(&rule, at(0)).await.is_ok(), "what failed was not counted");
}
