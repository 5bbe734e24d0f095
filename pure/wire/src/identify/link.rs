//! Which interface has which address (RFC 826).

use super::teller::{Rule, Teller, is_assigned, rule};
use super::{Attribute, Subject};
use crate::capture::{Arp, Fault, Mac, Packet};

const ARP: Rule = rule("arp-sender", 90);
const FAULT: Rule = rule("capture-fault", 100);

/// Tells the address of the sender; a question for an address that nobody has yet tells none.
pub(super) fn arp(arp: &Arp, teller: &mut Teller<'_>) {
    if !is_assigned(arp.sender) {
        return;
    }
    let (Some(ip), Some(mac)) = (teller.ip(arp.sender.into()), mac(arp.sender_mac, teller)) else {
        return;
    };
    teller.link(&ip, &mac, ARP);
}

/// Flags an interface that sends what cannot be read; a cut by the capture itself is not its fault.
pub(super) fn unreadable(packet: &Packet<'_>, fault: Fault, teller: &mut Teller<'_>) {
    let is_capture = matches!(fault, Fault::Truncated | Fault::LinkType | Fault::Interface);
    let sender = packet.source_mac.and_then(|sender| mac(sender, teller));
    if let Some(sender) = sender.filter(|_| !is_capture) {
        teller.tell(&sender, Attribute::Flag, fault.code(), FAULT);
    }
}

/// An interface as a subject; `None` for a group of them, or for none.
pub(super) fn mac(mac: Mac, teller: &Teller<'_>) -> Option<Subject> {
    let [first, ..] = mac;
    let is_one = first & 1 == 0 && mac != [0; 6];
    is_one.then_some(Subject::Mac {
        mac,
        vlan: teller.seen.vlan,
    })
}
