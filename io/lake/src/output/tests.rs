use arrow::array::{
    BinaryViewArray, FixedSizeBinaryArray, Int64Array, ListBuilder, TimestampMicrosecondArray,
};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

fn batch() -> RecordBatch {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("p1"), Some("p2")]);
    list.append_null();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("n", Arc::new(Int64Array::from(vec![Some(1), None]))),
        (
            "text",
            Arc::new(StringArray::from(vec![Some("a \"b\", c"), None])),
        ),
        (
            "time",
            Arc::new(
                TimestampMicrosecondArray::from(vec![1_767_225_600_000_001, 0])
                    .with_timezone("UTC"),
            ),
        ),
        (
            "raw",
            Arc::new(BinaryViewArray::from(vec![b"{}".as_slice(), b"\xff\x00"])),
        ),
        (
            "salt",
            Arc::new(
                FixedSizeBinaryArray::try_from_iter([b"ab", b"\x00\xff"].into_iter()).unwrap(),
            ),
        ),
        ("patients", Arc::new(list.finish())),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn written(format: Format, batches: &[RecordBatch]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut output = Output::new(format, &mut out);
    output.begin(&batch().schema()).unwrap();
    for batch in batches {
        output.write(batch).unwrap();
    }
    output.finish().unwrap();
    out
}

fn text(format: Format, batches: &[RecordBatch]) -> String {
    String::from_utf8(written(format, batches)).unwrap()
}

#[test]
fn csv_has_names_once_and_everything_as_text() {
    assert_eq!(
        text(Format::Csv, &[batch(), batch().slice(0, 1)]),
        "n,text,time,raw,salt,patients\n\
         1,\"a \"\"b\"\", c\",2026-01-01T00:00:00.000001Z,{},6162,\"[p1, p2]\"\n\
         ,,1970-01-01T00:00:00Z,0xff00,00ff,\n\
         1,\"a \"\"b\"\", c\",2026-01-01T00:00:00.000001Z,{},6162,\"[p1, p2]\"\n"
    );
    assert_eq!(text(Format::Csv, &[]), "n,text,time,raw,salt,patients\n");
}

#[test]
fn json_is_one_object_a_line_without_nulls() {
    assert_eq!(
        text(Format::Json, &[batch()]),
        "{\"n\":1,\"text\":\"a \\\"b\\\", c\",\"time\":\"2026-01-01T00:00:00.000001Z\",\"raw\":\"{}\",\"salt\":\"6162\",\"patients\":[\"p1\",\"p2\"]}\n\
         {\"time\":\"1970-01-01T00:00:00Z\",\"raw\":\"0xff00\",\"salt\":\"00ff\"}\n"
    );
    assert_eq!(text(Format::Json, &[]), "");
}

#[test]
fn a_table_is_laid_out_and_counted() {
    let expected = "\
+---+----------+-----------------------------+--------+------+----------+
| n | text     | time                        | raw    | salt | patients |
+---+----------+-----------------------------+--------+------+----------+
| 1 | a \"b\", c | 2026-01-01T00:00:00.000001Z | {}     | 6162 | [p1, p2] |
|   |          | 1970-01-01T00:00:00Z        | 0xff00 | 00ff |          |
+---+----------+-----------------------------+--------+------+----------+
2 rows
";
    assert_eq!(text(Format::Table, &[batch()]), expected);
    assert!(text(Format::Table, &[]).ends_with("0 rows\n"));
    let many = vec![batch(); TABLE_ROWS_MAX];
    let long = text(Format::Table, &many);
    assert_eq!(long.matches("| n |").count(), 2, "laid out in parts");
    assert!(long.ends_with(&format!("{} rows\n", 2 * TABLE_ROWS_MAX)));
}

#[test]
fn parquet_comes_back() {
    let bytes = written(Format::Parquet, &[batch(), batch()]);
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).unwrap();
    let back: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    assert_eq!(
        concat_batches(&batch().schema(), &back).unwrap(),
        concat_batches(&batch().schema(), &[batch(), batch()]).unwrap()
    );
}
