//! Connections as a network monitor of a hospital would report them, out of a seed.
//!
//! What decides size and speed is like in life: unique names and ports, few busy and many quiet
//! machines, sizes over several magnitudes, durations with the digits of a subtraction.

mod mixed;

use std::io::Write as _;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

pub(crate) use mixed::Planted;

/// Machines of the hospital.
const CLIENTS: u64 = 4_000;

/// Its servers.
const SERVERS: u64 = 250;

/// Machines elsewhere.
const OUTSIDE: u64 = 20_000;

/// 2026-01-01T00:00:00Z.
const BEGIN_US: u64 = 1_767_225_600_000_000;

/// Mean time between two connections.
const PAUSE_US_MEAN: u64 = 100;

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A kind of connection.
struct Sort {
    /// How often, out of 100.
    share: u64,
    proto: &'static str,
    service: &'static str,
    port: u16,
    history: &'static str,
    /// Answers are shorter than two to this power; without any, there is no answer.
    answer_bits: u32,
    is_outside: bool,
}

#[rustfmt::skip]
const SORTS: [Sort; 9] = [
    Sort { share: 42, proto: "udp", service: "dns", port: 53, history: "Dd", answer_bits: 8, is_outside: false },
    Sort { share: 24, proto: "tcp", service: "ssl", port: 443, history: "ShADadFf", answer_bits: 15, is_outside: true },
    Sort { share: 8, proto: "tcp", service: "ssl", port: 443, history: "ShADadFf", answer_bits: 14, is_outside: false },
    Sort { share: 6, proto: "tcp", service: "", port: 2575, history: "ShADadFf", answer_bits: 9, is_outside: false },
    Sort { share: 5, proto: "tcp", service: "gssapi,smb", port: 445, history: "ShADdaFf", answer_bits: 13, is_outside: false },
    Sort { share: 4, proto: "udp", service: "ntp", port: 123, history: "Dd", answer_bits: 6, is_outside: false },
    Sort { share: 3, proto: "tcp", service: "http", port: 80, history: "ShADadFf", answer_bits: 13, is_outside: true },
    Sort { share: 3, proto: "tcp", service: "", port: 104, history: "ShADadFfT", answer_bits: 21, is_outside: false },
    Sort { share: 5, proto: "tcp", service: "", port: 8080, history: "S", answer_bits: 0, is_outside: false },
];

/// Makes connections without end.
#[derive(Debug)]
pub(crate) struct Connections {
    random: ChaCha12Rng,
    time_us: u64,
}

/// One connection as received.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) time_us: u64,
    pub(crate) uid: String,
    pub(crate) json: Vec<u8>,
}

impl Connections {
    /// The same seed makes the same connections.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: ChaCha12Rng::seed_from_u64(seed),
            time_us: BEGIN_US,
        }
    }

    /// Others, which begin after so many were made.
    pub(crate) fn after(seed: u64, made: u64) -> Self {
        Self {
            random: ChaCha12Rng::seed_from_u64(seed ^ made),
            time_us: BEGIN_US + made * PAUSE_US_MEAN,
        }
    }

    /// The next one.
    pub(crate) fn next(&mut self) -> Connection {
        self.time_us += self.below(2 * PAUSE_US_MEAN);
        let begin_us = self.time_us - self.below(5_000_000);
        let uid = self.uid();
        let sort = self.sort();
        let mut json = Vec::with_capacity(400);
        let written = self.write(&mut json, sort, (begin_us, &uid));
        debug_assert!(written.is_ok(), "memory takes everything");
        Connection {
            time_us: self.time_us,
            uid,
            json,
        }
    }

    /// Random bytes.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        self.random.fill_bytes(bytes);
    }

    fn write(
        &mut self,
        out: &mut Vec<u8>,
        sort: &Sort,
        (begin_us, uid): (u64, &str),
    ) -> std::io::Result<()> {
        let (client, port) = (self.quiet(CLIENTS), 32_768 + self.below(28_232));
        let (second, us) = (begin_us / 1_000_000, begin_us % 1_000_000);
        write!(
            out,
            r#"{{"ts":{second}.{us:06},"uid":"{uid}","id.orig_h":"10.{}.{}.{}","id.orig_p":{port},"#,
            20 + client / 1_000,
            client % 1_000 / 40,
            10 + client % 40
        )?;
        if sort.is_outside {
            let host = self.quiet(OUTSIDE).wrapping_mul(2_654_435_761);
            let [.., a, b, c, d] = host.to_be_bytes();
            write!(out, r#""id.resp_h":"{}.{b}.{c}.{d}","#, 60 + a % 150)?;
        } else {
            let server = self.quiet(SERVERS);
            write!(
                out,
                r#""id.resp_h":"10.1.{}.{}","#,
                server / 50,
                10 + server % 50
            )?;
        }
        write!(out, r#""id.resp_p":{},"proto":"{}""#, sort.port, sort.proto)?;
        if !sort.service.is_empty() {
            write!(out, r#","service":"{}""#, sort.service)?;
        }
        self.write_volume(out, sort, begin_us)
    }

    fn write_volume(
        &mut self,
        out: &mut Vec<u8>,
        sort: &Sort,
        begin_us: u64,
    ) -> std::io::Result<()> {
        let (mut asked, mut answered) = (0, 0);
        if sort.answer_bits > 0 {
            answered = self.magnitude(sort.answer_bits) + 40;
            asked = self.magnitude(sort.answer_bits.div_ceil(2) + 3) + 28;
            // The monitor subtracts two times in floating point and writes all digits of it.
            let duration_us = self.magnitude(sort.answer_bits + 8) + 150;
            let seconds = seconds(begin_us + duration_us) - seconds(begin_us);
            write!(
                out,
                r#","duration":{seconds},"orig_bytes":{asked},"resp_bytes":{answered}"#
            )?;
        }
        let (asks, answers) = (1 + asked / 1_400, answered.div_ceil(1_400));
        let (head, state) = match (sort.proto, sort.answer_bits) {
            ("udp", _) => (28, "SF"),
            (_, 0) => (60, "S0"),
            _ if self.below(20) == 0 => (52, "RSTO"),
            _ => (52, "SF"),
        };
        write!(
            out,
            r#","conn_state":"{state}","local_orig":true,"local_resp":{},"missed_bytes":0,"history":"{}","orig_pkts":{asks},"orig_ip_bytes":{},"resp_pkts":{answers},"resp_ip_bytes":{}}}"#,
            !sort.is_outside,
            sort.history,
            asked + asks * head,
            answered + answers * head
        )
    }

    /// A number below `end`, all as likely.
    fn below(&mut self, end: u64) -> u64 {
        (u64::from(self.random.next_u32()) * end) >> 32
    }

    /// A number below `end`, small ones more often: few machines are busy, many are quiet.
    fn quiet(&mut self, end: u64) -> u64 {
        let first = self.below(end);
        self.below(first + 1)
    }

    /// A number of up to this many bits, each length as likely.
    fn magnitude(&mut self, bits: u32) -> u64 {
        let length = self.below(u64::from(bits) + 1);
        self.below(1 << length)
    }

    fn sort(&mut self) -> &'static Sort {
        let mut left = self.below(100);
        let [first, ..] = &SORTS;
        for sort in &SORTS {
            if left < sort.share {
                return sort;
            }
            left -= sort.share;
        }
        first
    }

    /// Zeek's names are 96 random bits in 62 letters.
    fn uid(&mut self) -> String {
        let letters = std::iter::repeat_with(|| {
            let at = usize::try_from(self.below(62)).unwrap_or_default();
            LETTERS.get(at).map_or('A', |letter| char::from(*letter))
        });
        std::iter::once('C').chain(letters.take(17)).collect()
    }
}

fn seconds(us: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "the loss is what is imitated")]
    let us = us as f64;
    us / 1e6
}

#[cfg(test)]
mod tests {
    use wire::zeek::Conn;

    use super::*;

    #[test]
    fn connections_are_read_by_the_reader_of_real_ones_and_are_as_long() {
        let mut connections = Connections::new(7);
        let mut bytes = 0;
        for _ in 0..1_000 {
            let connection = connections.next();
            bytes += connection.json.len();
            let conn = Conn::parse(&connection.json).unwrap();
            assert_eq!(conn.uid, connection.uid);
        }
        assert!((330..400).contains(&(bytes / 1_000)), "{bytes}");
        assert_eq!(
            Connections::new(7).next().json,
            Connections::new(7).next().json
        );
    }
}
