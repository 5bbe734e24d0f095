//! The demonstration: a hospital group that nobody lives in, whole in one data folder.
//!
//! [`Demonstration::open`] makes the group at the first start and reads it back at every later
//! one: three establishments with their staff, patients, care teams, encounters and assets (for
//! the directory), the patients' records (for [`FhirServer`]), the pages of devices and building
//! controllers ([`PlantPages`]), a controller of ventilation ([`air`]), and an [`Issuer`] of tokens for the few [`Identity`]s that the
//! examples use. The same seed and instant give the same bytes. No name is that of a real person
//! or place.

pub mod air;
mod assets;
mod catalog;
mod dice;
mod error;
mod fhir_server;
mod folder;
mod group;
mod identities;
mod issuer;
mod limits;
mod listener;
mod names;
mod places;
mod plant;
mod records;
pub mod scenario;
mod sightings;
mod staff;

pub use error::DemoError;
pub use fhir_server::{FhirServer, Shelves};
pub use folder::Demonstration;
pub use group::Group;
pub use identities::{BreakGlassExample, Cast, Identity, ReadExample};
pub use issuer::Issuer;
pub use listener::{Answer, serve};
pub use plant::PlantPages;
pub use records::{Resource, records};
pub use sightings::{SUPPORT, capture};

#[cfg(test)]
mod tests;
