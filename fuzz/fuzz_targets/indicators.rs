//! Any bytes are a list of indicators within its bounds, and what is understood has its normal form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::indicator::{Place, read, recognise};

fuzz_target!(|bytes: &[u8]| {
    let list = read(bytes, "fuzz");
    for indicator in &list.indicators {
        let again = recognise(&indicator.value);
        assert_eq!(again, Ok((indicator.kind, indicator.value.clone())));
        assert!(!indicator.id.is_empty());
    }
    for entry in &list.not_understood {
        assert!(entry.text.chars().count() <= 200);
        assert!(entry.place != Place::Line(0));
    }
});
