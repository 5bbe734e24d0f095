use super::*;

fn shell(script: &str, log: PathBuf) -> Process {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Process::start(command, log).unwrap()
}

#[test]
fn resident_memory_as_the_kernel_writes_it() {
    let status = "Name:\thygie\nVmHWM:\t  999 kB\nVmRSS:\t    2048 kB\nThreads:\t4\n";
    assert_eq!(status_bytes(status, "VmRSS:"), Some(2 * 1024 * 1024));
    assert_eq!(status_bytes(status, "VmHWM:"), Some(999 * 1024));
    assert_eq!(status_bytes("Name:\tkthreadd\n", "VmRSS:"), None);
    assert_eq!(status_bytes("VmRSS: many kB\n", "VmRSS:"), None);
}

#[test]
fn a_program_is_told_to_stop_and_may_tidy_up() {
    let folder = tempfile::tempdir().unwrap();
    let tidied = folder.path().join("tidied");
    let script = format!(
        "trap 'touch {}; exit' TERM; echo; while :; do :; done",
        tidied.display()
    );
    let mut process = shell(&script, folder.path().join("log"));
    let resident = process.resident_bytes().unwrap();
    assert!(resident > 0 && process.resident_peak_bytes().unwrap() >= resident);
    // The line says that the trap is set.
    std::io::Read::read_exact(&mut process.stdout().unwrap(), &mut [0]).unwrap();
    drop(process);
    assert!(tidied.exists());
}

#[test]
fn a_program_that_failed_is_repeated_and_one_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = shell("echo no such port >&2; exit 3", folder.path().join("log"));
    process.child.wait().unwrap();
    assert!(process.has_ended());
    assert_eq!(
        process.failed().to_string(),
        "`sh` did not get ready: no such port"
    );
    let error = Process::start(Command::new("/nowhere/x"), folder.path().join("log")).unwrap_err();
    assert_eq!(error.to_string(), "cannot start `/nowhere/x`");
}
