//! The conversion that a postback makes or changes: found or created, priced, changed by compare-and-set, told on.

use super::{CAS_TRIES, Judge, JudgeError, Judged, Mode, Received};
use crate::{
    config::Config,
    conversion::{
        Click, Conversion, ConversionKind, Effect, NewConversion, Pricing, RawRef, State, conversion_id,
    },
    reading::Reading,
};
use signalbox_catalog::{Error as CatalogError, PageRequest, RecordKeys, Stored};
use signalbox_domain::{
    AffiliateNetworkId, ConversionId, Currency, Payout, RepeatPolicy, Scope, Timestamp, WorkspaceId,
};
use signalbox_events::wire::PostbackRawV1;
use std::sync::Arc;

const DAY_MS: i64 = 86_400_000;

impl Judge {
    /// Makes or changes the conversion that a postback reports of this click.
    pub(super) async fn judge_conversion(
        &self,
        config: &Config,
        received: &Received,
        (reading, click): (&Reading, &Arc<Click>),
        mode: Mode,
    ) -> Result<Judged, JudgeError> {
        let postback = &received.postback;
        let policy = config
            .workspace(postback.workspace)
            .map_or_else(Default::default, |it| it.repeat_of(reading.status));
        // Where a conversion is known by its click alone, each state keeps its transaction.
        let by_transaction = policy == RepeatPolicy::Transaction;
        let (key, of_state) = if by_transaction {
            (reading.transaction.as_str(), "")
        } else {
            ("", reading.transaction.as_str())
        };
        let kind = ConversionKind::from(reading.status);
        let id = conversion_id(postback.workspace, postback.network, click.id, key, kind);
        let scope = Scope::system(postback.workspace);
        for _ in 0..CAS_TRIES {
            let mut stored: Option<Stored<Conversion>> = self.catalog.conversions().find(&scope, id).await?;
            if stored.is_none()
                && let Some(judged) = self.beyond_lookback(config, postback, click).await?
            {
                return Ok(judged.about(reading));
            }
            if let Some(stored) = &mut stored {
                stored.value.repeat = policy;
            }
            let state = match price(config, postback, reading, stored.as_ref().map(|it| &it.value), click) {
                Ok(priced) => State::of(reading, &priced, postback.at, received.raw),
                Err(judged) => return Ok(judged.about(reading)),
            };
            let state = State { transaction: of_state.to_owned(), ..state };
            let attempt = match stored {
                None => {
                    let of = (postback.network, key.to_owned(), policy);
                    self.create(config, (id, postback.workspace), of, (**click).clone(), state).await
                }
                Some(stored) => self.change(&scope, stored, state, mode).await,
            };
            if let Some((effect, revision)) = self.tell_on(config, attempt, mode).await? {
                return Ok(Judged::settled(effect, revision, click.id, id));
            }
        }
        Err(too_fast(id))
    }

    /// The first conversion of a click is refused when its campaign's lookback is over. What follows one that counts, such as a rebill,
    /// counts as long as the click is known.
    async fn beyond_lookback(
        &self,
        config: &Config,
        postback: &PostbackRawV1<'_>,
        click: &Click,
    ) -> Result<Option<Judged>, CatalogError> {
        let Some(days) = config.lookback_days(click.dims.campaign) else { return Ok(None) };
        let after = postback.at.since_ms(click.at) / DAY_MS;
        if after < i64::from(days) {
            return Ok(None);
        }
        let scope = Scope::system(postback.workspace);
        let conversions = self.catalog.conversions();
        let listed =
            conversions.list_by_click::<Conversion>(&scope, click.id, &PageRequest::largest()).await?;
        let counts = |conversion: &Conversion| !conversion.is_events() && conversion.standing().is_some();
        if listed.items.iter().any(|stored| counts(&stored.value)) {
            return Ok(None);
        }
        Ok(Some(Judged::beyond_lookback(after, days)))
    }

    /// Tells on what an attempt made; `None` when somebody else was faster: look again.
    pub(super) async fn tell_on(
        &self,
        config: &Config,
        attempt: Result<(Stored<Conversion>, Effect), CatalogError>,
        mode: Mode,
    ) -> Result<Option<(Effect, u32)>, JudgeError> {
        let (stored, effect) = match attempt {
            Ok(done) => done,
            Err(CatalogError::Conflict { .. } | CatalogError::VersionMismatch { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let revision = stored.value.revision();
        // What is judged again and changes nothing has nothing to tell; who made the rest of the outbox tells it.
        if effect == Effect::Changed || mode != Mode::Again {
            self.outbox.flush(config, stored).await?;
        }
        Ok(Some((effect, revision)))
    }

    pub(super) async fn create(
        &self,
        config: &Config,
        (id, workspace): (ConversionId, WorkspaceId),
        (network, transaction, repeat): (AffiliateNetworkId, String, RepeatPolicy),
        mut click: Click,
        state: State,
    ) -> Result<(Stored<Conversion>, Effect), CatalogError> {
        if click.dims.network.is_none() {
            click.dims.network = network;
        }
        let currency = config.workspace(workspace).map_or(Currency::USD, |workspace| workspace.currency);
        let base = NewConversion { id, workspace, network, transaction, click, currency, repeat };
        let conversion = Conversion::create(base, state.made_by(self.postbacks.get()));
        let keys = keys(&conversion);
        let scope = Scope::system(workspace);
        let stored = self.catalog.conversions().insert(&scope, id, &keys, &conversion).await?;
        Ok((stored, Effect::Changed))
    }

    pub(super) async fn change(
        &self,
        scope: &Scope,
        mut stored: Stored<Conversion>,
        state: State,
        mode: Mode,
    ) -> Result<(Stored<Conversion>, Effect), CatalogError> {
        let before = stored.value.clone();
        let conversion = &mut stored.value;
        let effect = match mode {
            Mode::Fresh(first_open) => {
                conversion.forget_judged_before(RawRef { journal: state.raw.journal, seq: first_open });
                conversion.apply(state)
            }
            Mode::Again => conversion.judge_again(state, self.postbacks.get()),
        };
        if effect.is_replay() || *conversion == before {
            return Ok((stored, effect));
        }
        Ok((self.store(scope, stored).await?, effect))
    }

    /// Puts a changed conversion in place of the version it was read at.
    pub(super) async fn store(
        &self,
        scope: &Scope,
        stored: Stored<Conversion>,
    ) -> Result<Stored<Conversion>, CatalogError> {
        let conversion = &stored.value;
        let at = (conversion.id, stored.version);
        self.catalog.conversions().replace(scope, at, &keys(conversion), conversion).await
    }
}

pub(super) fn too_fast(id: ConversionId) -> JudgeError {
    let reason = format!("conversion {id} changes too fast");
    CatalogError::Unavailable { reason, source: None }.into()
}

/// What a conversion document is found by.
pub(crate) fn keys(conversion: &Conversion) -> RecordKeys {
    let at = conversion.history.first().map_or(Timestamp(0), |state| state.at);
    let pending = conversion.has_untold().then(|| conversion.current().at);
    RecordKeys { click: Some(conversion.click.id), at, pending }
}

fn price(
    config: &Config,
    postback: &PostbackRawV1<'_>,
    reading: &Reading,
    known: Option<&Conversion>,
    click: &Click,
) -> Result<crate::conversion::Priced, Judged> {
    let workspace = config.workspace(postback.workspace).ok_or_else(Judged::network_gone)?;
    let destination = config.destination(click.dims.destination);
    let of_network = config.network(postback.network).and_then(|network| network.network.currency);
    let of_destination = destination.and_then(|destination| destination.currency);
    let pricing = Pricing {
        workspace,
        payout: destination.map_or(Payout::Auto, |destination| destination.payout),
        rules: destination.map_or(&[], |destination| destination.payout_rules.as_slice()),
        country: &click.dims.country,
        at: known.map_or(postback.at, |known| known.history[0].at),
        currency: of_network.or(of_destination).unwrap_or(workspace.currency),
        cost: click.cost_on_conversion,
        before: known.and_then(|known| known.amount_before(&reading.transaction)),
    };
    pricing.price(reading).map_err(|error| Judged::no_rate(&error))
}
