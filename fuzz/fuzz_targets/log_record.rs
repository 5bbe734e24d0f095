//! Any bytes are a record or unreadable, every value is inside of the line, and rules can be asked.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use watch::engine::{Detector, RuleSet, Settings};
use watch::limits::Limits;
use watch::record::{Names, Record, text};
use watch::sigma::{Placeholders, read};
use watch::source::Mapping;

const RULES: &str = "title: t\nlogsource: {product: x}\ndetection:\n  s:\n    a|contains: b\n    \
    c|re: 'd.e'\n    f|cidr: 10.0.0.0/8\n    g|gt: 5\n    h|hour: 3\n    i|fieldref: j\n  \
    k: [word]\n  condition: 1 of s or k\n";

static SET: LazyLock<Arc<RuleSet>> = LazyLock::new(|| {
    let limits = Limits::default();
    let mapping = Mapping::built_in().expect("the mapping is part of the program");
    let file = read("fuzz", RULES, &Placeholders::new(), &limits);
    let settings = Settings {
        mapping: &mapping,
        limits: &limits,
        fields: &[],
    };
    let compiled = RuleSet::compile(file.documents, settings);
    // A target that asks nothing would stay green for ever.
    assert_eq!(compiled.rules.rules().len(), 1, "{:?}", file.refused);
    Arc::new(compiled.rules)
});

fuzz_target!(|line: &[u8]| {
    let mut record = Record::default();
    if record.read(line, &Names::default()).is_ok() {
        let mut plain = Vec::new();
        for field in record.fields() {
            let raw = field.raw(line);
            text::unescape(raw, &mut plain);
            assert!(plain.len() <= raw.len() + 3);
            let _name = record.dotted_name(line, field);
        }
    }
    let mut detector = Detector::new(Arc::clone(&SET), &[0; 16]);
    for hint in ["", "x"] {
        detector.line(hint, line, |hit| assert!(hit.rule().is_some()));
    }
});
