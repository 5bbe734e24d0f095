//! Which network is which hospital and which tier: data that the caller gives.

use serde::Deserialize;

use crate::limits::NETWORKS_MAX;
use crate::sigma::Network;

/// The hospital of whatever no network is named for, unless the table names one: what findings and
/// incidents say of it where nobody told the program more.
pub const NOWHERE: &str = "-";

/// The networks of a hospital group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    internal: Vec<Network>,
    /// The most exact first.
    networks: Vec<(Network, PlaceOf)>,
    establishment: String,
}

/// What a network is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PlaceOf {
    establishment: Option<String>,
    tier: Option<u8>,
    is_outside: bool,
    location_udeg: Option<(i32, i32)>,
}

/// A table of places that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPlaces {
    /// No TOML, or not of this shape.
    #[error("the table of places cannot be read")]
    Toml(#[from] toml::de::Error),
    /// No network.
    #[error("`{0}` is no network such as 10.0.0.0/8")]
    Network(String),
    /// A tier that is none.
    #[error("`{0}` is no tier: 1 office, 2 medical, 3 building")]
    Tier(u8),
    /// A place that is not on the globe, or half of one.
    #[error("`{0}` lies nowhere: give `latitude` (-90 to 90) and `longitude` (-180 to 180)")]
    Location(String),
    /// Too many networks.
    #[error("there are more than {NETWORKS_MAX} networks")]
    TooMany,
}

/// How `places.toml` is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    internal: Option<Vec<String>>,
    #[serde(default)]
    establishment: Option<String>,
    #[serde(default)]
    network: Vec<WrittenNetwork>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNetwork {
    cidr: String,
    #[serde(default)]
    establishment: Option<String>,
    #[serde(default)]
    tier: Option<u8>,
    #[serde(default)]
    outside: bool,
    #[serde(default)]
    latitude: Option<f64>,
    #[serde(default)]
    longitude: Option<f64>,
}

impl WrittenNetwork {
    /// Where it is on the globe, in millionths of a degree.
    fn location_udeg(&self) -> Result<Option<(i32, i32)>, InvalidPlaces> {
        let nowhere = || InvalidPlaces::Location(self.cidr.clone());
        match (self.latitude, self.longitude) {
            (None, None) => Ok(None),
            (Some(latitude), Some(longitude)) => location_udeg(latitude, longitude)
                .map(Some)
                .ok_or_else(nowhere),
            _ => Err(nowhere()),
        }
    }
}

/// Degrees as millionths of them; `None` for what is not on the globe.
#[expect(
    clippy::cast_possible_truncation,
    reason = "degrees of the globe are in range"
)]
pub(super) fn location_udeg(latitude: f64, longitude: f64) -> Option<(i32, i32)> {
    let on_globe = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    let udeg = |degrees: f64| (degrees * 1e6).round() as i32;
    on_globe.then(|| (udeg(latitude), udeg(longitude)))
}

/// Private addresses (RFC 1918, RFC 4193), and those that never leave a link.
const PRIVATE: [&str; 6] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
];

impl Default for Places {
    /// Private addresses are inside, all in one hospital, and nobody knows the tier.
    fn default() -> Self {
        Self {
            internal: PRIVATE.into_iter().filter_map(Network::parse).collect(),
            networks: Vec::new(),
            establishment: NOWHERE.to_owned(),
        }
    }
}

impl Places {
    /// Reads a table:
    ///
    /// ```toml
    /// internal = ["10.0.0.0/8"]      # private addresses unless given
    /// establishment = "north"        # of what is in no network below
    /// [[network]]
    /// cidr = "10.3.0.0/16"
    /// establishment = "south"
    /// tier = 3                       # 1 office, 2 medical, 3 building
    /// [[network]]
    /// cidr = "198.51.100.0/24"       # a provider's exit
    /// outside = true
    /// latitude = 48.85               # where its users are
    /// longitude = 2.35
    /// ```
    ///
    /// A network that is named is inside as well, unless it says otherwise. Of networks within each other the smallest
    /// decides.
    ///
    /// # Errors
    /// No such table, or something in it that is no network or no tier.
    pub fn read(text: &str) -> Result<Self, InvalidPlaces> {
        let written: Written = toml::from_str(text)?;
        let network = |text: &str| {
            let parsed = Network::parse(text);
            parsed.ok_or_else(|| InvalidPlaces::Network(text.to_owned()))
        };
        let mut places = Self::default();
        if let Some(internal) = written.internal {
            let internal = internal.iter().map(|text| network(text));
            places.internal = internal.collect::<Result<_, _>>()?;
        }
        if let Some(establishment) = written.establishment {
            places.establishment = establishment;
        }
        for one in written.network {
            if let Some(tier) = one.tier.filter(|tier| !(1..=3).contains(tier)) {
                return Err(InvalidPlaces::Tier(tier));
            }
            let place = PlaceOf {
                location_udeg: one.location_udeg()?,
                is_outside: one.outside,
                establishment: one.establishment,
                tier: one.tier,
            };
            places.networks.push((network(&one.cidr)?, place));
        }
        if places.internal.len() + places.networks.len() > NETWORKS_MAX {
            return Err(InvalidPlaces::TooMany);
        }
        places
            .networks
            .sort_by_key(|(network, _)| std::cmp::Reverse(network.length));
        Ok(places)
    }

    /// Whether an address is inside.
    #[must_use]
    pub fn is_internal(&self, address: &str) -> bool {
        Network::address(address).is_some_and(|bits| match self.of(bits).next() {
            Some(place) => !place.is_outside,
            None => self.internal.iter().any(|network| network.holds_bits(bits)),
        })
    }

    /// The hospital of an address, or of what has none.
    #[must_use]
    pub fn establishment(&self, address: &str) -> &str {
        let bits = Network::address(address);
        let named = bits.and_then(|it| self.of(it).find_map(|it| it.establishment.as_deref()));
        named.unwrap_or(&self.establishment)
    }

    /// The tier of an address.
    #[must_use]
    pub fn tier(&self, address: &str) -> Option<u8> {
        self.of(Network::address(address)?).find_map(|it| it.tier)
    }

    /// Where an address is on the globe, in millionths of a degree.
    #[must_use]
    pub fn location_udeg(&self, address: &str) -> Option<(i32, i32)> {
        self.of(Network::address(address)?)
            .find_map(|it| it.location_udeg)
    }

    fn of(&self, bits: (u128, bool)) -> impl Iterator<Item = &PlaceOf> {
        let networks = self.networks.iter();
        networks
            .filter(move |(network, _)| network.holds_bits(bits))
            .map(|(_, place)| place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_network_decides() {
        let places = Places::read(
            "establishment = \"north\"\n\
             [[network]]\ncidr = \"10.0.0.0/8\"\ntier = 1\n\
             [[network]]\ncidr = \"10.3.0.0/16\"\nestablishment = \"south\"\ntier = 3\n\
             [[network]]\ncidr = \"203.0.113.0/24\"\nestablishment = \"east\"\n",
        )
        .unwrap();
        assert_eq!(places.tier("10.3.0.9"), Some(3));
        assert_eq!(places.establishment("10.3.0.9"), "south");
        assert_eq!(places.tier("10.4.0.9"), Some(1));
        assert_eq!(places.establishment("10.4.0.9"), "north");
        assert!(places.is_internal("203.0.113.7"));
        assert_eq!(places.tier("203.0.113.7"), None);
        assert!(places.is_internal("192.168.1.1"));
        assert!(!places.is_internal("198.51.100.1"));
        assert!(!places.is_internal("no address"));
    }

    #[test]
    fn networks_lie_on_the_globe() {
        let places = Places::read(
            "[[network]]\ncidr = \"10.0.0.0/8\"\nlatitude = 48.8566\nlongitude = 2.3522\n\
             [[network]]\ncidr = \"10.9.0.0/16\"\n\
             [[network]]\ncidr = \"198.51.100.0/24\"\noutside = true\nlatitude = -33.0\nlongitude = 151.2\n",
        )
        .unwrap();
        assert_eq!(
            places.location_udeg("10.1.0.1"),
            Some((48_856_600, 2_352_200))
        );
        // Without its own it is that of the network around it.
        assert_eq!(
            places.location_udeg("10.9.0.1"),
            Some((48_856_600, 2_352_200))
        );
        assert_eq!(
            places.location_udeg("198.51.100.1"),
            Some((-33_000_000, 151_200_000))
        );
        assert!(!places.is_internal("198.51.100.1"));
        // The smallest network decides, also within private addresses.
        let exit = Places::read("[[network]]\ncidr = \"10.9.0.0/16\"\noutside = true\n").unwrap();
        assert!(!exit.is_internal("10.9.0.1") && exit.is_internal("10.8.0.1"));
        assert_eq!(places.location_udeg("203.0.113.1"), None);
    }

    #[test]
    fn a_table_that_says_nonsense_is_refused() {
        let refused = |text: &str| Places::read(text).unwrap_err().to_string();
        assert!(refused("[[network]]\ncidr = \"10.0.0.0/33\"").contains("no network"));
        assert!(refused("[[network]]\ncidr = \"10.0.0.0/8\"\ntier = 4").contains("no tier"));
        let at = |rest: &str| refused(&format!("[[network]]\ncidr = \"10.0.0.0/8\"\n{rest}"));
        assert!(at("latitude = 1.0").contains("lies nowhere"));
        assert!(at("latitude = 90.1\nlongitude = 0.0").contains("lies nowhere"));
        assert!(at("latitude = 0.0\nlongitude = nan").contains("lies nowhere"));
        assert!(refused("colour = 1").contains("cannot be read"));
        let many = "\"10.0.0.0/8\",".repeat(NETWORKS_MAX + 1);
        assert!(refused(&format!("internal = [{many}]")).contains("more than"));
    }
}
