# One opening: its page, its end, its review, and who is told of it.

## The page of one’s own openings

openings-title = Emergency openings
openings-none = You have no record open in an emergency.
openings-link = See my open records, or end them
opening-left = Open for { $minutes ->
    [one] one more minute
   *[other] { $minutes } more minutes
}.
opening-until = It closes by itself: { $until }.
opening-ended = Closed since { $until }. { $end }.
opening-end = The emergency is over: close the record
opening-of = Opened by { $person }
opening-summary = What was opened
opening-summary-none = Nothing was read.
opening-summary-counts = Requests: { $reads }. Items shown: { $resources }.
opening-summary-span = First: { $first }. Last: { $last }.
column-count = Requests

## The review of an opening

reviewing-title = Review of an emergency opening
reviewing-intro = Was it an emergency, and was what was opened needed for it? The person who broke the glass never answers this themselves.
reviewing-facts = The declaration
reviewing-person = Person
reviewing-where = Works in
reviewing-words = In their own words
reviewing-words-none = No words were added.
reviewing-end = End
reviewing-due = Review due
reviewing-entry = Entry in the evidence log
reviewing-finding = Your finding
reviewing-finding-hint = Touching a finding closes the review, under your name and for good.
reviewing-text = Why? One or two sentences.
reviewing-text-missing = Say in a sentence why you come to this finding.
reviewing-closed = Closed by { $person }: { $time }.
reviewing-still-open = The opening is still under way. It can be reviewed once it has ended.
reviewing-notices = Who is told of it
reviewing-notices-none = No notice is owed: this opening was declared with an earlier version.

## Who is told of an opening

notices-title = Notices owed
notices-intro = The patient and the treating physician are told of each emergency opening. Open one to print it, hand it over, and say so here.
notices-none = Nobody has to be told of anything.
notices-unknown = not in the directory
notices-back = All notices
column-notice = Notice
column-notice-due = Due
column-to = To
letter-title = Your health record was opened in an emergency
letter-title-physician = The record of a patient of yours was opened in an emergency
letter-record = Record: { $patient }
letter-opened = It was opened on { $from } and closed on { $until }.
letter-person = Who opened it: { $person }, { $profession }.
letter-place = Where this person works: { $place }.
letter-reason = The reason given: { $reason }.
letter-why = In an emergency a professional who does not yet care for you may open your record at once, for one hour at most. Everything they open is recorded, and somebody else checks afterwards that it was justified.
letter-why-physician = In an emergency a professional who does not yet care for the patient may open the record at once, for one hour at most. Everything they open is recorded and reviewed by somebody else. The patient is told as well, unless telling would endanger somebody.
letter-rights = You have nothing to do. If you have a question, or think that this was not justified, write to the data-protection officer of the hospital group and give the number below.
letter-number = Number of this notice
notice-given-title = It was given
notice-given-hint = Touch how it was given.
notice-given-told = Given: { $channel }, { $time }.
notice-defer-title = It has to wait
notice-defer-hint = Only for a ground that the law knows, and until a date. It is owed again from then on.
notice-defer-ground = Ground
notice-defer-until = Until
notice-defer-text = Why? One or two sentences.
notice-defer-button = Put it off
notice-deferred-told = Put off until { $until }: { $ground }.

## The console

console-overdue = { $count ->
    [one] { $count } review is overdue. The data-protection officer has to see to it.
   *[other] { $count } reviews are overdue. The data-protection officer has to see to them.
}
console-notices = { $count ->
    [0] Nobody has to be told of an opening.
    [one] { $count } opening has to be told to those concerned.
   *[other] { $count } openings have to be told to those concerned.
}

## hygie notices, hygie evidence export

notices-line = { $notice }: { $to } of patient { $patient }. { $state }, due: { $due }.
notices-count = { $count ->
    [0] No notice is owed.
    [one] { $count } notice is owed:
   *[other] { $count } notices are owed:
}
communication-text = The record was opened in an emergency on { $from } by { $person }. The reason given: { $reason }.
evidence-show-end = { $time }  { $person } closed an emergency opening. { $end }.
evidence-show-review = { $time }  { $person } closed the review: { $finding }.

## Labels of codes

ended-time = Its time was over
ended-holder = Ended by the person
ended-officer = Ended by an officer
notice-to-patient = Patient
notice-to-treating-physician = Treating physician
notice-state-owed = To do
notice-state-overdue = Overdue
notice-state-deferred = Put off
notice-state-given = Given
ground-danger-to-patient = Telling would put the patient in danger
ground-danger-to-others = Telling would put somebody else in danger
ground-patient-unfit = The patient cannot take it in yet
ground-minors-secrecy = A minor asked for secrecy towards their parents
ground-inquiry = An authority asked for silence during an inquiry
ground-unreachable = Nobody knows yet how to reach them
channel-letter = By letter
channel-in-person = In person
channel-secure-message = By secure message
channel-telephone = By telephone
review-unclear = Unclear

## What a record holds, in the words of patients (FHIR resource types)

resource-AllergyIntolerance = Allergies
resource-Appointment = Appointments
resource-Binary = Files
resource-CarePlan = Care plan
resource-Condition = Diagnoses and problems
resource-Consent = Consents
resource-Coverage = Insurance
resource-DiagnosticReport = Reports of examinations
resource-DocumentReference = Documents
resource-Encounter = Stays and visits
resource-ImagingStudy = Images
resource-Immunization = Vaccinations
resource-MedicationAdministration = Medicines given
resource-MedicationRequest = Prescriptions
resource-MedicationStatement = Medicines taken
resource-Observation = Measurements and results
resource-Patient = Identity
resource-Procedure = Procedures
resource-ServiceRequest = Examinations requested
