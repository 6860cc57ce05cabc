//! Understands as much of a statement as the HTTP interface must: is it an INSERT that brings its rows along, where do they
//! begin, which format does the answer have, can the answer be streamed, and is it really one statement.
//!
//! Promises: never changes the meaning of a statement; what it does not understand is left to the engine.
//! Never lets through: a second statement behind a semicolon, or files of this machine read or written by client-side clauses.

pub(crate) mod lexer;

use crate::answer::Problem;
use lexer::{Kind, Lexer, Token};

/// What to do with a statement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Run it as it stands.
    Plain(Plain),
    /// An INSERT whose rows are data in a format, not SQL.
    Rows(Rows),
}

/// A statement that is run as it stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    /// Starts with INSERT: it waits in the queue of writes.
    pub(crate) is_insert: bool,
    /// Starts like a SELECT, the only kind that the engine can stream.
    pub(crate) is_select: bool,
    /// The word after FORMAT at its end, if there is one.
    pub(crate) format: Option<String>,
}

/// An INSERT with rows as data. Positions are bytes in the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    /// Where `FROM INFILE …` belongs.
    pub(crate) source_at: usize,
    /// Where the SQL ends: behind the name of the format, or before VALUES.
    pub(crate) sql_end: usize,
    /// `INSERT … VALUES`: the format has to be written out.
    pub(crate) is_values: bool,
    /// Where the rows begin.
    pub(crate) rows_at: usize,
}

impl Rows {
    /// The statement that reads the rows from a file. The path is ours and needs no escaping.
    pub(crate) fn statement(&self, text: &[u8], path: &str) -> Vec<u8> {
        let mut sql = text[..self.source_at].to_vec();
        sql.extend_from_slice(format!(" FROM INFILE '{path}' COMPRESSION 'none' ").as_bytes());
        sql.extend_from_slice(&text[self.source_at..self.sql_end]);
        if self.is_values {
            sql.extend_from_slice(b" FORMAT Values");
        }
        sql
    }
}

/// Looks at a statement. `has_body`: rows may follow that are not in `text`.
pub(crate) fn analyse(
    text: &[u8],
    has_body: bool,
    is_format: impl Fn(&str) -> bool,
) -> Result<Shape, Problem> {
    let mut lexer = Lexer::new(text);
    let Some(first) = lexer.next() else { return Err(Problem::syntax("the query is empty")) };
    // The engine skips some bytes that are no text at all, and would call the rest an empty success.
    if !first.text.starts_with(b"(") && !first.text[0].is_ascii_alphabetic() {
        return Err(Problem::syntax("a query begins with a word or a parenthesis"));
    }
    if first.is_word("INSERT") {
        return insert(text, lexer, has_body);
    }
    let tokens = check_rest(first, lexer)?;
    // `WITH … INSERT INTO … SELECT`. A column of that name is no harm: the answer is then merely not streamed.
    let is_insert = first.is_word("WITH") && tokens.iter().any(|token| token.is_word("INSERT"));
    let is_select = first.is_word("SELECT") || first.is_word("WITH") || first.is_symbol(b'(');
    let format = output_format(&tokens, is_format);
    Ok(Shape::Plain(Plain { is_insert, is_select: is_select && !is_insert, format }))
}

/// Refuses a second statement and client-side files; gives back the last few tokens.
fn check_rest<'a>(first: Token<'a>, lexer: Lexer<'a>) -> Result<Vec<Token<'a>>, Problem> {
    let mut tail = vec![first];
    let mut ended = first.is_symbol(b';');
    for token in lexer {
        if token.is_symbol(b';') {
            ended = true;
            continue;
        }
        if ended {
            return Err(Problem::syntax("multi-statements are not allowed: send one statement a request"));
        }
        let before = tail.last().copied().unwrap_or(first);
        if before.is_word("INTO") && token.is_word("OUTFILE")
            || before.is_word("FROM") && token.is_word("INFILE")
        {
            return Err(Problem::syntax("INTO OUTFILE and FROM INFILE are not allowed over HTTP"));
        }
        tail.push(token);
    }
    Ok(tail)
}

/// `… FORMAT name [SETTINGS …]` at the end. A column may be called format, so the name has to be one that exists.
fn output_format(tokens: &[Token<'_>], is_format: impl Fn(&str) -> bool) -> Option<String> {
    let named = |pair: &[Token<'_>]| {
        let name = std::str::from_utf8(pair[1].text).ok()?;
        (pair[0].is_word("FORMAT") && pair[1].kind == Kind::Word && is_format(name)).then(|| name.to_owned())
    };
    let last = tokens.windows(2).enumerate().rev().find_map(|(at, pair)| Some((at, named(pair)?)));
    let (at, name) = last?;
    let is_end = tokens.get(at + 2).is_none_or(|next| next.is_word("SETTINGS"));
    is_end.then_some(name)
}

/// `INSERT INTO [TABLE] [FUNCTION] target [PARTITION BY …] [(columns)] [SETTINGS …] (FORMAT name | VALUES | SELECT …)`.
fn insert(text: &[u8], mut lexer: Lexer<'_>, has_body: bool) -> Result<Shape, Problem> {
    let mut depth = 0_u32;
    let mut settings_at = None;
    // The words before the target's first part cannot be clauses, even if a table is called like one.
    let mut token = skip_target(&mut lexer);
    while let Some(now) = token {
        match now.kind {
            Kind::Symbol(b'(' | b'[' | b'{') => depth += 1,
            Kind::Symbol(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            Kind::Word if depth == 0 => {
                if now.is_word("SETTINGS") {
                    settings_at.get_or_insert(now.start);
                } else if now.is_word("FORMAT") {
                    return with_format(text, lexer.next(), settings_at.unwrap_or(now.start));
                } else if now.is_word("VALUES") {
                    return with_values(text, now, lexer, (settings_at.unwrap_or(now.start), has_body));
                } else if ["SELECT", "WITH", "FROM", "WATCH"].iter().any(|word| now.is_word(word)) {
                    break;
                }
            }
            _ => {}
        }
        token = lexer.next();
    }
    let Some(now) = token else {
        return Ok(Shape::Plain(Plain { is_insert: true, is_select: false, format: None }));
    };
    check_rest(now, lexer)?;
    Ok(Shape::Plain(Plain { is_insert: true, is_select: false, format: None }))
}

/// Steps over `INTO [TABLE] [FUNCTION] name`, so that the clauses begin with the token given back.
fn skip_target<'a>(lexer: &mut Lexer<'a>) -> Option<Token<'a>> {
    let mut token = lexer.next()?;
    for word in ["INTO", "TABLE", "FUNCTION"] {
        if token.is_word(word) {
            token = lexer.next()?;
        }
    }
    // A query parameter as the target, `{name:Identifier}`, is stepped over by counting its braces.
    if matches!(token.kind, Kind::Word | Kind::QuotedName) { after_name(lexer) } else { Some(token) }
}

fn after_name<'a>(lexer: &mut Lexer<'a>) -> Option<Token<'a>> {
    let mut next = lexer.next()?;
    while next.is_symbol(b'.') {
        lexer.next()?;
        next = lexer.next()?;
    }
    Some(next)
}

fn with_format(text: &[u8], name: Option<Token<'_>>, source_at: usize) -> Result<Shape, Problem> {
    let Some(name) = name.filter(|name| name.kind == Kind::Word) else {
        return Err(Problem::syntax("FORMAT needs the name of a format behind it"));
    };
    // As the server does: blanks, then at most one line break, then data.
    let mut rows_at = name.end();
    rows_at += text[rows_at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | 0x0c)).count();
    if text.get(rows_at) == Some(&b';') {
        return Err(Problem::syntax("excessive ';' before the data of INSERT"));
    }
    for line_break in *b"\r\n" {
        rows_at += usize::from(text.get(rows_at) == Some(&line_break));
    }
    Ok(Shape::Rows(Rows { source_at, sql_end: name.end(), is_values: false, rows_at }))
}

/// Values inside the statement stay with it (they may be expressions and placeholders); values in the body are data.
fn with_values(
    text: &[u8],
    values: Token<'_>,
    mut lexer: Lexer<'_>,
    rest: (usize, bool),
) -> Result<Shape, Problem> {
    let (source_at, has_body) = rest;
    match lexer.next() {
        None if has_body => {
            Ok(Shape::Rows(Rows { source_at, sql_end: values.start, is_values: true, rows_at: text.len() }))
        }
        None => Ok(Shape::Plain(Plain { is_insert: true, is_select: false, format: None })),
        Some(first) => {
            check_rest(first, lexer)?;
            Ok(Shape::Plain(Plain { is_insert: true, is_select: false, format: None }))
        }
    }
}

#[cfg(test)]
mod tests;
