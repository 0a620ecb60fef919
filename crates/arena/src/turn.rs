//! What a contestant sees and may do.

mod activity;
mod campaigns;

use std::collections::BTreeMap;
use std::fmt;

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{
    AdCopy, Applied, BudgetControl, CampaignId, CampaignSpec, Capabilities, DecisionId, Effect, Money, OperationId, OperationTag,
    PauseControl, Period, Product, ProductId,
};
use campaign_pilot_sandbox::InProcess;
use jiff::{SignedDuration, Timestamp};

use crate::caps::Caps;
use crate::contestant::Failure;
pub use activity::Activity;
pub use campaigns::Campaign;
pub(crate) use campaigns::Campaigns;

use activity::Records;

/// What a contestant sees in an hour, and what it may do.
pub struct Turn<'a> {
    pub(crate) field: &'a mut Field,
}

impl fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("market", &self.field.market).field("caps", &self.field.caps).finish_non_exhaustive()
    }
}

/// Why nothing was done.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// More than a cap allows.
    #[error("it is more than the caps allow: {0}")]
    Cap(String),
    /// The product cannot be advertised now.
    #[error("the product cannot be advertised: {0}")]
    Product(&'static str),
    /// No campaign of this flight is called so, or it is over.
    #[error("no campaign like that is running")]
    NotRunning,
    /// The platform refused it.
    #[error("the platform refused it: {0}")]
    Platform(String),
}

/// Everything around a contestant that gives its orders through [`Turn`].
pub(crate) struct Field {
    pub(crate) market: InProcess,
    pub(crate) caps: Caps,
    pub(crate) begins: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) products: BTreeMap<ProductId, Product>,
    /// The same by id, as the page views are asked for.
    listed: Vec<Product>,
    pub(crate) campaigns: Campaigns,
    records: Records,
    watermark: Timestamp,
    launched: u32,
    launched_today: u32,
    platform: std::sync::Arc<dyn CampaignPlatform>,
}

impl Field {
    pub(crate) fn new(market: InProcess, caps: Caps, begins: Timestamp, ends: Timestamp) -> Self {
        Self {
            platform: market.platform(),
            caps,
            begins,
            ends,
            products: BTreeMap::new(),
            listed: Vec::new(),
            campaigns: Campaigns::new(caps.total.currency),
            records: Records::default(),
            watermark: Timestamp::UNIX_EPOCH,
            launched: 0,
            launched_today: 0,
            market,
        }
    }

    /// Reads what is new, and stops what has spent its budget where the platform does not do that by itself.
    pub(crate) async fn look(&mut self) -> Result<(), Failure> {
        let now = self.market.clock().now();
        let changed = self.market.catalog().changes_since(self.watermark).await?;
        self.watermark = changed.watermark;
        for product in changed.products {
            match self.listed.binary_search_by(|listed| listed.id.cmp(&product.id)) {
                Ok(place) => self.listed.get_mut(place).into_iter().for_each(|listed| listed.clone_from(&product)),
                // Nearly all of them are seen in the first hour, in any order.
                Err(place) => self.listed.insert(place, product.clone()),
            }
            self.products.insert(product.id.clone(), product);
        }
        self.records.read(&self.market, &self.listed, now).await?;
        self.campaigns.read(&*self.platform, self.begins, now).await?;
        if hour_of_day(self.begins, now) == 0 {
            self.launched_today = 0;
        }
        if self.platform.capabilities().budget == BudgetControl::Ledger {
            for id in self.campaigns.over_budget(now) {
                self.pause(&id).await?;
            }
        }
        Ok(())
    }

    pub(crate) const fn launched(&self) -> u32 {
        self.launched
    }

    async fn pause(&mut self, id: &CampaignId) -> Result<(), Failure> {
        let now = self.market.clock().now();
        let Some(object) = self.campaigns.get(id).map(|campaign| campaign.object.clone()) else { return Ok(()) };
        match self.platform.pause(&object).await {
            Applied::Done(_) => self.campaigns.stopped(id, now),
            Applied::Rejected(error) | Applied::Unknown(error) => return Err(error.into()),
        }
        Ok(())
    }
}

impl Turn<'_> {
    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.field.market.clock().now()
    }

    /// When the flight is over.
    #[must_use]
    pub const fn flight_ends(&self) -> Timestamp {
        self.field.ends
    }

    /// Whole days that are left of the flight, at least 1.
    #[must_use]
    pub fn days_left(&self) -> u32 {
        let hours = self.field.ends.duration_since(self.now()).as_hours();
        u32::try_from(hours / 24).unwrap_or(1).max(1)
    }

    /// Whether a day of the flight begins with this hour.
    #[must_use]
    pub fn is_first_hour_of_day(&self) -> bool {
        hour_of_day(self.field.begins, self.now()) == 0
    }

    /// What may be spent at most.
    #[must_use]
    pub const fn caps(&self) -> Caps {
        self.field.caps
    }

    /// What is left of the total: less the cost of campaigns that are over and the budgets of those that run.
    #[must_use]
    pub fn room(&self) -> Money {
        let left = self.field.caps.total.amount - self.field.campaigns.committed().amount;
        Money::new(left.max(rust_decimal::Decimal::ZERO), self.field.caps.total.currency)
    }

    /// What the platform can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.field.platform.capabilities()
    }

    /// The products that shoppers can see, by id.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        let visible = |product: &&Product| product.status == campaign_pilot_core::ProductStatus::Published;
        self.field.products.values().filter(visible)
    }

    /// A product by its id, whether shoppers can see it or not.
    #[must_use]
    pub fn product(&self, id: &ProductId) -> Option<&Product> {
        self.field.products.get(id)
    }

    /// What a unit of each product costs the shop, where the shop keeps that.
    #[must_use]
    pub fn unit_costs(&self) -> Option<BTreeMap<ProductId, Money>> {
        self.field.market.unit_costs()
    }

    /// What a product sold, and how often its page was viewed, in a period of full hours, as the store and its page views tell.
    #[must_use]
    pub fn activity(&self, product: &ProductId, period: Period) -> Activity {
        self.field.records.activity(product, period)
    }

    /// The contestant's campaigns, those that are over too, as the platform last reported them.
    pub fn campaigns(&self) -> impl Iterator<Item = &Campaign> {
        self.field.campaigns.all()
    }

    /// The campaign that advertises a product now.
    #[must_use]
    pub fn running(&self, product: &ProductId) -> Option<&Campaign> {
        self.field.campaigns.running(product, self.now())
    }

    /// Advertises a product for some days with a budget over its life; ends with the flight at the latest.
    ///
    /// The inner error says why it was refused: nothing happened then.
    ///
    /// # Errors
    ///
    /// When the platform fails.
    pub async fn launch(
        &mut self,
        product: &ProductId,
        budget: Money,
        days: u32,
    ) -> Result<Result<CampaignId, Refusal>, Failure> {
        let now = self.now();
        let product = match self.may_launch(product, budget, now) {
            Ok(product) => product.clone(),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let field = &mut *self.field;
        let decision = DecisionId::of("arena", &format!("{}/{}", product.id, field.launched));
        let id = CampaignId::of_launch(&decision);
        let end = now.checked_add(SignedDuration::from_hours(24 * i64::from(days)))?.min(field.ends);
        let spec = CampaignSpec {
            id: id.clone(),
            product: product.id.clone(),
            sku: product.sku.clone(),
            name: product.name.clone(),
            landing_page: product.permalink.clone(),
            copy: AdCopy { headline: product.name.clone(), body: String::new(), written_by: "arena".to_owned() },
            budget,
            flight: Period::new(now, end)?,
        };
        let tag = OperationTag::of(&OperationId::of(&decision, 0));
        match field.platform.create(&spec, &tag).await {
            Applied::Done(Effect::Live { campaign } | Effect::Scheduled { campaign, .. }) => {
                field.launched += 1;
                field.launched_today += 1;
                field.campaigns.launched(id.clone(), product.id, campaign, budget, spec.flight);
                Ok(Ok(id))
            }
            Applied::Done(effect) => Err(format!("a launch that achieved {effect}").into()),
            Applied::Rejected(error) => Ok(Err(Refusal::Platform(error.to_string()))),
            Applied::Unknown(error) => Err(error.into()),
        }
    }

    /// Lets a campaign rest for good.
    ///
    /// # Errors
    ///
    /// When the platform fails.
    pub async fn pause(&mut self, campaign: &CampaignId) -> Result<Result<(), Refusal>, Failure> {
        let now = self.now();
        let runs = self.field.campaigns.get(campaign).is_some_and(|campaign| campaign.runs(now));
        if !runs || self.capabilities().pause == PauseControl::Unsupported {
            return Ok(Err(Refusal::NotRunning));
        }
        self.field.pause(campaign).await.map(Ok)
    }

    /// Sets a running campaign's budget over its life.
    ///
    /// # Errors
    ///
    /// When the platform fails.
    pub async fn set_budget(&mut self, campaign: &CampaignId, budget: Money) -> Result<Result<(), Refusal>, Failure> {
        let now = self.now();
        let Some(of) = self.field.campaigns.get(campaign).filter(|campaign| campaign.runs(now)) else {
            return Ok(Err(Refusal::NotRunning));
        };
        let more = budget.amount - of.budget.amount;
        if budget.amount > self.field.caps.per_campaign.amount {
            return Ok(Err(Refusal::Cap(format!("{} for one campaign", self.field.caps.per_campaign))));
        }
        if more > self.room().amount {
            return Ok(Err(Refusal::Cap(format!("{} for all campaigns", self.field.caps.total))));
        }
        let object = of.object.clone();
        match self.field.platform.set_budget(&object, budget).await {
            Applied::Done(_) => {
                self.field.campaigns.funded(campaign, budget);
                Ok(Ok(()))
            }
            Applied::Rejected(error) => Ok(Err(Refusal::Platform(error.to_string()))),
            Applied::Unknown(error) => Err(error.into()),
        }
    }

    /// The market itself, for contestants that bring their own way to act. What they do past [`Turn`] is not held to the caps, and
    /// only the judge sees whether they kept them.
    #[must_use]
    pub const fn market(&self) -> &InProcess {
        &self.field.market
    }

    fn may_launch(&self, product: &ProductId, budget: Money, now: Timestamp) -> Result<&Product, Refusal> {
        let caps = self.caps();
        let Some(product) = self.field.products.get(product) else { return Err(Refusal::Product("it is not known")) };
        if !product.stock.is_available() {
            return Err(Refusal::Product("none is in stock"));
        }
        if self.field.campaigns.running(&product.id, now).is_some() {
            return Err(Refusal::Product("it is advertised already"));
        }
        if self.field.launched_today >= caps.launches_per_day {
            return Err(Refusal::Cap(format!("{} launches a day", caps.launches_per_day)));
        }
        if budget.amount > caps.per_campaign.amount || !budget.is_positive() {
            return Err(Refusal::Cap(format!("a budget above 0 and up to {} for one campaign", caps.per_campaign)));
        }
        if budget.amount > self.room().amount {
            return Err(Refusal::Cap(format!("{} for all campaigns", caps.total)));
        }
        Ok(product)
    }
}

fn hour_of_day(begins: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(begins).as_hours().rem_euclid(24)
}
