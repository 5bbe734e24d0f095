//! Short texts of addresses and numbers, put together at one place before they are written: whoever
//! writes number by number into a text makes it grow each time.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use crate::capture::Mac;

/// Longest line: an address of version 6 with one of version 4 at its end, what stands before it and
/// two numbers.
const LINE_BYTES_MAX: usize = 80;

/// A text of ASCII that is being put together.
///
/// INVARIANT: [`LINE_BYTES_MAX`] is enough for every subject; what does not fit would be left out.
#[derive(Debug)]
pub(super) struct Line {
    bytes: [u8; LINE_BYTES_MAX],
    end: usize,
}

impl Line {
    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; LINE_BYTES_MAX],
            end: 0,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        let line = self.bytes.get(..self.end).unwrap_or_default();
        std::str::from_utf8(line).unwrap_or_default()
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.put(text.as_bytes())
    }

    pub(super) fn number(&mut self, number: u32) -> &mut Self {
        let (mut digits, mut rest, mut count) = ([b'0'; 10], number, 0);
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            count += 1;
            if rest == 0 {
                break;
            }
        }
        let (_, digits) = digits.split_at(digits.len() - count);
        self.put(digits)
    }

    pub(super) fn ip(&mut self, ip: IpAddr) -> Result<&mut Self, fmt::Error> {
        match ip {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets().map(u32::from);
                self.number(a).text(".").number(b);
                self.text(".").number(c).text(".").number(d);
            }
            IpAddr::V6(ip) => write!(self, "{ip}")?,
        }
        Ok(self)
    }

    pub(super) fn mac(&mut self, mac: &Mac) -> &mut Self {
        let digit = |half: u8| half + if half < 10 { b'0' } else { b'a' - 10 };
        let [a, b, c, d, e, f] = mac.map(|byte| [digit(byte >> 4), digit(byte & 0xf), b':']);
        for byte in [a, b, c, d, e] {
            self.put(&byte);
        }
        let (last, _) = f.split_at(2);
        self.put(last)
    }

    /// The number of a virtual network, when there is one.
    pub(super) fn tag(&mut self, vlan: Option<u16>) -> &mut Self {
        match vlan {
            Some(vlan) => self.text("@").number(vlan.into()),
            None => self,
        }
    }

    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.end + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.end..end) {
            place.copy_from_slice(bytes);
            self.end = end;
        }
        self
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use crate::identify::Subject;

    proptest! {
        /// Number by number, as anybody else would write them.
        #[test]
        fn subjects_are_written_as_their_parts_are(
            (v4, v6, is_v6) in any::<(u32, u128, bool)>(),
            (network, instance, unit) in any::<(u16, u32, u8)>(),
            mac in any::<[u8; 6]>(),
            vlan in any::<Option<u16>>(),
        ) {
            let ip = match is_v6 {
                true => Ipv6Addr::from(v6).into(),
                false => Ipv4Addr::from(v4).into(),
            };
            let tag = vlan.map_or_else(String::new, |vlan| format!("@{vlan}"));
            let title = "A TITLE".to_owned();
            let octets = mac.map(|byte| format!("{byte:02x}")).join(":");
            let expected = [
                (Subject::Bacnet { ip, network, instance }, format!("bacnet:{ip}/{network}/{instance}")),
                (Subject::BacnetUnplaced { ip, instance }, format!("bacnet:{ip}/?/{instance}")),
                (Subject::DicomTitle { ip, title }, format!("dicom:{ip}/A TITLE")),
                (Subject::Ip { ip, vlan }, format!("ip:{ip}{tag}")),
                (Subject::Mac { mac, vlan }, format!("mac:{octets}{tag}")),
                (Subject::Modbus { ip, unit }, format!("modbus:{ip}/{unit}")),
            ];
            for (subject, expected) in expected {
                prop_assert_eq!(subject.to_string(), expected);
            }
        }
    }

    /// Every digit that there can be.
    #[test]
    fn the_longest_subject_is_written_whole() {
        let ip = "1111:2222:3333:4444:5555:6666:7777:8888".parse().unwrap();
        let (network, instance) = (u16::MAX, u32::MAX);
        let longest = Subject::Bacnet {
            ip,
            network,
            instance,
        };
        let expected = "bacnet:1111:2222:3333:4444:5555:6666:7777:8888/65535/4294967295";
        assert_eq!(longest.to_string(), expected);
    }
}
