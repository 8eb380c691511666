//! Request-Tag (RFC 9175 §3): bodies for one resource are kept apart, ours and theirs.

use std::time::Duration;

use super::peer;
use super::solo::{Solo, content, question};
use crate::block::Block;
use crate::code::Code;
use crate::message::{Kind, Message};
use crate::option;
use crate::params::{Limits, Parameters};
use crate::request::{Request, Response};

fn block(num: u32, more: bool) -> Block {
    Block { num, more, szx: 0 }
}

fn small_blocks(nstart: usize) -> Solo {
    let params = Parameters {
        block_szx: 0,
        nstart,
        ..Parameters::UDP
    };
    Solo::with(params, Limits::SERVER)
}

/// A body of three blocks for /5/0/0.
fn body(fill: u8) -> Request {
    Request::new(Code::PUT)
        .path(["5", "0", "0"])
        .payload(vec![fill; 40])
}

fn confirm(num: u32) -> Response {
    let mut response = Response::new(Code::CONTINUE);
    response
        .options
        .set_uint(option::BLOCK1, block(num, true).to_value());
    response
}

/// The Request-Tag of the last message sent.
fn tag(solo: &Solo) -> Option<Vec<u8>> {
    let tag = solo.last().options.get(option::REQUEST_TAG);
    tag.map(<[u8]>::to_vec)
}

#[test]
fn ec_05_a_body_bears_no_tag_without_need() {
    let mut solo = small_blocks(1);
    for fill in [b'a', b'b'] {
        solo.ask(body(fill));
        for num in 0..2 {
            assert_eq!(tag(&solo), None);
            solo.hear_answer(confirm(num));
        }
        assert_eq!(
            solo.hear_answer(Response::new(Code::CHANGED)),
            ["response 2.04"]
        );
    }
    solo.ask(Request::new(Code::PUT).payload("short"));
    assert_eq!(tag(&solo), None);
}

#[test]
fn ec_05_a_body_after_an_abandoned_one_bears_a_tag_in_every_block() {
    // Cancelled, refused half-way, never answered, abandoned with its peer.
    let ends: [fn(&mut Solo, crate::ExchangeId); 4] = [
        |solo, id| solo.endpoint.cancel_exchange(id),
        |solo, _| {
            solo.hear_answer(Response::new(Code::BAD_REQUEST));
        },
        |solo, _| {
            while solo.endpoint.exchange_count() > 0 {
                solo.pass(Duration::from_secs(10));
            }
        },
        |solo, _| solo.endpoint.abandon_peer(peer(1)),
    ];
    for end in ends {
        let mut solo = small_blocks(1);
        let first = solo.request(body(b'a'));
        solo.drain();
        solo.hear_answer(confirm(0));
        end(&mut solo, first);
        solo.ask(body(b'b'));
        let given = tag(&solo).expect("a tag");
        assert!(given.len() <= 8);
        for num in 0..2 {
            solo.hear_answer(confirm(num));
            assert_eq!(tag(&solo).as_ref(), Some(&given));
        }
        let mut large = content("0123456789abcdef");
        large
            .options
            .set_uint(option::BLOCK2, block(0, true).to_value());
        large.options.push(option::REQUEST_TAG, [9]);
        solo.hear_answer(large);
        assert_eq!(
            tag(&solo),
            Some(given),
            "the blocks of the answer belong to the same question"
        );
        let mut last = content("gh");
        last.options
            .set_uint(option::BLOCK2, block(1, false).to_value());
        solo.hear_answer(last);
        let told = solo.responses.last().expect("the whole answer");
        assert_eq!(told.payload, b"0123456789abcdefgh");
        assert_eq!(told.options.get(option::REQUEST_TAG), None);
    }
}

#[test]
fn ec_05_a_body_that_was_never_begun_leaves_no_trace() {
    let mut solo = small_blocks(1);
    solo.ask(Request::get());
    let waiting = solo.request(body(b'a'));
    solo.endpoint.cancel_exchange(waiting);
    solo.hear_answer(content("x"));
    solo.ask(body(b'b'));
    assert_eq!(tag(&solo), None);
}

#[test]
fn ec_05_tags_end_when_nothing_old_can_be_on_its_way() {
    let mut solo = small_blocks(1);
    let first = solo.request(body(b'a'));
    solo.drain();
    solo.endpoint.cancel_exchange(first);
    let mut tags = vec![];
    for _ in 0..2 {
        let id = solo.request(body(b'b'));
        solo.drain();
        tags.push(tag(&solo).expect("a tag"));
        solo.endpoint.cancel_exchange(id);
    }
    assert_ne!(tags[0], tags[1], "each body its own");
    solo.pass(Duration::from_secs(248));
    solo.ask(body(b'c'));
    assert_eq!(tag(&solo), None);
}

#[test]
fn ec_05_bodies_under_way_at_once_bear_different_tags() {
    let mut solo = small_blocks(2);
    solo.ask(body(b'a'));
    assert_eq!(tag(&solo), None);
    solo.ask(body(b'b'));
    let second = tag(&solo);
    assert!(second.is_some());
    solo.hear_answer(confirm(0));
    assert_eq!(tag(&solo), second);
}

/// A block of the peer's for /rd, with these tags.
fn part(mid: u16, block: Block, fill: u8, tags: &[&[u8]]) -> Message {
    let length = if block.more { 16 } else { 4 };
    let mut request = Request::post().segment("rd").payload(vec![fill; length]);
    request.options.set_uint(option::BLOCK1, block.to_value());
    for tag in tags {
        request.options.push(option::REQUEST_TAG, *tag);
    }
    question(Kind::Confirmable, mid, request)
}

#[test]
fn ec_05_bw_09_bodies_of_a_peer_are_kept_apart_by_their_lists_of_tags() {
    // None, an empty one, one, two: four different lists (RFC 9175 §3.2).
    let lists: [&[&[u8]]; 4] = [&[], &[b""], &[b"a"], &[b"a", b"b"]];
    let mut solo = Solo::new();
    for (n, tags) in (1..).zip(lists) {
        let lines = solo.hear(&part(u16::from(n), block(0, true), n, tags));
        assert_eq!(lines, ["ACK 2.31"]);
        assert_eq!(tag(&solo), None, "never in a response");
    }
    for (n, tags) in (1..).zip(lists) {
        solo.hear(&part(u16::from(n) + 10, block(1, false), n, tags));
        assert_eq!(solo.respond(Response::new(Code::CHANGED)), ["ACK 2.04"]);
        assert_eq!(tag(&solo), None);
    }
    let bodies: Vec<_> = solo
        .requests
        .iter()
        .map(|(_, request)| request.payload.clone())
        .collect();
    assert_eq!(bodies, [1, 2, 3, 4].map(|n| vec![n; 20]));
}

#[test]
fn ec_05_a_tag_is_elective_and_ignored_without_blocks() {
    for value in [&[][..], &[1; 8], &[1; 9]] {
        let mut solo = Solo::new();
        let mut request = Request::post().segment("rd");
        request.options.push(option::REQUEST_TAG, value);
        let lines = solo.hear(&question(Kind::Confirmable, 1, request));
        assert_eq!(lines, ["request 0.02"], "{} bytes", value.len());
    }
}
