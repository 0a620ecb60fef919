//! How impact.com writes things down: scalars of any type, pages, answers that are errors.

pub(crate) mod answer;
pub(crate) mod csv;
pub(crate) mod paging;
pub(crate) mod scalar;
