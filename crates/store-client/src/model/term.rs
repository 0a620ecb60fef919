//! Categories, tags and brands.

use serde::{Deserialize, Serialize};

use crate::wire::{Resource, scalar};

/// A category, tag or brand that products belong to.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Term {
    /// The store's id.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// The name, as plain text: the store encodes it (`Home &amp; Garden`).
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The name in addresses.
    #[serde(default, deserialize_with = "scalar::text")]
    pub slug: String,
    /// The one it lies below; tags have none.
    #[serde(default, deserialize_with = "scalar::reference")]
    pub parent: Option<u64>,
    /// How many published products belong to it, as the store counted last.
    #[serde(default, deserialize_with = "scalar::count")]
    pub count: u64,
}

impl Resource for Term {
    const FIELDS: &'static str = "id,name,slug,parent,count";
    const WHAT: &'static str = "the categories, tags or brands";

    fn id(&self) -> u64 {
        self.id
    }
}
