//! Prints the rules of the guardrails as JSON: what `.ci/prove_guardrails.py` proves their properties from.

use std::io;

use campaign_pilot_decision_engine::Guardrails;

fn main() -> serde_json::Result<()> {
    serde_json::to_writer_pretty(io::stdout().lock(), Guardrails::table())
}
