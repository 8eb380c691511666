//! Files in every condition: new, older, newer, foreign, damaged, full, read-only,
//! in use. Each refusal is a sentence, and nothing is changed by it.

use super::facts::{departed, endpoint, observation, readings, registered, registration, seen};
use super::harness::{Folder, Memory};
use crate::schema::{MIGRATIONS, Migration};
use crate::{Batch, Edit, FILE_NAME, Options, Store, StoreError};
use lwm2m::{Path, Value};
use server::change::Change;
use server::credential::Mode;
use server::ids::Revision;
use server::registration::Registration;
use std::collections::BTreeMap;
use std::sync::Arc;

const NEXT: Migration = Migration {
    name: "later",
    sql: "CREATE TABLE later (x INTEGER) STRICT",
};

#[tokio::test]
async fn an_older_file_is_copied_and_brought_up_to_date() {
    let mut memory = Memory::new().await;
    memory.commit(vec![registered(1, 0)]).await;
    let folder = memory.folder().to_owned();
    let migrations = [MIGRATIONS, &[NEXT]].concat();
    let (mut store, snapshot) = Store::open_with(&folder, Options::default(), &migrations)
        .await
        .expect("the newer program opens it");
    assert_eq!(snapshot.devices.len(), 1);
    let later: i64 = sqlx::query_scalar("SELECT count(*) FROM later")
        .fetch_one(store.writer.connection())
        .await
        .expect("the new table");
    assert_eq!(later, 0);
    let backup = folder.join(format!("workbench.backup-{}.db", MIGRATIONS.len()));
    let (_store, old) = Store::open(&backup, Options::default())
        .await
        .expect("the copy");
    assert_eq!(old.devices.len(), 1);
}

#[tokio::test]
async fn a_file_of_a_newer_schema_is_refused_with_both_versions() {
    let memory = Memory::new().await;
    let migrations = [MIGRATIONS, &[NEXT]].concat();
    let folder = memory.folder().to_owned();
    Store::open_with(&folder, Options::default(), &migrations)
        .await
        .expect("the newer program opens it");
    let refused = Store::open(&folder, Options::default())
        .await
        .err()
        .expect("refused");
    let sentence = refused.to_string();
    let (found, known) = (MIGRATIONS.len() + 1, MIGRATIONS.len());
    assert!(
        sentence.contains(&format!("has schema {found}")),
        "{sentence}"
    );
    assert!(
        sentence.contains(&format!("knows schema {known} at most")),
        "{sentence}"
    );
    assert!(sentence.contains("update the program"), "{sentence}");
}

/// Everything that lies in a folder. Of the index that several connections share (`-shm`) only
/// that it is there: readers mark themselves in it.
fn everything_in(folder: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| {
            let entry = entry.expect("a file");
            let name = entry.file_name().to_string_lossy().into_owned();
            let bytes = std::fs::read(entry.path()).expect("its bytes");
            let marks_of_readers = name.ends_with("-shm");
            (name, if marks_of_readers { Vec::new() } else { bytes })
        })
        .collect()
}

/// A file that the newer program closed, or that lies beside its log after a crash, or that
/// another program made.
#[tokio::test]
async fn what_is_refused_stays_byte_for_byte_as_it_was() {
    let migrations = [MIGRATIONS, &[NEXT]].concat();
    let newer = async |folder: &Folder| {
        let (store, _) = Store::open_with(folder.path(), Options::default(), &migrations)
            .await
            .expect("the newer program opens it");
        store
    };

    let (closed, crashed) = (Folder::new(), Folder::new());
    let store = newer(&closed).await;
    for name in everything_in(closed.path()).keys() {
        let (from, to) = (closed.path().join(name), crashed.path().join(name));
        std::fs::copy(from, to).expect("a copy of the running program's files");
    }
    assert_eq!(everything_in(crashed.path()).len(), 3, "with its log");
    store.writer.close().await.expect("closed");
    store.reader.close().await;
    assert_eq!(everything_in(closed.path()).len(), 1, "no side files");

    let foreign = Folder::new();
    std::fs::write(foreign.path().join(FILE_NAME), "words ".repeat(400)).expect("a file");

    for folder in [&closed, &crashed, &foreign] {
        let before = everything_in(folder.path());
        let refused = Store::open(folder.path(), Options::default()).await;
        let refused = refused.err().expect("refused");
        let after = everything_in(folder.path());
        assert_eq!(
            before.keys().collect::<Vec<_>>(),
            after.keys().collect::<Vec<_>>()
        );
        assert!(before == after, "{refused}");
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let mut memory = Memory::new().await;
    memory.commit(vec![registered(1, 0)]).await;
    let broken = Migration {
        name: "broken",
        sql: "CREATE TABLE half (x INTEGER); SELECT nonsense",
    };
    let migrations = [MIGRATIONS, &[broken]].concat();
    let folder = memory.folder().to_owned();
    assert!(
        Store::open_with(&folder, Options::default(), &migrations)
            .await
            .is_err()
    );
    let memory = memory.crash().await;
    assert_eq!(memory.snapshot.devices.len(), 1);
    let (mut store, _) = Store::open(&folder, Options::default())
        .await
        .expect("still ours");
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'half'";
    let half: i64 = sqlx::query_scalar(tables)
        .fetch_one(store.writer.connection())
        .await
        .expect("a count");
    assert_eq!(half, 0);
}

/// FNV-1a, so that an edit of a migration shows.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Migrations are history: this list only grows.
#[test]
fn migrations_are_never_edited() {
    let found: Vec<_> = MIGRATIONS
        .iter()
        .map(|step| (step.name, fingerprint(step.sql)))
        .collect();
    let known = [
        ("20261120_01_first_schema", 0x1f74_cf23_93e5_f72f),
        ("20261120_02_console_lines", 0x0420_5885_e8b1_2c98),
        ("20261120_03_composite", 0xb987_cd75_f924_5c4d),
        ("20261121_01_queue_and_profiles", 0x9fe6_2b2f_cf1b_36f5),
        ("20261121_02_discovered", 0x9125_408c_f0eb_cb31),
        ("20261122_01_security", 0x3b7e_88f4_029e_9ff3),
        ("20261122_02_console_operations", 0xba72_be6a_d9bc_396d),
        ("20261122_03_associations", 0x9129_3f9b_8439_2794),
        ("20261123_01_former_security", 0xd3e4_16c8_91b1_a25b),
        ("20261123_02_server_names", 0x7bbb_1106_4070_ea58),
        ("20261123_03_turned_away", 0x8cae_3ed6_f245_27d2),
        ("20261124_01_registered_security", 0xfcf2_e869_69f5_1d3e),
    ];
    assert_eq!(found, known);
    assert!(found.is_sorted_by_key(|(name, _)| *name));
}

#[tokio::test]
async fn foreign_and_damaged_files_are_refused() {
    let folder = Folder::new();
    let file = folder.path().join(FILE_NAME);
    let refusal = async || {
        let refused = Store::open(folder.path(), Options::default())
            .await
            .err()
            .expect("refused");
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
        refused.to_string()
    };
    std::fs::write(
        &file,
        "no database at all, but long enough to be looked at ".repeat(40),
    )
    .expect("a file");
    assert!(refusal().await.contains("restore a backup"));

    std::fs::remove_file(&file).expect("removed");
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect(&format!(
        "sqlite:{}?mode=rwc",
        file.display()
    ))
    .await
    .expect("another program's file");
    sqlx::raw_sql("CREATE TABLE songs (title TEXT)")
        .execute(&mut other)
        .await
        .expect("a table");
    sqlx::Connection::close(other).await.expect("closed");
    assert!(refusal().await.contains("another program"));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = Folder::new();
    let missing = folder.path().join("missing").join(FILE_NAME);
    let refused = Store::open(&missing, Options::default())
        .await
        .err()
        .expect("refused");
    assert!(
        matches!(refused, StoreError::CannotOpen { .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("missing"), "{refused}");
}

/// A batch of about a megabyte.
fn large_batch() -> Vec<Change> {
    let value = Value::Opaque(vec![1; 10_000]);
    (0..100)
        .map(|second| readings(1, second, &[(Path::Resource(3, 0, 0), value.clone())]))
        .collect()
}

#[tokio::test]
async fn a_full_disk_is_said_nothing_is_half_stored_and_it_goes_on_afterwards() {
    let mut memory = Memory::new().await;
    memory.commit(vec![registered(1, 0)]).await;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(memory.store.writer.connection())
        .await
        .expect("the pages");
    let limit = async |memory: &mut Memory, pages: i64| {
        let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::raw_sql(limit)
            .execute(memory.store.writer.connection())
            .await
            .expect("a limit");
    };
    limit(&mut memory, pages + 20).await;
    let before = memory.dump().await;
    let mut batch = vec![seen(1, 99), Change::Observed(observation(1, 1))];
    batch.extend(large_batch());
    let refused = memory
        .try_commit(batch.clone(), Vec::new())
        .await
        .expect_err("the disk is full");
    assert!(matches!(refused, StoreError::DiskFull), "{refused:?}");
    assert!(refused.to_string().contains("free some space"));
    assert_eq!(memory.dump().await, before, "all or nothing");

    limit(&mut memory, 1_000_000).await;
    batch.push(registered(2, 0));
    memory.commit(batch).await;
    let mut memory = memory.crash().await;
    assert_eq!(
        (
            memory.snapshot.devices.len(),
            memory.snapshot.observations.len()
        ),
        (2, 1)
    );
    memory
        .store
        .writer
        .integrity_check()
        .await
        .expect("a sound file");
}

#[tokio::test]
async fn a_file_that_takes_no_writes_is_said() {
    let mut memory = Memory::new().await;
    sqlx::raw_sql("PRAGMA query_only = ON")
        .execute(memory.store.writer.connection())
        .await
        .expect("set");
    let refused = memory
        .try_commit(vec![registered(1, 0)], Vec::new())
        .await
        .expect_err("read-only");
    assert!(matches!(refused, StoreError::ReadOnly), "{refused:?}");
    assert!(refused.to_string().contains("right to write"));
}

#[tokio::test]
async fn a_file_that_another_program_writes_to_is_said() {
    let memory = Memory::new().await;
    let hasty = Options {
        patience: std::time::Duration::from_millis(20),
        ..Options::default()
    };
    let (mut second, _) = Store::open(memory.folder(), hasty).await.expect("opened");
    let mut first = memory;
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(first.store.writer.connection())
        .await
        .expect("held");
    let refused = second
        .writer
        .commit(&Batch::default())
        .await
        .expect_err("locked");
    assert!(matches!(refused, StoreError::Locked), "{refused:?}");
}

#[tokio::test]
async fn a_batch_may_be_tried_again() {
    let mut memory = Memory::new().await;
    let batch = Batch {
        revision: Revision(7),
        changes: vec![Arc::new(vec![
            registered(1, 0),
            Change::Observed(observation(1, 1)),
            seen(1, 5),
        ])],
        edits: vec![Edit::Setting {
            key: "a".into(),
            value: "1".into(),
        }],
    };
    memory.store.writer.commit(&batch).await.expect("a commit");
    let once = memory.dump().await;
    memory
        .store
        .writer
        .commit(&batch)
        .await
        .expect("the same again");
    assert_eq!(memory.dump().await, once);
    assert_eq!(memory.crash().await.snapshot.revision, Revision(7));
}

#[tokio::test]
async fn lists_of_objects_are_shared_and_unused_ones_go_when_the_file_is_opened() {
    let mut memory = Memory::new().await;
    memory
        .commit((1..=50).map(|device| registered(device, 0)).collect())
        .await;
    let mut other = super::facts::registration(1, 0);
    other.objects = super::facts::objects("</1/0>,</3/0>,</7/0>");
    memory
        .commit(vec![Change::Updated {
            registration: Arc::new(other),
        }])
        .await;
    memory.commit(vec![registered(1, 1)]).await;
    let lists = async |memory: &mut Memory| -> i64 {
        let query = "SELECT count(*) FROM object_list";
        sqlx::query_scalar(query)
            .fetch_one(memory.store.writer.connection())
            .await
            .expect("a count")
    };
    assert_eq!(lists(&mut memory).await, 2);
    let mut memory = memory.crash().await;
    assert_eq!(lists(&mut memory).await, 1);
    let shared = |known: &server::snapshot::KnownDevice| {
        Arc::as_ptr(&known.registration.as_ref().expect("in force").objects)
    };
    assert!(
        memory
            .snapshot
            .devices
            .iter()
            .all(|known| shared(known) == shared(&memory.snapshot.devices[0]))
    );
}

/// A device whose registration is over is still known for how it proved itself.
#[tokio::test]
async fn sec_07_how_a_device_proved_itself_outlives_its_registration() {
    let mut memory = Memory::new().await;
    let secure = Registration {
        security: Mode::Certificate,
        ..registration(1, 1)
    };
    memory
        .commit(vec![Change::Registered {
            endpoint: endpoint(1),
            registration: Arc::new(secure),
            deviations: Vec::new(),
        }])
        .await;
    memory.commit(vec![departed(1, 2), registered(2, 2)]).await;
    let memory = memory.crash().await;
    let known = memory.snapshot.devices.iter();
    let known: Vec<_> = known
        .map(|own| (own.registration.is_some(), own.security))
        .collect();
    assert_eq!(known, [(false, Mode::Certificate), (true, Mode::NoSec)]);
}
