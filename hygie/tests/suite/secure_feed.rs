//! A feed over TLS, whose sender must be known.

use gateway::tls::authority::Issued;

use crate::client::Client;
use crate::demo::issue;
use crate::feeds::{Site, adt};

#[test]
fn a_sender_shows_a_certificate_of_the_authority() {
    let tls = "cert_file = \"hygie-data/tls/server.pem\"\nkey_file = \"hygie-data/tls/server.key\"\n\
        client_ca_file = \"hygie-data/tls/ca.pem\"\ntime_zone";
    let site = Site::open_with(&[("time_zone", tls)]);
    let (tls_folder, ca_file) = (site.hospital.data().join("tls"), site.hospital.ca_file());
    let message = adt("A01", "1", ("NEW", "V1"), "med");
    let framed = [b"\x0b", message.as_bytes(), b"\x1c\r"].concat();
    let tell = |client: &Client| {
        let mut connection = client.connect()?;
        connection.write(&framed)?;
        connection.read_until(b"\x1c\r")
    };
    let known = issue(&tls_folder, "sender");
    let foreign = issue(&site.hospital.place().join("foreign"), "sender");
    let port = site.feed.port();
    let with = |it: &Issued| Client::with_certificate(port, &ca_file, &it.cert_pem, &it.key_pem);
    assert!(tell(&Client::new(port, &ca_file)).is_err());
    assert!(tell(&with(&foreign)).is_err());
    assert!(!site.reads("med-nurse", "NEW"));
    let answer = tell(&with(&known)).unwrap();
    assert!(answer.windows(8).any(|part| part == b"MSA|AA|1"));
    assert!(site.reads("med-nurse", "NEW"));
    let mut reasons: Vec<_> = site.await_unread(2).into_iter().map(|it| it.0).collect();
    reasons.sort();
    assert_eq!(reasons, ["certificate-missing", "tls-handshake"]);
}
