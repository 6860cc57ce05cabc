use super::*;

const FORMAT: Format<'static> = Format { version: 1, upgrades: &[] };

#[test]
fn a_new_directory_gets_the_version_and_is_opened_again() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("a/b");
    let dir = DataDir::open(&path, "test", FORMAT).unwrap();
    assert_eq!(fs::read_to_string(path.join("VERSION")).unwrap(), "1\n");
    assert!(dir.folder("journal").unwrap().is_dir());
    assert!(!path.join(PROBE).exists());
    drop(dir);
    assert_eq!(DataDir::open(&path, "test", FORMAT).unwrap().path(), path);
}

#[test]
fn a_second_instance_is_told_who_is_there() {
    let temp = tempfile::tempdir().unwrap();
    let first = DataDir::open(temp.path(), "node-1", FORMAT).unwrap();
    let error = DataDir::open(temp.path(), "node-2", FORMAT).unwrap_err();
    let text = error.to_string();
    assert!(
        error.is_retryable() && text.contains("node-1, process") && text.contains("instance.data_dir"),
        "{text}"
    );
    drop(first);
    DataDir::open(temp.path(), "node-2", FORMAT).unwrap();
}

#[test]
fn a_newer_directory_is_refused_and_untouched() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("VERSION"), "7\n").unwrap();
    let error = DataDir::open(temp.path(), "test", FORMAT).unwrap_err();
    assert!(matches!(error, DataDirError::Newer { found: 7, supported: 1, .. }), "{error}");
    assert_eq!(fs::read_to_string(temp.path().join("VERSION")).unwrap(), "7\n");
}

#[test]
fn an_older_directory_is_upgraded_step_by_step() {
    let append = |path: &Path| {
        let mut steps = fs::read_to_string(path.join("steps")).unwrap_or_default();
        steps.push('x');
        fs::write(path.join("steps"), steps)
    };
    let upgrades =
        [Upgrade { from: 2, name: "second", run: append }, Upgrade { from: 1, name: "first", run: append }];
    let temp = tempfile::tempdir().unwrap();
    drop(DataDir::open(temp.path(), "test", FORMAT).unwrap());
    drop(DataDir::open(temp.path(), "test", Format { version: 3, upgrades: &upgrades }).unwrap());
    assert_eq!(fs::read_to_string(temp.path().join("steps")).unwrap(), "xx");
    assert_eq!(fs::read_to_string(temp.path().join("VERSION")).unwrap(), "3\n");
    let error = DataDir::open(temp.path(), "test", Format { version: 9, upgrades: &upgrades }).unwrap_err();
    assert!(matches!(error, DataDirError::TooOld { found: 3, .. }), "{error}");
}

#[test]
fn a_failed_upgrade_is_named_and_can_be_repeated() {
    let fail = |_: &Path| Err(io::Error::other("disk full"));
    let temp = tempfile::tempdir().unwrap();
    drop(DataDir::open(temp.path(), "test", FORMAT).unwrap());
    let upgrades = [Upgrade { from: 1, name: "move the journal", run: fail }];
    let error = DataDir::open(temp.path(), "test", Format { version: 2, upgrades: &upgrades }).unwrap_err();
    assert!(
        error.to_string().contains("move the journal") && error.to_string().contains("disk full"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(temp.path().join("VERSION")).unwrap(), "1\n");
    drop(DataDir::open(temp.path(), "test", FORMAT).unwrap());
}

#[test]
fn damage_is_named() {
    for text in ["", "x", "0", "-1", "1.5"] {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("VERSION"), text).unwrap();
        let error = DataDir::open(temp.path(), "test", FORMAT).unwrap_err();
        assert!(matches!(error, DataDirError::Damaged { .. }), "{text}: {error}");
    }
}

#[test]
fn an_unusable_place_says_what_to_set() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("file");
    fs::write(&file, "").unwrap();
    // Also for root, who may write into any folder.
    let error = DataDir::open(&file.join("below"), "test", FORMAT).unwrap_err();
    assert!(error.to_string().contains("SIGNALBOX__INSTANCE__DATA_DIR"), "{error}");
    let error = DataDir::open(Path::new("/proc/signalbox"), "test", FORMAT).unwrap_err();
    assert!(matches!(error, DataDirError::NotWritable { .. }), "{error}");
}
