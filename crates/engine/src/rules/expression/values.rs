//! What expressions can name.

use super::TEXT_BYTES_MAX;
use crate::{
    Request,
    query::cut,
    rules::{
        Scope,
        fact::Lens,
        time::{local, weekday_word},
    },
};
use cel::{
    ExecutionError,
    common::{
        traits::{self, Container, Indexer, Iterable, Sizer},
        types::{CelBool, CelDouble, CelInt, CelList, CelString, MAP_TYPE, Type},
        value::{CowVal, Val},
    },
};
use jiff::tz::TimeZone;
use signalbox_domain::Criterion;

/// What a name stands for.
#[derive(Debug)]
pub(super) enum Variable {
    Text(Lens),
    Flag(Lens),
    /// A whole number; 0 when unknown.
    Number(Lens),
    Fraction(Lens),
    /// Accepted languages, most preferred first.
    Languages,
    Query,
    SubIds,
    /// The headers that the expression names.
    Headers(Vec<String>),
    Time(Time, TimeZone),
    /// Seconds since 1970.
    Seconds,
}

/// Parts of the local time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Time {
    Hour,
    Minute,
    Clock,
    Weekday,
    Date,
}

/// What kind of value a name or a part of an expression has, as far as that can be told without a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Truth,
    Text,
    Number,
    List,
    Map,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }
}

/// Names beside those of criteria.
const MORE: &[&str] = &[
    "brand",
    "model",
    "languages",
    "query",
    "header",
    "sub_id",
    "hour",
    "minute",
    "time",
    "weekday",
    "date",
    "timestamp",
];

/// Every name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let criteria = Criterion::plain().filter(|(_, criterion)| !criterion.is_time()).map(|(name, _)| name);
    criteria.chain(MORE.iter().copied())
}

/// What `name` stands for, with its own spelling of it; `None`: nothing.
pub(super) fn find(name: &str, scope: &Scope<'_>) -> Option<(&'static str, Variable)> {
    let name = names().find(|known| *known == name)?;
    let time = |time| Variable::Time(time, scope.timezone.clone());
    let of = |criterion: &Criterion| Lens::new(criterion, scope);
    let variable = match name {
        "languages" => Variable::Languages,
        "query" => Variable::Query,
        "header" => Variable::Headers(Vec::new()),
        "sub_id" => Variable::SubIds,
        "hour" => time(Time::Hour),
        "minute" => time(Time::Minute),
        "time" => time(Time::Clock),
        "weekday" => time(Time::Weekday),
        "date" => time(Time::Date),
        "timestamp" => Variable::Seconds,
        "brand" => Variable::Text(of(&Criterion::DeviceBrand)),
        "model" => Variable::Text(of(&Criterion::DeviceModel)),
        _ => {
            let (_, criterion) = Criterion::plain().find(|(known, _)| *known == name)?;
            match criterion {
                flag if flag.is_flag() => Variable::Flag(of(flag)),
                Criterion::Percent => Variable::Fraction(of(criterion)),
                Criterion::Asn | Criterion::IpVersion => Variable::Number(of(criterion)),
                count if count.is_stream_count() => Variable::Number(of(count)),
                text => Variable::Text(of(text)),
            }
        }
    };
    Some((name, variable))
}

impl Variable {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Text(_) | Self::Time(Time::Clock | Time::Weekday | Time::Date, _) => Kind::Text,
            Self::Flag(_) => Kind::Truth,
            Self::Number(_) | Self::Fraction(_) | Self::Seconds | Self::Time(..) => Kind::Number,
            Self::Languages => Kind::List,
            Self::Query | Self::SubIds | Self::Headers(_) => Kind::Map,
        }
    }

    pub(super) const fn counts_clicks(&self) -> bool {
        matches!(self, Self::Number(Lens::Clicks { .. }))
    }

    /// Its value for a request.
    pub(super) fn value<'a>(&self, request: &Request<'a>) -> Box<dyn Val + 'a> {
        match self {
            Self::Text(lens) => lens.text(request, |text, _| boxed_text(text.to_owned())),
            Self::Flag(lens) => Box::new(CelBool::from(lens.text(request, |text, _| text == "true"))),
            Self::Number(lens) => {
                let nanos = lens.number(request).unwrap_or_default().nanos();
                number(i64::try_from(nanos / 1_000_000_000).unwrap_or(i64::MAX))
            }
            Self::Fraction(lens) => {
                let nanos = lens.number(request).unwrap_or_default().nanos();
                Box::new(CelDouble::from(nanos as f64 / 1e9))
            }
            Self::Languages => {
                let tags = request.visitor.languages.split(',').filter(|tag| !tag.is_empty());
                let tags = tags.take(traits_max()).map(|tag| boxed_text(tag.to_owned()));
                Box::new(CelList::from(tags.collect::<Vec<_>>()))
            }
            Self::Query => {
                let entries = request.query.iter();
                let entries = entries.map(|(name, value)| (Key::Name(text(name)), text(value)));
                Box::new(Texts(entries.collect()))
            }
            Self::Headers(names) => {
                let sent = |name: &String| Some((name.clone(), request.headers.header(name)?));
                let entries = names.iter().filter_map(sent);
                let entries = entries.map(|(name, value)| (Key::Name(CelString::from(name)), text(value)));
                Box::new(Texts(entries.collect()))
            }
            Self::SubIds => {
                let entries = request.params.sub_ids_sent();
                let entries =
                    entries.map(|(number, value)| (Key::Number(i64::from(number).into()), text(value)));
                Box::new(Texts(entries.collect()))
            }
            Self::Seconds => number(request.now.0.div_euclid(1000)),
            Self::Time(part, timezone) => match local(request.now, timezone) {
                None => boxed_text(String::new()),
                Some(now) => match part {
                    Time::Hour => number(now.hour().into()),
                    Time::Minute => number(now.minute().into()),
                    Time::Clock => boxed_text(format!("{:02}:{:02}", now.hour(), now.minute())),
                    Time::Weekday => boxed_text(weekday_word(now.date()).to_owned()),
                    Time::Date => boxed_text(now.date().to_string()),
                },
            },
        }
    }
}

/// Most entries of a list or map of the click.
pub(super) const fn traits_max() -> usize {
    crate::query::PARAMETERS_MAX
}

fn text(text: &str) -> CelString<'_> {
    CelString::from(cut(text, TEXT_BYTES_MAX))
}

fn boxed_text<'a>(mut text: String) -> Box<dyn Val + 'a> {
    text.truncate(cut(&text, TEXT_BYTES_MAX).len());
    Box::new(CelString::from(text))
}

fn number<'a>(number: i64) -> Box<dyn Val + 'a> {
    Box::new(CelInt::from(number))
}

/// Texts by name (in any case) or number. What is not there is empty; `in` and `has` tell whether it is.
#[derive(Debug, Clone)]
struct Texts<'t>(Vec<(Key<'t>, CelString<'t>)>);

#[derive(Debug, Clone)]
enum Key<'t> {
    Name(CelString<'t>),
    Number(CelInt),
}

impl<'t> Texts<'t> {
    fn find(&self, wanted: &dyn Val) -> Option<&CelString<'t>> {
        let name = wanted.downcast_ref::<CelString<'_>>();
        let number = wanted.downcast_ref::<CelInt>();
        let found = self.0.iter().find(|(key, _)| match key {
            Key::Name(key) => name.is_some_and(|name| name.inner().eq_ignore_ascii_case(key.inner())),
            Key::Number(key) => number.is_some_and(|number| number.inner() == key.inner()),
        });
        found.map(|(_, value)| value)
    }
}

impl Val for Texts<'_> {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }
}

impl Container for Texts<'_> {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.find(value).is_some())
    }
}

impl Sizer for Texts<'_> {
    fn size(&self) -> CelInt {
        CelInt::from(i64::try_from(self.0.len()).unwrap_or(i64::MAX))
    }
}

impl Indexer for Texts<'_> {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Ok(match self.find(index) {
            Some(value) => CowVal::Borrowed(value),
            None => CowVal::owned(CelString::from("")),
        })
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(index).map(CowVal::into_owned)
    }
}

impl Iterable for Texts<'_> {
    fn iter<'b, 'v>(&'b self) -> Box<dyn traits::Iterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        Box::new(Keys(self.0.iter()))
    }
}

struct Keys<'b, 't>(std::slice::Iter<'b, (Key<'t>, CelString<'t>)>);

impl<'b, 't: 'v, 'v> traits::Iterator<'b, 'v> for Keys<'b, 't> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|(key, _)| match key {
            Key::Name(name) => name as &'b (dyn Val + 'v),
            Key::Number(number) => number,
        })
    }
}
