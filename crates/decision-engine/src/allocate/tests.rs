use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignId, Currency, Money};
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};
use serde_json::Value;

use super::*;
use crate::testing::euros;

mod reference;

fn hill(most: f64, half: f64, slope: f64) -> Response {
    Response::Hill { most, half, slope }
}

fn campaign(id: &str, response: Response) -> AllocationCampaign {
    AllocationCampaign::new(CampaignId::new(id).unwrap(), response)
}

fn lost(total: Decimal, campaigns: Vec<AllocationCampaign>) -> AllocationProblem {
    AllocationProblem { leftover: Leftover::Lost, ..AllocationProblem::new(euros(total), campaigns) }
}

fn spent(allocation: &Allocation) -> Decimal {
    allocation.shares.iter().map(|share| share.to.amount).sum()
}

fn to(allocation: &Allocation, id: &str) -> Decimal {
    allocation.shares.iter().find(|share| share.campaign.as_str() == id).unwrap().to.amount
}

fn standing(allocation: &Allocation, id: &str) -> Standing {
    allocation.shares.iter().find(|share| share.campaign.as_str() == id).unwrap().standing.clone()
}
