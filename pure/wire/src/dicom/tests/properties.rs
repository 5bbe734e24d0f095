//! What holds for every message: written, cut anywhere and read again, it is the same.

use proptest::prelude::*;

use super::super::*;
use super::golden_request;

fn fragment() -> impl Strategy<Value = Fragment> {
    let bytes = prop::collection::vec(any::<u8>(), 0..40);
    (any::<u8>(), any::<bool>(), any::<bool>(), bytes).prop_map(
        |(context, is_command, is_last, bytes)| Fragment {
            context,
            is_command,
            is_last,
            bytes,
        },
    )
}

fn message() -> impl Strategy<Value = Pdu> {
    prop_oneof![
        prop::collection::vec(fragment(), 1..4).prop_map(Pdu::Data),
        (1_u8..3, 1_u8..4, 1_u8..8).prop_map(|(result, source, reason)| {
            Pdu::AssociateReject(Reject {
                result,
                source,
                reason,
            })
        }),
        (0_u8..3, 0_u8..7).prop_map(|(source, reason)| Pdu::Abort(Abort { source, reason })),
        Just(Pdu::ReleaseRequest),
        Just(Pdu::ReleaseAnswer),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again_in_any_pieces(
        messages in prop::collection::vec(message(), 1..6),
        piece in 1_usize..50,
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(Pdu::to_bytes).collect();
        let mut framer = Framer::new();
        let mut read = Vec::new();
        for mut piece in bytes.chunks(piece) {
            while let Some(found) = framer.feed(&mut piece) {
                read.push(found.unwrap());
            }
            prop_assert!(piece.is_empty());
        }
        prop_assert_eq!(framer.held(), 0);
        prop_assert_eq!(read, messages);
    }

    #[test]
    fn fragments_hold_all_bytes_and_no_more_than_is_agreed(
        bytes in prop::collection::vec(any::<u8>(), 0..500),
        length_max in prop_oneof![Just(0_u32), 8_u32..200],
        is_last in any::<bool>(),
    ) {
        let messages = fragments((3, false), &bytes, is_last, length_max);
        let mut held: Vec<u8> = Vec::new();
        for (at, message) in messages.iter().enumerate() {
            let body = message.to_bytes().len() - 6;
            prop_assert!(length_max == 0 || body <= usize::try_from(length_max).unwrap());
            let Pdu::Data(parts) = message else { panic!("data") };
            let [part] = parts.as_slice() else { panic!("one") };
            prop_assert_eq!(part.is_last, is_last && at + 1 == messages.len());
            prop_assert_eq!(part.context, 3);
            held.extend(&part.bytes);
        }
        prop_assert_eq!(held, bytes);
        prop_assert!(!is_last || !messages.is_empty());
    }

    #[test]
    fn a_negotiation_with_one_byte_changed_is_refused_or_means_what_is_written_anew(
        at in 0_usize..190,
        to in any::<u8>(),
    ) {
        let mut bytes = golden_request();
        let at = at % bytes.len();
        bytes[at] = to;
        let mut rest = bytes.as_slice();
        if let Some(Ok(read)) = Framer::new().feed(&mut rest) {
            let written = read.to_bytes();
            let mut again = written.as_slice();
            prop_assert_eq!(Framer::new().feed(&mut again), Some(Ok(read)));
        }
    }

    #[test]
    fn any_bytes_are_a_command_that_is_written_alike_or_a_fault(
        bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        if let Ok(command) = Command::parse(&bytes) {
            prop_assert_eq!(Command::parse(&command.to_bytes()), Ok(command));
        }
    }
}
