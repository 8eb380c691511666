//! Datagrams as CoAP messages, against coap-lite's own reading.

use coap::message::{HEADER_BYTES, MAX_OPTIONS};
use coap::option;
use coap::{Kind, Message, Options};

/// A datagram of any content.
pub fn coap_message(bytes: &[u8]) {
    let message = match Message::decode(bytes) {
        Ok(message) => message,
        Err(malformed) => {
            assert!(bytes.len() >= HEADER_BYTES || malformed.header.is_none());
            return;
        }
    };
    let values: usize = message
        .options
        .iter()
        .map(|(_, value)| value.len() + 1)
        .sum();
    let token = message.token.as_bytes().len();
    assert!(HEADER_BYTES + token + values + message.payload.len() <= bytes.len());
    assert!(message.options.len() <= MAX_OPTIONS);
    let written = message.encode();
    assert_eq!(Message::decode(&written).as_ref(), Ok(&message));
    assert!(written.len() <= bytes.len(), "ours is the shortest form");
    assert_eq!(
        Message::decode(&written).map(|again| again.encode()),
        Ok(written)
    );
    agrees_with_coap_lite(bytes, &message);
    options(message.options);
}

fn agrees_with_coap_lite(bytes: &[u8], message: &Message) {
    let packet = coap_lite::Packet::from_bytes(bytes).expect("coap-lite is no stricter");
    let kind = match packet.header.get_type() {
        coap_lite::MessageType::Confirmable => Kind::Confirmable,
        coap_lite::MessageType::NonConfirmable => Kind::NonConfirmable,
        coap_lite::MessageType::Acknowledgement => Kind::Acknowledgement,
        coap_lite::MessageType::Reset => Kind::Reset,
    };
    assert_eq!(
        (kind, packet.header.message_id),
        (message.kind, message.mid)
    );
    assert_eq!(u8::from(packet.header.code), message.code.as_byte());
    assert_eq!(packet.get_token(), message.token.as_bytes());
    assert_eq!(packet.payload, message.payload);
}

/// Reading any option in any way gives an answer, and forgetting what is unrecognised
/// leaves only what is within its limits.
fn options(mut options: Options) {
    let _ = (options.block1(), options.block2(), options.observe());
    let _ = (options.content_format(), options.accept(), options.etag());
    if options.drop_unrecognised().is_err() {
        return;
    }
    for (number, value) in options.iter() {
        if let Some(known) = option::definition(number) {
            assert!((known.min..=known.max).contains(&value.len()));
            assert!(known.repeatable || options.get_all(number).count() == 1);
        }
    }
    for number in [option::BLOCK1, option::BLOCK2] {
        if let Some(value) = options.get_uint(number) {
            assert_eq!(coap::Block::from_value(value).to_value(), value);
        }
    }
}
