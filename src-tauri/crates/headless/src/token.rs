//! The secret of one run: who presents it may do everything.

use std::fmt;

/// Random bytes in a token.
const BYTES: usize = 32;

/// A bearer token. It has no `Display`, so that it reaches no log by accident.
pub(crate) struct Token(String);

impl Token {
    /// A new one.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    /// The text, for the one who started the program.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is this token. Every byte is looked at, so that the time
    /// tells nothing about where they differ.
    pub(crate) fn is(&self, presented: &str) -> bool {
        let differences = self
            .0
            .bytes()
            .zip(presented.bytes())
            .fold(0, |seen, (ours, theirs)| seen | (ours ^ theirs));
        std::hint::black_box(differences) == 0 && presented.len() == self.0.len()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = Token::generate().expect("randomness");
        let text = token.reveal().to_owned();
        assert_eq!(text.len(), 2 * BYTES);
        assert!(token.is(&text));
        for other in [
            "",
            &text[1..],
            &format!("{text}0"),
            &text.to_uppercase().replace('A', "b"),
            &"0".repeat(64),
        ] {
            assert!(!token.is(other), "{other}");
        }
        assert!(!Token::generate().expect("randomness").is(&text));
        assert!(!format!("{token:?}").contains(&text));
    }
}
