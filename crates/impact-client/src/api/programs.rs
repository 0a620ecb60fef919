//! The account's company and its program.

use campaign_pilot_core::ErrorKind;
use campaign_pilot_http::Request;
use serde_json::Value;

use super::form::Filtered;
use super::listing::Shape;
use super::{ImpactApi, Listing, model};
use crate::{Company, ImpactError, Program, ProgramState, UnsubscribedContact};

impl ImpactApi {
    /// The account's company: the cheapest call that needs working credentials.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`] for wrong credentials, [`ErrorKind::Forbidden`] for a token without the scope.
    pub async fn company(&self) -> Result<Company, ImpactError> {
        const CALL: &str = "read the company at impact.com";
        model(CALL, self.value(CALL, &Request::get("CompanyInformation")).await?)
    }

    /// The configured program.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when the account has no such program.
    pub async fn program(&self) -> Result<Program, ImpactError> {
        const CALL: &str = "read the program at impact.com";
        let request = Request::get("Campaigns").segment(self.program_id());
        let value = self.value(CALL, &request).await?;
        let program: Program = model(CALL, value)?;
        if &program.id == self.program_id() {
            return Ok(program);
        }
        let message = format!("program {} came where {} was asked for", program.id, self.program_id());
        Err(ImpactError::new(ErrorKind::Malformed, CALL, message))
    }

    /// The account's programs: those of this name or in this state, where one is given.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn programs(&self, name: Option<&str>, state: Option<&ProgramState>) -> Result<Listing<Program>, ImpactError> {
        let request = Request::get("Campaigns").query_any("Name", name).query_any("State", state).query("PageSize", 1_000);
        self.pages("list the programs at impact.com", &request, Shape::under(&["Campaigns", "Programs"])).await
    }

    /// For how many people partners' messages are switched off, by partner.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn unsubscribed_contacts(&self) -> Result<Listing<UnsubscribedContact>, ImpactError> {
        let request = self.below_program("Campaigns", "UnsubscribedContacts").query("PageSize", 1_000);
        // The one list that counts its pages from 0.
        let shape = Shape::under(&["Results", "Contacts"]).told_apart_by("UserEmail").counted_from(0);
        self.pages("list the unsubscribed contacts at impact.com", &request, shape).await
    }

    /// Whether the program's ads can be read: one page of one ad.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Forbidden`] for a token without the scope for ads.
    pub async fn probe_ads(&self) -> Result<(), ImpactError> {
        const CALL: &str = "read the program's ads at impact.com";
        let request = Request::get("Ads").query("CampaignId", self.program_id()).query("PageSize", 1).query("Page", 1);
        let value = self.value(CALL, &request).await?;
        if value.get("Ads").is_some_and(Value::is_array) {
            return Ok(());
        }
        Err(ImpactError::new(ErrorKind::Malformed, CALL, "the answer holds no list of ads"))
    }
}
