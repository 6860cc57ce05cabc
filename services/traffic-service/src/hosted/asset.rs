//! Files of uploaded landing pages, at `/lp/<destination id>/<version>/<path>`.
//!
//! Promises: only regular files below the folder of their version are sent, whatever a path says, with the type their name has and
//! nothing guessed; no folder is listed. A version never changes, so its files may be kept by caches for ever.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use signalbox_domain::{
    DestinationId,
    hosted_page::{PATH_MAX, content_type, is_version},
};
use std::{
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};
use tower_http::services::ServeFile;

/// A file that was asked for, by its name alone: nothing was looked up yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asset {
    destination: DestinationId,
    version: String,
    /// Below the version, each part plain.
    parts: Vec<String>,
    kind: &'static str,
}

/// A part of a path that is a name and nothing else, on any system.
fn is_plain(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('.')
        && !part.ends_with(['.', ' '])
        && !part.contains(|letter: char| letter.is_control() || matches!(letter, '/' | '\\' | ':'))
}

impl Asset {
    /// Reads what follows `/lp/` in a path; `None` when it names no file that could be sent. A path is decoded once, then every part must be
    /// a plain name.
    pub(crate) fn read(rest: &str) -> Option<Self> {
        let mut parts = rest.splitn(3, '/');
        let destination = parts.next()?.parse().ok()?;
        let version = parts.next().filter(|version| is_version(version))?.to_owned();
        let path = percent_decode_str(parts.next()?).decode_utf8().ok()?;
        let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        let plain = path.len() <= PATH_MAX && parts.iter().all(|part| is_plain(part));
        let kind = parts.last().filter(|_| plain).and_then(|name| content_type(name))?;
        Some(Self { destination, version, parts, kind })
    }

    /// The names of the path below the version.
    pub(crate) fn parts(&self) -> &[String] {
        &self.parts
    }

    fn version_folder(&self, root: &Path) -> PathBuf {
        root.join(self.destination.to_string()).join(&self.version)
    }

    /// The file; `None` when there is none, or it is none below its folder (a link that leads out).
    async fn find(&self, root: &Path) -> Option<(PathBuf, std::fs::Metadata)> {
        let folder = tokio::fs::canonicalize(self.version_folder(root)).await.ok()?;
        let path = self.parts.iter().fold(folder.clone(), |path, part| path.join(part));
        let real = tokio::fs::canonicalize(path).await.ok()?;
        if !real.starts_with(&folder) {
            return None;
        }
        let about = tokio::fs::metadata(&real).await.ok().filter(std::fs::Metadata::is_file)?;
        Some((real, about))
    }

    /// The answer; `None` when there is no such file. Files of a version never change: what a browser has, it may keep.
    pub(crate) async fn answer(&self, root: &Path, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let (path, about) = self.find(root).await?;
        let changed = about.modified().ok()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let tag = format!("\"{:x}-{changed:x}\"", about.len());
        let mut response = if holds(headers, &tag) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            let mut response = send(&path, method, headers).await?;
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, HeaderValue::from_str(&tag).ok()?);
        headers
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Some(response)
    }
}

/// Whether the client says that it has the file with this tag.
fn holds(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let mut held = lines.flat_map(|line| line.split(',')).map(|one| one.trim().trim_start_matches("W/"));
    held.any(|one| one == tag || one == "*")
}

/// The file, or the part of it that is asked for, read as it is sent.
async fn send(path: &Path, method: &Method, headers: &HeaderMap) -> Option<Response> {
    let mut request = http::Request::new(Body::empty());
    *request.method_mut() = method.clone();
    if let Some(range) = headers.get(header::RANGE) {
        request.headers_mut().insert(header::RANGE, range.clone());
    }
    let sent = ServeFile::new(path).try_call(request).await.ok()?;
    (sent.status() != StatusCode::NOT_FOUND).then(|| sent.map(Body::new))
}

#[cfg(test)]
mod tests;
