//! What became of a postback, in a sentence with the fix.

use crate::{
    conversion::{Effect, HandAction, PriceError, RawRef, Unchanged},
    reading::{Reading, Refusal},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use signalbox_domain::{AffiliateNetworkId, Clearing, ClickId, ConversionId, Timestamp, WorkspaceId};
use signalbox_events::wire::{PostbackRawV1, Verdict, VerdictV1};
use std::{borrow::Cow, net::Ipv6Addr};

/// Readable in a log, and still one query string.
const PART: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'{').remove(b'}').remove(b':');

/// The code of what came for a click that was cleared.
const CLICK_CLEARED: &str = "click_cleared";
/// The code of what came for a click that was erased.
const CLICK_ERASED: &str = "click_erased";

/// An earlier verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) verdict: Verdict,
    pub(crate) code: String,
    pub(crate) conversion: ConversionId,
}

/// Whether a postback with this verdict is part of a conversion.
pub(crate) const fn settles(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Accepted | Verdict::Updated | Verdict::Duplicate)
}

/// A verdict before it is recorded.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    code: &'static str,
    reason: Cow<'static, str>,
    click: ClickId,
    conversion: ConversionId,
    /// Whether the conversion was made or changed just now.
    changed: bool,
    /// Whose postback it turned out to be, when that was not known before.
    of: Option<(WorkspaceId, AffiliateNetworkId)>,
}

impl Before {
    /// Whether it was about a click that was erased: nothing is left of what was said.
    pub(crate) fn is_erased(&self) -> bool {
        self.code == CLICK_ERASED
    }
}

impl Judged {
    fn new(verdict: Verdict, code: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            verdict,
            code,
            reason: reason.into(),
            click: ClickId::NONE,
            conversion: ConversionId::NONE,
            changed: false,
            of: None,
        }
    }

    /// The same about the click that a postback names.
    pub(crate) fn about(self, reading: &Reading) -> Self {
        self.about_click(reading.click)
    }

    /// The same about a click alone.
    pub(crate) fn about_click(self, click: ClickId) -> Self {
        Self { click, ..self }
    }

    /// The same, belonging to this tenant and network.
    pub(crate) fn of(self, workspace: WorkspaceId, network: AffiliateNetworkId) -> Self {
        Self { of: Some((workspace, network)), ..self }
    }

    /// The same, with a sentence more when there is one.
    pub(crate) fn also(self, sentence: &str) -> Self {
        if sentence.is_empty() {
            return self;
        }
        Self { reason: format!("{}; {sentence}", self.reason).into(), ..self }
    }

    /// Events that came with the key of another campaign than the click's.
    pub(crate) fn key_of_another_campaign(click: ClickId) -> Self {
        let reason = "came with the Click API token of another campaign than that of its click";
        Self::new(Verdict::Refused, "key_of_another_campaign", reason).about_click(click)
    }

    /// A postback without a key for a click whose network takes none.
    pub(crate) fn keyless_refused(network: Option<&str>) -> Self {
        match network {
            Some(name) => Self::new(
                Verdict::Refused,
                "key_missing",
                format!(
                    "came without a postback key: use the postback URL under Networks → {name}, or allow postbacks without key there"
                ),
            ),
            None => Self::new(
                Verdict::Refused,
                "network_unknown",
                "came without a postback key, and the destination of its click has no network: use the postback URL of a network",
            ),
        }
    }

    /// A postback without a key from an address that its click's network does not allow.
    pub(crate) fn address_refused(reason: String) -> Self {
        Self::new(Verdict::Refused, "address_not_allowed", reason)
    }

    pub(crate) fn held_click(click: ClickId) -> Self {
        Self::new(
            Verdict::Held,
            "click_not_yet_visible",
            "its click is not visible yet; it is judged as soon as it is",
        )
        .about_click(click)
    }

    pub(crate) fn orphan_click(click: ClickId) -> Self {
        let reason = "came without a postback key, and no click with this id exists: another id was sent, or the click is older than what is kept";
        Self::new(Verdict::Orphan, "click_unknown", reason).about_click(click)
    }

    /// Its click was cleared, or is gone and was probably among those that were.
    pub(crate) fn cleared(clearing: &Clearing, is_known: bool) -> Self {
        let day = clearing.created_at.to_rfc3339();
        let day = day.split('T').next().unwrap_or_default();
        if is_known {
            let reason = format!(
                "its click was cleared as test data on {day} (Settings → Privacy), with everything that followed from it: nothing counts for it any more"
            );
            return Self::new(Verdict::Refused, CLICK_CLEARED, reason);
        }
        let reason = format!(
            "no click with this id exists; clicks of its time were cleared as test data on {day} (Settings → Privacy), and it was probably one of them"
        );
        Self::new(Verdict::Orphan, CLICK_CLEARED, reason)
    }

    /// What was kept about its click was erased.
    pub(crate) fn erased() -> Self {
        let reason = "what was kept about its click was erased at the visitor's request (Settings → Privacy): nothing counts for it any more, and nothing is kept of what is said about it";
        Self::new(Verdict::Refused, CLICK_ERASED, reason)
    }

    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self::new(Verdict::Refused, refusal.code, refusal.reason)
    }

    pub(crate) fn network_gone() -> Self {
        Self::new(
            Verdict::Refused,
            "network_gone",
            "the network or workspace of this postback has been deleted",
        )
    }

    pub(crate) fn beyond_lookback(after_days: i64, lookback_days: u16) -> Self {
        let days = |count: i64| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
        Self::new(
            Verdict::Refused,
            "beyond_lookback",
            format!(
                "came {} after its click, and the campaign counts conversions for {}: raise its lookback and judge it again, if it is to count",
                days(after_days),
                days(lookback_days.into())
            ),
        )
    }

    pub(crate) fn no_rate(error: &PriceError) -> Self {
        Self::new(Verdict::Refused, "no_rate", error.to_string())
    }

    pub(crate) fn held(reading: &Reading) -> Self {
        Self::new(
            Verdict::Held,
            "click_not_yet_visible",
            "its click is not visible yet; it is judged as soon as it is",
        )
        .about(reading)
    }

    pub(crate) fn orphan(reading: &Reading) -> Self {
        let reason = "no click with this id exists in this workspace: the network sent another id, or the click is older than what is kept";
        Self::new(Verdict::Orphan, "click_unknown", reason).about(reading)
    }

    fn accepted() -> Self {
        Self::new(Verdict::Accepted, "", "made a new conversion")
    }

    fn updated() -> Self {
        Self::new(Verdict::Updated, "", "changed the conversion")
    }

    /// After the conversion was made or looked at; `revision` is its number of states now.
    pub(crate) fn settled(effect: Effect, revision: u32, click: ClickId, conversion: ConversionId) -> Self {
        let judged = match effect {
            Effect::Changed if revision == 1 => Self::accepted(),
            Effect::Changed => Self::updated(),
            // A replay after a crash: the first judgement stands.
            Effect::Nothing(Unchanged::ReplayedFirst) => Self::accepted(),
            Effect::Nothing(Unchanged::ReplayedChange) => Self::updated(),
            Effect::Nothing(Unchanged::Same | Unchanged::ReplayedDuplicate) => Self::new(
                Verdict::Duplicate,
                "same",
                "status and payout are what was known already (same network, click, transaction and kind)",
            ),
            Effect::Nothing(Unchanged::StepBack) => Self::new(
                Verdict::Duplicate,
                "step_back",
                "the conversion is confirmed or refused already and does not become a lead again",
            ),
            Effect::Nothing(Unchanged::Superseded) => Self::new(
                Verdict::Duplicate,
                "superseded",
                "a later postback says already what the conversion is now",
            ),
            Effect::Nothing(Unchanged::Kept) => Self::new(
                Verdict::Duplicate,
                "first_stands",
                "conversions of this type keep the first amount of a click: Settings → Workspace → Conversion types",
            ),
            Effect::Nothing(Unchanged::Deleted) => Self::new(
                Verdict::Duplicate,
                "deleted",
                "the conversion was deleted by hand; what this says counts once it is restored",
            ),
            Effect::Nothing(Unchanged::TooManyChanges) => Self::new(
                Verdict::Refused,
                "too_many_changes",
                "this conversion has changed too often; check what the network sends",
            ),
        };
        Self { conversion, changed: effect == Effect::Changed, ..judged.about_click(click) }
    }

    /// The same about events that were said alone.
    pub(crate) fn settled_events(
        effect: Effect,
        revision: u32,
        click: ClickId,
        events: ConversionId,
    ) -> Self {
        let judged = Self::settled(effect, revision, click, events);
        let reason = match (judged.verdict, effect) {
            (Verdict::Accepted, _) => "the first events of its click",
            (Verdict::Updated, _) => "changed the events of its click",
            (Verdict::Duplicate, Effect::Nothing(Unchanged::Same)) => "the events are what they were already",
            _ => return judged,
        };
        Self { reason: Cow::Borrowed(reason), ..judged }
    }

    /// What somebody did to a conversion.
    pub(crate) fn by_hand(
        effect: Effect,
        action: HandAction,
        click: ClickId,
        conversion: ConversionId,
    ) -> Self {
        // It is never the first state, whatever the number.
        let judged = Self::settled(effect, u32::MAX, click, conversion);
        let reason = match (judged.verdict, action) {
            (Verdict::Updated, HandAction::Delete) => "somebody deleted the conversion: it counts nothing",
            (Verdict::Updated, HandAction::Restore) => "somebody restored the conversion: it counts again",
            (Verdict::Duplicate, HandAction::Delete) => "the conversion was deleted already",
            (Verdict::Duplicate, HandAction::Restore) => "the conversion was not deleted",
            _ => return judged,
        };
        Self { reason: Cow::Borrowed(reason), ..judged }
    }

    pub(crate) fn hand_malformed() -> Self {
        Self::new(Verdict::Refused, "not_understood", "says neither delete nor restore of a conversion")
    }

    pub(crate) fn hand_unknown() -> Self {
        Self::new(
            Verdict::Refused,
            "conversion_unknown",
            "there is no conversion with this id in the workspace",
        )
    }

    /// The conversion it made, changed or left as it was; none when it could not be attributed.
    pub(crate) const fn conversion(&self) -> ConversionId {
        self.conversion
    }

    /// Whether this is news to somebody who knows an earlier verdict. What counted once stays counted: that it cannot be understood any
    /// more is no news.
    pub(crate) fn is_news(&self, before: Option<&Before>) -> bool {
        let Some(before) = before else { return true };
        match (settles(before.verdict), settles(self.verdict)) {
            (true, false) => false,
            (true, true) => self.changed || self.conversion != before.conversion,
            (false, _) => (self.verdict, self.code) != (before.verdict, before.code.as_str()),
        }
    }

    /// The wire record.
    pub(crate) fn record<'a>(
        &'a self,
        raw: RawRef,
        postback: &'a PostbackRawV1<'_>,
        now: Timestamp,
    ) -> VerdictV1<'a> {
        let (workspace, network) = self.of.unwrap_or((postback.workspace, postback.network));
        // What is said about an erased click may describe its visitor, whose browser may have said it.
        let is_erased = self.code == CLICK_ERASED;
        VerdictV1 {
            raw_journal: raw.journal,
            raw_seq: raw.seq,
            received_at: postback.at,
            at: now,
            workspace,
            network,
            verdict: self.verdict,
            code: Cow::Borrowed(self.code),
            reason: Cow::Borrowed(&self.reason),
            click: self.click,
            conversion: self.conversion,
            method: Cow::Borrowed(&postback.method),
            query: if is_erased { Cow::Borrowed("") } else { Cow::Owned(query(&postback.parameters)) },
            ip: if is_erased { Ipv6Addr::UNSPECIFIED.into() } else { postback.ip },
        }
    }
}

/// The parameters of a postback as a query string.
pub(crate) fn query<S: AsRef<str>>(parameters: &[(S, S)]) -> String {
    let encode = |text: &S| utf8_percent_encode(text.as_ref(), PART).to_string();
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}
