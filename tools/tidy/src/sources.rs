//! What a source file may look like: size, header, and words that never belong in it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Longest file in lines, tests and generated code apart.
pub const FILE_LINES_MAX: usize = 400;
/// Longest function in lines, from `fn` to its closing brace.
pub const FUNCTION_LINES_MAX: usize = 70;

/// Spelled apart so that this file does not find itself.
const BANNED: &[(&str, &str)] = &[
    (concat!("#[", "ignore"), "a test that does not run proves nothing; make it run or delete it"),
    (concat!("todo", "!("), "finish it"),
    (concat!("unimplemented", "!("), "finish it"),
    (concat!("FIX", "ME"), "fix it"),
];

/// A Rust file of the workspace.
pub struct Source {
    /// Path from the root.
    pub path: PathBuf,
    /// Text.
    pub text: String,
}

impl Source {
    fn is_test(&self) -> bool {
        let in_test_folder = self
            .path
            .components()
            .any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "benches" | "examples")));
        in_test_folder || self.path.file_name().is_some_and(|name| name == "tests.rs")
    }

    /// Lines outside the `#[cfg(test)]` module at the end.
    fn product_lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"))
    }

    /// Every rule this file breaks.
    pub fn violations(&self) -> Vec<String> {
        let place = self.path.display();
        let mut found = Vec::new();
        if self.path.file_name().is_some_and(|name| name == "mod.rs") {
            found.push(format!("{place}: modules are foo.rs and foo/, not mod.rs"));
        }
        for (word, fix) in BANNED {
            if self.text.contains(word) {
                found.push(format!("{place}: contains {word}: {fix}"));
            }
        }
        if self.is_test() {
            return found;
        }
        if !self.text.starts_with("//!") {
            found.push(format!(
                "{place}: must open with //! saying what it is, what it promises and what it never does"
            ));
        }
        let lines = self.product_lines().count();
        if lines > FILE_LINES_MAX {
            found.push(format!(
                "{place}: {lines} lines; {FILE_LINES_MAX} are allowed: split it along its ideas"
            ));
        }
        for (name, at, length) in self.functions() {
            if length > FUNCTION_LINES_MAX {
                found.push(format!(
                    "{place}:{at}: fn {name} has {length} lines; {FUNCTION_LINES_MAX} are allowed"
                ));
            }
        }
        found
    }

    /// Functions as (name, first line, length). Relies on rustfmt: a body ends at the first `}` indented like its `fn`.
    fn functions(&self) -> Vec<(String, usize, usize)> {
        let lines: Vec<&str> = self.product_lines().collect();
        let mut found = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let Some(name) = function_name(line.trim_start()) else { continue };
            let closing = format!("{}}}", " ".repeat(indent));
            let declared_only = |line: &str| line.trim_end().ends_with(';');
            let length = lines[index..].iter().position(|line| {
                **line == closing || declared_only(line) && line.len() - line.trim_start().len() <= indent
            });
            found.push((name, index + 1, length.map_or(1, |length| length + 1)));
        }
        found
    }
}

fn function_name(line: &str) -> Option<String> {
    let mut rest = line;
    loop {
        if rest.starts_with("pub(") {
            rest = rest[rest.find(')')? + 1..].trim_start();
        }
        let word_end = rest.find(' ')?;
        match &rest[..word_end] {
            "fn" => break,
            "pub" | "const" | "async" | "unsafe" | "extern" | "\"C\"" => rest = rest[word_end..].trim_start(),
            _ => return None,
        }
    }
    let name = rest.strip_prefix("fn ")?;
    Some(name[..name.find(['(', '<'])?].to_owned())
}

/// Every Rust file below crates, services and tools.
pub fn all() -> io::Result<Vec<Source>> {
    let root = crate::root();
    let mut found = Vec::new();
    for folder in ["crates", "services", "tools"] {
        collect(&root.join(folder), &root, &mut found)?;
    }
    Ok(found)
}

fn collect(folder: &Path, root: &Path, found: &mut Vec<Source>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            let skipped = path.file_name().is_some_and(|name| name == "target" || name == "node_modules");
            if !skipped {
                collect(&path, root, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)?;
            found.push(Source { path: path.strip_prefix(root).unwrap_or(&path).to_owned(), text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: PathBuf::from(path), text: text.to_owned() }
    }

    #[test]
    fn each_rule_finds_its_violation() {
        let body = "    x();\n".repeat(80);
        let long = format!("//! Doc.\npub(crate) async fn long(a: u8) {{\n{body}}}\n");
        assert!(source("crates/a/src/a.rs", &long).violations()[0].contains("fn long has 82 lines"));
        assert!(source("crates/a/src/mod.rs", "//! Doc.\n").violations()[0].contains("mod.rs"));
        assert!(source("crates/a/src/a.rs", "fn a() {}\n").violations()[0].contains("must open with"));
        assert!(
            source("crates/a/src/a.rs", &format!("//! Doc.\n{}", "\n".repeat(400))).violations()[0]
                .contains("401 lines")
        );
        assert_eq!(source("crates/a/src/a.rs", "//! Doc.\nfn a() {\n}\n").violations(), Vec::<String>::new());
        assert!(
            source("crates/a/tests/a.rs", concat!("#[", "ignore]\n")).violations()[0]
                .contains("does not run")
        );
    }
}
