//! The port to a campaign platform.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    AdCopy, Applied, CampaignSpec, Capabilities, Effect, ErrorKind, Money, OperationTag, PerformanceReading, Period,
    PlatformCampaign, PlatformCampaignId, PortError, PortResult,
};

/// A platform that runs campaigns.
///
/// Writes are sent once and never retried inside: what is unclear comes back as [`Applied::Unknown`], and the
/// executor looks it up by its tag. Writes state what shall be so, and return the effect that was verified.
#[cfg_attr(feature = "test-util", mockall::automock)]
#[async_trait]
pub trait CampaignPlatform: Send + Sync {
    /// What the platform can really do. Constant for a configured account.
    fn capabilities(&self) -> Capabilities;

    /// Whether the platform answers, the credentials work and campaigns can run. Changes nothing.
    ///
    /// # Errors
    ///
    /// What stands in the way, with the next step as advice.
    async fn check_health(&self) -> PortResult<()>;

    /// Creates a campaign that carries `tag`.
    async fn create(&self, spec: &CampaignSpec, tag: &OperationTag) -> Applied;

    /// Lets a created object that is still held back run as `spec` says. It shall be the only one with its tag.
    ///
    /// For platforms without a key against doing things twice: they hold a new object back, make sure that it is the
    /// only one of its operation, and let it run only then, so that a copy never costs anything. A create does all of
    /// this by itself where it gets clear answers; this is the last part, for an object that was found by its tag after
    /// an answer was lost. It is an absolute wish: saying it twice changes nothing more. A platform that holds nothing
    /// back has nothing to do, which is the default.
    async fn release(&self, id: &PlatformCampaignId, spec: &CampaignSpec) -> Applied {
        let _ = (id, spec);
        Applied::Done(Effect::AlreadySo)
    }

    /// All objects that carry `tag` and were created at or after `since` (allow for clock skew), oldest first.
    ///
    /// # Errors
    ///
    /// When the platform cannot be read: then nothing is known.
    async fn find_by_tag(&self, tag: &OperationTag, since: Timestamp) -> PortResult<Vec<PlatformCampaign>>;

    /// One campaign; `None` when the platform does not know it.
    ///
    /// # Errors
    ///
    /// When the platform cannot be read.
    async fn details(&self, id: &PlatformCampaignId) -> PortResult<Option<PlatformCampaign>>;

    /// All campaigns that carry a tag of ours.
    ///
    /// # Errors
    ///
    /// When the platform cannot be read.
    async fn all(&self) -> PortResult<Vec<PlatformCampaign>>;

    /// Lets a campaign rest and says what that achieved.
    async fn pause(&self, id: &PlatformCampaignId) -> Applied;

    /// Lets a resting campaign run until `until`; `spec` and `tag` serve where a new object is needed.
    async fn resume(&self, id: &PlatformCampaignId, spec: &CampaignSpec, tag: &OperationTag, until: Timestamp) -> Applied;

    /// Sets the budget over the campaign's whole life.
    async fn set_budget(&self, id: &PlatformCampaignId, budget: Money) -> Applied<Effect>;

    /// Moves the end of a campaign that runs or is scheduled: from `end` on it is not offered any more.
    ///
    /// An end that has passed, or is not after the start, is refused; so is moving the end of a campaign that is over, and of one that
    /// rests where that would let it run: a pause ends it, and [`resume`](Self::resume) lets it run again. An end that
    /// the platform cannot represent exactly is rounded down to its whole second. Where [`Capabilities::end`] is
    /// [`EndControl::Unsupported`](crate::EndControl::Unsupported), which is the default, it is refused with
    /// [`ErrorKind::Unsupported`].
    async fn set_end(&self, id: &PlatformCampaignId, end: Timestamp) -> Applied {
        let _ = (id, end);
        Applied::Rejected(PortError::new(ErrorKind::Unsupported, "this platform cannot move the end of a campaign"))
    }

    /// Gives a campaign other words, and changes nothing else: a campaign that rests still rests.
    ///
    /// A blank headline is refused. Where [`Capabilities::copy`] is
    /// [`CopyControl::Unsupported`](crate::CopyControl::Unsupported), which is the default, it is refused with
    /// [`ErrorKind::Unsupported`].
    async fn set_copy(&self, id: &PlatformCampaignId, copy: &AdCopy) -> Applied {
        let _ = (id, copy);
        Applied::Rejected(PortError::new(ErrorKind::Unsupported, "this platform cannot change the words of a campaign"))
    }

    /// What the given campaigns did in a period.
    ///
    /// # Errors
    ///
    /// When the platform cannot be read.
    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> PortResult<PerformanceReading>;
}
