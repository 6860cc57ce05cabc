//! Puts the layers on top of each other, remembers where each value came from, and collects every problem.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::{
    Settings,
    checks::Violation,
    describe::Description,
    env,
    error::{SettingsError, SettingsProblem, Source},
    hints::{kind_of, nearest, same_kind},
    resolve::{as_table, expand, unknown_placeholders},
};

/// The documented defaults.
pub(super) const DEFAULT_TOML: &str = include_str!("../../default.toml");

/// Keys that hold a secret: hidden when shown, and readable from a file that `…_FILE` names.
pub(super) const SECRETS: &[&str] =
    &["catalog.url", "catalog.secret_key", "warehouse.url", "journal.kafka_options", "api.mail_url"];

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub value: Value,
    pub source: Source,
}

/// All values by key (`section.key`).
pub(super) type Leaves = BTreeMap<String, Leaf>;

/// Gathers the sources of a configuration. Later sources win: default, file, environment, single values.
#[derive(Clone, Debug, Default)]
pub struct Loader {
    file: Option<PathBuf>,
    environment: BTreeMap<String, String>,
    given: Vec<(String, String)>,
}

impl Loader {
    /// Adds the operator's file.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Adds environment variables; those that do not begin with `SIGNALBOX__` are passed over.
    #[must_use]
    pub fn environment(mut self, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(pairs);
        self
    }

    /// Adds this process's environment variables.
    #[must_use]
    pub fn process_environment(self) -> Self {
        self.environment(env::of_this_process())
    }

    /// Sets one key (`traffic.listen`), written as in an environment variable. For command line options and tests.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.given.push((key.into(), value.into()));
        self
    }

    /// Reads, merges and checks everything.
    ///
    /// # Errors
    /// All problems of all sources at once.
    pub fn load(self) -> Result<Settings, SettingsError> {
        let mut merge = Merge::of_defaults();
        if let Some(path) = &self.file {
            merge.add_file(path);
        }
        merge.add_environment(&self.environment);
        for (key, text) in &self.given {
            merge.add_text(key, text, Source::Given);
        }
        merge.finish()
    }
}

struct Merge {
    defaults: Leaves,
    leaves: Leaves,
    problems: Vec<SettingsProblem>,
}

impl Merge {
    #[expect(clippy::expect_used, reason = "default.toml is compiled in and a test loads it")]
    fn of_defaults() -> Self {
        let table: Table = DEFAULT_TOML.parse().expect("default.toml is TOML");
        let mut leaves = Leaves::new();
        for (section, keys) in table {
            for (key, value) in keys.as_table().cloned().unwrap_or_default() {
                leaves.insert(format!("{section}.{key}"), Leaf { value, source: Source::Default });
            }
        }
        Self { defaults: leaves.clone(), leaves, problems: Vec::new() }
    }

    fn problem(&mut self, key: &str, source: Source, reason: impl Into<String>, fix: impl Into<String>) {
        let (reason, fix) = (reason.into(), fix.into());
        self.problems.push(SettingsProblem { key: key.to_owned(), source, reason, fix });
    }

    fn add_file(&mut self, path: &Path) {
        let source = Source::File(path.to_owned());
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let fix =
                    "Check the path given with --config or SIGNALBOX_CONFIG and that this user may read it.";
                return self.problem("", source, format!("the file cannot be read: {error}"), fix);
            }
        };
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                // Only the message and the line: the library's own text repeats the line, which may hold a secret.
                let line = error
                    .span()
                    .map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
                let reason = format!("the file is not TOML: line {line}: {}", error.message());
                let fix = "Write [section] and below it key = value; texts stand in quotes.";
                return self.problem("", source, reason, fix);
            }
        };
        for (section, keys) in table {
            match keys {
                Value::Table(keys) => {
                    for (key, value) in keys {
                        self.add_value(&format!("{section}.{key}"), value, &source);
                    }
                }
                _ => self.unknown(&section, source.clone()),
            }
        }
    }

    fn add_value(&mut self, key: &str, value: Value, source: &Source) {
        let Some(default) = self.defaults.get(key) else {
            return self.unknown(key, source.clone());
        };
        if !same_kind(&default.value, &value) {
            let reason = format!("{} is given", kind_of(&value));
            let fix = format!("Write {} such as {}.", kind_of(&default.value), default.value);
            return self.problem(key, source.clone(), reason, fix);
        }
        self.leaves.insert(key.to_owned(), Leaf { value, source: source.clone() });
    }

    fn add_environment(&mut self, environment: &BTreeMap<String, String>) {
        for (variable, text) in environment {
            let Some(key) = env::key_of(variable) else { continue };
            if self.defaults.contains_key(&key) {
                self.add_text(&key, text, Source::Environment(variable.clone()));
                continue;
            }
            match key.strip_suffix("_file") {
                Some(key) if self.defaults.contains_key(key) => {
                    self.add_secret_file(key, variable, text, environment)
                }
                _ => self.unknown(&key, Source::Environment(variable.clone())),
            }
        }
    }

    fn add_secret_file(
        &mut self,
        key: &str,
        variable: &str,
        path: &str,
        environment: &BTreeMap<String, String>,
    ) {
        let source = Source::SecretFile { variable: variable.to_owned(), path: PathBuf::from(path) };
        let direct = env::variable_of(key);
        if !SECRETS.contains(&key) {
            let reason = "only secrets are read from files";
            return self.problem(key, source, reason, format!("Set {direct} instead."));
        }
        if environment.contains_key(&direct) {
            let reason = format!("{direct} and {variable} are both set");
            return self.problem(key, source, reason, "Remove one of them.");
        }
        match std::fs::read_to_string(path) {
            Ok(text) => self.add_text(key, text.trim_end_matches(['\r', '\n']), source),
            Err(error) => {
                let fix = format!("Check the path in {variable} and that this user may read the file.");
                self.problem(key, source, format!("the file cannot be read: {error}"), fix);
            }
        }
    }

    fn add_text(&mut self, key: &str, text: &str, source: Source) {
        let Some(default) = self.defaults.get(key) else {
            return self.unknown(key, source);
        };
        match env::parse_as(&default.value, text) {
            Ok(value) => {
                self.leaves.insert(key.to_owned(), Leaf { value, source });
            }
            Err(reason) => {
                let fix = format!("Write {} such as {}.", kind_of(&default.value), default.value);
                self.problem(key, source, reason, fix);
            }
        }
    }

    fn unknown(&mut self, key: &str, source: Source) {
        let fix = match nearest(key, self.defaults.keys()) {
            Some(near) if matches!(source, Source::Environment(_)) => {
                format!("Did you mean {}?", env::variable_of(near))
            }
            Some(near) => format!("Did you mean {near}?"),
            None => "Remove it; docs/configuration.md lists every key.".to_owned(),
        };
        self.problem(key, source, "there is no such setting", fix);
    }

    fn finish(mut self) -> Result<Settings, SettingsError> {
        expand(&mut self.leaves);
        expand(&mut self.defaults);
        let mut settings = self.deserialize()?;
        for violation in violations(&settings).into_iter().chain(unknown_placeholders(&self.leaves)) {
            let Violation { key, reason, fix } = violation;
            // A key that already has a problem was put back to its default; do not judge it twice.
            if !self.problems.iter().any(|problem| problem.key == key) {
                let source = self.leaves.get(&key).map_or(Source::Default, |leaf| leaf.source.clone());
                self.problem(&key, source, reason, fix);
            }
        }
        if !self.problems.is_empty() {
            return Err(SettingsError { problems: self.problems });
        }
        settings.description = Description::of(&self.leaves);
        Ok(settings)
    }

    /// Deserializes; a value that its type refuses is noted and put back to its default, until all are noted.
    fn deserialize(&mut self) -> Result<Settings, SettingsError> {
        loop {
            let error = match serde_path_to_error::deserialize(as_table(&self.leaves)) {
                Ok(settings) => return Ok(settings),
                Err(error) => error,
            };
            let path = error.path().to_string();
            let key = path.split('[').next().unwrap_or_default().to_owned();
            let reason = error.into_inner().message().to_owned();
            match (self.leaves.get(&key), self.defaults.get(&key)) {
                (Some(leaf), Some(default)) if leaf.source != Source::Default => {
                    let fix = format!("The default is {}.", default.value);
                    let source = leaf.source.clone();
                    self.leaves.insert(key.clone(), default.clone());
                    self.problem(&key, source, reason, fix);
                }
                _ => {
                    self.problem(
                        &key,
                        Source::Default,
                        reason,
                        "This is a defect of the program; please report it.",
                    );
                    return Err(SettingsError { problems: std::mem::take(&mut self.problems) });
                }
            }
        }
    }
}

fn violations(settings: &Settings) -> Vec<Violation> {
    let mut all = settings.instance.check();
    all.extend(settings.journal.check());
    all.extend(settings.warehouse.check());
    all.extend(settings.detection.check());
    all.extend(settings.traffic.check());
    all.extend(settings.postback.check());
    all.extend(settings.api.check());
    all.extend(settings.telemetry.check());
    all
}
