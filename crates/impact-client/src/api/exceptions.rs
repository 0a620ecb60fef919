//! Exception lists: products, categories or promo codes for which contracts have other terms.

use campaign_pilot_core::ErrorKind;
use campaign_pilot_http::{Bytes, Method, Part, Request};

use super::form::{Filtered, Form};
use super::listing::Shape;
use super::{ImpactApi, Listing};
use crate::{
    EventTypeId, ExceptionItem, ExceptionItemId, ExceptionList, ExceptionListId, ExceptionListKind, ExceptionListState,
    ImpactError, PromoCodeExceptionList, PromoCodeExceptionListId,
};

const LISTS: &str = "ExceptionLists";
const CODE_LISTS: &str = "PromoCodeExceptionLists";
const ITEMS: Shape = Shape::under(&["ExceptionListItems"]);

/// What shall change about an exception list; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExceptionListChange {
    /// Its name.
    pub name: Option<String>,
    /// The kind of conversions it is for.
    pub event_type: Option<EventTypeId>,
}

impl ImpactApi {
    /// The exception lists of the program: those in this state or of this kind, where one is given.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn exception_lists(
        &self,
        state: Option<&ExceptionListState>,
        kind: Option<&ExceptionListKind>,
    ) -> Result<Listing<ExceptionList>, ImpactError> {
        let request = Request::get(LISTS)
            .query("CampaignId", self.program_id())
            .query_any("State", state)
            .query_any("Type", kind)
            .query("PageSize", 1_000);
        self.pages("list the exception lists at impact.com", &request, Shape::under(&[LISTS])).await
    }

    /// One exception list; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn exception_list(&self, id: &ExceptionListId) -> Result<Option<ExceptionList>, ImpactError> {
        let request = Request::get(LISTS).segment(id);
        self.found("read the exception list at impact.com", &request, id, |list: &ExceptionList| &list.id).await
    }

    /// Creates an exception list and brings its id. Sent once. It has an effect where a contract refers to it.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may exist all the same.
    pub async fn create_exception_list(
        &self,
        name: &str,
        kind: &ExceptionListKind,
        event_type: &EventTypeId,
    ) -> Result<ExceptionListId, ImpactError> {
        const CALL: &str = "create the exception list at impact.com";
        let form = Form::default()
            .with("ActionTrackerId", event_type)
            .with("CampaignId", self.program_id())
            .with("Name", name)
            .with("Type", kind);
        form.check(CALL, &[])?;
        self.created(CALL, &Request::post(LISTS).form(form.into_pairs()), LISTS).await
    }

    /// Changes an exception list. Sent once; saying it twice changes nothing more.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may have changed all the same.
    pub async fn update_exception_list(&self, id: &ExceptionListId, change: &ExceptionListChange) -> Result<(), ImpactError> {
        const CALL: &str = "change the exception list at impact.com";
        let form = change_form(CALL, change)?;
        self.changed(CALL, &Request::put(LISTS).segment(id).form(form.into_pairs())).await
    }

    /// The entries of an exception list: those with this value, where one is given.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn exception_items(
        &self,
        list: &ExceptionListId,
        value: Option<&str>,
    ) -> Result<Listing<ExceptionItem>, ImpactError> {
        let request = Request::get(LISTS).segment(list).segment("Items").query_any("Value", value).query("PageSize", 1_000);
        self.pages("list the entries of the exception list at impact.com", &request, ITEMS).await
    }

    /// One entry of an exception list; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn exception_item(
        &self,
        list: &ExceptionListId,
        id: &ExceptionItemId,
    ) -> Result<Option<ExceptionItem>, ImpactError> {
        let request = Request::get(LISTS).segment(list).segment("Items").segment(id);
        self.found("read the entry of the exception list at impact.com", &request, id, |item: &ExceptionItem| &item.id).await
    }

    /// Adds an entry, or renames the one with the same value where `upsert`. Sent once.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may be there all the same.
    pub async fn add_exception_item(
        &self,
        list: &ExceptionListId,
        value: &str,
        name: Option<&str>,
        upsert: bool,
    ) -> Result<(), ImpactError> {
        const CALL: &str = "add the entry to the exception list at impact.com";
        let form = Form::default().with("Value", value).with_any("Name", name).with_any("Upsert", upsert.then_some(true));
        form.check(CALL, &[])?;
        self.changed(CALL, &Request::post(LISTS).segment(list).segment("Items").form(form.into_pairs())).await
    }

    /// Adds the entries of a file. Sent once.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether they may be there all the same.
    pub async fn add_exception_file(
        &self,
        list: &ExceptionListId,
        file_name: &str,
        content: impl Into<Bytes>,
        upsert: bool,
    ) -> Result<(), ImpactError> {
        let upsert = Part::text("Upsert", if upsert { "true" } else { "false" });
        let parts = [Part::file("File", file_name, "text/csv", content), upsert];
        let request = Request::post(LISTS).segment(list).segment("Items").multipart(parts);
        self.changed("add entries to the exception list at impact.com", &request).await
    }

    /// Takes an entry out. Sent once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when there is none; [`ImpactError::may_have_taken_effect`] tells whether it may be gone all
    /// the same.
    pub async fn remove_exception_item(&self, list: &ExceptionListId, id: &ExceptionItemId) -> Result<(), ImpactError> {
        let request = Request::new(Method::DELETE, LISTS).segment(list).segment("Items").segment(id);
        self.changed("take the entry out of the exception list at impact.com", &request).await
    }

    /// One list of promo codes; `None` when impact.com does not know it. There is no list of these lists.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn promo_code_exception_list(
        &self,
        id: &PromoCodeExceptionListId,
    ) -> Result<Option<PromoCodeExceptionList>, ImpactError> {
        let request = Request::get(CODE_LISTS).segment(id);
        let call = "read the exception list of promo codes at impact.com";
        self.found(call, &request, id, |list: &PromoCodeExceptionList| &list.id).await
    }

    /// Creates an exception list of promo codes and brings its id. Sent once.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may exist all the same.
    pub async fn create_promo_code_exception_list(
        &self,
        name: &str,
        event_type: &EventTypeId,
    ) -> Result<PromoCodeExceptionListId, ImpactError> {
        const CALL: &str = "create the exception list of promo codes at impact.com";
        let form = Form::default().with("ActionTrackerId", event_type).with("CampaignId", self.program_id()).with("Name", name);
        form.check(CALL, &[])?;
        self.created(CALL, &Request::post(CODE_LISTS).form(form.into_pairs()), CODE_LISTS).await
    }

    /// Changes an exception list of promo codes. Sent once; saying it twice changes nothing more.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may have changed all the same.
    pub async fn update_promo_code_exception_list(
        &self,
        id: &PromoCodeExceptionListId,
        change: &ExceptionListChange,
    ) -> Result<(), ImpactError> {
        const CALL: &str = "change the exception list of promo codes at impact.com";
        let form = change_form(CALL, change)?;
        self.changed(CALL, &Request::put(CODE_LISTS).segment(id).form(form.into_pairs())).await
    }

    /// The entries of an exception list of promo codes: those with this value, where one is given.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn promo_code_exception_items(
        &self,
        list: &PromoCodeExceptionListId,
        value: Option<&str>,
    ) -> Result<Listing<ExceptionItem>, ImpactError> {
        let request = Request::get(CODE_LISTS).segment(list).segment("Items").query_any("Value", value).query("PageSize", 1_000);
        self.pages("list the entries of the exception list of promo codes at impact.com", &request, ITEMS).await
    }

    /// Adds a promo code to an exception list. Sent once.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may be there all the same.
    pub async fn add_promo_code_exception_item(&self, list: &PromoCodeExceptionListId, code: &str) -> Result<(), ImpactError> {
        const CALL: &str = "add the entry to the exception list of promo codes at impact.com";
        let form = Form::default().with("Value", code);
        form.check(CALL, &[])?;
        self.changed(CALL, &Request::post(CODE_LISTS).segment(list).segment("Items").form(form.into_pairs())).await
    }

    /// Takes a promo code out of an exception list. Sent once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when there is none; [`ImpactError::may_have_taken_effect`] tells whether it may be gone all
    /// the same.
    pub async fn remove_promo_code_exception_item(
        &self,
        list: &PromoCodeExceptionListId,
        id: &ExceptionItemId,
    ) -> Result<(), ImpactError> {
        let request = Request::new(Method::DELETE, CODE_LISTS).segment(list).segment("Items").segment(id);
        self.changed("take the entry out of the exception list of promo codes at impact.com", &request).await
    }
}

fn change_form(call: &'static str, change: &ExceptionListChange) -> Result<Form, ImpactError> {
    if change == &ExceptionListChange::default() {
        return Err(ImpactError::new(ErrorKind::Invalid, call, "the change holds nothing"));
    }
    let form = Form::default().with_any("ActionTrackerId", change.event_type.as_ref()).with_any("Name", change.name.as_ref());
    form.check(call, &[])?;
    Ok(form)
}
