//! How long the guard takes for one request: `cargo run --release -p policy --example guard_speed`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement needs a clock, is printed, and stops when it cannot begin"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use event::Timestamp;
use policy::guard::{
    Access, Asked, Carrier, Contents, Function, Grants, Guard, GuardDocument, GuardState, Place,
    Protocol, Space, Span, Station, Value, Verdict, Who, Write,
};

const RUNS: u32 = 400_000;

fn main() {
    for rules in [1, 20, 200] {
        println!("{rules} rules of 8 ranges each, the last one allows");
        measure_conduit(rules);
    }
}

fn measure_conduit(rules: usize) {
    let guard = Guard::new(&GuardDocument::from_toml(&document(rules)).unwrap()).unwrap();
    let last = u32::try_from((rules - 1) * 100).unwrap();
    let span = [Span {
        place: register(last),
        quantity: 10,
    }];
    let read = asked(3, Access::Read, &span, &[]);
    let words = [200; 10];
    let one = [put(last, &words[..1])];
    let ten = [put(last, &words)];
    let rated = [put(last + 20, &words[..1])];
    let wild = [put(last, &[999])];
    measure(&guard, "  read of 10 registers", &read);
    measure(
        &guard,
        "  write of 1 register",
        &asked(16, Access::Write, &[], &one),
    );
    measure(
        &guard,
        "  write of 10 registers",
        &asked(16, Access::Write, &[], &ten),
    );
    measure(
        &guard,
        "  write with step and pause",
        &asked(16, Access::Write, &[], &rated),
    );
    measure(
        &guard,
        "  refusal, explained",
        &asked(16, Access::Write, &[], &wild),
    );
}

fn document(rules: usize) -> String {
    let mut text = String::from(
        "[[conduits]]\nname = \"air\"\nprotocol = \"modbus\"\nclients = [\"10.0.0.0/8\"]\n\
         devices = [\"10.9.0.0/16\"]\nfail = \"closed\"\nowner = \"o\"\nreason = \"r\"\nrefuse = \"exception\"\n",
    );
    for rule in 0..rules {
        write!(
            text,
            "[[conduits.allow]]\nid = \"r{rule}\"\nfrom = [\"*.*.*.100\"]\naccess = [\"read\", \"write\"]\n\
             functions = [3, 6, 16]\n"
        )
        .unwrap();
        for range in 0..8 {
            let first = rule * 100 + range * 10;
            let rate = if range == 2 {
                "step_max = 5\ninterval_ms_min = 1\n"
            } else {
                ""
            };
            write!(
                text,
                "[[conduits.allow.points]]\nspace = \"holding-register\"\naddress = \"{first}-{}\"\n\
                 minimum = 180\nmaximum = 240\n{rate}",
                first + 9
            )
            .unwrap();
        }
    }
    text
}

fn register(address: u32) -> Place {
    Place {
        space: Space::HoldingRegister,
        address,
        index: None,
    }
}

fn put(address: u32, words: &[u16]) -> Write<'_> {
    Write {
        place: register(address),
        value: Value::Words(words),
        priority: None,
    }
}

fn asked<'a>(
    function: u8,
    access: Access,
    reads: &'a [Span],
    writes: &'a [Write<'a>],
) -> Asked<'a> {
    Asked {
        conduit: "air",
        protocol: Protocol::Modbus,
        from: "10.0.0.100".parse().unwrap(),
        who: Who::Unknown,
        tier: None,
        device: "10.9.0.1".parse().unwrap(),
        station: Station::Unit(1),
        function: Function::modbus(function),
        access,
        contents: Contents::Whole,
        carrier: Carrier::Unicast,
        lifetime: None,
        reads,
        writes,
        dimse: None,
    }
}

fn measure(guard: &Guard, name: &str, asked: &Asked<'_>) {
    let (mut state, grants) = (GuardState::default(), Grants::new());
    // As many places are known as in a large building.
    for address in 0..20_000 {
        state.learn(asked.point(register(address)), 200.0, Timestamp::from_s(1));
    }
    let (mut allowed, mut slowest) = (0_u32, 0);
    let begun = Instant::now();
    for run in 0..RUNS {
        let now = Timestamp::from_us(1_000_000 + u64::from(run) * 1_000);
        let one = Instant::now();
        let verdict = guard.judge(&mut state, &grants, black_box(asked), now);
        slowest = slowest.max(one.elapsed().as_nanos());
        allowed += u32::from(matches!(black_box(verdict), Verdict::Allowed(_)));
    }
    let each = begun.elapsed().as_nanos() / u128::from(RUNS);
    println!("{name:<30} {each:>6} ns (clock included; slowest {slowest} ns; {allowed} allowed)");
}
