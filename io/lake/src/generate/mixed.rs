//! Connections with questions to name servers and requests of the web among them, as the log of a
//! monitor holds them, and rows that hold what a hunt is to find.

use event::{Logged, class_of};

use super::Connections;
use crate::row::NETWORK_ACTIVITY;

/// Questions to name servers, out of 100 rows.
const DNS_SHARE: u64 = 10;

/// Requests of the web, out of 100 rows.
const HTTP_SHARE: u64 = 2;

/// Names that are asked for.
const NAMES: u64 = 50_000;

/// Names of which each is asked for once, out of 100: content networks make such.
const UNIQUE_SHARE: u64 = 5;

/// One row.
#[derive(Debug)]
pub(crate) struct Mixed {
    pub(crate) class: u16,
    pub(crate) time_us: u64,
    pub(crate) payload: Vec<u8>,
}

/// What a row is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Planted {
    Address(String),
    Name(String),
    /// A host and a path.
    Url(String, String),
}

impl Connections {
    /// The next row.
    pub(crate) fn mixed(&mut self) -> Mixed {
        match self.below(100) {
            kind if kind < DNS_SHARE => {
                let name = self.name();
                self.dns(&name)
            }
            kind if kind < DNS_SHARE + HTTP_SHARE => {
                let (name, page) = (self.name(), self.below(10_000));
                self.http(&name, &format!("/a/{page}"))
            }
            _ => {
                let connection = self.next();
                Mixed {
                    class: NETWORK_ACTIVITY,
                    time_us: connection.time_us,
                    payload: connection.json,
                }
            }
        }
    }

    /// A row that holds something.
    pub(crate) fn planted(&mut self, planted: &Planted) -> Mixed {
        match planted {
            Planted::Address(address) => {
                let (client, ts) = (self.client(), self.tick());
                let json = format!(
                    r#"{{"ts":{ts},"uid":"{}","id.orig_h":"{client}","id.orig_p":40000,"id.resp_h":"{address}","id.resp_p":443,"proto":"tcp","conn_state":"SF"}}"#,
                    self.uid()
                );
                Mixed {
                    class: NETWORK_ACTIVITY,
                    time_us: self.time_us,
                    payload: json.into_bytes(),
                }
            }
            Planted::Name(name) => self.dns(name),
            Planted::Url(host, path) => self.http(host, path),
        }
    }

    fn dns(&mut self, name: &str) -> Mixed {
        let (client, ts, uid) = (self.client(), self.tick(), self.uid());
        let address = self.quiet(NAMES).wrapping_mul(2_654_435_761);
        let [.., a, b, c, d] = address.to_be_bytes();
        let json = format!(
            r#"{{"ts":{ts},"uid":"{uid}","id.orig_h":"{client}","id.orig_p":50123,"id.resp_h":"10.1.0.10","id.resp_p":53,"proto":"udp","query":"{name}","qtype_name":"A","rcode_name":"NOERROR","answers":["{}.{b}.{c}.{d}"],"TTLs":[300.0]}}"#,
            60 + a % 150
        );
        self.logged((class_of::DNS_ACTIVITY, "zeek.dns"), &json)
    }

    fn http(&mut self, host: &str, path: &str) -> Mixed {
        let (client, ts, uid) = (self.client(), self.tick(), self.uid());
        let json = format!(
            r#"{{"ts":{ts},"uid":"{uid}","id.orig_h":"{client}","id.orig_p":50124,"id.resp_h":"10.1.0.11","id.resp_p":8080,"method":"GET","host":"{host}","uri":"{path}","user_agent":"Mozilla/5.0","status_code":200}}"#
        );
        self.logged((class_of::HTTP_ACTIVITY, "zeek.http"), &json)
    }

    fn logged(&mut self, (class, kind): (u16, &str), json: &str) -> Mixed {
        let logged = Logged {
            kind: kind.into(),
            source: "/var/log/zeek/current.log".into(),
            at: self.time_us,
            host: None,
            time_us: i64::try_from(self.time_us).ok(),
            json: json.as_bytes(),
        };
        Mixed {
            class,
            time_us: self.time_us,
            payload: logged.to_bytes(),
        }
    }

    fn name(&mut self) -> String {
        if self.below(100) < UNIQUE_SHARE {
            let (one, other) = (self.below(1 << 32), self.below(1 << 32));
            return format!("r{one:x}{other:x}.edge.cdn.example");
        }
        let name = self.quiet(NAMES);
        format!("www.site{}.company{}.example", name % 7, name)
    }

    fn client(&mut self) -> String {
        let client = self.quiet(4_000);
        format!("10.{}.{}.9", 20 + client / 1_000, client % 250)
    }

    /// Goes on in time and tells it in seconds.
    fn tick(&mut self) -> String {
        self.time_us += self.below(200);
        format!(
            "{}.{:06}",
            self.time_us / 1_000_000,
            self.time_us % 1_000_000
        )
    }
}
