# Why a request was refused (`reason-`), what the person can do now (`advice-`), and the short
# neutral name of the same cause for tables (`cause-`). The codes are stable: evidence keeps them.

## Decisions of the policy

reason-no-care-relation = You are not on this patient’s care team, and the patient is not staying in a unit where you work.
advice-no-care-relation = If you are caring for this patient, ask the unit in charge to add you to the care team. Access opens as soon as they do.
cause-no-care-relation = No care relation

reason-profession-not-entitled = Your profession does not give access to what you asked for.
advice-profession-not-entitled = Ask a colleague who has this access for what you need. If your profession is recorded wrongly, tell the staff office of your hospital.
cause-profession-not-entitled = Profession not entitled

reason-establishment-mismatch = You have no post in force today in a hospital of this group.
advice-establishment-mismatch = If you have just started, moved or come back, ask the staff office to bring your post up to date.
cause-establishment-mismatch = No post in force

reason-purpose-not-allowed = The purpose given for this request does not allow it.
advice-purpose-not-allowed = If you are caring for the patient, ask again with treatment as the purpose. For billing, quality or research, use the service made for it.
cause-purpose-not-allowed = Purpose not allowed

reason-sensitivity-too-high = This part of the record is more confidential than your access allows.
advice-sensitivity-too-high = Ask the physician who follows the patient. They can read it with you or share what is needed for care.
cause-sensitivity-too-high = Too confidential

reason-account-at-risk = Something grave was found about this account: nothing is exported or removed with it until somebody has looked.
advice-account-at-risk = Caring for patients goes on as usual. Call the security officer of your hospital, who sees what was found.
cause-account-at-risk = Account at risk

reason-protected-record = This patient has asked for discretion: only the care team can open the record.
advice-protected-record = If you are caring for this patient, ask the physician in charge to add you to the care team.
cause-protected-record = Discretion requested

reason-own-record-elsewhere = This is your own record. You read it as a patient, not through your work.
advice-own-record-elsewhere = Use the patient portal, or ask the medical records office of your hospital for a copy. It is your right.
cause-own-record-elsewhere = Own record

reason-colleague-record = This patient works in the same place as you: only their care team can open the record.
advice-colleague-record = If you are caring for them, ask the physician in charge to add you to the care team.
cause-colleague-record = Record of a colleague

reason-emergency-objection = This patient has refused in advance that their record be opened in an emergency from another hospital.
advice-emergency-objection = Call the hospital that treats the patient: it can open the record and tell you what you need.
cause-emergency-objection = Emergency opening refused by the patient

reason-not-open-to-patients = This is not open to patients’ accounts.
advice-not-open-to-patients = Ask the medical records office of your hospital: you have a right to a copy of your record.
cause-not-open-to-patients = Not open to patients

reason-not-your-record = Your account does not open this record.
advice-not-your-record = If you act for this patient, ask the admissions office of the hospital to record it.
cause-not-your-record = Record of somebody else

reason-patient-objection = The patient has objected to this access.
advice-patient-objection = If you must treat the patient, speak with them: they can change their choice at any time.
cause-patient-objection = Patient objects

reason-supervisor-absent = Nobody who supervises you is at work in your unit for this patient.
advice-supervisor-absent = Ask your supervisor to open the record with you, or the staff office to bring your supervision up to date.
cause-supervisor-absent = No supervisor at work

reason-unknown-person = Your identity is genuine, but you are not in the staff directory of this group.
advice-unknown-person = Ask the staff office of your hospital to add you. In the meantime, a colleague on the care team can look up what you need.
cause-unknown-person = Person not in the directory

reason-unknown-service-right = You have no access to this service.
advice-unknown-service-right = If your work needs it, ask the person responsible for the service to grant you access.
cause-unknown-service-right = No right to the service

reason-tier-not-allowed = Your profession does not give access to this kind of equipment.
advice-tier-not-allowed = Ask the biomedical or building engineers of your hospital. They can act at once if care depends on it.
cause-tier-not-allowed = Equipment not open to the profession

reason-glass-not-eligible = Your profession cannot declare an emergency opening.
advice-glass-not-eligible = Call a physician, a midwife or a nurse at once: they can open the record in an emergency.
cause-glass-not-eligible = May not declare an emergency

reason-glass-expired = The emergency opening of this record has ended.
advice-glass-expired = If the emergency is still going on, declare it again. The new opening starts at once.
cause-glass-expired = Emergency opening ended

reason-glass-other-session = This emergency opening belongs to another person or to another session.
advice-glass-other-session = Declare the emergency under your own name, in this session. The record opens at once.
cause-glass-other-session = Emergency opening of another session

reason-own-act = You asked for this act yourself.
advice-own-act = Somebody else who answers for the device has to approve it. The page of devices names them.
cause-own-act = Own act on a device

reason-own-opening = This is your own emergency opening: somebody else reviews it and tells those concerned.
advice-own-opening = If something is missing from your declaration, tell the data-protection officer of the group. You will be asked if something is unclear.
cause-own-opening = One’s own opening

reason-glass-still-open = This emergency opening is still under way.
advice-glass-still-open = Come back once it has ended. If it should not go on, end it first.
cause-glass-still-open = Opening still under way

reason-review-closed = This review has been closed already.
advice-review-closed = A finding stays as it is. If you disagree with it, tell the data-protection officer of the group.
cause-review-closed = Review already closed

reason-notice-given = This notice has been given already.
advice-notice-given = Nothing is left to do here.
cause-notice-given = Notice already given

reason-glasses-too-many = You already have as many emergency openings as one person can have at a time.
advice-glasses-too-many = Wait until one of them ends, or ask a colleague to declare the emergency under their own name.
cause-glasses-too-many = Too many emergency openings

reason-not-found = What you asked for does not exist.
advice-not-found = Check the reference, or list what the patient’s record holds.
cause-not-found = Not found

reason-not-found-or-not-open = There is nothing here that is open to you: either it does not exist, or it belongs to a patient whose record you cannot open.
advice-not-found-or-not-open = Check the reference. If you know who the patient is and it is an emergency, ask for that patient’s record: you can declare the emergency there.
cause-not-found-or-not-open = Not found or not open

reason-answer-unclear = It is not certain which patients this part of the record concerns, so it was not shown.
advice-answer-unclear = Ask for another part of the record. If you need this one, give the request number to the help desk.
cause-answer-unclear = Patients of the answer uncertain

reason-declaration-incomplete = Something is missing in the declaration.
advice-declaration-incomplete = Complete it below: the record opens as soon as you do.
cause-declaration-incomplete = Incomplete declaration

## Requests

reason-request-malformed = { $detail ->
    [none] This request cannot be read.
   *[other] This request cannot be read: { $detail }.
}
advice-request-malformed = Go back and try again. If it happens again, give the request number to the help desk.
cause-request-malformed = Unreadable request

reason-request-not-supported = { $detail ->
    [none] This service does not let this kind of request through yet.
   *[other] This service does not let this kind of request through yet: { $detail }.
}
advice-request-not-supported = Read one resource by its reference, search the resources of one patient, or ask for the whole record of one patient.
cause-request-not-supported = Request not supported

reason-request-forbidden-construct = { $detail ->
    [none] This request contains something that could show the record of another patient.
   *[other] This request contains something that could show the record of another patient: { $detail }.
}
advice-request-forbidden-construct = Ask for one patient at a time, without that part.
cause-request-forbidden-construct = Forbidden part in the request

reason-body-too-large = This request is larger than the service accepts.
advice-body-too-large = Send it in smaller parts. If it is a document, reduce its size.
cause-body-too-large = Request too large

reason-page-not-found = There is no page at this address.
advice-page-not-found = Check the address, or go back to the first page.
cause-page-not-found = No such page

## Searches and writes

reason-export-not-async = A bulk export is prepared apart from the request that begins it.
advice-export-not-async = Send the request with the header Prefer and the value respond-async.
cause-export-not-async = Export without asking for it apart

reason-page-ended = This page of the list can no longer be shown.
advice-page-ended = Start the search again.
cause-page-ended = Page ended

reason-search-names-no-patient = This search names no patient, and you care for too many patients to look through all of them.
advice-search-names-no-patient = Name the patient, or one of your patients, and search again.
cause-search-names-no-patient = Search that names no patient

reason-search-too-wide = This search brings along more than can be looked through at once.
advice-search-too-wide = Narrow it: a shorter period, one kind of result, or a single stay.
cause-search-too-wide = Search too wide

reason-chain-names-no-patient = This search follows a link into a record without naming the patient.
advice-chain-names-no-patient = Name the patient and search again.
cause-chain-names-no-patient = Link without a patient

reason-chain-reaches-hidden = This search depends on a part of the record that may be hidden from you, so its result could mislead you.
advice-chain-reaches-hidden = Search without that condition, or ask the physician who follows the patient.
cause-chain-reaches-hidden = Depends on what may be hidden

reason-version-conflict = Somebody changed this in the meantime, so nothing was written.
advice-version-conflict = Read it again, then make your change on the version you see.
cause-version-conflict = Changed in the meantime

reason-upstream-rejected = The record system does not accept this content, so nothing was written.
advice-upstream-rejected = Check the required fields and the codes, then send it again.
cause-upstream-rejected = Content not accepted

reason-several-match = Several elements match this condition, so nothing was written.
advice-several-match = Name the one you mean by its reference.
cause-several-match = Several matches

reason-patient-not-created = Patients are not created here: they come from the admissions of the hospital.
advice-patient-not-created = Ask the admissions office to register the patient.
cause-patient-not-created = Patients come from admissions

reason-patch-not-json = This kind of partial change is not offered: only JSON Patch is.
advice-patch-not-json = Send a JSON Patch, or the whole element.
cause-patch-not-json = Kind of patch

reason-patch-not-applied = This partial change does not fit what is there, so nothing was written.
advice-patch-not-applied = Read the element again and prepare the change anew.
cause-patch-not-applied = Patch does not fit

reason-written-unreadable = What was sent cannot be read as one element of a record, so nothing was written.
advice-written-unreadable = Check its form. If it happens again, give the request number to the help desk.
cause-written-unreadable = Unreadable content

reason-written-mismatch = What was sent is another element than the address says, so nothing was written.
advice-written-mismatch = Check the type and the identifier.
cause-written-mismatch = Address and content differ

reason-written-names-no-patient = It is not certain whose record this belongs to, so nothing was written.
advice-written-names-no-patient = Name the patient by the reference of the record.
cause-written-names-no-patient = Patient of the content uncertain

reason-patient-changed = An element of one patient’s record cannot be moved to another patient.
advice-patient-changed = Mark it as entered in error, then write it anew in the right record.
cause-patient-changed = Patient changed

reason-reference-unclear = What was sent refers to something by a search or in an unknown form, so nothing was written.
advice-reference-unclear = Refer to each element by its type and identifier.
cause-reference-unclear = Reference unclear

reason-reference-not-open = What was sent refers to something that is not there, not open to you, or of another patient, so nothing was written.
advice-reference-not-open = Check each reference.
cause-reference-not-open = Reference not open

reason-too-many-references = What was sent refers to too many other elements at once.
advice-too-many-references = Send it in smaller parts.
cause-too-many-references = Too many references

reason-approval-not-yours = You do not answer for what this act needs at this hour.
advice-approval-not-yours = The page of devices names those who do. Whoever is on call answers when they do not.
cause-approval-not-yours = Not responsible for the device

reason-bad-condition = This condition is not one that a write can depend on: it has to be a plain search of the patient’s own elements.
advice-bad-condition = Name the patient, without links to other elements.
cause-bad-condition = Condition of a write

reason-transaction-only-writes = A transaction can only create, replace or remove, without conditions.
advice-transaction-only-writes = Send the rest as a batch.
cause-transaction-only-writes = Only writes in a transaction

## Identity

reason-token-missing = We do not know who you are yet.
advice-token-missing = Sign in, then ask again.
cause-token-missing = Not signed in

reason-token-expired = Your session has ended.
advice-token-expired = Sign in again, and you will carry on where you were.
cause-token-expired = Session ended

reason-token-invalid = Your sign-in could not be checked.
advice-token-invalid = Sign in again. If it happens again, tell the help desk: somebody may be trying to use your name.
cause-token-invalid = Invalid sign-in

reason-certificate-invalid = Your card or certificate could not be checked: it may have expired or been withdrawn.
advice-certificate-invalid = Check the dates of your card, try another way to sign in, or call the help desk.
cause-certificate-invalid = Invalid card or certificate

## What lies behind the door

reason-upstream-refused = The service behind this page refused the request.
advice-upstream-refused = Try again. If it happens again, give the request number to the help desk.
cause-upstream-refused = Refused by the service

reason-upstream-unreachable = The service behind this page does not answer.
advice-upstream-unreachable = Try again in a moment. If care cannot wait, follow the downtime procedure of your unit.
cause-upstream-unreachable = Service unreachable

reason-upstream-too-slow = The service behind this page took too long to answer.
advice-upstream-too-slow = Try again in a moment, or ask for less at a time. If care cannot wait, follow the downtime procedure of your unit.
cause-upstream-too-slow = Service too slow

reason-upstream-too-large = The answer is too large to be checked, so nothing was shown.
advice-upstream-too-large = Ask for less at a time: one kind of information, or one stay.
cause-upstream-too-large = Answer too large

reason-upstream-unreadable = The answer could not be understood, so nobody can tell which patients it concerns, and nothing was shown.
advice-upstream-unreadable = Try again. If it happens again, give the request number to the help desk.
cause-upstream-unreadable = Unreadable answer

reason-evidence-unavailable = Nothing can be shown for now, because the access could not be recorded.
advice-evidence-unavailable = The people in charge must be told: call the help desk. If care cannot wait, follow the downtime procedure of your unit.
cause-evidence-unavailable = Access could not be recorded

reason-busy = Too many requests are arriving at the same time.
advice-busy = Wait a few seconds and try again.
cause-busy = Too many requests

reason-internal = Something went wrong on our side, and nothing was shown.
advice-internal = Try again. If it happens again, give the request number to the help desk.
cause-internal = Internal fault

reason-unlisted = The rules of the group do not allow this request ({ $code }).
advice-unlisted = Give the request number to the help desk: they can tell you who decides.

## Why a permitted request was permitted

cause-answers-for-device = Responsible for the device
cause-break-glass = Emergency opening
cause-care-team = On the care team
cause-consent = Allowed by the patient
cause-current-encounter = Patient staying in the unit
cause-emergency-call = Emergency call
cause-glass-eligible = May declare an emergency
cause-guard-rule = By a rule of the guard
cause-medical-information = In charge of medical information
cause-reviewer = Named reviewer, or head of the unit
cause-officer = Officer of the group
cause-own-record = Own record, as a patient
cause-patient-reference = Open to patients
cause-representative = Acts for the patient
cause-staff = Member of the staff
cause-supervised = Under supervision
cause-tier = In charge of this equipment

## Identities, in the words of those who look for the cause

cause-certificate-expired = Certificate expired
cause-certificate-malformed = Certificate unreadable
cause-certificate-missing = Certificate missing
cause-certificate-not-yet-valid = Certificate not valid yet
cause-certificate-subject = Certificate without a known person
cause-token-algorithm = Token algorithm not accepted
cause-token-audience = Token for another service
cause-token-bound = Token bound to another connection
cause-token-issuer = Token of an unknown issuer
cause-token-key-unknown = Token key unknown
cause-token-malformed = Token unreadable
cause-token-not-yet-valid = Token not valid yet
cause-token-proof = Proof of the token’s key missing or wrong
cause-token-purpose = Token purpose unknown
cause-token-signature = Token signature wrong
cause-token-subject = Token without a known person
cause-token-too-long = Token too long

## What feeds told

cause-answer-too-slow = Acknowledgement not taken in time
cause-character-set = Character set not read
cause-connections-too-many = Too many connections of a feed
cause-control-id-missing = Message without control id
cause-field-unreadable = Field of a message unreadable
cause-frame-stray = Bytes outside of any message
cause-identifier-malformed = Identifier that cannot be one
cause-import-entry-unreadable = Entry of an import unreadable
cause-import-line-unreadable = Line of an import unreadable
cause-log-columns = Row of a log with other columns than its header
cause-log-damaged = Compressed log damaged
cause-log-event-damaged = Windows event log damaged
cause-log-expands = Log that expands too far
cause-log-file = Log that cannot be opened
cause-log-files-too-many = More log files than are read
cause-log-format = Line of no known log format
cause-log-header = Row of a log without header
cause-log-json = Line that is no JSON object
cause-log-line-too-long = Line of a log too long
cause-log-method = Log packed in a way that is not read
cause-log-queue-full = Messages that came too fast
cause-log-syntax = Line of a log against its grammar
cause-log-token = Sender without the agreed token
cause-log-utf8 = Line of a log that is not UTF-8
cause-merge-repeated = Identities that were one already
cause-message-too-long = Message too long
cause-message-too-slow = Message sent too slowly
cause-message-truncated = Message cut off
cause-message-type = Message of another type
cause-message-without-header = Message without header
cause-patient-unidentified = No patient identifier that counts
cause-peer-refused = Feed from an unexpected address
cause-practitioner-unknown = Practitioner not in the directory
cause-processing-not-production = Message for training or debugging
cause-segment-missing = Segment of a message missing
cause-segments-too-many = Too many segments
cause-sender-unknown = Sender without terms
cause-tls-handshake = Secure connection failed
cause-tls-too-slow = Secure connection too slow
cause-unit-unknown = Unit not in the directory

## Connections and addresses

cause-backslash = Backslash in the address
cause-control-character = Control character in the address
cause-dot-segment = Path that climbs out
cause-double-encoding = Address encoded twice
cause-empty-segment = Empty part in the address
cause-encoded-dot = Hidden dot in the address
cause-encoded-separator = Hidden separator in the address
cause-foreign-form = Form sent by another site
cause-fragment = Fragment in the address
cause-http-head-too-large = Head of the request too large
cause-http-malformed = Broken HTTP
cause-http-too-slow = Request sent too slowly
cause-invalid-escape = Broken escape in the address
cause-invalid-utf8 = Broken text in the address
cause-not-ascii = Unencoded character in the address
cause-not-origin-form = Address in another form
cause-not-uri = Character that no address has
cause-too-long = Address too long

## Requests to a FHIR server

cause-already-refused = Refused with the same request
cause-bad-count = Wrong number of results
cause-bad-filter = Condition not understood
cause-bad-format = Format not offered
cause-bad-id = Wrong reference
cause-bad-patient = Wrong patient reference
cause-bad-sort = Order not understood
cause-chain = Search through another resource
cause-duplicate-parameter = Parameter given twice
cause-history = History of a resource
cause-include = Search that brings other resources
cause-matrix-parameter = Parameter inside the path
cause-method-malformed = Broken method
cause-method-not-supported = Method not supported
cause-method-write = Writing in a way that is not offered
cause-modifier = Search modifier
cause-operation = Operation not offered
cause-parameter-malformed = Unreadable parameter
cause-parameter-not-supported = Parameter not supported
cause-parameters-too-many = Too many parameters
cause-reverse-chain = Search from another resource
cause-search = Search not offered
cause-search-without-patient = Search without a patient
cause-type-not-searchable = Type that cannot be listed
cause-type-refused = Type that is not shown
cause-unknown-parameter = Unknown parameter
cause-unknown-path = Unknown address
cause-unknown-type = Unknown resource type
cause-bad-page = Unreadable page
cause-bad-summary = Unknown kind of summary
cause-bad-total = Unknown kind of total
cause-type-not-writable = Type that is not written here
