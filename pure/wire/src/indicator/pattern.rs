//! Patterns of STIX (OASIS STIX 2.1, section 9), as far as they are values joined by OR.
//!
//! AND is understood where it says the same as its parts: several hashes are those of one file, a
//! name of a file stands beside its hash, and the type of a reference is plain from its value.
//! Everything else of a pattern is told as beyond.

use super::value::recognise;
use super::{Kind, Reason};
use crate::limits::{PATTERN_BYTES_MAX, PATTERN_DEPTH_MAX, PATTERN_VALUES_MAX};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A name or keyword, a number, or a typed literal such as `t'…'`.
    Word(String),
    /// A text in quotes.
    Text(String),
    /// A comparison.
    Sign(&'static str),
    /// A bracket, comma, colon or dot.
    Mark(char),
}

/// What a part of a pattern asks for.
#[derive(Debug)]
struct Asked {
    role: Role,
    values: Vec<(Kind, String)>,
    beyond: Vec<Reason>,
}

/// How a part stands beside others that must hold with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Hashes of one file.
    Hashes,
    /// Another property of a file.
    FileDetail,
    /// Holds whenever the others do.
    Implied,
    /// Says something by itself.
    Own,
}

/// The values of a pattern, and what it asks beyond.
pub(super) fn read(pattern: &str) -> (Vec<(Kind, String)>, Vec<Reason>) {
    let failed = |reason| (Vec::new(), vec![reason]);
    if pattern.len() > PATTERN_BYTES_MAX {
        return failed(Reason::TooLong);
    }
    let Some(tokens) = tokens(pattern) else {
        return failed(Reason::PatternSyntax);
    };
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        values: 0,
    };
    match reader.pattern(0) {
        Ok(asked) if reader.at == tokens.len() => {
            let asked = asked.by_itself();
            (asked.values, asked.beyond)
        }
        Ok(_) => failed(Reason::PatternSyntax),
        Err(reason) => failed(reason),
    }
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    /// Values so far.
    values: usize,
}

impl Reader<'_> {
    /// Observations joined by OR; other joins and qualifiers are about time.
    fn pattern(&mut self, depth: usize) -> Result<Asked, Reason> {
        let mut asked = self.observation(depth)?;
        while let Some(word) = self.keyword() {
            match word.as_str() {
                "OR" => {
                    self.at += 1;
                    asked = asked.or(self.observation(depth)?);
                }
                "AND" | "FOLLOWEDBY" | "WITHIN" | "REPEATS" | "START" | "STOP" => {
                    return Err(Reason::PatternSequence);
                }
                _ => return Err(Reason::PatternSyntax),
            }
        }
        Ok(asked)
    }

    fn observation(&mut self, depth: usize) -> Result<Asked, Reason> {
        if depth >= PATTERN_DEPTH_MAX {
            return Err(Reason::PatternSyntax);
        }
        if self.take(&Token::Mark('(')) {
            let asked = self.pattern(depth + 1)?;
            self.expect(&Token::Mark(')'))?;
            return Ok(asked);
        }
        self.expect(&Token::Mark('['))?;
        let asked = self.either(depth + 1)?;
        self.expect(&Token::Mark(']'))?;
        Ok(asked.by_itself())
    }

    fn either(&mut self, depth: usize) -> Result<Asked, Reason> {
        let mut asked = self.both(depth)?;
        while self.take_keyword("OR") {
            asked = asked.or(self.both(depth)?);
        }
        Ok(asked)
    }

    fn both(&mut self, depth: usize) -> Result<Asked, Reason> {
        let mut asked = self.one(depth)?;
        while self.take_keyword("AND") {
            asked = asked.and(self.one(depth)?);
        }
        Ok(asked)
    }

    fn one(&mut self, depth: usize) -> Result<Asked, Reason> {
        if depth >= PATTERN_DEPTH_MAX {
            return Err(Reason::PatternSyntax);
        }
        if self.take(&Token::Mark('(')) {
            let asked = self.either(depth + 1)?;
            self.expect(&Token::Mark(')'))?;
            return Ok(asked);
        }
        if self.take_keyword("EXISTS") {
            self.path()?;
            return Ok(Asked::beyond(Reason::PatternComparison));
        }
        let path = self.path()?;
        let is_negated = self.take_keyword("NOT");
        let (is_equality, values) = self.comparison()?;
        self.values += values.len();
        if self.values > PATTERN_VALUES_MAX {
            return Err(Reason::TooLong);
        }
        Ok(Asked::of(&path, is_equality && !is_negated, &values))
    }

    /// A path as `object:step.step`, without places in lists.
    fn path(&mut self) -> Result<Vec<String>, Reason> {
        let mut steps = vec![self.step()?];
        self.expect(&Token::Mark(':'))?;
        steps.push(self.step()?);
        loop {
            if self.take(&Token::Mark('.')) {
                steps.push(self.step()?);
            } else if self.take(&Token::Mark('[')) {
                let is_any = self.take(&Token::Mark('*')) || self.step().is_ok();
                if !is_any {
                    return Err(Reason::PatternSyntax);
                }
                self.expect(&Token::Mark(']'))?;
            } else {
                return Ok(steps);
            }
        }
    }

    fn step(&mut self) -> Result<String, Reason> {
        match self.next() {
            Some(Token::Word(text) | Token::Text(text)) => Ok(text.clone()),
            _ => Err(Reason::PatternSyntax),
        }
    }

    /// Whether it is an equality, and with what.
    fn comparison(&mut self) -> Result<(bool, Vec<String>), Reason> {
        match self.next() {
            Some(Token::Sign(sign)) => {
                let is_equality = matches!(*sign, "=" | "==");
                Ok((is_equality, vec![self.step()?]))
            }
            Some(Token::Word(word)) => match word.as_str() {
                "IN" => Ok((true, self.set()?)),
                "ISSUBSET" => Ok((true, vec![self.step()?])),
                "ISSUPERSET" | "LIKE" | "MATCHES" => Ok((false, vec![self.step()?])),
                _ => Err(Reason::PatternSyntax),
            },
            _ => Err(Reason::PatternSyntax),
        }
    }

    fn set(&mut self) -> Result<Vec<String>, Reason> {
        self.expect(&Token::Mark('('))?;
        let mut values = vec![self.step()?];
        while self.take(&Token::Mark(',')) {
            values.push(self.step()?);
        }
        self.expect(&Token::Mark(')'))?;
        Ok(values)
    }

    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    fn keyword(&self) -> Option<String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => Some(word.clone()),
            _ => None,
        }
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let is_there = self.tokens.get(self.at) == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn take_keyword(&mut self, wanted: &str) -> bool {
        let is_there =
            matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word == wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), Reason> {
        self.take(wanted).then_some(()).ok_or(Reason::PatternSyntax)
    }
}

impl Asked {
    fn beyond(reason: Reason) -> Self {
        Self {
            role: Role::Own,
            values: Vec::new(),
            beyond: vec![reason],
        }
    }

    /// One comparison.
    fn of(path: &[String], is_equality: bool, values: &[String]) -> Self {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        let (role, kinds): (Role, &[Kind]) = match steps.as_slice() {
            ["ipv4-addr" | "ipv6-addr", "value"] => (Role::Own, &[Kind::Address, Kind::Network]),
            ["domain-name", "value"] => (Role::Own, &[Kind::Domain]),
            ["url", "value"] => (Role::Own, &[Kind::Url]),
            ["email-addr", "value"] => (Role::Own, &[Kind::Mail]),
            // Hashes of one file say no more together than each; those of two things do.
            ["file", .., "hashes", _] => (Role::Hashes, &[Kind::Hash]),
            [_, .., "hashes", _] => (Role::Own, &[Kind::Hash]),
            // A reference to an address, a name or a mail address, such as `dst_ref.value`.
            [_, .., reference, "value"]
                if reference.ends_with("_ref") || reference.ends_with("_refs") =>
            {
                let kinds = &[Kind::Address, Kind::Network, Kind::Domain, Kind::Mail];
                (Role::Own, kinds)
            }
            [_, .., reference, "type"] if reference.ends_with("_ref") => (Role::Implied, &[]),
            ["file", ..] => (Role::FileDetail, &[]),
            _ => return Self::beyond(Reason::PatternProperty),
        };
        if !is_equality {
            return Self::beyond(Reason::PatternComparison);
        }
        if kinds.is_empty() {
            return Self {
                role,
                values: Vec::new(),
                beyond: Vec::new(),
            };
        }
        let mut asked = Self {
            role,
            values: Vec::new(),
            beyond: Vec::new(),
        };
        for value in values {
            match recognise(value) {
                Ok(found) if kinds.contains(&found.0) => asked.values.push(found),
                Ok(_) => asked.beyond.push(Reason::Unrecognised),
                Err(reason) => asked.beyond.push(reason),
            }
        }
        asked
    }

    /// What is left of it where nothing stands beside it.
    fn by_itself(mut self) -> Self {
        if matches!(self.role, Role::FileDetail | Role::Implied) {
            self = Self::beyond(Reason::PatternProperty);
        }
        self
    }

    fn or(self, other: Self) -> Self {
        let (mut one, other) = (self.by_itself(), other.by_itself());
        if one.role != other.role {
            one.role = Role::Own;
        }
        one.values.extend(other.values);
        one.beyond.extend(other.beyond);
        one
    }

    fn and(mut self, other: Self) -> Self {
        match (self.role, other.role) {
            (_, Role::Implied) => self,
            (Role::Implied, _) => other,
            (Role::Hashes | Role::FileDetail, Role::Hashes | Role::FileDetail) => {
                if other.role == Role::Hashes {
                    self.role = Role::Hashes;
                }
                self.values.extend(other.values);
                self.beyond.extend(other.beyond);
                self
            }
            _ => Self::beyond(Reason::PatternTogether),
        }
    }
}

/// Splits a pattern; `None` at something that no pattern has.
fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        let token = match letter {
            letter if letter.is_whitespace() => continue,
            '[' | ']' | '(' | ')' | ',' | ':' | '.' | '*' => Token::Mark(letter),
            '\'' => Token::Text(quoted(&mut letters)?),
            '=' | '!' | '<' | '>' => {
                let is_double = letters.next_if(|next| matches!(next, '=' | '>')).is_some();
                match (letter, is_double) {
                    ('=', _) => Token::Sign("="),
                    _ => Token::Sign("other"),
                }
            }
            letter if letter.is_alphanumeric() || matches!(letter, '_' | '-' | '+') => {
                let mut word = String::from(letter);
                while let Some(next) =
                    letters.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '-'))
                {
                    word.push(next);
                }
                // `t'…'`, `h'…'` and `b'…'` are literals of other types.
                if letters.next_if_eq(&'\'').is_some() {
                    word.push_str(&quoted(&mut letters)?);
                }
                Token::Word(word)
            }
            _ => return None,
        };
        tokens.push(token);
    }
    Some(tokens)
}

/// A text up to its closing quote.
fn quoted(letters: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut text = String::new();
    loop {
        match letters.next()? {
            '\\' => text.push(letters.next()?),
            '\'' => return Some(text),
            letter => text.push(letter),
        }
    }
}
