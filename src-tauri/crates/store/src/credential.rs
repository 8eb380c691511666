//! Credentials: a row for each; pre-shared keys are sealed, identities are not, since
//! every handshake shows them.

use crate::bulk::Bulk;
use crate::device::endpoint_from_column;
use crate::device_list::ONLINE;
use crate::error::StoreError;
use crate::mode::{mode_from_column, mode_to_column};
use crate::seal::{MasterKey, Place};
use clock::UnixTime;
use server::credential::{Credential, CredentialId, Holder, Mode, Proof, Role};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};
use std::collections::BTreeMap;

/// When a credential was last used, and whether it was right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastUse {
    /// When.
    pub at: UnixTime,
    /// Whether the handshake succeeded.
    pub ok: bool,
}

/// What has become of a credential.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Usage {
    /// Its last use, if it was ever used.
    pub last: Option<LastUse>,
    /// Whether its endpoint is online; nothing where that never registered, or where the
    /// credential is for a pattern of endpoints.
    pub online: Option<bool>,
}

static USED: Bulk = Bulk::new(
    "UPDATE credential SET used_at = new.column2, outcome = new.column3
     FROM ({rows}) new WHERE credential.id = new.column1",
    3,
);

/// Stores a credential in place of the one of the same id or of the same holder on the
/// same server. When it was used says something of the former proof only.
pub(crate) async fn save(
    connection: &mut SqliteConnection,
    master: &MasterKey,
    credential: &Credential,
) -> Result<(), StoreError> {
    let Credential {
        id,
        holder,
        role,
        proof,
        shared,
        created_at,
    } = credential;
    let (endpoint, pattern) = match holder {
        Holder::Endpoint(name) => (Some(name.as_str()), None),
        Holder::Pattern(pattern) => (None, Some(&**pattern)),
    };
    let (identity, key) = match proof {
        Proof::NoSec => (None, None),
        Proof::Psk { identity, key } => (Some(identity), Some(key)),
        Proof::PublicKey { key } => (Some(key), None),
        Proof::Certificate { pinned } => (pinned.as_ref(), None),
    };
    let sealed = key
        .map(|key| master.seal(place(*id), key.expose()))
        .transpose()?;
    // One text for each kind of holder, so that both sides of the OR have an index: an
    // import of many would look at all rows for each otherwise.
    let former = match holder {
        Holder::Endpoint(_) => {
            "DELETE FROM credential WHERE id = ?1 OR (server = ?2 AND endpoint = ?3)"
        }
        Holder::Pattern(_) => {
            "DELETE FROM credential
             WHERE id = ?1 OR (server = ?2 AND endpoint IS NULL AND pattern = ?3)"
        }
    };
    sqlx::query(former)
        .bind(id.0.cast_signed())
        .bind(role_to_column(*role))
        .bind(endpoint.or(pattern))
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO credential VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)")
        .bind(id.0.cast_signed())
        .bind(endpoint)
        .bind(pattern)
        .bind(role_to_column(*role))
        .bind(mode_to_column(proof.mode()))
        .bind(identity.map(|bytes| &**bytes))
        .bind(sealed)
        .bind(shared)
        .bind(created_at.as_micros())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes a credential.
pub(crate) async fn remove(
    connection: &mut SqliteConnection,
    id: CredentialId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM credential WHERE id = ?")
        .bind(id.0.cast_signed())
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes when credentials were last used.
pub(crate) async fn save_uses(
    connection: &mut SqliteConnection,
    uses: &BTreeMap<CredentialId, (UnixTime, bool)>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = uses.iter().collect();
    USED.run(connection, &rows, |(id, (at, accepted)), columns| {
        columns.add(id.0.cast_signed());
        columns.add(at.as_micros()).add(*accepted);
    })
    .await
}

/// All of them, opened.
pub(crate) async fn all(
    connection: &mut SqliteConnection,
    master: &MasterKey,
) -> Result<Vec<Credential>, StoreError> {
    let query = "SELECT id, endpoint, pattern, server, mode, identity, secret, shared, created_at
         FROM credential ORDER BY id";
    let rows = sqlx::query(query).fetch_all(connection).await?;
    rows.iter().map(|row| read(row, master)).collect()
}

/// What has become of these credentials until now.
pub(crate) async fn usage(
    pool: &SqlitePool,
    ids: impl Iterator<Item = CredentialId>,
    now: UnixTime,
) -> Result<BTreeMap<CredentialId, Usage>, StoreError> {
    let ids: serde_json::Value = ids.map(|id| id.0.cast_signed()).collect();
    let query = format!(
        "SELECT c.id, c.used_at, c.outcome, CASE WHEN d.id IS NOT NULL THEN {ONLINE} END
         FROM json_each(?1) own JOIN credential c ON c.id = own.value
         LEFT JOIN device d ON d.endpoint = c.endpoint LEFT JOIN seen s ON s.device = d.id"
    );
    let rows = sqlx::query(AssertSqlSafe(query))
        .bind(ids.to_string())
        .bind(now.as_micros())
        .fetch_all(pool)
        .await?;
    rows.iter().map(read_usage).collect()
}

fn read_usage(row: &SqliteRow) -> Result<(CredentialId, Usage), StoreError> {
    let id = CredentialId(row.try_get::<i64, _>(0)?.cast_unsigned());
    let (at, ok) = (row.try_get::<Option<i64>, _>(1)?, row.try_get(2)?);
    let last = at.map(UnixTime::from_micros).zip(ok);
    let usage = Usage {
        last: last.map(|(at, ok)| LastUse { at, ok }),
        online: row.try_get(3)?,
    };
    Ok((id, usage))
}

fn read(row: &SqliteRow, master: &MasterKey) -> Result<Credential, StoreError> {
    let id = CredentialId(row.try_get::<i64, _>(0)?.cast_unsigned());
    let holder = match (row.try_get::<Option<String>, _>(1)?, row.try_get(2)?) {
        (Some(endpoint), None) => Holder::Endpoint(endpoint_from_column(&endpoint)?),
        (None, Some(pattern)) => Holder::Pattern(pattern),
        _ => return Err(StoreError::corrupt("a credential needs one holder")),
    };
    let role = match row.try_get::<i64, _>(3)? {
        0 => Role::Management,
        1 => Role::Bootstrap,
        other => return Err(StoreError::corrupt(format!("{other} is no server"))),
    };
    let identity: Option<Vec<u8>> = row.try_get(5)?;
    let missing = || StoreError::corrupt("a credential has lost a part");
    let proof = match mode_from_column(row.try_get(4)?)? {
        Mode::NoSec => Proof::NoSec,
        Mode::Psk => Proof::Psk {
            identity: identity.ok_or_else(missing)?.into(),
            key: master.open(place(id), row.try_get(6)?)?,
        },
        Mode::PublicKey => Proof::PublicKey {
            key: identity.ok_or_else(missing)?.into(),
        },
        Mode::Certificate => Proof::Certificate {
            pinned: identity.map(Into::into),
        },
    };
    Ok(Credential {
        id,
        holder,
        role,
        proof,
        shared: row.try_get(7)?,
        created_at: UnixTime::from_micros(row.try_get(8)?),
    })
}

const fn place(id: CredentialId) -> Place<'static> {
    Place {
        table: "credential",
        row: id.0.cast_signed(),
        column: "secret",
    }
}

const fn role_to_column(role: Role) -> i64 {
    match role {
        Role::Management => 0,
        Role::Bootstrap => 1,
    }
}
