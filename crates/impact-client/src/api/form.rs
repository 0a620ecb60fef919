//! What a form or a query carries, field by field.

use std::fmt::Display;

use campaign_pilot_core::{ErrorKind, Money};
use campaign_pilot_http::Request;
use rust_decimal::Decimal;

use crate::{ImpactError, ListEncoding};

/// The longest text of a request in characters, as impact.com documents it for all its strings.
pub(super) const LONGEST_TEXT: usize = 255;

/// The largest amount of a request: 8 digits and 2 decimals.
const LARGEST_AMOUNT: Decimal = Decimal::from_parts(1_410_065_407, 2, 0, false, 2);

/// The fields of a form, in their order.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// A field.
    #[expect(clippy::needless_pass_by_value, reason = "callers pass words, texts and ids alike")]
    pub(super) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.0.push((name.to_owned(), value.to_string()));
        self
    }

    /// A field that is left out where there is nothing to say.
    pub(super) fn with_any(self, name: &str, value: Option<impl Display>) -> Self {
        match value.map(|value| value.to_string()) {
            Some(text) if !text.is_empty() => self.with(name, text),
            _ => self,
        }
    }

    /// A text that is left out where it is empty.
    pub(super) fn with_text(self, name: &str, text: &str) -> Self {
        self.with_any(name, Some(text))
    }

    /// Several identifiers in one field, divided by commas; none is no field.
    pub(super) fn with_commas<T: Display>(self, name: &str, items: &[T]) -> Self {
        let text = items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        self.with_text(name, &text)
    }

    /// Several identifiers in a field that the API declares as a list.
    pub(super) fn with_list<T: Display>(self, name: &str, items: &[T], encoding: ListEncoding) -> Self {
        match encoding {
            ListEncoding::Repeated => items.iter().fold(self, |form, item| form.with(name, item)),
            ListEncoding::Commas => self.with_commas(name, items),
        }
    }

    pub(super) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// Refuses texts that are longer than impact.com takes.
    pub(super) fn check(&self, call: &'static str, unlimited: &[&str]) -> Result<(), ImpactError> {
        for (name, text) in &self.0 {
            let length = text.chars().count();
            if length > LONGEST_TEXT && !unlimited.contains(&name.as_str()) {
                let message = format!("`{name}` has {length} characters, and impact.com takes {LONGEST_TEXT}");
                return Err(ImpactError::new(ErrorKind::Invalid, call, message).with_advice(format!("shorten `{name}`")));
            }
        }
        Ok(())
    }
}

/// An amount as the wire writes it.
///
/// # Errors
///
/// When it has more than 8 digits before or 2 after the point, or is negative: nothing is ever rounded here.
pub(super) fn amount(call: &'static str, what: &str, amount: Decimal) -> Result<String, ImpactError> {
    let plain = amount.normalize();
    if plain.scale() <= 2 && !plain.is_sign_negative() && plain <= LARGEST_AMOUNT {
        return Ok(plain.to_string());
    }
    let message = format!("{what} {amount} is not an amount of at most 8 digits and 2 decimals");
    Err(ImpactError::new(ErrorKind::Invalid, call, message))
}

/// An amount of money: its number; the currency goes into another field.
pub(super) fn money(call: &'static str, what: &str, money: Money) -> Result<String, ImpactError> {
    amount(call, what, money.amount)
}

/// Filters that are set become parameters of the query.
pub(super) trait Filtered {
    fn query_any(self, name: &str, value: Option<impl Display>) -> Self;
}

impl Filtered for Request {
    fn query_any(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn what_is_not_said_is_no_field() {
        let form = Form::default().with("A", 1).with_any("B", None::<u8>).with_text("C", "").with_any("D", Some("x"));
        assert_eq!(form.into_pairs(), [("A".to_owned(), "1".to_owned()), ("D".to_owned(), "x".to_owned())]);
    }

    #[test]
    fn lists_are_repeated_or_divided_by_commas() {
        let pairs = |encoding| Form::default().with_list("P", &["1", "2"], encoding).into_pairs();
        assert_eq!(pairs(ListEncoding::Repeated).len(), 2);
        assert_eq!(pairs(ListEncoding::Commas), [("P".to_owned(), "1,2".to_owned())]);
        assert!(Form::default().with_commas("P", &[] as &[&str]).into_pairs().is_empty());
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        let read = |number| amount("create the deal", "the discount", number).ok();
        assert_eq!(read(dec!(5.00)).as_deref(), Some("5"));
        assert_eq!(read(dec!(99999999.99)).as_deref(), Some("99999999.99"));
        for wrong in [dec!(0.005), dec!(-1), dec!(100000000)] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn texts_are_refused_when_too_long_and_never_cut() {
        let long = "\u{e9}".repeat(256);
        assert!(Form::default().with("Name", "\u{e9}".repeat(255)).check("create the ad", &[]).is_ok());
        let error = Form::default().with("Name", &long).check("create the ad", &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(error.to_string(), "cannot create the ad: `Name` has 256 characters, and impact.com takes 255");
        assert!(Form::default().with("LandingPage", long).check("create the ad", &["LandingPage"]).is_ok());
    }
}
