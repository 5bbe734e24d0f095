//! Hostile text in every free field: it stays text, and links stay inside.

use std::collections::BTreeSet;

use locale::Language;
use roxmltree::{Document, ParsingOptions};

use crate::sample::pages;

const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</textarea></pre></code></form><h1>",
    "<!--",
    "]]>",
    "&lt;&#60;&amp",
    "{{ frame }} {% raw %}",
    "\" autofocus onfocus=\"alert(1)",
];

/// The elements of a page in order, with the names of their attributes.
fn skeleton(html: &str) -> Vec<(String, Vec<String>)> {
    let document = parse(html);
    document
        .descendants()
        .filter(roxmltree::Node::is_element)
        .map(|node| {
            let attributes = node.attributes().map(|a| a.name().to_owned()).collect();
            (node.tag_name().name().to_owned(), attributes)
        })
        .collect()
}

pub(crate) fn parse(html: &str) -> Document<'_> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(html, options).unwrap_or_else(|error| unreadable(html, &error))
}

#[expect(
    clippy::panic,
    reason = "a page that is not well formed fails the test"
)]
fn unreadable(html: &str, error: &roxmltree::Error) -> ! {
    panic!("{error}\n{html}")
}

#[test]
fn hostile_text_changes_no_element_and_no_attribute() {
    for &language in Language::ALL {
        let calm = pages(language, str::to_owned);
        for attack in ATTACKS {
            let hostile = pages(language, |text| format!("{text}{attack}"));
            for ((name, calm), (_, hostile)) in calm.iter().zip(&hostile) {
                assert_eq!(skeleton(calm), skeleton(hostile), "{name} with {attack}");
            }
        }
    }
}

#[test]
fn hostile_text_is_shown_in_full() {
    for attack in ATTACKS {
        for (name, html) in pages(Language::Fr, |text| format!("{text}{attack}")) {
            if name.ends_with("-none") {
                // A page that says that there is nothing shows no text of others.
                continue;
            }
            let document = parse(&html);
            let texts = document.descendants().filter_map(|node| node.text());
            let attributes: Vec<&str> = document
                .descendants()
                .flat_map(|node| node.attributes().map(|a| a.value()).collect::<Vec<_>>())
                .collect();
            let shown = texts.chain(attributes).any(|text| text.contains(attack));
            assert!(shown, "{name} hides {attack}");
        }
    }
}

#[test]
fn each_free_field_is_reached_by_the_attacks() {
    // Every text that the samples give is marked; each mark must come out, so that no field of a
    // view is forgotten by the page or by the test above.
    let given = std::cell::RefCell::new(BTreeSet::new());
    let mark = |text: &str| {
        given.borrow_mut().insert(format!("[{text}]"));
        format!("[{text}]")
    };
    let shown: String = pages(Language::En, mark)
        .iter()
        .flat_map(|(_, html)| {
            let document = parse(html);
            document
                .descendants()
                .flat_map(|node| {
                    let own = node.text().map(str::to_owned);
                    let attributes = node.attributes().map(|a| a.value().to_owned());
                    own.into_iter().chain(attributes).collect::<Vec<_>>()
                })
                .collect::<Vec<_>>()
        })
        .collect();
    for text in given.borrow().iter() {
        // Marked paths do not begin with a slash any more, and must become the first page.
        if text.starts_with("[/") {
            assert!(
                !shown.contains(text.as_str()),
                "{text} is no path of this origin"
            );
        } else {
            assert!(shown.contains(text.as_str()), "{text} is not shown");
        }
    }
}

#[test]
fn every_link_and_form_stays_inside() {
    for outside in [
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://evil.example",
    ] {
        for (name, html) in pages(Language::Fr, |_| outside.to_owned()) {
            let document = parse(&html);
            for node in document.descendants() {
                let target = ["href", "src", "action", "formaction"]
                    .iter()
                    .find_map(|attribute| node.attribute(*attribute));
                let back = (node.attribute("name") == Some("return"))
                    .then(|| node.attribute("value"))
                    .flatten();
                for target in target.into_iter().chain(back) {
                    let inside = target == page::local_path(target)
                        || target.starts_with('#')
                        || target.starts_with("?lang=");
                    assert!(inside, "{name} leads to {target}");
                }
            }
        }
    }
}
