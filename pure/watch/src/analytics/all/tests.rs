mod cases;
mod negatives;
mod properties;

use super::{Analytics, AnalyticsSettings, Observed};
use crate::analytics::Output;
use crate::analytics::input::{
    CareRelation, ControlWrite, DnsQuery, FileAction, FileOperation, Flow, FlowState, Login, Place,
    Proto, RecordAccess,
};
use crate::finding::Finding;
use crate::hash::HashKey;

const S: i64 = 1_000_000;
const DAY: i64 = 86_400;

fn place(at_s: i64) -> Place {
    Place {
        at_us: at_s * S,
        position: at_s.unsigned_abs(),
        establishment: "north".to_owned(),
    }
}

fn found(settings: AnalyticsSettings, events: impl IntoIterator<Item = Observed>) -> Vec<Finding> {
    let mut analytics = Analytics::new(settings, HashKey::default());
    let mut found = Vec::new();
    for event in events {
        for output in analytics.apply(&event) {
            match output {
                Output::Found(finding) => found.push(finding),
                Output::Evicted(evicted) => panic!("{evicted:?}"),
            }
        }
    }
    found
}

fn ids(found: &[Finding]) -> Vec<&str> {
    found.iter().map(|finding| finding.id.as_str()).collect()
}

fn flow(at_s: i64, destination: &str, port: u16, state: FlowState) -> Observed {
    Observed::Flow(Flow {
        place: place(at_s),
        source: "10.0.0.5".to_owned(),
        destination: destination.to_owned(),
        port,
        proto: Proto::Tcp,
        state,
        bytes_out: 60,
        bytes_in: 0,
        duration_us: 0,
        name: None,
    })
}

fn query(at_s: i64, source: &str, name: &str) -> Observed {
    Observed::Dns(DnsQuery {
        place: place(at_s),
        source: source.to_owned(),
        name: name.to_owned(),
        registered: None,
        is_absent: false,
    })
}

fn file(at_s: i64, action: FileAction, before: Option<&str>, path: &str) -> FileOperation {
    FileOperation {
        place: place(at_s),
        person: "ann".to_owned(),
        device: "pc-7".to_owned(),
        share: "wards".to_owned(),
        path: path.to_owned(),
        path_before: before.map(str::to_owned),
        action,
        entropy_millibits: None,
    }
}

fn access(at_s: i64, patient: &str, relation: CareRelation) -> Observed {
    Observed::Access(RecordAccess {
        place: place(at_s),
        person: "ann".to_owned(),
        patient: patient.to_owned(),
        relation,
    })
}

fn login(at_s: i64, from: &str, to: &str, location_udeg: Option<(i32, i32)>) -> Observed {
    Observed::Login(Login {
        place: place(at_s),
        person: "ann".to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        is_success: true,
        location_udeg,
    })
}

fn write(at_s: i64, source_tier: Option<u8>) -> Observed {
    Observed::Control(ControlWrite {
        place: place(at_s),
        source: "pc-7".to_owned(),
        source_tier,
        controller: "ahu-2".to_owned(),
        controller_tier: 3,
        protocol: "modbus".to_owned(),
        point: "40001".to_owned(),
    })
}
