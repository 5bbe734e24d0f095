//! Which addresses are meant: one, a network, or every address that ends in a way.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Addresses that agree in some of their bits: `10.0.0.0/8`, `fd00::/16`, `192.168.1.7`,
/// `*.*.*.100`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressPattern {
    bits: u128,
    mask: u128,
    is_v6: bool,
}

/// What is said of a text that is no pattern.
pub(crate) const ALLOWED: &str = "an address, a network such as 10.0.0.0/8 or fd00::/16 with no bit beyond its length, or \
     `*` for bytes that may be any, such as *.*.*.100";

impl AddressPattern {
    /// One address alone.
    #[must_use]
    pub fn one(address: IpAddr) -> Self {
        let (bits, is_v6) = bits(address);
        let mask = if is_v6 {
            u128::MAX
        } else {
            u128::from(u32::MAX)
        };
        Self { bits, mask, is_v6 }
    }

    /// Whether an address is one of them. An IPv4 address written as IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (bits, is_v6) = bits(address);
        self.is_v6 == is_v6 && bits & self.mask == self.bits
    }

    fn new(address: IpAddr, mask: u128) -> Option<Self> {
        let (bits, is_v6) = bits(address);
        // A bit beyond the length is a slip of the pen: another network was meant.
        (bits & mask == bits).then_some(Self { bits, mask, is_v6 })
    }

    fn network(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().ok()?.to_canonical();
        let width: u32 = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            Some(length) if length.bytes().all(|byte| byte.is_ascii_digit()) => length
                .parse::<u32>()
                .ok()
                .filter(|length| *length <= width)?,
            Some(_) => return None,
            None => width,
        };
        let all = u128::MAX.checked_shr(128 - width).unwrap_or(0);
        let free = all.checked_shr(length).unwrap_or(0);
        Self::new(address, all & !free)
    }

    fn stars(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (mut octets, mut masks) = ([0; 4], [0; 4]);
        for (octet, mask) in octets.iter_mut().zip(&mut masks) {
            let part = parts.next()?;
            if part != "*" {
                let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
                *octet = part.parse().ok().filter(|_| is_number)?;
                *mask = u8::MAX;
            }
        }
        if parts.next().is_some() {
            return None;
        }
        let mask = u128::from(u32::from_be_bytes(masks));
        Self::new(IpAddr::V4(Ipv4Addr::from(octets)), mask)
    }
}

fn bits(address: IpAddr) -> (u128, bool) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(u32::from(address)), false),
        IpAddr::V6(address) => (u128::from(address), true),
    }
}

impl FromStr for AddressPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = if text.contains('*') {
            Self::stars(text)
        } else {
            Self::network(text)
        };
        read.ok_or_else(|| {
            let text: String = text.chars().take(64).collect();
            format!("`{text}` is no address; allowed: {ALLOWED}")
        })
    }
}

impl fmt::Display for AddressPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.mask.count_ones();
        if self.is_v6 {
            return write!(out, "{}/{length}", Ipv6Addr::from(self.bits));
        }
        let (bits, mask) = (low(self.bits), low(self.mask));
        if mask.leading_ones() == length {
            return write!(out, "{}/{length}", Ipv4Addr::from(bits));
        }
        for (index, (octet, mask)) in bits
            .to_be_bytes()
            .iter()
            .zip(mask.to_be_bytes())
            .enumerate()
        {
            let dot = if index == 0 { "" } else { "." };
            match mask {
                0 => write!(out, "{dot}*")?,
                _ => write!(out, "{dot}{octet}")?,
            }
        }
        Ok(())
    }
}

fn low(bits: u128) -> u32 {
    u32::try_from(bits & u128::from(u32::MAX)).unwrap_or(u32::MAX)
}

impl Serialize for AddressPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AddressPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
