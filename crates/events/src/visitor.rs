//! The visitor's key as records carry it: the same for the same visitor on every node, after every restart.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use signalbox_domain::WorkspaceId;
use siphasher::sip::SipHasher13;
use std::{hash::Hasher, net::IpAddr};

/// Not secret: keys must agree between nodes and over years. What is kept in memory and on disk of a node is salted there.
const KEY: &[u8; 16] = b"signalbox.visit1";

/// Marks what the secret of the instance signs for this; 1 and 2 are tokens of traffic nodes.
const PURPOSE: u8 = 3;

/// Where a visitor is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitorSource<'a> {
    /// Address and user agent.
    IpUserAgent(IpAddr, &'a str),
    /// Address alone.
    Ip(IpAddr),
    /// The value of a first-party cookie.
    Cookie(&'a str),
    /// The value of a query parameter.
    Parameter(&'a str),
}

/// The visitor's key; never 0, which stands for none.
pub fn visitor_key(source: VisitorSource<'_>) -> u64 {
    visitor_key_salted(source, KEY)
}

/// The visitor's key where addresses are not kept: who does not have the salt cannot try addresses out until one has the key.
pub fn visitor_key_salted(source: VisitorSource<'_>, salt: &[u8; 16]) -> u64 {
    let salt = match source {
        VisitorSource::IpUserAgent(..) | VisitorSource::Ip(_) => salt,
        VisitorSource::Cookie(_) | VisitorSource::Parameter(_) => KEY,
    };
    let mut hasher = SipHasher13::new_with_key(salt);
    let address = |hasher: &mut SipHasher13, ip: IpAddr| match ip.to_canonical() {
        IpAddr::V4(ip) => hasher.write(&ip.octets()),
        IpAddr::V6(ip) => hasher.write(&ip.octets()),
    };
    match source {
        VisitorSource::IpUserAgent(ip, user_agent) => {
            hasher.write_u8(1);
            address(&mut hasher, ip);
            hasher.write(user_agent.as_bytes());
        }
        VisitorSource::Ip(ip) => {
            hasher.write_u8(2);
            address(&mut hasher, ip);
        }
        VisitorSource::Cookie(value) => {
            hasher.write_u8(3);
            hasher.write(value.as_bytes());
        }
        VisitorSource::Parameter(value) => {
            hasher.write_u8(4);
            hasher.write(value.as_bytes());
        }
    }
    hasher.finish().max(1)
}

/// What keys of visitors are made with in a workspace that does not keep addresses, out of the secret that all nodes share.
pub fn address_salt(secret: &[u8; 32], workspace: WorkspaceId) -> [u8; 16] {
    // A key of this length is always taken; the fallback keeps this total.
    let mac = Hmac::<Sha256>::new_from_slice(secret);
    let mut mac = mac.unwrap_or_else(|_| <Hmac<Sha256> as hmac::digest::KeyInit>::new(&Default::default()));
    mac.update(&[PURPOSE]);
    mac.update(&workspace.0.to_be_bytes());
    let full = mac.finalize().into_bytes();
    let mut salt = [0; 16];
    salt.copy_from_slice(&full[..16]);
    salt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_never_change_and_kinds_do_not_meet() {
        let ip: IpAddr = "192.0.2.1".parse().unwrap();
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        let of = visitor_key;
        assert_eq!(of(VisitorSource::IpUserAgent(ip, "UA")), KNOWN, "stored keys must stay what they are");
        assert_eq!(of(VisitorSource::IpUserAgent(mapped, "UA")), KNOWN);
        assert_ne!(of(VisitorSource::IpUserAgent(ip, "UB")), KNOWN);
        assert_ne!(of(VisitorSource::IpUserAgent(ip, "")), of(VisitorSource::Ip(ip)));
        let salted = |source| visitor_key_salted(source, &[7; 16]);
        assert_ne!(salted(VisitorSource::Ip(ip)), of(VisitorSource::Ip(ip)));
        assert_eq!(salted(VisitorSource::Cookie("x")), of(VisitorSource::Cookie("x")), "no address is in it");
        assert_ne!(of(VisitorSource::Cookie("x")), of(VisitorSource::Parameter("x")));
    }

    #[test]
    fn a_salt_is_of_one_workspace_and_one_instance_and_never_changes() {
        let salt = address_salt(&[7; 32], WorkspaceId(5));
        assert_eq!(u128::from_be_bytes(salt), KNOWN_SALT, "keys that are stored must stay what they are");
        assert_ne!(salt, address_salt(&[7; 32], WorkspaceId(6)));
        assert_ne!(salt, address_salt(&[8; 32], WorkspaceId(5)));
    }

    const KNOWN_SALT: u128 = 0x02dc_398f_82d5_0ab9_c2a6_a3ac_8830_be1b;
    const KNOWN: u64 = 6_885_916_311_114_088_838;
}
