//! Archives as people make them, and as attackers do.

use super::*;
use std::io::Write as _;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const ID: DestinationId = DestinationId::new(Timestamp(1_780_000_000_000), 1);
const NOW: Timestamp = Timestamp(1_780_000_000_000);

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn store() -> (LandingStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let limits =
        Limits { total_bytes_max: 32 << 20, file_bytes_max: 24 << 20, files_max: 50, ..Limits::default() };
    (LandingStore::new(folder.path().join("landings"), limits), folder)
}

/// Every file below a folder, so that nothing is overlooked.
fn everything(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    list(folder, "", &mut files).unwrap();
    let mut paths: Vec<String> = files.into_iter().map(|file| file.path).collect();
    paths.sort();
    paths
}

fn refused(store: &LandingStore, zip: &[u8]) -> String {
    match store.install(ID, zip, NOW) {
        Err(Error::Archive(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_with_its_files_is_served_and_replaced_at_once() {
    let (store, folder) = store();
    assert_eq!(store.find(ID).unwrap(), None);
    let first = store.install(ID, &zip(&[("index.html", b"<h1>1"), ("img/a.PNG", b"png")]), NOW).unwrap();
    let paths: Vec<&str> = first.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["img/a.PNG", "index.html"]);
    let second = store.install(ID, &zip(&[("index.html", b"<h1>2")]), NOW.plus_ms(5)).unwrap();
    assert_ne!(first.current, second.current);
    assert_eq!(second.versions.len(), 2);
    let home = folder.path().join("landings").join(ID.to_string());
    assert_eq!(fs::read_to_string(home.join("current")).unwrap(), second.current);
    assert_eq!(fs::read(home.join(&second.current).join("index.html")).unwrap(), b"<h1>2");
    // The old one can come back.
    assert_eq!(store.activate(ID, &first.current).unwrap().current, first.current);
    assert!(matches!(store.activate(ID, "../current"), Err(Error::NotFound)));
    store.remove(ID).unwrap();
    assert_eq!(store.find(ID).unwrap(), None);
    assert!(!home.exists());
    assert!(matches!(store.remove(ID), Err(Error::NotFound)));
}

#[test]
fn a_folder_around_everything_and_what_packers_add_do_not_matter() {
    let (store, _folder) = store();
    let files: &[(&str, &[u8])] = &[
        ("site/index.html", b"x"),
        ("site/css/a.css", b"x"),
        ("__MACOSX/site/._index.html", b"x"),
        ("site/.DS_Store", b"x"),
    ];
    let made = store.install(ID, &zip(files), NOW).unwrap();
    let paths: Vec<&str> = made.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["css/a.css", "index.html"]);
}

#[test]
fn names_that_lead_elsewhere_are_refused_and_nothing_is_left() {
    let (store, folder) = store();
    for name in [
        "../index.html",
        "a/../../x.html",
        "/etc/x.html",
        "C:/x.html",
        "a\\..\\x.html",
        "..\\x.html",
        "a/./x.html",
        "a//x.html",
        ".htaccess.html",
        "a/.env.txt",
        "x.html.",
        "x\u{1}.html",
    ] {
        let reason = refused(&store, &zip(&[("index.html", b"x"), (name, b"evil")]));
        assert!(reason.starts_with(name), "{name}: {reason}");
    }
    assert_eq!(everything(folder.path()), Vec::<String>::new());
}

#[test]
fn links_secrets_and_programs_are_refused() {
    let (store, folder) = store();
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    writer.start_file("index.html", SimpleFileOptions::default()).unwrap();
    writer.add_symlink("passwords.txt", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let linked = writer.finish().unwrap().into_inner();
    assert!(refused(&store, &linked).contains("link"));
    for name in ["shell.php", "run.sh", "a.exe", "noextension", "index.html.php"] {
        let reason = refused(&store, &zip(&[("index.html", b"x"), (name, b"x")]));
        assert!(reason.starts_with(name) && reason.contains("served"), "{reason}");
    }
    assert!(refused(&store, &zip(&[("page.html", b"x")])).contains("index.html is missing"));
    assert!(refused(&store, &zip(&[("Index.html", b"x"), ("index.html", b"x")])).contains("twice"));
    assert!(refused(&store, b"no archive").contains("ZIP"));
    assert!(refused(&store, &zip(&[])).contains("index.html"));
    assert_eq!(everything(folder.path()), Vec::<String>::new());
}

#[test]
fn bombs_stop_at_the_limits() {
    let (store, folder) = store();
    let zeros = vec![0_u8; 20 << 20];
    let bomb = zip(&[("index.html", b"x"), ("zeros.txt", &zeros)]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert!(refused(&store, &bomb).contains("times its size"));
    // Its own claim about the size is not believed: the local and central sizes say one byte.
    let mut lying = zip(&[("index.html", &zeros)]);
    let size = (zeros.len() as u32).to_le_bytes();
    while let Some(at) = lying.windows(4).position(|window| window == size) {
        lying[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    let reason = refused(&store, &lying);
    assert!(reason.contains("times its size") || reason.contains("unpacked"), "{reason}");
    let noise: Vec<u8> = (0..12_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let big = zip(&[("index.html", b"x"), ("a.txt", &noise), ("b.txt", &noise), ("c.txt", &noise)]);
    assert!(refused(&store, &big).contains("bytes unpacked"));
    let names: Vec<String> = (0..60).map(|number| format!("{number}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    assert!(refused(&store, &zip(&many)).contains("more than 50 files"));
    assert_eq!(everything(folder.path()), Vec::<String>::new());
}

#[test]
fn a_refused_upload_leaves_the_served_version_alone() {
    let (store, _folder) = store();
    let good = store.install(ID, &zip(&[("index.html", b"good")]), NOW).unwrap();
    refused(&store, &zip(&[("index.html", b"x"), ("../x.html", b"x")]));
    assert_eq!(store.find(ID).unwrap(), Some(good));
}

#[test]
fn old_versions_go_but_never_the_served_one() {
    let (store, folder) = store();
    let first = store.install(ID, &zip(&[("index.html", b"0")]), NOW).unwrap();
    for number in 1..=8 {
        let body = number.to_string();
        store.install(ID, &zip(&[("index.html", body.as_bytes())]), NOW.plus_ms(number)).unwrap();
    }
    let kept = store.find(ID).unwrap().unwrap();
    assert_eq!(kept.versions.len(), VERSIONS_KEPT);
    assert!(kept.versions.iter().all(|(version, _)| *version != first.current));
    let home = folder.path().join("landings").join(ID.to_string());
    assert_eq!(fs::read_dir(home).unwrap().count(), VERSIONS_KEPT + 1);
}

#[test]
fn other_ways_of_packing_are_refused_by_name() {
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    writer.start_file("index.html", stored).unwrap();
    writer.write_all(b"x").unwrap();
    let mut bytes = writer.finish().unwrap().into_inner();
    // Method 14 (LZMA) in both headers.
    bytes[8] = 14;
    let central = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[central + 10] = 14;
    let (store, _folder) = store();
    assert!(refused(&store, &bytes).starts_with("index.html"));
}
