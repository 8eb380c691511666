//! The code by which a script knows why a device did not get in. Codes stay as they are
//! once they are published; the sentences beside them may change.

use super::Case;
use crate::dto::PendingCause;
use secure::Cause;
use server::security::RefusalCause;

/// The code of a failed handshake, with what is known around it.
pub(crate) const fn of_case(case: &Case<'_>) -> PendingCause {
    match (case.cause, case.neighbour) {
        (Cause::UnknownAssociation { cid: false }, Some(_)) => PendingCause::AddressChanged,
        (cause, _) => of_handshake(cause),
    }
}

const fn of_handshake(cause: &Cause) -> PendingCause {
    match cause {
        Cause::UnknownPskIdentity => PendingCause::UnknownPskIdentity,
        Cause::WrongKey => PendingCause::WrongKey,
        Cause::NoCommonSuite { .. } => PendingCause::NoCommonSuite,
        Cause::NoEncryptThenMac => PendingCause::NoEncryptThenMac,
        Cause::OldVersion => PendingCause::OldVersion,
        Cause::NoCommonGroup => PendingCause::NoCommonGroup,
        Cause::CertificateType => PendingCause::CertificateType,
        Cause::CertificateExpired { .. } => PendingCause::CertificateExpired,
        Cause::CertificateNotYetValid { .. } => PendingCause::CertificateNotYetValid,
        Cause::UnknownAuthority => PendingCause::UnknownAuthority,
        Cause::BadCertificate { .. } => PendingCause::BadCertificate,
        Cause::UnknownPublicKey => PendingCause::UnknownPublicKey,
        Cause::NoCertificate => PendingCause::NoCertificate,
        Cause::BadSignature => PendingCause::BadSignature,
        Cause::Alert { .. } => PendingCause::Alert,
        Cause::TimedOut => PendingCause::TimedOut,
        Cause::LargeFlight { .. } => PendingCause::LargeFlight,
        Cause::Malformed { .. } => PendingCause::Malformed,
        Cause::TooMany => PendingCause::TooManyHandshakes,
        Cause::NotDtls { coap: true } => PendingCause::PlainCoap,
        Cause::NotDtls { coap: false } => PendingCause::NotDtls,
        Cause::PlainPort => PendingCause::DtlsOnPlainPort,
        Cause::UnknownAssociation { .. } => PendingCause::UnknownSession,
    }
}

/// The code of a registration that was turned down.
pub(crate) const fn of_refusal(cause: &RefusalCause) -> PendingCause {
    match cause {
        RefusalCause::OtherIdentity => PendingCause::OtherEndpoint,
        RefusalCause::Insecure => PendingCause::CredentialsRequired,
        RefusalCause::MissingEndpoint => PendingCause::MissingEndpoint,
        RefusalCause::UnknownVersion { .. } => PendingCause::UnknownVersion,
        RefusalCause::Unreadable { .. } => PendingCause::UnreadableRegistration,
        RefusalCause::NotStandard { .. } => PendingCause::NotStandard,
        RefusalCause::TooManyDevices => PendingCause::TooManyDevices,
    }
}
