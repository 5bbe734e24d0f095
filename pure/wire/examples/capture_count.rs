//! Counts what captures hold, by function and sender:
//! `cargo run -p wire --example capture_count -- FILE...`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example reads files and prints"
)]

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use wire::bacnet::{self, Ack, Apdu, Body, Datagram, Element, Flag, Unconfirmed, Value};
use wire::capture::{Content, Decoder, Delivery, Flow, Frames, Streams};
use wire::limits::StreamLimits;
use wire::modbus::{Framer, Pending, Request};

const MODBUS_PORT: u16 = 502;
const BACNET_PORT: u16 = 47_808;

fn main() {
    for path in std::env::args().skip(1) {
        println!("{path}");
        match std::fs::read(&path) {
            Ok(bytes) => {
                let mut count = Count::default();
                count.file(&bytes);
                for (line, times) in &count.lines {
                    println!("  {times:>6}  {line}");
                }
            }
            Err(error) => println!("  {error}"),
        }
    }
}

/// What was counted in one file.
#[derive(Default)]
struct Count {
    lines: BTreeMap<String, u64>,
    framers: BTreeMap<Flow, Framer>,
    /// By the direction of the requests.
    pending: BTreeMap<Flow, Pending>,
}

impl Count {
    fn one(&mut self, line: impl Into<String>) {
        *self.lines.entry(line.into()).or_default() += 1;
    }

    fn file(&mut self, bytes: &[u8]) {
        let frames = match Frames::read(bytes) {
            Ok(frames) => frames,
            Err(fault) => return self.one(fault.code()),
        };
        let mut decoder = Decoder::new();
        let mut streams = Streams::new(StreamLimits::DEFAULT);
        for frame in frames {
            let frame = match frame {
                Ok(frame) => frame,
                Err(fault) => return self.one(fault.code()),
            };
            self.one("frames");
            match decoder.decode(&frame).content {
                Content::Udp(flow, payload) => {
                    if [flow.source, flow.destination]
                        .map(|at| at.port())
                        .contains(&BACNET_PORT)
                    {
                        self.bacnet(flow.source, &payload);
                    }
                }
                Content::Tcp(flow, segment) => {
                    for told in streams.push(flow, &segment) {
                        self.stream(told.flow, told.delivery);
                    }
                }
                Content::Unreadable(fault) => self.one(format!("frame: {}", fault.code())),
                Content::Fragment => self.one("frame: fragment"),
                Content::Arp(_) | Content::NotIp(_) | Content::Other { .. } => {}
            }
        }
        for told in streams.finish() {
            self.stream(told.flow, told.delivery);
        }
    }

    fn stream(&mut self, flow: Flow, delivery: Delivery<'_>) {
        let modbus = [flow.source, flow.destination]
            .map(|at| at.port())
            .contains(&MODBUS_PORT);
        match delivery {
            Delivery::Bytes(bytes) if modbus => self.modbus(flow, &bytes),
            Delivery::Bytes(bytes) => {
                if bytes.first() == Some(&0x0b) {
                    self.one("tcp: a message of HL7 begins");
                } else if bytes.get(..2) == Some(&[1, 0]) && bytes.get(6..10) == Some(&[0, 1, 0, 0])
                {
                    let title = |range| {
                        let bytes = bytes.get(range).unwrap_or_default();
                        String::from_utf8_lossy(bytes).trim().to_owned()
                    };
                    let line = format!(
                        "tcp: DICOM association {} -> {}",
                        title(26..42),
                        title(10..26)
                    );
                    self.one(line);
                }
            }
            Delivery::Gap(missing) => {
                self.framers.remove(&flow);
                self.one(format!("tcp: gap of {missing}"));
            }
            Delivery::Evicted => self.one("tcp: evicted"),
            Delivery::Begun { .. } | Delivery::Ended => {
                self.framers.remove(&flow);
            }
        }
    }

    fn modbus(&mut self, flow: Flow, bytes: &[u8]) {
        let mut rest = bytes;
        let mut inside = 0;
        loop {
            let framer = self.framers.entry(flow).or_default();
            let Some(found) = framer.feed(&mut rest) else {
                break;
            };
            inside += 1;
            let adu = match found {
                Ok(adu) => adu,
                Err(fault) => {
                    self.one(format!("modbus {}: {}", flow.source.ip(), fault.code()));
                    break;
                }
            };
            if flow.destination.port() != MODBUS_PORT {
                let pending = self.pending.entry(flow.reversed()).or_default();
                let line = match pending.answer(&adu) {
                    Ok((request, response))
                        if response.to_bytes(&request, 1, adu.unit).is_some() =>
                    {
                        "modbus answers: understood".to_owned()
                    }
                    Ok(_) => "modbus answers: not written again".to_owned(),
                    Err(fault) => format!("modbus answers: {}", fault.code()),
                };
                self.one(line);
                continue;
            }
            match Request::parse(&adu.pdu) {
                Ok(request) => {
                    let again = request.to_bytes(adu.transaction, adu.unit);
                    let same = if again.is_some() {
                        ""
                    } else {
                        " (never leaves)"
                    };
                    let line = format!(
                        "modbus {} {} {} {}{same}",
                        flow.source.ip(),
                        request.access().code(),
                        request.function(),
                        request.name(),
                    );
                    self.one(line);
                    let pending = self.pending.entry(flow).or_default();
                    if pending.ask(adu.transaction, adu.unit, request).is_err() {
                        pending.forget(adu.transaction);
                        self.one("modbus: a transaction is used again");
                    }
                }
                Err(fault) => self.one(format!("modbus {}: {}", flow.source.ip(), fault.code())),
            }
        }
        if inside > 1 {
            self.one("modbus: segments with several messages");
        }
    }

    fn bacnet(&mut self, source: SocketAddr, payload: &[u8]) {
        self.one("bacnet datagrams");
        let observed = bacnet::observe(payload);
        let strict = Datagram::parse(payload);
        match &strict {
            Ok(datagram) => match datagram.to_bytes() {
                Some(bytes) if bytes == payload => self.one("bacnet strict: one form"),
                Some(_) => self.one("bacnet strict: ANOTHER FORM"),
                None => self.one("bacnet strict: never leaves"),
            },
            Err(fault) => self.one(format!("bacnet strict: {}", fault.code())),
        }
        for flag in &observed.flags {
            let name = match flag {
                Flag::LengthLie { .. } => "length lie",
                Flag::NonCanonical => "non-canonical",
                Flag::Reserved => "reserved",
                Flag::Unreadable => "unreadable",
            };
            self.one(format!("bacnet flag: {name}"));
        }
        let datagram = match observed.whole {
            Ok(datagram) => datagram,
            Err(fault) => return self.one(format!("bacnet lenient: {}", fault.code())),
        };
        let lie = observed.claimed.is_some();
        self.service(source.ip(), &datagram, lie);
    }

    fn service(&mut self, source: IpAddr, datagram: &Datagram, lie: bool) {
        let lie = if lie { " (length lie)" } else { "" };
        let Some(npdu) = datagram.npdu() else {
            return self.one(format!("bacnet {source} link {}{lie}", datagram.name()));
        };
        let access = datagram.access().code();
        let apdu = match &npdu.body {
            Body::Apdu(apdu) => apdu,
            Body::Network(message) => {
                return self.one(format!("bacnet network {access} {message:?}"));
            }
        };
        let line = match apdu {
            Apdu::Confirmed { request, .. } => {
                format!("bacnet {source} {access} {}{lie}", request.name())
            }
            Apdu::Unconfirmed(told) => {
                if let Unconfirmed::IAm { device, .. } = told {
                    let key = (
                        npdu.source.as_ref().map(|far| far.network),
                        device.instance(),
                    );
                    self.lines
                        .entry("bacnet I-Am".to_owned())
                        .and_modify(|n| *n += 1)
                        .or_insert(1);
                    self.one(format!("bacnet I-Am of {source} {key:?}"));
                }
                format!("bacnet unconfirmed {access} {}", told.name())
            }
            Apdu::Segmented(segment) => format!("bacnet {source} segmented {:?}", segment.kind),
            Apdu::SimpleAck { service, .. } => {
                format!("bacnet simple-ack {}{lie}", named(*service))
            }
            Apdu::ComplexAck { ack, .. } => {
                self.inventory(source, ack);
                format!("bacnet complex-ack {}", named(ack.service()))
            }
            Apdu::Error {
                service,
                class,
                code,
                ..
            } => {
                format!("bacnet error {} {class}:{code}{lie}", named(*service))
            }
            Apdu::Reject { reason, .. } => format!("bacnet reject {reason}"),
            Apdu::Abort { reason, .. } => format!("bacnet abort {reason}"),
            Apdu::SegmentAck { .. } => "bacnet segment-ack".to_owned(),
        };
        self.one(line);
    }

    fn inventory(&mut self, source: IpAddr, ack: &Ack) {
        for (of, reference, value) in ack.told() {
            let name = bacnet::property_name(reference.property).unwrap_or_default();
            if let [Element::Value(Value::Text(text))] = value
                && ["model-name", "vendor-name", "firmware-revision"].contains(&name)
            {
                let line = format!("bacnet {source} device {} {name} = {text}", of.instance());
                self.one(line);
            }
        }
    }
}

fn named(service: u8) -> &'static str {
    bacnet::confirmed_name(service).unwrap_or("unknown")
}
