use serde_json::{Value, json};

use super::*;

#[derive(Default)]
struct Source {
    joiner: Joiner,
    told: Vec<(u64, Value)>,
    at: u64,
}

impl Source {
    fn line(&mut self, text: &str) {
        self.with(|joiner, at, take| joiner.line(at, text, take).unwrap());
        self.at += 100;
    }

    fn finish(&mut self) {
        self.with(|joiner, _, take| joiner.finish(take));
    }

    fn with(&mut self, act: impl FnOnce(&mut Joiner, u64, &mut dyn FnMut(u64, Told<'_>))) {
        let told = &mut self.told;
        act(&mut self.joiner, self.at, &mut |at, read| {
            let Told::Record(record) = read else {
                panic!("unreadable")
            };
            told.push((at, serde_json::from_slice(&record.json).unwrap()));
        });
    }
}

const SYSCALL: &str = "type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=2 success=no a0=7fffd19c5592 a1=0 auid=500 comm=\"cat\" exe=\"/bin/cat\" key=736861646F7701726F6F74\u{1d}ARCH=x86_64 AUID=\"nurse\"";
const EXECVE: &str =
    "type=EXECVE msg=audit(1364481363.243:24287): argc=2 a0=\"cat\" a1=2F657463202F736861646F77";
const PATH: &str = "type=PATH msg=audit(1364481363.243:24287): item=0 name=\"/etc/shadow\" inode=1";
const PROCTITLE: &str =
    "type=PROCTITLE msg=audit(1364481363.243:24287): proctitle=636174002F6574632F736861646F77";

#[test]
fn records_of_one_event_are_one_object() {
    let mut source = Source::default();
    for line in [SYSCALL, EXECVE, PATH] {
        source.line(line);
    }
    assert!(source.told.is_empty());
    assert_eq!(source.joiner.held_at(), Some(0));
    source.line(PROCTITLE);
    source.line("type=EOE msg=audit(1364481363.243:24287): ");
    let meant = json!({
        "@timestamp": "2013-03-28T14:36:03.243Z", "audit_id": "1364481363.243:24287",
        "type": ["SYSCALL", "EXECVE", "PATH", "PROCTITLE"], "arch": "c000003e", "syscall": "2",
        "success": "no", "a0": ["7fffd19c5592", "cat"], "a1": ["0", "/etc /shadow"], "auid": "500",
        "comm": "cat", "exe": "/bin/cat", "key": ["shadow", "root"], "ARCH": "x86_64",
        "AUID": "nurse", "argc": "2", "item": "0", "name": "/etc/shadow", "inode": "1",
        "proctitle": "cat /etc/shadow",
    });
    assert_eq!(source.told, [(0, meant)]);
    assert_eq!(source.joiner.held_at(), None);
}

#[test]
fn what_a_program_tells_is_one_event() {
    let mut source = Source::default();
    source.line("node=srv1 type=USER_LOGIN msg=audit(1364481363.250:9): pid=1 msg='op=login acct=\"root\" exe=\"/usr/sbin/sshd\" addr=192.0.2.1 res=failed'");
    let meant = json!({
        "@timestamp": "2013-03-28T14:36:03.25Z", "host.hostname": "srv1",
        "audit_id": "1364481363.250:9", "type": "USER_LOGIN", "pid": "1", "op": "login",
        "acct": "root", "exe": "/usr/sbin/sshd", "addr": "192.0.2.1", "res": "failed",
    });
    assert_eq!(source.told, [(0, meant)]);
}

#[test]
fn words_without_a_name_are_kept() {
    let mut source = Source::default();
    source.line("type=AVC msg=audit(1.000:2): avc:  denied  { read } for  pid=3 =x audit_id=evil");
    source.finish();
    let (_, value) = &source.told[0];
    assert_eq!(value["message"], "avc: denied { read } for x");
    assert_eq!(value["pid"], "3");
    assert_eq!(value["audit_id"], "1.000:2");
}

#[test]
fn events_that_interleave_are_told_apart_and_once() {
    let mut source = Source::default();
    for line in [
        "type=SYSCALL msg=audit(1.000:1): a=1",
        "type=SYSCALL msg=audit(1.000:2): a=2",
        "type=PROCTITLE msg=audit(1.000:2): proctitle=\"x\"",
    ] {
        source.line(line);
    }
    assert_eq!(source.told.len(), 1);
    assert_eq!(source.joiner.held_at(), Some(0));
    let known = source.joiner.joined_after(0);
    let two = Joined {
        host: String::new(),
        id: "1.000:2".into(),
    };
    assert_eq!(known, [two]);

    // After a restart the source is read from the line that is held.
    let mut again = Source::default();
    again.joiner.pass_over(known);
    for line in [
        "type=SYSCALL msg=audit(1.000:1): a=1",
        "type=SYSCALL msg=audit(1.000:2): a=2",
        "type=PROCTITLE msg=audit(1.000:2): proctitle=\"x\"",
        "type=PROCTITLE msg=audit(1.000:1): proctitle=\"y\"",
    ] {
        again.line(line);
    }
    again.finish();
    assert_eq!(again.told.len(), 1);
    assert_eq!(again.told[0].1["audit_id"], "1.000:1");
}

#[test]
fn what_never_ends_is_bounded_and_told() {
    let mut source = Source::default();
    for serial in 0..1_000 {
        source.line(&format!("type=SYSCALL msg=audit(1.000:{serial}): a=1"));
        assert!(source.joiner.open.len() <= AUDIT_EVENTS_MAX);
    }
    for _ in 0..1_000 {
        source.line("type=PATH msg=audit(2.000:7): name=\"x\"");
    }
    source.finish();
    let of_seven = |(_, value): &&(u64, Value)| value["audit_id"] == "2.000:7";
    assert_eq!(
        source.told.iter().filter(of_seven).count(),
        1_000_usize.div_ceil(AUDIT_RECORDS_MAX)
    );
    assert_eq!(
        source.told.len(),
        1_000 + 1_000_usize.div_ceil(AUDIT_RECORDS_MAX)
    );
    assert!(source.joiner.told.is_empty());
}

#[test]
fn what_is_no_record_is_refused() {
    for line in [
        "type=SYSCALL msg=audit(): x",
        "type=SYSCALL msg=audit(1.0): x",
        "type= msg=audit(1.0:1): x",
        "type=SYSCALL msg=audit(1.0:1",
        "node= type=",
    ] {
        let told = Joiner::default().line(0, line, &mut |_, _| {});
        assert_eq!(told, Err(Reason::Syntax), "{line}");
    }
}
