use super::*;
use num_bigint::BigInt;
use proptest::prelude::*;

fn value(text: &str, sums: &[(Sum, i128)]) -> Option<BigRational> {
    let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    formula.value(&|wanted| sums.iter().find(|(sum, _)| *sum == wanted).map_or(0, |(_, amount)| *amount))
}

fn fraction(numerator: i64, denominator: i64) -> Option<BigRational> {
    Some(BigRational::new(BigInt::from(numerator), BigInt::from(denominator)))
}

const NANO: i128 = 1_000_000_000;

#[test]
fn formulas_come_to_exact_fractions() {
    let sums = [(Sum::Clicks, 3), (Sum::Sales, 2), (Sum::Cost, NANO / 2), (Sum::Revenue, 10 * NANO)];
    for (text, expected) in [
        ("1 + 2 × 3 − 4 ÷ 2", fraction(5, 1)),
        ("(1 + 2) * -3", fraction(-9, 1)),
        ("--2 - -3", fraction(5, 1)),
        ("0.1 + 0.2", fraction(3, 10)),
        (".5*2.", fraction(1, 1)),
        ("sales / clicks", fraction(2, 3)),
        ("Revenue - COST", fraction(19, 2)),
        ("roi / 100", fraction(19, 1)),
        ("epc", fraction(10, 3)),
        ("cr_sales", fraction(200, 3)),
        ("min(clicks, sales, 5)", fraction(2, 1)),
        ("max(clicks, sales) + abs(1 - 4)", fraction(6, 1)),
        ("if(clicks >= 3, revenue, cost)", fraction(10, 1)),
        ("if(sales <> 2, 1, if(cost < 1, 7, 8))", fraction(7, 1)),
        ("if(sales = 2, 1, clicks / 0)", fraction(1, 1)),
        ("revenue / leads", None),
        ("cpl + 1", None),
        ("min(cpl, 1)", None),
        ("if(cpl > 1, 1, 2)", None),
        ("coalesce(cpl, cps, 0)", fraction(1, 4)),
        ("1 / (clicks - 3)", None),
    ] {
        assert_eq!(value(text, &sums), expected, "{text}");
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, position, part) in [
        ("", 1, "expected a number"),
        ("1 +", 4, "expected a number"),
        ("1 + )", 5, "expected a number"),
        ("(clicks", 8, "closing parenthesis"),
        ("clicks sales", 8, "operator"),
        ("2 × clickz", 5, "did you mean clicks?"),
        ("gain", 1, "not a built-in metric"),
        ("sum(clicks)", 1, "not a function"),
        ("if(clicks, 1, 2)", 10, "comparison"),
        ("if(clicks > 1, 1)", 17, "comma"),
        ("min(clicks)", 1, "at least two"),
        ("clicks; DROP", 7, "means nothing"),
        ("1.2.3", 4, "does not belong"),
        ("1e9", 2, "does not belong"),
        ("'a'", 1, "means nothing"),
        ("1234567890123456789", 1, "digits"),
        ("0.1234567890", 1, "digits"),
        ("größe", 3, "means nothing"),
    ] {
        let error = Formula::parse(text).unwrap_err();
        assert_eq!(error.position, position, "{text}: {error}");
        assert!(error.reason.contains(part), "{text}: {error}");
    }
}

#[test]
fn size_is_bounded() {
    let deep = format!("{}1{}", "(".repeat(30), ")".repeat(30));
    assert!(Formula::parse(&deep).unwrap_err().reason.contains("deeper"));
    assert!(Formula::parse(&"-".repeat(400)).unwrap_err().reason.contains("deeper"));
    let wide = vec!["1"; 240].join("+");
    assert!(Formula::parse(&wide).unwrap_err().reason.contains("more than"));
    let long = "1 + ".repeat(200);
    assert_eq!(Formula::parse(&long).unwrap_err().position, CHARACTERS_MAX + 1);
    assert!(Formula::parse(&"é".repeat(501)).unwrap_err().reason.contains("longer"));
}

#[test]
fn stored_as_text() {
    let formula = Formula::parse("revenue / clicks").unwrap();
    let json = serde_json::to_string(&formula).unwrap();
    assert_eq!(json, "\"revenue / clicks\"");
    assert_eq!(serde_json::from_str::<Formula>(&json).unwrap(), formula);
    assert!(serde_json::from_str::<Formula>("\"revenue /\"").is_err());
}

/// A formula as the independent evaluator sees it.
#[derive(Debug, Clone)]
enum Plain {
    /// Hundredths.
    Number(i64),
    Clicks,
    Cost,
    Epc,
    Negative(Box<Plain>),
    Binary(char, Box<Plain>, Box<Plain>),
    Extreme(bool, Vec<Plain>),
    Choice(Box<[Plain; 4]>),
    Coalesce(Vec<Plain>),
}

/// A value of the independent evaluator: a fraction of machine integers, or null; `Err`: beyond what it can hold.
type Checked = Result<Option<(i128, i128)>, ()>;

fn reduced(numerator: i128, denominator: i128) -> Checked {
    let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let divisor = i128::try_from(a.max(1)).map_err(drop)? * denominator.signum();
    Ok(Some((numerator / divisor, denominator / divisor)))
}

fn compare(left: (i128, i128), right: (i128, i128)) -> Result<std::cmp::Ordering, ()> {
    let (l, r) = (left.0.checked_mul(right.1).ok_or(())?, right.0.checked_mul(left.1).ok_or(())?);
    Ok(l.cmp(&r))
}

impl Plain {
    fn text(&self) -> String {
        let list = |items: &[Self]| items.iter().map(Self::text).collect::<Vec<_>>().join(" , ");
        match self {
            Self::Number(hundredths) => format!("{}.{:02}", hundredths / 100, hundredths % 100),
            Self::Clicks => "clicks".to_owned(),
            Self::Cost => "cost".to_owned(),
            Self::Epc => "epc".to_owned(),
            Self::Negative(inner) => format!("-({})", inner.text()),
            Self::Binary(sign, left, right) => format!("({}){sign}({})", left.text(), right.text()),
            Self::Extreme(max, items) => format!("{}({})", if *max { "max" } else { "min" }, list(items)),
            Self::Choice(parts) => {
                let [left, right, then, otherwise] = parts.each_ref().map(Self::text);
                format!("if({left}<={right},{then},{otherwise})")
            }
            Self::Coalesce(items) => format!("coalesce({})", list(items)),
        }
    }

    fn value(&self, clicks: i128, cost: i128, revenue: i128) -> Checked {
        let of = |plain: &Self| plain.value(clicks, cost, revenue);
        match self {
            Self::Number(hundredths) => reduced((*hundredths).into(), 100),
            Self::Clicks => Ok(Some((clicks, 1))),
            Self::Cost => reduced(cost, NANO),
            Self::Epc if clicks == 0 => Ok(None),
            Self::Epc => reduced(revenue, clicks * NANO),
            Self::Negative(inner) => Ok(of(inner)?.map(|(n, d)| (-n, d))),
            Self::Binary(sign, left, right) => {
                let (Some((a, b)), Some((c, d))) = (of(left)?, of(right)?) else { return Ok(None) };
                let times = |x: i128, y: i128| x.checked_mul(y).ok_or(());
                match sign {
                    '+' => reduced(times(a, d)?.checked_add(times(c, b)?).ok_or(())?, times(b, d)?),
                    '−' => reduced(times(a, d)?.checked_sub(times(c, b)?).ok_or(())?, times(b, d)?),
                    '×' => reduced(times(a, c)?, times(b, d)?),
                    _ if c == 0 => Ok(None),
                    _ => reduced(times(a, d)?, times(b, c)?),
                }
            }
            Self::Extreme(max, items) => {
                let mut best = None;
                for item in items {
                    let Some(found) = of(item)? else { return Ok(None) };
                    let better = match best {
                        None => true,
                        Some(known) => (compare(found, known)? == std::cmp::Ordering::Greater) == *max,
                    };
                    best = if better { Some(found) } else { best };
                }
                Ok(best)
            }
            Self::Choice(parts) => {
                let [left, right, then, otherwise] = &**parts;
                let (Some(left), Some(right)) = (of(left)?, of(right)?) else { return Ok(None) };
                of(if compare(left, right)? == std::cmp::Ordering::Greater { otherwise } else { then })
            }
            Self::Coalesce(items) => {
                for item in items {
                    if let Some(found) = of(item)? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
        }
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    let leaf = prop_oneof![
        (0_i64..5_000).prop_map(Plain::Number),
        Just(Plain::Clicks),
        Just(Plain::Cost),
        Just(Plain::Epc),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let sign = prop_oneof![Just('+'), Just('−'), Just('×'), Just('÷')];
        prop_oneof![
            boxed.clone().prop_map(Plain::Negative),
            (sign, boxed.clone(), boxed).prop_map(|(sign, l, r)| Plain::Binary(sign, l, r)),
            (any::<bool>(), prop::collection::vec(inner.clone(), 2..4))
                .prop_map(|(max, items)| Plain::Extreme(max, items)),
            prop::array::uniform4(inner.clone()).prop_map(|parts| Plain::Choice(Box::new(parts))),
            prop::collection::vec(inner, 2..4).prop_map(Plain::Coalesce),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_independent_evaluator_agrees(
        plain in plain(), clicks in 0_i128..50, cost in -5_000_i128..5_000, revenue in 0_i128..90_000,
    ) {
        let (cost, revenue) = (cost * 1_000_000, revenue * 1_000_000);
        let text = plain.text();
        // Longer ones are refused; bigger values are beyond the other evaluator.
        let Ok(formula) = Formula::parse(&text) else {
            prop_assert!(text.chars().count() > 300, "{}", text);
            return Ok(());
        };
        let Ok(expected) = plain.value(clicks, cost, revenue) else { return Ok(()) };
        let found = formula.value(&|sum| match sum {
            Sum::Clicks => clicks,
            Sum::Cost => cost,
            Sum::Revenue => revenue,
            _ => 0,
        });
        let expected = expected.map(|(n, d)| BigRational::new(BigInt::from(n), BigInt::from(d)));
        prop_assert_eq!(found, expected, "{}", text);
    }

    #[test]
    fn no_text_makes_it_panic(data in prop::collection::vec(any::<u8>(), 0..600)) {
        crate::fuzzing::formula(&data);
    }

    #[test]
    fn nearly_formulas_do_not_make_it_panic(
        text in "(clicks|cost|roi|if|min|max|coalesce|abs|[0-9.]{1,12}|[-+*/(),<>=!]|[×÷−≤] ){0,60}",
    ) {
        crate::fuzzing::formula(text.as_bytes());
    }
}
