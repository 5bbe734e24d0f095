//! The texts in memory, and how one is asked for.

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::{Error, Family, Key, Language, Value};

/// Every text in both languages, read once and shared by all threads.
pub struct Catalog {
    english: Bundle,
    french: Bundle,
}

/// Why a request was refused and what the person can do, in their language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Why, in one sentence.
    pub reason: String,
    /// What can be done now.
    pub advice: String,
}

type Bundle = FluentBundle<FluentResource>;

/// The value of a variable whose caller has nothing to say; texts choose on it.
const NOTHING: &str = "none";

/// A file of texts: its name below `locales/`, and what it says.
type Source = (&'static str, &'static str);

macro_rules! sources {
    ($language:literal: $($name:literal),+) => {
        &[$((
            concat!($language, "/", $name, ".ftl"),
            include_str!(concat!("../../../locales/", $language, "/", $name, ".ftl")),
        )),+]
    };
}

const ENGLISH: &[Source] =
    sources!("en": "command", "devices", "glass", "inventory", "opening", "page", "refusal");
const FRENCH: &[Source] =
    sources!("fr": "command", "devices", "glass", "inventory", "opening", "page", "refusal");

impl Catalog {
    /// Reads the texts that were compiled in.
    pub fn load() -> Result<Self, Error> {
        Ok(Self {
            english: bundle(Language::En)?,
            french: bundle(Language::Fr)?,
        })
    }

    /// The text of a key, filled with values.
    ///
    /// A variable that is not given shows as its name in braces, so that the gap is seen.
    #[must_use]
    pub fn text(&self, language: Language, key: Key, values: &[(&str, Value<'_>)]) -> String {
        let text = self.named(language, key.name(), values);
        text.unwrap_or_else(|| key.name().to_owned())
    }

    /// The word for a code of a family; the code itself when the family does not know it, since
    /// evidence of years ago may hold codes of years ago.
    #[must_use]
    pub fn label(&self, language: Language, family: Family, code: &str) -> String {
        self.of_code(language, family, code, &[])
            .unwrap_or_else(|| code.to_owned())
    }

    /// Why a request was refused and what can be done, by the stable code of the refusal.
    ///
    /// `detail` names the part of the request in question (a parameter, a header), where the
    /// code has one; it is a name, never a sentence, since it is shown in both languages.
    // INVARIANT: a denial explains itself, even with a code that this version does not know.
    #[must_use]
    pub fn explain(&self, language: Language, code: &str, detail: Option<&str>) -> Explanation {
        let values = &[
            ("code", Value::Text(code)),
            ("detail", Value::Text(detail.unwrap_or(NOTHING))),
        ];
        let say = |family, unlisted| {
            self.of_code(language, family, code, values)
                .unwrap_or_else(|| self.text(language, unlisted, values))
        };
        Explanation {
            reason: say(Family::Reason, crate::key::REASON_UNLISTED),
            advice: say(Family::Advice, crate::key::ADVICE_UNLISTED),
        }
    }

    fn of_code(
        &self,
        language: Language,
        family: Family,
        code: &str,
        values: &[(&str, Value<'_>)],
    ) -> Option<String> {
        if !family.knows(code) {
            return None;
        }
        self.named(language, &format!("{}-{code}", family.prefix()), values)
    }

    /// The text of a name, in English where the language has none.
    fn named(
        &self,
        language: Language,
        name: &str,
        values: &[(&str, Value<'_>)],
    ) -> Option<String> {
        let wished = match language {
            Language::En => &self.english,
            Language::Fr => &self.french,
        };
        format(wished, name, values).or_else(|| format(&self.english, name, values))
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").finish_non_exhaustive()
    }
}

fn bundle(language: Language) -> Result<Bundle, Error> {
    let name = language.code();
    let identifier: LanguageIdentifier = name
        .parse()
        .map_err(|source| Error::Language { name, source })?;
    let mut bundle = Bundle::new_concurrent(vec![identifier]);
    // Isolation marks are for text of mixed direction; in a terminal, a JSON string or a value
    // that is pasted elsewhere they are stray bytes.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match language {
        Language::En => |value, _| grouped(value, ','),
        Language::Fr => |value, _| grouped(value, '\u{202f}'),
    }));
    let sources = match language {
        Language::En => ENGLISH,
        Language::Fr => FRENCH,
    };
    for &(file, text) in sources {
        let resource = FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| {
            let source = errors.into_iter().next().map(FluentError::ParserError);
            Error::Syntax { file, source }
        })?;
        if let Err(errors) = bundle.add_resource(resource)
            && let Some(source) = errors.into_iter().next()
        {
            return Err(Error::Repeated { file, source });
        }
    }
    Ok(bundle)
}

fn format(bundle: &Bundle, name: &str, values: &[(&str, Value<'_>)]) -> Option<String> {
    let pattern = bundle.get_message(name)?.value()?;
    let mut arguments = FluentArgs::with_capacity(values.len());
    for &(name, value) in values {
        arguments.set(name, FluentValue::from(value));
    }
    // An unknown variable is reported here and shown in braces in the text; the tests hold each
    // text and its variables together.
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
    Some(text.into_owned())
}

/// Writes a whole number with a separator between groups of three digits.
fn grouped(value: &FluentValue<'_>, separator: char) -> Option<String> {
    let FluentValue::Number(number) = value else {
        return None;
    };
    let digits = format!("{:.0}", number.value);
    let mut text = String::with_capacity(digits.len().saturating_mul(2));
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    Some(text)
}

#[cfg(test)]
mod tests;
