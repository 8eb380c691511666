//! Bodies in blocks, both ways (RFC 7959), with a peer played by hand.

use std::time::Duration;

use super::peer;
use super::solo::{SECOND, Solo, answer, content, question};
use crate::block::Block;
use crate::code::Code;
use crate::message::{Kind, Message};
use crate::option;
use crate::params::{BLOCK_EXCHANGE_TRIES, Limits, Parameters};
use crate::request::{Request, Response};

fn block(num: u32, more: bool, szx: u8) -> Block {
    Block { num, more, szx }
}

/// Bytes that differ from block to block.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 16) as u8).collect()
}

/// A block of a POST to /rd.
fn part(mid: u16, block: Block, payload: &[u8]) -> Message {
    let mut request = Request::post().segment("rd").payload(payload);
    request.options.set_uint(option::BLOCK1, block.to_value());
    question(Kind::Confirmable, mid, request)
}

/// A block of a 2.05.
fn piece(block: Block, payload: &[u8], etag: u8) -> Response {
    let mut response = Response::new(Code::CONTENT).payload(payload);
    response.options.set(option::ETAG, [etag]);
    response.options.set_uint(option::BLOCK2, block.to_value());
    response
}

fn confirm(code: Code, block: Block) -> Response {
    let mut response = Response::new(code);
    response.options.set_uint(option::BLOCK1, block.to_value());
    response
}

#[test]
fn bw_01_blocks_become_one_request() {
    let mut solo = Solo::new();
    let body = bytes(40);
    assert_eq!(
        solo.hear(&part(1, block(0, true, 0), &body[..16])),
        ["ACK 2.31"]
    );
    assert_eq!(solo.last().options.block1(), Some(block(0, true, 0)));
    assert_eq!(
        solo.hear(&part(2, block(1, true, 0), &body[16..32])),
        ["ACK 2.31"]
    );
    assert_eq!(
        solo.hear(&part(3, block(2, false, 0), &body[32..])).len(),
        1
    );
    let (id, request) = solo.requests[0].clone();
    assert_eq!(
        (id.mid(), request.payload, request.options.block1()),
        (3, body, None)
    );
    assert_eq!(solo.respond(Response::new(Code::CREATED)), ["ACK 2.01"]);
    assert_eq!(solo.last().options.block1(), Some(block(2, false, 0)));
}

#[test]
fn bw_02_the_last_block_again_is_answered_again() {
    let mut solo = Solo::new();
    let body = bytes(48);
    solo.hear(&part(1, block(0, true, 0), &body[..16]));
    assert_eq!(
        solo.hear(&part(2, block(1, true, 0), &body[16..32])),
        ["ACK 2.31"]
    );
    assert_eq!(
        solo.hear(&part(3, block(1, true, 0), &body[16..32])),
        ["ACK 2.31"]
    );
    assert_eq!(
        solo.hear(&part(4, block(2, false, 0), &body[32..])).len(),
        1
    );
    assert_eq!(
        solo.hear(&part(5, block(2, false, 0), &body[32..])),
        [""; 0],
        "waits for the same answer"
    );
    assert_eq!(
        solo.respond(Response::new(Code::CREATED)),
        ["ACK 2.01", "ACK 2.01"]
    );
    assert_eq!(
        solo.hear(&part(6, block(2, false, 0), &body[32..])),
        ["ACK 2.01"]
    );
    assert_eq!(solo.requests.len(), 1, "one registration, not three");
    assert_eq!(solo.requests[0].1.payload, body);
}

#[test]
fn bw_02_gaps_and_overlaps_are_incomplete() {
    let mut solo = Solo::new();
    let words = "ACK 4.08 \"block 1 begins at byte 16, byte 0 is next\"";
    assert_eq!(solo.hear(&part(1, block(1, true, 0), &[0; 16])), [words]);
    for num in 0..3 {
        solo.hear(&part(num + 2, block(u32::from(num), true, 0), &[0; 16]));
    }
    let words = "ACK 4.08 \"block 4 begins at byte 64, byte 48 is next\"";
    assert_eq!(solo.hear(&part(8, block(4, true, 0), &[0; 16])), [words]);
    assert_eq!(solo.hear(&part(9, block(1, true, 0), &[0; 16])).len(), 1);
    assert_eq!(solo.last().code, Code::REQUEST_ENTITY_INCOMPLETE);
    assert!(solo.requests.is_empty());
}

#[test]
fn bw_02_a_body_over_the_limit_is_refused_with_the_limit() {
    let limits = Limits {
        body_bytes: 40,
        ..Limits::SERVER
    };
    let mut solo = Solo::with(Parameters::UDP, limits);
    solo.hear(&part(1, block(0, true, 0), &[0; 16]));
    solo.hear(&part(2, block(1, true, 0), &[0; 16]));
    assert_eq!(
        solo.hear(&part(3, block(2, true, 0), &[0; 16])),
        ["ACK 4.13 \"at most 40 bytes are taken\""]
    );
    assert_eq!(solo.last().options.get_uint(option::SIZE1), Some(40));
    let mut announced = part(4, block(0, true, 0), &[0; 16]);
    announced.options.set_uint(option::SIZE1, 41);
    assert_eq!(solo.hear(&announced).len(), 1);
    assert_eq!(solo.last().code, Code::REQUEST_ENTITY_TOO_LARGE);
}

#[test]
fn bw_03_impossible_blocks_are_bad_requests() {
    let cases = [
        (
            block(0, true, 7),
            16,
            "a block option has size exponent 7, which UDP does not know",
        ),
        (
            block(0, true, 0),
            15,
            "a block says that more follow but is not full",
        ),
        (
            block(0, false, 0),
            17,
            "a block says that more follow but is not full",
        ),
    ];
    for (bad, length, reason) in cases {
        let mut solo = Solo::new();
        let lines = solo.hear(&part(1, bad, &vec![0; length]));
        assert_eq!(
            lines,
            [
                format!("malformed: {reason}"),
                format!("ACK 4.00 {reason:?}")
            ]
        );
    }
}

#[test]
fn bw_03_the_largest_block_number_does_not_overflow() {
    let mut solo = Solo::new();
    let lines = solo.hear(&part(1, block(0xf_ffff, true, 6), &[0; 1024]));
    assert_eq!(lines, ["ACK 4.13 \"at most 16777216 bytes are taken\""]);
}

#[test]
fn bw_04_the_peer_may_go_over_to_smaller_blocks() {
    let mut solo = Solo::new();
    let body = bytes(100);
    solo.hear(&part(1, block(0, true, 2), &body[..64]));
    assert_eq!(
        solo.hear(&part(2, block(4, true, 0), &body[64..80])),
        ["ACK 2.31"]
    );
    assert_eq!(
        solo.hear(&part(3, block(5, true, 0), &body[80..96])),
        ["ACK 2.31"]
    );
    solo.hear(&part(4, block(6, false, 0), &body[96..]));
    assert_eq!(solo.requests[0].1.payload, body);
}

#[test]
fn bw_04_we_ask_for_smaller_blocks() {
    let mut solo = Solo::with(
        Parameters {
            block_szx: 2,
            ..Parameters::UDP
        },
        Limits::SERVER,
    );
    assert_eq!(
        solo.hear(&part(1, block(0, true, 6), &[0; 1024])),
        ["ACK 2.31"]
    );
    assert_eq!(solo.last().options.block1(), Some(block(0, true, 2)));
    assert_eq!(solo.ask(Request::get()), ["CON 0.01"]);
    assert_eq!(solo.last().options.block2(), Some(block(0, false, 2)));
}

/// Sends 100 bytes up in blocks of 32; what the peer answers, and what becomes of it.
fn check_upload(script: &[(Response, Option<Block>)], end: &str) {
    let mut solo = Solo::with(
        Parameters {
            block_szx: 1,
            ..Parameters::UDP
        },
        Limits::SERVER,
    );
    solo.ask(Request::new(Code::PUT).payload(bytes(100)));
    assert_eq!(solo.last().options.block1(), Some(block(0, true, 1)));
    assert_eq!(solo.last().options.get_uint(option::SIZE1), Some(100));
    for (response, next) in script {
        let before = solo.sent.len();
        let lines = solo.hear_answer(response.clone());
        match next {
            Some(next) => {
                assert_eq!(solo.last().options.block1(), Some(*next), "{lines:?}");
                let from = next.offset();
                let to = (from + next.size()).min(100);
                assert_eq!(solo.last().payload, bytes(100)[from..to]);
            }
            None => {
                assert_eq!(lines.last().map(String::as_str), Some(end));
                assert_eq!(solo.sent.len(), before);
            }
        }
    }
}

#[test]
fn bw_05_a_large_body_goes_up_in_blocks() {
    let next = |num| confirm(Code::CONTINUE, block(num, true, 1));
    check_upload(
        &[
            (next(0), Some(block(1, true, 1))),
            (next(1), Some(block(2, true, 1))),
            (next(2), Some(block(3, false, 1))),
            (confirm(Code::CHANGED, block(3, false, 1)), None),
        ],
        "response 2.04",
    );
}

#[test]
fn bw_05_smaller_blocks_are_honoured_by_bytes() {
    check_upload(
        &[
            (
                confirm(Code::CONTINUE, block(0, true, 0)),
                Some(block(2, true, 0)),
            ),
            (
                confirm(Code::CONTINUE, block(2, true, 0)),
                Some(block(3, true, 0)),
            ),
        ],
        "",
    );
    let too_large = Code::REQUEST_ENTITY_TOO_LARGE;
    check_upload(
        &[(
            confirm(too_large, block(0, true, 0)),
            Some(block(0, true, 0)),
        )],
        "",
    );
}

#[test]
fn bw_05_a_lost_thread_begins_anew_and_not_for_ever() {
    let lost = (
        Response::new(Code::REQUEST_ENTITY_INCOMPLETE),
        Some(block(0, true, 1)),
    );
    let mut script = vec![(
        confirm(Code::CONTINUE, block(0, true, 1)),
        Some(block(1, true, 1)),
    )];
    script.extend(vec![lost; 5]);
    script.push((Response::new(Code::REQUEST_ENTITY_INCOMPLETE), None));
    let end =
        "failed: the block-wise transfer failed: it asked for a new start (4.08), for the 6th time";
    check_upload(&script, end);
}

#[test]
fn bw_05_a_refused_body_fails_with_the_reason() {
    let mut refusal = Response::new(Code::REQUEST_ENTITY_TOO_LARGE);
    refusal.options.set_uint(option::SIZE1, 64);
    let end = "failed: the block-wise transfer failed: the peer refuses a body of 100 bytes (4.13); \
               it takes at most 64";
    check_upload(&[(refusal, None)], end);
    check_upload(&[(Response::new(Code::FORBIDDEN), None)], "response 4.03");
    let astray = "failed: the block-wise transfer failed: the peer answered block 0 of the request with \
                  2.31 Continue without confirming it";
    check_upload(
        &[(confirm(Code::CONTINUE, block(1, true, 1)), None)],
        astray,
    );
}

#[test]
fn bw_05_a_body_that_fits_is_cut_when_the_peer_asks_for_it() {
    let mut solo = Solo::new();
    solo.ask(Request::new(Code::PUT).payload(bytes(100)));
    assert_eq!(solo.last().options.block1(), None);
    solo.hear_answer(confirm(Code::REQUEST_ENTITY_TOO_LARGE, block(0, false, 2)));
    assert_eq!(solo.last().options.block1(), Some(block(0, true, 2)));
}

#[test]
fn bw_06_a_large_answer_is_fetched_and_put_together() {
    let mut solo = Solo::new();
    let body = bytes(40);
    solo.ask(Request::get().segment("3").accept(11542));
    let token = solo.last().token;
    let mut first = piece(block(0, true, 0), &body[..16], 1);
    first.options.set_uint(option::SIZE2, 40);
    assert_eq!(
        solo.hear_answer(first),
        ["progress: block 1 of 3", "CON 0.01"]
    );
    assert_eq!(solo.last().options.block2(), Some(block(1, false, 0)));
    assert_eq!(solo.last().options.accept(), Some(11542));
    assert_ne!(
        solo.last().token,
        token,
        "each message has a token of its own"
    );
    assert_eq!(
        solo.hear_answer(piece(block(1, true, 0), &body[16..32], 1)),
        ["progress: block 2 of 3", "CON 0.01"]
    );
    assert_eq!(
        solo.hear_answer(piece(block(2, false, 0), &body[32..], 1))
            .len(),
        1
    );
    let whole = &solo.responses[0];
    assert_eq!((&whole.payload, whole.options.block2()), (&body, None));
}

#[test]
fn bw_06_a_change_in_between_begins_anew() {
    let mut solo = Solo::new();
    solo.ask(Request::get());
    solo.hear_answer(piece(block(0, true, 0), b"aaaaaaaaaaaaaaaa", 1));
    assert_eq!(
        solo.hear_answer(piece(block(1, true, 0), b"bbbbbbbbbbbbbbbb", 2)),
        ["CON 0.01"]
    );
    assert_eq!(
        solo.last().options.block2(),
        Some(block(0, false, 0)),
        "from the start"
    );
    solo.hear_answer(piece(block(0, true, 0), b"bbbbbbbbbbbbbbbb", 2));
    let end = solo.hear_answer(piece(block(1, false, 0), b"b", 2));
    assert_eq!(end, ["response 2.05 \"bbbbbbbbbbbbbbbbb\""]);
    solo.ask(Request::post());
    solo.hear_answer(piece(block(0, true, 0), b"aaaaaaaaaaaaaaaa", 1));
    let end = solo.hear_answer(piece(block(1, true, 0), b"bbbbbbbbbbbbbbbb", 2));
    let reason = "the resource changed while it was read, and a POST must not be repeated";
    assert_eq!(
        end,
        [format!("failed: the block-wise transfer failed: {reason}")]
    );
}

#[test]
fn bw_06_what_does_not_fit_together_fails() {
    let cases = [
        (
            piece(block(2, false, 0), b"x", 1),
            "the part from byte 32 on came where that from 16 on was asked for",
        ),
        (piece(block(1, true, 0), b"x", 1), "block 1 has 1 bytes"),
        (
            piece(block(1, false, 0), &[0; 17], 1),
            "block 1 has 17 bytes",
        ),
    ];
    for (second, reason) in cases {
        let mut solo = Solo::new();
        solo.ask(Request::get());
        solo.hear_answer(piece(block(0, true, 0), &[0; 16], 1));
        assert_eq!(
            solo.hear_answer(second),
            [format!("failed: the response cannot be used: {reason}")]
        );
    }
}

#[test]
fn bw_06_the_size_of_an_answer_is_bounded() {
    let limits = Limits {
        body_bytes: 40,
        ..Limits::SERVER
    };
    let failed = "failed: the block-wise transfer failed: the body of the response is larger than 40 bytes, \
                  the most that is taken";
    let mut solo = Solo::with(Parameters::UDP, limits);
    solo.ask(Request::get());
    for num in 0..2 {
        solo.hear_answer(piece(block(num, true, 0), &[0; 16], 1));
    }
    assert_eq!(
        solo.hear_answer(piece(block(2, true, 0), &[0; 16], 1)),
        [failed]
    );
    solo.ask(Request::get());
    let mut announced = piece(block(0, true, 0), &[0; 16], 1);
    announced.options.set_uint(option::SIZE2, 41);
    assert_eq!(solo.hear_answer(announced), [failed]);
}

#[test]
fn bw_06_a_large_answer_of_ours_is_served_block_by_block() {
    let mut solo = Solo::new();
    solo.trust();
    let body = bytes(2_500);
    let get = |mid, asked: Option<Block>| {
        let mut request = Request::get().segment("3");
        if let Some(asked) = asked {
            request.options.set_uint(option::BLOCK2, asked.to_value());
        }
        question(Kind::Confirmable, mid, request)
    };
    solo.hear(&get(1, None));
    solo.respond(Response::new(Code::CONTENT).payload(body.clone()));
    assert_eq!(solo.last().options.block2(), Some(block(0, true, 6)));
    assert_eq!(solo.last().options.get_uint(option::SIZE2), Some(2_500));
    let etag = solo.last().options.etag().map(<[u8]>::to_vec);
    assert!(etag.is_some());
    assert_eq!(
        solo.hear(&get(2, Some(block(1, false, 6)))),
        ["ACK 2.05 1024 bytes"]
    );
    assert_eq!(solo.last().options.etag().map(<[u8]>::to_vec), etag);
    assert_eq!(
        solo.hear(&get(3, Some(block(4, false, 5)))),
        ["ACK 2.05 452 bytes"]
    );
    assert_eq!(solo.last().payload, body[2_048..]);
    assert_eq!(solo.hear(&get(4, Some(block(9, false, 6)))).len(), 1);
    assert_eq!(solo.last().code, Code::BAD_REQUEST);
    assert_eq!(solo.requests.len(), 1);
    solo.pass(Duration::from_secs(250));
    assert_eq!(
        solo.hear(&get(5, Some(block(1, false, 6)))),
        ["request 0.01"],
        "asked of the caller again"
    );
    assert_eq!(
        solo.respond(Response::new(Code::CONTENT).payload(body)),
        ["ACK 2.05 1024 bytes"]
    );
    assert_eq!(solo.last().options.block2(), Some(block(1, true, 6)));
}

#[test]
fn bw_06_a_command_is_not_carried_out_for_its_second_block() {
    let mut solo = Solo::new();
    let mut request = Request::post().segment("long-enough-for-words");
    request
        .options
        .set_uint(option::BLOCK2, block(1, false, 6).to_value());
    let lines = solo.hear(&question(Kind::Confirmable, 1, request));
    assert_eq!(
        lines,
        ["ACK 4.08 \"the answer that this block is of is no longer kept\""]
    );
}

#[test]
fn bw_09_bodies_are_kept_apart_by_request_tag() {
    let mut solo = Solo::new();
    let tagged = |mid, block, payload: &[u8], tag: u8| {
        let mut message = part(mid, block, payload);
        message.options.push(option::REQUEST_TAG, [tag]);
        message
    };
    solo.hear(&tagged(1, block(0, true, 0), &[1; 16], 1));
    solo.hear(&tagged(2, block(0, true, 0), &[2; 16], 2));
    solo.hear(&tagged(3, block(1, false, 0), &[1; 4], 1));
    solo.hear(&tagged(4, block(1, false, 0), &[2; 4], 2));
    let bodies: Vec<&Vec<u8>> = solo
        .requests
        .iter()
        .map(|(_, request)| &request.payload)
        .collect();
    assert_eq!(bodies, [&vec![1; 20], &vec![2; 20]]);
}

#[test]
fn bw_09_unfinished_bodies_are_bounded_and_expire() {
    let limits = Limits {
        bodies_per_peer: 2,
        reassembly_bytes: 60,
        ..Limits::SERVER
    };
    let mut solo = Solo::with(Parameters::UDP, limits);
    let begin = |mid: u16, path: &str| {
        let mut message = part(mid, block(0, true, 0), &[0; 16]);
        message.options.push(option::URI_PATH, path);
        message
    };
    for (mid, path) in [(1, "a"), (2, "b"), (3, "c")] {
        assert_eq!(solo.hear(&begin(mid, path)), ["ACK 2.31"]);
        solo.pass(SECOND);
    }
    let mut oldest = part(4, block(1, true, 0), &[0; 16]);
    oldest.options.push(option::URI_PATH, "a");
    solo.hear(&oldest);
    assert_eq!(
        solo.last().code,
        Code::REQUEST_ENTITY_INCOMPLETE,
        "the oldest had to go"
    );
    let other = part(9, block(0, true, 1), &[0; 32]).encode();
    solo.endpoint.handle_datagram(solo.now, peer(2), &other);
    assert_eq!(
        solo.drain(),
        ["ACK 5.03 \"too much at once; try again later\""]
    );
    solo.pass(Duration::from_secs(250));
    assert_eq!(solo.endpoint.peer_count(), 0, "nothing is left of them");
}

#[test]
fn bw_10_a_block_is_tried_five_times_before_the_transfer_fails() {
    let mut solo = Solo::with(
        Parameters {
            block_szx: 0,
            ..Parameters::UDP
        },
        Limits::SERVER,
    );
    solo.ask(Request::new(Code::PUT).payload(bytes(40)));
    solo.hear_answer(confirm(Code::CONTINUE, block(0, true, 0)));
    let lines = solo.pass(Duration::from_secs(600));
    let mids: std::collections::BTreeSet<u16> = solo
        .sent
        .iter()
        .skip(1)
        .map(|message| message.mid)
        .collect();
    assert_eq!(
        mids.len(),
        BLOCK_EXCHANGE_TRIES as usize,
        "each try is a new exchange"
    );
    let end = lines.last().expect("a failure");
    assert!(
        end.starts_with("failed: the block-wise transfer failed: block 2 of 3: no acknowledgement"),
        "{end}"
    );
}

#[test]
fn bw_10_a_separate_answer_to_a_block_is_as_good() {
    let mut solo = Solo::with(
        Parameters {
            block_szx: 0,
            ..Parameters::UDP
        },
        Limits::SERVER,
    );
    solo.ask(Request::new(Code::PUT).payload("0123456789abcdefgh"));
    solo.hear_ack();
    let token = solo.last().token;
    let message = answer(
        Kind::Confirmable,
        9,
        token,
        confirm(Code::CONTINUE, block(0, true, 0)),
    );
    assert_eq!(
        solo.hear(&message),
        ["ACK 0.00", "progress: block 1 of 2", "CON 0.03 \"gh\""]
    );
    assert_eq!(
        solo.hear_answer(content("done")),
        ["response 2.05 \"done\""]
    );
}
