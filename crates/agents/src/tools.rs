//! The shared tools, by the names they were ordered with: typed, each with a JSON schema.

mod decision;
mod read;
#[cfg(test)]
mod tests;
mod types;
mod write;

use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use campaign_pilot_core::{ErrorKind, PortError};

use crate::error::{AgentError, Result};
use crate::executor::Executor;
use crate::policy::FlightPolicy;
use crate::ports::Ports;

pub use decision::{DecisionView, ExplainDecision};
pub use types::{
    Amount, ApiHealth, CampaignChanged, CampaignList, CampaignRef, CampaignView, ChangeCampaign, CheckApiHealth, CreateCampaign,
    FetchAllCampaigns, FetchAllProducts, FetchCampaignDetails, FetchProductAnalytics, FetchProductDetails, Health,
    PerformanceView, ProductAnalytics, ProductList, ProductView, Reading, SetCampaignBudget, SetCampaignCopy, SetCampaignEnd,
};

/// What a tool is called, what it is for and which JSON it takes and gives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolSpec {
    /// The name by which it is called.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// Whether it can change anything outside.
    pub mutates: bool,
    /// The JSON schema of its input.
    pub input: Schema,
    /// The JSON schema of its output.
    pub output: Schema,
}

/// The tools on a set of ports. Cloning is cheap.
///
/// Tools that change something go through the [`Executor`] like everything else: guarded, written down first, sent once.
/// Their `request_id` is the caller's promise of identity: the same one never takes effect twice.
#[derive(Clone, Debug)]
pub struct Toolbox {
    ports: Ports,
    executor: Executor,
    flight: FlightPolicy,
}

impl Toolbox {
    /// The tools on these ports, changing things through `executor`.
    #[must_use]
    pub const fn new(ports: Ports, executor: Executor, flight: FlightPolicy) -> Self {
        Self { ports, executor, flight }
    }

    /// All tools, in the order of their list.
    #[must_use]
    pub fn specs(&self) -> Vec<ToolSpec> {
        vec![
            spec::<FetchAllProducts, ProductList>(Tool::FetchAllProducts),
            spec::<FetchProductDetails, ProductView>(Tool::FetchProductDetails),
            spec::<FetchProductAnalytics, ProductAnalytics>(Tool::FetchProductAnalytics),
            spec::<CreateCampaign, CampaignChanged>(Tool::CreateCampaign),
            spec::<FetchCampaignDetails, CampaignView>(Tool::FetchCampaignDetails),
            spec::<FetchAllCampaigns, CampaignList>(Tool::FetchAllCampaigns),
            spec::<ExplainDecision, DecisionView>(Tool::ExplainDecision),
            spec::<ChangeCampaign, CampaignChanged>(Tool::PauseCampaign),
            spec::<ChangeCampaign, CampaignChanged>(Tool::ResumeCampaign),
            spec::<SetCampaignBudget, CampaignChanged>(Tool::SetCampaignBudget),
            spec::<SetCampaignEnd, CampaignChanged>(Tool::SetCampaignEnd),
            spec::<SetCampaignCopy, CampaignChanged>(Tool::SetCampaignCopy),
            spec::<CheckApiHealth, ApiHealth>(Tool::CheckApiHealth),
        ]
    }

    /// Calls a tool by its name with JSON, as a protocol or a language model would.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for an unknown name, [`ErrorKind::Invalid`] for an input that does not fit the schema,
    /// otherwise what the tool's own method reports.
    pub async fn call(&self, name: &str, input: Value) -> Result<Value> {
        let tool = Tool::named(name)
            .ok_or_else(|| AgentError::new(ErrorKind::Unsupported, format!("there is no tool named `{name}`")))?;
        match tool {
            Tool::FetchAllProducts => answer(self.fetch_all_products(&read(tool, input)?).await?),
            Tool::FetchProductDetails => answer(self.fetch_product_details(&read(tool, input)?).await?),
            Tool::FetchProductAnalytics => answer(self.fetch_product_analytics(&read(tool, input)?).await?),
            Tool::CreateCampaign => answer(self.create_campaign(&read(tool, input)?).await?),
            Tool::FetchCampaignDetails => answer(self.fetch_campaign_details(&read(tool, input)?).await?),
            Tool::FetchAllCampaigns => answer(self.fetch_all_campaigns(&read(tool, input)?).await?),
            Tool::ExplainDecision => answer(self.explain_decision(&read(tool, input)?).await?),
            Tool::PauseCampaign => answer(self.pause_campaign(&read(tool, input)?).await?),
            Tool::ResumeCampaign => answer(self.resume_campaign(&read(tool, input)?).await?),
            Tool::SetCampaignBudget => answer(self.set_campaign_budget(&read(tool, input)?).await?),
            Tool::SetCampaignEnd => answer(self.set_campaign_end(&read(tool, input)?).await?),
            Tool::SetCampaignCopy => answer(self.set_campaign_copy(&read(tool, input)?).await?),
            Tool::CheckApiHealth => answer(self.check_api_health(&read(tool, input)?).await?),
        }
    }
}

/// One of the tools.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Tool {
    FetchAllProducts,
    FetchProductDetails,
    FetchProductAnalytics,
    CreateCampaign,
    FetchCampaignDetails,
    FetchAllCampaigns,
    ExplainDecision,
    PauseCampaign,
    ResumeCampaign,
    SetCampaignBudget,
    SetCampaignEnd,
    SetCampaignCopy,
    CheckApiHealth,
}

impl Tool {
    const ALL: [Self; 13] = [
        Self::FetchAllProducts,
        Self::FetchProductDetails,
        Self::FetchProductAnalytics,
        Self::CreateCampaign,
        Self::FetchCampaignDetails,
        Self::FetchAllCampaigns,
        Self::ExplainDecision,
        Self::PauseCampaign,
        Self::ResumeCampaign,
        Self::SetCampaignBudget,
        Self::SetCampaignEnd,
        Self::SetCampaignCopy,
        Self::CheckApiHealth,
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::FetchAllProducts => "fetch_all_products",
            Self::FetchProductDetails => "fetch_product_details",
            Self::FetchProductAnalytics => "fetch_product_analytics",
            Self::CreateCampaign => "create_campaign",
            Self::FetchCampaignDetails => "fetch_campaign_details",
            Self::FetchAllCampaigns => "fetch_all_campaigns",
            Self::ExplainDecision => "explain_decision",
            Self::PauseCampaign => "pause_campaign",
            Self::ResumeCampaign => "resume_campaign",
            Self::SetCampaignBudget => "set_campaign_budget",
            Self::SetCampaignEnd => "set_campaign_end",
            Self::SetCampaignCopy => "set_campaign_copy",
            Self::CheckApiHealth => "check_api_health",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::FetchAllProducts => "Lists the products that shoppers can see, read from the store now.",
            Self::FetchProductDetails => "Shows one product, read from the store now.",
            Self::FetchProductAnalytics => "Shows what one product sold and how often its page was viewed over the last days.",
            Self::CreateCampaign => "Starts a campaign for a product. Takes effect at most once per request_id.",
            Self::FetchCampaignDetails => "Shows one campaign: what is wanted, what the platform says, what it did so far.",
            Self::FetchAllCampaigns => "Lists all campaigns of this memory.",
            Self::ExplainDecision => "Explains a decision: the facts, rules and evidence behind it, and what would change it.",
            Self::PauseCampaign => "Lets a campaign rest and says what that really achieves on the platform.",
            Self::ResumeCampaign => "Lets a resting campaign run again until the end of its flight.",
            Self::SetCampaignBudget => "Sets the budget of a campaign over its whole life.",
            Self::SetCampaignEnd => "Moves the end of a campaign that runs; its budget stays as it is.",
            Self::SetCampaignCopy => "Gives a campaign other words, where the platform can change them.",
            Self::CheckApiHealth => "Says whether the store, the page-view source and the platform answer. Changes nothing.",
        }
    }

    const fn mutates(self) -> bool {
        matches!(
            self,
            Self::CreateCampaign
                | Self::PauseCampaign
                | Self::ResumeCampaign
                | Self::SetCampaignBudget
                | Self::SetCampaignEnd
                | Self::SetCampaignCopy
        )
    }
}

fn spec<I: JsonSchema, O: JsonSchema>(tool: Tool) -> ToolSpec {
    ToolSpec {
        name: tool.name(),
        description: tool.description(),
        mutates: tool.mutates(),
        input: schema_for!(I),
        output: schema_for!(O),
    }
}

fn read<T: DeserializeOwned>(tool: Tool, input: Value) -> Result<T> {
    serde_json::from_value(input).map_err(|source| {
        AgentError::new(ErrorKind::Invalid, format!("the input of `{}` does not fit its schema: {source}", tool.name()))
            .with_source(source)
    })
}

fn answer<T: Serialize>(output: T) -> Result<Value> {
    serde_json::to_value(output)
        .map_err(|source| AgentError::new(ErrorKind::Invalid, "the answer cannot be written as JSON").with_source(source))
}

/// A port failed while a tool was `doing` something.
fn failed(doing: &'static str) -> impl FnOnce(PortError) -> AgentError {
    AgentError::port(doing)
}
