//! How a refusal is said in the protocol's own words, in the device's place.

use super::{Code, Function, Layer};

/// What to answer.
///
/// None of them says "done", and none invites to try again at once: a refusal must not provoke a
/// storm of retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// BACnet Abort with this reason (clause 18.10).
    BacnetAbort(u8),
    /// BACnet Error of this class and code (clause 18).
    BacnetError(u32, u32),
    /// BACnet Reject with this reason (clause 18.9).
    BacnetReject(u8),
    /// The result of an order to a broadcast manager (annex J.2.1).
    BacnetResult(u16),
    /// DICOM rejection of an association by the application, with this reason (PS3.8, section 9.3.4).
    DicomReject(u8),
    /// The status of a DICOM answer (PS3.7, annex C).
    DimseStatus(u16),
    /// Nothing.
    Drop,
    /// Modbus exception of this number (section 7).
    ModbusException(u8),
}

const ILLEGAL_FUNCTION: u8 = 1;
const ILLEGAL_ADDRESS: u8 = 2;
const ILLEGAL_VALUE: u8 = 3;

const SEGMENTATION_NOT_SUPPORTED: u8 = 4;
const UNRECOGNIZED_SERVICE: u8 = 9;
const CLASS_PROPERTY: u32 = 2;
const CLASS_SERVICES: u32 = 5;
const READ_ACCESS_DENIED: u32 = 27;
const SERVICE_REQUEST_DENIED: u32 = 29;
const VALUE_OUT_OF_RANGE: u32 = 37;
const WRITE_ACCESS_DENIED: u32 = 40;

const CALLING_NOT_RECOGNIZED: u8 = 3;
const CALLED_NOT_RECOGNIZED: u8 = 7;
/// PS3.7, annex C.5, and PS3.4, section C.4.2.1.5.
const NOT_AUTHORIZED: u16 = 0x0124;
const UNRECOGNIZED_OPERATION: u16 = 0x0211;
const PROCESSING_FAILURE: u16 = 0x0110;
const DESTINATION_UNKNOWN: u16 = 0xa801;

/// What a code is about.
enum About {
    Function,
    Place,
    Value,
}

impl Answer {
    /// The refusal of a function for a reason.
    pub(super) fn to(function: Function, code: Code, changes: bool) -> Self {
        match function.layer {
            Layer::Modbus => Self::ModbusException(match about(code) {
                About::Function => ILLEGAL_FUNCTION,
                About::Place => ILLEGAL_ADDRESS,
                About::Value => ILLEGAL_VALUE,
            }),
            Layer::Confirmed => confirmed(code, changes),
            Layer::Dimse if function == Function::ASSOCIATE => Self::DicomReject(match code {
                Code::CalledNotAllowed => CALLED_NOT_RECOGNIZED,
                _ => CALLING_NOT_RECOGNIZED,
            }),
            Layer::Dimse => Self::DimseStatus(match code {
                Code::FunctionUnknown => UNRECOGNIZED_OPERATION,
                // It may be tried again.
                Code::FailingClosed => PROCESSING_FAILURE,
                Code::DestinationNotAllowed => DESTINATION_UNKNOWN,
                _ => NOT_AUTHORIZED,
            }),
            Layer::Link => match function.number {
                1 => Self::BacnetResult(0x10),
                2 => Self::BacnetResult(0x20),
                5 => Self::BacnetResult(0x30),
                6 => Self::BacnetResult(0x40),
                8 => Self::BacnetResult(0x50),
                9 => Self::BacnetResult(0x60),
                _ => Self::Drop,
            },
            // Nobody waits for an answer.
            Layer::Network | Layer::Unconfirmed => Self::Drop,
        }
    }
}

fn confirmed(code: Code, changes: bool) -> Answer {
    match (code, about(code)) {
        (Code::RequestSegmented, _) => Answer::BacnetAbort(SEGMENTATION_NOT_SUPPORTED),
        (Code::FunctionUnknown | Code::ContentsUntyped, _) => {
            Answer::BacnetReject(UNRECOGNIZED_SERVICE)
        }
        (_, About::Value) => Answer::BacnetError(CLASS_PROPERTY, VALUE_OUT_OF_RANGE),
        (_, About::Place) if changes => Answer::BacnetError(CLASS_PROPERTY, WRITE_ACCESS_DENIED),
        (_, About::Place) => Answer::BacnetError(CLASS_PROPERTY, READ_ACCESS_DENIED),
        (_, About::Function) => Answer::BacnetError(CLASS_SERVICES, SERVICE_REQUEST_DENIED),
    }
}

fn about(code: Code) -> About {
    match code {
        Code::PlaceNotAllowed
        | Code::PlaceNotNamed
        | Code::PlaceOutOfRange
        | Code::PlacesTooMany => About::Place,
        Code::FailingNewValue
        | Code::IntervalTooShort
        | Code::PlaceWrittenTwice
        | Code::RelinquishNotAllowed
        | Code::StepTooGreat
        | Code::ValueAboveMaximum
        | Code::ValueBelowMinimum
        | Code::ValueNotComparable
        | Code::ValueNotFinite
        | Code::ValueUnread => About::Value,
        _ => About::Function,
    }
}
