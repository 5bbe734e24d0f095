//! Any bytes of a connection are messages or a fault; what is read is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::modbus::{ADU_BYTES_MAX, Adu, DeviceIdentity, Framer, Pending, Request};

fuzz_target!(|bytes: &[u8]| {
    let mut framer = Framer::new();
    let mut pending = Pending::new();
    for mut chunk in bytes.chunks(97) {
        while let Some(found) = framer.feed(&mut chunk) {
            assert!(framer.held() < ADU_BYTES_MAX);
            let Ok(adu) = found else {
                return;
            };
            check(&adu, &mut pending);
        }
        assert!(chunk.is_empty());
    }
});

/// Every message is taken as a request and as an answer to one before.
fn check(adu: &Adu, pending: &mut Pending) {
    if let Ok(identity) = DeviceIdentity::parse(&adu.pdu) {
        assert!(identity.objects.len() < ADU_BYTES_MAX);
    }
    if let Ok((request, response)) = pending.answer(adu) {
        assert!(response.to_bytes(&request, 1, adu.unit).is_some());
    }
    let Ok(request) = Request::parse(&adu.pdu) else {
        return;
    };
    if let Some(written) = request.to_bytes(adu.transaction, adu.unit) {
        assert_eq!(Adu::parse(&written).as_ref(), Ok(adu));
        if pending.ask(adu.transaction, adu.unit, request).is_err() {
            pending.forget(adu.transaction);
        }
    }
}
