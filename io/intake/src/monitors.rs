//! Logs into an inventory: what monitors and servers wrote down about devices.
//!
//! Nothing is sent, and a device that a capture tells of as well is one asset: `wire::identify` names
//! it the same.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use event::Logged;
use hospital::inventory::{Added, Inventory, Observation};
use wire::identify::{IdentifyLimits, LogIdentifier};

use crate::captures::{observation, random_key};
use crate::logs::{Entry, Settings, read};

/// What came of logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Events, whether they tell of devices or not.
    pub events: u64,
    /// What was told of devices, repetitions included.
    pub observations: u64,
    /// Of those, what the inventory had no room for.
    pub beyond: u64,
    /// Lines and files that could not be read.
    pub unread: u64,
}

/// Takes everything that files of logs tell, packed or not, into an inventory. The source of each
/// observation is the path of its file, and its frame is where its line begins there.
pub fn observe(paths: &[PathBuf], settings: &Settings, inventory: &mut Inventory) -> Observed {
    let mut observed = Observed::default();
    let mut identifier = LogIdentifier::new(IdentifyLimits::DEFAULT, &random_key());
    let mut source = None;
    let progress = read(paths, settings, &mut |batch, _| {
        // What one file said is news in another.
        if source.as_ref() != Some(batch.source()) {
            identifier = LogIdentifier::new(IdentifyLimits::DEFAULT, &random_key());
            source = Some(Arc::clone(batch.source()));
        }
        for entry in batch.iter() {
            let Entry::Event(event) = entry else { continue };
            observed.events += 1;
            for told in identifier.event(event.at, event.time_us, event.kind, event.json) {
                observed.observations += 1;
                if let Added::Full(_) = inventory.add(&observation(told, batch.source())) {
                    observed.beyond += 1;
                }
            }
        }
        ControlFlow::Continue(())
    });
    observed.unread = progress.unread;
    observed
}

/// Who writes the lines that tell of devices: the first word of their kind.
const MONITORS: [&str; 4] = ["dhcp", "dns", "suricata", "zeek"];

/// Reads lines that evidence keeps, one after the other. The source of what they tell is who writes
/// them: files come and go.
#[derive(Debug, Default)]
pub struct Monitors(BTreeMap<&'static str, LogIdentifier>);

impl Monitors {
    /// What the line that is kept as this entry tells.
    pub fn line(&mut self, index: u64, line: &Logged<'_>) -> Vec<Observation> {
        let first = line.kind.split('.').next().unwrap_or_default();
        let Some(monitor) = MONITORS.into_iter().find(|known| *known == first) else {
            return Vec::new();
        };
        let identifier = self.0.entry(monitor);
        let identifier = identifier
            .or_insert_with(|| LogIdentifier::new(IdentifyLimits::DEFAULT, &random_key()));
        let told = identifier.event(index, line.time_us, &line.kind, line.json);
        told.into_iter()
            .map(|it| observation(it, monitor))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hospital::InventoryLimits;
    use hospital::inventory::{Attribute, Fingerprints, Key};

    #[test]
    fn lines_of_evidence_tell_by_who_wrote_them() {
        let mut monitors = Monitors::default();
        let mut line = |index, kind: &'static str, json: &[u8]| {
            let line = Logged {
                kind: kind.into(),
                source: "/logs/a.log".into(),
                at: 7,
                host: None,
                time_us: Some(5),
                json,
            };
            monitors.line(index, &line)
        };
        let lease =
            br#"{"mac":"02:00:00:00:00:01","assigned_addr":"10.0.0.5","msg_types":["ACK"]}"#;
        let told = line(41, "zeek.dhcp", lease);
        assert_eq!(
            (told[0].source.as_str(), told[0].frame, told[0].at_us),
            ("zeek", 41, 5)
        );
        assert_eq!(line(42, "windows.sysmon.3", lease), []);
        assert_eq!(line(43, "zeek.dhcp", b"no JSON"), []);
    }

    #[test]
    fn files_of_two_monitors_make_one_asset() {
        let folder = tempfile::tempdir().unwrap();
        let lease = r#"{"ts":1.5,"uid":"C1","mac":"02:00:00:00:00:01","host_name":"PUMP-7","assigned_addr":"10.0.0.5","msg_types":["REQUEST","ACK"]}"#;
        let ssh = r#"{"timestamp":"2026-11-26T08:03:13.25+0000","event_type":"ssh","src_ip":"10.0.0.9","src_port":4000,"dest_ip":"10.0.0.5","dest_port":22,"ssh":{"server":{"software_version":"dropbear_2019"}}}"#;
        for (name, line) in [("dhcp.log", lease), ("eve.json", ssh)] {
            std::fs::write(folder.path().join(name), format!("{line}\n\u{1}\n")).unwrap();
        }
        let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
        let paths = [folder.path().to_owned()];
        let observed = observe(&paths, &Settings::default(), &mut inventory);
        assert_eq!(
            (observed.events, observed.unread, observed.beyond),
            (2, 2, 0)
        );
        let fingerprints = Fingerprints::built_in().unwrap();
        let assets = inventory.assets(&fingerprints);
        let asset = assets.of(&Key::parse("ip:10.0.0.5").unwrap()).unwrap();
        assert_eq!(asset.id.as_str(), "mac:02:00:00:00:00:01");
        let value = |of| asset.best(of).map(|known| known.value.as_str());
        assert_eq!(value(Attribute::Hostname), Some("PUMP-7"));
        assert_eq!(value(Attribute::Software), Some("dropbear_2019"));
        // Taking one monitor back leaves what the other said.
        let eve = folder.path().join("eve.json").display().to_string();
        assert!(inventory.retract(&eve) > 0);
        let assets = inventory.assets(&fingerprints);
        let asset = assets.of(&Key::parse("ip:10.0.0.5").unwrap()).unwrap();
        assert_eq!(asset.best(Attribute::Software), None);
    }
}
