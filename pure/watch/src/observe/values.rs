//! The fields that are asked of a line, each by its number, decoded when they are asked for.

use std::net::IpAddr;
use std::str::FromStr;

use crate::limits::OBSERVED_BYTES_MAX;
use crate::record::{FieldId, Kind, Names, NamesBuilder, Record, text};
use crate::source::Mapping;

macro_rules! asked {
    ($($field:ident = $name:literal,)*) => {
        /// The numbers of the fields that observers ask for.
        #[derive(Clone, Debug)]
        pub(super) struct Ids {
            $(pub(super) $field: FieldId,)*
        }

        impl Ids {
            fn ask(names: &mut NamesBuilder) -> Self {
                Self { $($field: names.ask($name),)* }
            }
        }
    };
}

asked! {
    // Zeek.
    uid = "uid",
    orig_h = "id.orig_h",
    resp_h = "id.resp_h",
    resp_p = "id.resp_p",
    proto = "proto",
    service = "service",
    duration = "duration",
    orig_bytes = "orig_bytes",
    resp_bytes = "resp_bytes",
    conn_state = "conn_state",
    query = "query",
    rcode_name = "rcode_name",
    server_name = "server_name",
    host = "host",
    auth_success = "auth_success",
    result = "result",
    cookie = "cookie",
    action = "action",
    path = "path",
    name = "name",
    prev_name = "prev_name",
    func = "func",
    unit = "unit",
    address = "address",
    pdu_type = "pdu_type",
    pdu_service = "pdu_service",
    object_type = "object_type",
    instance_number = "instance_number",
    property = "property",
    fc_request = "fc_request",
    host_name = "host_name",
    assigned_addr = "assigned_addr",
    // Suricata.
    flow_id = "flow_id",
    src_ip = "src_ip",
    dest_ip = "dest_ip",
    dest_port = "dest_port",
    app_proto = "app_proto",
    flow_start = "flow.start",
    flow_age = "flow.age",
    pkts_toclient = "flow.pkts_toclient",
    bytes_toserver = "flow.bytes_toserver",
    bytes_toclient = "flow.bytes_toclient",
    tcp_rst = "tcp.rst",
    tls_sni = "tls.sni",
    http_hostname = "http.hostname",
    dns_type = "dns.type",
    dns_rrname = "dns.rrname",
    dns_queries_rrname = "dns.queries.rrname",
    // ECS.
    question_name = "dns.question.name",
    source_ip = "source.ip",
    client_ip = "client.ip",
    client_hostname = "client.hostname",
    host_hostname = "host.hostname",
    process_name = "process.name",
    message = "message",
    event_action = "event.action",
    event_category = "event.category",
    event_outcome = "event.outcome",
    user_name = "user.name",
    service_name = "service.name",
    source_lat = "source.geo.location.lat",
    source_lon = "source.geo.location.lon",
    // Windows and Sysmon.
    computer = "Computer",
    target_user = "TargetUserName",
    subject_user = "SubjectUserName",
    user = "User",
    workstation = "WorkstationName",
    ip_address = "IpAddress",
    share_name = "ShareName",
    relative_target = "RelativeTargetName",
    access_mask = "AccessMask",
    query_name = "QueryName",
    query_status = "QueryStatus",
    target_filename = "TargetFilename",
    command_line = "CommandLine",
    sysmon_source_ip = "SourceIp",
    initiated = "Initiated",
    // Linux auditd.
    audit_type = "type",
    acct = "acct",
    addr = "addr",
    res = "res",
}

/// Reads lines for observers; holds nothing of a line but what it read last.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    names: Names,
    pub(super) ids: Ids,
    record: Record,
    /// By number: the place of the first value in the record.
    first: Vec<Option<usize>>,
}

impl Reading {
    /// Asks for what observers need and for other names beside it.
    pub(super) fn new<'n>(mapping: &Mapping, others: impl Iterator<Item = &'n str>) -> Self {
        let mut names = NamesBuilder::default();
        let ids = Ids::ask(&mut names);
        for name in others {
            names.ask(name);
        }
        let fields = &mapping.fields;
        fields.strip.iter().for_each(|path| names.strip(path));
        for (name, paths) in &fields.rename {
            paths.iter().for_each(|path| names.rename(path, name));
        }
        let names = names.build();
        Self {
            first: vec![None; names.len()],
            names,
            ids,
            record: Record::default(),
        }
    }

    /// The number of a name that was asked for.
    pub(super) fn id(&self, name: &str) -> Option<FieldId> {
        self.names.id(name)
    }

    /// Reads a line; `None` when it cannot be read, which is told where it is matched.
    pub(super) fn read<'v>(&'v mut self, line: &'v [u8]) -> Option<Values<'v>> {
        self.record.read(line, &self.names).ok()?;
        self.first.fill(None);
        for (at, field) in self.record.fields().iter().enumerate() {
            if !field.is_value() {
                continue;
            }
            for id in self.names.fields_at(field.node()) {
                if let Some(first) = self.first.get_mut(id.place()) {
                    first.get_or_insert(at);
                }
            }
        }
        Some(Values {
            line,
            reading: self,
        })
    }
}

/// The values of one line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'v> {
    line: &'v [u8],
    reading: &'v Reading,
}

impl<'v> Values<'v> {
    pub(super) fn ids(&self) -> &'v Ids {
        &self.reading.ids
    }

    /// Whether one of the values of a field is this text, as it is written.
    pub(crate) fn any_is(&self, id: FieldId, text: &str) -> bool {
        let names = &self.reading.names;
        let fields = self.reading.record.fields().iter();
        fields
            .filter(|field| field.is_value() && field.raw(self.line) == text.as_bytes())
            .any(|field| names.fields_at(field.node()).contains(&id))
    }

    /// The first value of a field as text, cut to [`OBSERVED_BYTES_MAX`]; nothing for one that
    /// stands for nothing.
    pub(crate) fn text(&self, id: FieldId) -> Option<String> {
        let at = self.reading.first.get(id.place()).copied().flatten()?;
        let field = self.reading.record.fields().get(at)?;
        // A value is cut before it is decoded: no escape makes it longer.
        let raw = field.raw(self.line);
        let raw = raw.get(..OBSERVED_BYTES_MAX * 6).unwrap_or(raw);
        let mut plain = Vec::new();
        match field.kind() {
            Kind::Text => text::unescape(raw, &mut plain),
            _ => plain.extend_from_slice(raw),
        }
        let mut text = String::from_utf8(plain)
            .unwrap_or_else(|invalid| String::from_utf8_lossy(invalid.as_bytes()).into_owned());
        text.truncate(text.floor_char_boundary(OBSERVED_BYTES_MAX));
        (!matches!(text.trim(), "" | "-" | "(empty)")).then_some(text)
    }

    pub(super) fn number<N: FromStr>(&self, id: FieldId) -> Option<N> {
        self.text(id)?.trim().parse().ok()
    }

    pub(super) fn is_true(&self, id: FieldId) -> Option<bool> {
        match self.text(id)?.as_str() {
            "true" | "T" | "True" => Some(true),
            "false" | "F" | "False" => Some(false),
            _ => None,
        }
    }

    /// An address in its one form; nothing for what is none.
    pub(super) fn address(&self, id: FieldId) -> Option<String> {
        canonical(&self.text(id)?)
    }
}

/// An address in its one form, so that it is the same whoever reports it.
pub(crate) fn canonical(address: &str) -> Option<String> {
    let address: IpAddr = address.trim().parse().ok()?;
    Some(address.to_canonical().to_string())
}

/// A text that is not longer than [`OBSERVED_BYTES_MAX`].
pub(crate) fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(OBSERVED_BYTES_MAX))
        .unwrap_or(text)
}

/// An account as everybody writes it: without its domain, in lower case. Nothing for the accounts
/// that every system has, and for those of machines.
pub(crate) fn account(written: &str) -> Option<String> {
    let name = written.trim().rsplit('\\').next()?;
    let name = name.split('@').next()?.to_lowercase();
    let is_nobody = name.ends_with('$')
        || matches!(
            name.as_str(),
            "" | "-"
                | "n/a"
                | "anonymous logon"
                | "iusr"
                | "local service"
                | "network service"
                | "système"
                | "service local"
                | "service réseau"
                | "system"
        )
        || name.starts_with("dwm-")
        || name.starts_with("umfd-");
    (!is_nobody).then_some(name)
}

/// A host as everybody writes it: its first label in lower case, or its address.
pub(crate) fn host(written: &str) -> Option<String> {
    let written = written.trim().trim_start_matches('\\');
    if let Some(address) = canonical(written) {
        return Some(address);
    }
    let name = written.split('.').next()?.to_lowercase();
    (!matches!(name.as_str(), "" | "-" | "localhost")).then_some(name)
}

/// Whether an address is the host's own, or none.
pub(crate) fn is_own(address: &str) -> bool {
    let parsed: Result<IpAddr, _> = address.parse();
    parsed.is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}
