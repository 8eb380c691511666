//! Echo values (RFC 9175 §2.3 and App. A): whoever sends one back receives what is
//! sent to the address that he seems to have (conformance EC-02, EC-04). A value is a
//! code over the time and the peer under a key that nobody else knows, so nothing is
//! kept of those who were asked. When a peer is asked stands in `link::guarding`.

use std::time::Duration;

use clock::Instant;
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};

use crate::peer::Peer;

/// Bytes of a value: 64 bits cannot be guessed one datagram at a time (RFC 9175 §5).
pub(crate) const ECHO_BYTES: usize = 8;

/// The step in which time enters a value. A value is good for one step at least and
/// for two at most: longer than a peer retransmits (MAX_TRANSMIT_WAIT, RFC 7252
/// §4.8.2), so that a slow one is not asked for ever.
pub(crate) const ECHO_STEP: Duration = Duration::from_secs(120);

/// Steps after which the key is replaced: an hour.
const STEPS_PER_KEY: u64 = 30;

/// Stream of the endpoint's seed from which the keys are drawn; tokens, message ids
/// and timeouts have stream 0.
const STREAM: u64 = 1;

type Key = [u8; 32];

/// What makes values and knows them again.
#[derive(Debug)]
pub(crate) struct Challenges {
    rng: ChaCha12Rng,
    /// Counts the keys; the present one and the one before it are known.
    epoch: u64,
    present: Key,
    previous: Key,
}

impl Challenges {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        let mut rng = ChaCha12Rng::from_seed(seed);
        rng.set_stream(STREAM);
        let (present, previous) = (draw(&mut rng), draw(&mut rng));
        Self {
            rng,
            epoch: 0,
            present,
            previous,
        }
    }

    /// The value for a peer at this time.
    pub(crate) fn value(&mut self, now: Instant, peer: Peer) -> [u8; ECHO_BYTES] {
        let step = step_of(now);
        self.rotate(step / STEPS_PER_KEY);
        code(&self.present, step, peer)
    }

    /// Whether a value was made for that peer, and not too long ago.
    pub(crate) fn accepts(&mut self, now: Instant, peer: Peer, value: &[u8]) -> bool {
        let step = step_of(now);
        self.rotate(step / STEPS_PER_KEY);
        [Some(step), step.checked_sub(1)]
            .into_iter()
            .flatten()
            .any(|step| {
                let key = if step / STEPS_PER_KEY == self.epoch {
                    &self.present
                } else {
                    &self.previous
                };
                is_same(&code(key, step, peer), value)
            })
    }

    fn rotate(&mut self, epoch: u64) {
        if epoch <= self.epoch {
            return;
        }
        let follows = epoch == self.epoch + 1;
        self.epoch = epoch;
        self.previous = self.present;
        self.present = draw(&mut self.rng);
        if !follows {
            self.previous = draw(&mut self.rng);
        }
    }
}

fn draw(rng: &mut ChaCha12Rng) -> Key {
    let mut key = Key::default();
    rng.fill_bytes(&mut key);
    key
}

fn step_of(now: Instant) -> u64 {
    now.as_micros() / u64::try_from(ECHO_STEP.as_micros()).unwrap_or(u64::MAX)
}

/// ChaCha as a pseudo-random function, applied word by word: what the key and a word
/// yield is the key for the next one. All inputs are four words long, so none is the
/// beginning of another.
fn code(key: &Key, step: u64, peer: Peer) -> [u8; ECHO_BYTES] {
    let [one, two, three] = peer.words();
    let mut state = *key;
    for word in [step, one, two, three] {
        let mut function = ChaCha12Rng::from_seed(state);
        function.set_stream(word);
        function.fill_bytes(&mut state);
    }
    std::array::from_fn(|at| state.get(at).copied().unwrap_or_default())
}

/// Compares without telling by the time it takes how much is right.
fn is_same(mine: &[u8; ECHO_BYTES], value: &[u8]) -> bool {
    mine.len() == value.len()
        && mine
            .iter()
            .zip(value)
            .fold(0, |sum, (one, other)| sum | (one ^ other))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::ListenerId;

    fn peer(listener: u8, address: &[u8]) -> Peer {
        Peer::new(ListenerId(listener), address).expect("short")
    }

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn ec_04_a_value_is_of_one_peer_and_one_endpoint() {
        let mut challenges = Challenges::new([1; 32]);
        let value = challenges.value(at(5), peer(0, &[1, 2]));
        assert!(challenges.accepts(at(6), peer(0, &[1, 2]), &value));
        for other in [peer(0, &[1, 3]), peer(1, &[1, 2]), peer(0, &[1, 2, 0])] {
            assert!(!challenges.accepts(at(6), other, &value), "{other:?}");
        }
        let mut elsewhere = Challenges::new([2; 32]);
        assert!(!elsewhere.accepts(at(6), peer(0, &[1, 2]), &value));
        for wrong in [&value[..7], &[0; 8], &[&value[..], &[0]].concat(), &[]] {
            assert!(!challenges.accepts(at(6), peer(0, &[1, 2]), wrong));
        }
    }

    #[test]
    fn ec_04_a_value_is_good_for_one_step_at_least_and_two_at_most() {
        let step = ECHO_STEP.as_secs();
        let peer = peer(0, &[1, 2]);
        for made in [0, 1, step - 1, 29 * step, 30 * step - 1, 100 * step + 7] {
            let mut challenges = Challenges::new([1; 32]);
            let value = challenges.value(at(made), peer);
            for (later, good) in [(0, true), (step, true), (2 * step, false)] {
                assert_eq!(
                    challenges.accepts(at(made + later), peer, &value),
                    good,
                    "made at {made} s, {later} s later"
                );
            }
        }
    }

    #[test]
    fn ec_04_keys_are_replaced() {
        let mut challenges = Challenges::new([1; 32]);
        let key = challenges.present;
        challenges.value(at(30 * ECHO_STEP.as_secs()), peer(0, &[1]));
        assert_eq!(challenges.previous, key);
        assert_ne!(challenges.present, key);
        challenges.value(at(300 * ECHO_STEP.as_secs()), peer(0, &[1]));
        assert_ne!(challenges.previous, key, "a key of long ago is gone");
    }
}
