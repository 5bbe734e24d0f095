//! Refusals in the device's place, in BACnet's own words.

use policy::guard::Answer;
use wire::bacnet::{Apdu, Datagram, Element, ObjectId, Request};

/// The datagram that says a refusal to whoever sent this one; nothing when nobody waits for it.
pub(super) fn refusal(asked: &Datagram, answer: Answer) -> Option<Vec<u8>> {
    let (invoke, service, request) = match asked.apdu() {
        Some(Apdu::Confirmed {
            invoke, request, ..
        }) => (*invoke, request.service(), Some(request)),
        Some(Apdu::Segmented(part)) => (part.invoke, part.service, None),
        _ => (0, 0, None),
    };
    let apdu = match answer {
        // Said in other protocols, or not at all.
        Answer::DicomReject(_)
        | Answer::DimseStatus(_)
        | Answer::Drop
        | Answer::ModbusException(_) => return None,
        Answer::BacnetResult(code) => return Datagram::Result(code).to_bytes(),
        Answer::BacnetAbort(reason) => Apdu::Abort {
            invoke,
            server: true,
            reason,
        },
        Answer::BacnetReject(reason) => Apdu::Reject { invoke, reason },
        Answer::BacnetError(class, code) => Apdu::Error {
            invoke,
            service,
            class,
            code,
            detail: request.map(detail).unwrap_or_default(),
        },
    };
    // Whoever speaks over all devices at once gets no answer of one of them.
    asked.answer(apdu)?.to_bytes()
}

/// What the errors of some services say beyond class and code (clause 21): which part failed first.
fn detail(request: &Request) -> Vec<Element> {
    match request {
        Request::WritePropertyMultiple(objects) => {
            let first = objects.iter().find_map(|of| Some((of, of.writes.first()?)));
            let Some((of, write)) = first else {
                return Vec::new();
            };
            let mut inner = vec![
                Element::Context(0, object(of.object)),
                Element::Context(1, number(write.reference.property)),
            ];
            let index = write.reference.index;
            inner.extend(index.map(|index| Element::Context(2, number(index))));
            vec![Element::Group(1, inner)]
        }
        Request::ChangeList { .. } | Request::CreateObject { .. } => {
            vec![Element::Context(1, vec![0])]
        }
        _ => Vec::new(),
    }
}

/// Ten bits of type and twenty-two of instance (clause 20.2.14).
fn object(object: ObjectId) -> Vec<u8> {
    let bits = u32::from(object.kind()) << 22 | object.instance();
    bits.to_be_bytes().to_vec()
}

/// The shortest form.
fn number(number: u32) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default().to_vec()
}
