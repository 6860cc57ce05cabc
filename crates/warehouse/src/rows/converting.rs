//! What an attribution reads of a click: the dimensions that a conversion copies and what prices it, of the sub ids only those asked for.
//!
//! Every column of a row that is looked for costs about 0.15 ms, whatever is in it; most clicks have few of the 30 sub ids.

use super::Address;
use super::click::{cost_of_columns, visitor_of};
use super::dims::build;
use super::fact::kind;
use super::words::owned;
use crate::lookup::ConvertingClick;
use clickhouse::Row;
use serde::Deserialize;
use signalbox_domain::{ClickId, Timestamp};
use signalbox_events::wire::ClickDims;

/// Sub ids that a click can have.
const SUB_IDS: u8 = 30;

/// A row of `clicks`; `sub_ids` are the columns that [`columns`] was asked for.
#[derive(Debug, Row, Deserialize)]
pub(crate) struct ConvertingRow<'a> {
    workspace: u64,
    click_id: u128,
    kind: i8,
    at: i64,
    campaign: u64,
    stream: u64,
    landing: u64,
    destination: u64,
    source: u64,
    network: u64,
    domain: u64,
    asn: u32,
    country: &'a str,
    region: &'a str,
    city: &'a str,
    isp: &'a str,
    connection_type: &'a str,
    device_type: &'a str,
    device_brand: &'a str,
    device_model: &'a str,
    os: &'a str,
    os_version: &'a str,
    browser: &'a str,
    browser_version: &'a str,
    language: &'a str,
    referrer_domain: &'a str,
    keyword: &'a str,
    ad_campaign_id: &'a str,
    creative_id: &'a str,
    site: &'a str,
    bot_reason: &'a str,
    external_id: &'a str,
    conversion_cost: i128,
    conversion_share: u32,
    conversion_model: i8,
    ip: Address,
    user_agent: &'a str,
    visitor: u64,
    visitor_by: u8,
    pub sub_ids_set: u32,
    #[serde(borrow)]
    sub_ids: Vec<&'a str>,
}

/// The numbers of the sub ids of a set.
fn numbers(set: u32) -> impl Iterator<Item = u8> {
    (1..=SUB_IDS).filter(move |number| set >> (number - 1) & 1 == 1)
}

/// What to select for rows with the sub ids of `set`.
pub(crate) fn columns(set: u32) -> String {
    let sub_ids: Vec<String> = numbers(set).map(|number| format!("sub_id_{number}")).collect();
    let names = <ConvertingRow<'_> as Row>::COLUMN_NAMES.iter();
    let columns = names.map(|name| match *name {
        "sub_ids" => format!("CAST([{}] AS Array(String)) AS sub_ids", sub_ids.join(", ")),
        name => name.to_owned(),
    });
    columns.collect::<Vec<String>>().join(", ")
}

impl ConvertingRow<'_> {
    /// Whether it is a click, not a landing click beside it.
    pub fn is_click(&self) -> bool {
        self.kind == kind::CLICK
    }

    /// The click; of a landing click, what it would be with the landing click's dimensions. `asked` is the set of [`columns`].
    pub fn to_click(&self, asked: u32) -> ConvertingClick {
        ConvertingClick {
            id: ClickId(self.click_id),
            at: Timestamp(self.at),
            dims: self.dims(asked),
            cost_on_conversion: cost_of_columns(
                self.conversion_model,
                self.conversion_cost,
                self.conversion_share,
            ),
            external_id: self.external_id.to_owned(),
            visitor: visitor_of((self.visitor, self.visitor_by), self.ip, self.user_agent),
            ip: self.ip.into(),
            user_agent: self.user_agent.to_owned(),
        }
    }

    fn dims(&self, asked: u32) -> ClickDims<'static> {
        let ids = [
            self.campaign,
            self.stream,
            self.landing,
            self.destination,
            self.source,
            self.network,
            self.domain,
        ];
        let words = [
            self.country,
            self.region,
            self.city,
            self.isp,
            self.connection_type,
            self.device_type,
            self.device_brand,
            self.device_model,
            self.os,
            self.os_version,
            self.browser,
            self.browser_version,
            self.language,
            self.referrer_domain,
            self.keyword,
            self.ad_campaign_id,
            self.creative_id,
            self.site,
            self.bot_reason,
        ];
        let there = numbers(asked).zip(&self.sub_ids).filter(|(_, value)| !value.is_empty());
        let sub_ids = there.map(|(number, value)| (number, owned(value))).collect();
        build(self.workspace, self.asn, ids, words, sub_ids)
    }
}
