//! The columns every detail row shares with the ledger: the dimensions of the click.

/// Declares a row type with its own columns, the dimensions of a click and the identity of its record.
macro_rules! row_with_dims {
    ($(#[$meta:meta])* $name:ident in $place:literal by $time:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        row_with_dims!(@declare [$($meta)*] $name { $([$($field_meta)*] $field: $type,)* }
            ids { campaign stream landing destination source network domain }
            words { country region city isp connection_type device_type device_brand device_model os os_version browser
                browser_version language referrer_domain keyword ad_campaign_id creative_id site bot_reason }
            subs { sub_id_1 sub_id_2 sub_id_3 sub_id_4 sub_id_5 sub_id_6 sub_id_7 sub_id_8 sub_id_9 sub_id_10 sub_id_11 sub_id_12
                sub_id_13 sub_id_14 sub_id_15 sub_id_16 sub_id_17 sub_id_18 sub_id_19 sub_id_20 sub_id_21 sub_id_22 sub_id_23
                sub_id_24 sub_id_25 sub_id_26 sub_id_27 sub_id_28 sub_id_29 sub_id_30 });

        impl $crate::rows::Keyed for $name<'_> {
            const PLACE: usize = $place;
            const TIME: &'static str = stringify!($time);

            fn seq(&self) -> u64 {
                self._seq
            }

            fn time_ms(&self) -> i64 {
                self.$time
            }
        }
    };
    (@declare [$($meta:meta)*] $name:ident { $([$($field_meta:meta)*] $field:ident: $type:ty,)* }
        ids { $($id:ident)* } words { $($word:ident)* } subs { $($sub:ident)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default, clickhouse::Row, serde::Serialize, serde::Deserialize)]
        pub(crate) struct $name<'a> {
            pub workspace: u64,
            $($(#[$field_meta])* pub $field: $type,)*
            $(pub $id: u64,)*
            pub asn: u32,
            $(pub $word: &'a str,)*
            $(pub $sub: &'a str,)*
            pub _journal: u64,
            pub _seq: u64,
        }

        impl<'a> $name<'a> {
            /// Fills the shared columns.
            fn with(mut self, identity: $crate::rows::Identity, dims: &'a signalbox_events::wire::ClickDims<'_>) -> Self {
                self.workspace = dims.workspace.0;
                $(self.$id = dims.$id.0;)*
                self.asn = dims.asn;
                $(self.$word = $crate::rows::dims::word(dims, stringify!($word));)*
                let mut subs = [$(&mut self.$sub),*];
                for (number, value) in &dims.sub_ids {
                    if let Some(slot) = usize::from(*number).checked_sub(1).and_then(|index| subs.get_mut(index)) {
                        **slot = value;
                    }
                }
                self._journal = identity.journal;
                self._seq = identity.seq;
                self
            }
        }

        impl<'a> $name<'a> {
            /// Sub ids 1 to 30.
            fn sub_ids(&self) -> [&'a str; 30] {
                [$(self.$sub),*]
            }
        }

        impl $crate::rows::dims::StoredDims for $name<'_> {
            fn dims(&self) -> signalbox_events::wire::ClickDims<'static> {
                let subs = self.sub_ids();
                let numbered = (1u8..).zip(subs).filter(|(_, value)| !value.is_empty());
                let sub_ids = numbered.map(|(number, value)| (number, value.to_owned().into())).collect();
                $crate::rows::dims::build(self.workspace, self.asn, [$(self.$id),*], [$(self.$word),*], sub_ids)
            }
        }
    };
}
pub(crate) use row_with_dims;

use super::words::{self, owned};
use signalbox_domain::{
    AffiliateNetworkId, CampaignId, DestinationId, DomainId, StreamId, TrafficSourceId, WorkspaceId,
};
use signalbox_events::wire::ClickDims;
use std::borrow::Cow;

/// A row from which the dimensions of its click can be had back.
pub(crate) trait StoredDims {
    /// The dimensions, borrowing nothing.
    fn dims(&self) -> ClickDims<'static>;
}

/// The text of a word column. The name is one of the macro's, so the last arm is never taken.
pub(crate) fn word<'a>(dims: &'a ClickDims<'_>, column: &str) -> &'a str {
    match column {
        "country" => &dims.country,
        "region" => &dims.region,
        "city" => &dims.city,
        "isp" => &dims.isp,
        "connection_type" => dims.connection.as_str(),
        "device_type" => dims.device_type.as_str(),
        "device_brand" => &dims.device_brand,
        "device_model" => &dims.device_model,
        "os" => &dims.os,
        "os_version" => &dims.os_version,
        "browser" => &dims.browser,
        "browser_version" => &dims.browser_version,
        "language" => &dims.language,
        "referrer_domain" => &dims.referrer_domain,
        "keyword" => &dims.keyword,
        "ad_campaign_id" => &dims.ad_campaign_id,
        "creative_id" => &dims.creative_id,
        "site" => &dims.site,
        "bot_reason" => dims.bot.as_str(),
        _ => "",
    }
}

/// The dimensions out of the columns, in the order in which the macro lists them.
pub(crate) fn build(
    workspace: u64,
    asn: u32,
    ids: [u64; 7],
    words: [&str; 19],
    sub_ids: Vec<(u8, Cow<'static, str>)>,
) -> ClickDims<'static> {
    let [campaign, stream, landing, destination, source, network, domain] = ids;
    let [
        country,
        region,
        city,
        isp,
        connection,
        device_type,
        device_brand,
        device_model,
        os,
        os_version,
        rest @ ..,
    ] = words;
    let [
        browser,
        browser_version,
        language,
        referrer_domain,
        keyword,
        ad_campaign_id,
        creative_id,
        site,
        bot,
    ] = rest;
    ClickDims {
        workspace: WorkspaceId(workspace),
        campaign: CampaignId(campaign),
        stream: StreamId(stream),
        landing: DestinationId(landing),
        destination: DestinationId(destination),
        source: TrafficSourceId(source),
        network: AffiliateNetworkId(network),
        domain: DomainId(domain),
        country: owned(country),
        region: owned(region),
        city: owned(city),
        isp: owned(isp),
        asn,
        connection: words::connection(connection),
        device_type: words::device_type(device_type),
        device_brand: owned(device_brand),
        device_model: owned(device_model),
        os: owned(os),
        os_version: owned(os_version),
        browser: owned(browser),
        browser_version: owned(browser_version),
        language: owned(language),
        referrer_domain: owned(referrer_domain),
        keyword: owned(keyword),
        ad_campaign_id: owned(ad_campaign_id),
        creative_id: owned(creative_id),
        site: owned(site),
        sub_ids,
        bot: words::bot_reason(bot),
    }
}
