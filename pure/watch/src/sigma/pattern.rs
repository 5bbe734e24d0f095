//! Texts with wildcards: how they are written, what they have in common, and their plain match.

use crate::record::text;

/// A text with wildcards, in one form: neighbours of a kind are joined.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern {
    tokens: Vec<Token>,
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    /// These bytes.
    Text(Vec<u8>),
    /// `*`: anything, also nothing.
    Many,
    /// `?`: one character.
    One,
}

/// A pattern by what it takes to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// Any value at all.
    Anything,
    /// The whole value.
    Exact(&'a [u8]),
    /// The start.
    Prefix(&'a [u8]),
    /// The end.
    Suffix(&'a [u8]),
    /// A part.
    Contains(&'a [u8]),
    /// Something that needs [`Pattern::matches`].
    Glob,
}

impl Pattern {
    /// Reads a text as rules write it: `*` and `?` are wildcards; a backslash takes away the
    /// meaning of a wildcard or of another backslash behind it, and is itself before anything else.
    #[must_use]
    pub fn parse(written: &str) -> Self {
        let mut pattern = Self::default();
        let mut letters = written.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '*' => pattern.push(Token::Many),
                '?' => pattern.push(Token::One),
                '\\' => {
                    let next = letters.next_if(|next| matches!(next, '*' | '?' | '\\'));
                    pattern.push_char(next.unwrap_or('\\'));
                }
                letter => pattern.push_char(letter),
            }
        }
        pattern
    }

    /// Exactly these bytes.
    #[must_use]
    pub fn plain(bytes: &[u8]) -> Self {
        let mut pattern = Self::default();
        pattern.push(Token::Text(bytes.to_vec()));
        pattern
    }

    /// Its parts.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The bytes of a pattern without wildcards.
    #[must_use]
    pub fn as_plain(&self) -> Option<&[u8]> {
        match self.tokens.as_slice() {
            [] => Some(&[]),
            [Token::Text(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// Adds a part, joining it with a last one of its kind.
    pub fn push(&mut self, token: Token) {
        match (self.tokens.last_mut(), token) {
            (_, Token::Text(bytes)) if bytes.is_empty() => {}
            (Some(Token::Text(last)), Token::Text(bytes)) => last.extend_from_slice(&bytes),
            (Some(Token::Many), Token::Many) => {}
            (_, token) => self.tokens.push(token),
        }
    }

    fn push_char(&mut self, letter: char) {
        let bytes = letter.encode_utf8(&mut [0; 4]).as_bytes().to_vec();
        self.push(Token::Text(bytes));
    }

    /// With wildcards before, behind or around it.
    #[must_use]
    pub fn opened(self, before: bool, behind: bool) -> Self {
        let mut pattern = Self::default();
        if before {
            pattern.push(Token::Many);
        }
        for token in self.tokens {
            pattern.push(token);
        }
        if behind {
            pattern.push(Token::Many);
        }
        pattern
    }

    /// With its letters folded as [`text::fold`] does.
    #[must_use]
    pub fn folded(&self) -> Self {
        let tokens = self.tokens.iter().map(|token| match token {
            Token::Text(bytes) => Token::Text(text::folded(bytes)),
            other => other.clone(),
        });
        Self {
            tokens: tokens.collect(),
        }
    }

    /// The easiest way to find it.
    #[must_use]
    pub fn form(&self) -> Form<'_> {
        match self.tokens.as_slice() {
            [] => Form::Exact(&[]),
            [Token::Many] => Form::Anything,
            [Token::Text(bytes)] => Form::Exact(bytes),
            [Token::Text(bytes), Token::Many] => Form::Prefix(bytes),
            [Token::Many, Token::Text(bytes)] => Form::Suffix(bytes),
            [Token::Many, Token::Text(bytes), Token::Many] => Form::Contains(bytes),
            _ => Form::Glob,
        }
    }

    /// Bytes that each match contains: the longest plain part.
    #[must_use]
    pub fn longest_text(&self) -> Option<&[u8]> {
        let texts = self.tokens.iter().filter_map(|token| match token {
            Token::Text(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        texts.max_by_key(|bytes| bytes.len())
    }

    /// Whether a value fits, byte by byte; folding is up to the caller.
    #[must_use]
    pub fn matches(&self, value: &[u8]) -> bool {
        let mut segments = self.tokens.split(|token| *token == Token::Many);
        let first = segments.next().unwrap_or_default();
        let Some(mut rest) = after(first, value) else {
            return false;
        };
        let mut segments = segments.peekable();
        if segments.peek().is_none() {
            return rest.is_empty();
        }
        while let Some(segment) = segments.next() {
            if segments.peek().is_none() {
                return ends_with(segment, rest);
            }
            let Some(behind) = find(segment, rest) else {
                return false;
            };
            rest = behind;
        }
        true
    }
}

/// What follows a segment that stands at the start of `value`.
fn after<'v>(segment: &[Token], value: &'v [u8]) -> Option<&'v [u8]> {
    segment.iter().try_fold(value, |rest, token| match token {
        Token::Text(bytes) => rest.strip_prefix(bytes.as_slice()),
        _ => rest.get(letter_bytes(rest)?..),
    })
}

/// What follows the first place where a segment stands.
fn find<'v>(segment: &[Token], value: &'v [u8]) -> Option<&'v [u8]> {
    if let [Token::Text(bytes)] = segment {
        let at = memchr::memmem::find(value, bytes)?;
        return value.get(at + bytes.len()..);
    }
    (0..=value.len())
        .filter(|start| is_boundary(value, *start))
        .find_map(|start| after(segment, value.get(start..)?))
}

fn ends_with(segment: &[Token], value: &[u8]) -> bool {
    match segment {
        [] => true,
        [Token::Text(bytes)] => value.ends_with(bytes),
        _ => (0..=value.len())
            .filter(|start| is_boundary(value, *start))
            .any(|start| {
                let rest = value.get(start..).unwrap_or_default();
                after(segment, rest).is_some_and(<[u8]>::is_empty)
            }),
    }
}

/// No byte in the middle of a character.
fn is_boundary(value: &[u8], at: usize) -> bool {
    value.get(at).is_none_or(|byte| byte & 0xc0 != 0x80)
}

/// The length of the first character; a byte that is no UTF-8 is one.
fn letter_bytes(value: &[u8]) -> Option<usize> {
    let first = value.first()?;
    let length = match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    Some(if value.len() < length { 1 } else { length })
}
