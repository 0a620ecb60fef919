//! Who competes.

use async_trait::async_trait;

use crate::turn::Turn;

/// What stops a flight: a port that failed, or a memory.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A policy that advertises in a market. Implement it for one of your own and let it fly beside the others.
///
/// Each hour of the flight it has its turn: it looks at what a merchant can see, and launches, pauses or funds campaigns through
/// [`Turn`], which holds it to the caps and to what the platform can do.
///
/// ```
/// use async_trait::async_trait;
/// use campaign_pilot_arena::{Contestant, Failure, Flight, Turn};
/// use campaign_pilot_sandbox::World;
///
/// /// Advertises the dearest product, and nothing else.
/// struct Dearest;
///
/// #[async_trait]
/// impl Contestant for Dearest {
///     fn name(&self) -> &str {
///         "dearest"
///     }
///
///     async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
///         let dearest = turn.products().filter(|product| product.stock.is_available()).max_by_key(|product| product.price.map(|price| price.amount));
///         let Some(product) = dearest.map(|product| product.id.clone()).filter(|_| turn.is_first_hour_of_day()) else { return Ok(()) };
///         let budget = turn.caps().per_campaign;
///         // Refused while it is advertised already.
///         let _ = turn.launch(&product, budget, 7).await?;
///         Ok(())
///     }
/// }
///
/// let flight = Flight { world: World::named("tiny")?, seed: 3, days: 10 };
/// let result = flight.open()?.fly(&mut Dearest)?;
/// assert!(result.launches >= 1);
/// # Ok::<(), campaign_pilot_arena::Failure>(())
/// ```
#[async_trait]
pub trait Contestant: Send {
    /// Its name in tables.
    fn name(&self) -> &str;

    /// Does what it wants to do in an hour.
    ///
    /// # Errors
    ///
    /// When a port fails: then the flight is over.
    async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure>;

    /// Whether it uses what [`Turn`] shows and gives its orders there; one that brings its own ports and memory does not.
    fn uses_turn(&self) -> bool {
        true
    }

    /// What it decided about campaigns since it was asked last; nothing for one that gives no verdicts.
    fn take_verdicts(&mut self) -> Vec<crate::VerdictGiven> {
        Vec::new()
    }
}
