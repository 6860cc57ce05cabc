//! Target URLs with macros: read once at compile time, expanded for each click.
//!
//! `{name}` is encoded for its place, so that the receiver decodes exactly the value. `{_name}` keeps characters such as `/`, `:`, `,`
//! and, in a query value, `=` and `?` readable, but never `&`, `#`, `%`, blanks or line ends. `{name:text}` gives `text` when the value
//! is empty, `{name|sha256}` the hash of the value. Promises: whatever a visitor sent, a target keeps its scheme, host, number and names of parameters, and has no fragment
//! that was not written; a path never climbs (`.` and `..` are left out). Values are not looked into for further macros. Literal parts
//! are sent as written, but that characters beyond ASCII are encoded, as a header demands.

mod country;
mod date;
mod encode;
mod forward;
mod hash;
mod html;
mod literal;
mod merge;
mod name;
mod parse;
mod read;
mod text;
mod value;

use crate::{
    ClickCost, CompiledCampaign, CompiledDestination, CompiledNetwork, CompiledSource, CompiledStream,
    CompiledWorkspace, Decision, Query, Request, problem::Report,
};
use encode::{Encoder, Place};
use forward::Forward;
use hash::Hash;
use jiff::tz::TimeZone;
use name::Macro;
use signalbox_domain::{ClickId, Currency, Money};

pub(crate) use merge::with_parameters;
pub use text::CompiledText;

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
    /// Names of parameters that carry the click id, as written.
    carriers: Box<[Box<str>]>,
    literal_bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Box<str>),
    Macro(Box<Expansion>),
}

/// What a macro stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    what: Macro,
    /// Written in place of the value.
    hash: Option<Hash>,
    /// Tells several `{random}` of one template apart.
    serial: u64,
}

/// One macro in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expansion {
    field: Field,
    place: Place,
    raw: bool,
    /// Encoded for the place.
    default: Box<str>,
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
        let parse::Parsed { parts, carriers, warnings } = parsed.finish();
        let literal_bytes = parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.len(),
                Part::Macro(_) => 0,
            })
            .sum();
        Ok((Self { parts, carriers, literal_bytes }, warnings))
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

    /// [`Self::expand`], with the click's own parameters and path added. A parameter of `forward` replaces those of the same name and
    /// is otherwise appended, encoded, before the fragment; those by which the tracker names clicks are not forwarded, and a parameter
    /// of the target that carries the click id is not replaced. Of `extra`, the path behind the slug as sent, each segment is appended
    /// encoded; empty ones, `.` and `..` are left out. Parameters beyond 8,192 bytes are left out, a path is cut at 2,048.
    pub fn expand_forwarding(
        &self,
        context: &MacroContext<'_>,
        forward: Option<&Query<'_>>,
        extra: &str,
        out: &mut String,
    ) {
        let click_id = if context.click_id.is_none() { String::new() } else { context.click_id.to_string() };
        let forward = Forward { query: forward, path: extra, click_id: &click_id, carriers: &self.carriers };
        if forward.is_empty() {
            return self.expand(context, out);
        }
        let mut target = String::new();
        self.expand(context, &mut target);
        forward.write(&target, out);
    }

    /// Whether it has no macros: the same for every click.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }
}

impl Field {
    /// Writes the value, or its hash; nothing when it is empty.
    fn write(&self, context: &MacroContext<'_>, out: &mut value::Out<'_>) {
        let Some(hash) = self.hash else { return value::write(&self.what, context, self.serial, out) };
        let mut value = String::new();
        value::write(&self.what, context, self.serial, &mut value);
        if !value.is_empty() {
            hash.write(&value, out);
        }
    }
}

impl Expansion {
    fn expand(&self, context: &MacroContext<'_>, out: &mut String) {
        let start = out.len();
        let mut encoder = Encoder::new(out, self.place, self.raw);
        self.field.write(context, &mut encoder);
        encoder.finish();
        if out.len() == start {
            out.push_str(&self.default);
        }
    }
}

#[cfg(test)]
mod tests;
