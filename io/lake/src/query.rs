//! Asks logs in SQL: reads only, within a memory limit, result by result.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use futures::TryStreamExt as _;

use crate::error::Error;
use crate::limits::{
    FOOTERS_BYTES_MAX, LOGS_MAX, QUERY_BYTES_MAX, QUERY_MEMORY_PERCENT, SNAPSHOT_ATTEMPTS_MAX,
};
use crate::output::{Format, Output};
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table::LogTable;

/// The table that holds the rows of all logs, with the log's name in `stream`.
const EVENTS: &str = "events";

/// A question to some logs.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) sql: String,
    /// The logs by their table names.
    pub(crate) logs: Vec<(String, PathBuf)>,
    /// The argument of `--store`.
    pub(crate) store: Option<String>,
    pub(crate) format: Format,
    pub(crate) memory_bytes: u64,
}

impl Query {
    /// Answers, and writes the answer as it comes.
    ///
    /// When a segment is sealed while the query begins, it begins again under a new snapshot; once
    /// a row was written, files that are held open keep the snapshot whole.
    pub(crate) async fn run(&self, out: &mut (dyn Write + Send)) -> Result<(), Error> {
        self.check()?;
        let mut attempts = SNAPSHOT_ATTEMPTS_MAX;
        loop {
            let mut output = Output::new(self.format, out);
            match self.attempt(&mut output).await {
                Err(Error::SealedMeanwhile { .. }) if attempts > 1 && !output.has_begun() => {
                    attempts -= 1;
                }
                answered => return answered,
            }
        }
    }

    fn check(&self) -> Result<(), Error> {
        let refuse = |argument, what: &str| {
            let what = what.to_owned();
            Err(Error::Argument { argument, what })
        };
        if self.sql.len() > QUERY_BYTES_MAX {
            return refuse("SQL", "it is longer than a query may be");
        }
        if self.logs.is_empty() || self.logs.len() > LOGS_MAX {
            return refuse("--log", "give one to 16 logs as NAME=DIR");
        }
        for (at, (name, _)) in self.logs.iter().enumerate() {
            let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase())
                && name.chars().all(|letter| {
                    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
                });
            let is_taken = self.logs.iter().take(at).any(|(other, _)| other == name);
            if !is_plain || is_taken || name == EVENTS {
                return refuse(
                    "--log",
                    "each name is to be its own, of a-z, 0-9 and _, and not `events`",
                );
            }
        }
        Ok(())
    }

    async fn attempt(&self, output: &mut Output<'_>) -> Result<(), Error> {
        let context = self.context()?;
        self.register(&context).await?;
        let mut batches = self.start(&context).await?;
        output.begin(&batches.schema())?;
        while let Some(batch) = batches.try_next().await.map_err(Error::of_query)? {
            output.write(&batch)?;
        }
        output.finish()
    }

    /// Plans the query and starts it.
    pub(crate) async fn start(
        &self,
        context: &SessionContext,
    ) -> Result<SendableRecordBatchStream, Error> {
        // Evidence is read here and written nowhere: no tables, no files, no settings.
        let reads_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let frame = context
            .sql_with_options(&self.sql, reads_only)
            .await
            .map_err(Error::of_query)?;
        frame.execute_stream().await.map_err(Error::of_query)
    }

    /// An engine that knows no file but the logs.
    pub(crate) fn context(&self) -> Result<SessionContext, Error> {
        let config = SessionConfig::new().with_information_schema(true);
        Ok(SessionContext::new_with_config_rt(config, self.runtime()?))
    }

    fn runtime(&self) -> Result<Arc<RuntimeEnv>, Error> {
        let bytes = self.memory_bytes / 100 * QUERY_MEMORY_PERCENT;
        let pool = FairSpillPool::new(usize::try_from(bytes).unwrap_or(usize::MAX));
        // What does not fit into memory fails: evidence is not copied into temporary files.
        let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
        RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(disk)
            .with_metadata_cache_limit(FOOTERS_BYTES_MAX)
            .build_arc()
            .map_err(Error::of_query)
    }

    /// Takes a snapshot of every log and makes them tables.
    pub(crate) async fn register(&self, context: &SessionContext) -> Result<(), Error> {
        for (name, log) in &self.logs {
            let store = Store::open(self.store.as_deref(), log)?;
            register_one(context, name, (Snapshot::take(log)?, store))?;
        }
        let parts = self
            .logs
            .iter()
            .map(|(name, _)| format!("SELECT '{name}' AS stream, * FROM {name}"));
        let union = parts.collect::<Vec<_>>().join(" UNION ALL ");
        let events = context.sql(&union).await.map_err(Error::of_query)?;
        context
            .register_table(EVENTS, events.into_view())
            .map_err(Error::of_query)?;
        Ok(())
    }
}

/// Makes one log a table, whose store the engine knows under the table's name.
pub(crate) fn register_one(
    context: &SessionContext,
    name: &str,
    (snapshot, store): (Snapshot, Store),
) -> Result<(), Error> {
    let host = name.replace('_', "-");
    let address = ObjectStoreUrl::parse(format!("hygie://{host}")).map_err(Error::of_query)?;
    context.register_object_store(address.as_ref(), Arc::clone(store.objects()));
    let table = LogTable::new(snapshot, store, address);
    context
        .register_table(name, Arc::new(table))
        .map_err(Error::of_query)?;
    Ok(())
}

#[cfg(test)]
mod tests;
