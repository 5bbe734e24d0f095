//! Any datagram is a message or a fault; what a guard reads has one form, and an inventory sees the
//! same or says why not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::bacnet::{Datagram, observe};

fuzz_target!(|bytes: &[u8]| {
    let observed = observe(bytes);
    match Datagram::parse(bytes) {
        Ok(datagram) => {
            if let Some(written) = datagram.to_bytes() {
                assert_eq!(written, bytes);
            }
            assert_eq!(observed.whole, Ok(datagram));
            assert!(observed.flags.is_empty());
        }
        Err(_) => assert!(observed.whole.is_err() || !observed.flags.is_empty()),
    }
    // What was overlooked is never written: the only form is.
    if let Ok(datagram) = observed.whole
        && let Some(written) = datagram.to_bytes()
    {
        assert_eq!(Datagram::parse(&written), Ok(datagram));
    }
});
