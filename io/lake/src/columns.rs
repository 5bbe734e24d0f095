//! Rows to columns: the same for what is sealed and for what is still in the write-ahead log.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryViewBuilder, FixedSizeBinaryBuilder, ListBuilder, RecordBatch,
    RecordBatchOptions, StringBuilder, StringViewBuilder, TimestampMicrosecondBuilder,
    UInt16Builder, UInt64Builder,
};
use arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use evidence::Salted;

use crate::limits::{BATCH_PAYLOAD_BYTES_MAX, BATCH_ROWS_MAX};
use crate::pack::pack;
use crate::row::{NETWORK_ACTIVITY, Row};
use crate::schema::{COLUMNS, Kind, element};

/// Collects rows into one batch of the wanted columns.
#[derive(Debug)]
pub(crate) struct Columns {
    schema: SchemaRef,
    builders: Vec<(Kind, Builder)>,
    /// Whether a wanted column is read out of the payload; else no payload is parsed.
    reads_payload: bool,
    /// Whether payloads are packed where they can be; then `scratch` holds the packed form.
    packs: bool,
    scratch: Vec<u8>,
    rows: usize,
    payload_bytes: usize,
}

#[derive(Debug)]
enum Builder {
    Bytes(BinaryViewBuilder),
    Instant(TimestampMicrosecondBuilder),
    Long(UInt64Builder),
    Salt(FixedSizeBinaryBuilder),
    Several(ListBuilder<StringBuilder>),
    Short(UInt16Builder),
    Text(StringViewBuilder),
}

impl Columns {
    /// For the columns of `schema`, which are some of the house's columns in any order.
    pub(crate) fn new(schema: &SchemaRef) -> Self {
        let kinds = schema.fields().iter().filter_map(|field| {
            let column = COLUMNS.iter().find(|(name, _)| name == field.name());
            column.map(|(_, kind)| (*kind, Builder::new(field.data_type())))
        });
        let builders: Vec<_> = kinds.collect();
        let reads_payload = builders
            .iter()
            .any(|(kind, _)| matches!(kind, Kind::Number(_) | Kind::Several(_) | Kind::Text(_)));
        let packs = builders.iter().any(|(kind, _)| *kind == Kind::Packed);
        Self {
            schema: Arc::clone(schema),
            builders,
            reads_payload: reads_payload || packs,
            packs,
            scratch: Vec::new(),
            rows: 0,
            payload_bytes: 0,
        }
    }

    /// Adds one entry.
    pub(crate) fn push(&mut self, entry: &Salted<&[u8]>) -> Result<(), ArrowError> {
        let row = if self.reads_payload {
            Row::read(entry.class, entry.payload)
        } else {
            Row::default()
        };
        let is_packed = self.packs
            && entry.class == NETWORK_ACTIVITY
            && pack(entry.payload, &row, &mut self.scratch);
        let packed = is_packed.then_some(self.scratch.as_slice());
        for (kind, builder) in &mut self.builders {
            match (kind, builder) {
                (Kind::Packed, Builder::Bytes(builder)) => builder.append_option(packed),
                (Kind::Raw, Builder::Bytes(builder)) if is_packed => builder.append_null(),
                (kind, builder) => builder.push(*kind, entry, &row)?,
            }
        }
        self.rows += 1;
        self.payload_bytes = self.payload_bytes.saturating_add(entry.payload.len());
        Ok(())
    }

    /// Whether the batch has reached its size.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS_MAX || self.payload_bytes >= BATCH_PAYLOAD_BYTES_MAX
    }

    /// Gives the batch and begins the next; `None` when no row came.
    pub(crate) fn take(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let arrays = self
            .builders
            .iter_mut()
            .map(|(_, builder)| builder.finish());
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let batch = RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            arrays.collect(),
            &options,
        )?;
        (self.rows, self.payload_bytes) = (0, 0);
        Ok(Some(batch))
    }
}

impl Builder {
    fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::BinaryView => Self::Bytes(BinaryViewBuilder::new()),
            DataType::FixedSizeBinary(bytes) => Self::Salt(FixedSizeBinaryBuilder::new(*bytes)),
            DataType::List(_) => {
                Self::Several(ListBuilder::new(StringBuilder::new()).with_field(element()))
            }
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                Self::Instant(TimestampMicrosecondBuilder::new().with_timezone_opt(zone.clone()))
            }
            DataType::UInt16 => Self::Short(UInt16Builder::new()),
            DataType::UInt64 => Self::Long(UInt64Builder::new()),
            _ => Self::Text(StringViewBuilder::new()),
        }
    }

    fn push(&mut self, kind: Kind, entry: &Salted<&[u8]>, row: &Row<'_>) -> Result<(), ArrowError> {
        match (self, kind) {
            (Self::Long(builder), Kind::Index) => builder.append_value(entry.index),
            // INVARIANT: the same 64 bits, so that the time of every leaf comes back as it was.
            (Self::Instant(builder), Kind::Time) => {
                builder.append_value(entry.time_us.cast_signed());
            }
            (Self::Short(builder), Kind::Class) => builder.append_value(entry.class),
            (Self::Salt(builder), Kind::Salt) => builder.append_value(entry.salt)?,
            (Self::Bytes(builder), Kind::Raw) => builder.try_append_value(entry.payload)?,
            (Self::Text(builder), Kind::Text(column)) => {
                let value = row.texts.get(column as usize).and_then(Option::as_ref);
                builder.append_option(value.map(Cow::as_ref));
            }
            (Self::Several(builder), Kind::Several(column)) => {
                let values = row.several(column);
                for value in values {
                    builder.values().append_value(value);
                }
                builder.append(!values.is_empty());
            }
            (builder, Kind::Number(column)) => {
                let value = row.numbers.get(column as usize).copied().flatten();
                builder.push_number(value)?;
            }
            _ => return Err(mismatch()),
        }
        Ok(())
    }

    fn push_number(&mut self, value: Option<u64>) -> Result<(), ArrowError> {
        match self {
            Self::Instant(builder) => {
                builder.append_option(value.and_then(|us| i64::try_from(us).ok()));
            }
            Self::Long(builder) => builder.append_option(value),
            Self::Short(builder) => {
                builder.append_option(value.and_then(|number| u16::try_from(number).ok()));
            }
            _ => return Err(mismatch()),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Bytes(builder) => Arc::new(builder.finish()),
            Self::Instant(builder) => Arc::new(builder.finish()),
            Self::Long(builder) => Arc::new(builder.finish()),
            Self::Salt(builder) => Arc::new(builder.finish()),
            Self::Several(builder) => Arc::new(builder.finish()),
            Self::Short(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}

/// INVARIANT: builders are made from the types of the schema, so kinds and builders agree.
fn mismatch() -> ArrowError {
    ArrowError::SchemaError("a column is not of its own type".to_owned())
}
