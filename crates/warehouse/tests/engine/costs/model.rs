//! What every single click costs, by hand: no SQL, no table.

use crate::oracle::{Fact, facts_of};
use crate::reports::{Oracle, compare};
use jiff::tz::TimeZone;
use signalbox_domain::{CostCorrectionId, Money, WorkspaceId};
use signalbox_events::wire::Record;
use signalbox_warehouse::costs::{CostAmount, CostCorrection, CostMode, CostPreview};
use signalbox_warehouse::{Bots, Range, RangeToken, ReportQuery, Warehouse};

pub struct Model {
    /// Facts in the order of their records: the order of their sequence numbers.
    facts: Vec<Fact>,
    /// For each click (index into `facts`): what corrections have added.
    made: Vec<(CostCorrectionId, Vec<(usize, i128)>)>,
}

impl Model {
    pub fn of(records: &[Record<'_>], workspace: WorkspaceId) -> Self {
        let mut model = Self { facts: Vec::new(), made: Vec::new() };
        model.add(records, workspace);
        model
    }

    pub fn add(&mut self, records: &[Record<'_>], workspace: WorkspaceId) {
        self.facts.extend(records.iter().flat_map(facts_of).filter(|fact| fact.dims.workspace == workspace));
    }

    fn cost(&self, index: usize) -> i128 {
        let changes = self.made.iter().flat_map(|(_, changes)| changes);
        let changed: i128 = changes.filter(|(click, _)| *click == index).map(|(_, change)| change).sum();
        self.facts[index].measures["cost"] + changed
    }

    pub fn apply(&mut self, correction: &CostCorrection) -> CostPreview {
        let zone = TimeZone::get(&correction.timezone).unwrap();
        let (from, to) = (correction.range.from.unwrap().0, correction.range.to.unwrap().0);
        let matches = |fact: &Fact| {
            let bot = fact.dims.bot.is_bot();
            fact.unique.is_some()
                && (from..to).contains(&fact.click_at)
                && match correction.bots {
                    Bots::Include => true,
                    Bots::Exclude => !bot,
                    Bots::Only => bot,
                }
                && (!correction.only_unique || fact.unique == Some(true))
                && correction.filters.iter().all(|filter| Oracle::holds(fact, fact.click_at, &zone, filter))
        };
        let mut clicks: Vec<usize> =
            (0..self.facts.len()).filter(|index| matches(&self.facts[*index])).collect();
        // The earliest first; of the same moment, the one recorded first.
        clicks.sort_by_key(|index| (self.facts[*index].click_at, *index));
        let count = clicks.len() as i128;
        let before: i128 = clicks.iter().map(|index| self.cost(*index)).sum();
        let mut changes = Vec::new();
        for (position, index) in clicks.iter().enumerate() {
            let share = match correction.amount {
                CostAmount::PerClick(amount) => amount.nanos(),
                CostAmount::Total(total) => {
                    total.nanos() / count + i128::from((position as i128) < total.nanos() % count)
                }
            };
            let change = match correction.mode {
                CostMode::Replace => share - self.cost(*index),
                CostMode::Add => share,
            };
            changes.push((*index, change));
        }
        let after = before + changes.iter().map(|(_, change)| change).sum::<i128>();
        self.made.push((correction.id, changes));
        let money = Money::from_nanos;
        CostPreview { clicks: count as u64, before: money(before), after: money(after) }
    }

    pub fn undo(&mut self, id: CostCorrectionId) {
        self.made.retain(|(made, _)| *made != id);
    }

    /// Compares reports of every figure, grouped in several ways.
    pub async fn check(&self, warehouse: &Warehouse) {
        let mut facts = self.facts.clone();
        for (index, change) in self.made.iter().flat_map(|(_, changes)| changes) {
            let mut fact = self.facts[*index].clone();
            fact.at = fact.click_at;
            fact.measures = [("cost", *change), ("cost_corrections", *change)].into();
            facts.push(fact);
        }
        let oracle = Oracle::of_facts(facts);
        for dimensions in
            [vec![], vec!["campaign", "country"], vec!["day", "is_unique"], vec!["sub_id_7", "bot_reason"]]
        {
            let query = ReportQuery {
                dimensions: dimensions.into_iter().map(str::to_owned).collect(),
                metrics: ["clicks", "cost", "cost_corrections", "cost_conversions", "profit", "roi", "cpc"]
                    .map(str::to_owned)
                    .to_vec(),
                range: Range::Token(RangeToken::AllTime),
                timezone: "Asia/Kolkata".to_owned(),
                limit: 10_000,
                ..ReportQuery::default()
            };
            compare(warehouse, &oracle, &query).await;
        }
    }
}
