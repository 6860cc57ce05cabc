//! What the parameters of a click mean: by the mapping of the campaign's source, or by the names the field has agreed on.

use crate::{CompiledSource, Query};
use signalbox_domain::{ParameterRole, TrafficSourceId};

/// How many sub ids a click can carry.
pub const SUB_IDS: usize = 30;

/// Mapped parameters of a click; what was not sent is empty. Values are kept as sent, also a token that the source did not replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MappedParams<'a> {
    /// The source whose mapping counted.
    pub source: Option<TrafficSourceId>,
    /// Sub ids 1–30 at positions 0–29.
    pub sub_ids: [&'a str; SUB_IDS],
    /// The source's own click id.
    pub external_id: &'a str,
    /// Cost of the click as sent.
    pub cost: &'a str,
    /// Currency of `cost` as sent; read only for campaigns without a source.
    pub currency: &'a str,
    /// Keyword.
    pub keyword: &'a str,
    /// The source's campaign id.
    pub ad_campaign_id: &'a str,
    /// The source's creative id.
    pub creative_id: &'a str,
    /// Site, zone or publisher.
    pub site: &'a str,
}

impl<'a> MappedParams<'a> {
    /// Maps the parameters of `query`. With a source exactly its mapping counts; without one the conventional names do
    /// (`sub_id_1`, `sub1`, `s1`, `t1`, `var1`, `external_id`, `cost`, `keyword`, `creative_id`, `ad_campaign_id`, `source`, …).
    /// When several parameters mean the same, the first that is not empty counts.
    pub fn from_query(query: &'a Query<'_>, source: Option<&CompiledSource>) -> Self {
        let mut params = Self { source: source.map(|source| source.id), ..Self::default() };
        for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
            match source {
                Some(source) => {
                    if let Some(role) = source.role_of(name) {
                        params.set(role, value);
                    }
                }
                None if name.eq_ignore_ascii_case("currency") => fill(&mut params.currency, value),
                None => {
                    if let Some(role) = conventional_role(name) {
                        params.set(role, value);
                    }
                }
            }
        }
        params
    }

    fn set(&mut self, role: ParameterRole, value: &'a str) {
        match role {
            ParameterRole::ExternalId => fill(&mut self.external_id, value),
            ParameterRole::Cost => fill(&mut self.cost, value),
            ParameterRole::Keyword => fill(&mut self.keyword, value),
            ParameterRole::AdCampaignId => fill(&mut self.ad_campaign_id, value),
            ParameterRole::CreativeId => fill(&mut self.creative_id, value),
            ParameterRole::Site => fill(&mut self.site, value),
            ParameterRole::SubId(number) => {
                if let Some(slot) = self.sub_ids.get_mut(usize::from(number).wrapping_sub(1)) {
                    fill(slot, value);
                }
            }
        }
    }

    /// Sub id `number`, 1–30; empty when it was not sent or the number is out of range.
    pub fn sub_id(&self, number: u8) -> &'a str {
        self.sub_ids.get(usize::from(number).wrapping_sub(1)).copied().unwrap_or("")
    }

    /// Sub ids that were sent, as (1–30, value), ascending.
    pub fn sub_ids_sent(&self) -> impl Iterator<Item = (u8, &'a str)> {
        (1..=SUB_IDS as u8).zip(self.sub_ids).filter(|(_, value)| !value.is_empty())
    }
}

fn fill<'a>(slot: &mut &'a str, value: &'a str) {
    if slot.is_empty() {
        *slot = value;
    }
}

/// What a parameter means by its name alone, as Keitaro, RedTrack, Binom and Voluum users write it.
fn conventional_role(name: &str) -> Option<ParameterRole> {
    const NAMES: &[(&str, ParameterRole)] = &[
        ("external_id", ParameterRole::ExternalId),
        ("externalid", ParameterRole::ExternalId),
        ("ref_id", ParameterRole::ExternalId),
        ("cost", ParameterRole::Cost),
        ("t202b", ParameterRole::Cost),
        ("keyword", ParameterRole::Keyword),
        ("keywords", ParameterRole::Keyword),
        ("tds-key", ParameterRole::Keyword),
        ("t202kw", ParameterRole::Keyword),
        ("utm_term", ParameterRole::Keyword),
        ("ad_campaign_id", ParameterRole::AdCampaignId),
        ("creative_id", ParameterRole::CreativeId),
        ("source", ParameterRole::Site),
        ("utm_source", ParameterRole::Site),
        ("site", ParameterRole::Site),
    ];
    let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, role)| *role).or_else(|| sub_id_number(name).map(ParameterRole::SubId))
}

/// The number in `sub_id_7`, `sub7`, `subid7`, `var7`, `t7` or `s7`, 1–30, or in `c1` to `c4`, in any case.
pub(crate) fn sub_id_number(name: &str) -> Option<u8> {
    let digits = name.len() - name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (word, number) = (name.get(..digits)?, name.get(digits..)?);
    let known = ["sub_id_", "sub_id", "sub", "sub_", "subid", "var", "t", "s"];
    // Prosper202 has four, c1 to c4.
    let last = match word {
        "c" | "C" => 4,
        _ if known.iter().any(|known| known.eq_ignore_ascii_case(word)) => SUB_IDS as u8,
        _ => return None,
    };
    number.parse().ok().filter(|sub_id| (1..=last).contains(sub_id) && !number.starts_with('0'))
}
