//! Streams of offices and servers: SSH, HTTP, TLS and SMB; and who of two sides asks.

use super::*;
use crate::capture::TcpSegment;

#[test]
fn banners_name_programs() {
    let expect = [
        "ip:10.0.0.2 service ssh/tcp/9999",
        "ip:10.0.0.2 peer 10.0.0.9 ssh",
        "ip:10.0.0.2 software dropbear_2019.78",
    ];
    check(&[(true, b"SSH-2.0-dropbear_2019.78\r\nrest")], &expect);
}

#[test]
fn requests_and_answers_tell_no_path() {
    let ask =
        b"GET /patient/SECRET?q=SECRET HTTP/1.1\r\nUser-Agent: Pump/3\r\nCookie: SECRET\r\n\r\n";
    let answer = b"HTTP/1.1 401 SECRET\r\nServer: GoAhead\r\nWWW-Authenticate: Basic realm=\"AXIS 210\"\r\n\r\nSECRET";
    let expect = [
        "ip:10.0.0.9 peer 10.0.0.2 http",
        "ip:10.0.0.9 software Pump/3",
        "ip:10.0.0.2 service http/tcp/9999",
        "ip:10.0.0.2 peer 10.0.0.9 http",
        "ip:10.0.0.2 software GoAhead",
        "ip:10.0.0.2 name AXIS 210",
    ];
    check(&[(false, ask), (true, answer)], &expect);
}

fn record(kind: u8, message: &[u8]) -> Vec<u8> {
    let length = |count: usize| u16::try_from(count).unwrap().to_be_bytes();
    let mut bytes = vec![22, 3, 3];
    bytes.extend(length(message.len() + 4));
    bytes.extend([kind, 0]);
    bytes.extend(length(message.len()));
    bytes.extend(message);
    bytes
}

#[test]
fn a_hello_names_the_server_and_the_version() {
    let mut hello = vec![3, 3];
    hello.extend([0; 32]);
    hello.extend([0, 0, 2, 0x13, 0x01, 1, 0, 0, 14]);
    hello.extend(b"\0\0\0\x0a\0\x08\0\0\x05a.b.c");
    let mut answer = vec![3, 3];
    answer.extend([0; 32]);
    answer.extend([0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4]);
    let (hello, answer) = (record(1, &hello), record(2, &answer));
    let expect = [
        "ip:10.0.0.9 peer 10.0.0.2 tls",
        "ip:10.0.0.2 hostname a.b.c",
        "ip:10.0.0.2 service tls/tcp/9999",
        "ip:10.0.0.2 peer 10.0.0.9 tls",
        "ip:10.0.0.2 function tls-1.3",
    ];
    check(&[(false, &hello), (true, &answer)], &expect);
}

#[test]
fn a_plain_certificate_names_its_subject() {
    fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let inner = parts.concat();
        let mut out = vec![tag, u8::try_from(inner.len()).unwrap()];
        out.extend(inner);
        out
    }
    let name = |part: u8, text: &[u8]| {
        let object = tagged(6, &[&[0x55, 4, part]]);
        tagged(0x31, &[&tagged(0x30, &[&object, &tagged(0x0c, &[text])])])
    };
    let subject = tagged(0x30, &[&name(10, b"Acme"), &name(3, b"ahu1")]);
    let empty = tagged(0x30, &[]);
    let version = tagged(0xa0, &[&[2, 1, 2]]);
    let body = tagged(
        0x30,
        &[&version, &[2, 1, 9], &empty, &empty, &empty, &subject],
    );
    let certificate = tagged(0x30, &[&body]);
    let length = u8::try_from(certificate.len()).unwrap();
    let list = [&[0, 0, length + 3, 0, 0, length][..], &certificate].concat();
    let mut hello = vec![3, 3];
    hello.extend([0; 32]);
    hello.extend([0, 0, 0x2f, 0]);
    let bytes = [record(2, &hello), record(11, &list)].concat();
    let told = talk(&[(true, &bytes)]);
    for line in [
        "function tls-1.2",
        "name certificate-organisation/Acme",
        "name certificate-name/ahu1",
    ] {
        assert!(told.contains(&format!("ip:10.0.0.2 {line}")), "{told:?}");
    }
}

/// A challenge of a server with a version, and its name.
fn challenge(version: [u8; 4]) -> Vec<u8> {
    let mut ntlm = b"NTLMSSP\0\x02\0\0\0".to_vec();
    ntlm.extend([0; 8]);
    ntlm.extend([0, 0, 0, 2]);
    ntlm.extend([0; 16]);
    ntlm.extend([12, 0, 12, 0, 56, 0, 0, 0]);
    ntlm.extend(version);
    ntlm.extend([0, 0, 0, 15]);
    ntlm.extend([1, 0, 4, 0, b'P', 0, b'1', 0, 0, 0, 0, 0]);
    let mut bytes = vec![0, 0, 0, 0, 0xfe, b'S', b'M', b'B'];
    bytes.extend([0; 60]);
    bytes.extend(ntlm);
    bytes[3] = u8::try_from(bytes.len() - 4).unwrap();
    bytes
}

fn confidence(version: [u8; 4]) -> (u8, &'static str) {
    let delivered = Delivered {
        flow: flow(SERVER, CLIENT),
        delivery: Delivery::Bytes(challenge(version).into()),
    };
    let told = identifier().delivered(Seen::default(), &delivered);
    let os = told.iter().find(|it| it.attribute == Attribute::OsVersion);
    os.map(|it| (it.confidence, it.rule)).unwrap()
}

#[test]
fn one_string_proves_no_system() {
    assert_eq!(confidence([10, 0, 0x61, 0x4a]), (50, "ntlm-version"));
    assert_eq!(confidence([5, 0, 0x93, 0x08]), (5, "ntlm-version-tool"));
    assert_eq!(confidence([6, 1, 0, 0]), (5, "ntlm-version-samba"));
    let told = talk(&[(true, &challenge([10, 0, 0x61, 0x4a]))]);
    assert!(
        told.contains(&"ip:10.0.0.2 os-version 10.0.19041".to_owned()),
        "{told:?}"
    );
    assert!(told.contains(&"ip:10.0.0.2 hostname P1".to_owned()));
}

#[test]
fn whoever_opens_a_connection_asks() {
    let mut identifier = identifier();
    // The opener has the smaller port, so that the ports alone would mislead.
    let opened = flow(SERVER, CLIENT);
    let segment = TcpSegment {
        sequence: 1,
        acknowledged: None,
        syn: true,
        fin: false,
        reset: false,
        payload: Cow::Borrowed(&[]),
    };
    let told = identifier.packet(&packet(Content::Tcp(opened, segment), &[]));
    assert!(told.is_empty());
    let delivered = Delivered {
        flow: opened.reversed(),
        delivery: Delivery::Bytes(Cow::Borrowed(b"SSH-2.0-x\n")),
    };
    let told = lines(&identifier.delivered(Seen::default(), &delivered));
    assert!(
        told.contains(&"ip:10.0.0.9 service ssh/tcp/40000".to_owned()),
        "{told:?}"
    );
}
