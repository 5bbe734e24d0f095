//! Holds the lists of keys and codes, the English files and the French files together, and
//! watches over the typography of both languages.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of a test may fail it"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "these tests read the texts, policies and golden files of the repository"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use locale::{Family, Key, Language, key};

/// What a text says: its variables, and every piece of prose in it.
#[derive(Debug, Default)]
struct Text {
    variables: BTreeSet<String>,
    prose: String,
}

fn folder(language: Language) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../locales")
        .join(language.code())
}

/// The names of the files of a language.
fn files(language: Language) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder(language)).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Every text of a language by its key.
fn texts(language: Language) -> BTreeMap<String, Text> {
    let mut texts = BTreeMap::new();
    for file in files(language) {
        let source = std::fs::read_to_string(folder(language).join(&file)).unwrap();
        let resource = fluent_syntax::parser::parse(source.as_str())
            .unwrap_or_else(|(_, errors)| panic!("{file}: {errors:?}"));
        for entry in resource.body {
            let Entry::Message(message) = entry else {
                assert!(
                    matches!(
                        entry,
                        Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_)
                    ),
                    "{file} holds something other than messages and comments"
                );
                continue;
            };
            assert!(
                message.attributes.is_empty(),
                "{} has attributes",
                message.id.name
            );
            let mut text = Text::default();
            read(
                message.value.as_ref().expect("a text has a value"),
                &mut text,
            );
            let repeated = texts.insert(message.id.name.to_owned(), text);
            assert!(repeated.is_none(), "{file} repeats {}", message.id.name);
        }
    }
    texts
}

fn read(pattern: &Pattern<&str>, text: &mut Text) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => text.prose.push_str(value),
            PatternElement::Placeable { expression } => match expression {
                Expression::Inline(inline) => read_inline(inline, text),
                Expression::Select { selector, variants } => {
                    read_inline(selector, text);
                    for variant in variants {
                        read(&variant.value, text);
                        text.prose.push('\n');
                    }
                }
            },
        }
    }
}

fn read_inline(inline: &InlineExpression<&str>, text: &mut Text) {
    match inline {
        InlineExpression::VariableReference { id } => {
            text.variables.insert(id.name.to_owned());
            // Stands for the value, so that typography around it can be judged.
            text.prose.push('\u{fffc}');
        }
        other => panic!("only variables are used in texts, not {other:?}"),
    }
}

/// The variables that each key of the code fills, families included.
fn expected() -> BTreeMap<String, BTreeSet<String>> {
    let named = key::ALL.iter().map(|key: &Key| {
        let variables = key.variables().iter().map(|&v| v.to_owned()).collect();
        (key.name().to_owned(), variables)
    });
    let coded = Family::ALL.iter().flat_map(|family| {
        family.codes().map(move |code| {
            let detailed = *family == Family::Reason && code.starts_with("request-");
            let variables = detailed.then(|| "detail".to_owned()).into_iter().collect();
            (format!("{}-{code}", family.prefix()), variables)
        })
    });
    named.chain(coded).collect()
}

#[test]
fn both_languages_have_the_same_files() {
    assert_eq!(files(Language::En), files(Language::Fr));
}

#[test]
fn every_text_is_used_and_every_use_has_its_text_and_variables() {
    let expected = expected();
    for &language in Language::ALL {
        let found: BTreeMap<String, BTreeSet<String>> = texts(language)
            .into_iter()
            .map(|(name, text)| (name, text.variables))
            .collect();
        for (name, variables) in &expected {
            assert_eq!(
                found.get(name),
                Some(variables),
                "{name} in {}",
                language.code()
            );
        }
        for name in found.keys() {
            assert!(
                expected.contains_key(name),
                "{name} in {} is unused",
                language.code()
            );
        }
    }
}

#[test]
fn every_file_on_disk_is_compiled_in() {
    let catalog = locale::Catalog::load().unwrap();
    for (name, _) in expected() {
        let known = key::ALL.iter().find(|key| key.name() == name);
        if let Some(&key) = known {
            assert_ne!(catalog.text(Language::En, key, &[]), name);
            assert_ne!(catalog.text(Language::Fr, key, &[]), name);
        }
    }
    for family in Family::ALL {
        for code in family.codes() {
            for &language in Language::ALL {
                assert_ne!(catalog.label(language, *family, code), code);
            }
        }
    }
}

#[test]
fn no_text_is_empty_or_ends_in_a_blank() {
    for &language in Language::ALL {
        for (name, text) in texts(language) {
            assert!(
                !text.prose.trim().is_empty(),
                "{name} in {}",
                language.code()
            );
            let last = text.prose.trim_end_matches('\n');
            assert_eq!(last, last.trim_end(), "{name} in {}", language.code());
        }
    }
}

#[test]
fn reasons_and_advice_are_whole_sentences() {
    for &language in Language::ALL {
        for (name, text) in texts(language) {
            if name.starts_with("advice-") || name.starts_with("reason-") {
                let whole = text.prose.trim_end().ends_with('.');
                assert!(whole, "{name} in {}", language.code());
            }
        }
    }
}

#[test]
fn apostrophes_are_curly_and_quotes_are_those_of_the_language() {
    for &language in Language::ALL {
        for (name, text) in texts(language) {
            for straight in ['\'', '"'] {
                assert!(
                    !text.prose.contains(straight),
                    "{name} in {}",
                    language.code()
                );
            }
            if language == Language::Fr {
                assert!(!text.prose.contains(['“', '”']), "{name}");
            }
        }
    }
}

#[test]
fn french_double_marks_have_their_thin_and_unbreakable_space() {
    for (name, text) in texts(Language::Fr) {
        let letters: Vec<char> = text.prose.chars().collect();
        for (place, letter) in letters.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|p| letters.get(p)).copied();
            let after = letters.get(place + 1).copied();
            match letter {
                ';' | '!' | '?' | '»' => {
                    assert_eq!(before, Some('\u{202f}'), "before {letter} in {name}");
                }
                ':' => assert_eq!(before, Some('\u{a0}'), "before : in {name}"),
                '«' => assert_eq!(after, Some('\u{202f}'), "after « in {name}"),
                _ => {}
            }
        }
    }
}
