//! The formats that are read, and why a line may not be.

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Records of the Linux audit daemon.
    Auditd,
    /// The query log of the name server BIND.
    Bind,
    /// Messages of the ISC DHCP server.
    Dhcpd,
    /// Messages of dnsmasq about names and leases.
    Dnsmasq,
    /// Elastic Common Schema, JSON.
    Ecs,
    /// A JSON object of no format that is known here.
    Json,
    /// Messages of the Kea DHCP server.
    Kea,
    /// Open Cybersecurity Schema Framework, JSON.
    Ocsf,
    /// EVE of Suricata, JSON.
    Suricata,
    /// RFC 5424 or RFC 3164.
    Syslog,
    /// Events of Windows as JSON: Winlogbeat, NXLog, or the event log itself.
    Windows,
    /// The table that the DHCP server of Windows writes.
    WindowsDhcp,
    /// Logs of Zeek, as tables or JSON.
    Zeek,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 13] = [
        Self::Auditd,
        Self::Bind,
        Self::Dhcpd,
        Self::Dnsmasq,
        Self::Ecs,
        Self::Json,
        Self::Kea,
        Self::Ocsf,
        Self::Suricata,
        Self::Syslog,
        Self::Windows,
        Self::WindowsDhcp,
        Self::Zeek,
    ];

    /// Its name on a command line and in events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Auditd => "auditd",
            Self::Bind => "bind",
            Self::Dhcpd => "dhcpd",
            Self::Dnsmasq => "dnsmasq",
            Self::Ecs => "ecs",
            Self::Json => "json",
            Self::Kea => "kea",
            Self::Ocsf => "ocsf",
            Self::Suricata => "suricata",
            Self::Syslog => "syslog",
            Self::Windows => "windows",
            Self::WindowsDhcp => "windows-dhcp",
            Self::Zeek => "zeek",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// Whether there are lines of it that are no JSON object.
    pub(super) const fn is_text(self) -> bool {
        !matches!(
            self,
            Self::Ecs | Self::Json | Self::Ocsf | Self::Suricata | Self::Windows
        )
    }

    /// Whether a source that is only of this format may hold a line of the other: any program
    /// writes through syslog.
    pub(super) fn takes(self, other: Self) -> bool {
        self == other || self == Self::Syslog
    }
}

/// Why a line cannot be read. The code is stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The row has another number of columns than its header.
    Columns,
    /// No format that is known here, or not the one that the source is said to have.
    Format,
    /// A row without a header before it, or a header that says nothing.
    Header,
    /// It begins like a JSON object and is none, or nests too deep.
    Json,
    /// It does not follow the grammar of its format.
    Syntax,
    /// It is longer than lines may be.
    TooLong,
    /// JSON that is not UTF-8.
    Utf8,
}

impl Reason {
    /// Its name in events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Columns => "log-columns",
            Self::Format => "log-format",
            Self::Header => "log-header",
            Self::Json => "log-json",
            Self::Syntax => "log-syntax",
            Self::TooLong => "log-line-too-long",
            Self::Utf8 => "log-utf8",
        }
    }
}
