//! Records against vectors made elsewhere and against OpenSSL's own.

mod openssl_peer;
mod primitives;

use super::cipher::{Crypt, Shape, write_aad};
use super::keys::{Direction, Keys};
use super::{APPLICATION_DATA, Record, TLS12_CID};
use crate::config::Suite;
use openssl_peer::Pair;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

const CID: [u8; 4] = [0xc1, 0xd0, 0xc1, 0xd0];
const NUMBER: u64 = 1 << 48 | 5;
const TEXT: &[u8] = b"LwM2M";

/// Whole records with that number, text, Connection ID and [`direction`], made with
/// Python's `cryptography` from the formulas of RFC 9146 §5 and RFC 7366 §3.
const VECTORS: [(Suite, bool, &str); 6] = [
    (
        Suite::PskCcm8,
        false,
        "17fefd000100000000000500150001000000000005608a4305e22f08e0f1e1ea8342",
    ),
    (
        Suite::EcdheCcm8,
        true,
        "19fefd0001000000000005c1d0c1d000160001000000000005608a4305e2b14a0f5e59b39f48ca",
    ),
    (
        Suite::EcdheGcm,
        false,
        "17fefd0001000000000005001d0001000000000005807d1cb4692afd570d7ffe0b286b53808c6acbd815",
    ),
    (
        Suite::EcdheGcm,
        true,
        "19fefd0001000000000005c1d0c1d0001e0001000000000005807d1cb46980fcd3a86dbf691bcb6e07c3e9\
         0940825a",
    ),
    (
        Suite::PskCbc,
        false,
        "17fefd00010000000000050040808182838485868788898a8b8c8d8e8fd434d8d413f770fc05ef54ee1e47\
         b436820ec1815647c6b000661ddff3f0122a2e2b3b9c129f6cc7a2ed0947e8dd2cb7",
    ),
    (
        Suite::EcdheCbc,
        true,
        "19fefd0001000000000005c1d0c1d00040808182838485868788898a8b8c8d8e8fd181bbefc720df143de0\
         475f0597e186fa21d5c9411b827ba9e5129871e8d11be328e30471bf556f9105c268421b1425",
    ),
];

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex"))
        .collect()
}

fn direction() -> Direction {
    let bytes = |from: u8| -> [u8; 32] { std::array::from_fn(|at| from + at as u8) };
    let key: [u8; 32] = bytes(0);
    Direction {
        key: Zeroizing::new(*key.first_chunk().expect("shorter")),
        salt: Zeroizing::new([0xa0, 0xa1, 0xa2, 0xa3]),
        mac_key: Some(Box::new(Zeroizing::new(bytes(0x40)))),
    }
}

fn shape(cid: Option<&[u8]>) -> Shape<'_> {
    Shape {
        number: NUMBER,
        kind: APPLICATION_DATA,
        cid,
    }
}

#[test]
fn sec_18_the_vectors_of_every_suite_with_and_without_connection_id() {
    let mut crypt = Crypt::new().expect("ciphers");
    for (suite, with_cid, vector) in VECTORS {
        let vector = hex(vector);
        let (record, rest) = Record::first(&vector, CID.len()).expect("a record");
        assert_eq!((record.cid == CID, rest), (with_cid, &[][..]));
        let opened = crypt.open(suite, &direction(), &record);
        assert_eq!(opened, Some((APPLICATION_DATA, TEXT.to_vec())), "{suite:?}");
        let cid = with_cid.then_some(&CID[..]);
        let mut sealed = Vec::new();
        crypt
            .seal(suite, &direction(), shape(cid), TEXT, &mut sealed)
            .expect("sealed");
        if suite.is_cbc() {
            // Its initialisation vector is random.
            assert_eq!(sealed.len(), vector.len());
        } else {
            assert_eq!(sealed, vector);
        }
    }
}

/// RFC 9146 §5.3, field by field.
#[test]
fn sec_18_the_additional_data_names_the_connection_id() {
    let mut aad = Vec::new();
    write_aad(&mut aad, NUMBER, APPLICATION_DATA, Some(&CID), 6);
    let expected = "ffffffffffffffff190419fefd0001000000000005c1d0c1d00006";
    assert_eq!(aad, hex(expected));
    write_aad(&mut aad, NUMBER, APPLICATION_DATA, None, 5);
    assert_eq!(aad, hex("000100000000000517fefd0005"));
}

#[test]
fn sec_14_no_changed_or_cut_record_opens() {
    let mut crypt = Crypt::new().expect("ciphers");
    for (suite, _, vector) in VECTORS {
        let vector = hex(vector);
        for at in 0..vector.len() {
            for bit in 0..8 {
                let mut changed = vector.clone();
                changed[at] ^= 1 << bit;
                let record = Record::first(&changed, CID.len());
                let opened = record.and_then(|(it, _)| crypt.open(suite, &direction(), &it));
                assert_eq!(opened, None, "{suite:?}, bit {bit} of byte {at}");
            }
            for len in 0..vector.len() {
                let mut cut = vector[..len].to_vec();
                if let Some(place) = cut.get_mut(11..13) {
                    place.copy_from_slice(&u16::try_from(len - 13).unwrap_or(0).to_be_bytes());
                }
                let record = Record::first(&cut, CID.len());
                let opened = record.and_then(|(it, _)| crypt.open(suite, &direction(), &it));
                assert_eq!(opened, None, "{suite:?}, {len} bytes");
            }
        }
    }
}

/// OpenSSL checks CCM's tag when it deciphers, and deciphers nothing of an empty text.
#[test]
fn sec_14_an_empty_record_without_a_tag_that_fits_is_not_authentic() {
    let mut crypt = Crypt::new().expect("ciphers");
    for suite in Suite::ALL {
        for len in 0..64 {
            let mut bytes = hex("17fefd0001000000000005");
            bytes.extend_from_slice(&[0, len]);
            bytes.resize(bytes.len() + usize::from(len), 0);
            let (record, _) = Record::first(&bytes, 0).expect("a record");
            assert_eq!(crypt.open(suite, &direction(), &record), None);
        }
        let mut out = Vec::new();
        let sealed = crypt.seal(suite, &direction(), shape(None), b"", &mut out);
        assert!(sealed.is_none() && out.is_empty());
    }
}

#[test]
fn sec_18_zeros_behind_the_inner_type_are_padding() {
    let mut crypt = Crypt::new().expect("ciphers");
    for suite in Suite::ALL {
        // The type of the plaintext comes last; here it is part of what is sealed.
        let padded = [TEXT, &[APPLICATION_DATA, 0, 0, 0]].concat();
        let mut out = Vec::new();
        let inner = Shape {
            kind: 0,
            ..shape(Some(&CID))
        };
        crypt
            .seal(suite, &direction(), inner, &padded, &mut out)
            .expect("sealed");
        let (record, _) = Record::first(&out, CID.len()).expect("a record");
        let opened = crypt.open(suite, &direction(), &record);
        assert_eq!(opened, Some((APPLICATION_DATA, TEXT.to_vec())));
        // Nothing but padding is no record.
        let mut out = Vec::new();
        crypt
            .seal(suite, &direction(), inner, &[0, 0], &mut out)
            .expect("sealed");
        let (record, _) = Record::first(&out, CID.len()).expect("a record");
        assert_eq!(record.kind, TLS12_CID);
        assert_eq!(crypt.open(suite, &direction(), &record), None);
    }
}

/// Records of any length, ours for OpenSSL and OpenSSL's for us.
#[test]
fn sec_03_sec_04_openssl_reads_our_records_and_we_read_those_of_openssl() {
    let mut crypt = Crypt::new().expect("ciphers");
    for suite in Suite::ALL {
        let mut pair = Pair::new(suite);
        let keys = pair.keys();
        let mut rng = ChaCha12Rng::seed_from_u64(u64::from(suite.number()));
        for number in 1..=200 {
            let mut text = vec![0; 1 + rng.next_u32() as usize % MOST_TEXT];
            rng.fill_bytes(&mut text);

            let written = pair.write(&text);
            let (record, _) = Record::first(&written, 0).expect("a record");
            let opened = crypt.open(suite, &keys.client, &record);
            assert_eq!(opened.as_ref().map(|it| &it.1), Some(&text), "{suite:?}");

            let shape = Shape {
                number: 1 << 48 | number,
                ..shape(None)
            };
            let mut ours = Vec::new();
            crypt
                .seal(suite, &keys.server, shape, &text, &mut ours)
                .expect("sealed");
            assert_eq!(pair.read(ours), text, "{suite:?}");
        }
    }
}

/// What OpenSSL sends in one record under its usual limits.
const MOST_TEXT: usize = 4_000;

#[test]
fn keys_are_read_back_as_they_were_written() {
    for suite in Suite::ALL {
        let keys = Keys::derive(suite, &[1; 48], &[2; 32], &[3; 32]);
        let mut bytes = Vec::new();
        keys.write(&mut bytes);
        let mut rest = &bytes[..];
        assert!(Keys::read(&mut rest).is_some_and(|read| read == keys));
        assert!(rest.is_empty());
        assert!(keys.client != keys.server);
    }
}
