//! The keys of texts that code asks for by name.
//!
//! A [`Key`] can only come from here, so code cannot ask for a text that does not exist; the
//! tests hold this list and the files together, variables included.

use std::fmt;

/// The name of one text, with the variables that it is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    name: &'static str,
    variables: &'static [&'static str],
}

impl Key {
    /// The name, as the Fluent files write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The names of the values that the text needs.
    #[must_use]
    pub fn variables(self) -> &'static [&'static str] {
        self.variables
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! keys {
    ($($constant:ident = $name:literal $(($($variable:ident),+))?;)+) => {
        $(
            #[doc = concat!("The text `", $name, "`", $(", filled with", $(" `", stringify!($variable), "`",)+)? ".")]
            pub const $constant: Key = Key {
                name: $name,
                variables: &[$($(stringify!($variable)),+)?],
            };
        )+

        /// Every key, for the tests that hold code and texts together.
        pub const ALL: &[Key] = &[$($constant),+];
    };
}

keys! {
    // The devices that were seen.
    INVENTORY_TITLE = "inventory-title";
    INVENTORY_INTRO = "inventory-intro";
    INVENTORY_SEEN = "inventory-seen" (devices, past, unlisted);
    INVENTORY_BEYOND = "inventory-beyond" (count);
    INVENTORY_WORDS = "inventory-words";
    INVENTORY_SHOW = "inventory-show";
    INVENTORY_SEARCH = "inventory-search";
    INVENTORY_DEVICES = "inventory-devices";
    INVENTORY_NONE = "inventory-none";
    INVENTORY_UNLISTED = "inventory-unlisted";
    DEVICE_SUBJECTS = "device-subjects";
    DEVICE_SUPPORT_NONE = "device-support-none";
    DEVICE_ANSWERS = "device-answers";
    DEVICE_ANSWERS_NONE = "device-answers-none";
    DEVICE_KNOWN = "device-known";
    DEVICE_DISPUTED = "device-disputed";
    DEVICE_LINKS = "device-links";
    COLUMN_MAKER = "column-maker";
    COLUMN_SYSTEM = "column-system";
    COLUMN_SUPPORT = "column-support";
    COLUMN_LISTED = "column-listed";
    COLUMN_ATTRIBUTE = "column-attribute";
    COLUMN_VALUE = "column-value";
    COLUMN_SURE = "column-sure";
    COLUMN_RULES = "column-rules";
    COLUMN_SOURCES = "column-sources";
    COLUMN_LINK_VIEW = "column-link-view";
    COLUMN_LINK_OF = "column-link-of";
    PERCENT = "percent" (percent);

    // Devices behind the guard.
    DEVICES_TITLE = "devices-title";
    DEVICES_INTRO = "devices-intro";
    DEVICES_SEAT = "devices-seat";
    DEVICES_ADDRESS = "devices-address" (address);
    DEVICES_SEAT_NONE = "devices-seat-none";
    DEVICES_SEAT_TAKEN = "devices-seat-taken" (name, until);
    DEVICES_SEAT_TAKE = "devices-seat-take";
    DEVICES_SEAT_LEAVE = "devices-seat-leave";
    DEVICES_ACTS = "devices-acts";
    DEVICES_ACTS_NONE = "devices-acts-none";
    DEVICES_APPROVED = "devices-approved";
    DEVICES_WAITING = "devices-waiting";
    DEVICES_WHO = "devices-who";
    DEVICES_WHY = "devices-why";
    DEVICES_UNTIL = "devices-until";
    DEVICES_APPROVERS = "devices-approvers";
    DEVICES_MISSING = "devices-missing" (aspect, names);
    DEVICES_NOBODY = "devices-nobody";
    DEVICES_APPROVE = "devices-approve";
    DEVICES_WITHDRAW = "devices-withdraw";
    DEVICES_LINES = "devices-lines";
    DEVICES_LINES_NONE = "devices-lines-none";
    DEVICES_JUDGES = "devices-judges";
    DEVICES_FAILS = "devices-fails";
    DEVICES_COUNTS = "devices-counts" (allowed, denied);
    DEVICES_CONDUIT = "devices-conduit";
    DEVICES_FAILS_OPEN = "devices-fails-open" (owner, reason);
    DEVICES_FAILS_CLOSED = "devices-fails-closed" (owner, reason);
    DEVICES_ASK = "devices-ask";
    DEVICES_ACT = "devices-act";
    DEVICES_MINUTES = "devices-minutes";
    DEVICES_ASK_BUTTON = "devices-ask-button";
    LANDING_DEVICES = "landing-devices";

    // The command line.
    DEMO_ADDRESS = "demo-address";
    DEMO_AIR = "demo-air";
    DEMO_BREAK_GLASS = "demo-break-glass" (minutes, name);
    DEMO_CA = "demo-ca";
    DEMO_DATA = "demo-data";
    DEMO_DATA_REUSED = "demo-data-reused";
    DEMO_EXAMPLES = "demo-examples";
    DEMO_FEED = "demo-feed";
    DEMO_IDENTITIES = "demo-identities";
    DEMO_IDENTITY = "demo-identity" (name, role);
    DEMO_IDENTITY_AT = "demo-identity-at" (establishment, name, role);
    DEMO_KEY = "demo-key";
    DEMO_PERMITTED = "demo-permitted" (name);
    DEMO_PLAYED = "demo-played" (all, good);
    DEMO_QUERY = "demo-query";
    DEMO_REFUSED = "demo-refused" (name);
    DEMO_REVIEWS = "demo-reviews";
    DEMO_STOP = "demo-stop";
    DEMO_TELEMETRY_KEY = "demo-telemetry-key";
    DEMO_TITLE = "demo-title";
    DEMO_VERIFY = "demo-verify";
    EVIDENCE_SHOW_ACT_APPROVED = "evidence-show-act-approved" (act, person, time);
    EVIDENCE_SHOW_ACT_ASKED = "evidence-show-act-asked" (act, asset, person, time);
    EVIDENCE_SHOW_ACT_COMPLETE = "evidence-show-act-complete" (act, person, time);
    EVIDENCE_SHOW_ACT_WITHDRAWN = "evidence-show-act-withdrawn" (act, person, time);
    EVIDENCE_SHOW_COMMAND = "evidence-show-command" (device, function, person, time);
    EVIDENCE_SHOW_COMMAND_REFUSED = "evidence-show-command-refused" (device, function, person, reason, time);
    EVIDENCE_SHOW_READS = "evidence-show-reads" (count, device, function, person, time);
    EVIDENCE_SHOW_SEAT_LEFT = "evidence-show-seat-left" (address, person, time);
    EVIDENCE_SHOW_SEAT_TAKEN = "evidence-show-seat-taken" (address, person, time);
    EVIDENCE_SHOW_GLASS = "evidence-show-glass" (person, profession, reason, time);
    EVIDENCE_SHOW_PERMITTED = "evidence-show-permitted" (person, profession, reason, time, type);
    EVIDENCE_SHOW_REFUSED = "evidence-show-refused" (person, profession, reason, time, type);
    EVIDENCE_SHOW_SEALED = "evidence-show-sealed";
    EVIDENCE_SHOW_TITLE = "evidence-show-title" (count);
    EXPLAIN_ACCOUNT = "explain-account" (relationship);
    EXPLAIN_ANSWER = "explain-answer" (outcome, reason);
    EXPLAIN_BREAKABLE = "explain-breakable";
    EXPLAIN_CARE_TEAM = "explain-care-team" (from, role, team);
    EXPLAIN_CARE_TEAM_UNTIL = "explain-care-team-until" (until);
    EXPLAIN_COLLEAGUE = "explain-colleague";
    EXPLAIN_CONSENT = "explain-consent" (consent);
    EXPLAIN_EMERGENCY_OBJECTION = "explain-emergency-objection" (consent);
    EXPLAIN_ENCOUNTER = "explain-encounter" (unit);
    EXPLAIN_ENTITLED = "explain-entitled" (category);
    EXPLAIN_GENERAL_CONSENT = "explain-general-consent" (consent);
    EXPLAIN_NOT_ENTITLED = "explain-not-entitled" (category);
    EXPLAIN_NOT_POSTED = "explain-not-posted";
    EXPLAIN_NO_CARE_TEAM = "explain-no-care-team";
    EXPLAIN_NO_CATEGORY = "explain-no-category";
    EXPLAIN_NO_ENCOUNTER = "explain-no-encounter";
    EXPLAIN_NO_POLICY = "explain-no-policy";
    EXPLAIN_OBJECTION = "explain-objection" (consent);
    EXPLAIN_OBJECTION_TO_PERSON = "explain-objection-to-person";
    EXPLAIN_ON_CALL = "explain-on-call" (unit);
    EXPLAIN_OWN_RECORD = "explain-own-record";
    EXPLAIN_PATIENT_UNKNOWN = "explain-patient-unknown";
    EXPLAIN_PERSON_UNKNOWN = "explain-person-unknown";
    EXPLAIN_POLICIES = "explain-policies" (policies);
    EXPLAIN_PROTECTED = "explain-protected";
    EXPLAIN_QUESTION = "explain-question" (action, label, name, patient, profession, purpose, time, type);
    EXPLAIN_REPLACES = "explain-replaces" (name);
    EXPLAIN_SHARED_ESTABLISHMENT = "explain-shared-establishment";
    EXPLAIN_SUPERVISOR = "explain-supervisor" (name);
    INIT_TELEMETRY = "init-telemetry" (data, file);
    PROOF_ADVICE = "proof-advice";
    PROOF_BROKEN = "proof-broken";
    PROOF_FOREIGN = "proof-foreign" (expected, found);
    PROOF_HOLDS = "proof-holds" (entries, index, origin);
    PROOF_KEPT = "proof-kept" (class, time);
    PROVE_ABSENT = "prove-absent" (index);
    PROVE_UNSIGNED = "prove-unsigned" (index);
    PROVE_WRITTEN = "prove-written" (file, index);
    CONTAIN_INSTEAD = "contain-instead";
    CONTAIN_INTERRUPTED = "contain-interrupted" (functions);
    CONTAIN_LOST = "contain-lost" (because, function, name, tolerance);
    CONTAIN_LOST_UNTIL = "contain-lost-until" (until);
    CONTAIN_MORE = "contain-more" (count);
    CONTAIN_NOTHING = "contain-nothing";
    CONTAIN_NOT_SET_ASIDE = "contain-not-set-aside" (faults);
    CONTAIN_OVERRIDE = "contain-override" (hours);
    CONTAIN_PASSES = "contain-passes";
    CONTAIN_PATH = "contain-path" (path);
    CONTAIN_REFUSED = "contain-refused" (reasons);
    CONTAIN_SAFE_STATE = "contain-safe-state" (state);
    CONTAIN_SEARCHED = "contain-searched";
    CONTAIN_SET_ASIDE = "contain-set-aside" (safety, security, until);
    CONTAIN_UNFIT = "contain-unfit" (actions);
    CONTAIN_UNKNOWN = "contain-unknown" (targets);
    CONTAIN_WAY = "contain-way" (actions, way);
    CONTAIN_WAY_FROM = "contain-way-from" (actions, begin, way);
    CONTAIN_WAY_MINUTES = "contain-way-minutes" (actions, minutes, way);
    INVENTORY_COUNTED = "inventory-counted" (assets, frames);
    INVENTORY_FULL = "inventory-full" (count);
    INVENTORY_LIVE = "inventory-live" (interface);
    RESPONSIBILITIES_ASSET = "responsibilities-asset" (asset, name);
    RESPONSIBILITIES_CONFLICTS = "responsibilities-conflicts" (count);
    RESPONSIBILITIES_GAP = "responsibilities-gap" (asset, aspect, because, from, until);
    RESPONSIBILITIES_GAPS = "responsibilities-gaps" (count, days);
    RESPONSIBILITIES_INCOMPLETE = "responsibilities-incomplete";
    RESPONSIBILITIES_LINE = "responsibilities-line" (aspect, capacity, persons);
    RESPONSIBILITIES_NOBODY = "responsibilities-nobody" (aspect, because);
    RESPONSIBILITIES_NONE = "responsibilities-none";
    RESPONSIBILITIES_SOLE_APPROVER = "responsibilities-sole-approver" (act, asset, from, person, until);
    RESPONSIBILITIES_UNKNOWN = "responsibilities-unknown" (names);
    RESPONSIBILITIES_TWO_HOLDERS = "responsibilities-two-holders" (asset, aspect, first, from, second, until);
    GUARD_REPLAYED = "guard-replayed" (allowed, denied);
    INCIDENTS_LINE = "incidents-line" (about, first, last, level, number, rules);
    INCIDENTS_ALERTED = "incidents-alerted" (name, persons);
    INCIDENTS_ALERTED_NOBODY = "incidents-alerted-nobody" (name);
    INCIDENTS_RISK = "incidents-risk" (entity, points);
    INCIDENTS_TITLE = "incidents-title" (count);
    REVIEWS_LINE = "reviews-line" (due, patient, person, reason, review);
    REVIEWS_OVERDUE = "reviews-overdue" (count);
    REVIEWS_TITLE = "reviews-title" (count);
    VERIFY_BROKEN = "verify-broken" (entry, file, offset);
    VERIFY_BROKEN_ADVICE = "verify-broken-advice";
    VERIFY_BROKEN_MEANING = "verify-broken-meaning";
    VERIFY_CHECKPOINT = "verify-checkpoint" (entries, origin);
    VERIFY_EMPTY = "verify-empty";
    VERIFY_HOLDS = "verify-holds" (entries);
    VERIFY_SHORTENED = "verify-shortened" (kept, signed);
    VERIFY_SHORTENED_MEANING = "verify-shortened-meaning";
    VERIFY_SIGNATURE = "verify-signature";
    VERIFY_SIGNATURE_ADVICE = "verify-signature-advice";
    VERIFY_SIGNATURE_MEANING = "verify-signature-meaning";
    VERIFY_UNCHECKED = "verify-unchecked" (stream);
    VERIFY_UNCHECKED_ADVICE = "verify-unchecked-advice";
    VERIFY_UNCOVERED = "verify-uncovered" (entries);
    VERIFY_UNFINISHED = "verify-unfinished";
    VERIFY_UNREADABLE = "verify-unreadable" (path);

    // Break-glass.
    GLASS_EXPLAIN = "glass-explain" (minutes);
    GLASS_EXPLAIN_SCOPE = "glass-explain-scope";
    GLASS_ID = "glass-id";
    GLASS_OPENED = "glass-opened" (until);
    GLASS_OPENED_API = "glass-opened-api";
    GLASS_OPENED_END = "glass-opened-end";
    GLASS_OPENED_RETURN = "glass-opened-return";
    GLASS_OPENED_REVIEW = "glass-opened-review" (review_due);
    GLASS_OPENED_TITLE = "glass-opened-title";
    GLASS_PATIENT = "glass-patient";
    GLASS_PATIENT_MISSING = "glass-patient-missing";
    GLASS_REASON = "glass-reason";
    GLASS_REASON_HINT = "glass-reason-hint";
    GLASS_REASON_MISSING = "glass-reason-missing";
    GLASS_TEXT = "glass-text";
    GLASS_TEXT_HINT = "glass-text-hint";
    GLASS_TEXT_MISSING = "glass-text-missing";
    GLASS_TITLE = "glass-title";
    GLASS_WARNING = "glass-warning";

    // One opening: its page, its review, its notices.
    OPENINGS_TITLE = "openings-title";
    OPENINGS_NONE = "openings-none";
    OPENINGS_LINK = "openings-link";
    OPENING_LEFT = "opening-left" (minutes);
    OPENING_UNTIL = "opening-until" (until);
    OPENING_ENDED = "opening-ended" (end, until);
    OPENING_END = "opening-end";
    OPENING_OF = "opening-of" (person);
    OPENING_SUMMARY = "opening-summary";
    OPENING_SUMMARY_NONE = "opening-summary-none";
    OPENING_SUMMARY_COUNTS = "opening-summary-counts" (reads, resources);
    OPENING_SUMMARY_SPAN = "opening-summary-span" (first, last);
    COLUMN_COUNT = "column-count";
    REVIEWING_TITLE = "reviewing-title";
    REVIEWING_INTRO = "reviewing-intro";
    REVIEWING_FACTS = "reviewing-facts";
    REVIEWING_PERSON = "reviewing-person";
    REVIEWING_WHERE = "reviewing-where";
    REVIEWING_WORDS = "reviewing-words";
    REVIEWING_WORDS_NONE = "reviewing-words-none";
    REVIEWING_END = "reviewing-end";
    REVIEWING_DUE = "reviewing-due";
    REVIEWING_ENTRY = "reviewing-entry";
    REVIEWING_FINDING = "reviewing-finding";
    REVIEWING_FINDING_HINT = "reviewing-finding-hint";
    REVIEWING_TEXT = "reviewing-text";
    REVIEWING_TEXT_MISSING = "reviewing-text-missing";
    REVIEWING_CLOSED = "reviewing-closed" (person, time);
    REVIEWING_STILL_OPEN = "reviewing-still-open";
    REVIEWING_NOTICES = "reviewing-notices";
    REVIEWING_NOTICES_NONE = "reviewing-notices-none";
    NOTICES_TITLE = "notices-title";
    NOTICES_INTRO = "notices-intro";
    NOTICES_NONE = "notices-none";
    NOTICES_UNKNOWN = "notices-unknown";
    NOTICES_BACK = "notices-back";
    COLUMN_NOTICE = "column-notice";
    COLUMN_NOTICE_DUE = "column-notice-due";
    COLUMN_TO = "column-to";
    LETTER_TITLE = "letter-title";
    LETTER_TITLE_PHYSICIAN = "letter-title-physician";
    LETTER_RECORD = "letter-record" (patient);
    LETTER_OPENED = "letter-opened" (from, until);
    LETTER_PERSON = "letter-person" (person, profession);
    LETTER_PLACE = "letter-place" (place);
    LETTER_REASON = "letter-reason" (reason);
    LETTER_WHY = "letter-why";
    LETTER_WHY_PHYSICIAN = "letter-why-physician";
    LETTER_RIGHTS = "letter-rights";
    LETTER_NUMBER = "letter-number";
    NOTICE_GIVEN_TITLE = "notice-given-title";
    NOTICE_GIVEN_HINT = "notice-given-hint";
    NOTICE_GIVEN_TOLD = "notice-given-told" (channel, time);
    NOTICE_DEFER_TITLE = "notice-defer-title";
    NOTICE_DEFER_HINT = "notice-defer-hint";
    NOTICE_DEFER_GROUND = "notice-defer-ground";
    NOTICE_DEFER_UNTIL = "notice-defer-until";
    NOTICE_DEFER_TEXT = "notice-defer-text";
    NOTICE_DEFER_BUTTON = "notice-defer-button";
    NOTICE_DEFERRED_TOLD = "notice-deferred-told" (ground, until);
    CONSOLE_OVERDUE = "console-overdue" (count);
    CONSOLE_NOTICES = "console-notices" (count);
    NOTICES_LINE = "notices-line" (due, notice, patient, state, to);
    NOTICES_COUNT = "notices-count" (count);
    COMMUNICATION_TEXT = "communication-text" (from, person, reason);
    EVIDENCE_SHOW_END = "evidence-show-end" (end, person, time);
    EVIDENCE_SHOW_REVIEW = "evidence-show-review" (finding, person, time);

    // Pages.
    COLUMN_ABOUT = "column-about";
    COLUMN_ACTION = "column-action";
    COLUMN_ANSWERS = "column-answers";
    COLUMN_ASSET = "column-asset";
    COLUMN_DECLARED = "column-declared";
    COLUMN_DUE = "column-due";
    COLUMN_ESTABLISHMENT = "column-establishment";
    COLUMN_FOUND = "column-found";
    COLUMN_FUNCTION = "column-function";
    COLUMN_GLASS = "column-glass";
    COLUMN_KIND = "column-kind";
    COLUMN_LAST = "column-last";
    COLUMN_LEVEL = "column-level";
    COLUMN_OUTCOME = "column-outcome";
    COLUMN_PATIENT = "column-patient";
    COLUMN_PERSON = "column-person";
    COLUMN_REASON = "column-reason";
    COLUMN_SERVICE = "column-service";
    COLUMN_STATE = "column-state";
    COLUMN_TIER = "column-tier";
    COLUMN_TIME = "column-time";
    COLUMN_TYPE = "column-type";
    CONSOLE_INVENTORY = "console-inventory";
    CONSOLE_ASSETS = "console-assets";
    CONSOLE_ASSETS_COUNT = "console-assets-count" (count, tier);
    CONSOLE_ASSETS_NONE = "console-assets-none";
    CONSOLE_COUNTS = "console-counts";
    CONSOLE_DECISIONS = "console-decisions";
    CONSOLE_DECISIONS_NONE = "console-decisions-none";
    CONSOLE_INTRO = "console-intro";
    CONSOLE_INCIDENTS = "console-incidents";
    CONSOLE_INCIDENTS_NONE = "console-incidents-none";
    CONSOLE_REVIEWS = "console-reviews";
    CONSOLE_REVIEWS_NONE = "console-reviews-none";
    CONSOLE_TITLE = "console-title";
    ERROR_TITLE = "error-title";
    EVIDENCE_CHECKPOINT = "evidence-checkpoint";
    EVIDENCE_ENTRIES = "evidence-entries";
    EVIDENCE_KEY = "evidence-key";
    EVIDENCE_KEY_HINT = "evidence-key-hint";
    EVIDENCE_ORIGIN = "evidence-origin";
    EVIDENCE_QUEUE = "evidence-queue";
    EVIDENCE_QUEUE_DEPTH = "evidence-queue-depth" (depth, limit);
    EVIDENCE_STATE = "evidence-state";
    EVIDENCE_STOPPED = "evidence-stopped";
    EVIDENCE_TITLE = "evidence-title";
    FOOTER = "footer";
    HOME = "home";
    INVENTED_PEOPLE = "invented-people";
    LANDING_CONSOLE = "landing-console";
    LANDING_EXAMPLE_HERE = "landing-example-here" (name);
    LANDING_EXAMPLES = "landing-examples";
    LANDING_EXAMPLES_INTRO = "landing-examples-intro";
    LANDING_IDENTITIES = "landing-identities";
    LANDING_IDENTITIES_INTRO = "landing-identities-intro";
    LANDING_INCIDENTS = "landing-incidents";
    LANDING_INCIDENTS_INTRO = "landing-incidents-intro";
    LANDING_INTRO = "landing-intro";
    LANDING_SERVICES = "landing-services";
    LANDING_SERVICES_CAPTION = "landing-services-caption";
    LANDING_SIGNED_IN = "landing-signed-in" (name);
    LANDING_SIGN_IN_AS = "landing-sign-in-as" (name);
    LANDING_SIGN_OUT = "landing-sign-out";
    LANDING_TITLE = "landing-title";
    LANGUAGE_SWITCH = "language-switch";
    LANGUAGE_SWITCH_LABEL = "language-switch-label";
    NUMBER = "number" (number);
    REFUSAL_ADVICE = "refusal-advice";
    REFUSAL_EVIDENCE = "refusal-evidence";
    REFUSAL_REQUEST = "refusal-request";
    REFUSAL_TITLE = "refusal-title";
    SIGN_IN_LINK = "sign-in-link";
    SIGN_IN_TITLE = "sign-in-title";
    SKIP_TO_CONTENT = "skip-to-content";
    TELEMETRY_INTRO = "telemetry-intro";
    TELEMETRY_TITLE = "telemetry-title";
    TABLE_UNSHOWN = "table-unshown" (count);

    // Refusals that no family lists.
    ADVICE_UNLISTED = "advice-unlisted";
    REASON_UNLISTED = "reason-unlisted" (code);
}
