//! Modifiers: `Field|contains|all` and what each makes of the values, in the written order.

use regex::bytes::RegexBuilder;

use super::Reason;
use super::detection::{Item, Network, Operator, Shape, Test};
use super::encode::{self, Utf16};
use super::pattern::{Pattern, Token};
use super::read::Placeholders;
use super::time::Unit;
use super::yaml::{Scalar, too_large};
use crate::limits::Limits;

/// A change of values; they apply in the written order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Windash,
    Expand,
    Utf16(Utf16),
    Base64,
    Base64Offset,
    Shape(Shape),
}

/// What the values are compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Text,
    Regex,
    Network,
    Exists,
    Field,
    Number(Operator),
    Time(Unit),
}

#[derive(Debug)]
struct Chain<'k> {
    key: &'k str,
    sort: Sort,
    changes: Vec<Change>,
    time_operator: Operator,
    flags: String,
    cased: bool,
    all: bool,
    neq: bool,
}

/// Makes an item of a key with modifiers and its values.
pub(super) fn apply(
    key: &str,
    values: &[&Scalar],
    given: &Placeholders,
    limits: &Limits,
) -> Result<Item, Reason> {
    let mut words = key.split('|');
    let field = words.next().unwrap_or_default();
    let chain = Chain::read(key, words)?;
    let is_keyword = field.is_empty();
    if is_keyword && (!matches!(chain.sort, Sort::Text | Sort::Regex) || chain.neq) {
        return Err(chain.misplaced(key.rsplit('|').next().unwrap_or_default()));
    }
    let mut tests = Vec::with_capacity(values.len());
    for value in values {
        chain.tests(value, is_keyword, (given, limits), &mut tests)?;
        if tests.len() > limits.values_per_rule_max {
            return Err(too_large(
                "the number of values",
                limits.values_per_rule_max,
            ));
        }
    }
    Ok(Item {
        field: (!is_keyword).then(|| field.to_owned()),
        tests,
        all: chain.all,
        neq: chain.neq,
    })
}

impl<'k> Chain<'k> {
    fn read(key: &'k str, words: impl Iterator<Item = &'k str>) -> Result<Self, Reason> {
        let mut chain = Self {
            key,
            sort: Sort::Text,
            changes: Vec::new(),
            time_operator: Operator::Equal,
            flags: String::new(),
            cased: false,
            all: false,
            neq: false,
        };
        for word in words {
            chain.word(word)?;
        }
        Ok(chain)
    }

    fn word(&mut self, word: &str) -> Result<(), Reason> {
        match word {
            "all" => self.all = true,
            "cased" if matches!(self.sort, Sort::Text | Sort::Field) => self.cased = true,
            "neq" => self.neq = true,
            "contains" => self.shape(word, Shape::Part)?,
            "startswith" => self.shape(word, Shape::Start)?,
            "endswith" => self.shape(word, Shape::End)?,
            "windash" => self.change(word, Change::Windash)?,
            "expand" => self.change(word, Change::Expand)?,
            "wide" | "utf16le" => self.change(word, Change::Utf16(Utf16::Little))?,
            "utf16be" => self.change(word, Change::Utf16(Utf16::Big))?,
            "utf16" => self.change(word, Change::Utf16(Utf16::Marked))?,
            "base64" => self.change(word, Change::Base64)?,
            "base64offset" => self.change(word, Change::Base64Offset)?,
            "re" => self.sort(word, Sort::Regex)?,
            "cidr" => self.sort(word, Sort::Network)?,
            "exists" => self.sort(word, Sort::Exists)?,
            "fieldref" => self.sort(word, Sort::Field)?,
            "gt" => self.compare(word, Operator::Greater)?,
            "gte" => self.compare(word, Operator::GreaterOrEqual)?,
            "lt" => self.compare(word, Operator::Less)?,
            "lte" => self.compare(word, Operator::LessOrEqual)?,
            "minute" => self.sort(word, Sort::Time(Unit::Minute))?,
            "hour" => self.sort(word, Sort::Time(Unit::Hour))?,
            "day" => self.sort(word, Sort::Time(Unit::Day))?,
            "week" => self.sort(word, Sort::Time(Unit::Week))?,
            "month" => self.sort(word, Sort::Time(Unit::Month))?,
            "year" => self.sort(word, Sort::Time(Unit::Year))?,
            "i" | "m" | "s" if self.sort == Sort::Regex => self.flags.push_str(word),
            "i" | "m" | "s" | "cased" => return Err(self.misplaced(word)),
            _ => {
                return Err(Reason::UnknownModifier {
                    field: self.key.to_owned(),
                    modifier: word.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// What the values are compared as is said once, before anything changes them, and a text that
    /// is called cased is compared as a text.
    fn sort(&mut self, word: &str, sort: Sort) -> Result<(), Reason> {
        let is_first = self.sort == Sort::Text && self.changes.is_empty();
        if !is_first || (self.cased && sort != Sort::Field) {
            return Err(self.misplaced(word));
        }
        self.sort = sort;
        Ok(())
    }

    fn compare(&mut self, word: &str, operator: Operator) -> Result<(), Reason> {
        if matches!(self.sort, Sort::Time(_)) && self.time_operator == Operator::Equal {
            self.time_operator = operator;
            return Ok(());
        }
        self.sort(word, Sort::Number(operator))
    }

    fn shape(&mut self, word: &str, shape: Shape) -> Result<(), Reason> {
        let is_shaped = self
            .changes
            .iter()
            .any(|change| matches!(change, Change::Shape(_)));
        if is_shaped || !matches!(self.sort, Sort::Text | Sort::Field) {
            return Err(self.misplaced(word));
        }
        self.changes.push(Change::Shape(shape));
        Ok(())
    }

    /// Wildcards cannot be encoded, so nothing is encoded once a shape has opened the value.
    fn change(&mut self, word: &str, change: Change) -> Result<(), Reason> {
        let encodes = !matches!(change, Change::Windash | Change::Expand);
        let is_late = self.changes.iter().any(|earlier| match earlier {
            Change::Shape(_) | Change::Base64Offset => encodes,
            Change::Base64 => true,
            Change::Utf16(_) => !matches!(change, Change::Base64 | Change::Base64Offset),
            Change::Windash | Change::Expand => *earlier == change,
        });
        if is_late || self.sort != Sort::Text {
            return Err(self.misplaced(word));
        }
        self.changes.push(change);
        Ok(())
    }

    /// The tests that one value makes.
    fn tests(
        &self,
        value: &Scalar,
        is_keyword: bool,
        (given, limits): (&Placeholders, &Limits),
        out: &mut Vec<Test>,
    ) -> Result<(), Reason> {
        match self.sort {
            Sort::Text => return self.texts(value, is_keyword, (given, limits), out),
            Sort::Regex => out.push(self.regex(value, limits)?),
            Sort::Network => {
                let network = Network::parse(&value.to_text());
                out.push(Test::Network(
                    network.ok_or(self.wrong_value("a network such as 10.0.0.0/8"))?,
                ));
            }
            Sort::Exists => match (value, out.is_empty()) {
                (Scalar::Bool(is_there), true) => out.push(Test::Exists(*is_there)),
                _ => return Err(self.wrong_value("one `true` or `false`")),
            },
            Sort::Number(operator) => out.push(Test::Compare(operator, self.number(value)?)),
            Sort::Time(unit) => {
                out.push(Test::Time(unit, self.time_operator, self.number(value)?));
            }
            Sort::Field => out.push(self.other_field(value)?),
        }
        Ok(())
    }

    fn number(&self, value: &Scalar) -> Result<f64, Reason> {
        let number = crate::record::text::number(value.to_text().as_bytes());
        number.ok_or(self.wrong_value("a number"))
    }

    fn other_field(&self, value: &Scalar) -> Result<Test, Reason> {
        let Scalar::Text(other) = value else {
            return Err(self.wrong_value("the name of a field"));
        };
        let shape = self.changes.iter().find_map(|change| match change {
            Change::Shape(shape) => Some(*shape),
            _ => None,
        });
        let other = Pattern::parse(other);
        let other = other
            .as_plain()
            .and_then(|name| std::str::from_utf8(name).ok());
        Ok(Test::Field {
            other: other
                .filter(|name| !name.is_empty())
                .ok_or(self.wrong_value("the name of a field"))?
                .to_owned(),
            shape: shape.unwrap_or(Shape::Whole),
            cased: self.cased,
        })
    }

    fn regex(&self, value: &Scalar, limits: &Limits) -> Result<Test, Reason> {
        let Scalar::Text(source) = value else {
            return Err(self.wrong_value("a regular expression in quotes"));
        };
        if source.len() > limits.regex_bytes_max {
            return Err(too_large("a regular expression", limits.regex_bytes_max));
        }
        let source = match self.flags.as_str() {
            "" => source.clone(),
            flags => format!("(?{flags}){source}"),
        };
        RegexBuilder::new(&source)
            .size_limit(limits.regex_compiled_bytes_max)
            .build()
            .map_err(|error| Reason::Regex {
                field: self.key.to_owned(),
                problem: last_line(&error.to_string()),
            })?;
        Ok(Test::Regex(source))
    }

    fn texts(
        &self,
        value: &Scalar,
        is_keyword: bool,
        (given, limits): (&Placeholders, &Limits),
        out: &mut Vec<Test>,
    ) -> Result<(), Reason> {
        if *value == Scalar::Null {
            if is_keyword || !self.changes.is_empty() {
                return Err(self.wrong_value("a text"));
            }
            out.push(Test::Null);
            return Ok(());
        }
        let mut patterns = vec![Pattern::parse(&value.to_text())];
        for change in &self.changes {
            let mut changed = Vec::with_capacity(patterns.len());
            for pattern in &patterns {
                self.changed(pattern, *change, (given, limits), &mut changed)?;
                if changed.len() > limits.values_per_rule_max {
                    return Err(too_large(
                        "the number of values",
                        limits.values_per_rule_max,
                    ));
                }
            }
            patterns = changed;
        }
        out.extend(patterns.into_iter().map(|pattern| Test::Text {
            pattern: match is_keyword {
                true => pattern.opened(true, true),
                false => pattern,
            },
            cased: self.cased,
        }));
        Ok(())
    }

    fn changed(
        &self,
        pattern: &Pattern,
        change: Change,
        (given, limits): (&Placeholders, &Limits),
        out: &mut Vec<Pattern>,
    ) -> Result<(), Reason> {
        let bytes = || {
            let plain = pattern.as_plain();
            plain.ok_or(self.wrong_value("a text without wildcards"))
        };
        match change {
            Change::Windash => {
                let max = limits.dashes_per_value_max;
                let forms = encode::windash(pattern, max);
                out.extend(forms.ok_or(too_large("the number of dashes of a value", max))?);
            }
            Change::Expand => out.extend(expanded(pattern, given, limits)?),
            Change::Utf16(layout) => {
                let encoded = encode::utf16(bytes()?, layout);
                let encoded = encoded.ok_or(self.wrong_value("a text in UTF-8"))?;
                out.push(Pattern::plain(&encoded));
            }
            Change::Base64 => out.push(Pattern::plain(&encode::base64(bytes()?))),
            Change::Base64Offset => {
                let forms = encode::base64_offsets(bytes()?);
                if forms.iter().any(Vec::is_empty) {
                    return Err(self.wrong_value("long enough for each of its three forms"));
                }
                out.extend(forms.iter().map(|form| Pattern::plain(form)));
            }
            Change::Shape(shape) => {
                let before = matches!(shape, Shape::Part | Shape::End);
                let behind = matches!(shape, Shape::Part | Shape::Start);
                out.push(pattern.clone().opened(before, behind));
            }
        }
        Ok(())
    }

    fn misplaced(&self, modifier: &str) -> Reason {
        Reason::MisplacedModifier {
            field: self.key.to_owned(),
            modifier: modifier.to_owned(),
        }
    }

    fn wrong_value(&self, wanted: &'static str) -> Reason {
        Reason::WrongValue {
            field: self.key.to_owned(),
            wanted,
        }
    }
}

/// A pattern with its `%name%` filled, once for each value that is given.
fn expanded(
    pattern: &Pattern,
    given: &Placeholders,
    limits: &Limits,
) -> Result<Vec<Pattern>, Reason> {
    let mut forms = vec![Pattern::default()];
    for token in pattern.tokens() {
        let Token::Text(bytes) = token else {
            forms.iter_mut().for_each(|form| form.push(token.clone()));
            continue;
        };
        let text = String::from_utf8_lossy(bytes);
        for (part, is_name) in placeholders(&text) {
            if !is_name {
                let part = Token::Text(part.as_bytes().to_vec());
                forms.iter_mut().for_each(|form| form.push(part.clone()));
                continue;
            }
            let values = given.get(part).filter(|values| !values.is_empty());
            let values = values.ok_or_else(|| Reason::MissingPlaceholder(part.to_owned()))?;
            if forms.len().saturating_mul(values.len()) > limits.values_per_rule_max {
                return Err(too_large(
                    "the number of values",
                    limits.values_per_rule_max,
                ));
            }
            let values: Vec<Pattern> = values.iter().map(|value| Pattern::parse(value)).collect();
            forms = forms
                .iter()
                .flat_map(|form| values.iter().map(move |value| joined(form, value)))
                .collect();
        }
    }
    Ok(forms)
}

fn joined(form: &Pattern, more: &Pattern) -> Pattern {
    let mut form = form.clone();
    for token in more.tokens() {
        form.push(token.clone());
    }
    form
}

/// A text cut at its placeholders; a `%` that opens none is itself.
fn placeholders(text: &str) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut plain = text;
    while let Some((before, behind)) = rest.split_once('%') {
        let name = behind.split_once('%').filter(|(name, _)| {
            let mut letters = name.bytes();
            !name.is_empty() && letters.all(|letter| matches!(letter, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.'))
        });
        let Some((name, more)) = name else {
            rest = behind;
            continue;
        };
        let length = plain.len() - rest.len() + before.len();
        parts.push((plain.get(..length).unwrap_or_default(), false));
        parts.push((name, true));
        rest = more;
        plain = more;
    }
    parts.push((plain, false));
    parts
}

fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
