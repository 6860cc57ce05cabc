//! Signed texts that visitors carry: which click a landing click belongs to, and where the second page of a double meta redirect leads.
//!
//! A signature is HMAC-SHA256 under a secret that all nodes share, cut to 96 bits. Nothing is stored: a token works on every node and after
//! a restart. A token of another purpose, another instance, or one that was changed is no token.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use signalbox_domain::{CampaignId, ClickId, DestinationId, StreamId, Timestamp, WorkspaceId};
use signalbox_engine::AddressSalt;
use signalbox_events::visitor::address_salt;

/// How long after its click a landing token is honoured.
pub(crate) const LANDING_TOKEN_HOURS: i64 = 7 * 24;
/// How long the second page of a double redirect may be asked for.
const ONWARD_SECONDS: i64 = 300;
const MAC_BYTES: usize = 12;
/// A click and five ids; the last two are left out when they are none.
const CLICK_BYTES: usize = 16 + 5 * 8;
/// Text length of a landing token at most.
const TOKEN_CHARS: usize = (CLICK_BYTES + MAC_BYTES).div_ceil(3) * 4;

/// Signs and checks.
#[derive(Clone)]
pub(crate) struct Signer {
    mac: Hmac<Sha256>,
    secret: [u8; 32],
}

/// What a landing token says: enough to go on from the landing page when the click itself is not in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LandingToken {
    pub(crate) click: ClickId,
    pub(crate) campaign: CampaignId,
    pub(crate) stream: StreamId,
    pub(crate) landing: DestinationId,
    /// The campaign the click was passed on to, or none.
    pub(crate) passed_to: CampaignId,
    /// The stream there, or none.
    pub(crate) passed_to_stream: StreamId,
}

/// What a signature is good for; 3 stands for keys of visitors.
#[derive(Clone, Copy)]
enum Purpose {
    Landing = 1,
    Onward = 2,
}

impl Signer {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        // A key of this length is always taken; the fallback keeps this total and signs nothing anybody could know.
        let mac = Hmac::new_from_slice(secret);
        let mac = mac.unwrap_or_else(|_| <Hmac<Sha256> as hmac::digest::KeyInit>::new(&Default::default()));
        Self { mac, secret: *secret }
    }

    fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(&[purpose as u8]);
        parts.iter().for_each(|part| mac.update(part));
        mac
    }

    fn sign(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        let full = self.mac(purpose, parts).finalize().into_bytes();
        let mut cut = [0; MAC_BYTES];
        cut.copy_from_slice(&full[..MAC_BYTES]);
        cut
    }

    /// What keys of visitors are made with in a workspace that does not keep addresses: the same on every node.
    pub(crate) fn visitors(&self, workspace: WorkspaceId) -> AddressSalt {
        AddressSalt(address_salt(&self.secret, workspace))
    }

    /// The token of a click that showed a landing page.
    pub(crate) fn landing(&self, token: &LandingToken) -> String {
        let mut bytes = Vec::with_capacity(CLICK_BYTES + MAC_BYTES);
        bytes.extend_from_slice(&token.click.0.to_be_bytes());
        let ids =
            [token.campaign.0, token.stream.0, token.landing.0, token.passed_to.0, token.passed_to_stream.0];
        let kept = if token.passed_to.is_none() { 3 } else { 5 };
        ids[..kept].iter().for_each(|id| bytes.extend_from_slice(&id.to_be_bytes()));
        let mac = self.sign(Purpose::Landing, &[&bytes]);
        bytes.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a landing token says; `None` when it was not signed here or is too old.
    pub(crate) fn read_landing(&self, text: &str, now: Timestamp) -> Option<LandingToken> {
        if text.len() > TOKEN_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (said, mac) = bytes.split_last_chunk::<MAC_BYTES>()?;
        self.mac(Purpose::Landing, &[said]).verify_truncated_left(mac).ok()?;
        let (click, ids) = said.split_first_chunk::<16>()?;
        let mut ids = ids.chunks_exact(8).map(|id| id.try_into().map_or(0, u64::from_be_bytes));
        let mut id = || ids.next().unwrap_or(0);
        let token = LandingToken {
            click: ClickId(u128::from_be_bytes(*click)),
            campaign: CampaignId(id()),
            stream: StreamId(id()),
            landing: DestinationId(id()),
            passed_to: CampaignId(id()),
            passed_to_stream: StreamId(id()),
        };
        (now.since_ms(token.click.timestamp()) < LANDING_TOKEN_HOURS * 3_600_000).then_some(token)
    }

    /// When a link to the second page of a double redirect ends (unix seconds), and its signature.
    pub(crate) fn onward(&self, target: &str, now: Timestamp) -> (i64, String) {
        let until = now.0.div_euclid(1000) + ONWARD_SECONDS;
        let mac = self.sign(Purpose::Onward, &[&until.to_be_bytes(), target.as_bytes()]);
        (until, URL_SAFE_NO_PAD.encode(mac))
    }

    /// Whether such a link was made here and has not ended.
    pub(crate) fn is_onward(&self, target: &str, until: i64, signature: &str, now: Timestamp) -> bool {
        let Ok(mac) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let signed = self.mac(Purpose::Onward, &[&until.to_be_bytes(), target.as_bytes()]);
        mac.len() == MAC_BYTES
            && now.0.div_euclid(1000) <= until
            && signed.verify_truncated_left(&mac).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn token() -> LandingToken {
        LandingToken {
            click: ClickId::new(NOW, 77),
            campaign: CampaignId(2),
            stream: StreamId(3),
            landing: DestinationId(u64::MAX),
            passed_to: CampaignId::NONE,
            passed_to_stream: StreamId::NONE,
        }
    }

    #[test]
    fn a_landing_token_comes_back_and_ends() {
        let signer = Signer::new(&[7; 32]);
        let text = signer.landing(&token());
        assert!(
            text.len() <= TOKEN_CHARS
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
        assert_eq!(signer.read_landing(&text, NOW), Some(token()));
        let passed = LandingToken { passed_to: CampaignId(8), passed_to_stream: StreamId(9), ..token() };
        let longer = signer.landing(&passed);
        assert!(longer.len() > text.len() && longer.len() <= TOKEN_CHARS);
        assert_eq!(signer.read_landing(&longer, NOW), Some(passed));
        let last = NOW.plus_ms(LANDING_TOKEN_HOURS * 3_600_000 - 1);
        assert!(signer.read_landing(&text, last).is_some());
        assert_eq!(signer.read_landing(&text, last.plus_ms(1)), None);
        assert_eq!(Signer::new(&[8; 32]).read_landing(&text, NOW), None, "another instance");
    }

    #[test]
    fn a_changed_token_is_none() {
        let signer = Signer::new(&[7; 32]);
        let text = signer.landing(&token());
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(signer.read_landing(&changed, NOW).is_none_or(|read| read == token()), "{changed}");
        }
        for text in ["", "A", "////", &text[..40], &format!("{text}A"), &"A".repeat(100_000), "ä"] {
            assert_eq!(signer.read_landing(text, NOW), None);
        }
    }

    #[test]
    fn onward_links_are_for_one_target_and_a_short_time() {
        let signer = Signer::new(&[7; 32]);
        let (until, signature) = signer.onward("https://a.example/?x=1", NOW);
        assert!(signer.is_onward("https://a.example/?x=1", until, &signature, NOW));
        assert!(!signer.is_onward("https://evil.example/", until, &signature, NOW));
        assert!(!signer.is_onward("https://a.example/?x=1", until + 1, &signature, NOW));
        assert!(!signer.is_onward("https://a.example/?x=1", until, &signature[..8], NOW));
        assert!(!signer.is_onward("https://a.example/?x=1", until, "", NOW));
        assert!(!signer.is_onward("https://a.example/?x=1", until, &signature, NOW.plus_ms(301_000)));
    }
}
