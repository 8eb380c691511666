//! Our own keys and certificates, those that we issue, and whom we trust.

use super::{shapes, words};

words! {
    /// Where the key is that opens the stored secrets.
    pub enum SealingWay {
        /// In the operating system's keychain.
        Keychain,
        /// Under a passphrase.
        Passphrase,
        /// In a file beside the database, which its owner can read.
        File,
    }
}

shapes! {
    /// Which of the server's identities to look at.
    pub struct ServerIdentityRequest {
        /// The one for this server name; without it the usual one.
        pub server_name: Option<String>,
    }

    /// The certificate and the public key that the server shows to devices.
    pub struct ServerIdentity {
        /// Shown to devices that ask for this name only; without it to all others.
        pub server_name: Option<String>,
        /// PEM.
        pub certificate_pem: String,
        /// The certificates of its issuers, PEM; empty where it vouches for itself.
        pub chain_pem: String,
        /// Base64 of the SubjectPublicKeyInfo, as devices with raw public keys need it.
        pub public_key: String,
        /// The certificate in every form.
        pub certificate_forms: KeyForms,
        /// The public key in every form.
        pub public_key_forms: KeyForms,
        /// What the certificate says.
        pub certificate: CertificateInfo,
    }

    /// What the server shows to devices that ask for a server name.
    pub struct ServerIdentityListResponse {
        /// By name; the usual identity, for all other devices, is not among them.
        pub server_identities: Vec<NamedServerIdentity>,
    }

    /// A key pair and certificate for one server name.
    pub struct NamedServerIdentity {
        /// The name, in lower case, as devices find it in their /0/x/14.
        pub server_name: String,
        /// What the certificate says.
        pub certificate: CertificateInfo,
        /// What to know, e.g. that the certificate is in another name.
        pub warning: Option<String>,
        /// RFC 3339.
        pub added_at: String,
    }

    /// A server name that is to have no identity of its own any more.
    pub struct ServerIdentityDeleteRequest {
        /// Which.
        pub server_name: String,
    }

    /// The same bytes in the forms that tools ask for.
    pub struct KeyForms {
        /// PEM.
        pub pem: String,
        /// DER in base64, to save or to paste.
        pub base64: String,
        /// DER in hex.
        pub hex: String,
    }

    /// What a certificate says.
    pub struct CertificateInfo {
        /// E.g. `CN=urn:dev:1`.
        pub subject: String,
        /// Who signed it.
        pub issuer: String,
        /// RFC 3339.
        pub not_before: String,
        /// RFC 3339.
        pub not_after: String,
        /// In hex.
        pub serial: String,
        /// SHA-256, in hex.
        pub fingerprint: String,
        /// E.g. `on the curve P-256`.
        pub key: String,
        /// Whether it vouches for itself.
        pub self_signed: bool,
        /// What to know of its time, from 30 days before its end on.
        pub warning: Option<String>,
    }

    /// Another certificate and key for the server, shown from the next handshake on.
    pub struct ServerIdentityPutRequest {
        /// Shown to devices that ask for this name (SNI) only; without it to all others.
        /// Put the same pair once for each name.
        pub server_name: Option<String>,
        /// PEM; DER in hex or base64 is read too.
        pub certificate_pem: String,
        /// Its key, which must be on P-256; PEM, or DER in hex or base64.
        pub private_key_pem: String,
        /// The certificates of its issuers, each after the one that it signed.
        pub chain_pem: Option<String>,
    }

    /// The certificate authority of the bench.
    pub struct AuthorityGetResponse {
        /// PEM, for servers and devices that are to trust it.
        pub certificate_pem: String,
        /// What it says.
        pub certificate: CertificateInfo,
        /// What it issued, newest first.
        pub issued: Vec<IssuedCertificate>,
    }

    /// A certificate that the authority issued.
    pub struct IssuedCertificate {
        /// For whom.
        pub endpoint: String,
        /// RFC 3339.
        pub issued_at: String,
        /// What it says.
        pub certificate: CertificateInfo,
        /// PEM.
        pub certificate_pem: String,
    }

    /// A certificate for a device.
    pub struct AuthorityIssueRequest {
        /// The endpoint client name, which becomes the common name.
        pub endpoint: String,
        /// A request with the device's own key; without one a key pair is made.
        pub csr_pem: Option<String>,
        /// How long it holds; 3,650 unless told.
        pub days: Option<u32>,
    }

    /// What the device needs.
    pub struct AuthorityIssueResponse {
        /// Its certificate.
        pub certificate_pem: String,
        /// The certificate of the authority.
        pub chain_pem: String,
        /// Its private key, only where the pair was made here, and only this once.
        pub private_key_pem: Option<String>,
    }

    /// An authority whose signature on a device's certificate counts.
    pub struct TrustAnchorPutRequest {
        /// PEM; DER in hex or base64 is read too. Several are taken together.
        pub certificate_pem: String,
    }

    /// Whom we trust.
    pub struct TrustAnchorListResponse {
        /// In the order in which they came.
        pub trust_anchors: Vec<TrustAnchor>,
    }

    /// An authority whose signature counts.
    pub struct TrustAnchor {
        /// Its id.
        pub trust_anchor: String,
        /// PEM.
        pub certificate_pem: String,
        /// What it says.
        pub certificate: CertificateInfo,
        /// Whether it is the authority of this bench.
        pub own: bool,
        /// RFC 3339.
        pub added_at: String,
    }

    /// An authority to trust no more.
    pub struct TrustAnchorDeleteRequest {
        /// Its id.
        pub trust_anchor: String,
    }

    /// How the stored secrets are opened.
    pub struct Sealing {
        /// Where the key is.
        pub way: SealingWay,
        /// What to know of it.
        pub warning: Option<String>,
    }

    /// Another place for the key that opens the stored secrets.
    pub struct SealingPutRequest {
        /// Where.
        pub way: SealingWay,
        /// Needed for `passphrase`; the next start needs it in a file.
        pub passphrase: Option<String>,
    }
}
