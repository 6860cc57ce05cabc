//! Names within an archive.

use signalbox_domain::hosted_page::PATH_MAX;

/// Deepest folder.
const DEPTH_MAX: usize = 12;

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
