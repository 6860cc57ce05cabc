//! What each address holds open and asks for, so that one cannot take everything.
//!
//! A connection costs one look-up when it begins and one when it ends; a request costs two relaxed operations on the entry of its address and
//! no look-up. Bounded: an address without a connection is forgotten a second or two later, and at once while there are many.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;

use super::Limits;
use crate::client_ip::limit_key;

/// The second of a clock in milliseconds.
const SECOND_MS: u64 = 1_000;

/// What one address has.
#[derive(Default)]
struct Held {
    connections: usize,
    share: Arc<Share>,
}

/// What one address has asked for in the present second.
#[derive(Default)]
pub(super) struct Share {
    second: AtomicU64,
    asked: AtomicU32,
}

impl Share {
    /// Whether one more request is within the bound. Threads that see a new second at the same moment may let a few more through.
    pub fn may_ask(&self, now_ms: u64, max: u32) -> bool {
        let second = now_ms / SECOND_MS;
        if self.second.load(Ordering::Relaxed) != second {
            self.second.store(second, Ordering::Relaxed);
            self.asked.store(0, Ordering::Relaxed);
        }
        // Never wraps: nobody asks four thousand million times in a second.
        self.asked.fetch_add(1, Ordering::Relaxed) < max
    }
}

/// The addresses of one listener.
pub(super) struct Addresses {
    held: Mutex<HashMap<IpAddr, Held>>,
    /// Beyond so many, an address without connections is not remembered.
    remembered_max: usize,
}

/// A connection that is counted until it is dropped.
pub(super) struct Counted {
    addresses: Arc<Addresses>,
    key: IpAddr,
    pub share: Arc<Share>,
}

/// What becomes of a new connection.
pub(super) enum Entry {
    /// Its address is not counted.
    Free,
    /// It is counted.
    Counted(Counted),
    /// Its address has too many.
    Refused,
}

impl Addresses {
    pub fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self { held: Mutex::default(), remembered_max: limits.connections_max.saturating_mul(2) })
    }

    /// Counts a new connection.
    pub fn enter(self: &Arc<Self>, peer: IpAddr, limits: &Limits) -> Entry {
        let counts = limits.connections_per_address_max > 0 || limits.requests_per_address_max > 0;
        if !counts || limits.proxies.trusts(peer) {
            return Entry::Free;
        }
        let key = limit_key(peer);
        let mut held = self.held.lock();
        let held = held.entry(key).or_default();
        if limits.connections_per_address_max > 0 && held.connections >= limits.connections_per_address_max {
            return Entry::Refused;
        }
        held.connections += 1;
        Entry::Counted(Counted { addresses: Arc::clone(self), key, share: Arc::clone(&held.share) })
    }

    /// Forgets addresses without connections whose second is over.
    pub fn forget(&self, now_ms: u64) {
        let second = now_ms / SECOND_MS;
        self.held
            .lock()
            .retain(|_, held| held.connections > 0 || held.share.second.load(Ordering::Relaxed) == second);
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.held.lock().len()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut held = self.addresses.held.lock();
        let many = held.len() > self.addresses.remembered_max;
        let Some(of_address) = held.get_mut(&self.key) else { return };
        of_address.connections = of_address.connections.saturating_sub(1);
        if many && of_address.connections == 0 {
            held.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            connections_max: 1,
            connections_per_address_max: 2,
            requests_per_address_max: 3,
            ..Limits::small()
        }
    }

    fn is_counted(entry: &Entry) -> bool {
        matches!(entry, Entry::Counted(_))
    }

    #[test]
    fn an_address_has_its_share_and_no_more() {
        let (limits, addresses) = (limits(), Addresses::new(&limits()));
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let first = addresses.enter(one, &limits);
        let second = addresses.enter("::ffff:192.0.2.1".parse().unwrap(), &limits);
        assert!(is_counted(&first) && is_counted(&second));
        assert!(matches!(addresses.enter(one, &limits), Entry::Refused));
        assert!(is_counted(&addresses.enter(other, &limits)));
        drop(first);
        assert!(is_counted(&addresses.enter(one, &limits)));
        let network: Vec<Entry> = (1..=2)
            .map(|host| addresses.enter(format!("2001:db8::{host}").parse().unwrap(), &limits))
            .collect();
        assert!(network.iter().all(is_counted));
        assert!(matches!(addresses.enter("2001:db8::3".parse().unwrap(), &limits), Entry::Refused));
    }

    #[test]
    fn the_rate_of_an_address_outlives_its_connections_for_a_second() {
        let limits = Limits { connections_max: 100, ..limits() };
        let addresses = Addresses::new(&limits);
        let peer = "192.0.2.1".parse().unwrap();
        let mut passed = 0;
        for _ in 0..5 {
            let Entry::Counted(counted) = addresses.enter(peer, &limits) else { panic!("counted") };
            passed += u32::from(counted.share.may_ask(5_100, 3));
        }
        assert_eq!(passed, 3, "a new connection for each request gains nothing");
        addresses.forget(5_900);
        assert_eq!(addresses.len(), 1);
        addresses.forget(6_000);
        assert_eq!(addresses.len(), 0);
        let Entry::Counted(counted) = addresses.enter(peer, &limits) else { panic!("counted") };
        assert!(counted.share.may_ask(6_000, 3));
    }

    #[test]
    fn many_addresses_are_not_remembered() {
        let (limits, addresses) = (limits(), Addresses::new(&limits()));
        for host in 0..200 {
            drop(addresses.enter(format!("192.0.2.{host}").parse().unwrap(), &limits));
        }
        assert!(addresses.len() <= 3, "{}", addresses.len());
    }

    #[test]
    fn proxies_are_left_alone() {
        let proxies = crate::client_ip::TrustedProxies::hops(1, Default::default());
        let limits = Limits { proxies, ..limits() };
        let addresses = Addresses::new(&limits);
        let entries: Vec<Entry> =
            (0..10).map(|_| addresses.enter("192.0.2.1".parse().unwrap(), &limits)).collect();
        assert!(entries.iter().all(|entry| matches!(entry, Entry::Free)));
    }
}
