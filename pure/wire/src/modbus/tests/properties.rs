//! What holds for every message, not only for the ones somebody thought of.

use proptest::prelude::*;

use super::*;

/// Any request that can leave.
fn request() -> impl Strategy<Value = Request> {
    let words = |most| prop::collection::vec(any::<u16>(), 1..=most);
    let part = (1_u16.., 0_u16..9000, 1_u16..20).prop_map(|(file, record, quantity)| FileRead {
        file,
        record,
        quantity,
    });
    let write = (1_u16.., 0_u16..9000, words(20)).prop_map(|(file, record, values)| FileWrite {
        file,
        record,
        values,
    });
    prop_oneof![
        (0_u16..60_000, 1_u16..=2000)
            .prop_map(|(address, quantity)| Request::ReadCoils { address, quantity }),
        (0_u16..60_000, 1_u16..=125)
            .prop_map(|(address, quantity)| Request::ReadHoldingRegisters { address, quantity }),
        any::<(u16, bool)>().prop_map(|(address, on)| Request::WriteCoil { address, on }),
        any::<(u16, u16)>().prop_map(|(address, value)| Request::WriteRegister { address, value }),
        (
            0_u16..60_000,
            prop::collection::vec(any::<bool>(), 1..=1968)
        )
            .prop_map(|(address, values)| Request::WriteCoils { address, values }),
        (0_u16..60_000, words(123))
            .prop_map(|(address, values)| Request::WriteRegisters { address, values }),
        any::<[u16; 3]>().prop_map(|[address, and, or]| Request::MaskWriteRegister {
            address,
            and,
            or
        }),
        (0_u16..60_000, 1_u16..=125, 0_u16..60_000, words(121)).prop_map(
            |(read_address, read_quantity, write_address, values)| Request::ReadWriteRegisters {
                read_address,
                read_quantity,
                write_address,
                values,
            }
        ),
        words(125).prop_map(|words| Request::Diagnostics { function: 0, words }),
        prop::collection::vec(part, 1..6).prop_map(Request::ReadFile),
        prop::collection::vec(write, 1..5).prop_map(Request::WriteFile),
        any::<u16>().prop_map(|address| Request::ReadFifo { address }),
        any::<u8>().prop_map(|object| Request::ReadDeviceIdentification {
            level: IdentityLevel::One,
            object
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(request in request(), transaction: u16, unit: u8) {
        let bytes = request.to_bytes(transaction, unit).unwrap();
        let adu = Adu::parse(&bytes).unwrap();
        prop_assert_eq!((adu.transaction, adu.unit), (transaction, unit));
        prop_assert_eq!(Request::parse(&adu.pdu), Ok(request));
    }

    /// What is read has one form: nothing of the bytes is lost but what was not understood.
    #[test]
    fn what_is_read_is_written_again(
        function in prop_oneof![1_u8..=24, Just(43)],
        rest in prop::collection::vec(prop_oneof![4 => Just(0_u8), 1 => any::<u8>()], 0..20),
    ) {
        let pdu = [&[function][..], &rest].concat();
        if let Ok(request) = Request::parse(&pdu) {
            match request.to_bytes(1, 1) {
                Some(bytes) => prop_assert_eq!(Adu::parse(&bytes).unwrap().pdu, pdu),
                None => {
                    let never_sent = matches!(request, Request::Unknown { .. } | Request::Encapsulated { .. });
                    prop_assert!(never_sent);
                }
            }
        }
    }

    #[test]
    fn cuts_make_no_difference(
        requests in prop::collection::vec(request(), 1..6),
        size in 1_usize..300,
    ) {
        let bytes: Vec<u8> = (0..).zip(&requests)
            .flat_map(|(number, request)| request.to_bytes(number, 1).unwrap())
            .collect();
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        let found = feed(&chunks);
        prop_assert_eq!(&found, &feed(&[&bytes]));
        let read: Vec<Request> = found.into_iter()
            .map(|adu| Request::parse(&adu.unwrap().pdu).unwrap())
            .collect();
        prop_assert_eq!(read, requests);
    }

    /// `feed` asserts what the framer holds.
    #[test]
    fn any_bytes_are_values(
        bytes in prop::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..600),
        size in 1_usize..300,
    ) {
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        feed(&chunks);
        let _read = Request::parse(&bytes);
    }

    #[test]
    fn any_answer_is_a_value_and_has_one_form(
        request in request(),
        rest in prop::collection::vec(any::<u8>(), 0..252),
    ) {
        let pdu = [&[request.function()][..], &rest].concat();
        if let Ok(response) = Response::parse(&request, &pdu) {
            let bytes = response.to_bytes(&request, 1, 1).unwrap();
            let again = Response::parse(&request, &Adu::parse(&bytes).unwrap().pdu);
            prop_assert_eq!(again, Ok(response));
        }
    }
}
