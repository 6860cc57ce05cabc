//! What is asked for, resolved: the same whether it came as JSON, as a row of a file or from a tool.

use super::mode_of;
use crate::{error::ApiError, report, types::Condition};
use signalbox_chassis::problem::Problem;
use signalbox_domain::{
    Actor, CostBots, CostCorrection, CostCorrectionId, CostOrigin, CostSpread, CostState, Currency, Money,
    Timestamp, Workspace,
};
use signalbox_warehouse::{self as warehouse, ResolvedRange, costs as ledger};

/// A correction to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The way it came.
    pub origin: CostOrigin,
    /// First moment of the clicks.
    pub from: Timestamp,
    /// First moment after.
    pub to: Timestamp,
    /// IANA name.
    pub timezone: String,
    /// Filters.
    pub filters: Vec<Condition>,
    /// Which visits.
    pub bots: CostBots,
    /// Only unique clicks.
    pub only_unique: bool,
    /// How the amount is meant.
    pub spread: CostSpread,
    /// How much.
    pub amount: Money,
    /// In which currency.
    pub currency: Currency,
    /// In the workspace's currency.
    pub converted: Money,
    /// Whether what was known stays.
    pub adds: bool,
    /// Free text.
    pub note: String,
    /// What the caller calls the request.
    pub idempotency_key: Option<String>,
}

/// `amount` in the workspace's currency, at the rate that was in force in the last moment of the range, or is now when the range is not
/// over: one rate for one correction, so that the amount converted is the sum of what the clicks cost.
///
/// # Errors
/// 422 when no rate was in force then.
pub fn convert(
    workspace: &Workspace,
    (amount, currency): (Money, Currency),
    (to, now): (Timestamp, Timestamp),
) -> Result<Money, ApiError> {
    let at = to.plus_ms(-1).min(now);
    workspace.convert(amount, currency, at).ok_or_else(|| {
        let reason = if workspace.knows_currency(currency) {
            let day = at.to_rfc3339();
            format!("{currency} has no rate that was in force on {}; add one from that day on", &day[..10])
        } else {
            format!(
                "{currency} is not the workspace's currency ({}) and has no rate; add a rate to the workspace first",
                workspace.currency
            )
        };
        Problem::invalid_field("currency", reason).into()
    })
}

impl Wish {
    /// What a stored correction asks for; `None` when its filters cannot be read.
    pub fn of(value: &CostCorrection) -> Option<Self> {
        let value = value.clone();
        Some(Self {
            origin: value.origin,
            from: value.from,
            to: value.to,
            timezone: value.timezone,
            filters: serde_json::from_str(&value.filters).ok()?,
            bots: value.bots,
            only_unique: value.only_unique,
            spread: value.spread,
            amount: value.amount,
            currency: value.currency,
            converted: value.converted,
            adds: value.adds,
            note: value.note,
            idempotency_key: value.idempotency_key,
        })
    }

    /// As it is stored while it waits.
    pub fn to_domain(&self, id: CostCorrectionId, created_by: Actor) -> CostCorrection {
        let wish = self.clone();
        CostCorrection {
            id,
            created_by,
            origin: wish.origin,
            from: wish.from,
            to: wish.to,
            timezone: wish.timezone,
            filters: serde_json::to_string(&wish.filters).unwrap_or_default(),
            bots: wish.bots,
            only_unique: wish.only_unique,
            spread: wish.spread,
            amount: wish.amount,
            currency: wish.currency,
            converted: wish.converted,
            adds: wish.adds,
            note: wish.note,
            idempotency_key: wish.idempotency_key,
            state: CostState::Waiting,
            clicks: 0,
            before: Money::ZERO,
            after: Money::ZERO,
            order: 0,
            applied_at: None,
            undone_at: None,
        }
    }

    /// As the ledger takes it.
    pub fn for_ledger(&self, id: CostCorrectionId) -> ledger::CostCorrection {
        ledger::CostCorrection {
            id,
            range: ResolvedRange { from: Some(self.from), to: Some(self.to) },
            timezone: self.timezone.clone(),
            filters: report::filters(self.filters.clone()),
            bots: match self.bots {
                CostBots::Include => warehouse::Bots::Include,
                CostBots::Exclude => warehouse::Bots::Exclude,
                CostBots::Only => warehouse::Bots::Only,
            },
            only_unique: self.only_unique,
            amount: match self.spread {
                CostSpread::Total => ledger::CostAmount::Total(self.converted),
                CostSpread::PerClick => ledger::CostAmount::PerClick(self.converted),
            },
            mode: mode_of(&self.to_domain(id, Actor::System)),
        }
    }
}
