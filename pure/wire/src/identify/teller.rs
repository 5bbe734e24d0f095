//! Where readers of protocols put what they found: bounded, cleaned, and not over and over again.

use std::net::{IpAddr, Ipv4Addr};

use super::recent::{Recent, Topic};
use super::{Attribute, IdentifyLimits, Seen, Subject, Told};
use crate::limits::{TOLD_CHARS_MAX, TOLD_MAX};

/// A way to read something, and how sure it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    name: &'static str,
    confidence: u8,
}

pub(super) const fn rule(name: &'static str, confidence: u8) -> Rule {
    Rule { name, confidence }
}

/// Takes what is found in one packet or delivery.
#[derive(Debug)]
pub(super) struct Teller<'a> {
    pub(super) seen: Seen,
    pub(super) recent: &'a mut Recent,
    pub(super) limits: &'a IdentifyLimits,
    pub(super) told: Vec<Told>,
    /// Of the claims that were found since it was set, when the one was told that was told first.
    first_us: i64,
}

impl<'a> Teller<'a> {
    pub(super) const fn new(
        seen: Seen,
        recent: &'a mut Recent,
        limits: &'a IdentifyLimits,
    ) -> Self {
        Self {
            seen,
            recent,
            limits,
            told: Vec::new(),
            first_us: i64::MAX,
        }
    }

    /// Tells what `say` tells, which follows from the topic, unless all of it was told a short time
    /// ago.
    ///
    /// INVARIANT: tells what `say` would tell by itself.
    pub(super) fn tell_of(&mut self, topic: Topic<'_>, say: impl FnOnce(&mut Self)) {
        let mark = self.recent.mark(&(topic, self.seen.vlan));
        let (at_us, limits) = (self.seen.at_us, self.limits);
        if self.has_room()
            && let Some(told_us) = self.recent.told_us(mark, at_us, limits)
        {
            self.first_us = self.first_us.min(told_us);
            return;
        }
        let forgotten = self.recent.forgotten();
        let before_us = std::mem::replace(&mut self.first_us, i64::MAX);
        say(self);
        // Neither the flag that there was more, nor claims that were forgotten meanwhile, are of it.
        if self.has_room() && self.recent.forgotten() == forgotten {
            self.recent.told_all(mark, self.first_us, limits);
        }
        self.first_us = self.first_us.min(before_us);
    }

    /// Whether there is room for more than the last word.
    const fn has_room(&self) -> bool {
        self.told.len() + 1 < TOLD_MAX
    }

    /// Tells a claim, unless it holds nothing or was told a short time ago.
    pub(super) fn tell(
        &mut self,
        subject: &Subject,
        attribute: Attribute,
        value: impl AsRef<[u8]>,
        rule: Rule,
    ) {
        let (mut attribute, mut value, mut rule) = (attribute, value.as_ref(), rule);
        if value.is_empty() || self.told.len() >= TOLD_MAX {
            return;
        }
        // The last place is for saying that there was more.
        if self.told.len() + 1 == TOLD_MAX {
            (attribute, value) = (Attribute::Flag, b"identify-too-many");
            rule = super::teller::rule("bounds", 100);
        }
        // Before anything is made of it: most of what is told was told before.
        let mark = self.recent.mark(&(subject, attribute, value, rule.name));
        let due = self.recent.is_due(mark, self.seen.at_us, self.limits);
        self.first_us = self.first_us.min(due.told_us);
        if !due.is_due {
            return;
        }
        if let Some(value) = clean(value) {
            self.told.push(Told {
                subject: subject.clone(),
                attribute,
                value,
                rule: rule.name,
                confidence: rule.confidence,
                frame: self.seen.frame,
                at_us: self.seen.at_us,
            });
        }
    }

    /// Tells that two subjects are views of the same device.
    pub(super) fn link(&mut self, view: &Subject, of: &Subject, rule: Rule) {
        self.tell(view, Attribute::Is, of.to_string(), rule);
    }

    /// Tells that a device is reached through another one.
    pub(super) fn behind(&mut self, device: &Subject, through: &Subject, rule: Rule) {
        self.tell(device, Attribute::Behind, through.to_string(), rule);
    }

    /// An address as a subject, in the virtual network of what is read; `None` for one that no
    /// single device has.
    pub(super) fn ip(&self, ip: IpAddr) -> Option<Subject> {
        is_host(ip).then_some(Subject::Ip {
            ip,
            vlan: self.seen.vlan,
        })
    }
}

/// Whether an address can be that of one device.
///
/// The mask of a network is not known here: an address that ends in 255 is taken for a broadcast,
/// because one wrong key would join devices, and a device in a wide network is known otherwise.
pub(super) fn is_host(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, .., last] = ip.octets();
            !ip.is_multicast() && first != 0 && first < 240 && last != 255
        }
        IpAddr::V6(ip) => !ip.is_multicast() && !ip.is_unspecified(),
    }
}

/// Whether an address of version 4 is private to a host that has none yet.
pub(super) fn is_assigned(ip: Ipv4Addr) -> bool {
    is_host(ip.into())
}

/// Bytes as a text that can be shown: what is no UTF-8 is replaced, control characters are left
/// out, blanks are joined and the end is cut; nothing when nothing is left.
pub(super) fn clean(bytes: &[u8]) -> Option<String> {
    if is_plain(bytes) {
        return String::from_utf8(bytes.to_vec()).ok();
    }
    // A character has at most four bytes: nothing behind them can be kept.
    let bytes = bytes.get(..TOLD_CHARS_MAX * 8).unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::new();
    let (mut chars, mut blank) = (0, false);
    for character in text.chars() {
        if character.is_whitespace() || character == '\0' {
            blank = chars > 0;
            continue;
        }
        if character.is_control() {
            continue;
        }
        if chars + usize::from(blank) >= TOLD_CHARS_MAX {
            break;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
            chars += 1;
        }
        out.push(character);
        chars += 1;
    }
    (!out.is_empty()).then_some(out)
}

/// Whether bytes are a text that stays as it is, as nearly all are: letters and signs of ASCII, with
/// single blanks between them.
fn is_plain(bytes: &[u8]) -> bool {
    let mut before = b' ';
    let is_plain = bytes.iter().all(|byte| {
        let before = std::mem::replace(&mut before, *byte);
        byte.is_ascii_graphic() || (*byte == b' ' && before != b' ')
    });
    is_plain && before != b' ' && bytes.len() <= TOLD_CHARS_MAX
}

/// Text of two bytes for each character, the smaller byte first.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let pairs = bytes.chunks_exact(2).take(TOLD_CHARS_MAX);
    let units = pairs.filter_map(|pair| Some(u16::from_le_bytes(*pair.first_chunk()?)));
    String::from_utf16_lossy(&units.collect::<Vec<u16>>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is plain, one character more or less makes no difference to the others.
        #[test]
        fn plain_text_is_cleaned_as_any_other(text in "[a-z ~!\u{7f}\t]{0,12}", often in 1..40_usize) {
            let text = text.repeat(often);
            // What begins with a character that is left out is never plain.
            let other = clean(format!("\u{1}{text}").as_bytes());
            prop_assert_eq!(clean(text.as_bytes()), other);
        }
    }
}
