//! What is wrong with a configuration, told so that it can be repaired at the first attempt.

use std::{fmt, path::PathBuf};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The defaults compiled into the program.
    Default,
    /// The operator's file.
    File(PathBuf),
    /// An environment variable, by name.
    Environment(String),
    /// A file that an environment variable ending in `_FILE` names.
    SecretFile {
        /// The variable.
        variable: String,
        /// The file that it names.
        path: PathBuf,
    },
    /// Set by the program: a command line option or a test.
    Given,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::SecretFile { variable, path } => write!(f, "{} named by {variable}", path.display()),
            Self::Given => f.write_str("command line"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// The key, such as `traffic.listen`; empty when a whole file is meant.
    pub key: String,
    /// Where the value came from.
    pub source: Source,
    /// What is wrong. Never contains a secret.
    pub reason: String,
    /// What to do about it.
    pub fix: String,
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{} (from {}). {}", self.reason, self.source, self.fix)
    }
}

/// Everything that is wrong with a configuration. The process must end with [`super::EXIT_CODE`].
#[derive(Clone, Debug, thiserror::Error)]
pub struct SettingsError {
    /// All problems, in the order of the sources. Never empty.
    pub problems: Vec<SettingsProblem>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        write!(f, "the configuration has {count} problem{}:", if count == 1 { "" } else { "s" })?;
        for problem in &self.problems {
            write!(f, "\n  - {problem}")?;
        }
        Ok(())
    }
}
