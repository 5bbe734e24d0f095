//! The style sheet holds its promises: contrast in light and dark, nothing fetched, every class
//! known.

use std::collections::{BTreeMap, BTreeSet};

use locale::Language;

use crate::escaping::parse;
use crate::sample::pages;

/// Text on ground, and the ratio that WCAG 2.2 asks for: 4.5 for text (1.4.3), 3 for the edges
/// of fields and the ring of focus (1.4.11).
const PAIRS: &[(&str, &str, f64)] = &[
    ("ink", "ground", 4.5),
    ("ink", "paper", 4.5),
    ("soft", "ground", 4.5),
    ("soft", "paper", 4.5),
    ("accent", "ground", 4.5),
    ("accent", "paper", 4.5),
    ("accent-deep", "ground", 4.5),
    ("accent-deep", "paper", 4.5),
    ("accent-ink", "accent", 4.5),
    ("accent-ink", "accent-deep", 4.5),
    ("permit", "permit-ground", 4.5),
    ("breakable", "breakable-ground", 4.5),
    ("refusal", "refusal-ground", 4.5),
    ("edge", "ground", 3.0),
    ("edge", "paper", 3.0),
    ("breakable", "ground", 3.0),
];

/// The colours of one `:root` block.
fn colours(block: &str) -> BTreeMap<&str, [f64; 3]> {
    let body = block
        .split_once(":root {")
        .unwrap()
        .1
        .split_once('}')
        .unwrap()
        .0;
    body.lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix("--")?
                .trim_end_matches(';')
                .split_once(": #")
        })
        .map(|(name, hex)| {
            let [_, red, green, blue] = u32::from_str_radix(hex, 16).unwrap().to_be_bytes();
            (name, [red, green, blue].map(|part| f64::from(part) / 255.0))
        })
        .collect()
}

/// Relative luminance (WCAG 2.2, glossary).
fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|c| {
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

#[test]
fn text_has_contrast_in_light_and_in_dark() {
    let (light, dark) = page::STYLE
        .split_once("prefers-color-scheme: dark")
        .unwrap();
    for (scheme, block) in [("light", light), ("dark", dark)] {
        let colours = colours(block);
        for (text, ground, least) in PAIRS {
            let (a, b) = (luminance(colours[text]), luminance(colours[ground]));
            let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(
                ratio >= *least,
                "{text} on {ground} in {scheme}: {ratio:.2}"
            );
        }
    }
}

#[test]
fn the_style_sheet_fetches_nothing() {
    for banned in ["url(", "@import", "@font-face", "http"] {
        assert!(!page::STYLE.contains(banned), "{banned}");
    }
    assert_eq!(
        page::STYLE.matches('{').count(),
        page::STYLE.matches('}').count()
    );
}

#[test]
fn every_class_of_a_page_is_styled() {
    let mut classes = BTreeSet::new();
    for (_, html) in pages(Language::En, str::to_owned) {
        for node in parse(&html).descendants() {
            let names = node
                .attribute("class")
                .unwrap_or_default()
                .split_whitespace();
            classes.extend(names.map(str::to_owned));
        }
    }
    for class in classes {
        assert!(
            page::STYLE.contains(&format!(".{class}")),
            "{class} has no style"
        );
    }
}

#[test]
fn the_icon_is_a_picture_and_nothing_more() {
    let icon = parse(page::ICON);
    let names: BTreeSet<&str> = icon
        .descendants()
        .filter(roxmltree::Node::is_element)
        .map(|node| node.tag_name().name())
        .collect();
    assert_eq!(names, BTreeSet::from(["path", "svg"]));
}
