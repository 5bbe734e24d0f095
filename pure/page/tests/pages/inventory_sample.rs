//! Sample views of the devices that were seen.

use event::Tier;
use page::{
    DeviceCounts, DeviceFile, DeviceShow, DeviceWanted, Frame, Inventory, KnownRow, LinkRow,
    SeenDevice, SupportRow,
};

/// Each page by its name.
pub(crate) fn pages(
    frame: &Frame<'_>,
    plain: &Frame<'_>,
    free: &impl Fn(&str) -> String,
) -> Vec<(&'static str, String)> {
    let none = Inventory {
        wanted: DeviceWanted::default(),
        devices: Vec::new(),
        unshown: 0,
        counts: DeviceCounts::default(),
    };
    vec![
        ("inventory", page::inventory(frame, &inventory(free))),
        ("inventory-none", page::inventory(plain, &none)),
        ("device-file", page::device_file(frame, &listed(free))),
        (
            "device-file-unlisted",
            page::device_file(plain, &unlisted(free)),
        ),
    ]
}

fn inventory(free: &impl Fn(&str) -> String) -> Inventory {
    let pump = pump(free);
    Inventory {
        wanted: DeviceWanted {
            words: free("pompe 10.30"),
            show: DeviceShow::WithinYear,
        },
        devices: vec![
            pump.clone(),
            SeenDevice {
                support: "within-year",
                tier: None,
                ..controller(free)
            },
            SeenDevice {
                support: "later",
                ..pump
            },
        ],
        unshown: 812,
        counts: DeviceCounts {
            devices: 4_711,
            past: 96,
            unlisted: 1_204,
            beyond: 3,
        },
    }
}

fn pump(free: &impl Fn(&str) -> String) -> SeenDevice {
    SeenDevice {
        id: free("mac:02:00:00:00:00:01"),
        name: free("Pompe 7"),
        addresses: vec![free("10.30.4.7")],
        maker: free("Example Infusion P-100"),
        system: free("Windows 7 6.1.7601"),
        support: "past",
        tier: Some(Tier::Medical),
        listed: Some(free("Pompe 7, Hôpital du Nord")),
        last: "2026-07-14T10:29:30Z".parse().unwrap(),
    }
}

fn controller(free: &impl Fn(&str) -> String) -> SeenDevice {
    SeenDevice {
        id: free("bacnet:10.30.4.7/13/61"),
        name: free("AHU-3"),
        addresses: Vec::new(),
        maker: String::new(),
        system: String::new(),
        support: "unknown",
        tier: Some(Tier::Building),
        listed: None,
        last: "2026-07-14T10:29:30Z".parse().unwrap(),
    }
}

fn listed(free: &impl Fn(&str) -> String) -> DeviceFile {
    DeviceFile {
        device: pump(free),
        keys: vec![free("mac:02:00:00:00:00:01"), free("ip:10.30.4.7")],
        verdicts: vec![SupportRow {
            state: "past",
            claim: free("Windows 7 6.1.7601"),
            evidence: free("endoflife.date windows 7-sp1: ends 2020-01-14"),
        }],
        answers: vec![
            ("use", vec![free("Luc Martin"), free("Eva Roy")]),
            ("maintenance", Vec::new()),
        ],
        known: vec![
            KnownRow {
                attribute: "os-version",
                value: free("6.1.7601"),
                percent: 70,
                rules: vec![free("ntlm-version")],
                sources: vec![free("core-mirror"), free("zeek")],
                disputed: true,
                last: "2026-07-14T10:29:30Z".parse().unwrap(),
            },
            KnownRow {
                attribute: "hostname",
                value: free("PUMP-7"),
                percent: 90,
                rules: vec![free("dhcp"), free("zeek-dhcp")],
                sources: vec![free("zeek")],
                disputed: false,
                last: "2026-07-14T10:29:30Z".parse().unwrap(),
            },
        ],
        links: vec![LinkRow {
            view: free("ip:10.30.4.7"),
            of: free("mac:02:00:00:00:00:01"),
            state: "followed",
            rules: vec![free("arp")],
            sources: vec![free("core-mirror")],
        }],
    }
}

fn unlisted(free: &impl Fn(&str) -> String) -> DeviceFile {
    DeviceFile {
        device: controller(free),
        keys: vec![free("bacnet:10.30.4.7/13/61")],
        verdicts: Vec::new(),
        answers: Vec::new(),
        known: Vec::new(),
        links: Vec::new(),
    }
}
