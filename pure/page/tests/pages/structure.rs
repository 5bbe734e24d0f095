//! What makes a page usable with a keyboard, a screen reader and the content security policy.

use std::collections::BTreeSet;

use locale::Language;
use roxmltree::{Document, Node};

use crate::escaping::parse;
use crate::sample::pages;

fn each_page(check: impl Fn(&str, Language, &Document<'_>)) {
    for &language in Language::ALL {
        for (name, html) in pages(language, str::to_owned) {
            check(name, language, &parse(&html));
        }
    }
}

fn named<'a>(document: &'a Document<'a>, tags: &'a [&str]) -> impl Iterator<Item = Node<'a, 'a>> {
    document
        .descendants()
        .filter(move |node| tags.contains(&node.tag_name().name()))
}

#[test]
fn pages_name_their_language_and_title() {
    each_page(|name, language, document| {
        let root = document.root_element();
        assert_eq!(root.attribute("lang"), Some(language.code()), "{name}");
        let title = named(document, &["title"])
            .next()
            .and_then(|node| node.text());
        assert!(title.is_some_and(|title| title.ends_with(" · Hygie") && title.len() > 12));
    });
}

#[test]
fn nothing_needs_a_script_or_breaks_the_policy() {
    each_page(|name, _, document| {
        let banned = [
            "script", "style", "iframe", "object", "embed", "base", "img", "svg",
        ];
        assert_eq!(named(document, &banned).count(), 0, "{name}");
        for node in document.descendants() {
            for attribute in node.attributes() {
                let inline = attribute.name() == "style" || attribute.name().starts_with("on");
                assert!(!inline, "{name} has {}", attribute.name());
            }
        }
    });
}

#[test]
fn headings_are_in_order_with_one_first() {
    each_page(|name, _, document| {
        let levels: Vec<u32> = named(document, &["h1", "h2", "h3", "h4"])
            .filter_map(|node| node.tag_name().name().strip_prefix('h')?.parse().ok())
            .collect();
        assert_eq!(levels.first(), Some(&1), "{name}");
        assert_eq!(
            levels.iter().filter(|&&level| level == 1).count(),
            1,
            "{name}"
        );
        for pair in levels.windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{name} skips a level: {levels:?}");
        }
    });
}

#[test]
fn every_field_has_a_label_and_every_button_a_name() {
    each_page(|name, _, document| {
        let labels: BTreeSet<&str> = named(document, &["label"])
            .filter_map(|node| node.attribute("for"))
            .collect();
        for field in named(document, &["input", "textarea", "select"]) {
            let hidden = field.attribute("type") == Some("hidden");
            let labelled = field.attribute("id").is_some_and(|id| labels.contains(id));
            assert!(hidden || labelled, "{name}: {:?}", field.attribute("name"));
        }
        for button in named(document, &["button", "a", "summary", "legend", "caption"]) {
            let text: String = button
                .descendants()
                .filter_map(|node| node.text())
                .collect();
            assert!(
                !text.trim().is_empty(),
                "{name} has an empty {:?}",
                button.tag_name()
            );
        }
    });
}

#[test]
fn tables_have_captions_and_their_headers_a_scope() {
    each_page(|name, _, document| {
        for table in named(document, &["table"]) {
            let first = table.children().find(Node::is_element).unwrap();
            assert_eq!(first.tag_name().name(), "caption", "{name}");
        }
        for header in named(document, &["th"]) {
            let scope = header.attribute("scope");
            assert!(matches!(scope, Some("col" | "row")), "{name}");
        }
        for cell in named(document, &["td"]) {
            assert!(
                cell.attribute("data-label")
                    .is_some_and(|label| !label.is_empty())
            );
        }
    });
}

#[test]
fn references_inside_a_page_lead_somewhere() {
    each_page(|name, _, document| {
        let mut ids = BTreeSet::new();
        for id in document
            .descendants()
            .filter_map(|node| node.attribute("id"))
        {
            assert!(ids.insert(id), "{name} repeats {id}");
        }
        for node in document.descendants() {
            let target = node.attribute("aria-labelledby").or(node.attribute("for"));
            let link = node
                .attribute("href")
                .and_then(|href| href.strip_prefix('#'));
            for id in target.into_iter().chain(link) {
                assert!(ids.contains(id), "{name} refers to {id}");
            }
        }
    });
}

#[test]
fn no_gap_and_no_key_is_shown() {
    each_page(|name, _, document| {
        for text in document.descendants().filter_map(|node| node.text()) {
            assert!(!text.contains("{$"), "{name} shows a gap: {text}");
            let key = locale::key::ALL
                .iter()
                .find(|key| key.name() == text.trim());
            assert_eq!(key, None, "{name} shows a key");
        }
    });
}

#[test]
fn forms_send_what_the_door_reads() {
    each_page(|name, _, document| {
        for form in named(document, &["form"]) {
            // What changes nothing can be kept as a link.
            let is_search = form.attribute("action") == Some("/console/inventory");
            let method = if is_search { "get" } else { "post" };
            assert_eq!(form.attribute("method"), Some(method), "{name}");
            let fields: BTreeSet<&str> = form
                .descendants()
                .filter_map(|node| node.attribute("name"))
                .collect();
            let expected: &[&str] = match form.attribute("action") {
                Some("/break-glass") => &["form_token", "patient", "reason", "return", "text"],
                Some("/console/inventory") => &["show", "words"],
                Some("/session") => &["form_token", "person", "return"],
                Some("/guard/acts") => {
                    &["act", "asset", "conduit", "form_token", "minutes", "text"]
                }
                Some(path) if path.starts_with("/guard/") => &["form_token"],
                Some("/session/end") => &["form_token"],
                Some(path) if path.ends_with("/end") => &["form_token"],
                Some(path) if path.starts_with("/console/reviews/") => {
                    &["finding", "form_token", "text"]
                }
                Some(path) if path.starts_with("/console/notices/") => {
                    let gives = fields.contains("channel");
                    if gives {
                        &["channel", "form_token"]
                    } else {
                        &["form_token", "ground", "text", "until"]
                    }
                }
                _ => &[],
            };
            // A page without a session has no token to repeat.
            let mut expected: BTreeSet<&str> = expected.iter().copied().collect();
            if !fields.contains("form_token") {
                expected.remove("form_token");
            }
            assert_eq!(fields, expected, "{name}");
        }
    });
}
