//! How a value is written in each kind of place of a page.

use crate::respond::escape;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Text, or an attribute that is only text.
    Text,
    /// An attribute that holds an address.
    Address,
    /// A string of a script, or an attribute that is one.
    Script,
    /// A style, or a page within an attribute: nothing but letters and digits is safe.
    Style,
}

impl Place {
    /// Of an attribute by its name in lower case.
    pub(super) fn of_attribute(name: &str) -> Self {
        const ADDRESSES: &[&str] = &[
            "action",
            "background",
            "cite",
            "content",
            "data",
            "formaction",
            "href",
            "longdesc",
            "manifest",
            "ping",
            "poster",
            "profile",
            "src",
            "srcset",
            "imagesrcset",
            "usemap",
            "xlink:href",
            "xml:base",
        ];
        match name {
            "style" | "srcdoc" => Self::Style,
            _ if name.starts_with("on") => Self::Script,
            _ if ADDRESSES.contains(&name) || name.starts_with("data-") && name.ends_with("href") => {
                Self::Address
            }
            _ => Self::Text,
        }
    }

    /// Writes what a visitor sent.
    pub(super) fn write(self, value: &str, out: &mut String) {
        match self {
            Self::Text => escape::html(value, out),
            Self::Address => out.extend(utf8_percent_encode(value, NON_ALPHANUMERIC)),
            Self::Script => escape::script(value, out),
            Self::Style => out.extend(value.chars().filter(char::is_ascii_alphanumeric)),
        }
    }

    /// Writes an address of our own.
    pub(super) fn write_own(self, address: &str, out: &mut String) {
        match self {
            Self::Text | Self::Address => escape::html(address, out),
            Self::Script => escape::script(address, out),
            Self::Style => {}
        }
    }
}
