//! Numbers as people read them.

use campaign_pilot_core::{Currency, Money};
use rust_decimal::{Decimal, RoundingStrategy};

/// An amount without its currency, with all minor digits and thousands grouped: `-1,234.50`.
pub(super) fn amount(money: Money) -> String {
    grouped(&plain(money.amount, money.currency.minor_digits()))
}

/// An amount; its currency only where it is not the one that the reader expects.
pub(super) fn money(money: Money, expected: Currency) -> String {
    if money.currency == expected { amount(money) } else { format!("{} {}", amount(money), money.currency) }
}

/// A number with so many digits after the point, thousands grouped.
pub(super) fn number(value: Decimal, digits: u32) -> String {
    grouped(&plain(value, digits))
}

/// The same with a sign in front of what is above zero, as changes are written.
pub(super) fn change(value: Decimal, digits: u32) -> String {
    let text = number(value, digits);
    if value.round_dp(digits) > Decimal::ZERO { format!("+{text}") } else { text }
}

/// A number with so many digits after the point and nothing else, never `-0.00`.
pub(super) fn plain(value: Decimal, digits: u32) -> String {
    let rounded = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven);
    let rounded = if rounded.is_zero() { Decimal::ZERO } else { rounded };
    format!("{rounded:.precision$}", precision = digits as usize)
}

fn grouped(plain: &str) -> String {
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let (whole, fraction) = plain.split_once('.').map_or((plain, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn thousands_are_grouped_and_zero_has_no_sign() {
        let euro = |value| amount(Money::new(value, Currency::EUR));
        assert_eq!(euro(dec!(1234567.895)), "1,234,567.90");
        assert_eq!(euro(dec!(-123.4)), "-123.40");
        assert_eq!(euro(dec!(-0.001)), "0.00");
        assert_eq!(change(dec!(12), 1), "+12.0");
        assert_eq!(change(dec!(0.04), 1), "0.0");
        assert_eq!(change(dec!(-4000), 0), "-4,000");
        assert_eq!(money(Money::new(dec!(5), "JPY".parse().unwrap()), Currency::EUR), "5 JPY");
    }
}
