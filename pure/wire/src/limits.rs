//! Every bound of the crate, in one place.

/// Bounds on the target of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetLimits {
    /// Greatest length of path and query together.
    pub target_bytes_max: usize,
    /// Greatest number of query parameters.
    pub parameters_max: usize,
}

impl TargetLimits {
    /// Bounds that no honest client of a FHIR server meets.
    pub const DEFAULT: Self = Self {
        target_bytes_max: 4096,
        parameters_max: 32,
    };
}

impl Default for TargetLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Bounds on the body of an answer that is read for what it discloses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimits {
    /// Greatest length of the whole body.
    pub body_bytes_max: usize,
    /// Greatest nesting of objects and arrays inside one resource.
    ///
    /// Values above 100 are read as 100, because the JSON reader has its own bound above that.
    pub depth_max: usize,
    /// Greatest number of entries in one bundle; values above 10,000 are read as 10,000.
    pub entries_max: usize,
    /// Greatest number of keys in one object; the widest R4 resource has fewer than 100.
    pub keys_max: usize,
    /// Greatest number of references and contained resources in one resource.
    pub references_max: usize,
}

impl AnswerLimits {
    /// Bounds for one page of a search or one resource.
    pub const DEFAULT: Self = Self {
        body_bytes_max: 16 * 1024 * 1024,
        depth_max: 64,
        entries_max: 2000,
        keys_max: 256,
        references_max: 10_000,
    };
}

impl Default for AnswerLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Bounds on a consent that is read for what it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentLimits {
    /// Greatest length of the resource, a scanned signature included.
    pub body_bytes_max: usize,
    /// Greatest number of entries in each list that is read.
    pub entries_max: usize,
}

impl ConsentLimits {
    /// Bounds that no honest consent meets.
    pub const DEFAULT: Self = Self {
        body_bytes_max: 16 * 1024 * 1024,
        entries_max: 32,
    };
}

impl Default for ConsentLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Longest client text repeated in a refusal, in characters after escaping.
pub(crate) const DETAIL_CHARS_MAX: usize = 80;

/// Longest value of a search parameter.
pub(crate) const FILTER_BYTES_MAX: usize = 512;

/// Most chains, reverse chains or conditions on the patient of one search, each.
pub(crate) const CHAINS_MAX: usize = 4;

/// Most steps of one chain or `_has`.
pub(crate) const CHAIN_STEPS_MAX: usize = 3;

/// Most links that one search brings resources along by.
pub(crate) const INCLUDES_MAX: usize = 8;

/// Longest token of a page.
pub(crate) const PAGE_TOKEN_BYTES_MAX: usize = 4096;

/// Most keys of an order.
pub(crate) const SORT_KEYS_MAX: usize = 4;

/// Longest reference that is read; longer ones are unresolvable.
pub(crate) const REFERENCE_BYTES_MAX: usize = 2048;

/// Longest page link that is read from an upstream.
pub(crate) const PAGE_LINK_BYTES_MAX: usize = 8192;

/// Entries of one bundle that are ever held at once, whatever [`AnswerLimits::entries_max`] says.
pub(crate) const ENTRIES_MAX: usize = 10_000;

/// Links of one bundle; the standard defines fewer than ten relations.
pub(crate) const LINKS_MAX: usize = 32;

/// Longest message of a feed: an admission has some thousand bytes.
pub const HL7_MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Most segments of a message.
pub(crate) const HL7_SEGMENTS_MAX: usize = 1_000;

/// Longest part of a field that is read.
pub(crate) const HL7_FIELD_BYTES_MAX: usize = 250;

/// Most identifiers, merges or practitioners of one message.
pub(crate) const HL7_REPETITIONS_MAX: usize = 64;

/// Most participants or places of one resource that tells about care.
pub(crate) const CARE_PARTS_MAX: usize = 1_000;

/// Most entries of one bundle that is imported.
pub(crate) const CARE_BUNDLE_ENTRIES_MAX: usize = 100_000;

/// Longest line of a log; one event of Windows with a whole script has some hundred thousand bytes.
pub const LOG_LINE_BYTES_MAX: usize = 1 << 20;

/// Deepest nesting inside one member of a JSON line; below 128, which the scan can hold.
pub(crate) const LOG_DEPTH_MAX: u32 = 64;

/// Values of one line of JSON that are outlined, and how deep; other lines are read once more.
pub(crate) const LOG_OUTLINE_VALUES_MAX: usize = 8_000;
pub(crate) const LOG_OUTLINE_DEPTH_MAX: usize = 24;

/// Names in their order, over all lines, that are foreseen; and their bytes.
pub(crate) const LOG_OUTLINE_NAMES_MAX: usize = 8_192;
pub(crate) const LOG_OUTLINE_BYTES_MAX: usize = 256 * 1024;

/// Names that may follow one name.
pub(crate) const LOG_OUTLINE_FOLLOWERS_MAX: usize = 8;

/// Most columns of a table of a log; the widest log of Zeek has fewer than 100.
pub(crate) const LOG_COLUMNS_MAX: usize = 512;

/// Longest name that is taken into the kind of an event.
pub(crate) const LOG_NAME_BYTES_MAX: usize = 64;

/// Most audit events that are open at once, waiting for more of their records.
pub(crate) const AUDIT_EVENTS_MAX: usize = 32;

/// Most records that are joined into one audit event; the rest begin another.
pub(crate) const AUDIT_RECORDS_MAX: usize = 64;

/// Most bytes of the records of one audit event.
pub(crate) const AUDIT_EVENT_BYTES_MAX: usize = 256 * 1024;

/// Lines of other events after which an audit event is taken as whole.
pub(crate) const AUDIT_LINES_MAX: u64 = 64;

/// Most elements of structured data of one syslog message, and most parameters of one element.
pub(crate) const SYSLOG_DATA_MAX: usize = 64;

/// Longest list of indicators that is read at once.
pub const INDICATOR_LIST_BYTES_MAX: usize = 256 << 20;

/// Most indicators of one list.
pub const INDICATORS_MAX: usize = 2_000_000;

/// Longest value of an indicator, as written.
pub const INDICATOR_VALUE_BYTES_MAX: usize = 2_048;

/// Longest pattern of a STIX indicator.
pub(crate) const PATTERN_BYTES_MAX: usize = 64 << 10;

/// Most values that one pattern asks for.
pub(crate) const PATTERN_VALUES_MAX: usize = 1_024;

/// Deepest brackets of a pattern.
pub(crate) const PATTERN_DEPTH_MAX: usize = 16;

/// Entries of a list that are told one by one as not understood; the rest are counted.
pub const NOT_UNDERSTOOD_MAX: usize = 1_000;

/// Longest text of a list that is repeated, in characters.
pub(crate) const INDICATOR_TEXT_CHARS_MAX: usize = 200;

/// Most columns of one line of a list.
pub(crate) const INDICATOR_COLUMNS_MAX: usize = 64;

/// Deepest nesting of lists, events and objects in a MISP document.
pub(crate) const MISP_DEPTH_MAX: usize = 10;

/// Shortest prefix of a network of IPv4 that is hunted: a wider one is nearly everything.
pub(crate) const NETWORK_V4_BITS_MIN: u8 = 8;

/// Shortest prefix of a network of IPv6 that is hunted.
pub(crate) const NETWORK_V6_BITS_MIN: u8 = 16;

/// Longest message of Modbus/TCP: a header of 7 bytes and 253 of function and data.
pub const MODBUS_ADU_BYTES_MAX: usize = 260;

/// Longest function and data of Modbus.
pub(crate) const MODBUS_PDU_BYTES_MAX: usize = 253;

/// Most requests of one connection that wait for their answers; the implementation guide advises 16.
pub const MODBUS_PENDING_MAX: usize = 16;

/// Deepest groups of a BACnet message; schedules and logs need about four.
pub(crate) const BACNET_DEPTH_MAX: usize = 8;

/// Most elements of one BACnet message; the longest message on Ethernet has fewer than 1,500 bytes.
pub(crate) const BACNET_ELEMENTS_MAX: usize = 4_096;

/// Longest datagram of BACnet/IP that is read; the standard's longest has 1,497 bytes.
pub const BACNET_DATAGRAM_BYTES_MAX: usize = 2_048;

/// Longest frame of a capture; the longest that IP carries has some 64 KB.
pub const CAPTURE_FRAME_BYTES_MAX: usize = 256 * 1024;

/// Most interfaces of one section of a capture.
pub(crate) const CAPTURE_INTERFACES_MAX: usize = 256;

/// Most nested tags of a virtual network on one frame.
pub(crate) const VLAN_TAGS_MAX: usize = 4;

/// Most headers between IPv6 and what it carries.
pub(crate) const IPV6_HEADERS_MAX: usize = 8;

/// Most packets whose fragments wait for more, and most fragments of one.
pub(crate) const FRAGMENTED_MAX: usize = 64;
pub(crate) const FRAGMENTS_MAX: usize = 64;

/// How long a packet waits for its fragments (RFC 8200, section 4.5).
pub(crate) const FRAGMENTED_SECONDS_MAX: u64 = 60;

/// Longest packet that fragments may make.
pub(crate) const REASSEMBLED_BYTES_MAX: usize = 65_535;

/// Flows that are found without a search, of those that were asked for last.
pub(crate) const FLOWS_ASKED_LAST: usize = 512;

/// Bounds on the streams that are followed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// Most directions of connections; the one that was silent longest gives way.
    pub directions_max: usize,
    /// Most bytes of one direction that wait for bytes before them.
    pub waiting_bytes_max: usize,
    /// Most segments of one direction that wait for bytes before them.
    pub waiting_segments_max: usize,
}

impl StreamLimits {
    /// For one sensor: at the very most 256 MB, with ordinary traffic some MB.
    pub const DEFAULT: Self = Self {
        directions_max: 4_096,
        waiting_bytes_max: 64 * 1024,
        waiting_segments_max: 64,
    };
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How far ahead of its stream a segment may be: the greatest window without scaling many times.
pub(crate) const STREAM_AHEAD_BYTES_MAX: u32 = 1 << 24;

/// Bounds on what an inventory remembers of the traffic that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentifyLimits {
    /// Most connections that are read at once; the one that was silent longest gives way.
    pub connections_max: usize,
    /// Most bytes of a message of one side that waits for its end; longer ones are passed over.
    pub message_bytes_max: usize,
    /// Most bytes of messages that wait in all connections; who would pass it is read no further.
    pub held_bytes_max: usize,
    /// Most things told of which it is remembered that they were; then all may be told again.
    pub recent_max: usize,
    /// After how many seconds the same is told again, so that it is known to be seen still.
    pub again_seconds: u32,
}

impl IdentifyLimits {
    /// For one sensor: at the very most 128 MB, with ordinary traffic some MB.
    pub const DEFAULT: Self = Self {
        connections_max: 4_096,
        // An association of DICOM with every class of images has nearly 20,000 bytes.
        message_bytes_max: 66 * 1024,
        held_bytes_max: 64 * 1024 * 1024,
        recent_max: 16_384,
        again_seconds: 3_600,
    };
}

impl Default for IdentifyLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Longest value or name that an inventory takes over, in characters.
pub(crate) const TOLD_CHARS_MAX: usize = 200;

/// Most things that one packet or one delivery may tell; the rest is a flag.
pub(crate) const TOLD_MAX: usize = 256;

/// Most names, lines, records or options of one message that are looked at.
pub(crate) const IDENTIFY_PARTS_MAX: usize = 256;

/// Steps that a name of DNS may take through its message.
pub(crate) const DNS_STEPS_MAX: usize = 64;

/// Longest field of an HL7 message that an inventory takes over.
pub(crate) const IDENTIFY_FIELD_BYTES_MAX: usize = 250;

/// Longest message of DICOM that is taken, without its header: what is agreed with either side, and
/// more than an association with every class of images.
pub const DICOM_PDU_BYTES_MAX: usize = 128 * 1024;

/// Most items of one part of a negotiation; a context has an odd number of one byte.
pub(crate) const DICOM_ITEMS_MAX: usize = 512;

/// Longest command of DICOM; all that the standard knows has less.
pub const DICOM_COMMAND_BYTES_MAX: usize = 16 * 1024;

/// Most bytes of a data set that wait until it is known whose it is.
pub const DICOM_HEAD_BYTES_MAX: usize = 256 * 1024;

/// How deep sequences may stand in one another.
pub(crate) const DICOM_DEPTH_MAX: usize = 32;
