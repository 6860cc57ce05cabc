//! Backup of a running instance and restore into an empty folder.

use crate::world::{EXE, VISIBLE_MAX, World};
use serde_json::json;
use signalbox_testkit::{Admin, Instance};

#[tokio::test]
async fn a_backup_under_traffic_restores_to_the_same_report() {
    let mut instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    for number in 0..20 {
        let (_, id) = world.click(&instance, &format!("ext={number}")).await;
        assert_eq!(world.postback(&instance, &format!("subid={id}&payout=1.10&tid={number}")).await.0, 200);
    }
    let expected = json!({"clicks": 20, "conversions": 20, "revenue": "22", "cost": "1"});
    world.admin.until_totals(&expected, VISIBLE_MAX).await;

    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("copy");
    let backup = instance.command(&["backup", target.to_str().unwrap()]).output().await.unwrap();
    assert!(backup.status.success(), "{}", std::fs::read_to_string(instance.log_path()).unwrap_or_default());
    let again = instance.command(&["backup", target.to_str().unwrap()]).output().await.unwrap();
    assert!(!again.status.success(), "an existing target is not overwritten");

    // The instance goes on.
    world.click(&instance, "ext=after").await;
    world.admin.until_totals(&json!({"clicks": 21}), VISIBLE_MAX).await;
    instance.stop().await;

    let mut restored = Instance::prepare(EXE, &[]);
    let restore = restored.command(&["restore", target.to_str().unwrap()]).output().await.unwrap();
    assert!(restore.status.success(), "{}", std::fs::read_to_string(restored.log_path()).unwrap_or_default());
    restored.run().await;
    let admin = world.admin.at(&restored);
    admin.until_totals(&expected, VISIBLE_MAX).await;
    let world = World { admin, ..world };
    let (_, id) = world.click(&restored, "ext=new").await;
    assert_eq!(world.postback(&restored, &format!("subid={id}&payout=1")).await.0, 200);
    world.admin.until_totals(&json!({"clicks": 21, "conversions": 21, "revenue": "23"}), VISIBLE_MAX).await;
    let refused = restored.command(&["restore", target.to_str().unwrap()]).output().await.unwrap();
    assert!(!refused.status.success(), "a data directory that is not empty is not overwritten");
}

/// A backup of five clicks and three conversions that version 0.1.0 wrote: every later version must open it.
#[tokio::test]
async fn data_of_earlier_releases_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let archive = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/data-0.1.0.tar.gz");
    let unpacked =
        std::process::Command::new("tar").args(["-xzf", archive, "-C"]).arg(folder.path()).status().unwrap();
    assert!(unpacked.success());
    let mut instance = Instance::prepare(EXE, &[]);
    let restore = instance.command(&["restore", folder.path().to_str().unwrap()]).output().await.unwrap();
    assert!(restore.status.success(), "{}", std::fs::read_to_string(instance.log_path()).unwrap_or_default());
    instance.run().await;
    assert_eq!(instance.setup_url(), None, "the first user is there");
    let admin =
        Admin::with_key(&instance, "sbx_0sa5rkp03hdcx_s3zc5ky8kt46cpzas5ty98g6x0gphb0enkz5fbs1jwq3r3qmyfg0");
    admin
        .until_totals(&json!({"clicks": 5, "conversions": 3, "revenue": "3.3", "cost": "0.25"}), VISIBLE_MAX)
        .await;
}
