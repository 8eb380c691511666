//! Reads Rust source as far as the tidy rules need it: code without comments and literals, the
//! lines that only tests compile, and every path that the code names.
//!
//! It never parses expressions and knows no types. The rules built on it are in `absences` and
//! `cycles`.

use std::collections::BTreeSet;

/// A path named by the code, `use` trees expanded: `use std::{fs, io}` yields two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPath {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
    /// Named by a `use`, not where it is needed.
    pub(crate) imported: bool,
}

impl NamedPath {
    /// Whether the path begins with `prefix`, written as in source: `std::fs`.
    pub(crate) fn starts_with(&self, prefix: &str) -> bool {
        let wanted: Vec<&str> = prefix.split("::").collect();
        self.segments.len() >= wanted.len()
            && wanted
                .iter()
                .zip(&self.segments)
                .all(|(want, have)| want == have)
    }

    pub(crate) fn contains(&self, segment: &str) -> bool {
        self.segments.iter().any(|have| have == segment)
    }
}

/// The code with comments, strings and characters blanked; lines stay where they were.
pub(crate) fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(
                chars[at..end]
                    .iter()
                    .map(|c| if *c == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    code
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => find(chars, at, |c| c == '\n'),
        '/' if next == Some('*') => block_comment_end(chars, at),
        '"' => string_end(chars, at + 1),
        '\'' if next == Some('\\') => find(chars, at + 3, |c| c == '\'') + 1,
        '\'' if chars.get(at + 2) == Some(&'\'') => at + 3,
        'r' if !follows_word(chars, at, "bc") => raw_string_end(chars, at),
        _ => at,
    }
    .min(chars.len())
}

fn find(chars: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    (from..chars.len())
        .find(|&i| wanted(chars[i]))
        .unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut i = at;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// `r"…"` and `r#"…"#`; an identifier that begins with r gives `at` back.
fn raw_string_end(chars: &[char], at: usize) -> usize {
    let quote = find(chars, at + 1, |c| c != '#');
    if chars.get(quote) != Some(&'"') {
        return at;
    }
    let hashes = quote - at - 1;
    let closes = |i: usize| {
        chars[i] == '"' && (1..=hashes).all(|offset| chars.get(i + offset) == Some(&'#'))
    };
    (quote + 1..chars.len())
        .find(|&i| closes(i))
        .map_or(chars.len(), |i| i + 1 + hashes)
}

/// Whether the character before `at` belongs to a word, string prefixes set aside.
fn follows_word(chars: &[char], at: usize, prefixes: &str) -> bool {
    let before = at.checked_sub(1).and_then(|i| chars.get(i)).copied();
    before.is_some_and(|c| is_word(c) && !prefixes.contains(c))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// One-based numbers of the lines that stand under `#[cfg(test)]` or `#[test]`.
pub(crate) fn test_lines(code: &str) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    for marker in [
        "#[cfg(test)]",
        "#[cfg(any(test",
        "#[cfg(all(test",
        "#[test]",
    ] {
        for (start, _) in code.match_indices(marker) {
            let end = item_end(code, start + marker.len());
            lines.extend(line_of(code, start)..=line_of(code, end));
        }
    }
    lines
}

/// Modules declared as `#[cfg(test)] mod name;`: their files hold tests only.
pub(crate) fn test_modules(code: &str) -> Vec<String> {
    let named = |(start, _): (usize, &str)| {
        let item = code[start + "#[cfg(test)]".len()..].trim_start();
        let (name, _) = item.strip_prefix("mod ")?.split_once(';')?;
        Some(name.trim().to_owned()).filter(|name| name.chars().all(is_word))
    };
    code.match_indices("#[cfg(test)]")
        .filter_map(named)
        .collect()
}

/// The end of the item that follows `from`: its closing brace, or its semicolon.
fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, c) in code[from..].char_indices() {
        match c {
            ';' if depth == 0 => return from + offset,
            '{' | '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '}' if depth <= 1 => return from + offset,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    1 + text[..offset].matches('\n').count()
}

/// Every path in `code` (as left by [`code_only`]), single words included.
pub(crate) fn named_paths(code: &str) -> Vec<NamedPath> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Token { text, line } = tokens[at];
        if text == "use" {
            at = use_tree(&tokens, at + 1, &[], &mut found);
        } else if is_identifier(text) {
            let mut segments = vec![text.to_owned()];
            at += 1;
            while is(&tokens, at, "::") && tokens.get(at + 1).is_some_and(|t| is_identifier(t.text))
            {
                segments.push(tokens[at + 1].text.to_owned());
                at += 2;
            }
            found.push(NamedPath {
                line,
                segments,
                imported: false,
            });
        } else {
            at += 1;
        }
    }
    found
}

/// Expands the `use` tree at `at` under `prefix`; returns the index after it.
fn use_tree(
    tokens: &[Token<'_>],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<NamedPath>,
) -> usize {
    let line = tokens.get(at).map_or(0, |token| token.line);
    let mut segments = prefix.to_vec();
    while let Some(token) = tokens.get(at) {
        match token.text {
            "::" => at += 1,
            "{" => {
                at += 1;
                while at < tokens.len() && !is(tokens, at, "}") {
                    let after = use_tree(tokens, at, &segments, found);
                    // A token that no path begins with (a macro's `$`) is stepped over.
                    at = if after == at || is(tokens, after, ",") {
                        after + 1
                    } else {
                        after
                    };
                }
                return at + 1;
            }
            "as" => at += 2,
            "self" if !segments.is_empty() => at += 1,
            name if is_identifier(name) || name == "*" => {
                segments.push(name.to_owned());
                at += 1;
            }
            _ => break,
        }
    }
    if segments.len() > prefix.len() || !prefix.is_empty() {
        found.push(NamedPath {
            line,
            segments,
            imported: true,
        });
    }
    at
}

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    line: usize,
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, text) in code.lines().enumerate() {
        let line = index + 1;
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push(Token {
                text: &rest[..length],
                line,
            });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

fn is(tokens: &[Token<'_>], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{code_only, named_paths, test_lines, test_modules};

    fn paths(source: &str) -> Vec<String> {
        let code = code_only(source);
        named_paths(&code)
            .iter()
            .map(|path| path.segments.join("::"))
            .collect()
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        let source = "a // b\n/* c /* d */ e */ \"f \\\" g\" 'h' '\\n' r#\"i \" j\"# br\"k\" &'l m";
        let words: Vec<String> = code_only(source)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        assert_eq!(words, ["a", "b", "&'l", "m"]);
    }

    #[test]
    fn a_use_tree_is_expanded() {
        assert_eq!(
            paths("use std::{fs, net::{TcpStream, self}, io as other};\nuse a::*;"),
            [
                "std::fs",
                "std::net::TcpStream",
                "std::net",
                "std::io",
                "a::*"
            ],
        );
    }

    #[test]
    fn inline_paths_and_words_are_found() {
        assert_eq!(
            paths("let x = std::time::Instant::now();"),
            ["let", "x", "std::time::Instant::now"]
        );
    }

    #[test]
    fn lines_under_cfg_test_are_test_lines() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}";
        assert_eq!(
            test_lines(code).into_iter().collect::<Vec<_>>(),
            [2, 3, 4, 5]
        );
    }

    #[test]
    fn a_test_module_in_its_own_file_is_named() {
        assert_eq!(
            test_modules("#[cfg(test)]\nmod tests;\nmod other;"),
            ["tests"]
        );
    }
}
