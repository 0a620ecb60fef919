//! Page views: four sources behind one port, joined to products by the address of their page.

mod days;
mod ga4;
mod jetpack;
mod join;
mod matomo;
mod plausible;
mod source;
mod tally;

pub use ga4::{Ga4Config, Ga4Views, ServiceAccount};
pub use jetpack::{JetpackConfig, JetpackViews};
pub use join::Languages;
pub use matomo::{MatomoConfig, MatomoViews};
pub use plausible::{PlausibleConfig, PlausibleViews};
