//! Where in a page a macro stands: enough of HTML's tokenizer to choose how a value has to be written there.

/// How a value is written so that it stays a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// As it is: no page.
    None,
    /// Text of the page, or a quoted attribute.
    Text,
    /// An attribute without quotes.
    Unquoted,
    /// The beginning of an address: no scheme that runs something.
    Address { quoted: bool },
    /// Within the path of an address.
    AddressPath,
    /// Within the query or fragment of an address.
    AddressQuery,
    /// Within a script, a style, or an attribute that holds one.
    Script,
    /// A place where no value is safe: nothing is written.
    Nowhere,
}

/// Attributes that hold an address.
const ADDRESSES: &[&str] = &[
    "href",
    "src",
    "action",
    "formaction",
    "poster",
    "data",
    "cite",
    "background",
    "xlink:href",
    "ping",
    "manifest",
    "longdesc",
    "codebase",
    "srcset",
    "imagesrcset",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// After `<`.
    Open,
    /// After `<!`.
    Bang,
    Declaration,
    Comment,
    TagName,
    /// Between attributes.
    Tag,
    Name,
    AfterName,
    BeforeValue,
    Value(Option<char>),
    /// Within `script` or `style`, up to its end tag.
    Raw,
}

/// Walks through the literal parts of a page.
pub(super) struct Page {
    state: State,
    tag: String,
    attribute: String,
    /// The literal beginning of the attribute's value.
    value: String,
    /// Whether a macro stood in the value before.
    filled: bool,
    /// The last characters of a comment or a raw element.
    tail: String,
}

impl Page {
    pub(super) fn new() -> Self {
        Self {
            state: State::Text,
            tag: String::new(),
            attribute: String::new(),
            value: String::new(),
            filled: false,
            tail: String::new(),
        }
    }

    /// Goes on over literal text.
    pub(super) fn read(&mut self, text: &str) {
        text.chars().for_each(|character| self.step(character.to_ascii_lowercase()));
    }

    fn step(&mut self, character: char) {
        let blank = character.is_ascii_whitespace();
        match self.state {
            State::Text if character == '<' => self.state = State::Open,
            State::Text => {}
            State::Open => match character {
                '!' => self.enter(State::Bang),
                '<' => {}
                '/' | 'a'..='z' => {
                    self.tag.clear();
                    self.tag.push(character);
                    self.state = State::TagName;
                }
                _ => self.state = State::Text,
            },
            State::Bang => match (self.tail.as_str(), character) {
                ("", '-') => self.tail.push('-'),
                ("-", '-') => self.enter(State::Comment),
                (_, '>') => self.state = State::Text,
                _ => self.state = State::Declaration,
            },
            State::Declaration if character == '>' => self.state = State::Text,
            State::Declaration => {}
            State::Comment => self.comment(character),
            State::TagName => match character {
                '>' => self.end_of_tag(),
                '/' => self.state = State::Tag,
                _ if blank => self.state = State::Tag,
                _ => self.tag.push(character),
            },
            State::Tag | State::AfterName => match character {
                '>' => self.end_of_tag(),
                '=' if self.state == State::AfterName => self.state = State::BeforeValue,
                '/' => self.state = State::Tag,
                _ if blank => {}
                _ => {
                    self.attribute.clear();
                    self.attribute.push(character);
                    self.state = State::Name;
                }
            },
            State::Name => match character {
                '>' => self.end_of_tag(),
                '=' => self.state = State::BeforeValue,
                '/' => self.state = State::Tag,
                _ if blank => self.state = State::AfterName,
                _ => self.attribute.push(character),
            },
            State::BeforeValue => match character {
                '>' => self.end_of_tag(),
                '"' | '\'' => self.begin_value(Some(character)),
                _ if blank => {}
                _ => {
                    self.begin_value(None);
                    self.value.push(character);
                }
            },
            State::Value(Some(quote)) if character == quote => self.state = State::Tag,
            State::Value(None) if character == '>' => self.end_of_tag(),
            State::Value(None) if blank => self.state = State::Tag,
            State::Value(_) => self.value.push(character),
            State::Raw => {
                self.remember(character);
                if self.tail.strip_prefix("</") == Some(self.tag.as_str()) {
                    self.tag.insert(0, '/');
                    self.state = State::TagName;
                }
            }
        }
    }

    fn enter(&mut self, state: State) {
        self.tail.clear();
        self.state = state;
    }

    fn begin_value(&mut self, quote: Option<char>) {
        self.value.clear();
        self.filled = false;
        self.state = State::Value(quote);
    }

    fn comment(&mut self, character: char) {
        // Nothing yet, a first dash, text, text and a dash, two dashes, those and `!`: `<!-->` and `<!--->` are comments of their own.
        self.tail = match (self.tail.as_str(), character) {
            ("" | "-" | "--" | "--!", '>') => return self.enter(State::Text),
            ("", '-') => "-",
            ("-" | "x-" | "--", '-') => "--",
            (_, '-') => "x-",
            ("--", '!') => "--!",
            _ => "x",
        }
        .to_owned();
    }

    /// Keeps as many characters as an end tag of the element has.
    fn remember(&mut self, character: char) {
        self.tail.push(character);
        let end_tag = self.tag.len() + 2;
        while self.tail.len() > end_tag {
            self.tail.remove(0);
        }
    }

    fn end_of_tag(&mut self) {
        let raw = ["script", "style"].contains(&self.tag.as_str());
        self.enter(if raw { State::Raw } else { State::Text });
    }

    /// How a macro that stands here is written.
    pub(super) fn macro_here(&mut self) -> Escape {
        match self.state {
            State::Text | State::Comment => Escape::Text,
            State::Raw => Escape::Script,
            State::BeforeValue => {
                self.begin_value(None);
                self.in_value(false)
            }
            State::Value(quote) => self.in_value(quote.is_some()),
            _ => Escape::Nowhere,
        }
    }

    fn in_value(&mut self, quoted: bool) -> Escape {
        let first = self.value.trim().is_empty() && !self.filled;
        self.filled = true;
        let attribute = self.attribute.as_str();
        let refresh = attribute == "content" && self.value.trim_end().ends_with("url=");
        if attribute.starts_with("on") || matches!(attribute, "style" | "srcdoc") {
            Escape::Script
        } else if refresh || first && ADDRESSES.contains(&attribute) {
            Escape::Address { quoted }
        } else if ADDRESSES.contains(&attribute) {
            match self.value.contains(['?', '#']) {
                true => Escape::AddressQuery,
                false => Escape::AddressPath,
            }
        } else if quoted {
            Escape::Text
        } else {
            Escape::Unquoted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Escape, Page};

    /// How a macro at `@` is written.
    fn at(page: &str) -> Escape {
        let (before, _) = page.split_once('@').unwrap();
        let mut walker = Page::new();
        walker.read(before);
        walker.macro_here()
    }

    #[test]
    fn places_of_a_page_are_told_apart() {
        for (page, expected) in [
            ("@", Escape::Text),
            ("<p>Hello @</p>", Escape::Text),
            ("a < b @", Escape::Text),
            ("<!doctype html><title>@", Escape::Text),
            ("<!-- @ -->", Escape::Text),
            ("<!-- <script> --> @", Escape::Text),
            ("<!-- a - b -- c --> <p class=\"@", Escape::Text),
            ("<!--><script>@", Escape::Script),
            ("<!---><script>@", Escape::Script),
            ("<!-- x --!><script>@", Escape::Script),
            ("<!-- x ---><script>@", Escape::Script),
            ("<p title=\"@\">", Escape::Text),
            ("<p title='a @'>", Escape::Text),
            ("<p title=@>", Escape::Unquoted),
            ("<p title = x@>", Escape::Unquoted),
            ("<p title=\"x\" lang=@>", Escape::Unquoted),
            ("<a href=\"@\">", Escape::Address { quoted: true }),
            ("<a HREF=@>", Escape::Address { quoted: false }),
            ("<a href=\"/x/@\">", Escape::AddressPath),
            ("<a href='https://a.example/?b=@'>", Escape::AddressQuery),
            ("<meta http-equiv=\"refresh\" content=\"0;URL=@\">", Escape::Address { quoted: true }),
            ("<meta name=x content=\"@\">", Escape::Text),
            ("<a onclick=\"go('@')\">", Escape::Script),
            ("<a ONCLICK=go('@')>", Escape::Script),
            ("<p style=\"color:@\">", Escape::Script),
            ("<iframe srcdoc=\"@\">", Escape::Script),
            ("<script>var a='@'", Escape::Script),
            ("<script src=\"x\">if (a < b) { @", Escape::Script),
            ("<SCRIPT>a</SCRIPT><p>@", Escape::Text),
            ("<script>'</scriptx'</script ><p>@", Escape::Text),
            ("<style>p { color: @", Escape::Script),
            ("<style>p{}</style>@", Escape::Text),
            ("<@", Escape::Nowhere),
            ("<p @>", Escape::Nowhere),
            ("<p dat@>", Escape::Nowhere),
            ("<br/>@", Escape::Text),
            ("<img src=x / alt=\"@", Escape::Text),
        ] {
            assert_eq!(at(page), expected, "{page}");
        }
    }
}
