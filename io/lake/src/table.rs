//! One log as a table: its sealed objects and its unsealed entries, under one snapshot.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, ScalarUDF, TableProviderFilterPushDown};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::union::UnionExec;

use crate::bloom::narrow;
use crate::error::Error;
use crate::limits::FOOTER_BYTES_HINT;
use crate::payload::{PayloadFunction, payload_columns};
use crate::schema::{RAW_AT, schema, stored_schema};
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::unsealed::UnsealedRows;
use crate::wanted::Wanted;

/// A log that can be asked.
#[derive(Debug)]
pub(crate) struct LogTable {
    snapshot: Snapshot,
    store: Store,
    /// Under which the engine knows the store.
    address: ObjectStoreUrl,
}

impl LogTable {
    /// The log as `snapshot` saw it, with its objects in `store`.
    pub(crate) fn new(snapshot: Snapshot, store: Store, address: ObjectStoreUrl) -> Self {
        Self {
            snapshot,
            store,
            address,
        }
    }

    /// Reads the sealed objects; what a filter rules out by bloom filter, statistics or page index
    /// is not read, and payloads only of rows that pass.
    async fn sealed(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        (filters, limit): (&[Expr], Option<usize>),
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let footers = state.runtime_env().cache_manager.get_file_metadata_cache();
        let readers =
            CachedParquetFileReaderFactory::new(Arc::clone(self.store.objects()), footers);
        let wanted = Wanted::of(filters);
        let mut files = self.files()?;
        let mut statistics = rows(self.snapshot.unsealed.start);
        if let Some(wanted) = &wanted {
            files = narrow(files, wanted, &readers).await?;
            statistics = statistics.to_inexact();
        }
        if files.is_empty() {
            return Ok(None);
        }
        let source = ParquetSource::new(stored_schema())
            .with_parquet_file_reader_factory(Arc::new(readers))
            .with_metadata_size_hint(FOOTER_BYTES_HINT)
            .with_pushdown_filters(true)
            .with_reorder_filters(true)
            .with_enable_page_index(true)
            .with_bloom_filter_on_read(wanted.is_none());
        let groups = FileGroup::new(files).split_files(state.config().target_partitions());
        let stored = Stored::under(projection);
        let scan = FileScanConfigBuilder::new(self.address.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(Some(stored.columns.clone()))?
            .with_limit(limit)
            .build();
        stored
            .shown(DataSourceExec::from_data_source(scan))
            .map(Some)
    }

    fn files(&self) -> Result<Vec<PartitionedFile>> {
        let sealed = self.snapshot.sealed.iter();
        sealed
            .map(|sealed| {
                let mut file = PartitionedFile::new(String::new(), sealed.bytes);
                file.object_meta.location = self.store.path(&sealed.object).map_err(external)?;
                Ok(file.with_statistics(Arc::new(rows(sealed.end - sealed.first))))
            })
            .collect()
    }

    /// Reads the unsealed entries; nothing is parsed that no wanted column needs.
    fn unsealed(
        &self,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let schema = projected(projection)?;
        let parts = self.snapshot.parts().map_err(external)?;
        let streams = parts.into_iter().map(|part| {
            let rows = UnsealedRows::new(Arc::clone(&schema), part);
            Arc::new(rows) as Arc<dyn PartitionStream>
        });
        let streams: Vec<_> = streams.collect();
        if streams.is_empty() {
            return Ok(None);
        }
        let plan = StreamingTableExec::try_new(schema, streams, None, [], false, limit)?;
        Ok(Some(Arc::new(plan)))
    }
}

#[async_trait]
impl TableProvider for LogTable {
    fn schema(&self) -> SchemaRef {
        schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    /// Filters choose the row groups that are read. They stay above the scan as well, from where
    /// the engine's optimiser pushes them into the objects, and keeps them over the unsealed rows.
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let sealed = self.sealed(state, projection, (filters, limit)).await?;
        let unsealed = self.unsealed(projection, limit)?;
        match (sealed, unsealed) {
            (Some(sealed), Some(unsealed)) => UnionExec::try_new(vec![sealed, unsealed]),
            (Some(only), None) | (None, Some(only)) => Ok(only),
            (None, None) => Ok(Arc::new(EmptyExec::new(projected(projection)?))),
        }
    }
}

/// What is read of objects for the columns that a table is to show.
struct Stored {
    shown: Vec<usize>,
    columns: Vec<usize>,
}

impl Stored {
    fn under(projection: Option<&Vec<usize>>) -> Self {
        let shown = projection.map_or_else(|| (0..=RAW_AT).collect(), Vec::clone);
        let mut columns = shown.clone();
        if shown.contains(&RAW_AT) {
            let stored = stored_schema();
            columns.extend(payload_columns().filter_map(|name| stored.index_of(name).ok()));
            columns.sort_unstable();
            columns.dedup();
        }
        Self { shown, columns }
    }

    /// Puts the payload together where it is wanted; all else is stored as it is shown.
    fn shown(self, scan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        if !self.shown.contains(&RAW_AT) {
            return Ok(scan);
        }
        let (read, shown) = (scan.schema(), schema());
        let column = |name: &str| {
            let column = Column::new_with_schema(name, &read)?;
            Ok(Arc::new(column) as Arc<dyn PhysicalExpr>)
        };
        let arguments: Result<Vec<_>> = payload_columns().map(column).collect();
        let payload: Arc<dyn PhysicalExpr> = Arc::new(ScalarFunctionExpr::new(
            "raw",
            Arc::new(ScalarUDF::new_from_impl(PayloadFunction::new())),
            arguments?,
            Arc::new(shown.field(RAW_AT).clone()),
            Arc::new(ConfigOptions::default()),
        ));
        let columns: Result<Vec<_>> = self
            .shown
            .iter()
            .map(|at| {
                let name = shown.field(*at).name();
                let value = if *at == RAW_AT {
                    Arc::clone(&payload)
                } else {
                    column(name)?
                };
                Ok((value, name.clone()))
            })
            .collect();
        Ok(Arc::new(ProjectionExec::try_new(columns?, scan)?))
    }
}

fn projected(projection: Option<&Vec<usize>>) -> Result<SchemaRef> {
    Ok(match projection {
        Some(columns) => Arc::new(schema().project(columns)?),
        None => schema(),
    })
}

/// What the manifest says without a look at any object.
fn rows(count: u64) -> Statistics {
    let mut statistics = Statistics::new_unknown(&stored_schema());
    if let Ok(count) = usize::try_from(count) {
        statistics.num_rows = Precision::Exact(count);
    }
    statistics
}

/// Lets an error of this crate travel through the engine.
pub(crate) fn external(failure: Error) -> DataFusionError {
    DataFusionError::External(Box::new(failure))
}
