//! Credentials: what devices prove themselves with.

use super::{shapes, words};

words! {
    /// The server that a credential opens.
    pub enum CredentialServer {
        /// The LwM2M server.
        Management,
        /// The bootstrap server.
        Bootstrap,
    }

    /// How a device proves itself.
    pub enum CredentialMode {
        /// By a pre-shared key.
        Psk,
        /// By a raw public key.
        Rpk,
        /// By a certificate.
        X509,
        /// Not at all.
        Nosec,
    }

    /// How the last handshake with a credential ended.
    pub enum CredentialOutcome {
        /// It succeeded.
        Accepted,
        /// It failed.
        Failed,
    }

    /// How a credential fares.
    pub enum CredentialState {
        /// No handshake was made with it.
        NeverUsed,
        /// The last handshake with it succeeded.
        Accepted,
        /// The last handshake with it failed.
        Failed,
    }

    /// What a list of credentials is ordered by; equal ones by holder.
    pub enum CredentialOrder {
        /// The endpoint or the pattern.
        Holder,
        /// The last use, newest first; those never used come last.
        Used,
        /// The moment of making, newest first.
        Created,
    }

    /// What becomes of a line of an import.
    pub enum ImportOutcome {
        /// A credential for a holder that has none.
        New,
        /// It takes the place of the holder's present one.
        Changed,
        /// It is there already, exactly so.
        Unchanged,
        /// It contradicts another line or credential, and is left out.
        Conflict,
        /// It cannot be read, and is left out.
        Invalid,
    }

    /// How credentials are exported.
    pub enum CredentialExportFormat {
        /// With their keys, sealed under a passphrase; `credential_import` reads it.
        Sealed,
        /// As a table without keys.
        Csv,
    }
}

shapes! {
    /// A credential for one endpoint, or for all that fit a pattern. It takes the place
    /// of the one that the same holder has on the same server.
    pub struct CredentialPutRequest {
        /// The endpoint client name.
        pub endpoint: Option<String>,
        /// Instead of an endpoint: a name in which `*` stands for any characters.
        pub endpoint_pattern: Option<String>,
        /// `management` unless told.
        pub server: Option<CredentialServer>,
        /// What it consists of.
        pub mode: CredentialMode,
        /// The identity of a pre-shared key as text; the endpoint unless told.
        pub identity: Option<String>,
        /// The same in hex, for identities that are no text.
        pub identity_hex: Option<String>,
        /// The pre-shared key, 1 to 64 bytes in hex. Without one a key is generated, or that
        /// of a shared identity taken which other holders have.
        pub key_hex: Option<String>,
        /// Keeps the pre-shared key that the holder has, e.g. under another identity.
        pub keep_key: Option<bool>,
        /// A raw public key: base64 of its SubjectPublicKeyInfo; PEM and hex are read too.
        pub public_key: Option<String>,
        /// A certificate to pin, PEM; without one the trust anchors decide.
        pub certificate: Option<String>,
        /// Whether several holders use the identity on purpose.
        pub shared: Option<bool>,
        /// Takes a key even if it looks as if it was written in hex twice.
        pub as_is: Option<bool>,
    }

    /// A credential for another endpoint; it keeps its identity and key.
    pub struct CredentialBindRequest {
        /// Its id.
        pub credential: String,
        /// The endpoint client name that gets it, in place of what that had.
        pub endpoint: String,
        /// Whether its present holder keeps it too: both are marked as shared then.
        pub also: Option<bool>,
    }

    /// A credential that is in force.
    pub struct CredentialPutResponse {
        /// Its id.
        pub credential: String,
        /// The identity of a pre-shared key, if it is text.
        pub identity: Option<String>,
        /// The same in hex.
        pub identity_hex: Option<String>,
        /// The key in hex, only where it was generated, and only this once.
        pub key_hex: Option<String>,
        /// The same in base64.
        pub key_base64: Option<String>,
        /// Whether it took the place of another.
        pub replaced: bool,
        /// What to know of the end of a pinned certificate, if that is near or past.
        pub warning: Option<String>,
    }

    /// Which credentials to list.
    #[derive(Default)]
    pub struct CredentialListRequest {
        /// A part of the endpoint, the pattern or the identity, case ignored.
        pub filter: Option<String>,
        /// Only those that this endpoint may use.
        pub endpoint: Option<String>,
        /// Only those that open this server.
        pub server: Option<CredentialServer>,
        /// Only those that consist of this.
        pub mode: Option<CredentialMode>,
        /// Only those that fare so.
        pub state: Option<CredentialState>,
        /// `holder` unless told.
        pub order: Option<CredentialOrder>,
        /// At most this many rows; all unless told.
        pub limit: Option<u32>,
        /// Rows to skip.
        pub offset: Option<u32>,
    }

    /// One page of credentials.
    pub struct CredentialListResponse {
        /// The rows asked for.
        pub credentials: Vec<Credential>,
        /// How many match.
        pub total: u64,
    }

    /// A credential without its secret.
    pub struct Credential {
        /// Its id.
        pub credential: String,
        /// The endpoint that it is for.
        pub endpoint: Option<String>,
        /// Or the endpoints.
        pub endpoint_pattern: Option<String>,
        /// The server that it opens.
        pub server: CredentialServer,
        /// What it consists of.
        pub mode: CredentialMode,
        /// The identity of a pre-shared key, if it is text.
        pub identity: Option<String>,
        /// The same in hex.
        pub identity_hex: Option<String>,
        /// Bytes of the pre-shared key.
        pub key_bytes: Option<u32>,
        /// The raw public key: base64 of its SubjectPublicKeyInfo.
        pub public_key: Option<String>,
        /// The pinned certificate.
        pub certificate: Option<PinnedCertificate>,
        /// Whether several holders use the identity on purpose.
        pub shared: bool,
        /// RFC 3339.
        pub created_at: String,
        /// RFC 3339.
        pub last_used_at: Option<String>,
        /// How the last handshake with it ended.
        pub last_outcome: Option<CredentialOutcome>,
        /// Whether the endpoint is registered; absent for patterns and for endpoints
        /// that never were.
        pub online: Option<bool>,
    }

    /// A certificate that is trusted by itself.
    pub struct PinnedCertificate {
        /// PEM.
        pub pem: String,
        /// E.g. `CN=urn:dev:1`.
        pub subject: String,
        /// RFC 3339.
        pub not_after: String,
        /// What to know of its end, if that is near or past.
        pub warning: Option<String>,
    }

    /// A credential to delete, by its id or by its holder; a device that uses it loses its
    /// session.
    pub struct CredentialDeleteRequest {
        /// Its id.
        pub credential: Option<String>,
        /// Instead of an id: the endpoint client name that has it.
        pub endpoint: Option<String>,
        /// Instead of an id: the pattern that has it.
        pub endpoint_pattern: Option<String>,
        /// With a holder: the server that it opens, `management` unless told.
        pub server: Option<CredentialServer>,
    }

    /// Credentials to take in.
    pub struct CredentialImportRequest {
        /// A table whose first line names its columns, as in `credential_put`:
        /// `endpoint`, `endpoint_pattern`, `server`, `mode`, `identity`, `identity_hex`,
        /// `key_hex`, `public_key`, `certificate`, `shared`, `as_is`; commas, semicolons
        /// or tabs between them. Or what `credential_export` sealed.
        pub csv: String,
        /// Opens a sealed export.
        pub passphrase: Option<String>,
        /// Only says what would become of each line.
        pub dry_run: Option<bool>,
    }

    /// What became of an import.
    pub struct CredentialImportResponse {
        /// One for each line with a credential.
        pub rows: Vec<ImportedRow>,
        /// How many credentials were stored.
        pub written: u32,
    }

    /// What becomes of one line.
    pub struct ImportedRow {
        /// Counted from 1, the line of names included.
        pub line: u32,
        /// The endpoint, or the pattern.
        pub endpoint: String,
        /// What becomes of it.
        pub outcome: ImportOutcome,
        /// Why it is left out.
        pub message: Option<String>,
    }

    /// All credentials as a file.
    #[derive(Default)]
    pub struct CredentialExportRequest {
        /// Seals the keys; needed for `sealed`.
        pub passphrase: Option<String>,
        /// `sealed` unless told.
        pub format: Option<CredentialExportFormat>,
    }
}
