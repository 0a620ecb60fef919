//! Rows of the performance report by ad, whose columns are spelled differently from account to account.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::AdId;
use crate::wire::scalar::{parse_decimal, value_text};

/// One ad in the performance report by ad.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AdReportRow {
    /// The ad.
    pub ad: AdId,
    /// How often it was shown, where the report has the column.
    pub impressions: Option<u64>,
    /// How often it was clicked.
    pub clicks: Option<u64>,
    /// Conversions.
    pub actions: Option<u64>,
    /// What clicks cost, in the report's currency.
    pub click_cost: Option<Decimal>,
}

impl AdReportRow {
    /// Reads a record, whatever the case of its columns and the underscores and blanks between their words.
    ///
    /// # Errors
    ///
    /// What is wrong with it: no ad id, or a number that is none.
    pub(crate) fn read(record: &Value) -> Result<Self, String> {
        let record = record.as_object().ok_or("the record is not an object")?;
        let cells: BTreeMap<String, &Value> = record.iter().map(|(column, value)| (normalised(column), value)).collect();
        let cell = |names: &[&str]| names.iter().find_map(|name| cells.get(*name)).and_then(|value| value_text(value));
        let ad = cell(&["adid"]).ok_or("the record names no ad")?;
        let amount = |names: &[&str]| match cell(names) {
            None => Ok(None),
            Some(text) => parse_decimal(&text).map(Some).ok_or_else(|| "a column holds no number".to_owned()),
        };
        let count = |names: &[&str]| match amount(names)? {
            None => Ok(None),
            Some(number) if number.is_integer() => u64::try_from(number).map(Some).map_err(|_| "a count is negative".to_owned()),
            Some(_) => Err("a count is not whole".to_owned()),
        };
        Ok(Self {
            ad: AdId::new(ad).map_err(|error| error.to_string())?,
            impressions: count(&["impressions"])?,
            clicks: count(&["clicks"])?,
            actions: count(&["actions"])?,
            click_cost: amount(&["clickcost", "clickccost", "cpccost"])?,
        })
    }
}

fn normalised(column: &str) -> String {
    column.chars().filter(|c| !matches!(c, '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_found_in_every_spelling() {
        let documented = json!({"Ad_Id": "892081", "Ad_Name": "x", "Impressions": "0", "Clicks": "143", "Actions": "9",
            "Revenue": "314.91", "Click_Cost": "0.00", "CPC": "0.22"});
        let snake = json!({"ad_id": 892081, "impressions": 0, "clicks": 143, "actions": 9.0, "clickc_cost": 0.00});
        let row = AdReportRow::read(&documented).unwrap();
        assert_eq!((row.clicks, row.actions, row.click_cost), (Some(143), Some(9), Some(Decimal::ZERO)));
        assert_eq!(AdReportRow::read(&snake).unwrap(), row);
    }

    #[test]
    fn a_missing_column_is_absent_and_nonsense_is_an_error() {
        assert_eq!(AdReportRow::read(&json!({"AdId": "7"})).unwrap().clicks, None);
        assert!(AdReportRow::read(&json!({"Clicks": "7"})).is_err());
        assert!(AdReportRow::read(&json!({"AdId": "7", "Clicks": "many"})).is_err());
        assert!(AdReportRow::read(&json!({"AdId": "7", "Clicks": "-1"})).is_err());
        assert!(AdReportRow::read(&json!(["7"])).is_err());
    }
}
