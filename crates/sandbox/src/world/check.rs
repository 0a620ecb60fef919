//! Checks that a derive cannot say. The signatures are those of `garde`.

/// A pair is a range: the lower bound first.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of a check")]
pub(super) fn ascending<T: PartialOrd + std::fmt::Debug>(range: &[T; 2], _: &()) -> garde::Result {
    let [low, high] = range;
    if low <= high { Ok(()) } else { Err(garde::Error::new(format!("{low:?} is above {high:?}"))) }
}

/// The same for a pair that may be left out.
#[expect(clippy::ref_option, reason = "the signature of a check")]
pub(super) fn ascending_if_given<T: PartialOrd + std::fmt::Debug>(range: &Option<[T; 2]>, context: &()) -> garde::Result {
    range.as_ref().map_or(Ok(()), |range| ascending(range, context))
}

/// Every list that was read is as long as the one in the file (a reader of pairs may stop after two), and every number is one: `nan` is
/// neither below nor above a bound.
pub(super) fn read_whole(given: &toml::Value, read: &serde_json::Value, path: &str) -> Result<(), String> {
    match given {
        toml::Value::Table(table) => table.iter().try_for_each(|(key, given)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            read_whole(given, read.get(key).unwrap_or(&serde_json::Value::Null), &path)
        }),
        toml::Value::Array(items) => {
            let read = read.as_array().map_or(&[] as &[_], Vec::as_slice);
            if items.len() > read.len() {
                return Err(format!("{path}: {} values instead of {}", items.len(), read.len()));
            }
            items
                .iter()
                .zip(read)
                .enumerate()
                .try_for_each(|(place, (given, read))| read_whole(given, read, &format!("{path}[{place}]")))
        }
        toml::Value::Float(number) if number.is_nan() => Err(format!("{path}: nan is no number")),
        _ => Ok(()),
    }
}

/// A time zone's name of the IANA database.
#[expect(clippy::ref_option, reason = "the signature of a check")]
pub(super) fn zone_name(name: &Option<String>, _: &()) -> garde::Result {
    match name.as_deref().map(jiff::tz::TimeZone::get) {
        Some(Err(_)) => Err(garde::Error::new("no time zone has this name; such as `America/New_York`")),
        Some(Ok(_)) | None => Ok(()),
    }
}

/// Weekdays of which at least one sells something.
#[expect(clippy::ref_option, reason = "the signature of a check")]
pub(super) fn not_all_zero(weekdays: &Option<[f64; 7]>, _: &()) -> garde::Result {
    match weekdays {
        Some(weekdays) if weekdays.iter().sum::<f64>() <= 0.0 => Err(garde::Error::new("at least one day has to be above 0")),
        _ => Ok(()),
    }
}
