//! Questions with a body: FETCH and iPATCH, large both ways, and observed (RFC 7959
//! §2.7, RFC 8132). Both sides are played: we ask, and we are asked.

use std::time::Duration;

use super::network::{Answerer, DEVICE, FAIR, Network, SERVER, Weather};
use super::peer;
use super::solo::{SECOND, Solo, answer, content, news, question};
use crate::block::Block;
use crate::code::Code;
use crate::message::{Kind, Message};
use crate::option;
use crate::output::Output;
use crate::params::{Limits, Parameters};
use crate::request::{Request, Response};
use crate::token::Token;

/// SenML CBOR (conformance BW-08 is about composite operations).
const FORMAT: u16 = 112;

fn block(num: u32, more: bool) -> Block {
    Block { num, more, szx: 0 }
}

fn small_blocks() -> Solo {
    let params = Parameters {
        block_szx: 0,
        ..Parameters::UDP
    };
    let mut solo = Solo::with(params, Limits::SERVER);
    solo.trust();
    solo
}

fn fetch(payload: impl Into<Vec<u8>>) -> Request {
    Request::new(Code::FETCH)
        .content_format(FORMAT)
        .accept(FORMAT)
        .payload(payload)
}

fn confirm(num: u32) -> Response {
    let mut response = Response::new(Code::CONTINUE);
    response
        .options
        .set_uint(option::BLOCK1, block(num, true).to_value());
    response
}

fn piece(num: u32, more: bool, payload: &str, etag: u8) -> Response {
    let mut response = content(payload);
    response.options.push(option::ETAG, [etag]);
    response
        .options
        .set_uint(option::BLOCK2, block(num, more).to_value());
    response
}

fn with_block2(mut request: Request, num: u32) -> Request {
    request
        .options
        .set_uint(option::BLOCK2, block(num, false).to_value());
    request
}

fn with_block1(mut request: Request, num: u32, more: bool) -> Request {
    request
        .options
        .set_uint(option::BLOCK1, block(num, more).to_value());
    request
}

#[test]
fn bw_08_a_small_question_goes_again_with_every_block_of_its_answer() {
    let mut solo = small_blocks();
    solo.ask(fetch("[\"/3\"]"));
    assert_eq!(
        solo.hear_answer(piece(0, true, "0123456789abcdef", 1)),
        ["progress: block 1", "CON 0.05 \"[\\\"/3\\\"]\""]
    );
    let next = solo.last();
    assert_eq!(next.options.content_format(), Some(FORMAT));
    assert_eq!(next.options.block2(), Some(block(1, false)));
    assert_eq!(
        solo.hear_answer(piece(1, false, "gh", 1)),
        ["response 2.05 \"0123456789abcdefgh\""]
    );
}

#[test]
fn bw_08_a_large_question_goes_up_once_and_its_large_answer_comes_down() {
    let mut solo = small_blocks();
    solo.ask(fetch("0123456789abcdefQR"));
    assert_eq!(solo.last().options.block1(), Some(block(0, true)));
    solo.hear_answer(confirm(0));
    assert_eq!(solo.last().payload, b"QR");
    let mut first = piece(0, true, "first part of 16", 1);
    first
        .options
        .set_uint(option::BLOCK1, block(1, false).to_value());
    assert_eq!(
        solo.hear_answer(first),
        ["progress: block 1", "CON 0.05"],
        "the rest is asked for without the body"
    );
    let next = solo.last();
    assert_eq!(
        (next.options.block1(), next.options.block2()),
        (None, Some(block(1, false)))
    );
    assert_eq!(
        next.options.content_format(),
        Some(FORMAT),
        "the options are what the peer knows the question by"
    );
    assert_eq!(
        solo.hear_answer(piece(1, false, "!", 1)),
        ["response 2.05 \"first part of 16!\""]
    );
}

#[test]
fn bw_08_a_change_under_a_large_answer_puts_the_large_question_again() {
    let mut solo = small_blocks();
    solo.ask(fetch("0123456789abcdefQR"));
    solo.hear_answer(confirm(0));
    solo.hear_answer(piece(0, true, "first part of 16", 1));
    solo.hear_answer(piece(1, false, "!", 2));
    assert_eq!(solo.last().options.block1(), Some(block(0, true)));
    solo.hear_answer(confirm(0));
    assert_eq!(
        solo.hear_answer(content("short now")),
        ["response 2.05 \"short now\""]
    );
}

#[test]
fn bw_08_a_peer_fetches_a_large_answer_by_its_question() {
    let mut solo = small_blocks();
    let body = "what /3 says is long";
    solo.hear(&question(Kind::Confirmable, 1, fetch("/3")));
    assert_eq!(
        solo.respond(content(body)),
        ["ACK 2.05 \"what /3 says is \""]
    );
    let same = with_block2(fetch("/3"), 1);
    assert_eq!(
        solo.hear(&question(Kind::Confirmable, 2, same)),
        ["ACK 2.05 \"long\""]
    );
    // The body of a FETCH and its format are part of what is kept (RFC 8132 §2.1).
    let mut other_format = with_block2(fetch("/3"), 1);
    other_format.options.set_uint(option::CONTENT_FORMAT, 110);
    for (mid, other) in [(3, with_block2(fetch("/4"), 1)), (4, other_format)] {
        let lines = solo.hear(&question(Kind::Confirmable, mid, other));
        assert!(lines[0].starts_with("request 0.05"), "{lines:?}");
    }
}

#[test]
fn bw_08_a_peer_puts_a_large_question_and_fetches_the_answer() {
    let mut solo = small_blocks();
    let parts = ["0123456789abcdef", "QR"];
    let ask = |mid, num: u32, more| {
        let part = fetch(parts[num as usize]);
        question(Kind::Confirmable, mid, with_block1(part, num, more))
    };
    assert_eq!(solo.hear(&ask(1, 0, true)), ["ACK 2.31"]);
    assert_eq!(
        solo.hear(&ask(2, 1, false)),
        ["request 0.05 \"0123456789abcdefQR\""]
    );
    assert_eq!(
        solo.respond(content("first part of 16!")),
        ["ACK 2.05 \"first part of 16\""]
    );
    assert_eq!(solo.last().options.block1(), Some(block(1, false)));
    let rest = with_block2(Request::new(Code::FETCH).accept(FORMAT), 1);
    assert_eq!(
        solo.hear(&question(Kind::Confirmable, 3, rest)),
        ["ACK 2.05 \"!\""]
    );
    assert_eq!(solo.requests.len(), 1);
}

#[test]
fn bw_08_a_large_question_put_again_is_not_answered_from_memory() {
    let mut solo = small_blocks();
    let mut ask = |first: &str, block2| {
        let mid = solo.sent.len() as u16 * 2;
        let part = with_block1(fetch(first), 0, true);
        solo.hear(&question(Kind::Confirmable, mid, part));
        let mut last = with_block1(fetch("QR"), 1, false);
        last = with_block2(last, block2);
        let lines = solo.hear(&question(Kind::Confirmable, mid + 1, last));
        let answer = format!("an answer to {}", &first[..8]);
        solo.respond(content(&answer));
        (lines.concat(), solo.last().payload.clone())
    };
    ask("one-----________", 0);
    let (lines, part) = ask("other---________", 1);
    assert!(lines.starts_with("request 0.05 \"other---"), "{lines}");
    assert_eq!(part, b"er---", "of its own answer");
}

/// We observe by FETCH; the peer confirms with number 1.
fn observe(solo: &mut Solo, request: &Request) -> Token {
    let (_, token) = solo
        .endpoint
        .observe(solo.now, peer(1), request.clone())
        .expect("room");
    solo.drain();
    while let Some(sent) = solo.last().options.block1().filter(|block| block.more) {
        assert_eq!(solo.last().options.observe(), Some(0));
        solo.hear_answer(confirm(sent.num));
    }
    assert_eq!(
        (solo.last().token, solo.last().options.observe()),
        (token, Some(0))
    );
    assert_eq!(solo.hear_answer(news(1, "a")), ["response 2.05 \"a\""]);
    assert!(solo.endpoint.is_observed(peer(1), token));
    token
}

fn notification(token: Token, number: u32, first: &str) -> Message {
    let mut response = piece(0, true, first, 1);
    response.options.set_uint(option::OBSERVE, number);
    answer(Kind::Confirmable, 50, token, response)
}

#[test]
fn bw_08_ob_12_the_rest_of_a_composite_notification_is_fetched_by_the_question() {
    let mut solo = small_blocks();
    let request = fetch("/3,/4");
    let token = observe(&mut solo, &request);
    solo.hear(&notification(token, 2, "0123456789abcdef"));
    let rest = solo.last().clone();
    assert_eq!((rest.code, &rest.payload), (Code::FETCH, &request.payload));
    assert_eq!(rest.options.observe(), None);
    assert_eq!(rest.options.block2(), Some(block(1, false)));
    assert_ne!(rest.token, token);
    assert_eq!(
        solo.hear_answer(piece(1, false, "gh", 1)),
        ["notification fresh 2.05 \"0123456789abcdefgh\""]
    );
}

#[test]
fn bw_08_ob_12_a_large_question_is_put_again_for_a_large_notification() {
    let mut solo = small_blocks();
    let token = observe(&mut solo, &fetch("0123456789abcdefQR"));
    let lines = solo.hear(&notification(token, 7, "what is news now"));
    assert_eq!(lines, ["CON 0.05 \"0123456789abcdef\""]);
    assert_eq!(solo.last().options.block1(), Some(block(0, true)));
    assert_eq!(solo.last().options.observe(), None);
    solo.hear_answer(confirm(0));
    assert_eq!(solo.last().payload, b"QR");
    solo.hear_answer(piece(0, true, "newer than news ", 2));
    assert_eq!(
        solo.hear_answer(piece(1, false, "yet", 2)),
        ["notification fresh 2.05 \"newer than news yet\""]
    );
    let told = solo.responses.last().expect("the news");
    assert_eq!(told.options.observe(), Some(7));
    let id = solo.notifications[0];
    solo.endpoint.acknowledge_notification(solo.now, id);
    assert_eq!(solo.drain(), ["ACK 0.00"]);
    assert_eq!(solo.last().mid, 50);
}

#[test]
fn bw_08_ob_06_a_composite_observation_ends_by_its_question_and_token() {
    for payload in ["/3,/4", "0123456789abcdefQR"] {
        let mut solo = small_blocks();
        let request = fetch(payload);
        let token = observe(&mut solo, &request);
        solo.endpoint
            .cancel_active(solo.now, peer(1), token, request)
            .expect("room");
        solo.drain();
        let mut said = solo.last().payload.clone();
        if let Some(sent) = solo.last().options.block1() {
            assert_eq!(solo.last().options.observe(), Some(1));
            solo.hear_answer(confirm(sent.num));
            assert!(
                solo.endpoint.is_observed(peer(1), token),
                "not before the last block"
            );
            said.extend_from_slice(&solo.last().payload);
        }
        assert_eq!(said, payload.as_bytes());
        assert_eq!(
            (solo.last().token, solo.last().options.observe()),
            (token, Some(1))
        );
        assert_eq!(solo.hear_answer(content("b")), ["response 2.05 \"b\""]);
        assert!(!solo.endpoint.is_observed(peer(1), token));
    }
}

/// The peer observes by FETCH, its question in one message or two.
fn observed(payload: &[u8]) -> (Solo, Token) {
    let mut solo = small_blocks();
    let token = Token::from(7);
    let blocks: Vec<&[u8]> = payload.chunks(16).collect();
    for (num, part) in (0..).zip(&blocks) {
        let mut request = fetch(*part);
        request.options.set_uint(option::OBSERVE, 0);
        if blocks.len() > 1 {
            request = with_block1(request, num, num as usize + 1 < blocks.len());
        }
        let message = question(Kind::Confirmable, num as u16, request);
        solo.hear(&Message { token, ..message });
    }
    let (id, request) = solo.requests.last().expect("the question").clone();
    assert_eq!((id.token(), request.payload), (token, payload.to_vec()));
    assert_eq!(request.options.observe(), Some(0));
    assert_eq!(solo.respond(news(1, "a")), ["ACK 2.05 \"a\""]);
    (solo, token)
}

#[test]
fn bw_08_ob_12_the_rest_of_our_notification_is_served_to_the_same_question() {
    let (mut solo, token) = observed(b"/3,/4");
    solo.endpoint
        .notify(
            solo.now,
            peer(1),
            token,
            2,
            content("news of more than one block"),
            true,
        )
        .expect("room");
    assert_eq!(solo.drain(), ["CON 2.05 \"news of more tha\""]);
    assert_eq!(solo.last().token, token);
    let etag = solo.last().options.etag().map(<[u8]>::to_vec);
    let rest = with_block2(fetch("/3,/4"), 1);
    assert_eq!(
        solo.hear(&question(Kind::Confirmable, 9, rest)),
        ["ACK 2.05 \"n one block\""]
    );
    assert_eq!(solo.last().options.etag().map(<[u8]>::to_vec), etag);
    let other = with_block2(fetch("/5"), 1);
    let lines = solo.hear(&question(Kind::Confirmable, 10, other));
    assert_eq!(lines, ["request 0.05 \"/5\""], "not to another question");
}

#[test]
fn bw_08_a_large_question_that_observes_reaches_the_caller_and_ends() {
    let payload = b"0123456789abcdefQR";
    let (mut solo, token) = observed(payload);
    for (num, more) in [(0, true), (1, false)] {
        let mut request = with_block1(
            fetch(&payload[num as usize * 16..][..if more { 16 } else { 2 }]),
            num,
            more,
        );
        request.options.set_uint(option::OBSERVE, 1);
        let message = question(Kind::Confirmable, 20 + num as u16, request);
        solo.hear(&Message { token, ..message });
    }
    let (id, request) = solo.requests.last().expect("the end");
    assert_eq!((id.token(), request.options.observe()), (token, Some(1)));
    assert_eq!(request.payload, payload);
}

/// The device answers every FETCH with the question and a filling.
fn echo_device(length: usize) -> Answerer {
    Box::new(move |request| {
        let mut body = request.payload.clone();
        body.resize(length, b'.');
        let mut response = Response::new(Code::CONTENT).payload(body);
        if let Some(value) = request.options.observe() {
            response.options.set_uint(option::OBSERVE, value);
        }
        (Duration::ZERO, response)
    })
}

#[test]
fn bw_08_both_sides_of_this_crate_agree_on_composite_observation() {
    let storm = Weather {
        loss: 100,
        duplicates: 50,
        reordered: 50,
    };
    for (weather, seed) in [(FAIR, 1), (storm, 2), (storm, 3)] {
        for question in [10, 3_000] {
            let mut network = Network::new(seed, weather, echo_device(5_000));
            let request = fetch(vec![b'q'; question]);
            let to = Network::other(SERVER);
            let server = &mut network.nodes[SERVER].endpoint;
            let (_, token) = server
                .observe(network.now, to, request.clone())
                .expect("room");
            network.run(Duration::from_secs(3_600));
            assert!(network.nodes[SERVER].endpoint.is_observed(to, token));
            for sequence in 2..5 {
                let now = network.now;
                let mut body = vec![b'q'; question];
                body.resize(5_000, b'.');
                let response = Response::new(Code::CONTENT).payload(body);
                let device = &mut network.nodes[DEVICE].endpoint;
                device
                    .notify(now, Network::other(DEVICE), token, sequence, response, true)
                    .expect("room");
                network.run(Duration::from_secs(600));
            }
            let now = network.now;
            network.nodes[SERVER]
                .endpoint
                .cancel_active(now, to, token, request)
                .expect("room");
            network.run(Duration::from_secs(3_600));
            assert!(!network.nodes[SERVER].endpoint.is_observed(to, token));
            let bodies: Vec<_> = network.nodes[SERVER]
                .seen
                .iter()
                .filter_map(|output| match output {
                    Output::Response { response, .. } | Output::Notification { response, .. } => {
                        Some(&response.payload)
                    }
                    _ => None,
                })
                .collect();
            assert_eq!(bodies.len(), 5, "first answer, three news, last answer");
            for body in bodies {
                assert_eq!(body.len(), 5_000);
                assert!(body[..question].iter().all(|byte| *byte == b'q'));
            }
        }
    }
}

#[test]
fn bw_11_methods_of_rfc_8132_have_their_codes_and_are_passed_on() {
    for (code, byte, idempotent) in [
        (Code::FETCH, 5, true),
        (Code::PATCH, 6, false),
        (Code::IPATCH, 7, true),
    ] {
        assert_eq!((code.as_byte(), code.is_idempotent()), (byte, idempotent));
        let mut solo = Solo::new();
        let request = Request::new(code).content_format(FORMAT).payload("[]");
        let lines = solo.hear(&question(Kind::Confirmable, 1, request));
        assert_eq!(lines, [format!("request {code} \"[]\"")]);
    }
}

#[test]
fn bw_11_an_ipatch_is_repeated_and_a_patch_is_not() {
    // The answer changes while it is read: the command ran already.
    let refused = "failed: the block-wise transfer failed: the resource changed while it was read, and a PATCH must not be repeated";
    for (code, line) in [(Code::IPATCH, "CON 0.07 \"[]\""), (Code::PATCH, refused)] {
        let mut solo = small_blocks();
        solo.ask(Request::new(code).payload("[]"));
        solo.hear_answer(piece(0, true, "0123456789abcdef", 1));
        assert_eq!(solo.hear_answer(piece(1, false, "gh", 2)), [line]);
    }
}

#[test]
fn bw_11_a_command_that_may_have_run_is_not_put_again() {
    // The answer to the last block is lost five times over; when the block comes as a
    // new exchange, the peer has forgotten the body: it may have acted upon it.
    for (code, again) in [(Code::IPATCH, true), (Code::PUT, true), (Code::POST, false)] {
        let mut solo = small_blocks();
        solo.ask(Request::new(code).payload("0123456789abcdefgh"));
        solo.hear_answer(confirm(0));
        let mid = solo.last().mid;
        while solo.last().mid == mid {
            solo.pass(SECOND);
        }
        assert_eq!(solo.last().options.block1(), Some(block(1, false)));
        let incomplete = Response::new(Code::REQUEST_ENTITY_INCOMPLETE);
        let lines = solo.hear_answer(incomplete);
        if again {
            assert_eq!(lines, [format!("CON {code} \"0123456789abcdef\"")]);
        } else {
            let end = lines.concat();
            assert!(end.contains("it may have been carried out"), "{end}");
        }
    }
}

#[test]
fn bw_11_a_command_whose_block_was_lost_on_the_way_is_begun_anew() {
    let mut solo = small_blocks();
    solo.ask(Request::post().payload("0123456789abcdefgh"));
    solo.hear_answer(confirm(0));
    let lines = solo.hear_answer(Response::new(Code::REQUEST_ENTITY_INCOMPLETE));
    assert_eq!(
        lines,
        ["CON 0.02 \"0123456789abcdef\""],
        "a first answer of 4.08 says that nothing was done"
    );
}
