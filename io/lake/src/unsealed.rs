//! Rows of the write-ahead log, as the query engine reads them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;
use tokio::sync::mpsc::Sender;

use crate::columns::Columns;
use crate::error::Error;
use crate::limits::BATCHES_WAITING_MAX;
use crate::snapshot::{Part, of_segment};

/// One part of the unsealed entries, in the columns that the query wants.
#[derive(Debug)]
pub(crate) struct UnsealedRows {
    schema: SchemaRef,
    part: Arc<Part>,
}

impl UnsealedRows {
    /// The rows of `part` in the columns of `schema`.
    pub(crate) fn new(schema: SchemaRef, part: Part) -> Self {
        Self {
            schema,
            part: Arc::new(part),
        }
    }
}

impl PartitionStream for UnsealedRows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let mut stream =
            RecordBatchReceiverStreamBuilder::new(Arc::clone(&schema), BATCHES_WAITING_MAX);
        let (part, batches) = (Arc::clone(&self.part), stream.tx());
        // Files are read in a thread of their own; it waits when the query does.
        stream.spawn_blocking(move || {
            read(&part, &schema, &batches)
                .map_err(|failure| DataFusionError::External(Box::new(failure)))
        });
        stream.build()
    }
}

fn read(
    part: &Part,
    schema: &SchemaRef,
    batches: &Sender<Result<RecordBatch>>,
) -> Result<(), Error> {
    let mut reader = part.reader()?;
    let mut columns = Columns::new(schema);
    loop {
        let from = reader.position();
        let entry = reader
            .read_salted()
            .map_err(|cause| of_segment(part.log(), from, cause))?
            .filter(|entry| entry.index < part.end());
        let Some(entry) = entry else { break };
        columns.push(&entry)?;
        if columns.is_full() && !send(&mut columns, batches)? {
            return Ok(());
        }
    }
    send(&mut columns, batches)?;
    Ok(())
}

/// False when the query wants no more.
fn send(columns: &mut Columns, batches: &Sender<Result<RecordBatch>>) -> Result<bool, Error> {
    match columns.take()? {
        Some(batch) => Ok(batches.blocking_send(Ok(batch)).is_ok()),
        None => Ok(true),
    }
}
