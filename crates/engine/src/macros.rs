//! Target URLs with macros: read once at compile time, expanded for each click.
//!
//! `{name}` is encoded for its place, so that the receiver decodes exactly the value. `{_name}` keeps characters such as `/`, `:`, `,`
//! and, in a query value, `=` and `?` readable, but never `&`, `#`, `%`, blanks or line ends. `{name:text}` gives `text` when the value
//! is empty. Promises: whatever a visitor sent, a target keeps its scheme, host, number and names of parameters, and has no fragment
//! that was not written; a path never climbs (`.` and `..` are left out). Values are not looked into for further macros. Literal parts
//! are sent as written, but that characters beyond ASCII are encoded, as a header demands.

mod date;
mod encode;
mod literal;
mod merge;
mod name;
mod parse;
mod value;

use crate::{
    ClickCost, CompiledCampaign, CompiledDestination, CompiledNetwork, CompiledSource, CompiledStream,
    CompiledWorkspace, Decision, Request, problem::Report,
};
use encode::{Encoder, Place};
use jiff::tz::TimeZone;
use name::Macro;
use signalbox_domain::{ClickId, Currency, Money};

pub(crate) use merge::with_parameters;

/// What macros can speak about. Ids and names that a click does not have are empty.
#[derive(Clone, Copy)]
pub struct MacroContext<'a> {
    /// The click; `ClickId::NONE` is empty.
    pub click_id: ClickId,
    /// The request.
    pub request: &'a Request<'a>,
    /// The campaign.
    pub campaign: Option<&'a CompiledCampaign>,
    /// The stream that took the click.
    pub stream: Option<&'a CompiledStream>,
    /// The landing page.
    pub landing: Option<&'a CompiledDestination>,
    /// The destination.
    pub destination: Option<&'a CompiledDestination>,
    /// Cost of the click.
    pub cost: Money,
    /// Currency of `cost`.
    pub currency: Currency,
    /// Any number drawn for this click: what `{random}` and `{sample}` are made of.
    pub random: u64,
}

impl<'a> MacroContext<'a> {
    /// The context of a decided click.
    pub fn new(
        click_id: ClickId,
        request: &'a Request<'a>,
        campaign: &'a CompiledCampaign,
        decision: &Decision<'a>,
        (cost, random): (&ClickCost, u64),
    ) -> Self {
        Self {
            click_id,
            request,
            campaign: Some(campaign),
            stream: decision.stream,
            landing: decision.landing,
            destination: decision.destination,
            cost: cost.amount,
            currency: cost.currency,
            random,
        }
    }

    /// The context of a request that no campaign answers: for the domain's URL for unknown paths.
    pub fn without_campaign(request: &'a Request<'a>, random: u64) -> Self {
        Self {
            click_id: ClickId::NONE,
            request,
            campaign: None,
            stream: None,
            landing: None,
            destination: None,
            cost: Money::ZERO,
            currency: Currency::default(),
            random,
        }
    }

    fn source(&self) -> Option<&'a CompiledSource> {
        self.campaign.and_then(CompiledCampaign::source)
    }

    fn network(&self) -> Option<&'a CompiledNetwork> {
        self.destination.and_then(|destination| destination.network.as_deref())
    }
}

/// A target with macros, ready to be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledUrl {
    parts: Box<[Part]>,
    literal_bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Box<str>),
    Macro(Box<Expansion>),
}

/// One macro in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expansion {
    what: Macro,
    place: Place,
    raw: bool,
    /// Encoded for the place.
    default: Box<str>,
    /// Tells several `{random}` of one URL apart.
    serial: u64,
}

impl CompiledUrl {
    /// Reads a target. Dates that name no timezone use `timezone`. Returns what looks like a mistake beside it.
    ///
    /// # Errors
    /// A reason, when `text` is no absolute http(s) URL with a literal host.
    pub fn compile(text: &str, timezone: &TimeZone) -> Result<(Self, Vec<String>), String> {
        signalbox_domain::url_template::check(text)?;
        let (origin, rest) = literal::split_origin(text)?;
        let mut parsed = parse::Parser::new(timezone);
        parsed.literal(&origin);
        parsed.read(rest);
        let (parts, warnings) = parsed.finish();
        let literal_bytes = parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.len(),
                Part::Macro(_) => 0,
            })
            .sum();
        Ok((Self { parts, literal_bytes }, warnings))
    }

    pub(crate) fn compile_reported(
        text: &str,
        workspace: &CompiledWorkspace,
        field: &str,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        match Self::compile(text, &workspace.timezone) {
            Ok((url, warnings)) => {
                warnings.into_iter().for_each(|reason| report.warn(field, reason));
                Some(url)
            }
            Err(reason) => {
                report.left_out(field, reason);
                None
            }
        }
    }

    /// Appends the target of one click to `out`: visible ASCII only, fit for a `Location` header.
    pub fn expand(&self, context: &MacroContext<'_>, out: &mut String) {
        out.reserve(self.literal_bytes + 32 * self.parts.len());
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Macro(expansion) => expansion.expand(context, out),
            }
        }
    }

    /// Whether it has no macros: the same for every click.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }
}

impl Expansion {
    fn expand(&self, context: &MacroContext<'_>, out: &mut String) {
        let start = out.len();
        let mut encoder = Encoder::new(out, self.place, self.raw);
        value::write(&self.what, context, self.serial, &mut encoder);
        encoder.finish();
        if out.len() == start {
            out.push_str(&self.default);
        }
    }
}

#[cfg(test)]
mod tests;
