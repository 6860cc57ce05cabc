use super::*;

fn value(key: &str, sums: &[(Sum, i128)]) -> Value {
    let metric = find(key).unwrap();
    metric.value(|wanted| sums.iter().find(|(sum, _)| *sum == wanted).map_or(0, |(_, amount)| *amount))
}

fn money(text: &str) -> i128 {
    text.parse::<Money>().unwrap().nanos()
}

#[test]
fn zero_denominators_are_null() {
    for metric in METRICS {
        let nothing = metric.value(|_| 0);
        match metric.compute {
            Compute::Count(_) => assert_eq!(nothing, Value::Count(0), "{}", metric.key),
            Compute::Amount(_) => assert_eq!(nothing, Value::Money(Money::ZERO), "{}", metric.key),
            Compute::Number(_) => assert_eq!(nothing, Value::Number("0".to_owned()), "{}", metric.key),
            _ => assert_eq!(nothing, Value::Null, "{}", metric.key),
        }
    }
    assert_eq!(value("roi", &[(Sum::Revenue, money("5"))]), Value::Null, "never a false 0 %");
}

#[test]
fn formulas() {
    let sums = [
        (Sum::Clicks, 3),
        (Sum::UniqueCampaign, 2),
        (Sum::Conversions, 4),
        (Sum::Leads, 1),
        (Sum::Sales, 2),
        (Sum::Rejected, 1),
        (Sum::Cost, money("0.03")),
        (Sum::Revenue, money("10")),
        (Sum::RevenueConfirmed, money("7.5")),
        (Sum::ConvertMs, 10_500),
    ];
    let number = |text: &str| Value::Number(text.to_owned());
    let amount = |text: &str| Value::Money(text.parse().unwrap());
    assert_eq!(value("cr", &sums), number("133.333333"));
    assert_eq!(value("approve", &sums), number("50"));
    assert_eq!(value("profit", &sums), amount("9.97"));
    assert_eq!(value("roi", &sums), number("33233.333333"));
    assert_eq!(value("roas", &sums), number("333.333333"));
    assert_eq!(value("epc", &sums), amount("3.333333333"));
    assert_eq!(value("uepc", &sums), amount("5"));
    assert_eq!(value("ecpm", &sums), amount("3333.333333333"));
    assert_eq!(value("cpa", &sums), amount("0.0075"));
    assert_eq!(value("aov", &sums), amount("2.5"));
    assert_eq!(value("unique_rate", &sums), number("66.666667"));
    assert_eq!(value("time_to_convert", &sums), number("2.625"));
    assert_eq!(value("roi", &[(Sum::Cost, money("2"))]), number("-100"));
    assert_eq!(
        value("event_7", &[(Sum::Event(7), money("-2.5")), (Sum::Event(8), money("1"))]),
        number("-2.5")
    );
}

#[test]
fn division_rounds_half_away_from_zero() {
    assert_eq!(divide(5, 1, 2), Some(3));
    assert_eq!(divide(-5, 1, 2), Some(-3));
    assert_eq!(divide(5, 1, -2), Some(-3));
    assert_eq!(divide(-5, 1, -2), Some(3));
    assert_eq!(divide(4, 1, 3), Some(1));
    assert_eq!(divide(1, 1, 0), None);
    assert_eq!(number(Some(-1)), Value::Number("-0.000001".to_owned()));
    assert_eq!(number(Some(1_500_000)), Value::Number("1.5".to_owned()));
}

#[test]
fn keys_are_unique_and_json_has_the_right_types() {
    let keys: std::collections::HashSet<&str> = METRICS.iter().map(|metric| metric.key).collect();
    assert_eq!(keys.len(), METRICS.len());
    let json = |value: Value| serde_json::to_string(&value).unwrap();
    assert_eq!(json(Value::Null), "null");
    assert_eq!(json(Value::Count(3)), "3");
    assert_eq!(json(Value::Money("1.25".parse().unwrap())), "\"1.25\"");
    assert_eq!(json(Value::Number("133.333333".to_owned())), "133.333333");
}
