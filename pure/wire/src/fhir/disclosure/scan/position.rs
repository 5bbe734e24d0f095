//! Where the walk stands, told by the keys from the root of a resource.

use crate::fhir::types::ResourceType;

/// Elements below the root of a resource that hold its security labels.
const LABEL_PATHS: [&[&str]; 2] = [&["meta", "security"], &["securityLabel", "coding"]];

/// Where a value stands in its resource.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub(super) place: Place,
    /// Keys from the root of the resource down to here.
    pub(super) level: usize,
    /// The elements of the compartment.
    pub(super) compartment: Track,
    /// The elements that hold labels.
    pub(super) labels: Track,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Contained,
    Element,
    Root,
}

/// Paths that are still possible at a position, one bit each.
#[derive(Clone, Copy)]
pub(super) struct Track {
    paths: &'static [&'static [&'static str]],
    pub(super) open: u8,
    /// Whether one of them ends here.
    pub(super) arrived: bool,
}

impl Track {
    const fn start(paths: &'static [&'static [&'static str]]) -> Self {
        Self {
            paths,
            open: u8::MAX,
            arrived: false,
        }
    }

    fn step(self, level: usize, key: &str) -> Self {
        let mut next = Self {
            paths: self.paths,
            open: 0,
            arrived: false,
        };
        if self.open == 0 {
            return next;
        }
        let mut bit = 1_u8;
        for path in self.paths {
            if self.open & bit != 0 && path.get(level) == Some(&key) {
                next.open |= bit;
                next.arrived |= path.len() == level.saturating_add(1);
            }
            bit = bit.rotate_left(1);
        }
        next
    }
}

impl Position {
    pub(super) const fn root(resource_type: ResourceType) -> Self {
        // A link between patients is not membership here: a record is its own patient's.
        let paths = match resource_type.name().as_bytes() {
            b"Patient" => &[],
            _ => resource_type.compartment_paths(),
        };
        Self {
            place: Place::Root,
            level: 0,
            compartment: Track::start(paths),
            labels: Track::start(&LABEL_PATHS),
        }
    }

    pub(super) fn below(self, key: &str) -> Self {
        if self.place == Place::Root && key == "contained" {
            return Self {
                place: Place::Contained,
                level: 0,
                compartment: Track::start(&[]),
                labels: Track::start(&LABEL_PATHS),
            };
        }
        Self {
            place: Place::Element,
            level: self.level.saturating_add(1),
            compartment: self.compartment.step(self.level, key),
            labels: self.labels.step(self.level, key),
        }
    }
}
