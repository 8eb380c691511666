//! Repeating what a peer wants to hear again, with the Echo value that it gives (RFC
//! 9175 §2.3).

use super::peer;
use super::solo::{Solo, answer, content, news};
use crate::block::Block;
use crate::code::Code;
use crate::message::Kind;
use crate::option;
use crate::params::{Limits, Parameters};
use crate::request::{Request, Response};

/// 4.01 with an Echo value.
fn challenge(value: u8) -> Response {
    let mut response = Response::new(Code::UNAUTHORIZED);
    response.options.push(option::ECHO, [value; 3]);
    response
}

fn block(num: u32, more: bool) -> Block {
    Block { num, more, szx: 0 }
}

fn small_blocks() -> Solo {
    let params = Parameters {
        block_szx: 0,
        ..Parameters::UDP
    };
    Solo::with(params, Limits::SERVER)
}

fn confirm(num: u32) -> Response {
    let mut response = Response::new(Code::CONTINUE);
    response
        .options
        .set_uint(option::BLOCK1, block(num, true).to_value());
    response
}

fn piece(num: u32, more: bool, payload: &str) -> Response {
    let mut response = content(payload);
    response
        .options
        .set_uint(option::BLOCK2, block(num, more).to_value());
    response
}

#[test]
fn ec_01_a_challenge_is_echoed_once() {
    let mut solo = Solo::new();
    solo.ask(Request::post().segment("3").payload("on"));
    let asked = solo.last().clone();
    assert_eq!(solo.hear_answer(challenge(1)), ["CON 0.02 \"on\""]);
    let again = solo.last().clone();
    assert_eq!(again.options.get(option::ECHO), Some(&[1; 3][..]));
    assert_eq!(
        again.options.uri_path().collect::<Vec<_>>(),
        asked.options.uri_path().collect::<Vec<_>>()
    );
    assert_ne!((again.mid, again.token), (asked.mid, asked.token));
    assert_eq!(solo.endpoint.counters().echoed, 1);
    assert_eq!(
        solo.hear_answer(challenge(2)),
        ["response 4.01"],
        "a peer that is never content gets no third request"
    );
    assert_eq!(solo.endpoint.exchange_count(), 0);
}

#[test]
fn ec_01_a_value_goes_to_the_peer_that_gave_it_alone() {
    let mut solo = Solo::new();
    solo.ask(Request::get());
    solo.request(Request::get().segment("next"));
    assert_eq!(solo.hear_answer(challenge(1)), ["CON 0.01"]);
    solo.endpoint
        .request(solo.now, peer(2), Request::get())
        .expect("room");
    assert_eq!(solo.drain(), ["CON 0.01"]);
    assert_eq!(solo.last().options.get(option::ECHO), None, "another peer");
    solo.sent.pop();
    assert_eq!(
        solo.hear_answer(content("a")),
        ["response 2.05 \"a\"", "CON 0.01"]
    );
    assert_eq!(
        solo.last().options.get(option::ECHO),
        None,
        "another request"
    );
    let forged = answer(Kind::NonConfirmable, 9, solo.last().token, challenge(7));
    solo.endpoint
        .handle_datagram(solo.now, peer(2), &forged.encode());
    assert!(solo.drain()[0].starts_with("unexpected"));
}

#[test]
fn ec_01_a_block_on_its_way_up_is_repeated_not_the_body() {
    let mut solo = small_blocks();
    solo.ask(Request::post().payload("0123456789abcdefghij"));
    solo.hear_answer(confirm(0));
    assert_eq!(solo.hear_answer(challenge(1)), ["CON 0.02 \"ghij\""]);
    assert_eq!(solo.last().options.block1(), Some(block(1, false)));
    assert_eq!(solo.last().options.get(option::ECHO), Some(&[1; 3][..]));
    assert_eq!(solo.hear_answer(content("ok")), ["response 2.05 \"ok\""]);
}

#[test]
fn ec_01_each_block_may_be_challenged_and_all_later_ones_bear_the_value() {
    let mut solo = small_blocks();
    solo.ask(Request::post().payload([b'x'; 40]));
    for num in 0..2 {
        let value = num as u8 + 1;
        assert_eq!(solo.hear_answer(challenge(value)).len(), 1);
        assert_eq!(solo.last().options.block1(), Some(block(num, true)));
        assert_eq!(solo.hear_answer(confirm(num)).len(), 2);
        assert_eq!(solo.last().options.get(option::ECHO), Some(&[value; 3][..]));
    }
    solo.hear_answer(challenge(8));
    assert_eq!(solo.hear_answer(challenge(9)), ["response 4.01"]);
}

#[test]
fn ec_01_a_block_on_its_way_down_is_asked_for_again() {
    let mut solo = Solo::new();
    solo.ask(Request::get().segment("3"));
    solo.hear_answer(piece(0, true, "0123456789abcdef"));
    assert_eq!(solo.hear_answer(challenge(1)), ["CON 0.01"]);
    assert_eq!(solo.last().options.block2(), Some(block(1, false)));
    assert_eq!(
        solo.hear_answer(piece(1, false, "gh")),
        ["response 2.05 \"0123456789abcdefgh\""]
    );
}

#[test]
fn ec_01_an_observation_is_begun_with_the_value_and_its_token() {
    let mut solo = Solo::new();
    let (_, token) = solo
        .endpoint
        .observe(solo.now, peer(1), Request::get())
        .expect("room");
    solo.drain();
    assert_eq!(solo.hear_answer(challenge(1)), ["CON 0.01"]);
    assert_eq!(
        (solo.last().token, solo.last().options.observe()),
        (token, Some(0))
    );
    solo.hear_answer(news(1, "a"));
    assert!(solo.endpoint.is_observed(peer(1), token));
    let large = answer(
        Kind::Confirmable,
        50,
        token,
        Response {
            options: {
                let mut options = news(2, "").options;
                options.set_uint(option::BLOCK2, block(0, true).to_value());
                options
            },
            ..content("0123456789abcdef")
        },
    );
    solo.hear(&large);
    assert_eq!(
        solo.last().options.get(option::ECHO),
        None,
        "the value of long ago is not part of what is observed"
    );
}
