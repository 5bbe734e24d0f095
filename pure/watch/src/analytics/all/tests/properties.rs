//! Every analytic at once: any event, any time, any restart.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Analytics, AnalyticsSettings, Observed};
use super::*;
use crate::analytics::first_seen::Sighting;
use crate::finding::EntityKind;

/// Year 0, year 9999, the ends of the number, and times that lie near each other.
fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => 0..(4 * DAY * S),
        1 => Just(-62_167_219_200 * S),
        1 => Just(253_402_300_799 * S),
        1 => any::<i64>(),
        1 => prop_oneof![Just(i64::MIN), Just(i64::MAX)],
    ]
}

type Raw = (usize, i64, u64, usize, (String, String));

fn observed() -> impl Strategy<Value = Observed> {
    let texts = ("[ab]{0,2}", "([a-c]{1,3}\\.){0,3}[a-z]{0,2}");
    (0..7_usize, time(), any::<u64>(), 0..4_usize, texts).prop_map(shaped)
}

fn shaped((kind, at_us, number, small, (name, long)): Raw) -> Observed {
    let place = Place {
        at_us,
        position: number,
        establishment: name.clone(),
    };
    let low = u16::try_from(number % 7).unwrap();
    match kind {
        0 => Observed::Access(RecordAccess {
            place,
            person: name,
            patient: long,
            relation: [
                CareRelation::None,
                CareRelation::Unit,
                CareRelation::Treating,
                CareRelation::BreakGlass,
            ][small],
        }),
        1 => Observed::Control(ControlWrite {
            place,
            source: name.clone(),
            source_tier: (small > 0).then_some(3),
            controller: name,
            controller_tier: u8::try_from(small).unwrap(),
            protocol: long.clone(),
            point: long,
        }),
        2 => Observed::Dns(DnsQuery {
            place,
            source: name.clone(),
            registered: (small == 0).then_some(name),
            name: long.repeat(small * 4),
            is_absent: false,
        }),
        3 => Observed::File(FileOperation {
            place,
            person: name.clone(),
            device: name.clone(),
            share: name,
            path_before: (small == 0).then(|| long.clone()),
            path: format!("{long}.{small}"),
            action: [
                FileAction::Rename,
                FileAction::Write,
                FileAction::ShadowCopyDelete,
                FileAction::Create,
            ][small],
            entropy_millibits: u32::try_from(number).ok(),
        }),
        4 => {
            let parts = (place, number, small, (name, long));
            Observed::Flow(shaped_flow(parts, low, at_us))
        }
        5 => Observed::Login(Login {
            place,
            person: name,
            from: format!("d{low}"),
            to: format!("d{small}"),
            is_success: true,
            location_udeg: Some((i32::try_from(number % 180_000_000).unwrap(), i32::MIN)),
        }),
        _ => Observed::Sighting(Sighting {
            place,
            kind: long,
            subject: name,
            entity: EntityKind::Device,
        }),
    }
}

fn shaped_flow(
    (place, number, small, (name, long)): (Place, u64, usize, (String, String)),
    port: u16,
    duration_us: i64,
) -> Flow {
    Flow {
        place,
        source: name,
        destination: long,
        port,
        proto: [Proto::Tcp, Proto::Udp, Proto::Icmp, Proto::Tcp][small],
        state: [
            FlowState::Answered,
            FlowState::Partial,
            FlowState::Refused,
            FlowState::Unanswered,
        ][small],
        bytes_out: number,
        bytes_in: number,
        duration_us,
        name: None,
    }
}

/// Everything happens early: few keys, low thresholds, sketches from the fourth value on.
fn tight() -> AnalyticsSettings {
    let mut settings = AnalyticsSettings::default();
    settings.beacon.pairs_max = 3;
    settings.beacon.contacts_max = 6;
    settings.beacon.days_max = 2;
    settings.scan.keys_max = 3;
    settings.scan.exact_max = 3;
    settings.scan.destinations_min = [1; 3];
    settings.scan.failed_thousandths_min = 0;
    settings.dns_tunnel.keys_max = 3;
    settings.dns_tunnel.exact_max = 3;
    settings.dns_tunnel.bytes_min = [1; 2];
    settings.dns_tunnel.names_min = 1;
    settings.dns_tunnel.name_bytes_min = 1;
    settings.ransomware.keys_max = 3;
    settings.ransomware.exact_max = 3;
    settings.ransomware.files_min = [1; 2];
    settings.extraction.keys_max = 3;
    settings.extraction.exact_max = 3;
    settings.extraction.budget = [1_000; 4];
    settings.first_seen.keys_max = 3;
    settings.lateral.keys_max = 3;
    settings.travel.keys_max = 3;
    settings.control_write.keys_max = 3;
    settings
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_snapshot_and_the_rest_are_the_whole(
        events in vec(observed(), 0..120),
        at in 0_usize..120,
    ) {
        let mut whole = Analytics::new(tight(), HashKey::default());
        let mut parted = whole.clone();
        for (place, event) in events.iter().enumerate() {
            if place == at {
                parted = serde_json::from_str(&serde_json::to_string(&parted).unwrap()).unwrap();
            }
            prop_assert_eq!(whole.apply(event), parted.apply(event));
        }
        prop_assert_eq!(whole, parted);
    }
}
