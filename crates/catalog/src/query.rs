//! Questions a store answers: equality on declared paths, a range on the path that orders, pages by cursor.
//! Nothing here can ask by an undeclared path or for more than [`PAGE_MAX`] documents.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{INDEXED_BYTES_MAX, check_id, indexed_value};
use crate::{CollectionSpec, Document, Error, Result};

/// Largest page.
pub const PAGE_MAX: u16 = 500;

/// A value that can be indexed and asked by. A path holds one of the three kinds, never a mixture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// `true` or `false`.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Text, compared byte by byte.
    Text(String),
}

/// What a list is ordered by; ties are broken by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrderBy {
    /// By id (configuration ids follow time).
    #[default]
    Id,
    /// By a declared path; documents without a value there are left out.
    Path(&'static str),
}

/// Where a page ended; pass it on to get the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Value of the ordering path at the last document; `None` when ordered by id.
    pub key: Option<Key>,
    /// Id of the last document.
    pub id: String,
}

/// A question to one collection.
#[derive(Debug, Clone)]
pub struct Query {
    /// Paths that must hold exactly these values.
    pub equals: Vec<(&'static str, Key)>,
    /// What to order by.
    pub order: OrderBy,
    /// Largest first.
    pub descending: bool,
    /// Smallest value of the ordering key that is wanted.
    pub from: Option<Key>,
    /// First value of the ordering key that is no longer wanted.
    pub below: Option<Key>,
    /// Continue after this place.
    pub after: Option<Cursor>,
    /// Page size, 1 to [`PAGE_MAX`].
    pub limit: u16,
    /// For system scopes only: restrict to one workspace.
    pub workspace: Option<String>,
}

/// A stored document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damaged {
    /// Collection it lies in.
    pub collection: &'static str,
    /// Its id.
    pub id: String,
    /// Why it cannot be read.
    pub reason: String,
}

/// One page of answers.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The documents in order.
    pub documents: Vec<Document>,
    /// Documents of this page that cannot be read.
    pub damaged: Vec<Damaged>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            equals: Vec::new(),
            order: OrderBy::Id,
            descending: false,
            from: None,
            below: None,
            after: None,
            limit: 100,
            workspace: None,
        }
    }
}

// === impl Query ===

impl Query {
    /// Everything, by id, 100 a page.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only documents whose `path` holds `value`.
    #[must_use]
    pub fn eq(mut self, path: &'static str, value: impl Into<Key>) -> Self {
        self.equals.push((path, value.into()));
        self
    }

    /// Order by a declared path.
    #[must_use]
    pub const fn order_by(mut self, path: &'static str) -> Self {
        self.order = OrderBy::Path(path);
        self
    }

    /// Largest first.
    #[must_use]
    pub const fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Ordering key at least `value`.
    #[must_use]
    pub fn from(mut self, value: impl Into<Key>) -> Self {
        self.from = Some(value.into());
        self
    }

    /// Ordering key smaller than `value`.
    #[must_use]
    pub fn below(mut self, value: impl Into<Key>) -> Self {
        self.below = Some(value.into());
        self
    }

    /// Continue after a cursor.
    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }

    /// Page size.
    #[must_use]
    pub const fn limit(mut self, limit: u16) -> Self {
        self.limit = limit;
        self
    }

    /// Only one workspace (system scopes).
    #[must_use]
    pub fn workspace(mut self, workspace: impl Into<String>) -> Self {
        self.workspace = Some(workspace.into());
        self
    }

    /// Checks the question against the declaration of its collection.
    pub(crate) fn check(&self, spec: &CollectionSpec) -> Result<()> {
        if self.limit == 0 || self.limit > PAGE_MAX {
            return Err(Error::invalid("limit", format!("must be between 1 and {PAGE_MAX}")));
        }
        let ordering = match self.order {
            OrderBy::Id => None,
            OrderBy::Path(path) => Some(path),
        };
        for path in self.equals.iter().map(|(path, _)| *path).chain(ordering) {
            if !spec.declares(path) {
                return Err(Error::invalid(path, format!("is not indexed in {}", spec.name)));
            }
        }
        for (path, key) in &self.equals {
            key.check(path)?;
        }
        if let Some(cursor) = &self.after {
            check_id(&cursor.id).map_err(|_| Error::invalid("cursor", "was not made by this list"))?;
            if cursor.key.is_some() != ordering.is_some() {
                return Err(Error::invalid("cursor", "belongs to a list in another order"));
            }
        }
        Ok(())
    }

    /// Cuts one document more than asked for into a page and the place where it ends.
    pub(crate) fn page(&self, mut found: Vec<Result<Document>>) -> Result<Page> {
        let more = found.len() > usize::from(self.limit);
        found.truncate(usize::from(self.limit));
        let next = match found.last() {
            Some(last) if more => Some(self.place(last)?),
            _ => None,
        };
        let mut page = Page { next, ..Page::default() };
        for item in found {
            match item {
                Ok(document) => page.documents.push(document),
                Err(Error::Corrupt { collection, id, reason }) => {
                    page.damaged.push(Damaged { collection, id, reason });
                }
                Err(other) => return Err(other),
            }
        }
        Ok(page)
    }

    /// Where a page with this last document ends.
    fn place(&self, last: &Result<Document>) -> Result<Cursor> {
        match (last, self.order) {
            (Ok(document), OrderBy::Id) => Ok(Cursor { key: None, id: document.id.clone() }),
            (Ok(document), OrderBy::Path(path)) => {
                Ok(Cursor { key: indexed_value(&document.body, path)?, id: document.id.clone() })
            }
            (Err(Error::Corrupt { id, .. }), OrderBy::Id) => Ok(Cursor { key: None, id: id.clone() }),
            (Err(Error::Corrupt { collection, id, reason }), OrderBy::Path(_)) => {
                Err(Error::Corrupt { collection, id: id.clone(), reason: reason.clone() })
            }
            (Err(other), _) => Err(Error::unavailable(other.to_string())),
        }
    }
}

// === impl Key ===

impl Key {
    pub(crate) fn check(&self, path: &str) -> Result<()> {
        match self {
            Self::Text(text) if text.len() > INDEXED_BYTES_MAX => {
                Err(Error::invalid(path, format!("must be at most {INDEXED_BYTES_MAX} bytes long")))
            }
            Self::Text(text) if text.contains('\0') => {
                Err(Error::invalid(path, "must not contain the character U+0000"))
            }
            _ => Ok(()),
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Key {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Key {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Bool(flag) => Self::Bool(flag),
            Key::Int(number) => number.into(),
            Key::Text(text) => Self::String(text),
        }
    }
}

// === impl Cursor ===

impl Cursor {
    /// Text form for URLs: letters and digits only. Opaque to callers, stable across restarts.
    #[must_use]
    pub fn encode(&self) -> String {
        let value = serde_json::json!([self.key, self.id]);
        value.to_string().bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `cursor` when the text was not made by [`Cursor::encode`].
    pub fn decode(text: &str) -> Result<Self> {
        let refuse = || Error::invalid("cursor", "was not made by this list: start from the first page");
        let hex = text.as_bytes();
        if hex.len() > 4 * (INDEXED_BYTES_MAX + crate::ID_BYTES_MAX) || !hex.len().is_multiple_of(2) {
            return Err(refuse());
        }
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let bytes: Option<Vec<u8>> =
            hex.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect();
        let (key, id) = bytes.and_then(|b| serde_json::from_slice(&b).ok()).ok_or_else(refuse)?;
        Ok(Self { key, id })
    }
}
