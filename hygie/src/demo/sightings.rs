//! What is seen of the demonstration's devices on the network: a capture that is made up, and by
//! what the directory knows them again.
//!
//! The makers are invented. That support of the two web servers has ended is a fact
//! (endoflife.date, `apache-http-server` 2.2 and `nginx` 1.14).

use event::Timestamp;
use hospital::Asset;
use hospital::inventory::Key;

use crate::frames::{Capture, End};

/// Dates of support in the demonstration, as a hospital writes them.
pub const SUPPORT: &str = r#"
[[support]]
product = "Apache 2.2.15"
ends = "2017-07-11T00:00:00Z"
evidence = "endoflife.date apache-http-server 2.2"

[[support]]
product = "nginx 1.14.2"
ends = "2019-04-23T00:00:00Z"
evidence = "endoflife.date nginx 1.14"
"#;

/// Who asks devices what they are: the supervision of the technical department.
const SUPERVISION: End = End {
    mac: [0x02, 0, 0, 0xff, 0, 1],
    ip: [10, 20, 0, 5],
    port: 40_000,
};

/// Devices that the directory does not know: cameras that somebody hung up.
const UNLISTED: [u8; 3] = [1, 2, 3];

/// The unit of Modbus that is the device itself, and not one behind it.
const OWN_UNIT: u8 = 255;

/// By what the directory knows an asset: the interface of its number.
pub(super) fn keys(number: usize) -> impl Iterator<Item = Key> {
    let [.., high, low] = number.to_be_bytes();
    let key = format!("{INTERFACES}{high:02x}:{low:02x}");
    Key::parse(&key).into_iter()
}

/// How the interfaces of assets begin.
const INTERFACES: &str = "mac:02:00:00:01:";

/// The interface by which the directory knows an asset.
fn device(asset: &Asset) -> Option<End> {
    let number = |key: &Key| {
        let (high, low) = key.as_str().strip_prefix(INTERFACES)?.split_once(':')?;
        let byte = |text| u8::from_str_radix(text, 16).ok();
        Some((byte(high)?, byte(low)?))
    };
    let (high, low) = asset.keys.iter().find_map(number)?;
    Some(End {
        mac: [0x02, 0, 0, 0x01, high, low],
        ip: [10, 30, high, low.saturating_add(1)],
        port: 68,
    })
}

/// A capture of all assets that the directory knows again.
#[must_use]
pub fn capture(assets: &[Asset], at: Timestamp) -> Vec<u8> {
    let mut capture = Capture::beginning(at.as_us());
    for asset in assets {
        if let Some(device) = device(asset) {
            capture.arp(device, SUPERVISION.ip);
            speak(&mut capture, device, asset);
        }
    }
    for number in UNLISTED {
        let camera = End {
            mac: [0x02, 0, 0, 0x02, 0, number],
            ip: [10, 40, 0, number],
            port: 68,
        };
        capture.arp(camera, SUPERVISION.ip);
        lease(
            &mut capture,
            camera,
            &format!("cam-{number}"),
            "EXAMPLE-CAM",
        );
        served(&mut capture, camera, "nginx/1.14.2");
    }
    capture.into_bytes()
}

/// What a device of its kind says.
fn speak(capture: &mut Capture, device: End, asset: &Asset) {
    let [.., high, low] = device.ip;
    let name = format!("{}-{high}-{low}", asset.kind);
    match asset.kind.as_str() {
        "theatre-ventilation" | "heating-plant" => {
            let instance = u32::from(u16::from_be_bytes([high, low])) + 1_000;
            capture.i_am(device, SUPERVISION, (instance, 5));
            capture.identification(
                (device, OWN_UNIT),
                SUPERVISION,
                ["Exemple Air", "CTA-4", "2.1"],
            );
        }
        "electricity-switchboard" | "emergency-generator" | "medical-gas-plant" => {
            capture.identification(
                (device, OWN_UNIT),
                SUPERVISION,
                ["Exemple Energie", "API-7", "1.9"],
            );
        }
        "infusion-pump" => {
            lease(capture, device, &name, "EXEMPLE-POMPE-3");
            served(capture, device, "Apache/2.2.15");
        }
        "workstation" => lease(capture, device, &name, "MSFT 5.0"),
        _ => lease(capture, device, &name, "EXEMPLE-BIOMED"),
    }
}

/// A client of DHCP asks to keep its address (RFC 2131), and says its name and its kind.
fn lease(capture: &mut Capture, client: End, name: &str, kind: &str) {
    let mut message = vec![1, 1, 6, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    message.extend_from_slice(&client.ip);
    message.extend_from_slice(&[0; 12]);
    message.extend_from_slice(&client.mac);
    message.extend_from_slice(&[0; 10 + 64 + 128]);
    message.extend_from_slice(&0x6382_5363_u32.to_be_bytes());
    // The kind of message: a request. Then name and kind of the client.
    message.extend_from_slice(&[53, 1, 3]);
    for (option, text) in [(12, name), (60, kind)] {
        let length = u8::try_from(text.len()).unwrap_or_default();
        message.extend_from_slice(&[option, length]);
        message.extend_from_slice(text.as_bytes());
    }
    message.push(255);
    let server = End {
        mac: [0xff; 6],
        ip: [255; 4],
        port: 67,
    };
    capture.datagram(client, server, &message);
}

/// A web server that says what it is.
fn served(capture: &mut Capture, server: End, program: &str) {
    let question = "GET / HTTP/1.1\r\nHost: device\r\n\r\n";
    let answer = format!("HTTP/1.1 200 OK\r\nServer: {program}\r\nContent-Length: 0\r\n\r\n");
    capture.segment(SUPERVISION, server.at(80), 1, question.as_bytes());
    capture.segment(server.at(80), SUPERVISION, 1, answer.as_bytes());
}

#[cfg(test)]
mod tests {
    use hospital::InventoryLimits;
    use hospital::inventory::{Attribute, Fingerprints, Inventory};
    use intake::captures::observe;

    use super::*;
    use crate::demo::assets::assets;

    #[test]
    fn each_asset_is_seen_as_what_it_is() {
        let known = assets().unwrap();
        let mut inventory = Inventory::new(InventoryLimits::DEFAULT);
        let at = Timestamp::from_s(1_800_000_000);
        let observed = observe(&capture(&known, at), "mirror", &mut inventory).unwrap();
        assert_eq!((observed.broken, observed.beyond), (None, 0));
        let fingerprints = Fingerprints::built_in().unwrap();
        let seen = inventory.assets(&fingerprints);
        for asset in &known {
            let key = asset.keys.first().unwrap();
            let seen = seen.of(key).unwrap();
            let name = seen.best(Attribute::Hostname).map(|it| it.value.as_str());
            let is_named = name.is_some_and(|name| name.starts_with(&asset.kind));
            let is_control = seen.best(Attribute::Firmware).is_some();
            assert!(is_named != is_control, "{}: {name:?}", asset.id);
        }
        // The cameras, and whoever asks.
        assert_eq!(seen.len(), known.len() + UNLISTED.len() + 1);
    }
}
