//! Conditions: from loose to tight `or`, `and`, `not`, `x of`, brackets.

use super::Reason;

/// What must hold, over the selections of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Any of these.
    Or(Vec<Condition>),
    /// All of these.
    And(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// A selection by name.
    Selection(String),
    /// So many of the selections whose name fits.
    Of(Quantity, String),
}

impl Default for Condition {
    fn default() -> Self {
        Self::Or(Vec::new())
    }
}

/// How many of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// `all of`
    All,
    /// `any of`, `1 of`, `2 of`
    AtLeast(usize),
}

/// All selections that do not begin with `_`.
pub const THEM: &str = "them";

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// It is no condition, or nested beyond `nesting_max`.
    pub fn parse(text: &str, nesting_max: usize) -> Result<Self, Reason> {
        if text.contains('|') {
            return Err(Reason::ObsoleteAggregation);
        }
        let words = words(text);
        let mut reader = Reader {
            text,
            words: &words,
            depth_left: nesting_max,
        };
        let condition = reader.or()?;
        match reader.words.first() {
            None => Ok(condition),
            Some(_) => Err(reader.problem("something is left over at its end")),
        }
    }
}

/// Whether a selection belongs to `them` or to a name with `*`.
#[must_use]
pub fn belongs(selection: &str, to: &str) -> bool {
    if to == THEM {
        return !selection.starts_with('_');
    }
    let mut parts = to.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = selection.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, behind)) = rest.split_once(part) else {
            return false;
        };
        rest = behind;
    }
    true
}

fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(at) = rest.find(['(', ')']) {
            let (before, behind) = rest.split_at(at);
            let (bracket, behind) = behind.split_at(1);
            words.extend(
                [before, bracket]
                    .into_iter()
                    .filter(|word| !word.is_empty()),
            );
            rest = behind;
        }
        words.extend(Some(rest).filter(|rest| !rest.is_empty()));
    }
    words
}

struct Reader<'a> {
    text: &'a str,
    words: &'a [&'a str],
    depth_left: usize,
}

impl<'a> Reader<'a> {
    fn or(&mut self) -> Result<Condition, Reason> {
        let mut any = vec![self.and()?];
        while self.take("or") {
            any.push(self.and()?);
        }
        Ok(single(any, Condition::Or))
    }

    fn and(&mut self) -> Result<Condition, Reason> {
        let mut all = vec![self.not()?];
        while self.take("and") {
            all.push(self.not()?);
        }
        Ok(single(all, Condition::And))
    }

    fn not(&mut self) -> Result<Condition, Reason> {
        let mut is_negated = false;
        while self.take("not") {
            is_negated = !is_negated;
        }
        let inner = self.primary()?;
        Ok(if is_negated {
            Condition::Not(Box::new(inner))
        } else {
            inner
        })
    }

    fn primary(&mut self) -> Result<Condition, Reason> {
        if self.take("(") {
            self.depth_left = self
                .depth_left
                .checked_sub(1)
                .ok_or(self.problem("its brackets are nested too deeply"))?;
            let inner = self.or()?;
            self.depth_left += 1;
            return match self.take(")") {
                true => Ok(inner),
                false => Err(self.problem("a bracket is not closed")),
            };
        }
        let Some(word) = self.next() else {
            return Err(self.problem("it ends too early"));
        };
        if self.words.first().is_some_and(|next| is_word(next, "of")) {
            let quantity = self.quantity(word)?;
            self.next();
            let Some(name) = self.next().filter(|name| !is_reserved(name)) else {
                return Err(self.problem("`of` must be followed by `them` or a name"));
            };
            let name = if is_word(name, THEM) { THEM } else { name };
            return Ok(Condition::Of(quantity, name.to_owned()));
        }
        if is_reserved(word) {
            return Err(self.problem("a selection was expected"));
        }
        Ok(Condition::Selection(word.to_owned()))
    }

    fn quantity(&self, word: &str) -> Result<Quantity, Reason> {
        if is_word(word, "all") {
            return Ok(Quantity::All);
        }
        if is_word(word, "any") {
            return Ok(Quantity::AtLeast(1));
        }
        match word.parse() {
            Ok(0) | Err(_) => Err(self.problem("before `of` stands a number, `any` or `all`")),
            Ok(count) => Ok(Quantity::AtLeast(count)),
        }
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let is_next = self.words.first().is_some_and(|word| is_word(word, wanted));
        if is_next {
            self.next();
        }
        is_next
    }

    fn problem(&self, problem: &'static str) -> Reason {
        Reason::Condition {
            condition: self.text.chars().take(200).collect(),
            problem,
        }
    }
}

fn is_word(word: &str, wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted)
}

fn is_reserved(word: &str) -> bool {
    ["or", "and", "not", "of", "(", ")"]
        .iter()
        .any(|reserved| is_word(word, reserved))
}

fn single(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.len() {
        1 => parts.pop().unwrap_or_default(),
        _ => join(parts),
    }
}
