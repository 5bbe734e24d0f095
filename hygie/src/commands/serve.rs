//! `hygie check` and `hygie serve`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use gateway::Hall;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Ending, print, say};
use crate::cli::Configured;
use crate::config::{Config, LogPlace, Settings};
use crate::house::House;
use crate::lake::find;

/// Checks a configuration whole.
pub(crate) fn check(configured: &Configured) -> Result<Ending> {
    let settings = Config::read(&configured.config)?.resolve()?;
    say(&format!("{}: good", configured.config.display()));
    for line in summary(&settings) {
        say(&format!("  {line}"));
    }
    Ok(Ending::Done)
}

/// Serves the door of a configuration until it is told to stop.
pub(crate) fn run(configured: &Configured) -> Result<Ending> {
    print::log_to_stderr();
    let settings = Config::read(&configured.config)?.resolve()?;
    let runtime = tokio::runtime::Runtime::new().context("the threads of the program")?;
    runtime.block_on(async {
        let (address, url) = (settings.address, settings.public_url.clone());
        // The log is opened first: a door without evidence must not even have a port.
        let mut house = House::open(settings, Hall::default())?;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("listening on {address}"))?;
        let feeds = house.open_feeds().await?;
        let sources = house.open_sources().await?;
        let lines = house.open_lines().await?;
        house.renew_keys().await;
        // From the first word on: whoever reads it may stop the program at once.
        let stop = until_told()?;
        say(&format!("{url}  listening on {}", listener.local_addr()?));
        for (name, address) in feeds {
            say(&format!("feed {name}  listening on {address}"));
        }
        for (name, address) in sources {
            say(&format!("logs {name}  listening on {address}"));
        }
        for (conduit, address) in lines {
            say(&format!("guard {conduit}  listening on {address}"));
        }
        house.serve(listener, stop).await?;
        Ok(Ending::Done)
    })
}

/// Turns true when the program is interrupted, and does something then: for commands that read on
/// in their own thread, and end in good order.
pub(crate) fn until_interrupted(act: impl FnOnce() + Send + 'static) -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("listening for signals")?;
    let listen = move || {
        runtime.block_on(async {
            if let Ok(mut told) = until_told() {
                // Whoever tells it stays as long as the program.
                drop(told.wait_for(|told| *told).await);
                asked.store(true, Ordering::Relaxed);
                act();
            }
        });
    };
    let signals = std::thread::Builder::new().name("signals".to_owned());
    signals.spawn(listen).context("listening for signals")?;
    Ok(stop)
}

/// Turns true when the program is asked to stop (SIGINT, SIGTERM).
pub(crate) fn until_told() -> Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).context("the signal SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("the signal SIGTERM")?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.send_replace(true);
    });
    Ok(stopped)
}

fn summary(settings: &Settings) -> Vec<String> {
    let counts = settings.directory.counts();
    let mut lines = vec![
        format!(
            "listens on {}, known as {}",
            settings.address, settings.public_url
        ),
        format!(
            "directory: {} staff, {} patients, {} care relations",
            counts.persons,
            counts.patients,
            counts.relations()
        ),
        format!(
            "policy: {} rules, {}",
            settings.engine.policies(),
            settings.engine.sha256()
        ),
    ];
    lines.push(match find(settings.lake.program.as_deref()) {
        Ok(program) => format!("lake: sealed by {}", program.display()),
        Err(error) => format!("lake: nothing is sealed, {error}"),
    });
    for feed in &settings.feeds {
        lines.push(format!("feed {}: {}", feed.terms.name, feed.address));
    }
    if let Some(inventory) = &settings.inventory {
        let (captures, dates) = (inventory.captures.len(), inventory.calendar.len());
        lines.push(format!(
            "inventory: {captures} captures, {dates} dates of support"
        ));
    }
    let watch = &settings.watch.rules;
    lines.push(format!(
        "watch: {} rules, {} not taken",
        watch.rules().rules().len(),
        watch.refused().len()
    ));
    for refused in watch.refused() {
        lines.push(format!("watch: not taken: {refused}"));
    }
    for logs in &settings.logs {
        let place = match &logs.place {
            LogPlace::Drop(path) => format!("dropped into {}", path.display()),
            LogPlace::Follow(paths) => format!("{} files or folders are followed", paths.len()),
            LogPlace::Listen(listener) => listener.address.to_string(),
        };
        lines.push(format!("logs {}: {place}", logs.name));
    }
    for line in settings.guard.iter().flat_map(|it| &it.lines) {
        lines.push(format!(
            "guard {}: {} before {} at {}",
            line.conduit, line.address, line.asset, line.device
        ));
    }
    for (terms, _) in &settings.services {
        lines.push(format!(
            "service {}: {}, tier {}, {}",
            terms.name,
            match terms.kind {
                gateway::Kind::Fhir => "fhir",
                gateway::Kind::Web => "web",
            },
            terms.tier,
            terms.url
        ));
    }
    lines
}
