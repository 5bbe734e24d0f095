//! The mapping that comes with the program.

use super::{Error, Mapping, Sort};
use crate::sigma::LogSource;

#[test]
fn the_built_in_mapping_can_be_read() {
    let mapping = Mapping::built_in().unwrap();
    let names: Vec<&str> = mapping
        .families
        .iter()
        .map(|family| family.name.as_str())
        .collect();
    assert!(
        names.contains(&"windows") && names.contains(&"zeek"),
        "{names:?}"
    );
    assert!(mapping.fields.rename.contains_key("Provider_Name"));
}

#[test]
fn what_is_no_mapping_is_refused() {
    assert!(matches!(
        Mapping::read("strip = 1", ""),
        Err(Error::Toml { .. })
    ));
    assert!(matches!(
        Mapping::read("", "[[family]]\nnam = 1"),
        Err(Error::Toml { .. })
    ));
    let twice = "[[family]]\nname = \"a\"\n[[family]]\nname = \"a\"";
    assert!(matches!(Mapping::read("", twice), Err(Error::RepeatedFamily(name)) if name == "a"));
}

#[test]
fn every_named_part_of_a_log_source_must_hold() {
    let source = |product: &str, category: &str, service: &str| {
        let part = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        LogSource {
            product: part(product),
            category: part(category),
            service: part(service),
        }
    };
    let sort = Sort {
        product: Some("windows".to_owned()),
        categories: ["process_creation".to_owned()].into(),
        services: ["sysmon".to_owned()].into(),
    };
    for (product, category, service, serves) in [
        ("windows", "process_creation", "", true),
        ("windows", "", "sysmon", true),
        ("windows", "", "", true),
        ("", "process_creation", "", true),
        ("windows", "process_creation", "sysmon", true),
        ("linux", "process_creation", "", false),
        ("windows", "file_event", "", false),
        ("windows", "process_creation", "security", false),
    ] {
        assert_eq!(
            sort.serves(&source(product, category, service)),
            serves,
            "{product} {category} {service}"
        );
    }
    assert!(!Sort::default().serves(&source("windows", "", "")));
}

#[test]
fn names_that_a_log_has_otherwise_are_told() {
    let mapping = Mapping::built_in().unwrap();
    let renamed = mapping.renamed();
    // For every log, for one family, and deep in its tree.
    for name in ["Provider_Name", "Image", "c-useragent"] {
        assert!(renamed.contains(name), "{name}");
    }
    assert!(!renamed.contains("NewProcessName") && !renamed.contains("query"));
}
