//! What is known about who clicked: filled by `detect`, read by rules, macros and reports.
//!
//! Unknown is a value, never an error: texts are empty, enums say `Unknown`.

use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc};

/// Kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[allow(missing_docs)]
pub enum DeviceType {
    #[default]
    Unknown = 0,
    Desktop = 1,
    Mobile = 2,
    Tablet = 3,
    Tv = 4,
    Console = 5,
    Wearable = 6,
    Bot = 7,
    Other = 8,
}

impl DeviceType {
    /// The word used in rules, macros and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Tablet => "tablet",
            Self::Tv => "tv",
            Self::Console => "console",
            Self::Wearable => "wearable",
            Self::Bot => "bot",
            Self::Other => "other",
        }
    }
}

/// How the visitor is connected, as far as the geo data says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
#[allow(missing_docs)]
pub enum ConnectionType {
    #[default]
    Unknown = 0,
    Cable = 1,
    Cellular = 2,
    Corporate = 3,
    Dialup = 4,
    Satellite = 5,
}

impl ConnectionType {
    /// The word used in rules, macros and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Cable => "cable",
            Self::Cellular => "cellular",
            Self::Corporate => "corporate",
            Self::Dialup => "dialup",
            Self::Satellite => "satellite",
        }
    }
}

/// Why a visit is held to be a machine; `None` is a person as far as anyone can tell. Flagged and visible, never silently dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum BotReason {
    /// No sign of a machine.
    #[default]
    None = 0,
    /// A prefetch or preview header.
    Prefetch = 1,
    /// A HEAD request.
    HeadRequest = 2,
    /// A user agent of a known crawler.
    KnownBot = 3,
    /// An HTTP client library or command-line tool.
    ClientLibrary = 4,
    /// No user agent, or one too short to be a browser's.
    EmptyUserAgent = 5,
    /// An address of a data centre.
    DataCenter = 6,
    /// On a list of the operator.
    OperatorList = 7,
    /// The user agent says so itself: it names a web address, as crawlers do for those who wonder.
    SelfDeclared = 8,
}

impl BotReason {
    /// Whether the visit is held to be a machine.
    pub const fn is_bot(self) -> bool {
        !matches!(self, Self::None)
    }

    /// The word used in rules, traces and reports; empty for a person.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Prefetch => "prefetch",
            Self::HeadRequest => "head_request",
            Self::KnownBot => "known_bot",
            Self::ClientLibrary => "client_library",
            Self::EmptyUserAgent => "empty_user_agent",
            Self::DataCenter => "data_center",
            Self::OperatorList => "operator_list",
            Self::SelfDeclared => "self_declared",
        }
    }
}

/// Where an address is. Names are English; codes are ISO 3166.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Geo {
    /// Two capital letters, or empty.
    pub country: Arc<str>,
    /// Two capital letters (AF AN AS EU NA OC SA), or empty.
    pub continent: Arc<str>,
    /// First-level subdivision, or empty.
    pub region: Arc<str>,
    /// City, or empty.
    pub city: Arc<str>,
    /// Provider or organisation, or empty.
    pub isp: Arc<str>,
    /// Autonomous system number; 0 is unknown.
    pub asn: u32,
    /// Kind of connection.
    pub connection: ConnectionType,
    /// A proxy, VPN or exit node.
    pub proxy: bool,
    /// An address of a hosting provider.
    pub data_center: bool,
}

/// A program and its version (`17.4.1`), empty when unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Software {
    /// Family, such as `Chrome` or `Android`.
    pub name: Arc<str>,
    /// Dotted version.
    pub version: Arc<str>,
}

/// The visitor's device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// Kind.
    pub kind: DeviceType,
    /// Brand, such as `Samsung`.
    pub brand: Arc<str>,
    /// Model, such as `SM-G991B`.
    pub model: Arc<str>,
    /// Operating system.
    pub os: Software,
    /// Browser.
    pub browser: Software,
}

/// Everything known about who clicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Client address, behind trusted proxies only.
    pub ip: IpAddr,
    /// Where it is; shared with whoever else is there.
    pub geo: Arc<Geo>,
    /// What it is; shared with whoever has the same.
    pub device: Arc<Device>,
    /// Two-letter language the visitor prefers most, lower case, or empty.
    pub language: Arc<str>,
    /// Every language the visitor accepts, lower case, most preferred first, joined by commas (`de-at,de,en`); or empty.
    pub languages: Arc<str>,
    /// User agent as sent, capped in length.
    pub user_agent: Arc<str>,
    /// Whether it is a machine, and why.
    pub bot: BotReason,
}

impl Visitor {
    /// A visitor about whom nothing but the address is known.
    pub fn unknown(ip: IpAddr) -> Self {
        Self {
            ip,
            geo: Arc::default(),
            device: Arc::default(),
            language: Arc::default(),
            languages: Arc::default(),
            user_agent: Arc::default(),
            bot: BotReason::None,
        }
    }

    /// Where it is, to be changed for this visitor alone.
    pub fn geo_mut(&mut self) -> &mut Geo {
        Arc::make_mut(&mut self.geo)
    }

    /// What it is, to be changed for this visitor alone.
    pub fn device_mut(&mut self) -> &mut Device {
        Arc::make_mut(&mut self.device)
    }
}
