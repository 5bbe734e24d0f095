//! The columns of sealed evidence, and how each is stored.
//!
//! # Version 1
//!
//! | Columns | What |
//! | --- | --- |
//! | `leaf_index`, `time`, `class_uid` | position in the log, time of receipt (UTC, microseconds), OCSF class |
//! | `event_time`, `activity`, `action`, `outcome`, `status_code` | what happened; `activity` is the house's name of the event, or `conn` |
//! | `person`, `profession`, `establishments`, `session` | who (OCSF `actor.user.uid` and neighbours) |
//! | `patient`, `patients` | the pseudonym that the request names; every pseudonym concerned |
//! | `request`, `glass`, `service`, `resource_type`, `purpose` | what was asked, of which service, why |
//! | `src_ip`, `src_port`, `dst_ip`, `dst_port`, `protocol`, `app_protocol` | network (OCSF `src_endpoint`, `dst_endpoint`, `connection_info`) |
//! | `duration_us`, `bytes_out`, `bytes_in`, `conn_uid`, `conn_state` | of a connection, as its opener sees it |
//! | `salt`, `raw` | what the leaf commits to: SHA-256(salt, raw); `raw` is the exact bytes received |
//!
//! All columns between `class_uid` and `salt` are read out of `raw` and are null where it does not
//! say: they are for searching, while the evidence is `leaf_index`, `time`, `class_uid`, `salt`
//! and `raw`, from which every leaf can be computed again.
//!
//! Objects have one more column, `packed`. Where `raw` is null there, the payload is that of a
//! connection, and follows from `packed` and the other columns as `pack.rs` says; this halves the
//! size of network telemetry. Decisions are never packed: any tool reads them as they came.
//! Times from the year 294,246 on, which an appender may give, are kept as negative numbers.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::limits::{
    BLOOM_FALSE_RATE_MAX, COMPRESSION_LEVEL, GROUP_ROWS_MAX, PAGE_ROWS_MAX, PAYLOAD_PAGE_BYTES_MAX,
};

/// Version of the columns, named in every object and in every seal.
pub const SCHEMA_VERSION: u32 = 1;

/// Under which key an object's metadata names its version.
pub(crate) const VERSION_KEY: &str = "hygie.schema";

/// Length of a salt.
pub(crate) const SALT_BYTES: usize = 16;

/// A text column that is read out of the payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Text {
    Action,
    Activity,
    AppProtocol,
    ConnState,
    ConnUid,
    DstIp,
    Glass,
    Outcome,
    Patient,
    Person,
    Profession,
    Protocol,
    Purpose,
    Request,
    ResourceType,
    Service,
    Session,
    SrcIp,
}

/// How many [`Text`] columns there are.
pub(crate) const TEXTS: usize = 18;

/// A column of whole numbers that is read out of the payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Number {
    BytesIn,
    BytesOut,
    DstPort,
    DurationUs,
    EventTime,
    SrcPort,
    StatusCode,
}

/// How many [`Number`] columns there are.
pub(crate) const NUMBERS: usize = 7;

/// A column with several texts a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Several {
    Establishments,
    Patients,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Class,
    Index,
    Number(Number),
    Packed,
    Raw,
    Salt,
    Several(Several),
    Text(Text),
    Time,
}

/// The columns in their order.
pub(crate) const COLUMNS: &[(&str, Kind)] = &[
    ("leaf_index", Kind::Index),
    ("time", Kind::Time),
    ("class_uid", Kind::Class),
    ("event_time", Kind::Number(Number::EventTime)),
    ("activity", Kind::Text(Text::Activity)),
    ("action", Kind::Text(Text::Action)),
    ("outcome", Kind::Text(Text::Outcome)),
    ("status_code", Kind::Number(Number::StatusCode)),
    ("person", Kind::Text(Text::Person)),
    ("profession", Kind::Text(Text::Profession)),
    ("establishments", Kind::Several(Several::Establishments)),
    ("session", Kind::Text(Text::Session)),
    ("patient", Kind::Text(Text::Patient)),
    ("patients", Kind::Several(Several::Patients)),
    ("request", Kind::Text(Text::Request)),
    ("glass", Kind::Text(Text::Glass)),
    ("service", Kind::Text(Text::Service)),
    ("resource_type", Kind::Text(Text::ResourceType)),
    ("purpose", Kind::Text(Text::Purpose)),
    ("src_ip", Kind::Text(Text::SrcIp)),
    ("src_port", Kind::Number(Number::SrcPort)),
    ("dst_ip", Kind::Text(Text::DstIp)),
    ("dst_port", Kind::Number(Number::DstPort)),
    ("protocol", Kind::Text(Text::Protocol)),
    ("app_protocol", Kind::Text(Text::AppProtocol)),
    ("duration_us", Kind::Number(Number::DurationUs)),
    ("bytes_out", Kind::Number(Number::BytesOut)),
    ("bytes_in", Kind::Number(Number::BytesIn)),
    ("conn_uid", Kind::Text(Text::ConnUid)),
    ("conn_state", Kind::Text(Text::ConnState)),
    ("salt", Kind::Salt),
    ("raw", Kind::Raw),
    ("packed", Kind::Packed),
];

/// Where the column `raw` is, in tables as in objects.
pub(crate) const RAW_AT: usize = COLUMNS.len() - 2;

/// The columns that make up the evidence itself, the payload apart.
pub(crate) const EVIDENCE_COLUMNS: [&str; 4] = ["leaf_index", "time", "class_uid", "salt"];

/// Columns whose values name one of very many things: a filter tells where one cannot be.
pub(crate) const BLOOMED: &[&str] = &[
    "conn_uid",
    "dst_ip",
    "glass",
    "patient",
    "patients.list.element",
    "person",
    "request",
    "session",
    "src_ip",
];

/// Columns whose values hardly repeat.
const UNREPEATED: &[&str] = &["conn_uid", "request"];

static STORED: LazyLock<SchemaRef> = LazyLock::new(|| {
    let fields = COLUMNS.iter().map(|(name, kind)| kind.field(name));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
});

static SHOWN: LazyLock<SchemaRef> = LazyLock::new(|| {
    let fields = STORED.fields().iter().take(RAW_AT + 1).cloned();
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
});

/// The columns as objects store them.
pub(crate) fn stored_schema() -> SchemaRef {
    Arc::clone(&STORED)
}

/// The columns as tables show them: the first of those that are stored.
pub(crate) fn schema() -> SchemaRef {
    Arc::clone(&SHOWN)
}

impl Kind {
    fn field(self, name: &str) -> Field {
        let is_evidence = matches!(self, Self::Class | Self::Index | Self::Salt | Self::Time);
        Field::new(name, self.data_type(), !is_evidence)
    }

    fn data_type(self) -> DataType {
        let instant = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        match self {
            Self::Time | Self::Number(Number::EventTime) => instant(),
            Self::Class | Self::Number(Number::SrcPort | Number::DstPort | Number::StatusCode) => {
                DataType::UInt16
            }
            Self::Index | Self::Number(_) => DataType::UInt64,
            Self::Packed | Self::Raw => DataType::BinaryView,
            Self::Salt => DataType::FixedSizeBinary(16),
            Self::Several(_) => DataType::List(Arc::new(element())),
            Self::Text(_) => DataType::Utf8View,
        }
    }
}

/// One of the texts of a [`Several`] column, under the name that Parquet gives it.
pub(crate) fn element() -> Field {
    Field::new("element", DataType::Utf8, false)
}

/// How each column is stored.
pub(crate) fn properties(origin: &str) -> WriterProperties {
    let level = ZstdLevel::try_new(COMPRESSION_LEVEL).unwrap_or_default();
    let rows_max = usize::try_from(GROUP_ROWS_MAX).unwrap_or(usize::MAX);
    let metadata = vec![
        KeyValue::new(VERSION_KEY.to_owned(), SCHEMA_VERSION.to_string()),
        KeyValue::new("hygie.origin".to_owned(), origin.to_owned()),
    ];
    let builder = WriterProperties::builder()
        .set_created_by("hygie-lake".to_owned())
        .set_key_value_metadata(Some(metadata))
        .set_compression(Compression::ZSTD(level))
        .set_data_page_row_count_limit(PAGE_ROWS_MAX)
        // Row groups end where the writer says; this is only the outer bound.
        .set_max_row_group_row_count(Some(rows_max))
        .set_statistics_enabled(EnabledStatistics::Page);
    let builder = increasing(builder, "leaf_index");
    let builder = increasing(builder, "time");
    let builder = increasing(builder, "event_time");
    let builder = UNREPEATED
        .iter()
        .fold(builder, |builder, name| unrepeated(builder, name));
    let builder = BLOOMED
        .iter()
        .fold(builder, |builder, name| bloomed(builder, name));
    payload(builder).build()
}

fn path(name: &str) -> ColumnPath {
    ColumnPath::new(name.split('.').map(str::to_owned).collect())
}

/// Numbers that grow by little: their differences are stored.
fn increasing(builder: WriterPropertiesBuilder, name: &str) -> WriterPropertiesBuilder {
    builder
        .set_column_dictionary_enabled(path(name), false)
        .set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED)
}

/// Texts that hardly repeat: a dictionary would only be in the way.
fn unrepeated(builder: WriterPropertiesBuilder, name: &str) -> WriterPropertiesBuilder {
    builder
        .set_column_dictionary_enabled(path(name), false)
        .set_column_encoding(path(name), Encoding::DELTA_LENGTH_BYTE_ARRAY)
}

/// The filter is made for as many values as there can be, and shrinks to those that came.
fn bloomed(builder: WriterPropertiesBuilder, name: &str) -> WriterPropertiesBuilder {
    builder
        .set_column_bloom_filter_enabled(path(name), true)
        .set_column_bloom_filter_max_ndv(path(name), GROUP_ROWS_MAX)
        .set_column_bloom_filter_fpp(path(name), BLOOM_FALSE_RATE_MAX)
}

/// Salts are random and payloads are searched by no minimum: neither has statistics.
fn payload(builder: WriterPropertiesBuilder) -> WriterPropertiesBuilder {
    let builder = ["raw", "packed"].iter().fold(builder, |builder, name| {
        unrepeated(builder, name)
            .set_column_data_page_size_limit(path(name), PAYLOAD_PAGE_BYTES_MAX)
            .set_column_statistics_enabled(path(name), EnabledStatistics::None)
    });
    builder
        .set_column_dictionary_enabled(path("salt"), false)
        .set_column_compression(path("salt"), Compression::UNCOMPRESSED)
        .set_column_statistics_enabled(path("salt"), EnabledStatistics::None)
}

#[cfg(test)]
mod tests;
