//! Customers with an account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::privacy::{Contact, Customer, CustomerSalt};
use crate::wire::{Resource, scalar};

/// A customer's account, without anything that tells whose it is. Guests have none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Account {
    /// The store's number of the account.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// Whose it is: a key, the same as in their orders, or nothing.
    #[serde(skip_deserializing)]
    pub customer: Customer,
    /// When it was created.
    #[serde(default, rename = "date_created_gmt", deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
    /// The role in the shop: `customer`, `shop_manager`, ..
    #[serde(default, deserialize_with = "scalar::text")]
    pub role: String,
    /// Whether they ever paid for an order.
    #[serde(default, rename = "is_paying_customer", deserialize_with = "scalar::flag")]
    pub is_paying: bool,
    #[serde(default, rename = "email", skip_serializing, deserialize_with = "Contact::from_email")]
    contact: Contact,
}

impl Account {
    /// Turns whose it is into a key, or forgets it: done before an account leaves the client.
    pub(crate) fn seal(&mut self, salt: Option<&CustomerSalt>) {
        self.customer = std::mem::take(&mut self.contact).seal(Some(self.id), salt);
    }
}

impl Resource for Account {
    const FIELDS: &'static str = "id,date_created_gmt,role,is_paying_customer";
    const WHAT: &'static str = "the customers";

    fn id(&self) -> u64 {
        self.id
    }
}
