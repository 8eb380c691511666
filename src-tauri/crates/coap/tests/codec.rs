//! The codec against chance and against coap-lite: whatever comes in, it does not
//! panic; whatever goes out comes in again; whatever the strict reading accepts,
//! coap-lite reads alike (G-05, G-06).

use coap::{Code, Endpoint, Kind, Limits, ListenerId, Message, Options, Parameters, Peer, Token};
use proptest::collection::vec;
use proptest::prelude::*;

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Confirmable),
        Just(Kind::NonConfirmable),
        Just(Kind::Acknowledgement),
        Just(Kind::Reset)
    ]
}

fn messages() -> impl Strategy<Value = Message> {
    let codes = prop_oneof![Just(0_u8), Just(2), Just(4), Just(5)];
    let options = vec((0_u16..3_000, vec(any::<u8>(), 0..300)), 0..12);
    (
        kinds(),
        codes,
        1_u8..32,
        any::<u16>(),
        vec(any::<u8>(), 0..=8),
        options,
        vec(any::<u8>(), 0..1_500),
    )
        .prop_map(
            |(kind, class, detail, mid, token, options, payload)| Message {
                kind,
                code: Code::of(class, detail),
                mid,
                token: Token::new(&token).expect("at most eight bytes"),
                options: options.into_iter().collect::<Options>(),
                payload,
            },
        )
}

/// Bytes that begin like a message more often than chance would have it.
fn datagrams() -> impl Strategy<Value = Vec<u8>> {
    let alike = (
        0x40_u8..0x80,
        any::<u8>(),
        vec(
            prop_oneof![any::<u8>(), Just(0xff), Just(0xd1), Just(0xe0)],
            2..80,
        ),
    )
        .prop_map(|(first, code, rest)| [vec![first & 0xf8, code & 0x1f], rest].concat());
    prop_oneof![vec(any::<u8>(), 0..200), alike]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn g_06_what_is_encoded_decodes_to_the_same(message in messages()) {
        prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn g_05_what_is_accepted_coap_lite_reads_alike(bytes in datagrams()) {
        if let Ok(message) = Message::decode(&bytes) {
            let packet = coap_lite::Packet::from_bytes(&bytes).expect("coap-lite is no stricter");
            prop_assert_eq!(packet.header.message_id, message.mid);
            prop_assert_eq!(u8::from(packet.header.code), message.code.as_byte());
            prop_assert_eq!(packet.get_token(), message.token.as_bytes());
            prop_assert_eq!(&packet.payload, &message.payload);
            let theirs: Vec<_> = packet
                .options()
                .flat_map(|(number, values)| values.iter().map(|value| (*number, value.as_slice())))
                .collect();
            prop_assert_eq!(theirs, message.options.iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_datagram_panics_an_endpoint_or_makes_it_talk(all in vec(datagrams(), 1..20)) {
        let mut endpoint = Endpoint::new(Parameters::UDP, Limits::SERVER, [1; 32]);
        let peer = Peer::new(ListenerId(0), &[1]).expect("short");
        let now = clock::Instant::ZERO;
        for bytes in all {
            endpoint.handle_datagram(now, peer, &bytes);
            let mut sent = 0;
            while let Some(output) = endpoint.poll() {
                sent += usize::from(matches!(output, coap::Output::Transmit { .. }));
            }
            prop_assert!(sent <= 1, "one datagram, at most one answer");
        }
        while let Some(at) = endpoint.next_timeout() {
            endpoint.handle_timeout(at);
            while endpoint.poll().is_some() {}
        }
        prop_assert_eq!(endpoint.peer_count(), 0);
    }
}
