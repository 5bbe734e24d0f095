//! What holds for every message, not only for the ones somebody thought of.

use proptest::prelude::*;

use super::*;

fn any_object() -> impl Strategy<Value = ObjectId> {
    (0_u16..0x400, 0..=ObjectId::INSTANCE_ANY).prop_map(|(kind, instance)| object(kind, instance))
}

fn any_value() -> impl Strategy<Value = Value> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..300);
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        any::<u64>().prop_map(Value::Unsigned),
        (0_u64..300).prop_map(Value::Unsigned),
        any::<i64>().prop_map(Value::Signed),
        (-300_i64..300).prop_map(Value::Signed),
        any::<u32>().prop_map(Value::Real),
        any::<u64>().prop_map(Value::Double),
        bytes().prop_map(Value::Octets),
        (0_u8..6, bytes()).prop_map(|(set, bytes)| Value::Text(Text { set, bytes })),
        bytes().prop_map(|bytes| Value::Bits {
            bits: bytes.len() * 8,
            bytes
        }),
        any::<u32>().prop_map(Value::Enumerated),
        any::<[u8; 4]>().prop_map(Value::Date),
        any::<[u8; 4]>().prop_map(Value::Time),
        any_object().prop_map(Value::Object),
    ]
}

fn elements() -> impl Strategy<Value = Vec<Element>> {
    let leaf = prop_oneof![
        any_value().prop_map(Element::Value),
        (0_u8..255, prop::collection::vec(any::<u8>(), 0..9))
            .prop_map(|(number, bytes)| Element::Context(number, bytes)),
    ];
    let element = leaf.prop_recursive(3, 12, 4, |inner| {
        (0_u8..255, prop::collection::vec(inner, 0..4))
            .prop_map(|(number, inner)| Element::Group(number, inner))
    });
    prop::collection::vec(element, 0..4)
}

fn write() -> impl Strategy<Value = PropertyWrite> {
    (
        any::<u32>(),
        any::<Option<u32>>(),
        elements(),
        prop::option::of(1_u8..=16),
    )
        .prop_map(|(property, index, value, priority)| PropertyWrite {
            reference: PropertyReference { property, index },
            value,
            priority: priority.and_then(Priority::new),
        })
}

fn reference() -> impl Strategy<Value = PropertyReference> {
    any::<(u32, Option<u32>)>().prop_map(|(property, index)| PropertyReference { property, index })
}

fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![reading_and_writing(), control()]
}

fn reading_and_writing() -> impl Strategy<Value = Request> {
    prop_oneof![
        (any_object(), write())
            .prop_map(|(object, write)| Request::WriteProperty { object, write }),
        prop::collection::vec(
            (any_object(), prop::collection::vec(write(), 0..3))
                .prop_map(|(object, writes)| ObjectWrites { object, writes }),
            1..3
        )
        .prop_map(Request::WritePropertyMultiple),
        (any_object(), reference())
            .prop_map(|(object, reference)| Request::ReadProperty { object, reference }),
        prop::collection::vec(
            (any_object(), prop::collection::vec(reference(), 0..4))
                .prop_map(|(object, properties)| ReadSpecification { object, properties }),
            1..4
        )
        .prop_map(Request::ReadPropertyMultiple),
        (any::<bool>(), any_object(), reference(), elements()).prop_map(
            |(add, object, reference, elements)| Request::ChangeList {
                add,
                object,
                reference,
                elements
            }
        ),
    ]
}

fn control() -> impl Strategy<Value = Request> {
    prop_oneof![
        (any_object(), prop::collection::vec(write(), 0..3)).prop_map(|(object, initial)| {
            Request::CreateObject {
                create: Create::Object(object),
                initial,
            }
        }),
        (any::<Option<u16>>(), any::<u32>(), any::<Option<String>>()).prop_map(
            |(minutes, mode, password)| Request::DeviceCommunicationControl {
                minutes,
                mode,
                password: password.as_deref().map(Text::utf8),
            }
        ),
        (any_object(), any::<i64>(), any::<Vec<u8>>()).prop_map(|(file, start, bytes)| {
            Request::AtomicWriteFile {
                file,
                write: FileWrite::Octets { start, bytes },
            }
        }),
        (
            any::<u32>(),
            any_object(),
            any::<Option<bool>>(),
            any::<Option<u32>>(),
            reference(),
            any::<Option<u32>>()
        )
            .prop_map(
                |(process, object, confirmed, lifetime_seconds, reference, increment)| {
                    Request::SubscribeCovProperty {
                        process,
                        object,
                        confirmed,
                        lifetime_seconds,
                        reference,
                        increment,
                    }
                }
            ),
        elements().prop_map(|elements| Request::Other {
            service: 2,
            elements
        }),
    ]
}

/// Hostile bytes that are near to honest ones.
fn near() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let confirmed = (any_request(), changes, any::<bool>()).prop_map(|(request, changes, cut)| {
        let mut bytes = datagram(request).to_bytes().unwrap_or_default();
        for (at, value) in changes {
            if let Some(byte) = (!bytes.is_empty()).then(|| at.index(bytes.len())) {
                bytes[byte] = value;
            }
        }
        if cut {
            bytes.pop();
        }
        bytes
    });
    prop_oneof![
        confirmed,
        prop::collection::vec(any::<u8>(), 0..80).prop_map(|bytes| unicast(&bytes)),
        prop::collection::vec(any::<u8>(), 0..80)
            .prop_map(|bytes| unicast(&[&[1, 0][..], &bytes].concat())),
        prop::collection::vec(any::<u8>(), 0..80),
    ]
}

fn datagram(request: Request) -> Datagram {
    Datagram::Unicast(Npdu::local(
        Apdu::Confirmed {
            invoke: 1,
            accepts: (0, 5),
            segments: true,
            request,
        },
        true,
    ))
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(request in any_request()) {
        let datagram = datagram(request);
        // Longer than a datagram can be, it does not leave.
        if let Some(bytes) = datagram.to_bytes() {
            prop_assert_eq!(Datagram::parse(&bytes), Ok(datagram));
        }
    }

    /// What a strict reading accepts has one form.
    #[test]
    fn what_is_read_is_written_again(bytes in near()) {
        if let Ok(datagram) = Datagram::parse(&bytes)
            && let Some(written) = datagram.to_bytes()
        {
            prop_assert_eq!(written, bytes);
        }
    }

    /// An inventory sees what a guard sees, and more only with a flag.
    #[test]
    fn lenient_readings_agree_or_are_flagged(bytes in near()) {
        let observed = observe(&bytes);
        match Datagram::parse(&bytes) {
            Ok(strict) => {
                prop_assert_eq!(observed.whole, Ok(strict));
                prop_assert!(observed.flags.is_empty());
            }
            Err(_) => prop_assert!(observed.whole.is_err() || !observed.flags.is_empty()),
        }
        prop_assert_eq!(
            observed.claimed.is_some(),
            observed.flags.iter().any(|flag| matches!(flag, Flag::LengthLie { .. }))
        );
    }
}
