//! Sealing and opening of single records: AES-128 with CCM_8, GCM, or CBC with
//! encrypt-then-MAC (RFC 6655, 5288, 7366), each with and without a Connection ID
//! (RFC 9146 §5).
//!
//! CBC without encrypt-then-MAC does not exist here: there is no padding to be an
//! oracle. A record that cannot be opened yields nothing, not even a reason.

use super::hmac::{HMAC_BYTES, hmac};
use super::keys::Direction;
use super::{ALERT, APPLICATION_DATA, DTLS_1_2, HANDSHAKE, MAX_PLAINTEXT_BYTES, Record, TLS12_CID};
use crate::config::Suite;
use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use openssl::memcmp;
use zeroize::Zeroize;

/// OpenSSL's ciphers and room to work in; one serves all associations.
pub(crate) struct Crypt {
    ccm: Engine,
    gcm: Engine,
    cbc: Engine,
    aad: Vec<u8>,
    inner: Vec<u8>,
}

/// A cipher of OpenSSL, set up once for each direction: to name the cipher anew costs
/// more than to seal a record. What is set for each record is its key and nonce.
struct Engine {
    cipher: Cipher,
    sealing: Option<CipherCtx>,
    opening: Option<CipherCtx>,
}

/// How a record is to look.
#[derive(Clone, Copy)]
pub(crate) struct Shape<'a> {
    /// Epoch and sequence number.
    pub(crate) number: u64,
    /// The content type inside.
    pub(crate) kind: u8,
    /// The receiver's Connection ID, if it wants one.
    pub(crate) cid: Option<&'a [u8]>,
}

impl Crypt {
    /// Fetches the ciphers.
    pub(crate) fn new() -> Result<Self, ErrorStack> {
        Ok(Self {
            ccm: Engine::fetch("AES-128-CCM")?,
            gcm: Engine::fetch("AES-128-GCM")?,
            cbc: Engine::fetch("AES-128-CBC")?,
            aad: Vec::with_capacity(AAD_ROOM),
            inner: Vec::new(),
        })
    }

    /// Appends a whole record to `out`; on `None` nothing is appended. An empty plaintext
    /// is not sent.
    pub(crate) fn seal(
        &mut self,
        suite: Suite,
        keys: &Direction,
        shape: Shape<'_>,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        if plaintext.is_empty() || plaintext.len() > MAX_PLAINTEXT_BYTES {
            return None;
        }
        self.inner.clear();
        self.inner.extend_from_slice(plaintext);
        let kind = match shape.cid {
            Some(_) => {
                self.inner.push(shape.kind);
                TLS12_CID
            }
            None => shape.kind,
        };
        let start = out.len();
        out.push(kind);
        out.extend_from_slice(&DTLS_1_2);
        out.extend_from_slice(&shape.number.to_be_bytes());
        out.extend_from_slice(shape.cid.unwrap_or_default());
        let body = out.len() + 2;
        out.extend_from_slice(&[0, 0]);
        let sealed = if suite.is_cbc() {
            self.seal_cbc(keys, shape, out)
        } else {
            self.seal_aead(suite, keys, shape, out)
        };
        self.inner.zeroize();
        let len = u16::try_from(out.len() - body).ok();
        match (sealed, len) {
            (Ok(()), Some(len)) => {
                out[body - 2..body].copy_from_slice(&len.to_be_bytes());
                Some(())
            }
            _ => {
                out.truncate(start);
                None
            }
        }
    }

    /// The content type and the plaintext of a record, if it is authentic.
    pub(crate) fn open(
        &mut self,
        suite: Suite,
        keys: &Direction,
        record: &Record<'_>,
    ) -> Option<(u8, Vec<u8>)> {
        if record.version != DTLS_1_2 {
            return None;
        }
        let opened = if suite.is_cbc() {
            self.open_cbc(keys, record)
        } else {
            self.open_aead(suite, keys, record)
        };
        // What a failed call leaves behind belongs to nobody.
        let Some(mut plaintext) = opened else {
            drop(ErrorStack::get());
            return None;
        };
        if record.kind != TLS12_CID {
            return Some((record.kind, plaintext));
        }
        while plaintext.last() == Some(&0) {
            plaintext.pop();
        }
        let kind = plaintext.pop()?;
        matches!(kind, ALERT | HANDSHAKE | APPLICATION_DATA).then_some((kind, plaintext))
    }

    fn seal_aead(
        &mut self,
        suite: Suite,
        keys: &Direction,
        shape: Shape<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ErrorStack> {
        let tag_bytes = tag_bytes(suite);
        let explicit = shape.number.to_be_bytes();
        let nonce = nonce(keys, explicit);
        let len = self.inner.len();
        write_aad(
            &mut self.aad,
            shape.number,
            shape.kind,
            shape.cid,
            u16_len(len),
        );
        let is_ccm = suite != Suite::EcdheGcm;
        let context = match is_ccm {
            true => self.ccm.sealing(set_up_ccm)?,
            false => self.gcm.sealing(|_| Ok(()))?,
        };
        context.encrypt_init(None, Some(&*keys.key), Some(&nonce))?;
        if is_ccm {
            context.set_data_len(len)?;
        }
        context.cipher_update(&self.aad, None)?;
        out.extend_from_slice(&explicit);
        let start = out.len();
        out.resize(start + len + tag_bytes, 0);
        context.cipher_update(&self.inner, Some(&mut out[start..]))?;
        context.cipher_final(&mut [0; 16])?;
        context.tag(&mut out[start + len..])
    }

    fn open_aead(
        &mut self,
        suite: Suite,
        keys: &Direction,
        record: &Record<'_>,
    ) -> Option<Vec<u8>> {
        let (explicit, sealed) = record.body.split_first_chunk::<8>()?;
        let len = sealed.len().checked_sub(tag_bytes(suite))?;
        let (sealed, tag) = sealed.split_at_checked(len)?;
        // OpenSSL checks the tag of CCM when it deciphers, and an empty text is never
        // deciphered: it would count as authentic.
        if sealed.is_empty() {
            return None;
        }
        let nonce = nonce(keys, *explicit);
        let cid = (record.kind == TLS12_CID).then_some(record.cid);
        write_aad(&mut self.aad, record.number, record.kind, cid, u16_len(len));
        let is_gcm = suite == Suite::EcdheGcm;
        let context = match is_gcm {
            true => self.gcm.opening(|_| Ok(())).ok()?,
            false => self.ccm.opening(set_up_ccm).ok()?,
        };
        context
            .decrypt_init(None, Some(&*keys.key), Some(&nonce))
            .ok()?;
        context.set_tag(tag).ok()?;
        if !is_gcm {
            context.set_data_len(len).ok()?;
        }
        context.cipher_update(&self.aad, None).ok()?;
        let mut plaintext = vec![0; len];
        context.cipher_update(sealed, Some(&mut plaintext)).ok()?;
        if is_gcm {
            context.cipher_final(&mut [0; 16]).ok()?;
        }
        Some(plaintext)
    }

    fn seal_cbc(
        &mut self,
        keys: &Direction,
        shape: Shape<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ErrorStack> {
        let padding = BLOCK_BYTES - 1 - self.inner.len() % BLOCK_BYTES;
        let padding_byte = u8::try_from(padding).expect("less than a block");
        self.inner
            .resize(self.inner.len() + padding + 1, padding_byte);
        let start = out.len();
        let mut iv = [0; BLOCK_BYTES];
        openssl::rand::rand_bytes(&mut iv)?;
        out.extend_from_slice(&iv);
        // OpenSSL wants room for one block more than it writes.
        out.resize(start + 2 * BLOCK_BYTES + self.inner.len(), 0);
        let context = self.cbc.sealing(|_| Ok(()))?;
        context.encrypt_init(None, Some(&*keys.key), Some(&iv))?;
        context.set_padding(false);
        context.cipher_update(&self.inner, Some(&mut out[start + BLOCK_BYTES..]))?;
        out.truncate(start + BLOCK_BYTES + self.inner.len());
        let len = u16_len(out.len() - start);
        write_aad(&mut self.aad, shape.number, shape.kind, shape.cid, len);
        let mac = hmac(mac_key(keys), &[&self.aad, &out[start..]]);
        out.extend_from_slice(&mac);
        Ok(())
    }

    fn open_cbc(&mut self, keys: &Direction, record: &Record<'_>) -> Option<Vec<u8>> {
        let (sealed, mac) = record.body.split_last_chunk::<HMAC_BYTES>()?;
        let cid = (record.kind == TLS12_CID).then_some(record.cid);
        let len = u16_len(sealed.len());
        write_aad(&mut self.aad, record.number, record.kind, cid, len);
        if !memcmp::eq(&hmac(mac_key(keys), &[&self.aad, sealed]), mac) {
            return None;
        }
        let (iv, sealed) = sealed.split_first_chunk::<BLOCK_BYTES>()?;
        if sealed.is_empty() || !sealed.len().is_multiple_of(BLOCK_BYTES) {
            return None;
        }
        let context = self.cbc.opening(|_| Ok(())).ok()?;
        context
            .decrypt_init(None, Some(&*keys.key), Some(iv))
            .ok()?;
        context.set_padding(false);
        // OpenSSL may write up to a block more than it reads.
        let mut plaintext = vec![0; sealed.len() + BLOCK_BYTES];
        let written = context.cipher_update(sealed, Some(&mut plaintext)).ok()?;
        plaintext.truncate(written);
        let padding = *plaintext.last()?;
        let len = plaintext.len().checked_sub(usize::from(padding) + 1)?;
        // The peer itself made it, so that this comparison tells nobody anything.
        if plaintext[len..].iter().any(|byte| *byte != padding) {
            return None;
        }
        plaintext.truncate(len);
        Some(plaintext)
    }
}

impl Engine {
    fn fetch(name: &str) -> Result<Self, ErrorStack> {
        Ok(Self {
            cipher: Cipher::fetch(None, name, None)?,
            sealing: None,
            opening: None,
        })
    }

    fn sealing(
        &mut self,
        set_up: impl FnOnce(&mut CipherCtx) -> Result<(), ErrorStack>,
    ) -> Result<&mut CipherCtx, ErrorStack> {
        let context = match self.sealing.take() {
            Some(context) => context,
            None => {
                let mut context = CipherCtx::new()?;
                context.encrypt_init(Some(&self.cipher), None, None)?;
                set_up(&mut context)?;
                context
            }
        };
        Ok(self.sealing.insert(context))
    }

    fn opening(
        &mut self,
        set_up: impl FnOnce(&mut CipherCtx) -> Result<(), ErrorStack>,
    ) -> Result<&mut CipherCtx, ErrorStack> {
        let context = match self.opening.take() {
            Some(context) => context,
            None => {
                let mut context = CipherCtx::new()?;
                context.decrypt_init(Some(&self.cipher), None, None)?;
                set_up(&mut context)?;
                context
            }
        };
        Ok(self.opening.insert(context))
    }
}

/// CCM has to know the lengths of nonce and tag (RFC 6655 §3) before there is a key.
fn set_up_ccm(context: &mut CipherCtx) -> Result<(), ErrorStack> {
    context.set_iv_length(NONCE_BYTES)?;
    context.set_tag_length(CCM_TAG_BYTES)
}

/// What is authenticated beside the text (RFC 5246 §6.2.3.3, RFC 9146 §5).
pub(crate) fn write_aad(aad: &mut Vec<u8>, number: u64, kind: u8, cid: Option<&[u8]>, len: u16) {
    aad.clear();
    match cid {
        None => {
            aad.extend_from_slice(&number.to_be_bytes());
            aad.push(kind);
            aad.extend_from_slice(&DTLS_1_2);
        }
        Some(cid) => {
            let cid_bytes = u8::try_from(cid.len()).expect("a Connection ID has up to 255 bytes");
            aad.extend_from_slice(&[0xff; 8]);
            aad.extend_from_slice(&[TLS12_CID, cid_bytes, TLS12_CID]);
            aad.extend_from_slice(&DTLS_1_2);
            aad.extend_from_slice(&number.to_be_bytes());
            aad.extend_from_slice(cid);
        }
    }
    aad.extend_from_slice(&len.to_be_bytes());
}

fn nonce(keys: &Direction, explicit: [u8; 8]) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    nonce[..4].copy_from_slice(&*keys.salt);
    nonce[4..].copy_from_slice(&explicit);
    nonce
}

fn mac_key(keys: &Direction) -> &[u8] {
    keys.mac_key.as_ref().map_or(&[], |key| &key[..])
}

const fn tag_bytes(suite: Suite) -> usize {
    match suite {
        Suite::EcdheGcm => 16,
        _ => CCM_TAG_BYTES,
    }
}

fn u16_len(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

/// Bytes of a nonce of CCM and GCM (RFC 5288 §3, RFC 6655 §3).
const NONCE_BYTES: usize = 12;

/// Bytes of a tag of CCM_8 (RFC 6655 §4).
const CCM_TAG_BYTES: usize = 8;

/// Bytes of a block of AES.
const BLOCK_BYTES: usize = 16;

/// Room for the longest associated data with our own Connection IDs.
const AAD_ROOM: usize = 64;
