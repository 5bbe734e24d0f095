//! Protocols that say in plain words what they are: SSH (RFC 4253, section 4.2) and HTTP (RFC
//! 9110, sections 10.1.5 and 10.2.4).
//!
//! INVARIANT: (9) health data stays home: of a request only the agent is told, of an answer only
//! the server; never a path, a query, a cookie or a body.

use super::Attribute;
use super::connection::{Next, Role, Spoken};
use super::protocol::Measure;
use super::teller::{Rule, Teller, rule};
use crate::limits::IDENTIFY_PARTS_MAX;

const BANNER: Rule = rule("ssh-banner", 80);
const AGENT: Rule = rule("http-user-agent", 50);
const SERVER: Rule = rule("http-server", 60);
const REALM: Rule = rule("http-realm", 40);

/// Longest banner (RFC 4253, section 4.2).
const BANNER_BYTES_MAX: usize = 255;

const METHODS: [&[u8]; 8] = [
    b"GET ",
    b"POST ",
    b"PUT ",
    b"HEAD ",
    b"OPTIONS ",
    b"DELETE ",
    b"PATCH ",
    b"CONNECT ",
];

pub(super) fn measure_ssh(bytes: &[u8]) -> Measure {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) if at < BANNER_BYTES_MAX => Measure::Whole(at + 1),
        None if bytes.len() < BANNER_BYTES_MAX => Measure::Later,
        _ => Measure::Lost,
    }
}

/// `SSH-2.0-software comment`.
pub(super) fn ssh(line: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Next {
    let mut parts = line.splitn(3, |byte| *byte == b'-');
    if let (Some(speaker), Some(software)) = (teller.ip(spoken.speaker.ip()), parts.nth(2)) {
        teller.tell(&speaker, Attribute::Software, software, BANNER);
    }
    Next::Enough
}

pub(super) fn begins_http(bytes: &[u8]) -> bool {
    bytes.starts_with(b"HTTP/1.") || METHODS.iter().any(|method| bytes.starts_with(method))
}

/// Up to the empty line.
pub(super) fn measure_http(bytes: &[u8]) -> Measure {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    end.map_or(Measure::Later, |end| Measure::Whole(end + 4))
}

pub(super) fn http(head: &[u8], spoken: &Spoken, teller: &mut Teller<'_>) -> Next {
    let Some(speaker) = teller.ip(spoken.speaker.ip()) else {
        return Next::Enough;
    };
    let lines = head.split(|byte| *byte == b'\n').skip(1);
    for line in lines.take(IDENTIFY_PARTS_MAX) {
        let at = line.iter().position(|byte| *byte == b':');
        let Some((name, value)) = at.and_then(|at| line.split_at_checked(at)) else {
            continue;
        };
        let value = value.get(1..).unwrap_or_default();
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        if is("User-Agent") && spoken.role == Role::Client {
            teller.tell(&speaker, Attribute::Software, value, AGENT);
        } else if is("Server") && spoken.role == Role::Server {
            teller.tell(&speaker, Attribute::Software, value, SERVER);
        } else if is("WWW-Authenticate") && spoken.role == Role::Server {
            // Cameras, printers and controllers name their model here.
            teller.tell(&speaker, Attribute::Name, realm(value), REALM);
        }
    }
    Next::Enough
}

/// What stands between the quotation marks behind `realm=`.
fn realm(value: &[u8]) -> &[u8] {
    const NAME: &[u8] = b"realm=\"";
    let at = value.windows(NAME.len()).position(|it| it == NAME);
    let rest = at.and_then(|at| value.get(at + NAME.len()..));
    let mut parts = rest.unwrap_or_default().split(|byte| *byte == b'"');
    parts.next().unwrap_or_default()
}
