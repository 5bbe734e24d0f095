//! Results as people and programs read them, written as they come.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray as _, FixedSizeBinaryArray, RecordBatch, RecordBatchOptions,
    StringArray, StringBuilder,
};
use arrow::compute::concat_batches;
use arrow::csv;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow::util::pretty::pretty_format_batches_with_options;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::error::Error;
use crate::limits::TABLE_ROWS_MAX;

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values, with a line of names.
    Csv,
    /// One JSON object a line; what is null is left out.
    Json,
    /// A Parquet file.
    Parquet,
    /// For people.
    #[default]
    Table,
}

/// A result that is being written.
pub(crate) struct Output<'a> {
    out: Counted<'a>,
    format: Format,
    schema: SchemaRef,
    /// Rows that wait to be laid out together.
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    rows: u64,
    parquet: Option<ArrowWriter<Shared>>,
}

/// Counts what was written: a query that has begun to answer cannot start over.
struct Counted<'a> {
    out: &'a mut (dyn Write + Send),
    bytes: u64,
}

/// What the Parquet writer has written and the output has not yet passed on.
type Shared = Vec<u8>;

impl<'a> Output<'a> {
    /// A result in this format.
    pub(crate) fn new(format: Format, out: &'a mut (dyn Write + Send)) -> Self {
        Self {
            out: Counted { out, bytes: 0 },
            format,
            schema: Arc::new(Schema::empty()),
            waiting: Vec::new(),
            waiting_rows: 0,
            rows: 0,
            parquet: None,
        }
    }

    /// Whether anything was written.
    pub(crate) fn has_begun(&self) -> bool {
        self.out.bytes > 0
    }

    /// Takes note of the columns.
    pub(crate) fn begin(&mut self, schema: &SchemaRef) -> Result<(), Error> {
        self.schema = match self.format {
            Format::Parquet => Arc::clone(schema),
            Format::Csv => readable_schema(schema, true),
            Format::Json | Format::Table => readable_schema(schema, false),
        };
        if self.format == Format::Parquet {
            let level = ZstdLevel::try_new(crate::limits::COMPRESSION_LEVEL).unwrap_or_default();
            let properties = WriterProperties::builder()
                .set_created_by("hygie-lake".to_owned())
                .set_compression(Compression::ZSTD(level))
                .build();
            let writer = ArrowWriter::try_new(Vec::new(), Arc::clone(schema), Some(properties))
                .map_err(Error::parquet("begin", "result"))?;
            self.parquet = Some(writer);
        }
        Ok(())
    }

    /// Writes some rows.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.rows += u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        match self.format {
            Format::Csv => self.write_csv(batch),
            Format::Json => {
                let mut lines = json::LineDelimitedWriter::new(&mut self.out);
                let readable = readable(batch, &self.schema)?;
                lines.write(&readable).and_then(|()| lines.finish())?;
                Ok(())
            }
            Format::Parquet => {
                if let Some(writer) = &mut self.parquet {
                    writer
                        .write(batch)
                        .map_err(Error::parquet("write", "result"))?;
                }
                self.pass_on()
            }
            Format::Table => {
                self.waiting_rows += batch.num_rows();
                self.waiting.push(batch.clone());
                if self.waiting_rows >= TABLE_ROWS_MAX {
                    self.lay_out()?;
                }
                Ok(())
            }
        }
    }

    /// Writes what is left.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        match self.format {
            Format::Csv if self.rows == 0 => {
                self.write_csv(&RecordBatch::new_empty(Arc::clone(&self.schema)))?;
            }
            Format::Csv | Format::Json => (),
            Format::Parquet => {
                if let Some(mut writer) = self.parquet.take() {
                    writer
                        .finish()
                        .map_err(Error::parquet("finish", "result"))?;
                    let written = std::mem::take(writer.inner_mut());
                    self.out.write_all(&written).map_err(failed)?;
                }
            }
            Format::Table => {
                if self.waiting_rows > 0 || self.rows == 0 {
                    self.lay_out()?;
                }
                let word = if self.rows == 1 { "row" } else { "rows" };
                writeln!(self.out, "{} {word}", self.rows).map_err(failed)?;
            }
        }
        self.out.flush().map_err(failed)
    }

    fn write_csv(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let readable = readable(batch, &self.schema)?;
        let mut lines = csv::WriterBuilder::new()
            .with_header(self.out.bytes == 0)
            .build(&mut self.out);
        lines.write(&readable)?;
        Ok(())
    }

    /// Passes on what the Parquet writer has finished, so that a large result does not pile up.
    fn pass_on(&mut self) -> Result<(), Error> {
        if let Some(writer) = &mut self.parquet {
            if writer.in_progress_size() > crate::limits::BATCH_PAYLOAD_BYTES_MAX {
                writer.flush().map_err(Error::parquet("write", "result"))?;
            }
            writer.sync().map_err(failed)?;
            let written = std::mem::take(writer.inner_mut());
            self.out.write_all(&written).map_err(failed)?;
        }
        Ok(())
    }

    /// Lays out the waiting rows; each lay-out has its own widths.
    fn lay_out(&mut self) -> Result<(), Error> {
        let batches = std::mem::take(&mut self.waiting);
        self.waiting_rows = 0;
        let readable: Result<Vec<_>, ArrowError> = batches
            .iter()
            .map(|batch| readable(batch, &self.schema))
            .collect();
        let whole = concat_batches(&self.schema, &readable?)?;
        let options = FormatOptions::default().with_display_error(true);
        let text = pretty_format_batches_with_options(&[whole], &options)?;
        writeln!(self.out, "{text}").map_err(failed)
    }
}

impl std::fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("format", &self.format)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += u64::try_from(written).unwrap_or(u64::MAX);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn failed(cause: io::Error) -> Error {
    Error::Output { cause }
}

/// The columns as text formats show them: bytes as text, and lists too where a format has none.
fn readable_schema(schema: &SchemaRef, flattens: bool) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let is_text = is_bytes(field.data_type()) || (flattens && field.data_type().is_nested());
        if is_text {
            Field::new(field.name(), DataType::Utf8, true)
        } else {
            field.as_ref().clone()
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn readable(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns: Result<Vec<ArrayRef>, ArrowError> = columns
        .map(|(column, field)| match column.data_type() {
            DataType::FixedSizeBinary(_) => Ok(hexadecimal(column)),
            kind if is_bytes(kind) => Ok(text_of_bytes(column)),
            kind if kind != field.data_type() => flattened(column),
            _ => Ok(Arc::clone(column)),
        })
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns?, &options)
}

fn is_bytes(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Binary
            | DataType::BinaryView
            | DataType::LargeBinary
            | DataType::FixedSizeBinary(_)
    )
}

fn hexadecimal(column: &ArrayRef) -> ArrayRef {
    let values: Option<&FixedSizeBinaryArray> = column.as_fixed_size_binary_opt();
    let texts = values
        .into_iter()
        .flat_map(|values| values.iter().map(|value| value.map(hex::encode)));
    Arc::new(texts.collect::<StringArray>())
}

/// Bytes that are text as this text, all others in hexadecimal behind `0x`.
fn text_of_bytes(column: &ArrayRef) -> ArrayRef {
    let mut texts = StringBuilder::new();
    let mut push = |value: Option<&[u8]>| {
        texts.append_option(value.map(|bytes| match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => format!("0x{}", hex::encode(bytes)),
        }));
    };
    match column.data_type() {
        DataType::Binary => column.as_binary::<i32>().iter().for_each(&mut push),
        DataType::LargeBinary => column.as_binary::<i64>().iter().for_each(&mut push),
        _ => column.as_binary_view().iter().for_each(&mut push),
    }
    Arc::new(texts.finish())
}

fn flattened(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options)?;
    let texts =
        (0..column.len()).map(|at| column.is_valid(at).then(|| formatter.value(at).to_string()));
    Ok(Arc::new(texts.collect::<StringArray>()))
}

#[cfg(test)]
mod tests;
