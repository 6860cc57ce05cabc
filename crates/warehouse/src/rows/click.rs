//! Clicks and landing clicks with every field.

use super::dims::{StoredDims, row_with_dims};
use super::words::{self, owned};
use super::{Address, Identity, fact::kind};
use crate::packed::{Values, pack, unpack};
use signalbox_domain::{CampaignId, ClickId, Money, Percent, Timestamp};
use signalbox_events::visitor::{VisitorSource, visitor_key};
use signalbox_events::wire::{ClickDims, ClickV1, ClickV2, CostOnConversion, LandingClickV1, UniqueFlags};
use std::borrow::Cow;

row_with_dims! {
    /// A click, or a landing click beside it.
    ClickRow in 1 by click_at {
        click_at: i64,
        click_id: u128,
        kind: i8,
        at: i64,
        outcome: &'a str,
        http_status: u16,
        unique_campaign: u8,
        unique_stream: u8,
        unique_workspace: u8,
        first: u8,
        cost: i128,
        currency: &'a str,
        conversion_cost: i128,
        conversion_share: u32,
        conversion_model: i8,
        external_id: &'a str,
        ip: Address,
        user_agent: &'a str,
        referrer: &'a str,
        host: &'a str,
        #[serde(borrow)]
        path_and_query: Cow<'a, str>,
        #[serde(borrow)]
        target: Cow<'a, str>,
        trace: &'a str,
        passed_to: u64,
        visitor: u64,
        visitor_by: u8,
        by_script: u8,
        sub_ids_set: u32,
    }
}

/// Which sub ids there are, one bit each from sub id 1.
fn sub_ids_set(dims: &ClickDims<'_>) -> u32 {
    let bits = dims.sub_ids.iter().filter(|(_, value)| !value.is_empty());
    bits.filter_map(|(number, _)| 1u32.checked_shl(u32::from(*number).checked_sub(1)?))
        .fold(0, |all, bit| all | bit)
}

/// `visitor_by`: `visitor` is the key.
const AS_STORED: u8 = 0;
/// `visitor_by`: the key is that of address and user agent, which are in the row.
const BY_IP_USER_AGENT: u8 = 1;

/// `conversion_model`, `conversion_cost`, `conversion_share`.
const fn cost_columns(cost: CostOnConversion) -> (i8, i128, u32) {
    match cost {
        CostOnConversion::None => (0, 0, 0),
        CostOnConversion::PerConversion(amount) => (1, amount.nanos(), 0),
        CostOnConversion::RevenueShare(percent) => (2, 0, percent.0),
        CostOnConversion::PerLead(amount) => (3, amount.nanos(), 0),
    }
}

/// The opposite of [`cost_columns`].
pub(super) const fn cost_of_columns(model: i8, cost: i128, share: u32) -> CostOnConversion {
    match model {
        1 => CostOnConversion::PerConversion(Money::from_nanos(cost)),
        2 => CostOnConversion::RevenueShare(Percent(share)),
        3 => CostOnConversion::PerLead(Money::from_nanos(cost)),
        _ => CostOnConversion::None,
    }
}

/// Key of the visitor out of `visitor` and `visitor_by`; 0: none.
pub(super) fn visitor_of((visitor, by): (u64, u8), ip: Address, user_agent: &str) -> u64 {
    match by {
        BY_IP_USER_AGENT => visitor_key(VisitorSource::IpUserAgent(ip.into(), user_agent)),
        _ => visitor,
    }
}

impl<'r> ClickRow<'r> {
    /// A click.
    pub fn of_click(identity: Identity, click: &'r ClickV1<'_>) -> Self {
        let (conversion_model, conversion_cost, conversion_share) = cost_columns(click.cost_on_conversion);
        let row = Self {
            click_at: click.at.0,
            click_id: click.id.0,
            kind: kind::CLICK,
            at: click.at.0,
            outcome: click.outcome.as_str(),
            http_status: click.status,
            unique_campaign: click.unique.campaign.into(),
            unique_stream: click.unique.stream.into(),
            unique_workspace: click.unique.workspace.into(),
            cost: click.cost.nanos(),
            currency: click.currency.as_str(),
            conversion_cost,
            conversion_share,
            conversion_model,
            external_id: &click.external_id,
            ip: click.ip.into(),
            user_agent: &click.user_agent,
            referrer: &click.referrer,
            host: &click.host,
            sub_ids_set: sub_ids_set(&click.dims),
            ..Self::default()
        };
        row.with(identity, &click.dims).with_addresses(&click.path_and_query, &click.target)
    }

    /// A click with what version 1 did not have.
    pub fn of_click_v2(identity: Identity, click: &'r ClickV2<'_>) -> Self {
        let derived = visitor_key(VisitorSource::IpUserAgent(click.click.ip, &click.click.user_agent));
        let (visitor, visitor_by) =
            if click.visitor == derived { (0, BY_IP_USER_AGENT) } else { (click.visitor, AS_STORED) };
        Self {
            trace: &click.trace,
            passed_to: click.passed_to.0,
            visitor,
            visitor_by,
            by_script: click.by_script.into(),
            ..Self::of_click(identity, &click.click)
        }
    }

    /// A landing click.
    pub fn of_landing_click(identity: Identity, landing: &'r LandingClickV1<'_>) -> Self {
        let row = Self {
            click_at: landing.clicked_at.0,
            click_id: landing.click.0,
            kind: kind::LANDING_CLICK,
            at: landing.at.0,
            first: landing.first.into(),
            sub_ids_set: sub_ids_set(&landing.dims),
            ..Self::default()
        };
        row.with(identity, &landing.dims).with_addresses("", &landing.target)
    }

    /// Fills the addresses, without what stands in other columns.
    fn with_addresses(mut self, path_and_query: &'r str, target: &'r str) -> Self {
        let values = self.values();
        let packed = (pack(path_and_query, &values), pack(target, &values));
        (self.path_and_query, self.target) = packed;
        self
    }

    /// What addresses leave out.
    fn values(&self) -> Values<'r> {
        Values {
            click_id: self.click_id,
            external_id: self.external_id,
            cost: self.cost,
            country: self.country,
            keyword: self.keyword,
            ad_campaign_id: self.ad_campaign_id,
            creative_id: self.creative_id,
            site: self.site,
            sub_ids: self.sub_ids(),
        }
    }

    /// Key of the visitor; 0: none.
    fn visitor(&self) -> u64 {
        visitor_of((self.visitor, self.visitor_by), self.ip, self.user_agent)
    }

    /// The click of a row of kind click.
    pub fn to_click(&self) -> ClickV1<'static> {
        let cost_on_conversion =
            cost_of_columns(self.conversion_model, self.conversion_cost, self.conversion_share);
        let values = self.values();
        ClickV1 {
            id: ClickId(self.click_id),
            at: Timestamp(self.at),
            dims: self.dims(),
            outcome: words::outcome(self.outcome),
            status: self.http_status,
            unique: UniqueFlags {
                campaign: self.unique_campaign != 0,
                stream: self.unique_stream != 0,
                workspace: self.unique_workspace != 0,
            },
            cost: Money::from_nanos(self.cost),
            currency: words::currency(self.currency),
            cost_on_conversion,
            external_id: owned(self.external_id),
            ip: self.ip.into(),
            user_agent: owned(self.user_agent),
            referrer: owned(self.referrer),
            host: owned(self.host),
            path_and_query: owned(&unpack(&self.path_and_query, &values)),
            target: owned(&unpack(&self.target, &values)),
        }
    }

    /// The click of a row of kind click, with what version 1 did not have.
    pub fn to_click_v2(&self) -> ClickV2<'static> {
        ClickV2 {
            click: self.to_click(),
            visitor: self.visitor(),
            passed_to: CampaignId(self.passed_to),
            passed_to_stream: signalbox_domain::StreamId::NONE,
            trace: owned(self.trace),
            by_script: self.by_script != 0,
        }
    }

    /// The landing click of a row of that kind.
    pub fn to_landing_click(&self) -> LandingClickV1<'static> {
        LandingClickV1 {
            click: ClickId(self.click_id),
            at: Timestamp(self.at),
            clicked_at: Timestamp(self.click_at),
            dims: self.dims(),
            first: self.first != 0,
            target: owned(&unpack(&self.target, &self.values())),
        }
    }
}
