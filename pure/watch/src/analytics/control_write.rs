//! Writes to building controllers and medical devices that come from the wrong tier.

use serde::{Deserialize, Serialize};

use super::bounded::Bounded;
use super::input::ControlWrite;
use super::window::Told;
use super::{Output, SECOND_US};
use crate::finding::{Entity, Finding, Level};

/// Thresholds and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ControlWriteSettings {
    /// Which tier may write to which: (sender, controller).
    pub allowed_tiers: Vec<(u8, u8)>,
    /// Senders that may write to any controller, such as an engineer's jump host.
    pub allowed_sources: Vec<String>,
    /// The same sender and controller are not told again for so long, in seconds.
    pub quiet_s: i64,
    /// Pairs of sender and controller that are kept.
    pub keys_max: usize,
}

impl Default for ControlWriteSettings {
    fn default() -> Self {
        Self {
            allowed_tiers: vec![(2, 2), (3, 3)],
            allowed_sources: Vec::new(),
            quiet_s: 3_600,
            keys_max: 100_000,
        }
    }
}

/// The fold over commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlWrites {
    settings: ControlWriteSettings,
    pairs: Bounded<Pair>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Pair {
    writes: u64,
    told: Told,
}

impl ControlWrites {
    /// No commands yet.
    #[must_use]
    pub fn new(settings: ControlWriteSettings) -> Self {
        Self {
            pairs: Bounded::new("senders to controllers", settings.keys_max),
            settings,
        }
    }

    /// Takes one command.
    pub fn apply(&mut self, write: &ControlWrite) -> Vec<Output> {
        let mut outputs = Vec::new();
        let settings = &self.settings;
        let is_allowed = write.source_tier.is_some_and(|tier| {
            settings
                .allowed_tiers
                .contains(&(tier, write.controller_tier))
        });
        if is_allowed || settings.allowed_sources.contains(&write.source) {
            return outputs;
        }
        let at_us = write.place.at_us;
        let key = format!("{}\u{1f}{}", write.source, write.controller);
        let owner = &write.place.establishment;
        let pair = self.pairs.touch((owner, &key), at_us, &mut outputs);
        pair.writes = pair.writes.saturating_add(1);
        let quiet_us = settings.quiet_s.saturating_mul(SECOND_US);
        if !pair.told.tell(at_us, pair.writes, quiet_us) {
            return outputs;
        }
        let level = match write.source_tier {
            Some(_) => Level::High,
            None => Level::Medium,
        };
        let entities = vec![
            Entity::device(&write.source),
            Entity::device(&write.controller),
            Entity::establishment(owner),
        ];
        let tier = write
            .source_tier
            .map_or_else(|| "unknown".to_owned(), |tier| tier.to_string());
        let finding = Finding::new("control_write", level, at_us, entities)
            .technique("T0855")
            .events([write.place.position], pair.writes)
            .fact("source_tier", tier.as_str())
            .fact("controller_tier", u64::from(write.controller_tier))
            .fact("protocol", write.protocol.as_str())
            .fact("point", write.point.as_str())
            .fact("writes", pair.writes);
        outputs.push(Output::Found(finding));
        outputs
    }
}
