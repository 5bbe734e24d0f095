//! Bytes to messages and back: the FHIR request grammar and what a FHIR answer discloses, the
//! commands of building control, and what a capture holds.
//!
//! Everything here is default-deny and pure: bytes and limits come in, values go out.
//! What is not understood is a value with a stable code ([`http::BadTarget`],
//! [`fhir::Misunderstood`], [`fhir::Unreadable`]), never a guess and never a panic.
//!
//! - [`bacnet`] and [`modbus`] read commands of building control for a guard, each in its one form,
//!   and for an inventory; [`access`] says what a command does.
//! - [`capture`] reads recorded traffic, and follows its streams.
//! - [`dicom`] reads associations, commands and the head of data sets, for a guard.
//! - [`http`] checks the raw target of a request, whatever the service behind it.
//! - [`fhir`] reads requests ([`fhir::Request`]) and answers ([`fhir::disclosure::read`]), rebuilds
//!   bundles from the entries that may be shown ([`fhir::Searchset`]), and writes refusals
//!   ([`fhir::Outcome`]).
//! - [`hl7v2`] reads the messages of patient administration, and answers them.
//! - [`identify`] says what captured traffic tells about the devices that sent it.
//! - [`indicator`] reads lists of what others saw an attacker use.
//! - [`log`] reads lines of logs of many formats, each into one JSON object that rules can match.
//! - [`zeek`] reads connection records of a network monitor.
//! - [`limits`] is the one place where sizes and depths are bounded.
//!
//! Read first: `fhir/request.rs`, then `fhir/disclosure.rs`.

pub mod access;
pub mod bacnet;
pub mod capture;
mod cursor;
pub mod dicom;
pub mod fhir;
pub mod hl7v2;
pub mod http;
pub mod identify;
pub mod indicator;
pub mod limits;
pub mod log;
pub mod modbus;
pub mod zeek;
