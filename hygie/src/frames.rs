//! Frames of Ethernet that are made up, in a capture (libpcap): for the demonstration, and to
//! measure with.

/// A capture that is being made.
pub(crate) struct Capture {
    bytes: Vec<u8>,
    at_us: u64,
}

/// Where something is sent from or to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) mac: [u8; 6],
    pub(crate) ip: [u8; 4],
    pub(crate) port: u16,
}

impl End {
    /// The same interface at another port.
    pub(crate) const fn at(self, port: u16) -> Self {
        Self { port, ..self }
    }
}

impl Capture {
    /// An empty capture, the first frame of which comes just behind an instant.
    pub(crate) fn beginning(at_us: u64) -> Self {
        let mut bytes = Vec::new();
        // Magic, version 2.4, zone, accuracy, length of a frame, Ethernet.
        for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1_u32] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        Self { bytes, at_us }
    }

    /// The whole file.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn frame(&mut self, frame: &[u8]) {
        self.at_us += 10;
        let seconds = u32::try_from(self.at_us / 1_000_000).unwrap_or(u32::MAX);
        let us = u32::try_from(self.at_us % 1_000_000).unwrap_or_default();
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        for word in [seconds, us, length, length] {
            self.bytes.extend_from_slice(&word.to_le_bytes());
        }
        self.bytes.extend_from_slice(frame);
    }

    /// Somebody asks which interface an address stands on, and so says where their own stands (RFC
    /// 826).
    pub(crate) fn arp(&mut self, asking: End, wanted: [u8; 4]) {
        let mut frame = vec![0xff; 6];
        frame.extend_from_slice(&asking.mac);
        frame.extend_from_slice(&[0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1]);
        frame.extend_from_slice(&asking.mac);
        frame.extend_from_slice(&asking.ip);
        frame.extend_from_slice(&[0; 6]);
        frame.extend_from_slice(&wanted);
        self.frame(&frame);
    }

    /// A datagram of UDP.
    pub(crate) fn datagram(&mut self, from: End, to: End, payload: &[u8]) {
        let mut udp = Vec::with_capacity(8 + payload.len());
        for number in [from.port, to.port, length_of(8 + payload.len()), 0] {
            udp.extend_from_slice(&number.to_be_bytes());
        }
        udp.extend_from_slice(payload);
        self.packet(from, to, (17, &udp));
    }

    /// A segment of TCP whose first byte has a number.
    pub(crate) fn segment(&mut self, from: End, to: End, sequence: u32, payload: &[u8]) {
        let mut segment = Vec::with_capacity(20 + payload.len());
        segment.extend_from_slice(&from.port.to_be_bytes());
        segment.extend_from_slice(&to.port.to_be_bytes());
        segment.extend_from_slice(&sequence.to_be_bytes());
        // Acknowledged, head of five words, ACK and PSH, window.
        segment.extend_from_slice(&[0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
        segment.extend_from_slice(payload);
        self.packet(from, to, (6, &segment));
    }

    fn packet(&mut self, from: End, to: End, (protocol, payload): (u8, &[u8])) {
        let mut frame = Vec::with_capacity(34 + payload.len());
        frame.extend_from_slice(&to.mac);
        frame.extend_from_slice(&from.mac);
        frame.extend_from_slice(&[0x08, 0x00, 0x45, 0]);
        frame.extend_from_slice(&length_of(20 + payload.len()).to_be_bytes());
        frame.extend_from_slice(&[0, 0, 0x40, 0, 64, protocol, 0, 0]);
        frame.extend_from_slice(&from.ip);
        frame.extend_from_slice(&to.ip);
        frame.extend_from_slice(payload);
        self.frame(&frame);
    }

    /// A device of BACnet says that it is there: its instance, 1,476 bytes, no segments, its maker's
    /// number (ANSI/ASHRAE 135, clause 16.10).
    pub(crate) fn i_am(&mut self, device: End, to: End, (instance, maker): (u32, u8)) {
        let [_, high, middle, low] = instance.to_be_bytes();
        let head = [
            0x81, 0x0b, 0x00, 0x18, 0x01, 0x20, 0xff, 0xff, 0x00, 0xff, 0x10, 0x00, 0xc4,
        ];
        let body = [
            0x02,
            high & 0x3f,
            middle,
            low,
            0x22,
            0x05,
            0xc4,
            0x91,
            0x03,
            0x21,
            maker,
        ];
        let port = 47_808;
        self.datagram(device.at(port), to.at(port), &[&head[..], &body].concat());
    }

    /// A unit of Modbus is asked who it is, and says maker, product and version (function 43, kind
    /// 14).
    pub(crate) fn identification(
        &mut self,
        (device, unit): (End, u8),
        asking: End,
        told: [&str; 3],
    ) {
        let question = [0, 1, 0, 0, 0, 5, unit, 0x2b, 0x0e, 0x01, 0x00];
        let mut answer = vec![0, 1, 0, 0, 0, 0, unit, 0x2b, 0x0e, 0x01, 0x01, 0, 0, 3];
        for (number, text) in (0_u8..).zip(told) {
            let length = u8::try_from(text.len()).unwrap_or_default();
            answer.extend_from_slice(&[number, length]);
            answer.extend_from_slice(text.as_bytes());
        }
        let counted = u8::try_from(answer.len() - 6).unwrap_or_default();
        if let Some(length) = answer.get_mut(5) {
            *length = counted;
        }
        self.segment(asking, device.at(502), 1, &question);
        self.segment(device.at(502), asking, 1, &answer);
    }
}

fn length_of(bytes: usize) -> u16 {
    u16::try_from(bytes).unwrap_or(u16::MAX)
}
