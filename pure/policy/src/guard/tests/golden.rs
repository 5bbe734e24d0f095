//! The table that people review, `policies/golden/guard.txt`, and the guard must agree.

use event::ServiceId;

use super::*;
use crate::guard::names;

#[test]
fn the_table_holds() {
    let guard = guard(include_str!("../../../../../policies/golden/guard.toml"));
    let table = include_str!("../../../../../policies/golden/guard.txt");
    let lines = table.lines().enumerate();
    let cases = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let mut count = 0;
    for (index, line) in cases {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [conduit, from, who, tier, station, what, when, verdict] = cells[..] else {
            panic!("line {}: eight columns", index + 1);
        };
        let said = ask(&guard, [conduit, from, who, tier, station, what, when]);
        assert_eq!(said, verdict, "line {}", index + 1);
        count += 1;
    }
    assert!(count >= 35, "{count}");
}

#[expect(clippy::too_many_lines, reason = "one column after the other")]
fn ask(guard: &Guard, [conduit, from, who, tier, station, what, when]: [&str; 7]) -> String {
    let protocol = guard.protocol(conduit).unwrap();
    let (what, was) = what
        .split_once(" was ")
        .map_or((what, None), |(what, was)| (what, Some(was)));
    let (what, priority) = what
        .split_once(" @")
        .map_or((what, None), |(what, at)| (what, Some(at)));
    let (what, values) = what
        .split_once(" = ")
        .map_or((what, None), |(what, to)| (what, Some(to)));
    let words: Vec<&str> = what.split(' ').collect();
    let access = match words[0] {
        "read" => Access::Read,
        "identify" => Access::Identify,
        "write" => Access::Write,
        _ => Access::Control,
    };
    let unknown = Function::confirmed(18);
    let function = names::function(protocol, words[1]).unwrap_or(unknown);
    let is_dicom = protocol == Protocol::Dicom;
    let place = words.get(3).filter(|_| !is_dicom).map(|address| Place {
        space: match words[2] {
            "coil" => Space::Coil,
            "holding-register" => Space::HoldingRegister,
            kind => Space::Object {
                kind: names::kind(kind).unwrap(),
                property: Some(85),
            },
        },
        address: address.parse().unwrap(),
        index: None,
    });
    let registers: Vec<u16> = values
        .into_iter()
        .flat_map(|list| list.split(','))
        .filter_map(|word| word.parse().ok())
        .collect();
    let value = values.map(|text| match (protocol, text) {
        (_, "NULL") => Value::Relinquish,
        (Protocol::Modbus, _) => Value::Words(&registers),
        (Protocol::Bacnet, text) => Value::Real(text.parse().unwrap()),
        (Protocol::Dicom, _) => panic!("no places"),
    });
    let priority = priority.map(|text| text.parse().unwrap());
    let list: Vec<Write<'_>> = place
        .zip(value)
        .map(|(place, value)| Write {
            place,
            value,
            priority,
        })
        .into_iter()
        .collect();
    let spans: Vec<Span> = place
        .filter(|_| list.is_empty())
        .map(|place| Span { place, quantity: 1 })
        .into_iter()
        .collect();
    let person = who.strip_prefix("person ").map(person);
    let service = who
        .strip_prefix("service ")
        .map(|id| ServiceId::new(id).unwrap());
    let asked = Asked {
        conduit,
        from: ip(from),
        who: match (&person, &service) {
            (Some(person), _) => Who::Person(person),
            (_, Some(service)) => Who::Service(service),
            _ => Who::Unknown,
        },
        tier: (tier != "-").then(|| tier.parse().unwrap()),
        device: ip(match protocol {
            Protocol::Modbus => "10.30.4.1",
            Protocol::Bacnet => "10.30.5.1",
            Protocol::Dicom => "10.30.6.1",
        }),
        station: match protocol {
            Protocol::Modbus => Station::Unit(station.parse().unwrap()),
            Protocol::Bacnet => Station::Device {
                network: 0,
                instance: station.parse().ok(),
            },
            Protocol::Dicom => Station::Entity,
        },
        dimse: station.split_once('>').map(|(calling, called)| Dimse {
            calling,
            called,
            class: words.get(2).copied(),
            destination: words.get(4).copied(),
        }),
        reads: &spans,
        writes: &list,
        ..asks(function, access)
    };
    let now = when.parse().unwrap();
    let mut state = GuardState::default();
    if let (Some(was), Some(place)) = (was, place) {
        state.learn(asked.point(place), was.parse().unwrap(), now);
    }
    told(&guard.judge(&mut state, &Grants::new(), &asked, now))
}
