//! Splits a line into words. Quotes hold a word together, an equals sign outside of
//! quotes divides it into a name and a value, and every word knows where it stands.
//!
//! It knows no verb; `grammar` does.

use super::complaint::Complaint;
use std::ops::Range;

/// Longest line, in bytes: enough for a value of some kilobytes in hexadecimal.
pub(crate) const MAX_LINE_BYTES: usize = 16 << 10;

/// A word of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Word {
    /// What it says, without quotes.
    pub(crate) text: String,
    /// Where it stands in the line, in bytes, quotes included.
    pub(crate) at: Range<usize>,
    /// Whether it begins with a quote.
    pub(crate) quoted: bool,
    /// Where its first equals sign outside of quotes stands: in `text`, in the line.
    equals: Option<(usize, usize)>,
}

impl Word {
    /// `name=value` as two words.
    pub(crate) fn assignment(&self) -> Option<(Word, Word)> {
        let (in_text, in_line) = self.equals?;
        let part = |text: Option<&str>, at: Range<usize>, quoted| Self {
            text: text.unwrap_or_default().to_owned(),
            at,
            quoted,
            equals: None,
        };
        let name = part(self.text.get(..in_text), self.at.start..in_line, false);
        let value = self.text.get(in_text.saturating_add(1)..);
        let at = in_line.saturating_add(1)..self.at.end;
        // Only a quote makes a word longer in the line than in its text.
        let quoted = at.len() > value.map_or(0, str::len);
        Some((name, part(value, at, quoted)))
    }

    /// Whether it is an option: two dashes that are not quoted.
    pub(crate) fn is_option(&self) -> bool {
        !self.quoted && self.text.starts_with("--")
    }
}

/// The words of a line as far as it goes.
#[derive(Debug)]
pub(crate) struct Words {
    /// In order.
    pub(crate) words: Vec<Word>,
    /// Where a quote begins that nothing closes, in bytes.
    pub(crate) open_quote: Option<usize>,
}

/// Splits a line that is complete.
pub(crate) fn lex(line: &str) -> Result<Vec<Word>, Complaint> {
    if line.len() > MAX_LINE_BYTES {
        let words = format!(
            "a line has {MAX_LINE_BYTES} bytes at most, and this one has {}",
            line.len()
        );
        return Err(Complaint::new(0..0, words));
    }
    let Words { words, open_quote } = lex_open(line);
    match open_quote {
        Some(at) => {
            let words = "this quote is not closed; put another one behind the text";
            Err(Complaint::new(at..line.len(), words))
        }
        None => Ok(words),
    }
}

/// Splits a line that may go on.
pub(crate) fn lex_open(line: &str) -> Words {
    let mut words = Vec::new();
    let mut open_quote = None;
    let mut word: Option<Word> = None;
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        if open_quote.is_none() && letter.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let current = word.get_or_insert_with(|| Word {
            text: String::new(),
            at: at..at,
            quoted: letter == '"',
            equals: None,
        });
        let mut end = at + letter.len_utf8();
        match (letter, open_quote) {
            ('"', None) => open_quote = Some(at),
            ('"', Some(_)) => open_quote = None,
            ('\\', Some(_)) => match letters.clone().next() {
                Some((next, escaped @ ('"' | '\\'))) => {
                    current.text.push(escaped);
                    letters.next();
                    end = next + escaped.len_utf8();
                }
                _ => current.text.push(letter),
            },
            ('=', None) if current.equals.is_none() => {
                current.equals = Some((current.text.len(), at));
                current.text.push(letter);
            }
            _ => current.text.push(letter),
        }
        current.at.end = end;
    }
    words.extend(word);
    Words { words, open_quote }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        let words = lex(line).expect(line);
        words.into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_are_split_at_spaces_and_held_together_by_quotes() {
        assert_eq!(texts(" read  /3/0/0\t"), ["read", "/3/0/0"]);
        assert_eq!(
            texts(r#"write /3/0/15 "Europe / Berlin""#),
            ["write", "/3/0/15", "Europe / Berlin"]
        );
        assert_eq!(texts(r#""a \"b\" \\ \n""#), [r#"a "b" \ \n"#]);
        assert_eq!(texts(r#""""#), [""]);
        assert_eq!(texts("  "), Vec::<String>::new());
    }

    #[test]
    fn an_assignment_is_split_where_it_stands() {
        let split = |line: &str| {
            let words = lex(line).expect(line);
            let (name, value) = words.first()?.assignment()?;
            Some((name.text, value.text, value.quoted, value.at))
        };
        let is = |name: &str, value: &str, quoted, at| {
            Some((name.to_owned(), value.to_owned(), quoted, at))
        };
        assert_eq!(split("14=x=y"), is("14", "x=y", false, 3..6));
        assert_eq!(split(r#"14="+02:00""#), is("14", "+02:00", true, 3..11));
        assert_eq!(split("gt="), is("gt", "", false, 3..3));
        assert_eq!(split(r#""14=x""#), None);
        assert_eq!(split("14"), None);
    }

    #[test]
    fn words_know_where_they_stand() {
        let words = lex("schön \"ä b\" c").expect("words");
        let at: Vec<_> = words.iter().map(|word| word.at.clone()).collect();
        assert_eq!(at, [0..6, 7..13, 14..15]);
    }

    #[test]
    fn what_is_not_closed_or_too_long_is_refused() {
        let complaint = lex("write /3/0/15 \"Europe").expect_err("an open quote");
        assert_eq!(complaint.at, 14..21);
        assert!(lex(&"x".repeat(MAX_LINE_BYTES + 1)).is_err());
    }
}
