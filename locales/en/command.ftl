# What the command line prints for people.

## hygie demo

demo-title = Hygie guards a demonstration hospital group. Every person and every record in it is invented.
demo-address = Address
demo-feed = HL7 v2 ADT feed (MLLP)
demo-air = Guard before the theatre’s air (Modbus/TCP)
demo-ca = Certificate authority
demo-key = Public key of the evidence
demo-telemetry-key = Public key of the telemetry
demo-data = Data folder
demo-data-reused = The data folder of an earlier start is used again.
demo-identities = People you can act as
demo-identity = { $name }, { $role }
demo-identity-at = { $name }, { $role }, { $establishment }
demo-examples = Three requests to paste into another terminal
demo-permitted = A permitted read: { $name } cares for this patient.
demo-refused = A refused read: { $name } may not see this, and the answer says why and what to do.
demo-break-glass = A break-glass read: { $name } declares an emergency, and the same record opens for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}.
demo-verify = To check that no evidence was changed:
demo-played = { $good } of { $all } steps came as they should.
demo-query = To ask the evidence in SQL:
demo-reviews = To see the reviews that are now owed:
demo-stop = To stop, press Ctrl+C. The data folder stays and serves the next start.

## hygie verify

verify-holds = The evidence holds: { $entries ->
    [one] { $entries } entry is
   *[other] { $entries } entries are
} exactly as written.
verify-checkpoint = The last signed checkpoint covers { $entries ->
    [one] { $entries } entry
   *[other] { $entries } entries
} of { $origin }.
verify-uncovered = { $entries ->
    [one] { $entries } entry after it is
   *[other] { $entries } entries after it are
} intact but not signed yet.
verify-empty = The evidence is empty: there is nothing to check yet.
verify-broken = The evidence does not hold: it is broken at entry { $entry }, in the file { $file }, at offset { $offset }.
verify-broken-meaning = What is kept there is not what was signed. Everything before this entry is intact; nothing from it onwards is proved.
verify-broken-advice = Change nothing. Keep a copy of the whole folder, tell the security officer, and compare with the last copy kept elsewhere.
verify-signature = The evidence does not hold: no checkpoint in this folder is signed by the key given.
verify-signature-meaning = Either this is the key of another log, or the checkpoint was replaced.
verify-signature-advice = Compare the key with the one that was handed over when the log began. If they are the same, treat this as tampering: keep a copy of the folder and tell the security officer.
verify-shortened = The evidence does not hold: the signed checkpoint covers { $signed ->
    [one] { $signed } entry
   *[other] { $signed } entries
}, and only { $kept } can be found.
verify-shortened-meaning = Entries were removed from the end after they had been signed.
verify-unfinished = The last record was not finished when the program stopped. It had not been acknowledged to anybody, so nothing is lost; the next start tidies it.
verify-unreadable = The evidence cannot be checked: { $path } cannot be read.

verify-unchecked = Not checked: { $stream }.
verify-unchecked-advice = No key was given for this log. Give its key as well, with a further --key.

## The logs of a house, and the kinds of their entries

stream-decisions = Decisions and commands
stream-telemetry = Telemetry, what comes before anybody is known
class-0 = line of a log
class-1001 = file on a host
class-1005 = library on a host
class-1007 = process on a host
class-2004 = finding
class-3002 = authentication
class-3004 = emergency opening, its end, review or notice
class-3005 = change of who cares for whom
class-4001 = network connection
class-4002 = web request
class-4003 = name lookup
class-4004 = address lease
class-4005 = remote desktop
class-4006 = file share
class-4007 = remote shell
class-4009 = mail
class-5001 = devices observed
class-6002 = life of the program
class-6003 = access
class-6007 = hunt through what was kept

## hygie init --telemetry

init-telemetry = The telemetry log was added to { $data }. Give a copy of its public key { $file } to your auditor.

## hygie evidence prove, hygie verify-proof

prove-written = The proof of entry { $index } is in { $file }. With this file and the public key of the log, anybody can check it: no other file is needed.
prove-absent = There is no entry { $index }: the log ends before it.
prove-unsigned = Entry { $index } is kept, but no signed checkpoint covers it yet. The running program signs within a few seconds: wait for it, then ask again.
proof-holds = The proof holds: { $entries ->
    [one] entry { $index } is the one entry that { $origin } signed.
   *[other] entry { $index } is one of the { $entries } entries that { $origin } signed.
}
proof-kept = It was kept at { $time }. Kind: { $class }.
proof-broken = The proof does not hold: this file shows nothing.
proof-foreign = The file names the log { $found }, and the key is that of { $expected }.
proof-advice = Ask for the file once more, and compare the key with the one that was handed over when the log began.

## hygie policy explain

explain-question = { $name } ({ $profession }), patient { $patient }: { $action }, { $type } of confidentiality { $label }, on { $time }, purpose: { $purpose }.
explain-answer = { $outcome }. { $reason }.
explain-policies = Settled by: { $policies }.
explain-no-policy = No policy permits it as things are.
explain-person-unknown = The directory does not know this person.
explain-patient-unknown = The directory does not know this patient: nobody has a care relation with them.
explain-not-posted = The person has no post in force at that time.
explain-care-team = On the care team { $team } as { $role } since { $from }.
explain-care-team-until = That membership ends on { $until }.
explain-no-care-team = Not on a care team of this patient at that time.
explain-encounter = The patient is staying in { $unit }, where the person works at that time.
explain-no-encounter = The patient is not staying in a unit where the person works at that time.
explain-shared-establishment = The person works in an establishment that follows the patient. That alone is never a reason to open a record.
explain-protected = Discretion was asked for this patient: only the care team opens the record, or a declared emergency.
explain-own-record = This is the person’s own record: it is read as a patient, not with the rights of a profession.
explain-account = The account is that of { $relationship }.
explain-entitled = The matrix opens the category { $category } to this profession for this action.
explain-not-entitled = The matrix does not open the category { $category } to this profession for this action.
explain-no-category = The policy gives this type of resource no category, so nobody is entitled to it.
explain-on-call = The patient is staying in { $unit }, for which the person is on call at that time.
explain-replaces = The person replaces { $name } at that time, and the relation is theirs.
explain-supervisor = { $name } supervises the person at that time, in the same unit and for this patient.
explain-colleague = The patient works in the same place as the person: only the care team opens the record, or a declared emergency.
explain-consent = The consent { $consent } of the patient allows it to this person, by name or by where they work.
explain-general-consent = The consent { $consent } of the patient allows it to all who may ask. What that opens is for the policy to say.
explain-objection = The patient objects to it by { $consent }.
explain-objection-to-person = That objection names this very person.
explain-emergency-objection = By { $consent } the patient refuses an emergency opening too.
explain-breakable = A declared emergency would open it for at most an hour, and would be reviewed.

## hygie contain

contain-passes = This harms no care that is in use: it could be ordered.
contain-interrupted = It interrupts for less than is tolerated: { $functions }
contain-refused = Refused: { $reasons }
contain-lost = { $name } ({ $function }): { $because }. It tolerates less than { $tolerance } minutes without.
contain-lost-until = Its use is expected to end at { $until }.
contain-safe-state = If it is lost all the same: { $state }
contain-path = By this way: { $path }
contain-more = And { $count } more.
contain-unknown = Nobody has said what depends on: { $targets }
contain-unfit = This cannot be done to it: { $actions }
contain-instead = Instead, the mildest first:
contain-nothing = Nothing milder was found.
contain-way = { $way }: { $actions }
contain-way-from = { $way }, from { $begin }: { $actions }
contain-way-minutes = { $way }, for { $minutes } minutes: { $actions }
contain-searched = Not everything was tried: there may be more.
contain-not-set-aside = It is not set aside: { $faults }.
contain-override = Whoever answers for the safety of care and whoever answers for security may set this aside together, with a reason and for at most { $hours } hours: --safety, --security, --reason and --until say whether it would hold.
contain-set-aside = Set aside by { $safety } and { $security } until { $until }: it could be ordered, and this care would be lost:
contained-care-function-lost = care that is in use would be lost
contained-measure-unfit = a measure does not fit what it is meant for
contained-too-many-in-force = too many containments are in force
contained-unknown-dependency = nobody knows what depends on a target, so it counts as vital
contained-use-unknown = nobody has said what is in use now, so everything counts
overriding-in-force-changed = something else has come into force since
overriding-not-safety = who signs for safety does not answer for the safety of care now
overriding-not-security = who signs for security does not answer for it now
overriding-override-expired = its end is not ahead
overriding-override-too-long = it would last more than 12 hours
overriding-reason-missing = it says no reason
overriding-reason-too-long = its reason is too long
overriding-refusal-stale = the refusal is too old: ask again
overriding-same-person = one person signs for both
overriding-unchangeable = no signature makes a measure fit, or makes room
lost-last-supplier = nothing else gives what it needs
lost-needs-unknown = nobody has said what it needs
lost-supplier-unknown = nobody knows whether it needs this
measure-block-writes = block writes
measure-cut-power = cut the power
measure-disable-account = disable the account
measure-isolate = isolate entirely
measure-isolate-from-outside = isolate from outside
milder-block-writes = Block writes and keep reads
milder-contain-the-rest = Contain the rest
milder-isolate = Isolate and leave the power
milder-isolate-from-outside = Isolate from outside only
milder-shorten = For a shorter time
milder-wait = Wait until what is in use has ended

## hygie responsibilities

responsibilities-asset = { $name } ({ $asset })
responsibilities-line = { $aspect }: { $persons } ({ $capacity })
responsibilities-nobody = { $aspect }: nobody, { $because }
responsibilities-gaps = { $count ->
    [0] In the next { $days } days somebody answers for everything.
    [one] In the next { $days } days nobody answers once:
   *[other] In the next { $days } days nobody answers { $count } times:
}
responsibilities-gap = { $asset }, { $aspect }: from { $from } to { $until }, { $because }
responsibilities-conflicts = { $count ->
    [one] One conflict:
   *[other] { $count } conflicts:
}
responsibilities-two-holders = { $asset }, { $aspect }: { $first } and { $second } both hold it from { $from } to { $until }
responsibilities-sole-approver = { $asset }: { $person } alone answers for several parts of { $act }, which needs a different person for each, from { $from } to { $until }
responsibilities-unknown = The directory has nobody of: { $names }
responsibilities-incomplete = Not all of it was looked at: ask for fewer days.
responsibilities-none = The directory names nobody who answers for an asset.
aspect-container = the container
aspect-content = the content
aspect-electricity = the electricity
aspect-maintenance = the maintenance
aspect-network = the network
aspect-pressure = the pressure
aspect-use = the use
capacity-deputy = as deputy
capacity-holder = as holder
capacity-on-call = on call
unanswered-nobody-there = nobody of those named is there at this hour
unanswered-responsibility-expired = the responsibility has ended
unanswered-unassigned = nobody is named yet
unanswered-unknown-asset = the directory has no such asset
unanswered-unknown-person = the directory has nobody of those named

## hygie guard replay

guard-replayed = { $allowed } requests may pass, { $denied } are refused.

## hygie inventory

inventory-counted = { $assets } assets, told by { $frames } frames and events.
inventory-full = { $count } more are beyond what an inventory holds.
inventory-live = Reading what comes to { $interface }; interrupt it (Ctrl-C) to see what was seen.

## hygie incidents

incidents-title = { $count ->
    [0] No incident is open.
    [one] One incident is open.
   *[other] { $count } incidents are open.
}
incidents-line = { $number } { $level }: { $about }; { $rules }; from { $first } to { $last }
incidents-alerted = { $name }: { $persons }
incidents-alerted-nobody = { $name }: nobody answers for it now
incidents-risk = risk { $entity }: { $points }

## hygie reviews

reviews-title = { $count ->
    [0] No review is owed.
    [one] { $count } review is owed:
   *[other] { $count } reviews are owed:
}
reviews-overdue = { $count ->
    [one] { $count } of them is overdue.
   *[other] { $count } of them are overdue.
}
reviews-line = { $review }: { $person } opened the record of patient { $patient } in an emergency ({ $reason }). Review due: { $due }.

## hygie evidence show

evidence-show-title = { $count ->
    [0] No access in that time.
    [one] { $count } access in that time.
   *[other] { $count } accesses in that time.
}
evidence-show-permitted = { $time }  { $person } ({ $profession }) saw { $type }. Why: { $reason }.
evidence-show-refused = { $time }  { $person } ({ $profession }) was refused { $type }. Why: { $reason }.
evidence-show-glass = { $time }  { $person } ({ $profession }) declared an emergency. Why: { $reason }.
evidence-show-act-approved = { $time }  { $person } approved the act { $act }; somebody else has to as well.
evidence-show-act-asked = { $time }  { $person } asked for the act { $act } on { $asset }.
evidence-show-act-complete = { $time }  { $person } approved the act { $act }: it may be done.
evidence-show-act-withdrawn = { $time }  { $person } took the act { $act } back.
evidence-show-command = { $time }  { $person } commanded { $device }: { $function }.
evidence-show-command-refused = { $time }  { $person } was refused a command to { $device }: { $function }. Why: { $reason }.
evidence-show-reads = { $time }  { $person } read from { $device }: { $function }, { $count } times.
evidence-show-seat-left = { $time }  { $person } no longer works at { $address }.
evidence-show-seat-taken = { $time }  { $person } works at { $address }.
evidence-show-sealed = Names of patients are sealed in the evidence. Give the key that opens them to see more.

relationship-guardian = a guardian of the patient
relationship-parent = a parent of the patient
relationship-self = the patient
