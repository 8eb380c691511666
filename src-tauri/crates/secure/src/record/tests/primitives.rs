//! The ciphers of OpenSSL themselves, called as `cipher` calls them, against published
//! vectors (G-43): RFC 3610 §8, NIST SP 800-38C example 3, and the fourth test case of
//! the GCM specification.

use super::hex;
use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;

/// Key, nonce, associated data, text, and what comes of it with its tag of that length.
struct Vector {
    key: &'static str,
    nonce: &'static str,
    aad: &'static str,
    text: &'static str,
    sealed: &'static str,
    tag_bytes: usize,
}

const RFC_3610_KEY: &str = "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf";

const CCM: [Vector; 4] = [
    Vector {
        key: RFC_3610_KEY,
        nonce: "00000003020100a0a1a2a3a4a5",
        aad: "0001020304050607",
        text: "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
        sealed: "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0",
        tag_bytes: 8,
    },
    Vector {
        key: RFC_3610_KEY,
        nonce: "00000004030201a0a1a2a3a4a5",
        aad: "0001020304050607",
        text: "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        sealed: "72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3ba091d56e10400916",
        tag_bytes: 8,
    },
    Vector {
        key: RFC_3610_KEY,
        nonce: "00000005040302a0a1a2a3a4a5",
        aad: "0001020304050607",
        text: "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
        sealed: "51b1e5f44a197d1da46b0f8e2d282ae871e838bb64da8596574adaa76fbd9fb0c5",
        tag_bytes: 8,
    },
    // With the nonce of twelve bytes that records have.
    Vector {
        key: "404142434445464748494a4b4c4d4e4f",
        nonce: "101112131415161718191a1b",
        aad: "000102030405060708090a0b0c0d0e0f10111213",
        text: "202122232425262728292a2b2c2d2e2f3031323334353637",
        sealed: "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951",
        tag_bytes: 8,
    },
];

const GCM: Vector = Vector {
    key: "feffe9928665731c6d6a8f9467308308",
    nonce: "cafebabefacedbaddecaf888",
    aad: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    text: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
           1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    sealed: "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
             21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091\
             5bc94fbc3221a5db94fae95ae7121a47",
    tag_bytes: 16,
};

fn cipher(is_gcm: bool) -> Cipher {
    let name = if is_gcm { "AES-128-GCM" } else { "AES-128-CCM" };
    Cipher::fetch(None, name, None).expect("a cipher")
}

fn seal(is_gcm: bool, vector: &Vector) -> Vec<u8> {
    let (key, nonce, text) = (hex(vector.key), hex(vector.nonce), hex(vector.text));
    let mut context = CipherCtx::new().expect("a context");
    context
        .encrypt_init(Some(&cipher(is_gcm)), None, None)
        .expect("set");
    if !is_gcm {
        context.set_iv_length(nonce.len()).expect("set");
        context.set_tag_length(vector.tag_bytes).expect("set");
    }
    context
        .encrypt_init(None, Some(&key), Some(&nonce))
        .expect("set");
    if !is_gcm {
        context.set_data_len(text.len()).expect("set");
    }
    context.cipher_update(&hex(vector.aad), None).expect("read");
    let mut sealed = vec![0; text.len() + vector.tag_bytes];
    context
        .cipher_update(&text, Some(&mut sealed))
        .expect("sealed");
    context.cipher_final(&mut [0; 16]).expect("sealed");
    context.tag(&mut sealed[text.len()..]).expect("a tag");
    sealed
}

fn open(is_gcm: bool, vector: &Vector, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (key, nonce) = (hex(vector.key), hex(vector.nonce));
    let (sealed, tag) = sealed.split_at(sealed.len() - vector.tag_bytes);
    let mut context = CipherCtx::new().expect("a context");
    context
        .decrypt_init(Some(&cipher(is_gcm)), None, None)
        .expect("set");
    if !is_gcm {
        context.set_iv_length(nonce.len()).expect("set");
    }
    context.set_tag(tag).expect("set");
    context
        .decrypt_init(None, Some(&key), Some(&nonce))
        .expect("set");
    if !is_gcm {
        context.set_data_len(sealed.len()).expect("set");
    }
    context.cipher_update(aad, None).expect("read");
    let mut text = vec![0; sealed.len()];
    context.cipher_update(sealed, Some(&mut text)).ok()?;
    if is_gcm {
        context.cipher_final(&mut [0; 16]).ok()?;
    }
    Some(text)
}

#[test]
fn g_43_the_ciphers_give_what_their_specifications_print() {
    let all = CCM.iter().map(|own| (false, own)).chain([(true, &GCM)]);
    for (is_gcm, vector) in all {
        let (aad, sealed) = (hex(vector.aad), hex(vector.sealed));
        assert_eq!(seal(is_gcm, vector), sealed, "{}", vector.nonce);
        let opened = open(is_gcm, vector, &aad, &sealed);
        assert_eq!(opened, Some(hex(vector.text)), "{}", vector.nonce);
    }
}

/// What Wycheproof's tables are made of: a tag, a text or associated data that differ
/// somewhere never open.
#[test]
fn g_43_one_bit_that_differs_anywhere_and_nothing_opens() {
    let all = CCM.iter().map(|own| (false, own)).chain([(true, &GCM)]);
    for (is_gcm, vector) in all {
        let (aad, sealed) = (hex(vector.aad), hex(vector.sealed));
        for bit in 0..8 * sealed.len() {
            let mut other = sealed.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(is_gcm, vector, &aad, &other), None, "bit {bit}");
        }
        for bit in 0..8 * aad.len() {
            let mut other = aad.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(is_gcm, vector, &other, &sealed), None, "bit {bit}");
        }
    }
}
