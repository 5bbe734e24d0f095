//! What the client asks: decided when its command is whole, passed on when it is known whose data it
//! is about.

use std::collections::BTreeSet;

use super::{
    About, Answer, Clearance, Command, Course, DICOM_HEAD_BYTES_MAX, Decision, End, Head, Held,
    Kind, Operation, Parts, PatientRef, Question, Request, Ruling, Session, is_about_patients, one,
    question,
};

impl Session {
    /// A command of the client is whole.
    pub(super) async fn request(&mut self, context: u8, command: Command) -> Result<(), End> {
        let Some(agreed) = self.contexts.get(&context) else {
            return Err(End::Broken("dicom-context"));
        };
        if command.is_answer() {
            return self.client_answer(context, &command);
        }
        if command.kind() == Kind::Cancel {
            return self.cancel(context, &command);
        }
        if self.operation.is_some() {
            // More than one at a time was not agreed on.
            return Err(End::Broken("dicom-unexpected"));
        }
        let syntax = agreed.syntax;
        let question = question(&command, &self.ends.titles, agreed.class.as_str());
        let ruling = match self.door.decide(&self.caller, &question) {
            Decision::Pass(clearance) => Ok(Ruling::Cleared(clearance)),
            Decision::Keep(owed) => Ok(Ruling::Owed(owed)),
            Decision::Refuse(answer) => Err(answer),
            // No rule about DICOM asks what a value is.
            Decision::ReadFirst(_) => Err(self.door.refuse_unread(&self.caller, &question)),
        };
        let has_data = command.has_data();
        let ruling = match ruling {
            Ok(ruling) => ruling,
            Err(answer) => {
                self.refuse((context, &command), answer, !has_data);
                return Ok(());
            }
        };
        let held = Held {
            context,
            command,
            head: Head::new(syntax),
            bytes: Vec::new(),
            right: Request { question, ruling },
        };
        match has_data {
            true => self.from_client = Some(Course::Held(Box::new(held))),
            false => self.pass(held, None, true).await?,
        }
        Ok(())
    }

    /// A part of the data set that the client is sending.
    pub(super) async fn client_data(&mut self, bytes: Vec<u8>, is_last: bool) -> Result<(), End> {
        match self.from_client.take() {
            Some(Course::Passing(context)) => {
                self.device.data(context, &bytes, is_last);
                // What the application does not take is not asked for any more.
                self.device
                    .flush(self.door.limits.dicom_message_max)
                    .await?;
                self.from_client = (!is_last).then_some(Course::Passing(context));
            }
            Some(Course::Swallowed(refusal)) if is_last => {
                if let Some((context, refusal)) = refusal {
                    self.client.command(context, &refusal);
                }
            }
            Some(Course::Swallowed(refusal)) => self.from_client = Some(Course::Swallowed(refusal)),
            Some(Course::Held(mut held)) => {
                let patient = held.take(&bytes, is_last);
                match patient {
                    None if held.bytes.len() > DICOM_HEAD_BYTES_MAX => {
                        return Err(End::Broken("dicom-too-long"));
                    }
                    None => self.from_client = Some(Course::Held(held)),
                    Some(Ok(number)) => {
                        let patient = number.and_then(|it| self.terms.patient(&it));
                        self.pass(*held, patient, is_last).await?;
                    }
                    Some(Err(code)) => self.refuse_unread(&held, code, is_last),
                }
            }
            // A command said that there is none, and the turn would not have taken it.
            None => return Err(End::Broken("dicom-fragment")),
        }
        Ok(())
    }

    /// Passes a request on, with as much of its data set as has come.
    ///
    /// A crash before the bytes leave: evidence tells of what was not stored or sent.
    async fn pass(
        &mut self,
        held: Held<Request>,
        patient: Option<PatientRef>,
        is_over: bool,
    ) -> Result<(), End> {
        let Held {
            context,
            command,
            bytes,
            right: Request { question, ruling },
            ..
        } = held;
        let rule = match &ruling {
            Ruling::Cleared(clearance) => clearance.rule(),
            Ruling::Owed(owed) => owed.rule(),
        };
        let rule = rule.to_owned();
        let request = self.request_id()?;
        let about = About::new((request, rule), command.kind(), &question, patient);
        let clearance = match self.clear(&question, &about, ruling).await? {
            Ok(clearance) => clearance,
            Err(answer) => {
                self.refuse((context, &command), answer, is_over);
                return Ok(());
            }
        };
        self.device.command(context, &command);
        if command.has_data() {
            self.device.data(context, &bytes, is_over);
            self.from_client = (!is_over).then_some(Course::Passing(context));
        }
        let mut flight = clearance.into_flight();
        flight.send(self.door.now().after(self.door.limits.operation_max));
        self.operation = Some(Operation {
            id: command.id(),
            context,
            is_told: about.kind == Kind::Move,
            about,
            waiting: Vec::new(),
            patients: BTreeSet::new(),
            parts: Parts::default(),
            flight,
        });
        Ok(())
    }

    /// Keeps what must be kept before a request goes on; the answer when it may not after all.
    async fn clear(
        &mut self,
        question: &Question,
        about: &About,
        ruling: Ruling,
    ) -> Result<Result<Clearance, Answer>, End> {
        let patient = about.patient.as_ref();
        let owed = match ruling {
            Ruling::Cleared(clearance) => {
                if about.kind == Kind::Move {
                    // Where instances are sent from here on, nobody here sees.
                    let mut disclosed = one(patient);
                    disclosed.resources = 0;
                    self.disclose(about, disclosed).await?;
                }
                return Ok(Ok(clearance));
            }
            Ruling::Owed(owed) => owed,
        };
        if self.is_stored(about.kind, patient) {
            return Ok(Ok(owed.told_before()));
        }
        let owed = match is_about_patients(about.kind) {
            true => owed.told_as(self.event(about, one(patient))?),
            false => *owed,
        };
        let kept = self.door.keep(&self.caller, question, owed).await;
        // What passes in a gap is told without its patient: the next one is told again.
        if about.kind == Kind::Store && kept.as_ref().is_ok_and(Clearance::is_kept) {
            let patients_max = self.door.limits.disclosed_max;
            self.stored.0.tell(patient.cloned(), patients_max);
            self.stored.1 = Some(About {
                patient: None,
                ..about.clone()
            });
        }
        Ok(kept)
    }

    /// Whether it stores an instance of a patient of whom that is told; then it is counted.
    fn is_stored(&mut self, kind: Kind, patient: Option<&PatientRef>) -> bool {
        kind == Kind::Store && self.stored.0.count(patient)
    }

    /// Ends the operation that is under way, if it is the one that is meant.
    fn cancel(&mut self, context: u8, command: &Command) -> Result<(), End> {
        if command.has_data() {
            return Err(End::Broken("dicom-element"));
        }
        let meant = self.operation.as_ref();
        if meant.is_some_and(|it| it.id == command.answers() && it.context == context) {
            self.device.command(context, command);
        }
        Ok(())
    }

    /// The client answers what the application asked it.
    fn client_answer(&mut self, context: u8, command: &Command) -> Result<(), End> {
        if self.asked_back.take() != Some((command.answers(), command.kind())) {
            return Err(End::Broken("dicom-unasked"));
        }
        self.device.command(context, command);
        self.from_client = command.has_data().then_some(Course::Passing(context));
        Ok(())
    }

    /// Answers in the application's place, once all that was begun has come.
    fn refuse(&mut self, (context, command): (u8, &Command), answer: Answer, is_over: bool) {
        let refusal = match answer {
            Answer::DimseStatus(status) => command.refusal(status),
            _ => None,
        };
        match (refusal, is_over) {
            (Some(refusal), true) => self.client.command(context, &refusal),
            (None, true) => {}
            (refusal, false) => {
                let refusal = refusal.map(|refusal| (context, refusal));
                self.from_client = Some(Course::Swallowed(refusal));
            }
        }
    }

    fn refuse_unread(&mut self, held: &Held<Request>, code: &str, is_over: bool) {
        let question = Some(&held.right.question);
        let answer = self.door.unreadable(&self.caller, question, code);
        self.refuse((held.context, &held.command), answer, is_over);
    }
}

impl<R> Held<R> {
    /// Takes a part of the data set; whose it is once that is known, or why it cannot be.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        is_last: bool,
    ) -> Option<Result<Option<Vec<u8>>, &'static str>> {
        self.head.feed(bytes);
        self.bytes.extend_from_slice(bytes);
        if is_last {
            self.head.end();
        }
        let patient = self.head.patient()?;
        Some(match patient {
            Ok(number) => Ok(number.map(<[u8]>::to_vec)),
            Err(fault) => Err(fault.code()),
        })
    }
}
