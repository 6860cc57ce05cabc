//! Identifiers: small, time-ordered, case-insensitive in text, distinct types for distinct things.
//!
//! Configuration ids are 64 bits (42 bits of milliseconds since 2020, 22 random), shown as 13 characters; click and conversion ids are
//! 128 bits (48 bits of unix milliseconds, 80 random), shown as 26. The alphabet is Crockford's base 32 in lower case, because some
//! networks change the case of what they send back (<https://www.crockford.com/base32.html>).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, marker::PhantomData, str::FromStr};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 2020-01-01T00:00:00Z in unix milliseconds: the epoch of configuration ids.
const CONFIG_EPOCH_MS: i64 = 1_577_836_800_000;

/// A text that is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: expected {expected} characters of 0-9 and a-z without i, l, o and u")]
pub struct ParseIdError {
    expected: usize,
}

fn encode<const N: usize>(mut value: u128) -> [u8; N] {
    let mut out = [b'0'; N];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    out
}

const fn digit(byte: u8) -> Option<u128> {
    Some(match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'h' => byte - b'a' + 10,
        b'A'..=b'H' => byte - b'A' + 10,
        b'j' | b'k' => byte - b'j' + 18,
        b'J' | b'K' => byte - b'J' + 18,
        b'm' | b'n' => byte - b'm' + 20,
        b'M' | b'N' => byte - b'M' + 20,
        b'p'..=b't' => byte - b'p' + 22,
        b'P'..=b'T' => byte - b'P' + 22,
        b'v'..=b'z' => byte - b'v' + 27,
        b'V'..=b'Z' => byte - b'V' + 27,
        _ => return None,
    } as u128)
}

fn decode(text: &str, length: usize, bits: u32) -> Result<u128, ParseIdError> {
    let error = ParseIdError { expected: length };
    if text.len() != length {
        return Err(error);
    }
    let mut value: u128 = 0;
    for (index, byte) in text.bytes().enumerate() {
        let Some(next) = digit(byte) else { return Err(error) };
        // The first character carries the bits that do not fill a whole group of five.
        if index == 0 && next >> (bits - 5 * (length as u32 - 1)) != 0 {
            return Err(error);
        }
        value = value << 5 | next;
    }
    Ok(value)
}

macro_rules! id_type {
    ($name:ident, $int:ty, $chars:literal, $bits:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub $int);

        impl $name {
            /// No such thing: the value stored where a fact has no such reference.
            pub const NONE: Self = Self(0);

            /// Whether this is [`Self::NONE`].
            pub const fn is_none(self) -> bool {
                self.0 == 0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text: [u8; $chars] = encode(self.0 as u128);
                f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Ok(Self(decode(text, $chars, $bits)? as $int))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(TextVisitor(PhantomData))
                } else {
                    Ok(Self(<$int>::deserialize(deserializer)?))
                }
            }
        }
    };
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromStr<Err = ParseIdError>> serde::de::Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an identifier")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! config_id {
    ($name:ident, $doc:literal) => {
        id_type!($name, u64, 13, 64, $doc);

        impl $name {
            /// A new id for something made at `now`; `random` supplies the low 22 bits.
            pub const fn new(now: crate::Timestamp, random: u64) -> Self {
                let ms = now.0 - CONFIG_EPOCH_MS;
                let ms = if ms < 1 { 1 } else { ms as u64 };
                Self(ms << 22 | random & ((1 << 22) - 1))
            }

            /// A new id with the random bits of this thread's generator.
            pub fn random(now: crate::Timestamp) -> Self {
                Self::new(now, rand::random())
            }
        }
    };
}

macro_rules! event_id {
    ($name:ident, $doc:literal) => {
        id_type!($name, u128, 26, 128, $doc);

        impl $name {
            /// A new id for something that happened at `now`; `random` supplies the low 80 bits.
            pub const fn new(now: crate::Timestamp, random: u128) -> Self {
                Self((now.0 as u128 & ((1 << 48) - 1)) << 80 | random & ((1 << 80) - 1))
            }

            /// The moment encoded in the id, unix milliseconds.
            pub const fn timestamp(self) -> crate::Timestamp {
                crate::Timestamp((self.0 >> 80) as i64)
            }
        }
    };
}

config_id!(WorkspaceId, "A tenant.");
config_id!(CampaignId, "A campaign.");
config_id!(StreamId, "A stream of a campaign.");
config_id!(DestinationId, "A destination.");
config_id!(TrafficSourceId, "A traffic source.");
config_id!(AffiliateNetworkId, "An affiliate network.");
config_id!(DomainId, "A tracking domain.");
config_id!(OutputId, "An outgoing postback or webhook.");
config_id!(UserId, "A person who can log in.");
config_id!(ApiKeyId, "A program's credential.");
config_id!(SessionId, "A login session.");
config_id!(CostCorrectionId, "A correction of costs.");
config_id!(ClearingId, "A clearing of test data.");
config_id!(ErasureId, "An erasure of a visitor's data.");
config_id!(CustomMetricId, "A metric of a workspace's own.");
config_id!(SavedViewId, "A saved report.");
config_id!(ShareLinkId, "A link to a report for people without an account.");
config_id!(AlertId, "A rule that tells when a figure goes beyond a bound.");
config_id!(ExportId, "A scheduled export.");
event_id!(ClickId, "A click; what networks send back as sub id.");
event_id!(ConversionId, "A conversion.");

/// Reads an id out of untrusted text; used by callers that must say which field was wrong.
pub fn parse_id<T: FromStr<Err = ParseIdError>>(text: &str) -> Result<T, ParseIdError> {
    text.trim().parse()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn text_form_round_trips_and_ignores_case() {
        let id = CampaignId::new(Timestamp(1_790_000_000_123), 0x003f_ffff);
        let text = id.to_string();
        assert_eq!(text.len(), 13);
        assert_eq!(text.parse::<CampaignId>().unwrap(), id);
        assert_eq!(text.to_uppercase().parse::<CampaignId>().unwrap(), id);
        let click = ClickId::new(Timestamp(1_790_000_000_123), u128::MAX);
        assert_eq!(click.to_string().parse::<ClickId>().unwrap(), click);
        assert_eq!(click.timestamp(), Timestamp(1_790_000_000_123));
    }

    #[test]
    fn every_digit_decodes_to_itself() {
        for (value, byte) in ALPHABET.iter().enumerate() {
            assert_eq!(digit(*byte), Some(value as u128));
            assert_eq!(digit(byte.to_ascii_uppercase()), Some(value as u128));
        }
        for byte in [b'i', b'l', b'o', b'u', b'I', b'L', b'O', b'U', b'-', b'{', 0xff] {
            assert_eq!(digit(byte), None);
        }
    }

    #[test]
    fn wrong_text_is_refused() {
        for text in ["", "{click_id}", "zzzzzzzzzzzzz", "0123456789ab", "il0000000000o"] {
            assert!(text.parse::<CampaignId>().is_err(), "{text}");
        }
        assert!("8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<ClickId>().is_err(), "overflow of 128 bits");
    }

    #[test]
    fn serde_uses_text_in_json() {
        let id = DestinationId(7);
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"0000000000007\"");
        assert_eq!(serde_json::from_str::<DestinationId>("\"0000000000007\"").unwrap(), id);
    }
}
