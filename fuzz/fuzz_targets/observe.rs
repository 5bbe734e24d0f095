//! Any line of any kind gives typed values or nothing, and analytics take whatever it gives.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use watch::analytics::{Analytics, AnalyticsSettings};
use watch::hash::HashKey;
use watch::observe::places::Places;
use watch::observe::{Memory, Observer, Standing, kinds};
use watch::source::Mapping;

static MAPPING: LazyLock<Mapping> =
    LazyLock::new(|| Mapping::built_in().expect("the mapping is part of the program"));

static KINDS: LazyLock<Vec<&str>> = LazyLock::new(|| kinds().collect());

fuzz_target!(|lines: Vec<(u8, i64, Vec<u8>)>| {
    let mut observer = Observer::new(&MAPPING, Places::default());
    let mut memory = Memory::default();
    let mut analytics = Analytics::new(AnalyticsSettings::default(), HashKey::default());
    for (position, (kind, at_us, line)) in (0..).zip(&lines) {
        let kind = KINDS[usize::from(*kind) % KINDS.len()];
        let standing = Standing {
            kind,
            position,
            at_us: *at_us,
        };
        for observed in observer.line(&mut memory, standing, line) {
            let _outputs = analytics.apply(&observed);
        }
    }
});
