//! Risk: draws of the curves.

use super::*;
