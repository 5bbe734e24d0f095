//! Connections, names that were asked for, leases, and commands to controllers.

use event::Timestamp;

use super::Seen;
use super::values::{canonical, host, is_own};
use crate::analytics::Observed;
use crate::analytics::dns_tunnel::registered;
use crate::analytics::input::{ControlWrite, DnsQuery, Flow, FlowState, Proto};
use crate::finding::EntityKind;
use crate::record::FieldId;

/// Ports on which a name is asked for, where the sensor does not say the protocol.
const NAMED_PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// The tier of a controller that no network is named for: what speaks these protocols is one.
const BUILDING: u8 = 3;

pub(super) fn zeek_conn(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let source = values.address(ids.orig_h)?;
    let seconds: f64 = values.number(ids.duration).unwrap_or(0.0);
    let flow = Flow {
        place: seen.place(&source),
        source,
        destination: values.address(ids.resp_h)?,
        port: values.number(ids.resp_p).unwrap_or(0),
        proto: proto(values.text(ids.proto).as_deref()),
        state: match values.text(ids.conn_state)?.as_str() {
            "S0" | "RSTOS0" => FlowState::Unanswered,
            "REJ" => FlowState::Refused,
            "OTH" | "SH" | "SHR" | "RSTRH" => FlowState::Partial,
            _ => FlowState::Answered,
        },
        bytes_out: values.number(ids.orig_bytes).unwrap_or(0),
        bytes_in: values.number(ids.resp_bytes).unwrap_or(0),
        duration_us: micros(seconds),
        name: None,
    };
    take_flow(seen, flow, (ids.uid, ids.service))
}

pub(super) fn suricata_flow(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let source = values.address(ids.src_ip)?;
    let age_s: i64 = values.number(ids.flow_age).unwrap_or(0);
    let mut place = seen.place(&source);
    // The record is written when the flow is over; what counts is when it began.
    let began = values.text(ids.flow_start);
    let began = began.and_then(|text| instant_us(&text));
    place.at_us = began
        .unwrap_or_else(|| place.at_us.saturating_sub(age_s.saturating_mul(1_000_000)))
        .min(place.at_us);
    let answers: u64 = values.number(ids.pkts_toclient).unwrap_or(0);
    let flow = Flow {
        place,
        source,
        destination: values.address(ids.dest_ip)?,
        port: values.number(ids.dest_port).unwrap_or(0),
        proto: proto(values.text(ids.proto).as_deref()),
        state: match (answers, values.is_true(ids.tcp_rst)) {
            (0, _) => FlowState::Unanswered,
            (1, Some(true)) => FlowState::Refused,
            _ => FlowState::Answered,
        },
        bytes_out: values.number(ids.bytes_toserver).unwrap_or(0),
        bytes_in: values.number(ids.bytes_toclient).unwrap_or(0),
        duration_us: age_s.saturating_mul(1_000_000),
        name: None,
    };
    take_flow(seen, flow, (ids.flow_id, ids.app_proto))
}

/// Tells a flow, and once more with the name that was asked for, when it is known.
fn take_flow(seen: &mut Seen<'_>, flow: Flow, ids: (FieldId, FieldId)) -> Option<()> {
    if seen.places.is_internal(&flow.source) {
        let place = flow.place.clone();
        seen.sighting("device", &flow.source, EntityKind::Device, place);
    }
    let named = named(seen, &flow, ids);
    seen.observed.push(Observed::Flow(flow));
    seen.observed.extend(named.map(Observed::Flow));
    Some(())
}

/// The flow with its name, where that came before; one that may have a name waits for it.
fn named(seen: &mut Seen<'_>, flow: &Flow, (uid, service): (FieldId, FieldId)) -> Option<Flow> {
    let uid = seen.values.text(uid)?;
    let service = seen.values.text(service).unwrap_or_default();
    let has_name = ["ssl", "tls", "http", "quic"]
        .iter()
        .any(|it| service.contains(it));
    let may_have_name = has_name || NAMED_PORTS.contains(&flow.port);
    may_have_name.then(|| seen.memory.flow(&uid, flow))?
}

pub(super) fn zeek_ssl(seen: &mut Seen<'_>) -> Option<()> {
    let ids = seen.values.ids();
    take_name(seen, ids.uid, ids.server_name, ids.orig_h)
}

pub(super) fn zeek_http(seen: &mut Seen<'_>) -> Option<()> {
    let ids = seen.values.ids();
    take_name(seen, ids.uid, ids.host, ids.orig_h)
}

pub(super) fn suricata_name(seen: &mut Seen<'_>) -> Option<()> {
    let ids = seen.values.ids();
    let name = match seen.standing.kind {
        "suricata.tls" => ids.tls_sni,
        _ => ids.http_hostname,
    };
    take_name(seen, ids.flow_id, name, ids.src_ip)
}

fn take_name(seen: &mut Seen<'_>, uid: FieldId, name: FieldId, source: FieldId) -> Option<()> {
    let name = seen.values.text(name)?.to_lowercase();
    // A host header may carry a port, and an address is no name.
    if name.starts_with('[') || canonical(&name).is_some() {
        return None;
    }
    let name = name.split(':').next()?.trim_end_matches('.').to_owned();
    if canonical(&name).is_some() {
        return None;
    }
    let source = seen.values.address(source)?;
    destination_seen(seen, &name, &source);
    let uid = seen.values.text(uid)?;
    let flow = seen.memory.name(&uid, &name)?;
    seen.observed.push(Observed::Flow(flow));
    Some(())
}

/// A destination is seen by its registered domain: names below it may be anything.
fn destination_seen(seen: &mut Seen<'_>, name: &str, source: &str) {
    let name = name.trim_end_matches('.').to_lowercase();
    let is_outside = name.contains('.')
        && ![".arpa", ".local", ".lan", ".internal", ".home"]
            .iter()
            .any(|end| name.ends_with(end));
    if is_outside {
        let place = seen.place(source);
        let domain = registered(&name);
        seen.sighting("destination", &domain, EntityKind::Destination, place);
    }
}

pub(super) fn zeek_dns(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let source = values.address(ids.orig_h)?;
    let is_absent = values.text(ids.rcode_name).as_deref() == Some("NXDOMAIN");
    question(seen, source, values.text(ids.query)?, is_absent)
}

pub(super) fn suricata_dns(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    // The answer repeats the question.
    let kind = values.text(ids.dns_type)?;
    if !matches!(kind.as_str(), "query" | "request") {
        return None;
    }
    let name = values.text(ids.dns_rrname);
    let name = name.or_else(|| values.text(ids.dns_queries_rrname))?;
    question(seen, values.address(ids.src_ip)?, name, false)
}

pub(super) fn dns(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    if values.text(ids.dns_type).as_deref() != Some("query") {
        return None;
    }
    let source = values.address(ids.source_ip)?;
    question(seen, source, values.text(ids.question_name)?, false)
}

pub(super) fn sysmon_dns(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let source = host(&values.text(ids.computer)?)?;
    // 9003 is DNS_ERROR_RCODE_NAME_ERROR.
    let is_absent = values.text(ids.query_status).as_deref() == Some("9003");
    question(seen, source, values.text(ids.query_name)?, is_absent)
}

fn question(seen: &mut Seen<'_>, source: String, name: String, is_absent: bool) -> Option<()> {
    destination_seen(seen, &name, &source);
    seen.observed.push(Observed::Dns(DnsQuery {
        place: seen.place(&source),
        source,
        name,
        registered: None,
        is_absent,
    }));
    Some(())
}

/// A connection that a host tells of itself: which host an address is.
pub(super) fn sysmon_connection(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let host = host(&values.text(ids.computer)?)?;
    let address = values.address(ids.sysmon_source_ip)?;
    if values.is_true(ids.initiated)? && !is_own(&address) {
        seen.memory.learn(&address, &host);
    }
    Some(())
}

pub(super) fn zeek_dhcp(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let host = host(&values.text(ids.host_name)?)?;
    seen.memory
        .learn(&values.address(ids.assigned_addr)?, &host);
    Some(())
}

pub(super) fn dhcp(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let action = values.text(ids.event_action)?;
    let host = host(&values.text(ids.client_hostname)?)?;
    if matches!(action.as_str(), "DHCPACK" | "DHCP4_LEASE_ALLOC") {
        seen.memory.learn(&values.address(ids.client_ip)?, &host);
    }
    Some(())
}

/// Functions of Modbus that write (Modbus application protocol 1.1b3, section 6).
pub(super) fn modbus(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let function = values.text(ids.func)?.to_uppercase();
    if !function.contains("WRITE") || values.text(ids.pdu_type).as_deref() == Some("RESP") {
        return None;
    }
    let unit = values.text(ids.unit).unwrap_or_default();
    let address = values.text(ids.address);
    let point = address.unwrap_or_else(|| function.to_lowercase());
    write(seen, "modbus", &format!("{unit}/{point}"))
}

/// Requests of DNP3 that change something (IEEE 1815).
pub(super) fn dnp3(seen: &mut Seen<'_>) -> Option<()> {
    let request = seen.values.text(seen.values.ids().fc_request)?;
    let changes = [
        "WRITE",
        "OPERATE",
        "DIRECT_OPERATE",
        "DIRECT_OPERATE_NR",
        "COLD_RESTART",
        "WARM_RESTART",
        "INITIALIZE_APPL",
        "START_APPL",
        "STOP_APPL",
    ];
    if !changes.contains(&request.as_str()) {
        return None;
    }
    write(seen, "dnp3", &request.to_lowercase())
}

/// Services of BACnet that write (ASHRAE 135, clause 15).
pub(super) fn bacnet(seen: &mut Seen<'_>) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let service = values.text(ids.pdu_service)?.to_lowercase();
    // An answer names its service too; the log of properties has requests alone and says no type.
    let pdu = values.text(ids.pdu_type);
    if pdu.is_some_and(|pdu| !pdu.ends_with("_REQUEST")) || !service.contains("write") {
        return None;
    }
    let parts = [ids.object_type, ids.instance_number, ids.property];
    let parts: Vec<String> = parts.iter().filter_map(|id| values.text(*id)).collect();
    let point = match parts.is_empty() {
        true => service,
        false => parts.join("/"),
    };
    write(seen, "bacnet", &point)
}

fn write(seen: &mut Seen<'_>, protocol: &str, point: &str) -> Option<()> {
    let (values, ids) = (seen.values, seen.values.ids());
    let source = values.address(ids.orig_h)?;
    let controller = values.address(ids.resp_h)?;
    let place = seen.place(&controller);
    seen.observed.push(Observed::Control(ControlWrite {
        place,
        source_tier: seen.places.tier(&source),
        controller_tier: seen.places.tier(&controller).unwrap_or(BUILDING),
        source,
        controller,
        protocol: protocol.to_owned(),
        point: point.to_owned(),
    }));
    Some(())
}

fn proto(name: Option<&str>) -> Proto {
    let name = name.unwrap_or_default().to_lowercase();
    match name.as_str() {
        "tcp" => Proto::Tcp,
        "udp" => Proto::Udp,
        "icmp" | "ipv6-icmp" | "icmpv6" => Proto::Icmp,
        _ => Proto::Other,
    }
}

/// Whole microseconds of some seconds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast of a float saturates, and a length of time beyond i64 is none"
)]
fn micros(seconds: f64) -> i64 {
    (seconds.max(0.0) * 1_000_000.0) as i64
}

/// `2026-11-26T08:03:13.123456+0100` as Suricata writes it, in microseconds since 1970.
fn instant_us(text: &str) -> Option<i64> {
    let instant: Timestamp = text.parse().ok()?;
    i64::try_from(instant.as_us()).ok()
}
