//! The HTML of every page, from plain values.
