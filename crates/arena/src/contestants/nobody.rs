//! No advertising.

use async_trait::async_trait;

use crate::contestant::{Contestant, Failure};
use crate::turn::Turn;

/// Never advertises anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

#[async_trait]
impl Contestant for Nobody {
    fn name(&self) -> &'static str {
        "no-ads"
    }

    fn uses_turn(&self) -> bool {
        false
    }

    async fn take_turn(&mut self, _turn: &mut Turn<'_>) -> Result<(), Failure> {
        Ok(())
    }
}
