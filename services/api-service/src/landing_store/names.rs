//! Names within an archive, and what may be served under them.

/// Longest path of a file, bytes.
const PATH_MAX: usize = 240;
/// Deepest folder.
const DEPTH_MAX: usize = 12;

/// Extensions that are served, and as what.
const TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("htm", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("txt", "text/plain; charset=utf-8"),
    ("xml", "application/xml"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/x-icon"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("wav", "audio/wav"),
    ("m4a", "audio/mp4"),
    ("pdf", "application/pdf"),
    ("wasm", "application/wasm"),
    ("vtt", "text/vtt; charset=utf-8"),
];

/// What a file is served as, by its extension; `None`: it is not served at all.
pub fn content_type(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    let known = TYPES.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known));
    known.filter(|_| !stem.is_empty()).map(|(_, kind)| *kind)
}

/// Whether a text is the name of a version, and so a safe name of a folder.
pub(super) fn is_version(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&text.len()) && text.bytes().all(plain)
}

/// Whether a packer added it by itself: nobody meant to upload it.
pub(super) fn is_clutter(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    path.starts_with("__MACOSX/")
        || matches!(name, ".DS_Store" | "Thumbs.db" | "desktop.ini")
        || path.split('/').any(|part| part == ".git")
}

/// The parts of a path that stays within its folder.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parts(path: &str) -> Result<Vec<&str>, String> {
    if path.len() > PATH_MAX {
        return Err(format!("has a name of more than {PATH_MAX} bytes"));
    }
    if path.starts_with('/') || path.contains(['\\', ':']) {
        return Err("has an absolute name, a drive or a backslash in its name; pack it with relative names"
            .to_owned());
    }
    if path.contains(|letter: char| letter.is_control()) {
        return Err("has a control character in its name".to_owned());
    }
    let parts: Vec<&str> = path.split('/').collect();
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
        return Err("leads out of its folder or has an empty part in its name".to_owned());
    }
    // Windows drops trailing dots and blanks, so that two names would meet; leading dots hide files.
    if parts.iter().any(|part| part.starts_with('.') || part.ends_with(['.', ' '])) {
        return Err("begins with a dot, or ends with a dot or a blank".to_owned());
    }
    if parts.len() > DEPTH_MAX {
        return Err(format!("lies more than {DEPTH_MAX} folders deep"));
    }
    Ok(parts)
}
