//! From characters to words, each with its place.

use super::{CHARACTERS_MAX, Comparison, FormulaError, Operation};

/// Digits before and after the point of a number.
const WHOLE_DIGITS_MAX: usize = 18;
const FRACTION_DIGITS_MAX: usize = 9;
/// Longest name.
const NAME_MAX: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    Number(String),
    Name(String),
    Operation(Operation),
    Comparison(Comparison),
    Open,
    Close,
    Comma,
}

/// A word and the position of its first character, counted from 1.
pub(super) type Placed = (usize, Word);

pub(super) fn error(position: usize, reason: impl Into<String>) -> FormulaError {
    FormulaError { position, reason: reason.into() }
}

/// The words of `text`, and the position behind its end.
pub(super) fn words(text: &str) -> Result<(Vec<Placed>, usize), FormulaError> {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() > CHARACTERS_MAX {
        return Err(error(CHARACTERS_MAX + 1, format!("is longer than {CHARACTERS_MAX} characters")));
    }
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(&first) = characters.get(at) {
        if first.is_whitespace() {
            at += 1;
            continue;
        }
        let (word, length) = if first.is_ascii_digit() || first == '.' {
            number(&characters[at..], at + 1)?
        } else if first.is_ascii_alphabetic() || first == '_' {
            name(&characters[at..], at + 1)?
        } else {
            sign(&characters[at..], at + 1)?
        };
        words.push((at + 1, word));
        at += length;
    }
    Ok((words, characters.len() + 1))
}

fn number(rest: &[char], position: usize) -> Result<(Word, usize), FormulaError> {
    let digits = |from: &[char]| from.iter().take_while(|c| c.is_ascii_digit()).count();
    let whole = digits(rest);
    let fraction = if rest.get(whole) == Some(&'.') { Some(digits(&rest[whole + 1..])) } else { None };
    let length = whole + fraction.map_or(0, |fraction| fraction + 1);
    if whole + fraction.unwrap_or_default() == 0 {
        return Err(error(position, "a point without digits"));
    }
    if whole > WHOLE_DIGITS_MAX || fraction.is_some_and(|fraction| fraction > FRACTION_DIGITS_MAX) {
        let reason = format!(
            "a number with more than {WHOLE_DIGITS_MAX} digits before or {FRACTION_DIGITS_MAX} behind the point"
        );
        return Err(error(position, reason));
    }
    match rest.get(length) {
        Some(next) if next.is_ascii_alphabetic() || *next == '_' || *next == '.' => {
            Err(error(position + length, format!("{next:?} does not belong to a number")))
        }
        _ => Ok((Word::Number(rest[..length].iter().collect()), length)),
    }
}

fn name(rest: &[char], position: usize) -> Result<(Word, usize), FormulaError> {
    let length = rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').count();
    if length > NAME_MAX {
        return Err(error(position, format!("a name longer than {NAME_MAX} characters")));
    }
    Ok((Word::Name(rest[..length].iter().collect::<String>().to_ascii_lowercase()), length))
}

fn sign(rest: &[char], position: usize) -> Result<(Word, usize), FormulaError> {
    let second = rest.get(1).copied();
    Ok(match (rest[0], second) {
        ('<', Some('=')) => (Word::Comparison(Comparison::AtMost), 2),
        ('>', Some('=')) => (Word::Comparison(Comparison::AtLeast), 2),
        ('<', Some('>')) | ('!', Some('=')) => (Word::Comparison(Comparison::NotEqual), 2),
        ('=', Some('=')) => (Word::Comparison(Comparison::Equal), 2),
        ('=', _) => (Word::Comparison(Comparison::Equal), 1),
        ('<', _) => (Word::Comparison(Comparison::Less), 1),
        ('>', _) => (Word::Comparison(Comparison::Greater), 1),
        ('≤', _) => (Word::Comparison(Comparison::AtMost), 1),
        ('≥', _) => (Word::Comparison(Comparison::AtLeast), 1),
        ('≠', _) => (Word::Comparison(Comparison::NotEqual), 1),
        ('+', _) => (Word::Operation(Operation::Add), 1),
        ('-' | '−', _) => (Word::Operation(Operation::Subtract), 1),
        ('*' | '×' | '·', _) => (Word::Operation(Operation::Multiply), 1),
        ('/' | '÷', _) => (Word::Operation(Operation::Divide), 1),
        ('(', _) => (Word::Open, 1),
        (')', _) => (Word::Close, 1),
        (',', _) => (Word::Comma, 1),
        (other, _) => return Err(error(position, format!("{other:?} means nothing here"))),
    })
}
