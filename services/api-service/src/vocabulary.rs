//! The words that forms offer: criteria and operators of rules, roles of parameters, statuses, macros, timezones.

mod criteria;
mod macros;

use crate::types::{
    CriterionInfo, MacroInfo, Operator, OperatorInfo, OperatorValues, ValueKind, VariableInfo, Vocabulary,
    WordInfo,
};
use signalbox_domain::ConversionStatus;

pub(crate) use self::macros::MACROS;

fn parameter_roles() -> Vec<WordInfo> {
    let named = [
        ("external_id", "External click id"),
        ("cost", "Cost"),
        ("keyword", "Keyword"),
        ("ad_campaign_id", "Ad campaign id"),
        ("creative_id", "Creative id"),
        ("site", "Site"),
    ];
    let named =
        named.into_iter().map(|(name, title)| WordInfo { name: name.to_owned(), title: title.to_owned() });
    let sub_ids = (1..=30).map(|n| WordInfo { name: format!("sub_id_{n}"), title: format!("Sub id {n}") });
    named.chain(sub_ids).collect()
}

/// Every operator in the order in which it is offered, how it reads between a criterion and a value, and what it compares with.
const OPERATORS: &[(Operator, &str, OperatorValues)] = {
    use {Operator as O, OperatorValues as V};
    &[
        (O::In, "is", V::Many),
        (O::NotIn, "is not", V::Many),
        (O::Contains, "contains", V::Many),
        (O::NotContains, "does not contain", V::Many),
        (O::StartsWith, "starts with", V::Many),
        (O::NotStartsWith, "does not start with", V::Many),
        (O::EndsWith, "ends with", V::Many),
        (O::NotEndsWith, "does not end with", V::Many),
        (O::Mask, "fits the mask", V::Patterns),
        (O::NotMask, "does not fit the mask", V::Patterns),
        (O::Regex, "matches the regex", V::Patterns),
        (O::NotRegex, "does not match the regex", V::Patterns),
        (O::MoreThan, "is more than", V::One),
        (O::AtLeast, "is at least", V::One),
        (O::LessThan, "is less than", V::One),
        (O::AtMost, "is at most", V::One),
        (O::Between, "is between", V::Ranges),
        (O::NotBetween, "is not between", V::Ranges),
        (O::Exists, "is present", V::None),
        (O::Empty, "is missing", V::None),
    ]
};

/// What an expression can name beside the criteria.
const VARIABLES: &[(&str, &str)] = &[
    ("languages", "Accepted languages, most preferred first; a list"),
    (r#"query["utm_source"]"#, "A query parameter"),
    ("sub_id[1]", "A sub id, 1 to 30"),
    (r#"header["x-requested-with"]"#, "A request header by its name in lower case"),
    ("hour", "Hour of the local time, 0 to 23"),
    ("minute", "Minute of the local time"),
    ("time", "Local time of day, HH:MM"),
    ("weekday", "Local weekday, mon to sun"),
    ("date", "Local date, YYYY-MM-DD"),
    ("timestamp", "Seconds since 1970"),
];

fn variables() -> Vec<VariableInfo> {
    let named = |info: CriterionInfo| VariableInfo { name: info.name, description: info.title };
    let plain = criteria::criteria().into_iter();
    let plain = plain.filter(|info| {
        info.argument.is_none()
            && !matches!(info.kind, ValueKind::Time | ValueKind::Date | ValueKind::Weekday)
    });
    let more = VARIABLES.iter().map(|(name, description)| VariableInfo {
        name: (*name).to_owned(),
        description: (*description).to_owned(),
    });
    plain.map(named).chain(more).collect()
}

/// All of it.
pub fn vocabulary() -> Vocabulary {
    let title = |status: ConversionStatus| {
        let word = status.as_str();
        let (first, rest) = word.split_at(1);
        WordInfo { name: word.to_owned(), title: format!("{}{rest}", first.to_ascii_uppercase()) }
    };
    let describe = |(name, description): &(&str, &str)| MacroInfo {
        name: (*name).to_owned(),
        description: (*description).to_owned(),
    };
    let operator = |(name, title, values): &(Operator, &str, OperatorValues)| OperatorInfo {
        name: *name,
        title: (*title).to_owned(),
        values: *values,
    };
    Vocabulary {
        criteria: criteria::criteria(),
        operators: OPERATORS.iter().map(operator).collect(),
        expression_variables: variables(),
        parameter_roles: parameter_roles(),
        conversion_statuses: ConversionStatus::BUILT_IN.into_iter().map(title).collect(),
        macros: MACROS.iter().map(describe).collect(),
        output_macros: signalbox_domain::OUTPUT_MACROS.iter().map(describe).collect(),
        timezones: jiff::tz::db().available().map(|name| name.to_string()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signalbox_engine::CompiledUrl;

    #[test]
    fn every_macro_is_understood() {
        for (name, _) in MACROS {
            let compiled =
                CompiledUrl::compile(&format!("https://a.example/?x={name}"), &jiff::tz::TimeZone::UTC);
            let (url, warnings) = compiled.unwrap();
            assert!(warnings.is_empty() && !url.is_literal(), "{name}: {warnings:?}");
        }
    }

    #[test]
    fn every_operator_is_described_once() {
        for info in criteria::criteria() {
            for op in info.operators {
                assert_eq!(OPERATORS.iter().filter(|(name, ..)| *name == op).count(), 1, "{op:?}");
            }
        }
        for (op, _, values) in OPERATORS {
            let domain = signalbox_domain::Operator::from(*op);
            assert_eq!(domain.takes_values(), *values != OperatorValues::None, "{op:?}");
            assert_eq!(domain.takes_patterns(), *values == OperatorValues::Patterns, "{op:?}");
        }
    }

    #[test]
    fn timezones_are_known() {
        let all = vocabulary().timezones;
        assert!(all.iter().any(|zone| zone == "Europe/Berlin") && all.iter().any(|zone| zone == "UTC"));
    }
}
