//! Messages made by hand from their standards, and what holds for any bytes.
