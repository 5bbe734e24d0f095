//! What is kept of an inventory, and what follows from it again.

use std::time::Duration;

use event::{CLAIMS_TOLD_MAX, DevicesObserved};

use super::super::kept::{NAMES, to_events};
use super::super::{InventoryLimit, News};
use super::*;
use crate::limits::InventoryLimits;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn every_attribute_has_its_name() {
    for (name, attribute) in NAMES {
        assert_eq!(serde_json::to_value(attribute).unwrap(), name);
        assert_eq!(
            (attribute.name(), Attribute::from_name(name)),
            (name, Some(attribute))
        );
    }
    // Whoever adds an attribute adds its name: the last one in the order of the enumeration is there.
    let last = NAMES.iter().map(|(_, it)| *it).max().unwrap();
    assert_eq!((last, last as usize + 1), (Attribute::Vendor, NAMES.len()));
    assert_eq!(Attribute::from_name("colour"), None);
}

#[test]
fn what_is_known_is_news_again_after_a_day() {
    let mut one = said(IP, Attribute::Hostname, "ahu1");
    let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
    assert_eq!(inventory.news(&one, DAY), News::Is);
    inventory.add(&one);
    assert_eq!(inventory.news(&one, DAY), News::Known);
    one.at_us += 86_399_999_999;
    assert_eq!(inventory.news(&one, DAY), News::Known);
    one.at_us += 1;
    assert_eq!(inventory.news(&one, DAY), News::Is);
    // Another source says it for itself, and what is no observation is no news.
    one.source = "b.pcap".to_owned();
    assert_eq!(inventory.news(&one, Duration::MAX), News::Is);
    one.subject = "nobody".to_owned();
    assert_eq!(inventory.news(&one, DAY), News::Known);
}

#[test]
fn what_was_kept_makes_the_same_inventory() {
    let count = CLAIMS_TOLD_MAX + 3;
    let mut all: Vec<Observation> = (0..count)
        .map(|number| said(IP, Attribute::Service, &format!("p{number}/tcp/1")))
        .collect();
    let mut other = said(DEVICE, Attribute::Is, IP);
    other.source = "zeek".to_owned();
    all.push(other);
    let events = to_events(&all);
    let sizes: Vec<usize> = events.iter().map(|event| event.claims.len()).collect();
    assert_eq!(sizes, [CLAIMS_TOLD_MAX, 3, 1]);
    assert_eq!(events[2].source, "zeek");
    let mut folded = Inventory::new(InventoryLimits::DEFAULT);
    for event in &events {
        assert_eq!(folded.follow(event), []);
    }
    assert_eq!(folded, of(&all));
}

#[test]
fn what_meets_a_limit_or_is_not_known_is_said_or_passed_over() {
    let mut event = DevicesObserved {
        source: "a".to_owned(),
        claims: vec![said(IP, Attribute::Hostname, "one").to_kept(); 3],
        read_to: None,
    };
    event.claims[1].attribute = "colour".to_owned();
    event.claims[2].subject = MAC.to_owned();
    let limits = InventoryLimits {
        subjects_max: 1,
        ..InventoryLimits::DEFAULT
    };
    let mut inventory = Inventory::new(limits);
    assert_eq!(inventory.follow(&event), [InventoryLimit::Subjects]);
    assert_eq!(inventory.len(), 1);
    // What there is no room for is not kept, again and again.
    let other = said(MAC, Attribute::Hostname, "two");
    let full = News::Full(InventoryLimit::Subjects);
    assert_eq!(InventoryLimit::Subjects.of(&limits), 1);
    assert_eq!(inventory.news(&other, DAY), full);
    assert_eq!(
        inventory.news(&said(IP, Attribute::Hostname, "two"), DAY),
        News::Is
    );
}
