//! Any line of any kind gives typed values or nothing, and analytics take whatever it gives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use watch::analytics::{Analytics, AnalyticsSettings};
use watch::hash::HashKey;
use watch::observe::places::Places;
use watch::observe::{Memory, Observer, Standing};
use watch::source::Mapping;

const KINDS: [&str; 28] = [
    "zeek.conn",
    "zeek.ssl",
    "zeek.http",
    "zeek.dns",
    "zeek.dhcp",
    "zeek.modbus",
    "zeek.dnp3",
    "zeek.bacnet",
    "zeek.ssh",
    "zeek.rdp",
    "zeek.smb_files",
    "suricata.flow",
    "suricata.tls",
    "suricata.http",
    "suricata.dns",
    "dns",
    "dhcp",
    "windows.sysmon.1",
    "windows.sysmon.3",
    "windows.sysmon.11",
    "windows.sysmon.22",
    "windows.sysmon.23",
    "windows.security.4624",
    "windows.security.4625",
    "windows.security.4688",
    "windows.security.5145",
    "linux.auditd",
    "syslog",
];

fuzz_target!(|lines: Vec<(u8, i64, Vec<u8>)>| {
    let mapping = Mapping::built_in().expect("the mapping is part of the program");
    let mut observer = Observer::new(&mapping, Places::default());
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
