//! A flight of handshake messages that is sent as often as it is needed, each time under
//! new record numbers (RFC 6347 §4.2.4).

use crate::record::cipher::Crypt;
use crate::record::protection::Protection;
use crate::record::write_plain;

/// The records of a flight, in the clear.
#[derive(Clone, Default)]
pub(crate) struct Flight {
    records: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    kind: u8,
    protected: bool,
    body: Box<[u8]>,
}

impl Flight {
    /// Appends a record.
    pub(crate) fn push(&mut self, kind: u8, protected: bool, body: &[u8]) {
        self.records.push(Part {
            kind,
            protected,
            body: body.into(),
        });
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes of its records, without their headers.
    pub(crate) fn bytes(&self) -> usize {
        self.records.iter().map(|part| part.body.len()).sum()
    }

    /// Packs the records into as few datagrams as fit `mtu`. `next` numbers the records
    /// of epoch 0, `protection` those of epoch 1.
    pub(crate) fn send(
        &self,
        mtu: usize,
        next: &mut u64,
        mut protection: Option<&mut Protection>,
        crypt: &mut Crypt,
        out: &mut Vec<Vec<u8>>,
    ) {
        let mut datagram: Vec<u8> = Vec::new();
        for part in &self.records {
            let start = datagram.len();
            if part.protected {
                let Some(protection) = protection.as_deref_mut() else {
                    continue;
                };
                if protection
                    .seal(crypt, part.kind, &part.body, &mut datagram)
                    .is_none()
                {
                    continue;
                }
            } else {
                write_plain(part.kind, *next, &part.body, &mut datagram);
                *next += 1;
            }
            if datagram.len() > mtu && start > 0 {
                let rest = datagram.split_off(start);
                out.push(std::mem::replace(&mut datagram, rest));
            }
        }
        if !datagram.is_empty() {
            out.push(datagram);
        }
    }
}
