//! Query parameters as PHP and WordPress read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::form_urlencoded;

use super::answer::{ApiError, Fields};
use super::dates;

/// The parameters of a query: the last of a name wins, unknown ones do no harm.
#[derive(Clone, Debug)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    /// The shop's zone, in which dates without one are meant.
    zone: TimeZone,
}

impl Params {
    pub(super) fn read(query: &str, zone: &TimeZone) -> Self {
        Self { pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect(), zone: zone.clone() }
    }

    /// One value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A list: `name=a,b`, or PHP's `name[]=a` and `name[0]=a`.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let is_element = |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'));
        let elements: Vec<&str> = self.pairs.iter().filter(|(key, _)| is_element(key)).map(|(_, value)| value.as_str()).collect();
        if !elements.is_empty() {
            return elements;
        }
        self.get(name).into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty()).collect()
    }

    /// A list of ids; `None` when it is not asked for.
    pub(super) fn ids(&self, name: &str) -> Result<Option<Vec<u64>>, ApiError> {
        let texts = self.list(name);
        if texts.is_empty() {
            return Ok(None);
        }
        let ids = texts.iter().enumerate().map(|(index, text)| {
            text.parse()
                .map_err(|_| ApiError::invalid(name, "rest_invalid_type", &format!("{name}[{index}] is not of type integer.")))
        });
        ids.collect::<Result<_, _>>().map(Some)
    }

    /// A whole number within bounds.
    pub(super) fn integer(&self, name: &str, default: usize, least: i64, most: Option<i64>) -> Result<usize, ApiError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let Ok(number) = text.parse::<i64>() else {
            return Err(ApiError::invalid(name, "rest_invalid_type", &format!("{name} is not of type integer.")));
        };
        let is_within = least <= number && most.is_none_or(|most| number <= most);
        usize::try_from(number).ok().filter(|_| is_within).ok_or_else(|| {
            let message = match most {
                Some(most) => format!("{name} must be between {least} (inclusive) and {most} (inclusive)"),
                None => format!("{name} must be greater than or equal to {least}"),
            };
            ApiError::invalid(name, "rest_out_of_bounds", &message)
        })
    }

    /// One of some words; the message lists `shown`, which may repeat itself as the shop's does.
    pub(super) fn word<'a>(&'a self, name: &str, default: &'a str, allowed: &[&str], shown: &str) -> Result<&'a str, ApiError> {
        let word = self.get(name).unwrap_or(default);
        if allowed.contains(&word) {
            return Ok(word);
        }
        Err(ApiError::invalid(name, "rest_not_in_enum", &format!("{name} is not one of {shown}.")))
    }

    /// A date with a time; see [`dates::read_filter`].
    pub(super) fn date(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        dates::read_filter(text, self.flag("dates_are_gmt"), &self.zone)
            .map(Some)
            .ok_or_else(|| ApiError::invalid(name, "rest_invalid_date", "Invalid date."))
    }

    /// Whether something is switched on.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|text| matches!(text, "true" | "1" | "yes"))
    }

    /// The fields asked for.
    pub(super) fn fields(&self) -> Fields {
        let fields: Vec<String> = self.list("_fields").into_iter().map(str::to_owned).collect();
        (!fields.is_empty()).then_some(fields)
    }

    /// The same query for another page; keys do not belong into links.
    pub(super) fn for_page(&self, page: usize) -> String {
        let kept = self.pairs.iter().filter(|(key, _)| key != "page" && key != "consumer_key" && key != "consumer_secret");
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair("page", &page.to_string()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_three_forms_and_the_last_value_wins() {
        let params = Params::read("include=1,2&status[]=a&status[1]=b&per_page=5&per_page=7", &TimeZone::UTC);
        assert_eq!(params.ids("include").unwrap(), Some(vec![1, 2]));
        assert_eq!(params.list("status"), ["a", "b"]);
        assert_eq!(params.integer("per_page", 10, 1, Some(100)).unwrap(), 7);
        assert_eq!(params.ids("exclude").unwrap(), None);
        assert!(Params::read("include=x", &TimeZone::UTC).ids("include").is_err());
    }

    #[test]
    fn links_to_other_pages_keep_the_question_and_drop_the_keys() {
        let params =
            Params::read("per_page=20&page=2&after=2026-11-01T00:00:00&consumer_key=ck_1&consumer_secret=cs_1", &TimeZone::UTC);
        assert_eq!(params.for_page(3), "per_page=20&after=2026-11-01T00%3A00%3A00&page=3");
    }
}
