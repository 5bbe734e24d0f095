//! From where a feed may come.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address, or a range of them in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// A text that is neither an address nor a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is neither an address such as `10.1.2.3` nor a range such as `10.1.0.0/16`")]
pub struct InvalidNetwork;

impl Network {
    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (bits, own) = bits_of(self.address);
        let (other_bits, other) = bits_of(address.to_canonical());
        let shift = bits - u32::from(self.prefix_bits);
        let cut = |number: u128| number.checked_shr(shift).unwrap_or(0);
        bits == other_bits && cut(own) == cut(other)
    }
}

impl From<IpAddr> for Network {
    /// The address alone.
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix_bits = if address.is_ipv4() { 32 } else { 128 };
        Self {
            address,
            prefix_bits,
        }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let address = address.to_canonical();
        let (bits, _) = bits_of(address);
        let prefix_bits = match prefix {
            None => bits,
            Some(prefix) => prefix.parse().map_err(|_| InvalidNetwork)?,
        };
        let prefix_bits = u8::try_from(prefix_bits).map_err(|_| InvalidNetwork)?;
        if u32::from(prefix_bits) > bits {
            return Err(InvalidNetwork);
        }
        Ok(Self {
            address,
            prefix_bits,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

/// The length of an address in bits, and the address as a number.
fn bits_of(address: IpAddr) -> (u32, u128) {
    match address {
        IpAddr::V4(address) => (32, u32::from(address).into()),
        IpAddr::V6(address) => (128, address.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_other() {
        for (network, inside, outside) in [
            ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
            ("10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
            ("10.1.2.0/31", "10.1.2.1", "10.1.2.2"),
            ("10.1.2.3", "::ffff:10.1.2.3", "::10.1.2.3"),
            ("0.0.0.0/0", "192.0.2.1", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("::1", "::1", "::2"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert!(
                parsed.contains(inside.parse().unwrap()),
                "{network} {inside}"
            );
            assert!(
                !parsed.contains(outside.parse().unwrap()),
                "{network} {outside}"
            );
        }
        for bad in [
            "",
            "10.1.2",
            "10.1.2.3/33",
            "::1/129",
            "10.1.2.3/",
            "host",
            "10.0.0.0/-1",
        ] {
            assert_eq!(bad.parse::<Network>(), Err(InvalidNetwork), "{bad}");
        }
    }
}
