//! Corrections out of a file: a line of names, then a correction in each line.

use super::wish::{Wish, convert};
use crate::{
    error::ApiError,
    report::{is_dimension, resolve},
    types::{Condition, CostFileError, CostFileInput, Filter, FilterOp, Range},
};
use jiff::tz::TimeZone;
use signalbox_chassis::problem::Problem;
use signalbox_domain::{CostBots, CostOrigin, CostSpread, Currency, Money, Timestamp, Workspace};
use signalbox_warehouse::Range as Moments;
use std::collections::HashMap;

/// Most lines.
pub const LINES_MAX: usize = 1_000;
/// Most columns.
const COLUMNS_MAX: usize = 60;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number of the line, counted from 1 with the line of names.
    pub line: u32,
    /// What it asks for, or what is wrong with it.
    pub wish: Result<Wish, Vec<CostFileError>>,
}

/// What a column says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Date,
    From,
    To,
    Cost(CostSpread),
    Currency,
    Timezone,
    Spread,
    Mode,
    Bots,
    OnlyUnique,
    Note,
    TokenNumber,
    TokenValue,
    Dimension(String),
    Ignored,
}

fn column(name: &str) -> Option<Column> {
    Some(match name {
        "date" | "day" => Column::Date,
        "from" | "start" | "start_date" => Column::From,
        "to" | "end" | "end_date" => Column::To,
        "cost" | "amount" | "spend" | "total" => Column::Cost(CostSpread::Total),
        "cpc" | "per_click" => Column::Cost(CostSpread::PerClick),
        "currency" => Column::Currency,
        "timezone" | "tz" => Column::Timezone,
        "spread" => Column::Spread,
        "mode" => Column::Mode,
        "bots" => Column::Bots,
        "only_unique" | "unique" => Column::OnlyUnique,
        "note" | "comment" => Column::Note,
        "token_number" => Column::TokenNumber,
        "token_value" => Column::TokenValue,
        "" => Column::Ignored,
        "campaign_id" => Column::Dimension("campaign".to_owned()),
        name if is_dimension(name) => Column::Dimension(name.to_owned()),
        _ => return None,
    })
}

/// The campaigns of a workspace by what people call them.
#[derive(Debug, Default)]
pub struct Campaigns(pub HashMap<String, Vec<String>>);

impl Campaigns {
    /// The id of the one campaign with this id, link name or name.
    pub(super) fn find(&self, text: &str) -> Result<String, String> {
        match self.0.get(&text.trim().to_lowercase()).map(Vec::as_slice) {
            Some([one]) => Ok(one.clone()),
            Some([_, ..]) => Err(format!("several campaigns are called {text:?}; use the id")),
            _ => Err(format!("no campaign has the id, link name or name {text:?}")),
        }
    }
}

/// The lines of a file.
///
/// # Errors
/// 422 for a file that is no table or names a column that is none.
pub fn read(
    input: &CostFileInput,
    workspace: &Workspace,
    (campaigns, now): (&Campaigns, Timestamp),
) -> Result<Vec<Row>, ApiError> {
    let wrong = |reason: String| ApiError::from(Problem::invalid_field("text", reason));
    let text = input.text.trim_start_matches('\u{feff}');
    let separator = separator(text.lines().next().unwrap_or_default());
    let mut lines = table(text, separator).map_err(wrong)?.into_iter();
    let (_, names) = lines.next().ok_or_else(|| wrong("is empty".to_owned()))?;
    if names.len() > COLUMNS_MAX {
        return Err(wrong(format!("has more than {COLUMNS_MAX} columns")));
    }
    let mut columns = Vec::new();
    for name in &names {
        let plain = name.trim().to_lowercase().replace([' ', '-'], "_");
        let known = column(&plain);
        columns.push(known.ok_or_else(|| {
            wrong(format!("has a column {name:?}, which is neither a dimension nor another known column"))
        })?);
    }
    let reader = Reader { input, workspace, campaigns, now, names: &names, columns: &columns };
    let rows: Vec<Row> = lines
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()))
        .map(|(line, cells)| Row { line, wish: reader.wish(line, &cells) })
        .collect();
    match rows.len() {
        0 => Err(wrong("has no line but the names".to_owned())),
        count if count > LINES_MAX => Err(wrong(format!("has {count} lines; at most {LINES_MAX} are read"))),
        _ => Ok(rows),
    }
}

struct Reader<'r> {
    input: &'r CostFileInput,
    workspace: &'r Workspace,
    campaigns: &'r Campaigns,
    now: Timestamp,
    names: &'r [String],
    columns: &'r [Column],
}

/// What is known of a line so far.
#[derive(Default)]
struct Draft {
    from: Option<String>,
    to: Option<String>,
    amount: Option<Money>,
    spread: CostSpread,
    currency: Option<Currency>,
    timezone: Option<String>,
    adds: bool,
    bots: Option<CostBots>,
    only_unique: bool,
    note: String,
    token: Option<String>,
    filters: Vec<Condition>,
}

impl Reader<'_> {
    fn wish(&self, line: u32, cells: &[String]) -> Result<Wish, Vec<CostFileError>> {
        let (mut draft, mut errors) = (Draft::default(), Vec::new());
        if cells.len() > self.columns.len() {
            let reason = format!("has {} cells and there are {} names", cells.len(), self.columns.len());
            errors.push(CostFileError { field: "line".to_owned(), reason });
        }
        for ((column, name), cell) in self.columns.iter().zip(self.names).zip(cells) {
            let cell = cell.trim();
            if cell.is_empty() {
                continue;
            }
            if let Err(reason) = self.cell(&mut draft, column, cell) {
                errors.push(CostFileError { field: name.trim().to_owned(), reason });
            }
        }
        match self.finish(line, draft) {
            Ok(wish) if errors.is_empty() => Ok(wish),
            Ok(_) => Err(errors),
            Err((field, reason)) => {
                if errors.is_empty() {
                    errors.push(CostFileError { field, reason });
                }
                Err(errors)
            }
        }
    }

    fn cell(&self, draft: &mut Draft, column: &Column, cell: &str) -> Result<(), String> {
        match column {
            Column::Date => (draft.from, draft.to) = (Some(cell.to_owned()), Some(cell.to_owned())),
            Column::From => draft.from = Some(cell.to_owned()),
            Column::To => draft.to = Some(cell.to_owned()),
            Column::Cost(spread) => {
                let text = if cell.contains('.') { cell.to_owned() } else { cell.replace(',', ".") };
                draft.amount = Some(text.parse().map_err(|error| format!("{cell:?} {error}"))?);
                draft.spread = *spread;
            }
            Column::Currency => {
                let code = cell.to_uppercase();
                draft.currency =
                    Some(code.parse().map_err(|_| format!("{cell:?} is not a currency such as USD"))?);
            }
            Column::Timezone => draft.timezone = Some(cell.to_owned()),
            Column::Spread => {
                draft.spread =
                    word(cell, &[("total", CostSpread::Total), ("per_click", CostSpread::PerClick)])?;
            }
            Column::Mode => draft.adds = word(cell, &[("replace", false), ("add", true)])?,
            Column::Bots => {
                let words = [
                    ("include", CostBots::Include),
                    ("exclude", CostBots::Exclude),
                    ("only", CostBots::Only),
                ];
                draft.bots = Some(word(cell, &words)?);
            }
            Column::OnlyUnique => {
                let words = [
                    ("true", true),
                    ("yes", true),
                    ("1", true),
                    ("false", false),
                    ("no", false),
                    ("0", false),
                ];
                draft.only_unique = word(cell, &words)?;
            }
            Column::Note => draft.note = cell.to_owned(),
            Column::TokenNumber => {
                let number: u8 =
                    cell.parse().map_err(|_| format!("{cell:?} is not a number from 1 to 30"))?;
                draft.token = Some(format!("sub_id_{number}"));
            }
            Column::TokenValue => {
                let field = draft.token.clone().ok_or("needs a token number before it")?;
                draft.filters.push(equals(&field, cell));
            }
            Column::Dimension(key) if key == "campaign" => {
                draft.filters.push(equals(key, &self.campaigns.find(cell)?));
            }
            Column::Dimension(key) => draft.filters.push(equals(key, cell)),
            Column::Ignored => {}
        }
        Ok(())
    }

    fn finish(&self, line: u32, draft: Draft) -> Result<Wish, (String, String)> {
        let named = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
        let amount = draft.amount.ok_or_else(|| named("cost", "is missing"))?;
        if amount.is_negative() {
            return Err(named("cost", "must not be below 0"));
        }
        if draft.from.is_none() {
            return Err(named("date", "is missing"));
        }
        let timezone = draft.timezone.or_else(|| self.input.timezone.clone());
        let timezone = timezone.unwrap_or_else(|| self.workspace.timezone.clone());
        let zone = TimeZone::get(&timezone)
            .map_err(|_| named("timezone", "is not an IANA timezone such as Europe/Berlin or UTC"))?;
        let range = Range { token: None, to: draft.to.or_else(|| draft.from.clone()), from: draft.from };
        let first = |invalid: signalbox_domain::Invalid| {
            let reason = invalid.0.into_iter().next().map(|error| error.reason);
            ("date".to_owned(), reason.unwrap_or_default())
        };
        let Moments::Custom { from, to } = resolve(&range, &zone).map_err(first)? else {
            return Err(named("date", "is missing"));
        };
        if from > self.now {
            return Err(named("date", "is in the future"));
        }
        let currency = draft.currency.or(self.input.currency).unwrap_or(self.workspace.currency);
        let converted = convert(self.workspace, (amount, currency), (to, self.now))
            .map_err(|_| named("currency", "has no rate that was in force then; add one to the workspace"))?;
        Ok(Wish {
            origin: CostOrigin::File,
            from,
            to,
            timezone,
            filters: draft.filters,
            bots: draft.bots.unwrap_or_else(|| self.input.bots.into()),
            only_unique: draft.only_unique,
            spread: draft.spread,
            amount,
            currency,
            converted,
            adds: draft.adds,
            note: draft.note,
            idempotency_key: self.input.idempotency_key.as_ref().map(|key| format!("{key}/{line}")),
        })
    }
}

fn word<T: Copy>(cell: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| cell.eq_ignore_ascii_case(word));
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    found.map(|(_, value)| *value).ok_or_else(|| format!("{cell:?} is not one of {}", known.join(", ")))
}

pub(super) fn equals(field: &str, value: &str) -> Condition {
    Condition::Filter(Filter {
        field: field.to_owned(),
        op: FilterOp::Equals,
        values: vec![value.to_owned()],
    })
}

/// The separator that the line of names has most of.
fn separator(line: &str) -> char {
    let count = |separator: char| line.matches(separator).count();
    [';', '\t', ','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(',')
}

/// Lines and their cells (RFC 4180): a cell in quotes may hold separators, line ends and doubled quotes.
pub fn table(text: &str, separator: char) -> Result<Vec<(u32, Vec<String>)>, String> {
    let mut rows = Vec::new();
    let (mut cells, mut cell) = (Vec::new(), String::new());
    let (mut line, mut begins, mut quoted) = (1_u32, 1_u32, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        line += u32::from(character == '\n');
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            _ if quoted => cell.push(character),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => {
                cells.push(std::mem::take(&mut cell));
                rows.push((begins, std::mem::take(&mut cells)));
                begins = line;
            }
            _ if character == separator => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(character),
        }
    }
    if quoted {
        return Err(format!("has a quote in line {begins} that is never closed"));
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        rows.push((begins, cells));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
