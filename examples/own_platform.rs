//! Runs the whole cycle on a store and a platform of your own: `cargo run --release --example own_platform`.
//! An invented marketplace in memory, [`Bazaar`], is both; its orders go to the library's [`FakeSales`], its views are unknown.
//! Four simulated days pass, with decisions daily and a look hourly. It prints what was decided, then what was done.
#![expect(clippy::print_stdout, reason = "it shows its results on the terminal")]

use async_trait::async_trait;
use campaign_pilot::agents::{CycleKind, Driver, Mode, Policy, Ports, TemplateCopyWriter};
use campaign_pilot::core::{fakes::FakeSales, ports::*, *};
use campaign_pilot::memory::VolatileMemory;
use jiff::Timestamp;
use rust_decimal::Decimal;
use std::{collections::BTreeMap, error::Error, sync::Arc};

/// A product sells once in six hours. An hour of its advertisement costs a euro and brings five clicks, every eighth one a sale.
struct Bazaar {
    clock: Arc<ManualClock>,
    products: Vec<Product>,
    ads: tokio::sync::Mutex<BTreeMap<PlatformCampaignId, Ad>>,
}

/// An advertisement as it is shown, its product, its budget, and each hour in which it ran with the revenue that it brought.
struct Ad(PlatformCampaign, ProductId, Money, Vec<(Timestamp, Decimal)>);

fn euros(amount: impl Into<Decimal>) -> Money {
    Money::new(amount.into(), Currency::EUR)
}

impl Bazaar {
    /// Lets an hour pass: advertisements are shown until their budgets are used up, and shoppers buy.
    async fn pass(&self, period: Period, sales: &FakeSales) {
        for (product, price) in self.products.iter().filter_map(|product| Some((&product.id, product.price?.amount))) {
            let mut units = i64::from(period.start().as_second() / 3_600 % 6 == 0);
            for Ad(shown, _, budget, hours) in self.ads.lock().await.values_mut().filter(|ad| ad.1 == *product) {
                let paid = budget.checked_sub(euros(hours.len())).is_ok_and(|left| left.amount >= Decimal::ONE);
                if paid && shown.status == PlatformStatus::Active && shown.ends_at >= Some(period.end()) {
                    let sold = i64::from(hours.len() % 8 == 7);
                    hours.push((period.start(), price * Decimal::from(sold)));
                    units += sold;
                }
            }
            let (product, orders, revenue) = (product.clone(), units.unsigned_abs(), euros(price * Decimal::from(units)));
            let (refunded_units, refunds, new_customers) = (0, euros(0), Measured::Absent(Absence::NewCustomersUnknown));
            sales.put(SalesObservation { product, period, units, refunded_units, orders, revenue, refunds, new_customers });
        }
        self.clock.advance_to(period.end());
    }
    async fn set(&self, id: &PlatformCampaignId, effect: Effect, change: impl FnOnce(&mut Ad) + Send) -> Applied {
        let unknown = || Applied::Rejected(PortError::new(ErrorKind::NotFound, format!("there is no advertisement {id}")));
        self.ads.lock().await.get_mut(id).map(change).map_or_else(unknown, |()| Applied::Done(effect))
    }
}

#[async_trait]
impl Catalog for Bazaar {
    fn products(&self) -> ProductPages<'static> {
        Box::pin(futures_util::stream::iter([Ok(ProductPage { products: self.products.clone(), ..ProductPage::default() })]))
    }
    async fn product(&self, id: &ProductId) -> PortResult<Option<Product>> {
        Ok(self.products.iter().find(|product| product.id == *id).cloned())
    }
    async fn changes_since(&self, watermark: Timestamp) -> PortResult<ChangedProducts> {
        Ok(ChangedProducts { products: self.products.clone(), rejected: Vec::new(), watermark })
    }
    async fn currency(&self) -> PortResult<Currency> {
        Ok(Currency::EUR)
    }
}

#[async_trait]
impl CampaignPlatform for Bazaar {
    fn capabilities(&self) -> Capabilities {
        let (create, pause, resume) = (CreateSafety::IdempotencyKey, PauseControl::Native, ResumeControl::Native);
        let (budget, billing) = (BudgetControl::Native, Billing::Clicks);
        Capabilities { create, pause, resume, budget, billing, ..Capabilities::new("bazaar", Currency::EUR) }
    }
    async fn check_health(&self) -> PortResult<()> {
        Ok(())
    }
    async fn create(&self, spec: &CampaignSpec, tag: &OperationTag) -> Applied {
        let (Ok(()), Ok(_), Ok(id)) = (spec.check(), spec.budget.lesser(euros(0)), PlatformCampaignId::new(tag.as_str())) else {
            return Applied::Rejected(PortError::new(ErrorKind::Invalid, "a name, a web page and a budget in euros are needed"));
        };
        let (campaign, tag, name, landing_page) = (id.clone(), Some(tag.clone()), spec.name.clone(), spec.landing_page.clone());
        let (status, effective, starts_at) = (PlatformStatus::Active, EffectiveStatus::Running, Some(self.clock.now()));
        let (created_at, ends_at, headline, body) = (starts_at, Some(spec.flight.end()), None, None);
        let shown =
            PlatformCampaign { id, tag, name, landing_page, status, effective, starts_at, ends_at, created_at, headline, body };
        self.ads.lock().await.entry(campaign.clone()).or_insert(Ad(shown, spec.product.clone(), spec.budget, Vec::new()));
        Applied::Done(Effect::Live { campaign })
    }
    async fn find_by_tag(&self, tag: &OperationTag, since: Timestamp) -> PortResult<Vec<PlatformCampaign>> {
        Ok(self.all().await?.into_iter().filter(|ad| ad.tag.as_ref() == Some(tag) && ad.created_at >= Some(since)).collect())
    }
    async fn details(&self, id: &PlatformCampaignId) -> PortResult<Option<PlatformCampaign>> {
        Ok(self.ads.lock().await.get(id).map(|ad| ad.0.clone()))
    }
    async fn all(&self) -> PortResult<Vec<PlatformCampaign>> {
        Ok(self.ads.lock().await.values().map(|ad| ad.0.clone()).collect())
    }
    async fn pause(&self, id: &PlatformCampaignId) -> Applied {
        let paused = (PlatformStatus::Paused, EffectiveStatus::Stopped);
        self.set(id, Effect::SpendStopped, |ad| (ad.0.status, ad.0.effective) = paused).await
    }
    async fn resume(&self, id: &PlatformCampaignId, _: &CampaignSpec, _: &OperationTag, until: Timestamp) -> Applied {
        let running = (PlatformStatus::Active, EffectiveStatus::Running, Some(until));
        self.set(id, Effect::Resumed, |ad| (ad.0.status, ad.0.effective, ad.0.ends_at) = running).await
    }
    async fn set_budget(&self, id: &PlatformCampaignId, budget: Money) -> Applied<Effect> {
        let Ok(_) = budget.lesser(euros(0)) else { return Applied::Rejected(PortError::new(ErrorKind::Invalid, "not in euros")) };
        self.set(id, Effect::BudgetSet, |ad| ad.2 = budget).await
    }
    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> PortResult<PerformanceReading> {
        let (impressions, unknown) = (Measured::Absent(Absence::ImpressionsNotCounted), Absence::NewCustomersUnknown);
        let none = CampaignPerformance { impressions, ..CampaignPerformance::nothing(period, Currency::EUR) };
        let did = |Ad(_, _, _, hours): &Ad| {
            let sales: Vec<_> = hours.iter().filter(|(hour, _)| period.contains(*hour)).map(|(_, revenue)| *revenue).collect();
            let (clicks, cost) = (Measured::Known(5 * sales.len() as u64), euros(sales.len()));
            let (actions, revenue) = (sales.iter().filter(|s| !s.is_zero()).count() as u64, euros(sales.iter().sum::<Decimal>()));
            CampaignPerformance { clicks, cost, actions, revenue, new_customers: Measured::Absent(unknown), ..none.clone() }
        };
        let ads = self.ads.lock().await;
        let campaigns = ads.iter().filter(|(id, _)| ids.contains(id)).map(|(id, ad)| (id.clone(), did(ad))).collect();
        Ok(PerformanceReading { period, campaigns, quality: SourceQuality::complete_until(period.end()) })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (opening, start, end) = ("2026-07-01T00Z".parse()?, "2026-09-01T00:00Z".parse()?, "2026-09-05T01:00Z".parse()?);
    let (clock, memory) = (Arc::new(ManualClock::starting_at(opening)), Arc::<VolatileMemory>::default());
    let (book, copywriter) = (Arc::<FakeSales>::default(), Arc::new(TemplateCopyWriter));
    let (products, ads) = (serde_json::from_str(include_str!("own_platform.json"))?, tokio::sync::Mutex::default());
    let bazaar = Arc::new(Bazaar { clock: clock.clone(), products, ads });
    let (catalog, platform, sales, journal, knowledge) = (bazaar.clone(), bazaar.clone(), book.clone(), memory.clone(), memory);
    let ports = Ports { catalog, sales, views: None, platform, signals: None, journal, knowledge, copywriter, clock };
    let driver = Driver::new(ports, Policy::default(), Mode::Apply);
    for hour in Period::new(opening, end)?.hours() {
        let live = hour.start() >= start;
        let kind = if hour.start().as_second() % 86_400 == 0 { CycleKind::Decide } else { CycleKind::Monitor };
        if live && let Some(report) = driver.run_cycle(kind).await?.report() {
            let done = report.executed.iter().filter(|done| done.outcome.is_done()).map(|done| (&*done.action, &done.sentence));
            for (what, sentence) in report.decisions.iter().map(|decision| ("decided", &decision.sentence)).chain(done) {
                println!("{} {what}: {sentence}", report.now);
            }
        }
        bazaar.pass(hour, &book).await;
    }
    Ok(())
}
