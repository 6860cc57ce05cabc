use super::*;
use http_body_util::BodyExt as _;
use std::fs;

const ID: &str = "0000000000007";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let version = folder.path().join("landings").join(ID).join("v1");
        fs::create_dir_all(version.join("css")).unwrap();
        fs::write(version.join("index.html"), "<h1>hi</h1>").unwrap();
        fs::write(version.join("css/main.css"), "a{}").unwrap();
        fs::write(version.join("run.php"), "<?php").unwrap();
        fs::write(version.join(".hidden.css"), "secret").unwrap();
        fs::write(folder.path().join("landings").join(ID).join("current"), "v1").unwrap();
        fs::write(folder.path().join("secret.txt"), "secret").unwrap();
        Self(folder)
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("landings")
    }

    async fn get(&self, rest: &str, headers: &[(header::HeaderName, &str)]) -> Option<Response> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        Asset::read(rest)?.answer(&self.root(), &Method::GET, &headers).await
    }
}

async fn body_of(response: Response) -> Vec<u8> {
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

#[tokio::test]
async fn files_have_their_type_and_may_be_kept() {
    let folder = Folder::new();
    let response = folder.get(&format!("{ID}/v1/css/main.css"), &[]).await.unwrap();
    let text = |name: header::HeaderName| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(text(header::CONTENT_TYPE), "text/css; charset=utf-8");
    assert_eq!(text(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert!(text(header::CACHE_CONTROL).contains("immutable"));
    assert_eq!(text(header::CONTENT_LENGTH), "3");
    let tag = text(header::ETAG);
    assert_eq!(body_of(response).await, b"a{}");
    for held in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let again =
            folder.get(&format!("{ID}/v1/css/main.css"), &[(header::IF_NONE_MATCH, &held)]).await.unwrap();
        assert_eq!(again.status(), 304, "{held}");
        assert!(body_of(again).await.is_empty());
    }
    let other =
        folder.get(&format!("{ID}/v1/css/main.css"), &[(header::IF_NONE_MATCH, "\"x\"")]).await.unwrap();
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn no_path_leads_out_or_lists() {
    let folder = Folder::new();
    for path in [
        "../current",
        "../../../secret.txt",
        "css/../../../../secret.txt",
        "%2e%2e/%2e%2e/secret.txt",
        "..%2f..%2fsecret.txt",
        "%252e%252e/secret.txt",
        "..%5c..%5csecret.txt",
        "..\\..\\secret.txt",
        "C:/secret.txt",
        "c%3a%5csecret.txt",
        "/etc/passwd.txt",
        "%2fetc%2fpasswd.txt",
        "//secret.txt",
        "index.html%00.css",
        "index.html\0",
        "./index.html",
        "css//main.css",
        "css/",
        "css",
        "",
        ".hidden.css",
        "%2ehidden.css",
        "main.css.",
        "main.css%20",
        "run.php",
        "none.css",
        "\u{ff0e}\u{ff0e}/secret.txt",
        "%ff.css",
    ] {
        assert!(folder.get(&format!("{ID}/v1/{path}"), &[]).await.is_none(), "{path:?}");
    }
    for rest in ["", ID, &format!("{ID}/v1"), &format!("{ID}/../v1/index.html"), "../landings/v1/index.html"]
    {
        assert!(folder.get(rest, &[]).await.is_none(), "{rest:?}");
    }
    for version in ["..", ".", "v1%2f..", "V1", "", ".v1", "current"] {
        assert!(folder.get(&format!("{ID}/{version}/index.html"), &[]).await.is_none(), "{version:?}");
    }
    assert!(folder.get(&format!("{ID}/v1/index.html"), &[]).await.is_some(), "the good one is there");
}

#[cfg(unix)]
#[tokio::test]
async fn links_that_lead_out_are_not_followed() {
    let folder = Folder::new();
    let version = folder.root().join(ID).join("v1");
    std::os::unix::fs::symlink(folder.0.path().join("secret.txt"), version.join("linked.txt")).unwrap();
    std::os::unix::fs::symlink(folder.0.path(), version.join("up")).unwrap();
    std::os::unix::fs::symlink("css/main.css", version.join("inside.css")).unwrap();
    assert!(folder.get(&format!("{ID}/v1/linked.txt"), &[]).await.is_none());
    assert!(folder.get(&format!("{ID}/v1/up/secret.txt"), &[]).await.is_none());
    assert!(folder.get(&format!("{ID}/v1/inside.css"), &[]).await.is_some(), "a link within is a file");
}

#[tokio::test]
async fn a_head_has_the_length_and_no_body() {
    let folder = Folder::new();
    let asset = Asset::read(&format!("{ID}/v1/index.html")).unwrap();
    let response = asset.answer(&folder.root(), &Method::HEAD, &HeaderMap::new()).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_LENGTH], "11");
    assert!(body_of(response).await.is_empty());
}

#[tokio::test]
async fn a_part_of_a_file_can_be_asked_for() {
    let folder = Folder::new();
    let part = folder.get(&format!("{ID}/v1/index.html"), &[(header::RANGE, "bytes=0-3")]).await.unwrap();
    assert_eq!(
        (part.status().as_u16(), part.headers()[header::CONTENT_RANGE].to_str().unwrap()),
        (206, "bytes 0-3/11")
    );
    assert_eq!(body_of(part).await, b"<h1>");
}
