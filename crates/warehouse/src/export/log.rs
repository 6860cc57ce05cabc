//! A log in full: its times, then every field it can be filtered by.

use super::rows::{Convert, ExportStream};
use super::{Cell, ExportColumn, ExportKind};
use crate::kind::Kind;
use crate::log::{Field, InstanceScope, Log, LogQuery, Reach, export_sql, fields_of, times_of};
use crate::{Error, Warehouse};
use signalbox_domain::{CampaignId, ClickId, ConversionId, Money, Scope};
use std::net::Ipv6Addr;

impl Warehouse {
    /// Every row of a log, newest first; `limit` and `cursor` of the query are not looked at.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field of the query, [`Error::Unavailable`] when ClickHouse does not answer.
    pub fn export_log(&self, scope: &Scope, log: Log, query: &LogQuery) -> Result<ExportStream, Error> {
        self.export_reach(scope.into(), log, query)
    }

    /// The same of records that could not be written, of every workspace and of none.
    ///
    /// # Errors
    /// As for [`Warehouse::export_log`].
    pub fn export_dead_letters(&self, scope: InstanceScope, query: &LogQuery) -> Result<ExportStream, Error> {
        self.export_reach(scope.into(), Log::DeadLetters, query)
    }

    fn export_reach(&self, reach: Reach<'_>, log: Log, query: &LogQuery) -> Result<ExportStream, Error> {
        let times = times_of(log);
        // Moments stand among the times, and the key of a visitor cannot be told by ClickHouse; all else is what it can be filtered by.
        let is_time = |field: &Field| field.kind == Kind::Moment && times.contains(&field.expression);
        let fields: Vec<Field> = fields_of(log)
            .into_iter()
            .filter(|field| field.kind != Kind::VisitorKey && !is_time(field))
            .collect();
        let times_sql = times.iter().map(|time| format!("toString(toUnixTimestamp64Milli({time}))"));
        let fields_sql = fields.iter().map(|field| match field.kind {
            Kind::Boolean => format!("toString(toUInt8({}))", field.expression),
            Kind::Moment => {
                format!("ifNull(toString(toUnixTimestamp64Milli({})), '')", field.expression)
            }
            _ => format!("toString({})", field.expression),
        });
        let select: Vec<String> = times_sql.chain(fields_sql).collect();
        let statement = export_sql(log, reach, query, &select.join(", "))?;
        let time = |key: &&'static str| ExportColumn { key: (*key).to_owned(), kind: ExportKind::Time };
        let field = |field: &Field| ExportColumn { key: field.key.to_owned(), kind: kind_of(field.kind) };
        let columns: Vec<ExportColumn> = times.iter().map(time).chain(fields.iter().map(field)).collect();
        let (count, width) = (times.len(), columns.len());
        let convert: Convert = Box::new(move |raw| {
            if raw.len() != count + fields.len() {
                return Err(Error::Corrupt { reason: "a row of an export is too short".to_owned() });
            }
            let (times, values) = raw.split_at(count);
            let times = times.iter().map(|time| Ok(time.parse().map_or(Cell::Null, Cell::Integer)));
            let values = fields.iter().zip(values).map(|(field, value)| cell(field, value));
            times.chain(values).collect()
        });
        ExportStream::start(self, (&statement.0, statement.1, width), columns, convert)
    }
}

const fn kind_of(kind: Kind) -> ExportKind {
    match kind {
        Kind::Id(of) => ExportKind::Id(of),
        Kind::Number => ExportKind::Integer,
        Kind::Moment => ExportKind::Time,
        Kind::Money => ExportKind::Money,
        Kind::Boolean => ExportKind::Boolean,
        _ => ExportKind::Text,
    }
}

fn cell(field: &Field, raw: &str) -> Result<Cell, Error> {
    let wrong = || Error::Corrupt { reason: format!("{raw:?} is no value of {}", field.key) };
    let number = || raw.parse::<u128>().map_err(|_| wrong());
    Ok(match field.kind {
        Kind::Id(_) => match number()? {
            0 => Cell::Null,
            id => Cell::Text(CampaignId(u64::try_from(id).map_err(|_| wrong())?).to_string()),
        },
        Kind::ClickId => some_id(number()?, |id| ClickId(id).to_string()),
        Kind::ConversionId => some_id(number()?, |id| ConversionId(id).to_string()),
        Kind::Moment => raw.parse().map_or(Cell::Null, Cell::Integer),
        Kind::Number => Cell::Integer(raw.parse().map_err(|_| wrong())?),
        Kind::Money => Cell::Money(raw.parse::<Money>().map_err(|_| wrong())?),
        Kind::Boolean => Cell::Boolean(raw == "1"),
        Kind::Address => match raw.parse::<Ipv6Addr>() {
            Ok(ip) => Cell::Text(ip.to_canonical().to_string()),
            Err(_) => Cell::Null,
        },
        Kind::Word(words) if words.first() == Some(&raw) => Cell::Null,
        _ if raw.is_empty() => Cell::Null,
        _ => Cell::Text(raw.to_owned()),
    })
}

fn some_id(id: u128, text: impl Fn(u128) -> String) -> Cell {
    if id == 0 { Cell::Null } else { Cell::Text(text(id)) }
}
