//! Signatures that are missing, wrong or zero: no handshake is ever complete without a
//! good one, whichever side should have made it.

use crate::pki::Pki;
use crate::wire::{Tamper, World};
use secure::{Cause, ClientConfig};

const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const CERTIFICATE_VERIFY: u8 = 15;

/// The signature with r = s = 0, as DER.
const ZERO: [u8; 8] = [0x30, 6, 2, 1, 0, 2, 1, 0];

/// Changes the messages of one kind in the unprotected records of a datagram; `None` takes
/// them out, and those that follow move up.
fn change(datagram: &[u8], kind: u8, with: fn(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = datagram;
    let mut gone = 0;
    while rest.len() >= 13 {
        let len = usize::from(u16::from_be_bytes([rest[11], rest[12]]));
        let connection_id = if rest[0] == 25 { 8 } else { 0 };
        if rest[0] != 22 || rest[3..5] != [0, 0] {
            if connection_id > 0 {
                // What is protected is not for us, and always comes last.
                out.extend_from_slice(rest);
                return out;
            }
            out.extend_from_slice(&rest[..13 + len]);
            rest = &rest[13 + len..];
            continue;
        }
        let (header, message) = rest[..13 + len].split_at(13);
        rest = &rest[13 + len..];
        let body = match message[0] == kind {
            true => with(&message[12..]),
            false => Some(message[12..].to_vec()),
        };
        let Some(body) = body else {
            gone += 1;
            continue;
        };
        let body_len = u16::try_from(body.len()).expect("short");
        out.extend_from_slice(&header[..11]);
        out.extend_from_slice(&(body_len + 12).to_be_bytes());
        let [high, low] = body_len.to_be_bytes();
        out.extend_from_slice(&[message[0], 0, high, low, message[4], message[5] - gone]);
        out.extend_from_slice(&[0, 0, 0, 0, high, low]);
        out.extend_from_slice(&body);
    }
    out
}

/// How far server and device get with somebody on the way, and what each of them says.
fn outcome(tamper: Tamper, device: fn(&Pki) -> ClientConfig) -> (usize, Vec<Cause>, Vec<Cause>) {
    let pki = Pki::new();
    let mut keyring = pki.keyring();
    keyring.put_public_key(&pki.device.public);
    let mut world = World::new(21, pki.config(), keyring);
    world.tamper = Some(tamper);
    let device = world.add(device(&pki));
    world.connect(device);
    let established = world.clients[device].established.len() + world.guard.associations();
    (
        established,
        world.clients[device].failed.clone(),
        world.causes(),
    )
}

/// What signs a message is its last vector: two bytes of length, then DER.
fn with_signature(body: &[u8], prefix: usize, signature: &[u8]) -> Vec<u8> {
    let mut out = body[..prefix].to_vec();
    let len = u16::try_from(signature.len()).expect("short");
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(signature);
    out
}

/// Curve, point and algorithm come before the signature of a ServerKeyExchange on P-256.
const BEFORE_SERVER_SIGNATURE: usize = 4 + 65 + 2;
/// The algorithm comes before the signature of a CertificateVerify.
const BEFORE_CLIENT_SIGNATURE: usize = 2;

#[test]
fn the_one_on_the_way_changes_nothing_by_itself() {
    let same: Tamper = |_, bytes| change(&bytes, CERTIFICATE, |body| Some(body.to_vec()));
    for device in [Pki::certified, Pki::raw] {
        let (established, failed, causes) = outcome(same, device);
        assert_eq!((established, failed, causes), (2, vec![], vec![]));
    }
}

/// CVE-2021-34433: a client of Californium took a handshake without a server's signature.
#[test]
fn cve_2021_34433_a_server_without_a_signature_is_not_believed() {
    let cases: [Tamper; 4] = [
        |to_server, bytes| match to_server {
            true => bytes,
            false => change(&bytes, SERVER_KEY_EXCHANGE, |_| None),
        },
        |to_server, bytes| match to_server {
            true => bytes,
            false => change(&bytes, SERVER_KEY_EXCHANGE, |body| {
                Some(body[..BEFORE_SERVER_SIGNATURE].to_vec())
            }),
        },
        |to_server, bytes| match to_server {
            true => bytes,
            false => change(&bytes, SERVER_KEY_EXCHANGE, |body| {
                Some(with_signature(body, BEFORE_SERVER_SIGNATURE, &[]))
            }),
        },
        |to_server, bytes| match to_server {
            true => bytes,
            false => change(&bytes, SERVER_KEY_EXCHANGE, |body| {
                let mut body = body.to_vec();
                *body.last_mut()? ^= 1;
                Some(body)
            }),
        },
    ];
    for (number, tamper) in cases.into_iter().enumerate() {
        for device in [Pki::certified, Pki::raw] {
            let (established, failed, _) = outcome(tamper, device);
            assert_eq!(established, 0, "case {number}");
            assert_eq!(failed.len(), 1, "case {number}");
        }
    }
}

#[test]
fn cve_2021_34433_a_client_without_a_signature_is_not_believed() {
    let cases: [Tamper; 3] = [
        |to_server, bytes| match to_server {
            true => change(&bytes, CERTIFICATE_VERIFY, |_| None),
            false => bytes,
        },
        |to_server, bytes| match to_server {
            true => change(&bytes, CERTIFICATE_VERIFY, |body| {
                Some(with_signature(body, BEFORE_CLIENT_SIGNATURE, &[]))
            }),
            false => bytes,
        },
        |to_server, bytes| match to_server {
            true => change(&bytes, CERTIFICATE_VERIFY, |body| {
                let mut body = body.to_vec();
                *body.last_mut()? ^= 1;
                Some(body)
            }),
            false => bytes,
        },
    ];
    for (number, tamper) in cases.into_iter().enumerate() {
        for device in [Pki::certified, Pki::raw] {
            let (established, _, causes) = outcome(tamper, device);
            assert_eq!(established, 0, "case {number}");
            assert_eq!(causes.len(), 1, "case {number}: {causes:?}");
        }
    }
}

/// CVE-2022-21449: Java took r = s = 0 for a signature of anything.
#[test]
fn cve_2022_21449_a_signature_of_zeros_signs_nothing() {
    let from_client: Tamper = |to_server, bytes| match to_server {
        true => change(&bytes, CERTIFICATE_VERIFY, |body| {
            Some(with_signature(body, BEFORE_CLIENT_SIGNATURE, &ZERO))
        }),
        false => bytes,
    };
    let from_server: Tamper = |to_server, bytes| match to_server {
        true => bytes,
        false => change(&bytes, SERVER_KEY_EXCHANGE, |body| {
            Some(with_signature(body, BEFORE_SERVER_SIGNATURE, &ZERO))
        }),
    };
    for device in [Pki::certified, Pki::raw] {
        let (established, _, causes) = outcome(from_client, device);
        assert_eq!((established, causes), (0, vec![Cause::BadSignature]));
        let (established, failed, _) = outcome(from_server, device);
        assert_eq!((established, failed), (0, vec![Cause::BadSignature]));
    }
}

#[test]
fn sec_09_a_device_that_shows_nothing_is_told_so() {
    let empty: Tamper = |to_server, bytes| match to_server {
        true => change(&bytes, CERTIFICATE, |_| Some(vec![0, 0, 0])),
        false => bytes,
    };
    let (established, _, causes) = outcome(empty, Pki::certified);
    assert_eq!((established, causes), (0, vec![Cause::NoCertificate]));
}
