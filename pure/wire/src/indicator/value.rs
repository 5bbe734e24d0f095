//! One value: of which kind it is by its shape, and its normal form.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Kind, Reason};
use crate::limits::{INDICATOR_VALUE_BYTES_MAX, NETWORK_V4_BITS_MIN, NETWORK_V6_BITS_MIN};

/// How values are written so that nobody follows them by mistake, and what is meant.
const DEFANGED: [(&str, &str); 14] = [
    ("[://]", "://"),
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("[DOT]", "."),
    ("\\.", "."),
    ("[:]", ":"),
    ("[/]", "/"),
    ("[@]", "@"),
    ("[at]", "@"),
    ("(at)", "@"),
    ("[AT]", "@"),
];

/// Schemes as they are defanged, in small letters.
const DEFANGED_SCHEMES: [(&str, &str); 4] = [
    ("hxxps", "https"),
    ("hxxp", "http"),
    ("meow", "http"),
    ("fxp", "ftp"),
];

/// How often defanging is undone inside what was defanged.
const REFANGED_MAX: usize = 8;

/// How often what was found is looked at again.
const FOUND_AGAIN_MAX: usize = 4;

/// The kind and normal form of a value, by its shape alone.
///
/// INVARIANT: a normal form is its own: what was defanged many times over, or hides a value behind
/// another, is unravelled whole or not at all.
///
/// # Errors
/// [`Reason::Unrecognised`], [`Reason::TooLong`], or [`Reason::TooWide`] for a network.
pub fn recognise(text: &str) -> Result<(Kind, String), Reason> {
    let mut found = look(text)?;
    for _ in 0..FOUND_AGAIN_MAX {
        let again = look(&found.1)?;
        if again == found {
            return Ok(found);
        }
        found = again;
    }
    Err(Reason::Unrecognised)
}

fn look(text: &str) -> Result<(Kind, String), Reason> {
    let text = text.trim();
    if text.len() > INDICATOR_VALUE_BYTES_MAX {
        return Err(Reason::TooLong);
    }
    let text = refang(text);
    let text = unquoted(text.trim()).trim();
    if let Some(found) = network(text) {
        return found;
    }
    let found = address(text)
        .map(|address| (Kind::Address, address.to_string()))
        .or_else(|| hash(text).map(|hash| (Kind::Hash, hash)))
        .or_else(|| url(text).map(|url| (Kind::Url, url)))
        .or_else(|| mail(text).map(|mail| (Kind::Mail, mail)))
        .or_else(|| without_scheme(text).map(|url| (Kind::Url, url)))
        .or_else(|| domain(host_of(text)).map(|domain| (Kind::Domain, domain)));
    found.ok_or(Reason::Unrecognised)
}

/// Undoes defanging.
fn refang(text: &str) -> String {
    let mut plain = text.to_owned();
    for _ in 0..REFANGED_MAX {
        let before = plain.len();
        for (defanged, meant) in DEFANGED {
            if plain.contains(defanged) {
                plain = plain.replace(defanged, meant);
            }
        }
        if plain.len() == before {
            break;
        }
    }
    if let Some((scheme, rest)) = plain.split_once("://") {
        let scheme = scheme.to_ascii_lowercase();
        let mut known = DEFANGED_SCHEMES.iter();
        if let Some((_, meant)) = known.find(|(defanged, _)| *defanged == scheme) {
            return format!("{meant}://{rest}");
        }
    }
    plain
}

/// Takes away quotes around a value.
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

/// A network; one of a single address is that address.
fn network(text: &str) -> Option<Result<(Kind, String), Reason>> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let is_number = (1..=3).contains(&bits.len()) && bits.bytes().all(|bit| bit.is_ascii_digit());
    let bits: u8 = is_number.then(|| bits.parse().ok())??;
    let (least, greatest) = match address {
        IpAddr::V4(_) => (NETWORK_V4_BITS_MIN, 32),
        IpAddr::V6(_) => (NETWORK_V6_BITS_MIN, 128),
    };
    if bits > greatest {
        return Some(Err(Reason::Unrecognised));
    }
    if bits < least {
        return Some(Err(Reason::TooWide));
    }
    if bits == greatest {
        let address = address.to_canonical().to_string();
        return Some(Ok((Kind::Address, address)));
    }
    let first = masked(address, bits);
    Some(Ok((Kind::Network, format!("{first}/{bits}"))))
}

/// The first address of the network.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX
                .checked_shl(u32::from(32 - bits.min(32)))
                .unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX
                .checked_shl(u32::from(128 - bits.min(128)))
                .unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

/// An address, also in brackets, and one of IPv4 also with a port behind it.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let bare = bare.unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let with_port = || Some(IpAddr::V4(host_of(bare).parse().ok()?));
    address.or_else(with_port).map(|found| found.to_canonical())
}

/// The text before a port; all of it when there is none.
fn host_of(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => text,
    }
}

fn is_port(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit())
}

fn hash(text: &str) -> Option<String> {
    let is_hash = matches!(text.len(), 32 | 40 | 56 | 64 | 96 | 128)
        && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}

/// A domain in small letters, without a wildcard before or a dot behind.
fn domain(text: &str) -> Option<String> {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let text = text.strip_prefix('.').unwrap_or(text);
    let text = text.strip_suffix('.').unwrap_or(text).to_lowercase();
    let last = text.rsplit('.').next()?;
    let is_top =
        last.chars().count() >= 2 && !last.starts_with(|first: char| first.is_ascii_digit());
    let is_domain =
        text.len() <= 253 && text.contains('.') && is_top && text.split('.').all(is_label);
    is_domain.then_some(text)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
}

fn mail(text: &str) -> Option<String> {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let (local, host) = text.split_once('@')?;
    let is_local = (1..=64).contains(&local.len())
        && !local.contains(|sign: char| {
            sign.is_whitespace() || sign.is_control() || "()<>[]:;@\\,\"".contains(sign)
        });
    let host = domain(host)?;
    is_local.then(|| format!("{}@{host}", local.to_lowercase()))
}

/// A URL: scheme and host in small letters, no user, no usual port, no fragment, a path at least.
fn url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let is_scheme = (2..=16).contains(&scheme.len())
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'+' | b'-' | b'.'));
    let is_barred = |sign: char| sign.is_whitespace() || sign.is_control() || "\"<>".contains(sign);
    if !is_scheme || rest.contains(is_barred) {
        return None;
    }
    let rest = rest.split('#').next()?;
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(at)?;
    let host = authority.rsplit('@').next()?.to_lowercase();
    let usual = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        "ftp" => ":21",
        _ => "",
    };
    let host = host.strip_suffix(usual).unwrap_or(&host);
    let is_host = !host.is_empty() && !host.contains(['"', '\'', '<', '>', '\\', ',']);
    let slash = if path.starts_with('/') { "" } else { "/" };
    is_host.then(|| format!("{scheme}://{host}{slash}{path}"))
}

/// A URL without its scheme: a host and a path.
fn without_scheme(text: &str) -> Option<String> {
    let (authority, path) = text.split_once('/')?;
    let host = host_of(authority);
    let is_host = domain(host).is_some() || host.parse::<Ipv4Addr>().is_ok();
    let is_url = is_host && !path.is_empty() && !text.contains("://");
    if is_url {
        url(&format!("http://{text}"))
    } else if is_host && path.is_empty() {
        // `evil.example/` is a host with nothing asked of it.
        url(&format!("http://{authority}/"))
    } else {
        None
    }
}
