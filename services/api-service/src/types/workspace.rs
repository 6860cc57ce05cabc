//! Workspaces on the wire.

use super::{ConversionType, Currency, Envelope, Id, Money, Time, Timezone};
use serde::{Deserialize, Serialize};
use signalbox_domain::{self as domain, Invalid, Timestamp, Validator, WorkspaceId};
use utoipa::ToSchema;

api_enum! {
    /// What somebody may do inside a workspace; each role includes the ones before it.
    #[derive(PartialOrd, Ord)]
    Role from domain::Role {
        /// Reads reports, logs and configuration.
        Viewer,
        /// Also edits campaigns, streams, destinations, sources, networks, outputs and domains.
        Editor,
        /// Also edits users, keys and the workspace itself.
        Admin,
    }
}

api_enum! {
    /// How much of a visitor's address is kept once everything that needs it has used it.
    AddressPolicy from domain::AddressPolicy {
        /// All of it.
        Keep,
        /// Its network: 24 bits of an IPv4 address, 48 of an IPv6 address.
        Truncate,
        /// Nothing.
        Remove,
    }
}

api_enum! {
    /// Where a rate came from.
    RateSource from domain::RateSource {
        /// Somebody gave it.
        Manual,
        /// The daily reference rates of the European Central Bank.
        Ecb,
        /// A JSON document.
        Json,
    }
}

/// What one unit of a currency is worth in the workspace's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CurrencyRate {
    /// The other currency.
    #[schema(value_type = Currency)]
    pub currency: domain::Currency,
    /// Worth of one unit, above 0.
    #[schema(value_type = Money)]
    pub rate: domain::Money,
    /// From when on it is in force, until the next one of the currency; absent: from the beginning.
    #[serde(default)]
    pub since: Option<Time>,
    /// Where it came from. Comes back with what was read and is ignored: what differs from before somebody gave.
    #[serde(default)]
    pub source: Option<RateSource>,
}

impl From<CurrencyRate> for domain::CurrencyRate {
    fn from(rate: CurrencyRate) -> Self {
        Self {
            currency: rate.currency,
            rate: rate.rate,
            since: rate.since.map(|since| since.0),
            source: domain::RateSource::Manual,
        }
    }
}

impl From<domain::CurrencyRate> for CurrencyRate {
    fn from(rate: domain::CurrencyRate) -> Self {
        Self {
            currency: rate.currency,
            rate: rate.rate,
            since: rate.since.map(Into::into),
            source: Some(rate.source.into()),
        }
    }
}

/// A tenant with its currency and timezone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Workspace {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: WorkspaceId,
    /// Raised by each write; sent back with a replacement.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// Shown name.
    pub name: String,
    /// Currency of all reported amounts.
    #[schema(value_type = Currency)]
    pub currency: domain::Currency,
    /// Timezone that reports and schedules use when nothing else is asked for.
    #[schema(value_type = Timezone)]
    pub timezone: String,
    /// What other currencies are worth, by currency and time.
    pub rates: Vec<CurrencyRate>,
    /// Types of conversions of its own, and what is special about built-in ones.
    pub conversion_types: Vec<ConversionType>,
    /// How much of visitors' addresses is kept.
    pub addresses: AddressPolicy,
    /// What the caller may do in it.
    pub role: Role,
}

/// A workspace to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceInput {
    /// Version that was read; needed to replace, ignored to create.
    #[serde(default)]
    pub version: Option<u64>,
    /// Shown name.
    pub name: String,
    /// Currency of all reported amounts; fixed once the workspace exists.
    #[serde(default)]
    #[schema(value_type = Currency, default = "USD")]
    pub currency: domain::Currency,
    /// Timezone that reports and schedules use when nothing else is asked for.
    #[serde(default = "utc")]
    #[schema(value_type = Timezone, default = "UTC")]
    pub timezone: String,
    /// What other currencies are worth; of two rates for one time the last is taken.
    #[serde(default)]
    pub rates: Vec<CurrencyRate>,
    /// Types of conversions of its own, and what is special about built-in ones.
    #[serde(default)]
    pub conversion_types: Vec<ConversionType>,
    /// How much of visitors' addresses is kept from now on; absent: as before, all of it in a new workspace.
    #[serde(default)]
    pub addresses: Option<AddressPolicy>,
    /// Comes back with what was read; ignored.
    #[serde(default)]
    #[schema(ignore)]
    pub role: Option<Role>,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl WorkspaceInput {
    /// The domain's workspace. Rates that are wrong are named by their place in the list, which is put in order to be stored.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn checked(self, id: WorkspaceId, now: Timestamp) -> Result<domain::Workspace, Invalid> {
        let mut v = Validator::new();
        v.each("rates", &self.rates, |v, rate| {
            v.require(rate.rate > domain::Money::ZERO, "rate", "must be above 0");
            v.require(rate.currency != self.currency, "currency", "is the workspace's own currency");
            let begun = rate.since.is_none_or(|since| since.0 <= now);
            v.require(
                begun,
                "since",
                "must not be in the future: what clicks cost is converted at the newest rate",
            );
        });
        let of_rates = v.finish().err().map(|wrong| wrong.0).unwrap_or_default();
        let workspace = self.into_domain(id);
        let mut errors = workspace.validate().err().map(|wrong| wrong.0).unwrap_or_default();
        errors
            .retain(|error| !error.field.starts_with("rates[") && !error.field.starts_with("earlier_rates["));
        errors.extend(of_rates);
        if errors.is_empty() { Ok(workspace) } else { Err(Invalid(errors)) }
    }

    /// The domain's workspace, not yet validated.
    pub fn into_domain(self, id: WorkspaceId) -> domain::Workspace {
        let mut workspace = domain::Workspace {
            id,
            name: self.name,
            currency: self.currency,
            timezone: self.timezone,
            rates: Vec::new(),
            earlier_rates: Vec::new(),
            conversion_types: self.conversion_types.into_iter().map(Into::into).collect(),
            addresses: self.addresses.map(Into::into).unwrap_or_default(),
        };
        workspace.set_rates(self.rates.into_iter().map(Into::into));
        workspace
    }
}

impl Workspace {
    /// What the API shows of a stored workspace to somebody with `role` in it.
    pub fn new(envelope: Envelope, workspace: domain::Workspace, role: domain::Role) -> Self {
        let rates = workspace.all_rates().into_iter().map(Into::into).collect();
        Self {
            id: workspace.id,
            version: envelope.version,
            created_at: envelope.created_at,
            updated_at: envelope.updated_at,
            name: workspace.name,
            currency: workspace.currency,
            timezone: workspace.timezone,
            rates,
            conversion_types: workspace.conversion_types.into_iter().map(Into::into).collect(),
            addresses: workspace.addresses.into(),
            role: role.into(),
        }
    }
}

/// Exchange rates as a table, `currency;rate;since`: `since` is a day or a time, empty from the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatesImport {
    /// Version of the workspace that was read.
    pub version: u64,
    /// The table, at most 5000 lines.
    #[schema(example = "EUR;1.08;2026-03-01\nEUR;1.09;2026-04-01")]
    pub text: String,
    /// Whether to keep them; else they are only looked at.
    #[serde(default)]
    pub take: bool,
}

/// What becomes of a table of rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RatesImported {
    /// Its lines.
    pub lines: Vec<RateRow>,
    /// Rates that are new.
    pub added: u32,
    /// Rates that take the place of others of the same currency and time.
    pub replaced: u32,
    /// Lines that are no rates; as long as there are any, nothing is kept.
    pub bad: u32,
    /// Whether they were kept.
    pub taken: bool,
}

/// A line of a table of rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RateRow {
    /// Which, from 1.
    pub line: u32,
    /// What it says; absent when it is no rate.
    pub rate: Option<CurrencyRate>,
    /// Why it is none, in a sentence with the fix; or empty.
    pub reason: String,
}
