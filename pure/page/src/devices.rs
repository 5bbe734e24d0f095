//! Devices behind the guard: which lines there are, what happens while the guard cannot judge, and
//! the acts that those who answer for a device approve.

use askama::Template;
use event::{ActRequestId, Tier, Timestamp};
use locale::{Family, Value, key};

use crate::Frame;
use crate::limits::ACT_REASON_CHARS_MAX;

/// The minutes for which an act may be asked.
pub const ACT_MINUTES: [u64; 4] = [15, 30, 60, 240];

/// What the page of devices shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Devices {
    /// The address from which the page is looked at.
    pub address: String,
    /// The person who works there, as the guard sees it, and until when.
    pub seat: Option<(String, Timestamp)>,
    /// Whether it is who looks at the page.
    pub is_own_seat: bool,
    /// The lines that the person may use.
    pub lines: Vec<DeviceLine>,
    /// The acts that concern them.
    pub acts: Vec<ActRow>,
}

/// One line to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLine {
    /// The conduit that it belongs to.
    pub conduit: String,
    /// The asset behind it.
    pub asset: String,
    /// Its name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// The name of its protocol.
    pub protocol: &'static str,
    /// Whether reads and what was approved last pass while the guard cannot judge.
    pub fails_open: bool,
    /// Who chose that.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Whether the guard judges now.
    pub judges: bool,
    /// Requests let through since the start.
    pub allowed: u64,
    /// Requests refused since the start.
    pub denied: u64,
    /// The acts on it that somebody may approve.
    pub acts: Vec<String>,
}

/// An act that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// Its name.
    pub id: ActRequestId,
    /// The act.
    pub act: String,
    /// The name of the asset.
    pub asset: String,
    /// The name of who asks.
    pub person: String,
    /// From which address.
    pub from: String,
    /// Why.
    pub reason: String,
    /// The end of it.
    pub until: Timestamp,
    /// The names of those who approved.
    pub approvers: Vec<String>,
    /// What is missing: aspects by their codes, with the names of those who answer for them.
    pub missing: Vec<(&'static str, Vec<String>)>,
    /// Whether it may be done now.
    pub is_approved: bool,
    /// Whether who looks at the page can approve it.
    pub can_approve: bool,
    /// Whether they can take it back.
    pub can_withdraw: bool,
}

/// Shows the devices behind the guard and the acts on them.
#[must_use]
pub fn devices(frame: &Frame<'_>, view: &Devices) -> String {
    frame.render(&DevicesPage { frame, view })
}

impl Frame<'_> {
    /// Who works at the address, as the guard sees it.
    pub(crate) fn seat(&self, name: &str, until: &Timestamp) -> String {
        let until = self.moment(until);
        let values = &[("name", Value::Text(name)), ("until", Value::Text(&until))];
        self.catalog
            .text(self.language, key::DEVICES_SEAT_TAKEN, values)
    }

    /// What happens while the guard cannot judge, and who chose it.
    pub(crate) fn failing(&self, line: &DeviceLine) -> String {
        let key = match line.fails_open {
            true => key::DEVICES_FAILS_OPEN,
            false => key::DEVICES_FAILS_CLOSED,
        };
        let values = &[
            ("owner", Value::Text(&line.owner)),
            ("reason", Value::Text(&line.reason)),
        ];
        self.catalog.text(self.language, key, values)
    }

    /// How many requests passed and did not.
    pub(crate) fn passed(&self, line: &DeviceLine) -> String {
        let values = &[
            ("allowed", Value::Count(line.allowed)),
            ("denied", Value::Count(line.denied)),
        ];
        self.catalog
            .text(self.language, key::DEVICES_COUNTS, values)
    }

    /// Whose approval is missing for an aspect.
    pub(crate) fn missing(&self, aspect: &str, names: &[String]) -> String {
        let aspect = self.label(Family::Aspect, aspect);
        let names = match names {
            [] => self.say(key::DEVICES_NOBODY),
            names => names.join(", "),
        };
        let values = &[
            ("aspect", Value::Text(&aspect)),
            ("names", Value::Text(&names)),
        ];
        self.catalog
            .text(self.language, key::DEVICES_MISSING, values)
    }
}

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a Devices,
}
