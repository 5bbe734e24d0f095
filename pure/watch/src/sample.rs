//! Events for measurements, from a counter alone: they look like those of a workstation and of a
//! network sensor.
//!
//! They are made up, of few values and without attacks, so a rate over them is a guide and no
//! measurement of real traffic; whoever shows one says so.

use std::fmt::Write as _;

/// Which events are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Windows and Sysmon events as NXLog writes them, of about 2.4 kB.
    Windows,
    /// Records of Zeek's dns and conn logs, of about 480 bytes.
    Zeek,
}

/// Makes one event after the other; the same ones each time.
#[derive(Clone, Debug)]
pub struct Sample {
    family: Family,
    numbers: Numbers,
    made: usize,
}

impl Sample {
    /// Begins with the first event.
    #[must_use]
    pub fn of(family: Family) -> Self {
        let seed = match family {
            Family::Windows => 1,
            Family::Zeek => 2,
        };
        Self {
            family,
            numbers: Numbers(seed),
            made: 0,
        }
    }

    /// Writes the next event behind what is there, with a line feed.
    pub fn add_to(&mut self, out: &mut String) {
        match self.family {
            Family::Windows => windows(out, self.made, &mut self.numbers),
            Family::Zeek => zeek(out, self.made, &mut self.numbers),
        }
        out.push('\n');
        self.made = self.made.wrapping_add(1);
    }
}

/// A small generator of numbers (splitmix64); the same events each time.
#[derive(Clone, Debug)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut state = self.0;
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ (state >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let bound = u64::try_from(of.len()).unwrap_or(1);
        let at = usize::try_from(self.below(bound)).unwrap_or(0);
        of.get(at).copied().unwrap_or_default()
    }
}

const PROGRAMS: &[&str] = &[
    r"C:\\Windows\\System32\\svchost.exe",
    r"C:\\Windows\\System32\\cmd.exe",
    r"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
    r"C:\\Windows\\explorer.exe",
    r"C:\\Program Files\\Dossier\\client\\dossier.exe",
    r"C:\\Program Files (x86)\\Microsoft Office\\Office16\\WINWORD.EXE",
    r"C:\\Windows\\System32\\rundll32.exe",
    r"C:\\Windows\\System32\\taskhostw.exe",
    r"C:\\Program Files\\Mozilla Firefox\\firefox.exe",
    r"C:\\Windows\\System32\\lsass.exe",
    r"C:\\ProgramData\\Agent\\agent.exe",
    r"C:\\Windows\\System32\\conhost.exe",
];

const COMMANDS: &[&str] = &[
    r"C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule",
    r"cmd.exe /c dir C:\\Users",
    r"powershell.exe -NoProfile -File C:\\ProgramData\\Agent\\inventory.ps1",
    r"\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1",
    r"rundll32.exe shell32.dll,Control_RunDLL inetcpl.cpl",
    r"taskhostw.exe Install $(Arg0)",
    r"schtasks.exe /query /fo list",
    r"net.exe use \\\\files\\wards",
];

const KEYS: &[&str] = &[
    r"HKLM\\System\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces",
    r"HKU\\S-1-5-21-1000\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\RecentDocs",
    r"HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Agent",
];

fn windows(out: &mut String, line: usize, numbers: &mut Numbers) {
    let id = match numbers.below(10) {
        0..=2 => 1,
        3 | 4 => 7,
        5 => 3,
        6 => 11,
        7 => 13,
        8 => 10,
        _ => 4624,
    };
    head(out, line, id, numbers);
    match id {
        1 => process(out, numbers),
        7 => image(out, numbers),
        3 => connection(out, numbers),
        11 => file(out, numbers),
        13 => registry(out, numbers),
        10 => access(out, numbers),
        _ => logon(out, numbers),
    }
    tail(out, line);
}

/// Writing into a text cannot fail.
macro_rules! add {
    ($out:expr, $($part:tt)*) => {
        if write!($out, $($part)*).is_err() {
            return;
        }
    };
}

fn head(out: &mut String, line: usize, id: u32, numbers: &mut Numbers) {
    let channel = match id {
        4624 => "Security",
        _ => "Microsoft-Windows-Sysmon/Operational",
    };
    let provider = match id {
        4624 => "Microsoft-Windows-Security-Auditing",
        _ => "Microsoft-Windows-Sysmon",
    };
    add!(
        out,
        r#"{{"EventTime":"2026-11-02 08:{:02}:{:02}","Hostname":"WARD-{:03}.example","Keywords":-9223372036854775808,"EventType":"INFO","SeverityValue":2,"Severity":"INFO","EventID":{id},"SourceName":"{provider}","ProviderGuid":"{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}","Version":5,"Task":{id},"OpcodeValue":0,"RecordNumber":{line},"ExecutionProcessID":{},"ExecutionThreadID":{},"Channel":"{channel}","Domain":"NT AUTHORITY","AccountName":"SYSTEM","UserID":"S-1-5-18","AccountType":"User","#,
        line / 60 % 60,
        line % 60,
        numbers.below(300),
        3_000 + numbers.below(50),
        4_000 + numbers.below(50),
    );
}

fn tail(out: &mut String, line: usize) {
    let message =
        "A detail that the agent repeats as text for people, which no rule reads. ".repeat(12);
    add!(
        out,
        r#""Message":"{message}","Opcode":"Info","EventReceivedTime":"2026-11-02 08:00:01","SourceModuleName":"eventlog","SourceModuleType":"im_msvistalog","sequence":{line}}}"#
    );
}

fn process(out: &mut String, numbers: &mut Numbers) {
    let (image, parent) = (numbers.one(PROGRAMS), numbers.one(PROGRAMS));
    let (command, process) = (numbers.one(COMMANDS), numbers.below(30_000));
    let hash = numbers.below(400);
    add!(
        out,
        r#""RuleName":"-","UtcTime":"2026-11-02 08:00:00.123","ProcessGuid":"{{0000-{process}}}","ProcessId":"{process}","Image":"{image}","FileVersion":"10.0.17763.1","Description":"Host Process for Windows Services","Product":"Microsoft Windows Operating System","Company":"Microsoft Corporation","OriginalFileName":"svchost.exe","CommandLine":"{command} {}","CurrentDirectory":"C:\\Windows\\system32\\","User":"NT AUTHORITY\\SYSTEM","LogonGuid":"{{0000-3E7}}","LogonId":"0x3e7","TerminalSessionId":"0","IntegrityLevel":"System","Hashes":"SHA1={hash:040X},MD5={hash:032X},SHA256={hash:064X},IMPHASH={hash:032X}","ParentProcessGuid":"{{0000-500}}","ParentProcessId":"500","ParentImage":"{parent}","ParentCommandLine":"{}","#,
        numbers.below(2_000),
        numbers.one(COMMANDS),
    );
}

fn image(out: &mut String, numbers: &mut Numbers) {
    let hash = numbers.below(900);
    add!(
        out,
        r#""RuleName":"-","UtcTime":"2026-11-02 08:00:00.123","ProcessGuid":"{{0000-77}}","ProcessId":"77","Image":"{}","ImageLoaded":"C:\\Windows\\System32\\module{hash}.dll","FileVersion":"10.0.17763.1","Description":"A library","Product":"Microsoft Windows Operating System","Company":"Microsoft Corporation","OriginalFileName":"MODULE{hash}.DLL","Hashes":"SHA1={hash:040X},MD5={hash:032X},SHA256={hash:064X},IMPHASH={hash:032X}","Signed":"true","Signature":"Microsoft Windows","SignatureStatus":"Valid","User":"NT AUTHORITY\\SYSTEM","#,
        numbers.one(PROGRAMS),
    );
}

fn connection(out: &mut String, numbers: &mut Numbers) {
    add!(
        out,
        r#""RuleName":"-","UtcTime":"2026-11-02 08:00:00.123","ProcessGuid":"{{0000-88}}","ProcessId":"88","Image":"{}","User":"NT AUTHORITY\\NETWORK SERVICE","Protocol":"tcp","Initiated":"true","SourceIsIpv6":"false","SourceIp":"10.1.{}.{}","SourceHostname":"ward.example","SourcePort":"{}","SourcePortName":"-","DestinationIsIpv6":"false","DestinationIp":"10.2.0.{}","DestinationHostname":"files.example","DestinationPort":"{}","DestinationPortName":"-","#,
        numbers.one(PROGRAMS),
        numbers.below(4),
        numbers.below(250),
        49_152 + numbers.below(16_000),
        numbers.below(250),
        numbers.one(&["443", "445", "389", "88", "8080"]),
    );
}

fn file(out: &mut String, numbers: &mut Numbers) {
    add!(
        out,
        r#""RuleName":"-","UtcTime":"2026-11-02 08:00:00.123","ProcessGuid":"{{0000-99}}","ProcessId":"99","Image":"{}","TargetFilename":"C:\\Users\\u{}\\AppData\\Local\\Temp\\f{}.tmp","CreationUtcTime":"2026-11-02 08:00:00.123","User":"WARD\\u7","#,
        numbers.one(PROGRAMS),
        numbers.below(50),
        numbers.below(3_000),
    );
}

fn registry(out: &mut String, numbers: &mut Numbers) {
    add!(
        out,
        r#""RuleName":"-","EventType":"SetValue","UtcTime":"2026-11-02 08:00:00.123","ProcessGuid":"{{0000-99}}","ProcessId":"99","Image":"{}","TargetObject":"{}\\v{}","Details":"DWORD (0x{:08x})","User":"NT AUTHORITY\\SYSTEM","#,
        numbers.one(PROGRAMS),
        numbers.one(KEYS),
        numbers.below(500),
        numbers.below(64),
    );
}

fn access(out: &mut String, numbers: &mut Numbers) {
    add!(
        out,
        r#""RuleName":"-","UtcTime":"2026-11-02 08:00:00.123","SourceProcessGUID":"{{0000-11}}","SourceProcessId":"11","SourceThreadId":"12","SourceImage":"{}","TargetProcessGUID":"{{0000-13}}","TargetProcessId":"13","TargetImage":"{}","GrantedAccess":"{}","CallTrace":"C:\\Windows\\SYSTEM32\\ntdll.dll+9c584|C:\\Windows\\System32\\KERNELBASE.dll+{:x}","SourceUser":"NT AUTHORITY\\SYSTEM","TargetUser":"NT AUTHORITY\\SYSTEM","#,
        numbers.one(PROGRAMS),
        numbers.one(PROGRAMS),
        numbers.one(&["0x1000", "0x1400", "0x101541"]),
        numbers.below(2_000),
    );
}

fn logon(out: &mut String, numbers: &mut Numbers) {
    add!(
        out,
        r#""SubjectUserSid":"S-1-5-18","SubjectUserName":"WARD$","SubjectDomainName":"HOSPITAL","SubjectLogonId":"0x3e7","TargetUserSid":"S-1-5-21-{}","TargetUserName":"u{}","TargetDomainName":"HOSPITAL","TargetLogonId":"0x{:x}","LogonType":"{}","LogonProcessName":"Kerberos","AuthenticationPackageName":"Kerberos","WorkstationName":"-","IpAddress":"10.1.2.{}","IpPort":"{}","KeyLength":"0","#,
        numbers.below(900),
        numbers.below(900),
        numbers.next(),
        numbers.one(&["2", "3", "5", "7"]),
        numbers.below(250),
        49_152 + numbers.below(16_000),
    );
}

fn zeek(out: &mut String, line: usize, numbers: &mut Numbers) {
    if numbers.below(2) == 0 {
        dns(out, line, numbers);
    } else {
        conn(out, line, numbers);
    }
}

fn dns(out: &mut String, line: usize, numbers: &mut Numbers) {
    add!(
        out,
        r#"{{"_path":"dns","_system_name":"sensor-1","_write_ts":"2026-11-02T08:00:00.123456Z","ts":"2026-11-02T08:00:00.123456Z","uid":"C{:016x}","id.orig_h":"10.1.2.{}","id.orig_p":{},"id.resp_h":"10.0.0.53","id.resp_p":53,"proto":"udp","trans_id":{},"rtt":0.012,"query":"host{}.example.org","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A","rcode":0,"rcode_name":"NOERROR","AA":false,"TC":false,"RD":true,"RA":true,"Z":0,"answers":["192.0.2.{}"],"TTLs":[300.0],"rejected":false,"line":{line}}}"#,
        numbers.next(),
        numbers.below(250),
        49_152 + numbers.below(16_000),
        numbers.below(65_000),
        numbers.below(5_000),
        numbers.below(250),
    );
}

fn conn(out: &mut String, line: usize, numbers: &mut Numbers) {
    add!(
        out,
        r#"{{"_path":"conn","_system_name":"sensor-1","_write_ts":"2026-11-02T08:00:00.123456Z","ts":"2026-11-02T08:00:00.123456Z","uid":"C{:016x}","id.orig_h":"10.1.2.{}","id.orig_p":{},"id.resp_h":"198.51.100.{}","id.resp_p":443,"proto":"tcp","service":"ssl","duration":{}.25,"orig_bytes":{},"resp_bytes":{},"conn_state":"SF","local_orig":true,"local_resp":false,"missed_bytes":0,"history":"ShADadfF","orig_pkts":12,"orig_ip_bytes":1200,"resp_pkts":14,"resp_ip_bytes":9000,"line":{line}}}"#,
        numbers.next(),
        numbers.below(250),
        49_152 + numbers.below(16_000),
        numbers.below(250),
        numbers.below(90),
        numbers.below(9_000),
        numbers.below(90_000),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_one_object_on_one_line_and_the_same_each_time() {
        for (family, bytes) in [(Family::Windows, 1_700..3_000), (Family::Zeek, 380..560)] {
            let lines = |count| {
                let mut sample = Sample::of(family);
                let mut out = String::new();
                (0..count).for_each(|_| sample.add_to(&mut out));
                out
            };
            let text = lines(400);
            assert_eq!(text, lines(400));
            assert!(bytes.contains(&(text.len() / 400)), "{}", text.len() / 400);
            let events: Vec<serde_json::Value> = text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            assert_eq!(events.len(), 400);
            assert!(events.iter().all(serde_json::Value::is_object));
        }
    }
}
