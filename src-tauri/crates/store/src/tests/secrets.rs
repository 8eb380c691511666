//! What lies sealed: it comes back with its key, and with no other.

use super::facts::time;
use super::harness::Memory;
use crate::{
    Edit, IssuedRow, MASTER_KEY_BYTES, MasterKey, NamedKey, OwnKey, OwnKeyRole, Sealing, Secrets,
    StoreError, TrustAnchorRow, VAULT_BYTES, Way,
};
use secure::{Secret, ServerName};
use server::credential::{Credential, CredentialId, Holder, Proof, Role};
use server::ids::EndpointName;

pub(super) fn master(byte: u8) -> MasterKey {
    MasterKey::new(Secret::new(vec![byte; MASTER_KEY_BYTES])).expect("a key")
}

pub(super) async fn unseal(memory: &mut Memory, key: &MasterKey) -> Result<Secrets, StoreError> {
    let row = Sealing::new([9; VAULT_BYTES], Way::File, key).expect("a row");
    memory.store.unseal(&row, key.clone()).await
}

pub(super) fn credential(id: u64, holder: Holder, proof: Proof) -> Credential {
    Credential {
        id: CredentialId(id),
        holder,
        role: Role::Management,
        proof,
        shared: false,
        created_at: time(3),
    }
}

pub(super) fn endpoint(name: &str) -> Holder {
    Holder::Endpoint(EndpointName::new(name).expect("a name"))
}

pub(super) fn psk(identity: &[u8], key: &[u8]) -> Proof {
    Proof::Psk {
        identity: identity.into(),
        key: Secret::new(key.to_vec()),
    }
}

#[tokio::test]
async fn credentials_of_every_kind_come_back() {
    let mut memory = Memory::new().await;
    let key = master(1);
    unseal(&mut memory, &key).await.expect("a new vault");
    let all = [
        credential(1, endpoint("a"), psk(b"\0id\xff", b"the key of a")),
        credential(2, Holder::Pattern("b-*".into()), psk(b"b", &[7; 64])),
        credential(3, endpoint("c"), Proof::PublicKey { key: [1, 2].into() }),
        credential(4, endpoint("d"), Proof::Certificate { pinned: None }),
        Credential {
            role: Role::Bootstrap,
            shared: true,
            ..credential(
                u64::MAX >> 1,
                endpoint("d"),
                Proof::Certificate {
                    pinned: Some([3].into()),
                },
            )
        },
        credential(5, endpoint("e"), Proof::NoSec),
    ];
    memory
        .edit(all.iter().cloned().map(Edit::Credential).collect())
        .await;
    let mut memory = memory.crash().await;
    let mut found = unseal(&mut memory, &key).await.expect("opened").credentials;
    found.sort_by_key(|one| one.holder.clone());
    let mut expected = all.to_vec();
    expected.sort_by_key(|one| one.holder.clone());
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_credential_takes_the_place_of_its_holder_s_former_one() {
    let mut memory = Memory::new().await;
    let key = master(1);
    unseal(&mut memory, &key).await.expect("a new vault");
    let put = |id, holder: Holder| Edit::Credential(credential(id, holder, psk(b"x", b"k")));
    memory
        .edit(vec![put(1, endpoint("a")), put(2, endpoint("b"))])
        .await;
    memory
        .edit(vec![
            put(3, endpoint("a")),
            Edit::CredentialRemoved(CredentialId(2)),
        ])
        .await;
    let mut memory = memory.crash().await;
    let found = unseal(&mut memory, &key).await.expect("opened").credentials;
    let ids: Vec<_> = found.iter().map(|one| one.id.0).collect();
    assert_eq!(ids, [3]);
}

#[tokio::test]
async fn another_key_opens_nothing_and_says_so() {
    let mut memory = Memory::new().await;
    unseal(&mut memory, &master(1)).await.expect("a new vault");
    let mut memory = memory.crash().await;
    let refused = unseal(&mut memory, &master(2)).await;
    assert!(matches!(refused, Err(StoreError::OtherKey)), "{refused:?}");
    assert!(unseal(&mut memory, &master(1)).await.is_ok());
}

#[tokio::test]
async fn a_secret_is_not_stored_before_there_is_a_key() {
    let mut memory = Memory::new().await;
    let edit = Edit::Credential(credential(1, endpoint("a"), psk(b"x", b"k")));
    let refused = memory.try_commit(Vec::new(), vec![edit]).await;
    assert!(
        matches!(refused, Err(StoreError::LockedSecrets)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_sealed_key_does_not_open_in_another_row() {
    let mut memory = Memory::new().await;
    let key = master(1);
    unseal(&mut memory, &key).await.expect("a new vault");
    memory
        .edit(vec![
            Edit::Credential(credential(1, endpoint("a"), psk(b"x", b"mine"))),
            Edit::Credential(credential(2, endpoint("b"), psk(b"y", b"theirs"))),
        ])
        .await;
    let swap =
        "UPDATE credential SET secret = (SELECT secret FROM credential WHERE id = 1) WHERE id = 2";
    sqlx::query(swap)
        .execute(memory.store.writer.connection())
        .await
        .expect("a change behind our back");
    let refused = unseal(&mut memory, &key).await;
    assert!(
        matches!(refused, Err(StoreError::Corrupt { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn our_own_keys_and_whom_we_trust_come_back() {
    let mut memory = Memory::new().await;
    let key = master(1);
    unseal(&mut memory, &key).await.expect("a new vault");
    let own = |role, byte: u8| OwnKey {
        role,
        chain: vec![[byte; 5].into(), [byte; 9].into()],
        private: Secret::new(vec![byte; 40]),
        created_at: time(1),
    };
    let anchor = |byte: u8| TrustAnchorRow {
        certificate: [byte; 4].into(),
        added_at: time(2),
    };
    let issued = IssuedRow {
        endpoint: "a".into(),
        certificate: [8; 3].into(),
        issued_at: time(4),
        not_after: time(5),
    };
    memory
        .edit(vec![
            Edit::OwnKey(own(OwnKeyRole::Server, 1)),
            Edit::OwnKey(own(OwnKeyRole::Server, 2)),
            Edit::OwnKey(own(OwnKeyRole::Authority, 3)),
            Edit::TrustAnchor(anchor(1)),
            Edit::TrustAnchor(anchor(1)),
            Edit::TrustAnchor(anchor(2)),
            Edit::TrustAnchorRemoved([1; 4].into()),
            Edit::Issued(issued.clone()),
            Edit::Dismissed {
                subject: "x".into(),
                at: time(6),
            },
        ])
        .await;
    let mut memory = memory.crash().await;
    let keys = unseal(&mut memory, &key).await.expect("opened").own_keys;
    assert_eq!(
        keys,
        [own(OwnKeyRole::Server, 2), own(OwnKeyRole::Authority, 3)]
    );
    let reader = &memory.store.reader;
    assert_eq!(reader.trust_anchors().await.expect("anchors"), [anchor(2)]);
    assert_eq!(reader.issued(10).await.expect("issued"), [issued]);
    let dismissed = reader.dismissed().await.expect("dismissed");
    assert_eq!(dismissed.get("x"), Some(&time(6)));
}

/// SEC-12.
#[tokio::test]
async fn keys_for_server_names_come_back_under_their_names() {
    let mut memory = Memory::new().await;
    let key = master(1);
    unseal(&mut memory, &key).await.expect("a new vault");
    let named = |name: &str, byte: u8| NamedKey {
        name: ServerName::new(name).expect("a name"),
        chain: vec![[byte; 5].into(), [byte; 9].into()],
        private: Secret::new(vec![byte; 40]),
        created_at: time(1),
    };
    for edit in [
        Edit::NamedKey(named("b.example", 1)),
        Edit::NamedKey(named("c.example", 2)),
        Edit::NamedKey(named("a.example", 3)),
        Edit::NamedKey(named("b.example", 4)),
        Edit::NamedKeyRemoved(named("c.example", 0).name),
        Edit::NamedKeyRemoved(named("d.example", 0).name),
    ] {
        memory.edit(vec![edit]).await;
    }
    let mut memory = memory.crash().await;
    let opened = unseal(&mut memory, &key).await.expect("opened");
    let expected = [named("a.example", 3), named("b.example", 4)];
    assert_eq!(opened.named_keys, expected);
}
