//! Prints what captures tell about their devices, one claim in JSON on each line:
//! `cargo run -p wire --example identify_capture -- [--ports-moved] FILE...`.
//!
//! With `--ports-moved` every port is replaced by another one, in order to see what is recognised
//! by bytes alone.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example reads files and prints"
)]

use std::net::SocketAddr;

use wire::capture::{Content, Decoder, Flow, Frames, Streams};
use wire::identify::{Identifier, IdentifyLimits, Seen, Told};
use wire::limits::StreamLimits;

fn main() {
    let mut moved = false;
    for path in std::env::args().skip(1) {
        if path == "--ports-moved" {
            moved = true;
            continue;
        }
        match std::fs::read(&path) {
            Ok(bytes) => file(&path, &bytes, moved),
            Err(error) => eprintln!("{path}: {error}"),
        }
    }
}

fn file(path: &str, bytes: &[u8], moved: bool) {
    let frames = match Frames::read(bytes) {
        Ok(frames) => frames,
        Err(fault) => return eprintln!("{path}: {}", fault.code()),
    };
    let mut decoder = Decoder::new();
    let mut streams = Streams::new(StreamLimits::DEFAULT);
    let mut identifier = Identifier::new(IdentifyLimits::DEFAULT, &[7; 16]);
    let mut last = Seen::default();
    for frame in frames {
        let frame = match frame {
            Ok(frame) => frame,
            Err(fault) => {
                eprintln!("{path}: {}", fault.code());
                break;
            }
        };
        let mut packet = decoder.decode(&frame);
        if let (true, Content::Udp(flow, _) | Content::Tcp(flow, _)) = (moved, &mut packet.content)
        {
            *flow = elsewhere(*flow);
        }
        last = Seen::of(&packet);
        print(path, &identifier.packet(&packet));
        if let Content::Tcp(flow, segment) = &packet.content {
            for delivered in streams.push(*flow, segment) {
                print(path, &identifier.delivered(last, &delivered));
            }
        }
    }
    for delivered in streams.finish() {
        print(path, &identifier.delivered(last, &delivered));
    }
}

fn elsewhere(flow: Flow) -> Flow {
    let moved = |at: SocketAddr| SocketAddr::new(at.ip(), at.port().wrapping_mul(40_503) | 1);
    Flow {
        source: moved(flow.source),
        destination: moved(flow.destination),
    }
}

fn print(path: &str, told: &[Told]) {
    for told in told {
        let line = serde_json::json!({ "source": path, "told": told });
        println!("{line}");
    }
}
