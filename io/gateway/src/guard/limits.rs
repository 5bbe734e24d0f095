//! Every limit of the guard that stands inline, in one place.
//!
//! Reaching one is never silent: it becomes a [`event::LimitReached`] under the name of the field.

use std::time::Duration;

use wire::modbus::PENDING_MAX;

/// Bounds on what clients, devices and floods may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardLimits {
    /// Clients of one conduit at once: TCP connections, or addresses and ports that sent datagrams.
    pub clients_max: usize,
    /// Of these, from one network address.
    pub clients_per_address_max: usize,
    /// Modbus requests of one client that wait for their answers. One more place is the guard's
    /// own, to read what a place is before a write.
    pub pipelined_max: usize,
    /// BACnet requests of one client that wait for their answers.
    pub invoked_max: usize,
    /// Datagrams of one client that wait to be looked at.
    pub datagrams_waiting_max: usize,
    /// How long a client may say nothing while nothing is owed to it.
    pub idle_max: Duration,
    /// How long a client may take from the first byte of a message to its last.
    pub message_max: Duration,
    /// Connections to one Modbus device at once, of one listener: controllers take few. Beyond, who
    /// has asked nothing for longest gives its own up to who asks.
    pub device_connections_max: usize,
    /// Of these, for clients of one network address.
    pub device_connections_per_address_max: usize,
    /// How long a device may take to accept a connection.
    pub connect_max: Duration,
    /// How long it may take to answer.
    pub answer_max: Duration,
    /// How long either side may take to accept what is sent to it.
    pub write_max: Duration,
    /// How long a command may wait for its evidence.
    pub evidence_max: Duration,
    /// Associations with one DICOM application at once, of one listener.
    pub associations_max: usize,
    /// Of these, for clients of one network address.
    pub associations_per_address_max: usize,
    /// How long either side may take from the first byte of a DICOM message to its last, and to
    /// accept what is sent to it: disks of archives are slow.
    pub dicom_message_max: Duration,
    /// How long an operation of DICOM may go on without a word from either side.
    pub operation_max: Duration,
    /// Answers to a question of DICOM that wait to be kept together.
    pub matches_waiting_max: usize,
    /// How long they wait for one another.
    pub matches_wait_max: Duration,
    /// Patients of one association of whom it is remembered that their disclosure is kept.
    pub disclosed_max: usize,
    /// How long answers to a search (Who-Is, Who-Has) go back to whoever searched.
    pub search_max: Duration,
    /// Denials of known persons and machines kept one by one in each second, and as many of unknown
    /// addresses apart from them.
    pub denials_per_s_max: u64,
    /// Of these, from one network address.
    pub denials_per_address_per_s_max: u64,
    /// Kinds of reads (client, device, station, function, rule) counted at once.
    pub read_kinds_max: usize,
    /// Of these, of one client.
    pub read_kinds_per_client_max: usize,
    /// How often counted reads are told.
    pub reads_told_each: Duration,
    /// Events that wait to be written; none of them is of a command that passes.
    pub events_waiting_max: usize,
    /// Commands that passed unkept in one gap and are told when it ends.
    pub unkept_max: usize,
    /// Persons that sit at an address.
    pub seats_max: usize,
}

impl GuardLimits {
    /// For a hospital's conduit: a supervision station polls some hundred times a second.
    pub const DEFAULT: Self = Self {
        clients_max: 256,
        clients_per_address_max: 16,
        pipelined_max: PENDING_MAX - 1,
        invoked_max: 64,
        datagrams_waiting_max: 64,
        idle_max: Duration::from_secs(300),
        message_max: Duration::from_secs(5),
        device_connections_max: 8,
        device_connections_per_address_max: 2,
        connect_max: Duration::from_secs(3),
        answer_max: Duration::from_secs(3),
        write_max: Duration::from_secs(3),
        evidence_max: Duration::from_secs(2),
        associations_max: 64,
        associations_per_address_max: 16,
        dicom_message_max: Duration::from_secs(30),
        operation_max: Duration::from_secs(600),
        matches_waiting_max: 64,
        matches_wait_max: Duration::from_millis(100),
        disclosed_max: 1_024,
        search_max: Duration::from_secs(5),
        denials_per_s_max: 100,
        denials_per_address_per_s_max: 10,
        read_kinds_max: 4_096,
        read_kinds_per_client_max: 256,
        reads_told_each: Duration::from_secs(60),
        events_waiting_max: 1_024,
        unkept_max: 256,
        seats_max: policy::guard::SEATS_MAX,
    };
}

impl Default for GuardLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The number as a limit is told.
pub(crate) fn told(max: usize) -> u64 {
    u64::try_from(max).unwrap_or(u64::MAX)
}
