//! Customers as keyed hashes: the store's e-mail addresses never leave the client.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::Sha256;

use crate::wire::scalar;

/// The bytes of a key: enough that two customers never share one.
const KEY_BYTES: usize = 16;

/// The secret that customers' keys are made with. Its `Debug` form shows nothing.
///
/// Keep it: with another salt the same customer has another key. Whoever knows it can test whether an address is
/// among the keys, so it is a secret like a password.
#[derive(Clone)]
pub struct CustomerSalt(SecretString);

impl CustomerSalt {
    /// A salt; at least 16 random characters keep guessing out of reach.
    pub fn new(secret: impl Into<SecretString>) -> Self {
        Self(secret.into())
    }

    /// Whether it is long enough.
    pub(crate) fn is_strong(&self) -> bool {
        self.0.expose_secret().len() >= 16
    }

    /// HMAC-SHA256 (RFC 2104) over the kind of identity and the identity, cut to 128 bits.
    fn key(&self, kind: &str, identity: &str) -> Option<CustomerKey> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes()).ok()?;
        mac.update(kind.as_bytes());
        mac.update(b"\0");
        mac.update(identity.as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut key = [0; KEY_BYTES];
        for (to, from) in key.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        Some(CustomerKey(key))
    }
}

impl fmt::Debug for CustomerSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerSalt(..)")
    }
}

/// A customer without a name: the same one has the same key, under one salt.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomerKey([u8; KEY_BYTES]);

impl fmt::Display for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<CustomerKey> for String {
    fn from(key: CustomerKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for CustomerKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "a customer key has 32 hexadecimal digits";
        if text.len() != 2 * KEY_BYTES {
            return Err(WRONG);
        }
        let mut key = [0; KEY_BYTES];
        for (at, byte) in key.iter_mut().enumerate() {
            let digits = text.get(2 * at..2 * at + 2).ok_or(WRONG)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| WRONG)?;
        }
        Ok(Self(key))
    }
}

/// Who ordered.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Customer {
    /// It was not asked for: the configuration holds no salt.
    #[default]
    Unread,
    /// The order names neither an e-mail address nor an account.
    Anonymous,
    /// A customer, by their key.
    Key(CustomerKey),
}

/// Who ordered, as it arrives; only a [`Customer`] comes out of it.
#[derive(Clone, Default)]
pub(crate) struct Contact {
    email: Option<SecretString>,
}

impl<'de> Deserialize<'de> for Contact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::field(deserializer, "email").map(|email| Self { email: email.map(SecretString::from) })
    }
}

impl Contact {
    /// From an e-mail address alone.
    pub(crate) fn from_email<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let email = scalar::text(deserializer)?;
        Ok(Self { email: (!email.is_empty()).then(|| SecretString::from(email)) })
    }

    /// The customer: by e-mail address, so that a guest and an account with one address are one; else by account.
    pub(crate) fn seal(self, account: Option<u64>, salt: Option<&CustomerSalt>) -> Customer {
        let Some(salt) = salt else { return Customer::Unread };
        let email = self.email.map(|email| SecretString::from(email.expose_secret().trim().to_lowercase()));
        let by_email = email.filter(|email| !email.expose_secret().is_empty());
        let key = match by_email {
            Some(email) => salt.key("email", email.expose_secret()),
            None => account.and_then(|account| salt.key("account", &account.to_string())),
        };
        key.map_or(Customer::Anonymous, Customer::Key)
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(..)")
    }
}

impl PartialEq for Contact {
    fn eq(&self, other: &Self) -> bool {
        let text = |contact: &Self| contact.email.as_ref().map(|email| email.expose_secret().to_owned());
        text(self) == text(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(email: Option<&str>, account: Option<u64>, salt: &str) -> Customer {
        let contact = Contact { email: email.map(SecretString::from) };
        contact.seal(account, Some(&CustomerSalt::new(salt)))
    }

    const SALT: &str = "a salt of the shop's own";

    #[test]
    fn one_address_is_one_customer_however_it_is_written() {
        let customer = sealed(Some("Ada@Example.com"), None, SALT);
        assert_eq!(customer, sealed(Some(" ada@example.com "), Some(7), SALT));
        assert_ne!(customer, sealed(Some("bob@example.com"), None, SALT));
        assert_ne!(customer, sealed(Some("ada@example.com"), None, "another salt altogether"));
    }

    #[test]
    fn without_an_address_the_account_counts() {
        assert_eq!(sealed(None, Some(7), SALT), sealed(Some(" "), Some(7), SALT));
        assert_ne!(sealed(None, Some(7), SALT), sealed(Some("7"), None, SALT));
        assert_eq!(sealed(None, None, SALT), Customer::Anonymous);
        assert_eq!(Contact::default().seal(Some(7), None), Customer::Unread);
    }

    #[test]
    fn the_key_is_hmac_sha256_and_survives_as_text() {
        // printf 'email\0ada@example.com' | openssl dgst -sha256 -hmac "a salt of the shop's own"
        let Customer::Key(key) = sealed(Some("ada@example.com"), None, SALT) else { panic!("a key") };
        assert_eq!(key.to_string(), EXPECTED);
        assert_eq!(CustomerKey::try_from(key.to_string()).unwrap(), key);
        assert!(CustomerKey::try_from("zz".repeat(16)).is_err() && CustomerKey::try_from("é".repeat(16)).is_err());
    }

    const EXPECTED: &str = "6bb1dbe968961e1daf93e256b6caa54d";

    #[test]
    fn nothing_is_shown() {
        let contact = Contact { email: Some(SecretString::from("ada@example.com")) };
        let shown = format!("{contact:?} {:?}", CustomerSalt::new(SALT));
        assert!(!shown.contains("ada") && !shown.contains("salt of"), "{shown}");
    }
}
