//! Finding macros in a text, and what each of them means.

use super::{
    Field,
    date::DateFormat,
    hash::Hash,
    name::{self, Macro},
};
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;

/// A piece of a template.
pub(super) enum Piece<'t> {
    Text(&'t str),
    Macro(Written<'t>),
}

/// A macro as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'t> {
    /// `{_name}`.
    pub(super) raw: bool,
    name: &'t str,
    argument: Option<&'t str>,
    hash: Option<Hash>,
    /// The whole of it, with its braces.
    pub(super) whole: &'t str,
}

/// Splits a template. `{name}` and CPV Lab's `{!name!}` are macros whatever the name, Prosper202's `[[name]]` when the name is known.
pub(super) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut rest, mut text) = (template, 0);
    while let Some(open) = rest[text..].find(['{', '[']).map(|position| position + text) {
        let opened = &rest[open..];
        match braces(opened).or_else(|| brackets(opened)) {
            Some(written) => {
                if open > 0 {
                    pieces.push(Piece::Text(&rest[..open]));
                }
                rest = &opened[written.whole.len()..];
                text = 0;
                pieces.push(Piece::Macro(written));
            }
            // A brace that opens no macro is only a character.
            None => text = open + 1,
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

fn braces(opened: &str) -> Option<Written<'_>> {
    let inside = opened.strip_prefix('{')?;
    let end = inside.find(['{', '}']).filter(|&end| inside.as_bytes()[end] == b'}')?;
    let whole = &opened[..end + 2];
    let inside = &inside[..end];
    let inside = inside.strip_prefix('!').and_then(|inside| inside.strip_suffix('!')).unwrap_or(inside);
    written(inside, whole)
}

fn brackets(opened: &str) -> Option<Written<'_>> {
    let inside = opened.strip_prefix("[[")?;
    let end = inside.find("]]")?;
    let written = written(&inside[..end], &opened[..end + 4])?;
    let name = written.name.to_ascii_lowercase();
    let known = name == "random"
        || name.starts_with("utm_")
        || name == "gclid"
        || name::always_empty(&name).is_some();
    (known || name::find(&name).is_some()).then_some(written)
}

/// `[_]name[:argument][|hash]`.
fn written<'t>(inside: &'t str, whole: &'t str) -> Option<Written<'t>> {
    let (raw, inside) = inside.strip_prefix('_').map_or((false, inside), |inside| (true, inside));
    let hashed = inside.rsplit_once('|').and_then(|(rest, hash)| Some((rest, Hash::find(hash)?)));
    let (inside, hash) = hashed.map_or((inside, None), |(rest, hash)| (rest, Some(hash)));
    let (name, argument) = match inside.split_once(':') {
        Some((name, argument)) => (name, Some(argument)),
        None => (inside, None),
    };
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if name.is_empty() || !name.bytes().all(named) {
        return None;
    }
    let mut written = Written { raw, name, argument, hash, whole };
    // `{md5:name}` and Binom's `{t1_md5}` are other ways to write `{name|md5}`.
    if let (Some(hash), Some(of)) = (Hash::find(&name.to_ascii_lowercase()), argument) {
        let (name, argument) = of.split_once(':').map_or((of, None), |(name, rest)| (name, Some(rest)));
        if !name.is_empty() && name.bytes().all(named) {
            written = Written { name, argument, hash: Some(hash), ..written };
        }
    } else if let Some((of, hash)) = name.rsplit_once('_').and_then(|(of, hash)| {
        let known = name::find(&of.to_ascii_lowercase()).is_some();
        Some((of, Hash::find(&hash.to_ascii_lowercase()).filter(|_| known)?))
    }) {
        written = Written { name: of, hash: Some(hash), ..written };
    }
    Some(written)
}

/// Gives macros their meaning.
pub(super) struct Reader<'a> {
    timezone: &'a TimeZone,
    serial: u64,
    pub(super) warnings: Vec<String>,
}

/// What a macro means, and the text for when it is empty.
pub(super) struct Meaning {
    pub(super) field: Field,
    pub(super) default: String,
}

impl<'a> Reader<'a> {
    pub(super) fn new(timezone: &'a TimeZone) -> Self {
        Self { timezone, serial: 0, warnings: Vec::new() }
    }

    /// Whether this is a macro by its name, rather than a parameter of the query that happens to be called so.
    pub(super) fn knows(written: &Written<'_>) -> bool {
        let name = written.name.to_ascii_lowercase();
        matches!(name.as_str(), "date" | "random" | "sample" | "var")
            || name::time_format(&name).is_some()
            || name::find(&name).is_some()
    }

    pub(super) fn meaning(&mut self, written: &Written<'_>) -> Meaning {
        let argument = written.argument.map(|argument| percent_decode_str(argument).decode_utf8_lossy());
        let (what, default) = self.resolve(written.name, argument.as_deref());
        let field = Field { what, hash: written.hash, serial: self.serial };
        self.serial += 1;
        Meaning { field, default: default.to_owned() }
    }

    fn resolve<'t>(&mut self, name: &str, argument: Option<&'t str>) -> (Macro, &'t str) {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "date" => (self.date(argument.unwrap_or("")), ""),
            "random" => (self.random(argument), ""),
            "sample" => {
                let choices = argument.unwrap_or("").split(',').map(|choice| choice.trim().into());
                (Macro::Sample(choices.collect()), "")
            }
            // Voluum's way to name a parameter.
            "var" => (Macro::Query(argument.unwrap_or("").into()), ""),
            _ => {
                if let Some(format) = name::time_format(&name) {
                    return (self.date(format), "");
                }
                if let Some(complaint) = name::always_empty(&name) {
                    self.warnings.push(complaint);
                    return (Macro::Nothing, "");
                }
                let found = name::find(&name);
                if found.is_none() {
                    self.warnings.extend(name::complaint(&name));
                }
                let default = match (&found, argument) {
                    (Some(Macro::Plain(plain)), Some(text)) if name::is_foreign_option(*plain, text) => "",
                    (_, argument) => argument.unwrap_or(""),
                };
                (found.unwrap_or_else(|| Macro::Query(name.as_str().into())), default)
            }
        }
    }

    fn date(&mut self, format: &str) -> Macro {
        let (format, complaint) = DateFormat::parse(format, self.timezone);
        self.warnings.extend(complaint);
        Macro::Date(format)
    }

    fn random(&mut self, argument: Option<&str>) -> Macro {
        let Some(argument) = argument else { return Macro::Random { min: 1, max: 1_000_000 } };
        let ends = argument.split_once(',').and_then(|(min, max)| {
            let (min, max): (i64, i64) = (min.trim().parse().ok()?, max.trim().parse().ok()?);
            (min <= max).then_some((min, max))
        });
        match ends {
            Some((min, max)) => Macro::Random { min, max },
            None => {
                let reason = "needs two whole numbers such as {random:1,100}: it is always 0";
                self.warnings.push(format!("{{random:{argument}}} {reason}"));
                Macro::Random { min: 0, max: 0 }
            }
        }
    }
}
