//! Programs whose messages tell about names and leases: BIND, dnsmasq, the ISC DHCP server, Kea.
//!
//! What is read is added to the message, which stays; names are those of the Elastic Common Schema.

use super::format::Format;
use super::syslog::Message;
use super::write::Object;
use super::{Terms, time};

/// Format and kind of what was read.
type Read = (Format, &'static str);

/// A line of a log of BIND: `26-Nov-2026 08:03:13.123 queries: info: client …`.
pub(super) fn bind<'a>(line: &'a str, terms: &Terms) -> Option<Message<'a>> {
    let (time_us, rest) = time::bind(line.as_bytes(), &terms.zone)?;
    let text = line.get(line.len() - rest.len()..)?.trim_start();
    Some(Message {
        time_us: Some(time_us),
        text,
        format: Some(Format::Bind),
        ..Message::default()
    })
}

/// A line of a log of Kea: `2026-11-26 08:03:13.123 INFO  [kea-dhcp4.leases/12.34] CODE text`.
pub(super) fn kea<'a>(line: &'a str, terms: &Terms) -> Option<Message<'a>> {
    let (stamp, rest) = line.split_once(" [")?;
    let (stamp, _level) = stamp.trim_end().rsplit_once(' ')?;
    let time_us = time::iso(stamp.trim_end().as_bytes(), Some(&terms.zone))?;
    let (_logger, text) = rest.split_once("] ")?;
    Some(Message {
        time_us: Some(time_us),
        text,
        format: Some(Format::Kea),
        ..Message::default()
    })
}

/// Adds what a message tells; `None` for one of another program.
pub(super) fn fields(message: &Message<'_>, object: &mut Object<'_>) -> Option<Read> {
    let text = message.text;
    match (message.format, message.app) {
        (Some(Format::Bind), _) | (_, "named") => {
            let kind = if query(text, object).is_some() {
                "dns"
            } else {
                "syslog"
            };
            Some((Format::Bind, kind))
        }
        (Some(Format::Kea), _) | (_, "kea-dhcp4" | "kea-dhcp6") => {
            lease_of_kea(text, object);
            Some((Format::Kea, "dhcp"))
        }
        (_, "dhcpd") => {
            lease_of_dhcpd(text, object)?;
            Some((Format::Dhcpd, "dhcp"))
        }
        (_, "dnsmasq-dhcp") => {
            lease_of_dnsmasq(text, object)?;
            Some((Format::Dnsmasq, "dhcp"))
        }
        (_, "dnsmasq") => {
            name_of_dnsmasq(text, object)?;
            Some((Format::Dnsmasq, "dns"))
        }
        _ => None,
    }
}

/// `client @0x7f 192.0.2.7#53124 (example.org): query: example.org IN A +E(0)K (192.0.2.53)`.
fn query(text: &str, object: &mut Object<'_>) -> Option<()> {
    let (client, query) = text.split_once(": query: ")?;
    let (_, client) = client.split_once("client ")?;
    let mut words = client.split(' ').filter(|word| !word.starts_with('@'));
    let (ip, port) = words.next()?.split_once('#')?;
    let mut words = query.split(' ');
    let (name, class, of) = (words.next()?, words.next()?, words.next()?);
    object.text("dns.type", "query");
    object.text("source.ip", ip);
    object.some_text("source.port", port.trim_end_matches(':'));
    object.text("dns.question.name", name);
    object.text("dns.question.class", class);
    object.text("dns.question.type", of);
    if let Some(own) = words.next_back().and_then(|word| word.strip_prefix('(')) {
        object.some_text("destination.ip", own.trim_end_matches(')'));
    }
    Some(())
}

/// `query[A] example.org from 192.0.2.7`, `reply example.org is 192.0.2.80`, with a serial number
/// and the asking address before it where so configured.
fn name_of_dnsmasq(text: &str, object: &mut Object<'_>) -> Option<()> {
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    let mut asking = None;
    if words.peek()?.bytes().all(|byte| byte.is_ascii_digit()) {
        words.next();
        asking = words.next()?.rsplit_once('/');
    }
    let (act, name, joint, other) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let asked = act
        .strip_prefix("query[")
        .and_then(|rest| rest.strip_suffix(']'));
    match (asked, joint) {
        (Some(of), "from") => {
            object.text("dns.type", "query");
            object.text("dns.question.type", of);
            object.text("source.ip", other);
        }
        (None, "is") => {
            object.text("dns.type", "answer");
            object.text("dns.answers.data", other);
        }
        (None, "to") => object.text("dns.type", "query"),
        _ => return None,
    }
    object.text("event.action", asked.map_or(act, |_| "query"));
    object.text("dns.question.name", name);
    if let Some((ip, port)) = asking {
        if asked.is_none() {
            object.text("source.ip", ip);
        }
        object.text("source.port", port);
    }
    Some(())
}

/// `DHCPACK(eth0) 192.0.2.5 00:00:5e:00:53:01 name`.
fn lease_of_dnsmasq(text: &str, object: &mut Object<'_>) -> Option<()> {
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    if words.peek()?.bytes().all(|byte| byte.is_ascii_digit()) {
        words.next();
    }
    let (action, interface) = words.next()?.split_once('(')?;
    action.starts_with("DHCP").then_some(())?;
    object.text("event.action", action);
    object.text(
        "observer.ingress.interface.name",
        interface.trim_end_matches(')'),
    );
    let mut words = words.peekable();
    if let Some(ip) = words.next_if(|word| word.parse::<std::net::IpAddr>().is_ok()) {
        object.text("client.ip", ip);
    }
    object.some_text("client.mac", words.next().unwrap_or_default());
    object.some_text("client.hostname", words.next().unwrap_or_default());
    Some(())
}

/// `DHCPACK on 192.0.2.5 to 00:00:5e:00:53:01 (name) via eth0`, and its relatives with `for`, `of`
/// and `from`.
fn lease_of_dhcpd(text: &str, object: &mut Object<'_>) -> Option<()> {
    let mut words = text.split(' ');
    let action = words.next()?.trim_end_matches(':');
    action.starts_with("DHCP").then_some(())?;
    object.text("event.action", action);
    let (mut ip, mut mac, mut host, mut interface) = ("", "", "", "");
    let mut before = "";
    for word in words {
        let inner = word
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'));
        match (before, inner) {
            // A second address in brackets is that of the server.
            (_, Some(name)) if !mac.is_empty() => host = name,
            ("on" | "for" | "of", None) => ip = word,
            ("to" | "from", None) if word.contains(':') => mac = word,
            ("to" | "from", None) => ip = word,
            ("via", None) => interface = word.trim_end_matches(':'),
            _ => {}
        }
        before = word;
    }
    object.some_text("client.ip", ip);
    object.some_text("client.mac", mac);
    object.some_text("client.hostname", host);
    object.some_text("observer.ingress.interface.name", interface);
    Some(())
}

/// `DHCP4_LEASE_ALLOC [hwtype=1 00:00:5e:00:53:01], cid=[…], tid=0x1: lease 192.0.2.5 has been …`.
fn lease_of_kea(text: &str, object: &mut Object<'_>) {
    object.some_text("event.action", text.split(' ').next().unwrap_or_default());
    let mac = text
        .split_once("[hwtype=")
        .and_then(|(_, rest)| rest.split_once(' '))
        .and_then(|(_, rest)| rest.split_once(']'));
    if let Some((mac, _)) = mac {
        object.text("client.mac", mac);
    }
    let lease = text
        .split_once("lease ")
        .and_then(|(_, rest)| rest.split(' ').next());
    if let Some(ip) = lease.filter(|ip| ip.parse::<std::net::IpAddr>().is_ok()) {
        object.text("client.ip", ip);
    }
}

#[cfg(test)]
mod tests;
