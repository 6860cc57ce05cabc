//! Uploaded landing pages on the wire.

use super::{Id, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain::DestinationId;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// A ZIP archive as the body of a request.
pub enum Archive {}

impl PartialSchema for Archive {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("A ZIP archive."))
            .into()
    }
}

impl ToSchema for Archive {
    fn name() -> Cow<'static, str> {
        "Archive".into()
    }
}

/// What was uploaded for a landing page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Landing {
    /// The destination.
    #[schema(value_type = Id)]
    pub destination_id: DestinationId,
    /// Version that is served; absent: nothing was uploaded.
    pub current: Option<String>,
    /// Every version that is kept, newest first.
    pub versions: Vec<LandingVersion>,
    /// Files of the version that is served, by path.
    pub files: Vec<LandingFile>,
    /// Shows the page as a visitor sees it, without counting a click; absent when nothing was uploaded.
    pub preview_url: Option<String>,
    /// What an archive may hold.
    pub limits: LandingLimits,
}

/// A version of an uploaded landing page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LandingVersion {
    /// Its name.
    pub version: String,
    /// When it was uploaded.
    pub uploaded_at: Time,
}

/// A file of an uploaded landing page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LandingFile {
    /// Path within the page's folder.
    #[schema(example = "img/hero.webp")]
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// What it is served as.
    #[schema(example = "image/webp")]
    pub content_type: String,
}

/// What an archive may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct LandingLimits {
    /// Bytes of the archive.
    pub archive_bytes_max: u64,
    /// Bytes of all files together, unpacked.
    pub total_bytes_max: u64,
    /// Bytes of one file, unpacked.
    pub file_bytes_max: u64,
    /// Bytes of `index.html`.
    pub page_bytes_max: u64,
    /// Files.
    pub files_max: u64,
}

/// Which version is to be served.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LandingActivation {
    /// One of `versions`.
    pub version: String,
}
