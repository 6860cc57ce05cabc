//! From nested conditions to one SQL condition, with bounds on how many and how deep.

use super::{Condition, Filter, Group, condition};
use crate::Error;
use crate::kind::Kind;
use crate::sql::Params;

/// Most filters of a request, in all groups together.
const FILTERS_MAX: usize = 100;
/// Most groups of a request.
const GROUPS_MAX: usize = 50;
/// Deepest nesting of groups.
const DEPTH_MAX: usize = 5;

/// Compiles conditions; `field` gives kind and SQL expression of a key, or the reason why there is none.
pub(crate) struct Compiler<'c, F> {
    pub field: F,
    pub params: &'c mut Params,
    filters: usize,
    groups: usize,
}

impl<'c, F: Fn(&str) -> Result<(Kind, String), String>> Compiler<'c, F> {
    /// With nothing compiled yet.
    pub fn new(field: F, params: &'c mut Params) -> Self {
        Self { field, params, filters: 0, groups: 0 }
    }

    /// All of `conditions`, each with ` AND ` before it; `at` is their place in the request, such as `filters`.
    pub fn all(&mut self, conditions: &[Condition], at: &str) -> Result<String, Error> {
        let mut sql = String::new();
        for part in self.parts(conditions, at, 0)? {
            sql.push_str(" AND ");
            sql.push_str(&part);
        }
        Ok(sql)
    }

    fn parts(&mut self, conditions: &[Condition], at: &str, depth: usize) -> Result<Vec<String>, Error> {
        let each = conditions.iter().enumerate();
        each.map(|(index, condition)| self.one(condition, &format!("{at}[{index}]"), depth)).collect()
    }

    fn one(&mut self, condition: &Condition, at: &str, depth: usize) -> Result<String, Error> {
        match condition {
            Condition::Filter(filter) => self.filter(filter, at),
            Condition::Group(group) => self.group(group, at, depth + 1),
        }
    }

    fn filter(&mut self, filter: &Filter, at: &str) -> Result<String, Error> {
        self.filters += 1;
        if self.filters > FILTERS_MAX {
            return Err(Error::invalid(
                at,
                format!("is beyond the {FILTERS_MAX} filters that a request may have"),
            ));
        }
        let (kind, expression) =
            (self.field)(&filter.field).map_err(|reason| Error::invalid(format!("{at}.field"), reason))?;
        self::condition(kind, &expression, filter, at, self.params)
    }

    fn group(&mut self, group: &Group, at: &str, depth: usize) -> Result<String, Error> {
        self.groups += 1;
        if depth > DEPTH_MAX {
            return Err(Error::invalid(at, format!("is nested deeper than {DEPTH_MAX} groups")));
        }
        if self.groups > GROUPS_MAX {
            return Err(Error::invalid(
                at,
                format!("is beyond the {GROUPS_MAX} groups that a request may have"),
            ));
        }
        let (word, members, empty) = match group {
            Group::All(members) => ("all", members, "1"),
            Group::Any(members) => ("any", members, "0"),
            Group::None(members) => ("none", members, "1"),
        };
        let parts = self.parts(members, &format!("{at}.{word}"), depth)?;
        if parts.is_empty() {
            return Ok(empty.to_owned());
        }
        Ok(match group {
            Group::All(_) => format!("({})", parts.join(" AND ")),
            Group::Any(_) => format!("({})", parts.join(" OR ")),
            Group::None(_) => format!("(NOT ({}))", parts.join(" OR ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Operator;

    fn leaf(field: &str) -> Condition {
        Filter { field: field.to_owned(), op: Operator::IsSet, values: Vec::new() }.into()
    }

    fn compiled(conditions: &[Condition]) -> Result<String, Error> {
        let known = |key: &str| match key {
            "x" => Err("\"x\" is not a field".to_owned()),
            key => Ok((Kind::Text, key.to_owned())),
        };
        Compiler::new(known, &mut Params::default()).all(conditions, "filters")
    }

    #[test]
    fn groups_keep_their_meaning() {
        let any = Group::Any(vec![leaf("a"), Group::None(vec![leaf("b"), leaf("c")]).into()]);
        assert_eq!(
            compiled(&[leaf("d"), any.into()]).unwrap(),
            " AND d != '' AND (a != '' OR (NOT (b != '' OR c != '')))"
        );
        let empty = [Group::All(vec![]).into(), Group::Any(vec![]).into(), Group::None(vec![]).into()];
        assert_eq!(compiled(&empty).unwrap(), " AND 1 AND 0 AND 1");
    }

    #[test]
    fn too_many_and_too_deep_are_refused_with_their_place() {
        let refused = |conditions: &[Condition]| match compiled(conditions) {
            Err(Error::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        let wrong = Group::All(vec![leaf("a"), Group::Any(vec![leaf("x")]).into()]);
        assert_eq!(refused(&[wrong.into()]), "filters[0].all[1].any[0].field");
        let mut deep = leaf("a");
        for _ in 0..6 {
            deep = Group::All(vec![deep]).into();
        }
        assert_eq!(refused(&[deep]), "filters[0].all[0].all[0].all[0].all[0].all[0]");
        assert_eq!(refused(&vec![leaf("a"); 101]), "filters[100]");
        let groups: Vec<Condition> = (0..51).map(|_| Group::Any(vec![]).into()).collect();
        assert_eq!(refused(&groups), "filters[50]");
    }
}
