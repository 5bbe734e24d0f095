//! Prints what the log and the machine's bare floor reach, batch size by batch size.
#![expect(clippy::print_stdout, reason = "a table for the terminal")]

use std::time::Duration;

use evidence::bench::{Load, appends, floor};
use tlog::NoteSigner;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args()
        .nth(1)
        .ok_or("usage: measure FOLDER [SECONDS]")?;
    let seconds = std::env::args().nth(2).map_or(Ok(3), |text| text.parse())?;
    let dir = std::path::Path::new(&dir);
    println!("batch    events/s   p50 ms   p99 ms   floor/s    ratio");
    for batch in [1, 64, 1024, 16_384] {
        let load = Load::new(512, batch, Duration::from_secs(seconds));
        let bare = floor(dir, load)?;
        let log = appends(
            dir,
            NoteSigner::from_seed("example.org/bench", &[1; 32])?,
            load,
        )?;
        std::fs::remove_dir_all(dir.join("log"))?;
        let ratio = log.events_per_s / bare.events_per_s;
        println!(
            "{batch:>6} {:>10.0} {:>8.2} {:>8.2} {:>10.0} {ratio:>7.2}",
            log.events_per_s, log.ack_p50_ms, log.ack_p99_ms, bare.events_per_s
        );
    }
    Ok(())
}
