//! Understanding a postback: from parameters as received to what they say, or a refusal that names the parameter and the fix.
//!
//! Pure: the same parameters always read the same, so a replay judges as the first time. Aliases and traps follow what networks really
//! send (click id as `subid`, `clickid`, `cid`, …; money as `payout`, `revenue`, `sum`, …; values left as literal macros).

mod amount;
mod events;
mod literal;
mod status;

pub use amount::{AmountError, parse_amount};
pub use literal::is_unreplaced_macro;

use events::said_events;
use signalbox_domain::{
    AffiliateNetwork, CampaignId, ClickId, ConversionStatus, Currency, EventChange, Money, Workspace,
};
use signalbox_events::wire::KEY_CAMPAIGN;
use status::{read_second_status, read_status};

/// The last is what the tracking domain adds when the visitor's cookie names a click.
const CLICK_ID: &[&str] =
    &["subid", "sub_id", "clickid", "click_id", "cid", "cnv_id", "cf_click_id", "hit", "sid", "sbx_click"];
const PAYOUT: &[&str] = &["payout", "revenue", "sum", "amount", "profit"];
const STATUS: &[&str] = &["status", "cnv_status", "type", "et", "ct", "event"];
const TRANSACTION: &[&str] =
    &["tid", "txid", "transaction_id", "transactionid", "rdtk_event_id", "order_id", "orderid", "oid"];
const CURRENCY: &[&str] = &["currency", "cnv_currency"];
/// Longest transaction id kept, in bytes; a longer one is refused because cutting it could make two of them equal.
pub const TRANSACTION_BYTES_MAX: usize = 200;

/// What a postback says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The click it is about.
    pub click: ClickId,
    /// What happened.
    pub status: ConversionStatus,
    /// The network's word for it, or empty.
    pub original_status: String,
    /// The network's word in its second status, or empty.
    pub second_status: String,
    /// The amount, when one was sent.
    pub payout: Option<Money>,
    /// The currency, when one was sent.
    pub currency: Option<Currency>,
    /// The network's transaction id, or empty.
    pub transaction: String,
    /// What it says about the click's events.
    pub events: Vec<EventChange>,
    /// Which of its events could not be read, and why; or empty.
    pub events_left_out: String,
    /// It asks that nobody is told of it.
    pub quiet: bool,
    /// It says nothing but events: neither status nor amount nor transaction. So it is no conversion.
    pub only_events: bool,
}

/// Why a postback cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code.
    pub code: &'static str,
    /// A sentence that names the parameter and the fix.
    pub reason: String,
}

impl Refusal {
    /// Whether the sender asked for it: then it is no mistake of theirs.
    pub fn is_wish(&self) -> bool {
        self.code == status::IGNORED
    }

    fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

/// Parameters by name without regard to case; the first value that is not blank wins, in the order of the aliases.
#[derive(Debug, Clone, Copy)]
struct Parameters<'a, S>(&'a [(S, S)]);

impl<'a, S: AsRef<str>> Parameters<'a, S> {
    fn first(&self, names: &[&str]) -> Option<(&'a str, &'a str)> {
        names.iter().find_map(|name| {
            let value_of = |(key, value): &'a (S, S)| {
                let (key, value) = (key.as_ref(), value.as_ref().trim());
                (key.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then_some((key, value))
            };
            self.0.iter().find_map(value_of)
        })
    }

    /// Whether a switch is on.
    fn says(&self, name: &str) -> bool {
        let on = |value: &str| ["1", "true", "yes", "on"].iter().any(|word| value.eq_ignore_ascii_case(word));
        self.first(&[name]).is_some_and(|(_, value)| on(value))
    }

    /// Whether a parameter is a list, such as `1,approved`, that has this word.
    fn lists(&self, name: &str, word: &str) -> bool {
        let has = |list: &str| list.split(',').any(|known| known.trim().eq_ignore_ascii_case(word));
        self.first(&[name]).is_some_and(|(_, list)| has(list))
    }

    fn names(&self) -> String {
        let mut names: Vec<_> = self.0.iter().map(|(name, _)| name.as_ref()).take(12).collect();
        names.dedup();
        names.join(", ")
    }
}

/// Reads a postback of `network`, which belongs to `workspace`; without it no type of the workspace's own is known.
pub fn read<S: AsRef<str>>(
    parameters: &[(S, S)],
    network: &AffiliateNetwork,
    workspace: Option<&Workspace>,
) -> Result<Reading, Refusal> {
    let parameters = Parameters(parameters);
    let click = read_click(&parameters, &network.name)?;
    let (status, original_status) = read_status(&parameters, network, workspace)?;
    let currency = read_currency(&parameters)?;
    let payout = read_payout(&parameters, network)?;
    let transaction = read_transaction(&parameters)?;
    let (events, events_left_out) = said_events(parameters.0);
    let converts = [STATUS, PAYOUT, TRANSACTION].iter().any(|names| parameters.first(names).is_some());
    let says_events = !(events.is_empty() && events_left_out.is_empty());
    let only_events = says_events && !converts;
    if only_events && events.is_empty() {
        return Err(Refusal::new("event_not_a_number", events_left_out));
    }
    Ok(Reading {
        click,
        status: if only_events { ConversionStatus::Event } else { status },
        original_status,
        second_status: read_second_status(&parameters),
        payout,
        currency,
        transaction,
        events,
        events_left_out,
        quiet: parameters.says("disable_postback"),
        only_events,
    })
}

/// Reads what was said about a click's events on a tracking domain: its id, and what can be read of them.
pub fn read_events<S: AsRef<str>>(parameters: &[(S, S)]) -> Result<(ClickId, Vec<EventChange>), Refusal> {
    let click = read_click_of(parameters)?;
    let (events, left_out) = said_events(parameters);
    if events.is_empty() {
        return Err(Refusal::new("event_not_a_number", left_out));
    }
    Ok((click, events))
}

/// The campaign whose key came with events on a tracking domain, if one did; what cannot be read is no campaign of anybody.
pub fn read_key_campaign<S: AsRef<str>>(parameters: &[(S, S)]) -> Option<CampaignId> {
    let found = parameters.iter().find(|(name, _)| name.as_ref() == KEY_CAMPAIGN)?;
    Some(found.1.as_ref().parse().unwrap_or(CampaignId::NONE))
}

/// Reads the click of a postback whose network is not known yet: one that came without a key.
pub fn read_click_of<S: AsRef<str>>(parameters: &[(S, S)]) -> Result<ClickId, Refusal> {
    read_click(&Parameters(parameters), "the network")
}

fn read_click<S: AsRef<str>>(parameters: &Parameters<'_, S>, network: &str) -> Result<ClickId, Refusal> {
    let Some((name, value)) = parameters.first(CLICK_ID) else {
        let got = parameters.names();
        let got = if got.is_empty() { "no parameters at all".to_owned() } else { format!("only {got}") };
        return Err(Refusal::new(
            "click_id_missing",
            format!(
                "no click id: send it as subid (or clickid, cid, click_id); received {got}. Copy the postback URL again from Networks → {}",
                network
            ),
        ));
    };
    if is_unreplaced_macro(value) {
        return Err(Refusal::new(
            "macro_not_replaced",
            format!(
                "parameter {name} is the literal {value}: the network did not replace its macro. Use the macro that this network knows for the click id, under Networks → {}",
                network
            ),
        ));
    }
    value.parse().map_err(|_| {
        Refusal::new(
            "click_id_malformed",
            format!("parameter {name} is {:?}, which is no click id of this tracker: it must be the 26 characters that {{click_id}} put into the offer URL", cut(value)),
        )
    })
}

fn read_currency<S: AsRef<str>>(parameters: &Parameters<'_, S>) -> Result<Option<Currency>, Refusal> {
    match parameters.first(CURRENCY) {
        Some((_, value)) if is_unreplaced_macro(value) => Ok(None),
        Some((name, value)) => value.parse().map(Some).map_err(|error| {
            Refusal::new("currency_malformed", format!("parameter {name} is {:?}: it {error}", cut(value)))
        }),
        None => Ok(None),
    }
}

fn read_payout<S: AsRef<str>>(
    parameters: &Parameters<'_, S>,
    network: &AffiliateNetwork,
) -> Result<Option<Money>, Refusal> {
    let Some((name, value)) = parameters.first(PAYOUT) else { return Ok(None) };
    if is_unreplaced_macro(value) {
        return Err(Refusal::new(
            "macro_not_replaced",
            format!(
                "parameter {name} is the literal {value}: the network did not replace its macro. Use its own macro for the payout, under Networks → {}, or give the destination a fixed payout and leave the parameter out",
                network.name
            ),
        ));
    }
    parse_amount(value).map(Some).map_err(|error| {
        Refusal::new(
            "payout_not_a_number",
            format!(
                "parameter {name} is {:?}, which {error}: send a decimal number such as 12.50",
                cut(value)
            ),
        )
    })
}

fn read_transaction<S: AsRef<str>>(parameters: &Parameters<'_, S>) -> Result<String, Refusal> {
    match parameters.first(TRANSACTION) {
        Some((_, value)) if is_unreplaced_macro(value) => Ok(String::new()),
        Some((name, value)) if value.len() > TRANSACTION_BYTES_MAX => Err(Refusal::new(
            "transaction_too_long",
            format!("parameter {name} has {} bytes; {TRANSACTION_BYTES_MAX} are allowed", value.len()),
        )),
        Some((_, value)) => Ok(value.to_owned()),
        None => Ok(String::new()),
    }
}

/// At most 60 characters of a value, for sentences and logs.
fn cut(value: &str) -> String {
    value.chars().take(60).collect()
}

#[cfg(test)]
mod tests;
