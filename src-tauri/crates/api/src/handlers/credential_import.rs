//! Many credentials at once: read from a table with a dry run that names every line,
//! and written to a file that only a passphrase opens.

use super::credential_request::{Draft, read};
use super::credential_table::{lines, write};
use crate::dto::{
    CredentialExportFormat, CredentialExportRequest, CredentialImportRequest,
    CredentialImportResponse, CredentialPutRequest, FileContent, ImportOutcome, ImportedRow,
};
use crate::error::{ApiError, ErrorCode};
use crate::forms::base64;
use crate::host::Host;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secure::Secret;
use server::credential::{Credential, CredentialId};
use server::security::Trial;
use server::security::credentials::Credentials;
use std::collections::BTreeMap;
use std::ops::DerefMut;
use store::{Place, Wrapped};
use workbench::passphrase::{self, PassphraseError};

/// `credential_import`
pub(crate) async fn credential_import(
    host: &Host,
    request: CredentialImportRequest,
) -> Result<CredentialImportResponse, ApiError> {
    let table = open_if_sealed(request.csv, request.passphrase).await?;
    let lines = lines(table.expose())?;
    let now = host.workbench().now();
    // Taken back at the end: the drafts are put in below, if at all.
    let mut all = Trial::new(host.workbench().credentials().await);
    let mut taken = BTreeMap::new();
    let mut rows = Vec::with_capacity(lines.len());
    let mut drafts = Vec::new();
    for (line, endpoint, asked) in lines {
        let (outcome, message) = match asked.and_then(|own| read_line(&own)) {
            Err(message) => (ImportOutcome::Invalid, Some(message)),
            Ok(draft) => judge(&mut all, &mut taken, line, draft, now, &mut drafts),
        };
        rows.push(ImportedRow {
            line,
            endpoint,
            outcome,
            message,
        });
    }
    drop(all);
    let mut written = 0;
    if !request.dry_run.unwrap_or(false) {
        written = u32::try_from(drafts.len()).unwrap_or(u32::MAX);
        host.workbench().put_credentials(drafts).await?;
    }
    Ok(CredentialImportResponse { rows, written })
}

/// `credential_export`
pub(crate) async fn credential_export(
    host: &Host,
    request: CredentialExportRequest,
) -> Result<FileContent, ApiError> {
    let format = request.format.unwrap_or(CredentialExportFormat::Sealed);
    let all: Vec<Credential> = host
        .workbench()
        .credentials()
        .await
        .iter()
        .cloned()
        .collect();
    if format == CredentialExportFormat::Csv {
        let table = write(&all, false)?;
        return Ok(FileContent {
            name: "credentials.csv".to_owned(),
            content: String::from_utf8_lossy(table.expose()).into_owned(),
        });
    }
    let given = request
        .passphrase
        .filter(|own| !own.is_empty())
        .ok_or_else(|| {
            let message = "The passphrase is missing: keys leave only in a file that one opens.";
            ApiError::new(ErrorCode::InvalidValue, message)
        })?;
    let given = Secret::new(given.into_bytes());
    let table = write(&all, true)?;
    let sealed = run(move || passphrase::wrap(PLACE, &given, table.expose())).await?;
    let file = serde_json::json!({
        "lwm2m_workbench": "credentials",
        "version": 1,
        "argon2id": {
            "salt": base64(&sealed.salt),
            "kib": sealed.kib,
            "passes": sealed.passes,
        },
        "sealed": base64(&sealed.key),
    });
    Ok(FileContent {
        name: "credentials.sealed.json".to_owned(),
        content: format!("{file:#}\n"),
    })
}

/// What becomes of a line that can be read. What is good is taken into `all`, so that
/// the lines after it are held against it.
fn judge(
    all: &mut Trial<impl DerefMut<Target = Credentials>>,
    taken: &mut BTreeMap<CredentialId, u32>,
    line: u32,
    draft: Draft,
    now: clock::UnixTime,
    drafts: &mut Vec<Credential>,
) -> (ImportOutcome, Option<String>) {
    let former = all.of_holder(draft.role, &draft.holder).cloned();
    let id = former
        .as_ref()
        .map_or_else(workbench::fresh_credential_id, |own| own.id);
    if let Some(first) = taken.get(&id) {
        let message = format!(
            "Line {first} has a credential for {} already.",
            draft.holder
        );
        return (ImportOutcome::Conflict, Some(message));
    }
    let new = Credential {
        id,
        holder: draft.holder,
        role: draft.role,
        proof: draft.proof,
        shared: draft.shared,
        created_at: now,
    };
    if let Some(former) = &former
        && (&former.proof, former.shared) == (&new.proof, new.shared)
    {
        taken.insert(id, line);
        return (ImportOutcome::Unchanged, None);
    }
    if let Err(conflict) = all.put(new.clone()) {
        let conflict = ApiError::sentence(ErrorCode::Conflict, &conflict);
        return (ImportOutcome::Conflict, Some(conflict.message));
    }
    taken.insert(id, line);
    drafts.push(new);
    match former {
        Some(_) => (ImportOutcome::Changed, None),
        None => (ImportOutcome::New, None),
    }
}

/// A line of an import must bring its key: nobody would see a generated one.
fn read_line(asked: &CredentialPutRequest) -> Result<Draft, String> {
    let draft = read(asked).map_err(|error| error.message)?;
    if draft.generated {
        return Err("key_hex is missing: an import brings the keys that devices have.".to_owned());
    }
    Ok(draft)
}

async fn open_if_sealed(text: String, given: Option<String>) -> Result<Secret, ApiError> {
    if !text.trim_start().starts_with('{') {
        return Ok(Secret::new(text.into_bytes()));
    }
    let damaged = || {
        let message = "This is no export of credentials, or it is damaged.";
        ApiError::new(ErrorCode::InvalidValue, message)
    };
    let file: serde_json::Value = serde_json::from_str(&text).map_err(|_| damaged())?;
    let bytes = |value: &serde_json::Value| STANDARD.decode(value.as_str()?).ok();
    let number = |value: &serde_json::Value| value.as_u64().and_then(|n| u32::try_from(n).ok());
    let cost = &file["argon2id"];
    let wrapped = Wrapped {
        salt: bytes(&cost["salt"]).ok_or_else(damaged)?,
        kib: number(&cost["kib"]).ok_or_else(damaged)?,
        passes: number(&cost["passes"]).ok_or_else(damaged)?,
        key: bytes(&file["sealed"]).ok_or_else(damaged)?,
    };
    let given = given.filter(|own| !own.is_empty()).ok_or_else(|| {
        let message = "The file is sealed; give the passphrase that it was exported with.";
        ApiError::new(ErrorCode::InvalidValue, message)
    })?;
    let given = Secret::new(given.into_bytes());
    run(move || passphrase::unwrap(PLACE, &given, &wrapped)).await
}

/// Argon2id takes its time, and nobody else should wait for it.
async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PassphraseError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    done.map_err(|error| ApiError::sentence(ErrorCode::InvalidValue, &error))
}

const PLACE: Place<'_> = Place {
    table: "export",
    row: 1,
    column: "credentials",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handlers::credential_table::Line;

    fn judged(table: &str) -> Vec<(u32, ImportOutcome, String)> {
        let mut all = Credentials::default();
        let mut all = Trial::new(&mut all);
        let (mut taken, mut drafts) = (BTreeMap::new(), Vec::new());
        let now = clock::UnixTime::from_millis(0);
        let lines = lines(table.as_bytes()).expect("a table");
        let judge_line = |(line, _, asked): Line| match asked.and_then(|own| read_line(&own)) {
            Err(message) => (line, ImportOutcome::Invalid, message),
            Ok(draft) => {
                let (outcome, message) = judge(&mut all, &mut taken, line, draft, now, &mut drafts);
                (line, outcome, message.unwrap_or_default())
            }
        };
        lines.into_iter().map(judge_line).collect()
    }

    #[test]
    fn every_line_of_a_table_is_judged_and_named() {
        let rows = judged(
            "endpoint,mode,identity,key_hex\n\
             a,psk,id-a,0102\n\
             b,psk,id-a,0304\n\
             a,psk,id-c,0506\n\
             d,psk,,zz\n\
             e,psk,id-e,\n\
             f,what,,\n\
             g,nosec,,\n\
             h,psk,x,01,02\n",
        );
        let expected = [
            (2, ImportOutcome::New, ""),
            (3, ImportOutcome::Conflict, "in use by \"a\""),
            (4, ImportOutcome::Conflict, "Line 2"),
            (5, ImportOutcome::Invalid, "hex digits"),
            (6, ImportOutcome::Invalid, "key_hex is missing"),
            (7, ImportOutcome::Invalid, "\"what\" is no mode"),
            (8, ImportOutcome::New, ""),
            (9, ImportOutcome::Invalid, "5 fields"),
        ];
        assert_eq!(rows.len(), expected.len());
        for ((line, outcome, message), wanted) in rows.iter().zip(expected) {
            assert_eq!((*line, *outcome), (wanted.0, wanted.1), "{message}");
            assert!(message.contains(wanted.2), "{message}");
        }
    }
}
