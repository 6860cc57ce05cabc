//! Requests to the postback address that nobody proved to be a network's: a key that no network has, an address that the network does not
//! allow, parameters that cannot be read.
//!
//! They are kept in a ring of their own, in memory and, about a second later, in one document of the catalog, so that a flood of them
//! pushes out nothing but older ones of its kind and costs one small write a second. The key is never kept: a keyed fingerprint stands
//! for it, by which two requests with the same wrong key are recognised. A kill may lose the last second of them; none was answered 200.

use crate::{
    config::{Config, CurrentConfig},
    metrics::Metrics,
    receive::read_parameters,
};
use hmac::{Hmac, Mac as _};
use http::HeaderMap;
use parking_lot::Mutex;
use sha2::Sha256;
use signalbox_catalog::{
    Catalog, Error as CatalogError, SystemScope,
    live::{STRAY_QUERY_CHARS_MAX, STRAYS_MAX, StrayPostback, Strays as Ring},
};
use signalbox_chassis::warn_limited;
use signalbox_domain::{ClickId, Timestamp};
use std::{
    collections::{HashSet, VecDeque},
    net::IpAddr,
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

const SYSTEM: SystemScope = SystemScope::new("postbacks that belong to nobody");
/// Name of the secret that fingerprints are keyed with.
const SECRET: &str = "postback_key_fingerprints";
const PUBLISH_EVERY: Duration = Duration::from_secs(1);
/// Why a request with an unknown key is not taken, with the fix.
pub(crate) const KEY_UNKNOWN: &str =
    "copy the postback URL again from Networks in the admin (the key may have been changed)";
/// Characters kept of a user agent.
const AGENT_CHARS_MAX: usize = 200;

/// A request that belongs to nobody, as it came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stray<'a> {
    pub(crate) code: &'static str,
    pub(crate) reason: &'a str,
    /// SHA-256 of the key in its path.
    pub(crate) key_sha256: Option<[u8; 32]>,
    pub(crate) method: &'a str,
    pub(crate) query: &'a str,
    pub(crate) ip: IpAddr,
    pub(crate) user_agent: &'a str,
}

/// One kept request; the fingerprint is made when it is published.
#[derive(Debug, Clone)]
struct Kept {
    stray: StrayPostback,
    key_sha256: Option<[u8; 32]>,
    /// Clicks that were marked as erased until then are not in it.
    looked: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct State {
    ring: VecDeque<Kept>,
    changed: bool,
    /// What an earlier run kept is here.
    restored: bool,
}

/// The ring of this node. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Strays(Arc<Mutex<State>>);

impl Strays {
    /// Keeps a request; the same again only counts.
    pub(crate) fn note(&self, stray: &Stray<'_>, now: Timestamp) {
        let kept = Kept {
            stray: StrayPostback {
                at: now,
                times: 1,
                code: stray.code.to_owned(),
                reason: stray.reason.to_owned(),
                key_fingerprint: String::new(),
                method: stray.method.to_owned(),
                query: stray.query.chars().take(STRAY_QUERY_CHARS_MAX).collect(),
                ip: stray.ip.to_string(),
                user_agent: stray.user_agent.chars().take(AGENT_CHARS_MAX).collect(),
            },
            key_sha256: stray.key_sha256,
            looked: None,
        };
        let mut state = self.0.lock();
        state.changed = true;
        match state.ring.back_mut() {
            Some(last) if last.is_same(&kept) => {
                last.stray.at = now;
                last.stray.times += 1;
            }
            _ => {
                state.ring.push_back(kept);
                if state.ring.len() > STRAYS_MAX {
                    state.ring.pop_front();
                }
            }
        }
    }

    /// What is to be published, when something came since the last time.
    fn take_changed(&self, secret: &[u8; 32]) -> Option<Ring> {
        let mut state = self.0.lock();
        if !std::mem::take(&mut state.changed) {
            return None;
        }
        for kept in &mut state.ring {
            if let Some(digest) = &kept.key_sha256
                && kept.stray.key_fingerprint.is_empty()
            {
                kept.stray.key_fingerprint = fingerprint(secret, digest);
            }
        }
        Some(Ring { requests: state.ring.iter().map(|kept| kept.stray.clone()).collect() })
    }

    /// Puts what an earlier run kept before what came since the start, once.
    fn restore(&self, earlier: Ring) {
        let mut state = self.0.lock();
        if std::mem::replace(&mut state.restored, true) {
            return;
        }
        for stray in earlier.requests.into_iter().rev() {
            if state.ring.len() == STRAYS_MAX {
                break;
            }
            state.ring.push_front(Kept { stray, key_sha256: None, looked: None });
        }
    }

    /// Forgets requests that name a click which was erased, whoever's it was. Each is looked at once, and again when more was erased.
    async fn forget_erased(&self, catalog: &Catalog, config: &Config) -> Result<(), CatalogError> {
        let Some(marked) = config.erased_until() else { return Ok(()) };
        let unseen: Vec<String> = {
            let state = self.0.lock();
            let unseen = state.ring.iter().filter(|kept| kept.looked < Some(marked));
            unseen.map(|kept| kept.stray.query.clone()).collect()
        };
        let mut erased = HashSet::new();
        for query in &unseen {
            let parameters = read_parameters(query, &HeaderMap::new(), b"").unwrap_or_default();
            for click in parameters.iter().filter_map(|(_, value)| value.trim().parse::<ClickId>().ok()) {
                if config.is_erased_anywhere(catalog, click).await? {
                    erased.insert(query.as_str());
                }
            }
        }
        let unseen: HashSet<&str> = unseen.iter().map(String::as_str).collect();
        let mut state = self.0.lock();
        let before = state.ring.len();
        state.ring.retain(|kept| !erased.contains(kept.stray.query.as_str()));
        for kept in state.ring.iter_mut().filter(|kept| unseen.contains(kept.stray.query.as_str())) {
            kept.looked = Some(marked);
        }
        state.changed |= state.ring.len() < before;
        Ok(())
    }

    fn mark_changed(&self) {
        self.0.lock().changed = true;
    }

    /// Publishes what came, about every second, until told to stop; what is left then is published once more.
    pub(crate) async fn publish(
        self,
        (catalog, config): (Catalog, CurrentConfig),
        node: String,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) {
        let mut version = None;
        loop {
            let stopped = stop.is_cancelled();
            if let Err(error) = self.publish_once((&catalog, &config), &node, &mut version).await {
                self.mark_changed();
                version = None;
                warn_limited!(6, %error, "requests that belong to nobody are not shown yet");
            }
            metrics.strays().set(self.0.lock().ring.len() as f64);
            if stopped {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(PUBLISH_EVERY) => {}
            }
        }
    }

    async fn publish_once(
        &self,
        (catalog, config): (&Catalog, &CurrentConfig),
        node: &str,
        version: &mut Option<u64>,
    ) -> Result<(), CatalogError> {
        let live = catalog.live();
        let expected = match *version {
            Some(known) => known,
            None => {
                let found = live.strays_of(SYSTEM, node).await?;
                self.restore(found.value);
                found.version
            }
        };
        *version = Some(expected);
        if let Some(config) = config.get() {
            self.forget_erased(catalog, &config).await?;
        }
        let secret = catalog.get_secret(SYSTEM, SECRET).await?;
        if let Some(ring) = self.take_changed(&secret) {
            *version = Some(live.put_strays(SYSTEM, (node, expected), &ring).await?);
        }
        Ok(())
    }
}

impl Kept {
    fn is_same(&self, other: &Self) -> bool {
        let (a, b) = (&self.stray, &other.stray);
        (self.key_sha256, &a.code, &a.method, &a.query, &a.ip)
            == (other.key_sha256, &b.code, &b.method, &b.query, &b.ip)
    }
}

/// What stands for a key: the same for the same key on every node of this instance, and nothing to anybody else.
fn fingerprint(secret: &[u8; 32], key_sha256: &[u8; 32]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(key_sha256);
    let bytes = mac.finalize().into_bytes();
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::digest;

    fn stray<'a>(key: &str, query: &'a str) -> Stray<'a> {
        Stray {
            code: "key_unknown",
            reason: "no network has this key",
            key_sha256: Some(digest(key)),
            method: "GET",
            query,
            ip: "192.0.2.1".parse().unwrap(),
            user_agent: "network/1",
        }
    }

    #[test]
    fn a_flood_pushes_out_the_oldest_and_repeats_only_count() {
        let strays = Strays::default();
        assert_eq!(strays.take_changed(&[1; 32]), None);
        for _ in 0..1_000 {
            strays.note(&stray("wrong", "subid=same"), Timestamp(1));
        }
        for number in 0..STRAYS_MAX - 1 {
            strays.note(&stray("wrong", &format!("subid={number}")), Timestamp(2));
        }
        let ring = strays.take_changed(&[1; 32]).unwrap();
        assert_eq!((ring.requests.len(), ring.requests[0].times), (STRAYS_MAX, 1_000));
        assert_eq!(strays.take_changed(&[1; 32]), None, "nothing came since");
        strays.note(&stray("other", &"x".repeat(5_000)), Timestamp(3));
        let ring = strays.take_changed(&[1; 32]).unwrap();
        assert_eq!(ring.requests.len(), STRAYS_MAX);
        assert_eq!(ring.requests[0].query, "subid=0", "the oldest left");
        assert_eq!(ring.requests[STRAYS_MAX - 1].query.len(), STRAY_QUERY_CHARS_MAX);
    }

    #[test]
    fn a_fingerprint_tells_keys_apart_and_says_nothing_of_them() {
        let of = |secret: u8, key: &str| fingerprint(&[secret; 32], &digest(key));
        assert_eq!(of(1, "key"), of(1, "key"));
        assert_ne!(of(1, "key"), of(1, "other"));
        assert_ne!(of(1, "key"), of(2, "key"));
        assert_eq!(of(1, "key").len(), 16);
        let strays = Strays::default();
        strays.note(&stray("a-key-nobody-may-see", "subid=1"), Timestamp(1));
        let text = serde_json::to_string(&strays.take_changed(&[7; 32])).unwrap();
        assert!(!text.contains("a-key-nobody-may-see") && text.contains(&of(7, "a-key-nobody-may-see")));
    }

    #[tokio::test]
    async fn the_ring_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let catalog =
            Catalog::open(&format!("sqlite:{}", folder.path().join("catalog.db").display())).await.unwrap();
        for run in 1..=2_usize {
            let (strays, stop) = (Strays::default(), CancellationToken::new());
            strays.note(&stray("wrong", &format!("run={run}")), Timestamp(i64::try_from(run).unwrap()));
            stop.cancel();
            let config = CurrentConfig::default();
            strays.publish((catalog.clone(), config), "node".to_owned(), Arc::new(Metrics), stop).await;
            let shown = catalog.live().strays(SYSTEM).await.unwrap();
            assert_eq!(shown.len(), run);
            assert_eq!(shown[0].query, format!("run={run}"), "newest first");
        }
    }
}
