# What the pages say.

skip-to-content = Skip to the content
language-switch = Français
language-switch-label = Lire cette page en français
invented-people = Demonstration: every person and every record here is invented.
footer = Hygie, the zero-trust control point of hospital groups
home = First page
number = { $number }
table-unshown = { $count ->
    [one] { $count } more row is not shown.
   *[other] { $count } more rows are not shown.
}

## The landing page

landing-title = The door of the hospital group
landing-intro = Every access to a patient record, a medical device or a building controller passes through this door. Each one is decided by the same rules, recorded before anything is shown, and can be checked by anybody years later. In an emergency the door opens at once, and the opening is always reviewed.
landing-services = What this door guards
landing-services-caption = Services behind this door
landing-identities = Try it as
landing-identities-intro = Choose who you are, then try the requests and services below, or open the console as an officer.
landing-sign-in-as = Sign in as { $name }
landing-signed-in = You are signed in as { $name }.
landing-sign-out = Sign out
landing-examples = Three requests to try
landing-examples-intro = Paste them into a terminal on this machine.
landing-example-here = The same in this browser, once you are signed in as { $name }:
landing-console = Open the console

column-service = Service
column-kind = Kind
column-tier = Tier

## The console

console-title = Console
console-intro = For security and data-protection officers: what the door decided, and what still has to be reviewed.
console-counts = Decisions in the evidence log
console-decisions = Last decisions
console-decisions-none = Nothing has been decided yet. The first request will show here.
console-incidents = Incidents
console-incidents-none = Nothing was found that would be an incident.
console-reviews = Reviews owed
console-reviews-none = No review is owed.
console-assets = Equipment in three tiers
console-assets-count = { $count ->
    [one] { $tier } ({ $count } piece)
   *[other] { $tier } ({ $count } pieces)
}
console-assets-none = No equipment is known yet. The directory of the group lists it.

column-time = Time
column-person = Person
column-action = Action
column-type = Type
column-patient = Patient
column-outcome = Outcome
column-reason = Reason
column-glass = Opening
column-declared = Declared
column-due = Review due
column-about = About
column-answers = Who answers now
column-found = Found
column-last = Last seen
column-level = Level
column-state = State
column-asset = Equipment
column-establishment = Establishment
column-function = What care depends on it for

## The state of evidence

evidence-title = Evidence
evidence-entries = Entries
evidence-checkpoint = Of them, under a signed checkpoint
evidence-origin = Name of the log
evidence-key = Public key
evidence-key-hint = With this key and the files alone, anybody can check that nothing was changed.
evidence-queue = Waiting to be recorded
evidence-queue-depth = { $depth } out of { $limit }
evidence-state = State
evidence-stopped = It takes no entries any more. Tell whoever runs this door.
telemetry-title = Telemetry
telemetry-intro = What arrives before anybody is known, such as requests turned away at the threshold. It is a log of its own, so that no flood delays a decision.

## Refusals, errors and sign-in

refusal-title = This was not opened
refusal-advice = What you can do now
refusal-request = Request number
refusal-evidence = Entry in the evidence log
sign-in-title = Please sign in
sign-in-link = Sign in
error-title = This did not work

## Labels of codes

tier-office = Tier 1: office IT
tier-medical = Tier 2: medical devices
tier-building = Tier 3: building control

kind-fhir = Patient records (FHIR)
kind-web = Web application

outcome-permit = Permitted
outcome-refusal = Refused
outcome-breakable = Refused, emergency possible

action-not-understood = Not understood
action-read = Read
action-search = List
action-everything = Whole record
action-c-find = Images searched
action-c-get = Images fetched
action-c-move = Images sent elsewhere
action-c-store = Images stored
action-n-action = Imaging task
action-n-create = Imaging task begun
action-n-delete = Imaging object removed
action-n-get = Imaging task read
action-n-set = Imaging task changed
action-create = Create
action-update = Change
action-delete = Remove
action-export = Bulk export
action-declareBreakGlass = Declare an emergency
action-endGlass = End an emergency opening
action-giveNotice = Tell of an opening
action-reviewGlass = Review an opening
action-useService = Use a service
action-viewDesk = Open the console

purpose-BTG = Emergency opening
purpose-ETREAT = Emergency treatment
purpose-HOPERAT = Running the hospital
purpose-HPAYMT = Billing
purpose-HRESCH = Research
purpose-HTEST = Test
purpose-PATRQT = Request of the patient
purpose-TREAT = Treatment

mode-normal = Ordinary access
mode-bris_de_glace = Emergency opening
mode-centre_15 = Emergency call centre

level-critical = Critical
level-high = High
level-informational = For information
level-low = Low
level-medium = Medium

review-open = To do
review-overdue = Overdue
review-justified = Justified
review-unjustified = Not justified

profession-biomedical-engineer = Biomedical engineer
profession-building-engineer = Building engineer
profession-clerk = Admissions clerk
profession-data-protection-officer = Data-protection officer
profession-dentist = Dentist
profession-dietitian = Dietitian
profession-laboratory-technician = Laboratory technician
profession-midwife = Midwife
profession-nurse = Nurse
profession-nursing-assistant = Nursing assistant
profession-pharmacist = Pharmacist
profession-physician = Physician
profession-physiotherapist = Physiotherapist
profession-psychologist = Psychologist
profession-radiographer = Radiographer
profession-security-officer = Security officer
profession-social-worker = Social worker
profession-student = Student
