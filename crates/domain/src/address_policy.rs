//! How much of a visitor's address a workspace keeps.
//!
//! Promises: what [`AddressPolicy::cut`] leaves says no more than the policy allows, also of addresses that carry another one. Never: has a
//! say in what is decided about a visitor; the whole address has been used by then.

use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// What is kept of the address of a visitor. The later, the less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressPolicy {
    /// All of it.
    #[default]
    Keep,
    /// Its network: 24 bits of an IPv4 address, 48 of an IPv6 address.
    Truncate,
    /// Nothing.
    Remove,
}

/// Stands for an address that was removed.
pub const NO_ADDRESS: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

const V4_MASK: u32 = !0 << (32 - 24);
const V6_MASK: u128 = !0 << (128 - 48);
/// Addresses of 6to4 (`2002::/16`) carry an IPv4 address in the 32 bits that follow.
const SIX_TO_FOUR_MASK: u128 = !0 << (128 - 16 - 24);

impl AddressPolicy {
    /// Whether the whole address is kept.
    pub const fn keeps_all(self) -> bool {
        matches!(self, Self::Keep)
    }

    /// What is kept of an address; [`NO_ADDRESS`] when nothing is.
    pub fn cut(self, ip: IpAddr) -> IpAddr {
        match self {
            Self::Keep => ip,
            Self::Truncate => match ip.to_canonical() {
                IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & V4_MASK).into(),
                IpAddr::V6(ip) if ip.segments()[0] == 0x2002 => {
                    Ipv6Addr::from_bits(ip.to_bits() & SIX_TO_FOUR_MASK).into()
                }
                IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & V6_MASK).into(),
            },
            Self::Remove => NO_ADDRESS,
        }
    }

    /// A text in which `ip`, written as usual or percent-encoded, is replaced by what is kept of it. Other ways to write it are not known.
    pub fn cut_in<'t>(self, text: &'t str, ip: IpAddr) -> Cow<'t, str> {
        let kept = self.cut(ip);
        let ip = ip.to_canonical();
        if self.keeps_all() || kept == ip || ip.is_unspecified() {
            return Cow::Borrowed(text);
        }
        let kept = shown_address(kept);
        let plain = ip.to_string();
        let mut cut = replaced(Cow::Borrowed(text), &plain, &kept);
        if ip.is_ipv6() {
            let encoded = |text: &str| text.replace(':', "%3a");
            cut = replaced(cut, &encoded(&plain), &encoded(&kept));
        }
        cut
    }
}

/// An address as it is shown: empty when it was removed.
pub fn shown_address(ip: IpAddr) -> String {
    if ip.is_unspecified() { String::new() } else { ip.to_canonical().to_string() }
}

/// Every `what`, in any case, replaced.
fn replaced<'t>(text: Cow<'t, str>, what: &str, by: &str) -> Cow<'t, str> {
    let places = |text: &str| {
        let found = text.as_bytes().windows(what.len());
        found.enumerate().find(|(_, bytes)| bytes.eq_ignore_ascii_case(what.as_bytes())).map(|(at, _)| at)
    };
    if places(&text).is_none() {
        return text;
    }
    let mut rest = &*text;
    let mut out = String::with_capacity(text.len());
    while let Some(at) = places(rest) {
        out.push_str(&rest[..at]);
        out.push_str(by);
        rest = &rest[at + what.len()..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_kept() {
        use AddressPolicy::{Keep, Remove, Truncate};
        for (policy, whole, kept) in [
            (Keep, "203.0.113.77", "203.0.113.77"),
            (Truncate, "203.0.113.77", "203.0.113.0"),
            (Truncate, "::ffff:203.0.113.77", "203.0.113.0"),
            (Truncate, "2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            (Truncate, "2002:cb00:714d:1::1", "2002:cb00:7100::"),
            (Truncate, "64:ff9b::cb00:714d", "64:ff9b::"),
            (Remove, "203.0.113.77", "::"),
            (Remove, "2001:db8::1", "::"),
        ] {
            assert_eq!(policy.cut(ip(whole)), ip(kept), "{policy:?} {whole}");
        }
        assert_eq!(shown_address(Remove.cut(ip("192.0.2.1"))), "");
        assert!(Keep < Truncate && Truncate < Remove, "the strictest of several is the greatest");
    }

    #[test]
    fn texts_say_no_more_than_the_field() {
        let cut = AddressPolicy::Truncate.cut_in("?a=192.0.2.7&b=x192.0.2.7", ip("192.0.2.7"));
        assert_eq!(cut, "?a=192.0.2.0&b=x192.0.2.0");
        let six = ip("2001:db8:1:2::ab");
        let text = "?a=2001:DB8:1:2::ab&b=2001%3Adb8%3A1%3a2%3A%3AAB ü";
        assert_eq!(AddressPolicy::Truncate.cut_in(text, six), "?a=2001:db8:1::&b=2001%3adb8%3a1%3a%3a ü");
        assert_eq!(AddressPolicy::Remove.cut_in(text, six), "?a=&b= ü");
        assert_eq!(AddressPolicy::Keep.cut_in(text, six), text);
        assert!(matches!(AddressPolicy::Remove.cut_in("nothing", six), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_more_than_the_policy_is_left() {
        let mut bits: u128 = 7;
        for round in 0..2_000_u32 {
            bits = bits
                .wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645)
                .wrapping_add(0x5851_f42d_4c95_7f2d);
            let v4 = bits.to_be_bytes();
            let whole = match round % 3 {
                0 => IpAddr::from([v4[0], v4[1], v4[2], v4[3] | 1]),
                1 => Ipv4Addr::from([v4[0], v4[1], v4[2], v4[3] | 1]).to_ipv6_mapped().into(),
                _ => IpAddr::from(Ipv6Addr::from_bits(bits | 1)),
            };
            let kept = AddressPolicy::Truncate.cut(whole);
            assert_eq!(AddressPolicy::Truncate.cut(kept), kept, "cutting twice is cutting once");
            match kept {
                IpAddr::V4(kept) => assert_eq!(kept.octets()[3], 0),
                IpAddr::V6(kept) => assert!(kept.octets()[6..].iter().all(|byte| *byte == 0)),
            }
            let shown = whole.to_canonical().to_string();
            let text = format!("x={shown}&y={}&z={}", shown.to_uppercase(), shown.replace(':', "%3A"));
            for policy in [AddressPolicy::Truncate, AddressPolicy::Remove] {
                let left = policy.cut_in(&text, whole).to_lowercase().replace("%3a", ":");
                assert!(!format!("{left}&").contains(&format!("={shown}&")), "{policy:?} {text} {left}");
            }
        }
    }
}
