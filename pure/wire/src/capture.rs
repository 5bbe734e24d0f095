//! Captures of a network: from the bytes of a file to messages in the order in which they were sent.
//!
//! ```text
//! bytes of a file ─ Frames ─► Frame ─ Decoder ─► Packet ─► datagrams of UDP
//! bytes that come ─ Reader ─┘          links, IP   └─ Streams ─► bytes of TCP, in order
//!             pcap, pcapng
//! ```
//!
//! INVARIANT: what is held is bounded whatever the file says ([`crate::limits`]), and what is given
//! up is told: nothing is dropped in silence.
//!
//! Formats: the Internet drafts `draft-ietf-opsawg-pcap` and `draft-ietf-opsawg-pcapng`; RFC 791,
//! 826, 768, 8200 and 9293; IEEE 802.1Q and 802.1ad for tags.

mod blocks;
mod by_flow;
mod classic;
mod fragments;
mod frames;
mod ip;
mod order;
mod packet;
mod streams;

pub(crate) use by_flow::ByFlow;
pub use frames::{Frames, Reader, Step, WAITED_BYTES_MAX};
use order::Order;
pub use packet::{Arp, Content, Decoder, Flow, Mac, Packet, TcpSegment};
pub(crate) use streams::is_behind;
pub use streams::{Delivered, Delivery, Streams};

/// How the bytes of a frame begin: the numbers of the registry of link types.
pub type LinkType = u16;

/// What is wrong with a capture, or with a packet in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The lengths of a block disagree, or are none that a block can have.
    BlockLength,
    /// Two fragments say different things about the same bytes.
    FragmentOverlap,
    /// More fragments, or longer ones, than one packet may have.
    FragmentTooMany,
    /// A frame that is longer than frames may be.
    FrameTooLong,
    /// A header says a length that it cannot have.
    HeaderLength,
    /// A frame of an interface that was not described.
    Interface,
    /// A kind of link that is not read.
    LinkType,
    /// The bytes are not a capture of a known format.
    NotACapture,
    /// More interfaces, tags or headers than any honest capture has.
    TooMany,
    /// The capture, or the packet in it, was cut.
    Truncated,
    /// Another version of IP than the link says.
    Version,
}

impl Fault {
    /// The stable word for evidence.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BlockLength => "capture-block-length",
            Self::FragmentOverlap => "capture-fragment-overlap",
            Self::FragmentTooMany => "capture-fragment-too-many",
            Self::FrameTooLong => "capture-frame-too-long",
            Self::HeaderLength => "capture-header-length",
            Self::Interface => "capture-interface",
            Self::LinkType => "capture-link-type",
            Self::NotACapture => "capture-not-a-capture",
            Self::TooMany => "capture-too-many",
            Self::Truncated => "capture-truncated",
            Self::Version => "capture-version",
        }
    }
}

/// One frame, as it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its number in the file, from 1, as every tool counts.
    pub number: u64,
    /// When, in microseconds of Unix time; nothing when the file does not say.
    pub time_us: Option<u64>,
    /// How its bytes begin.
    pub link: LinkType,
    /// Its length on the network, in bytes.
    pub original_bytes: u32,
    /// What was kept of it.
    pub bytes: &'a [u8],
}

#[cfg(test)]
mod tests;
