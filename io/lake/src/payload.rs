//! The payloads of stored rows: as they are, or unpacked from the columns beside them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryViewArray, BinaryViewBuilder, StringViewArray,
    TimestampMicrosecondArray, UInt16Array, UInt64Array,
};
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use crate::pack::{PACKED_NUMBERS, PACKED_TEXTS, Values, unpack};
use crate::schema::{Number, Text};

/// The names of the columns that payloads are made of, in the order that is used here.
pub(crate) fn payload_columns() -> impl Iterator<Item = &'static str> {
    let texts = PACKED_TEXTS.iter().map(|(name, _)| *name);
    let numbers = PACKED_NUMBERS.iter().map(|(name, _)| *name);
    ["raw", "packed"].into_iter().chain(texts).chain(numbers)
}

/// The columns of one batch that payloads are made of.
pub(crate) struct Payloads<'a> {
    raw: &'a BinaryViewArray,
    packed: &'a BinaryViewArray,
    texts: Vec<(Text, &'a StringViewArray)>,
    numbers: Vec<(Number, Numbers<'a>)>,
}

#[derive(Clone, Copy)]
enum Numbers<'a> {
    Instant(&'a TimestampMicrosecondArray),
    Long(&'a UInt64Array),
    Short(&'a UInt16Array),
}

struct Place<'a> {
    columns: &'a Payloads<'a>,
    at: usize,
}

impl<'a> Payloads<'a> {
    /// From the columns that [`payload_columns`] names; `None` when they have other types.
    pub(crate) fn of(columns: impl IntoIterator<Item = &'a ArrayRef>) -> Option<Self> {
        let mut columns = columns.into_iter().map(|column| column.as_any());
        let raw = columns.next()?.downcast_ref()?;
        let packed = columns.next()?.downcast_ref()?;
        let mut texts = Vec::with_capacity(PACKED_TEXTS.len());
        for (_, text) in PACKED_TEXTS {
            texts.push((text, columns.next()?.downcast_ref()?));
        }
        let mut numbers = Vec::with_capacity(PACKED_NUMBERS.len());
        for (_, number) in PACKED_NUMBERS {
            let column = columns.next()?;
            let column = (column.downcast_ref().map(Numbers::Long))
                .or_else(|| column.downcast_ref().map(Numbers::Short))
                .or_else(|| column.downcast_ref().map(Numbers::Instant))?;
            numbers.push((number, column));
        }
        Some(Self {
            raw,
            packed,
            texts,
            numbers,
        })
    }

    /// The payload of a row, unpacked into `scratch` where it was packed; `None` when the row does
    /// not say.
    pub(crate) fn payload<'s>(&'s self, at: usize, scratch: &'s mut Vec<u8>) -> Option<&'s [u8]> {
        if self.raw.is_valid(at) {
            return Some(self.raw.value(at));
        }
        if self.packed.is_null(at) {
            return None;
        }
        let place = Place { columns: self, at };
        unpack(self.packed.value(at), &place, scratch).then_some(scratch.as_slice())
    }
}

impl Values for Place<'_> {
    fn text(&self, wanted: Text) -> Option<&str> {
        let texts = self.columns.texts.iter();
        let (_, column) = texts.into_iter().find(|(text, _)| *text == wanted)?;
        column.is_valid(self.at).then(|| column.value(self.at))
    }

    fn number(&self, wanted: Number) -> Option<u64> {
        let mut numbers = self.columns.numbers.iter();
        let (_, column) = numbers.find(|(number, _)| *number == wanted)?;
        match column {
            Numbers::Instant(column) => column
                .is_valid(self.at)
                .then(|| column.value(self.at).cast_unsigned()),
            Numbers::Long(column) => column.is_valid(self.at).then(|| column.value(self.at)),
            Numbers::Short(column) => column
                .is_valid(self.at)
                .then(|| column.value(self.at).into()),
        }
    }
}

/// What makes the column `raw` of tables out of what is stored.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(crate) struct PayloadFunction {
    signature: Signature,
}

impl PayloadFunction {
    pub(crate) fn new() -> Self {
        let arguments = payload_columns().count();
        Self {
            signature: Signature::new(TypeSignature::Any(arguments), Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for PayloadFunction {
    fn name(&self) -> &'static str {
        "payload"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::BinaryView)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let payloads = Payloads::of(&columns).ok_or_else(|| {
            DataFusionError::Internal("columns of a payload have other types".to_owned())
        })?;
        let mut builder = BinaryViewBuilder::with_capacity(arguments.number_rows);
        let mut scratch = Vec::new();
        for at in 0..payloads.raw.len() {
            builder.append_option(payloads.payload(at, &mut scratch));
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }
}
