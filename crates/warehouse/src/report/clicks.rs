//! Clicks as reports select them, with the corrections of their cost, for what is done with clicks beside counting them.

use super::ReportQuery;
use super::compile::conditions;
use super::dimensions;
use super::localtime::LocalTime;
use crate::filter::Compiler;
use crate::range::zone;
use crate::sql::Params;
use crate::{Condition, Error, ResolvedRange};
use signalbox_domain::{Scope, Timestamp};

/// Which clicks.
#[derive(Debug)]
pub(crate) struct Clicks {
    query: ReportQuery,
    filters: Vec<Condition>,
    only_unique: bool,
    range: ResolvedRange,
    local: LocalTime,
}

impl Clicks {
    /// The clicks that a report with these filters, range, timezone and bots would count.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the range and the timezone.
    pub fn new(query: ReportQuery, only_unique: bool, now: Timestamp) -> Result<Self, Error> {
        let range = query.range.resolve(&query.timezone, now)?;
        let local = LocalTime::of("click_at", &zone(&query.timezone)?, range, now)?;
        let (filters, query) = (query.filters.clone(), ReportQuery { filters: Vec::new(), ..query });
        Ok(Self { query, filters, only_unique, range, local })
    }

    /// The condition on `facts` of the clicks alone.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the filter.
    pub fn clicks_sql(&self, scope: &Scope, params: &mut Params) -> Result<String, Error> {
        let unique = if self.only_unique { " AND facts.unique_campaign = 1" } else { "" };
        Ok(format!("facts.kind = 'click'{unique} AND {}", self.matching(scope, params)?))
    }

    /// The condition on `facts` of the corrections of such clicks.
    ///
    /// # Errors
    /// As for [`Clicks::clicks_sql`].
    pub fn corrections_sql(&self, scope: &Scope, params: &mut Params) -> Result<String, Error> {
        let unique = if self.only_unique { " AND facts.click_unique = 1" } else { "" };
        Ok(format!("facts.kind = 'cost'{unique} AND {}", self.matching(scope, params)?))
    }

    /// The condition on `facts` of both.
    ///
    /// # Errors
    /// As for [`Clicks::clicks_sql`].
    pub fn all_sql(&self, scope: &Scope, params: &mut Params) -> Result<String, Error> {
        let unique =
            if self.only_unique { " AND (facts.unique_campaign = 1 OR facts.click_unique = 1)" } else { "" };
        Ok(format!("facts.kind IN ('click', 'cost'){unique} AND {}", self.matching(scope, params)?))
    }

    fn matching(&self, scope: &Scope, params: &mut Params) -> Result<String, Error> {
        let mut sql = conditions(scope, &self.query, ("click_at", self.range, &self.local), params)?;
        let field = |key: &str| match dimensions::find(key) {
            Some(dimension) if dimension.is_of_corrections() => {
                Ok((dimension.kind, dimension.sql(&self.local)))
            }
            Some(_) => {
                Err(format!("{key} is not known when a click comes in, so its cost cannot depend on it"))
            }
            None => Err(format!("{key:?} is not a dimension")),
        };
        sql.push_str(&Compiler::new(field, params).all(&self.filters, "filters")?);
        Ok(sql)
    }
}
