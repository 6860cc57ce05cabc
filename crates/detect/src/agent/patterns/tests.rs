use super::*;
use crate::agent::lexicon::Lexicon;
use cargo_metadata::MetadataCommand;
use serde::Deserialize;
use std::{fmt::Debug, fs, path::PathBuf, process::Command};

/// A case of uap-core's own tests, of whatever kind.
#[derive(Deserialize)]
struct Case {
    user_agent_string: String,
    family: String,
    major: Option<String>,
    minor: Option<String>,
    patch: Option<String>,
    brand: Option<String>,
    model: Option<String>,
}

#[derive(Deserialize)]
struct Cases {
    test_cases: Vec<Case>,
}

/// The cases that the crate carries beside its patterns.
fn cases(file: &str) -> Vec<Case> {
    // Without a platform cargo would want the packages of all of them.
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(rustc.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let options = ["--offline".to_owned(), "--filter-platform".to_owned(), host.to_owned()];
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).other_options(options).exec().unwrap();
    let package = metadata.packages.iter().find(|package| package.name.as_str() == "ua-parser").unwrap();
    let folder = PathBuf::from(package.manifest_path.parent().unwrap());
    let text = fs::read_to_string(folder.join("uap-core/tests").join(file)).unwrap();
    serde_norway::from_str::<Cases>(&text).unwrap().test_cases
}

/// Compares what is read with what is expected for every case; an empty text is as good as none.
fn check<T: PartialEq + Debug>(file: &str, at_least: usize, read: impl Fn(&Case) -> (T, T)) {
    let cases = cases(file);
    assert!(cases.len() >= at_least, "{} cases in {file}", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let (found, expected) = read(case);
            (found != expected)
                .then(|| format!("{found:?} instead of {expected:?}: {}", case.user_agent_string))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

fn known() -> (Known, Lexicon) {
    let mut writing = Writing::default();
    let known = Known::read(&mut writing).unwrap();
    (known, writing.compile())
}

#[test]
fn every_pattern_can_be_compiled() {
    let (known, _) = known();
    for (there, compiled) in
        [known.browsers.compile_all(), known.systems.compile_all(), known.devices.compile_all()]
    {
        assert!(there > 100, "{there}");
        assert_eq!(compiled, there);
    }
}

#[test]
fn browsers_are_read_as_uap_core_expects() {
    let (known, lexicon) = known();
    check("test_ua.yaml", 1_400, |case| {
        let found = known.browser((&case.user_agent_string, &lexicon.find(&case.user_agent_string)));
        let found = found.map_or(["Other", "", "", ""].map(str::to_owned), |found| {
            [found.family.into_owned(), text(found.major), text(found.minor), text(found.patch)]
        });
        let expected =
            [Some(case.family.as_str()), case.major.as_deref(), case.minor.as_deref(), case.patch.as_deref()];
        (found, expected.map(text))
    });
}

#[test]
fn systems_are_read_as_uap_core_expects() {
    let (known, lexicon) = known();
    check("test_os.yaml", 450, |case| {
        let found = known.system((&case.user_agent_string, &lexicon.find(&case.user_agent_string)));
        let found = found.map_or(["Other", "", "", ""].map(str::to_owned), |found| {
            let [major, minor, patch] =
                [&found.major, &found.minor, &found.patch].map(|it| text(it.as_deref()));
            [found.os.into_owned(), major, minor, patch]
        });
        let expected =
            [Some(case.family.as_str()), case.major.as_deref(), case.minor.as_deref(), case.patch.as_deref()];
        (found, expected.map(text))
    });
}

#[test]
fn devices_are_read_as_uap_core_expects() {
    let (known, lexicon) = known();
    check("test_device.yaml", 16_000, |case| {
        let found = known.device((&case.user_agent_string, &lexicon.find(&case.user_agent_string)));
        let found = found.map_or(["Other", "", ""].map(str::to_owned), |found| {
            [found.device.into_owned(), text(found.brand.as_deref()), text(found.model.as_deref())]
        });
        let expected = [Some(case.family.as_str()), case.brand.as_deref(), case.model.as_deref()];
        (found, expected.map(text))
    });
}
