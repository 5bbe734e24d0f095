# Break-glass: an emergency opens one patient’s record, for a short time, and is always reviewed.

glass-title = Is it an emergency?
glass-explain = You can open this patient’s record now, for { $minutes ->
    [one] one minute
   *[other] at most { $minutes } minutes
}. Nobody has to approve it first.
glass-explain-scope = It opens this one record, for you alone, in this session and on this device. Very confidential parts stay closed.
glass-warning = Your name, the reason and everything you open are recorded, and somebody else reviews them. The patient and the treating physician are told.
glass-patient = Patient
glass-reason = Why are you opening this record?
glass-text = In your own words (optional)
glass-text-hint = A few words help whoever reviews this opening.
glass-reason-hint = Touching a reason opens the record at once.
glass-text-missing = Say in a few words what the other reason is.
glass-reason-missing = Choose a reason to open the record.
glass-patient-missing = Say which patient’s record you need.

glass-opened-title = The record is open
glass-opened = You can read this patient’s record now. The opening ends: { $until }.
glass-opened-review = This opening will be reviewed, and you may be asked what happened. Review due: { $review_due }.
glass-opened-end = It closes by itself. If the emergency goes on after that, declare it again.
glass-opened-return = Go to the record
glass-opened-api = Send the same request again, with the same sign-in: it is now allowed.
glass-id = Opening number

## One label for each reason code

glass-reason-life-threatening = A life is at risk now
glass-reason-unconscious-patient = The patient cannot answer
glass-reason-called-for-help = I was called to help, or I am on call
glass-reason-transfer-in-progress = The patient has just been transferred
glass-reason-emergency-call = Call to the emergency medical services
glass-reason-other = Another reason
