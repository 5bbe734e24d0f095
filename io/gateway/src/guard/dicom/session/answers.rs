//! What the application answers and sends: nothing of a patient reaches the client before it is kept.

use super::{
    Command, Course, DICOM_HEAD_BYTES_MAX, Disclosed, End, Head, Held, Instant, Kind, Reply,
    Session, one,
};

/// The status of an operation that nobody here takes up (PS3.7, annex C.5.27).
const UNRECOGNIZED_OPERATION: u16 = 0x0211;

impl Session {
    /// A command of the application is whole.
    pub(super) async fn device_command(
        &mut self,
        context: u8,
        command: Command,
    ) -> Result<(), End> {
        let Some(agreed) = self.contexts.get(&context) else {
            return Err(End::Stray("dicom-context"));
        };
        let right = match command.is_answer() {
            true => self.answered(context, &command).then_some(Reply::Answer),
            false => self.asks_back(&command),
        };
        match right {
            Some(right) if command.has_data() => {
                let held = Held {
                    context,
                    head: Head::new(agreed.syntax),
                    bytes: Vec::new(),
                    command,
                    right,
                };
                self.from_device = Some(Course::Held(Box::new(held)));
            }
            Some(Reply::Answer) => self.answer(context, &command).await?,
            // An instance without a data set is none.
            Some(Reply::Part) => return Err(End::Stray("dicom-element")),
            None if command.kind() == Kind::EventReport && !command.is_answer() => {
                // What has become of instances that were stored: nothing of a patient stands there.
                self.asked_back = Some((command.id(), command.kind()));
                self.client.command(context, &command);
                self.from_device = command.has_data().then_some(Course::Passing(context));
            }
            None => {
                self.door.stray(&self.caller, "dicom-unasked");
                let refusal = command.refusal(UNRECOGNIZED_OPERATION);
                match (refusal, command.has_data()) {
                    (Some(refusal), false) => self.device.command(context, &refusal),
                    (refusal, true) => {
                        let refusal = refusal.map(|refusal| (context, refusal));
                        self.from_device = Some(Course::Swallowed(refusal));
                    }
                    (None, false) => {}
                }
            }
        }
        Ok(())
    }

    /// Whether it answers the operation under way.
    fn answered(&self, context: u8, command: &Command) -> bool {
        let asked = self.operation.as_ref();
        asked.is_some_and(|it| {
            it.id == command.answers() && it.about.kind == command.kind() && it.context == context
        })
    }

    /// An instance may come for what was asked to be sent over this association.
    fn asks_back(&self, command: &Command) -> Option<Reply> {
        let asked = self.operation.as_ref()?;
        let is_part = command.kind() == Kind::Store && asked.about.kind == Kind::Get;
        (is_part && self.asked_back.is_none()).then_some(Reply::Part)
    }

    /// A part of the data set that the application is sending.
    pub(super) async fn device_data(&mut self, bytes: Vec<u8>, is_last: bool) -> Result<(), End> {
        match self.from_device.take() {
            Some(Course::Passing(context)) => {
                self.client.data(context, &bytes, is_last);
                // What the client does not take is not asked for any more.
                self.client
                    .flush(self.door.limits.dicom_message_max)
                    .await?;
                self.from_device = (!is_last).then_some(Course::Passing(context));
            }
            Some(Course::Swallowed(refusal)) if is_last => {
                if let Some((context, refusal)) = refusal {
                    self.device.command(context, &refusal);
                }
            }
            Some(Course::Swallowed(refusal)) => self.from_device = Some(Course::Swallowed(refusal)),
            Some(Course::Held(mut held)) => {
                let patient = held.take(&bytes, is_last);
                let is_part = held.right == Reply::Part;
                match patient {
                    // Whose it is cannot be told, so it is not shown.
                    Some(Err(code)) => return Err(End::Stray(code)),
                    Some(Ok(number)) if is_part => self.pass_part(*held, number, is_last).await?,
                    Some(Ok(number)) if is_last => self.pass_answer(*held, number).await?,
                    _ if held.bytes.len() > DICOM_HEAD_BYTES_MAX => {
                        return Err(End::Stray("dicom-too-long"));
                    }
                    _ => self.from_device = Some(Course::Held(held)),
                }
            }
            None => return Err(End::Stray("dicom-fragment")),
        }
        Ok(())
    }

    /// Passes an instance on to whoever asked for it, once its patient is told.
    async fn pass_part(
        &mut self,
        held: Held<Reply>,
        number: Option<Vec<u8>>,
        is_over: bool,
    ) -> Result<(), End> {
        let patient = number.and_then(|it| self.terms.patient(&it));
        let Some(operation) = &mut self.operation else {
            return Err(End::Stray("dicom-unasked"));
        };
        if !operation.parts.count(patient.as_ref()) {
            let about = operation.about.clone();
            let shown = self.disclose(&about, one(patient.as_ref())).await?;
            let is_kept = shown.is_kept();
            self.client.show(shown, Vec::new());
            let patients_max = self.door.limits.disclosed_max;
            if let Some(operation) = &mut self.operation {
                if is_kept {
                    operation.parts.tell(patient, patients_max);
                }
                operation.is_told = true;
            }
        }
        let Held {
            context,
            command,
            bytes,
            ..
        } = held;
        self.asked_back = Some((command.id(), command.kind()));
        self.client.command(context, &command);
        self.client.data(context, &bytes, is_over);
        self.from_device = (!is_over).then_some(Course::Passing(context));
        Ok(())
    }

    /// Lets an answer with a data set wait for others, so that they are kept together.
    async fn pass_answer(&mut self, held: Held<Reply>, number: Option<Vec<u8>>) -> Result<(), End> {
        let patient = number.and_then(|it| self.terms.patient(&it));
        let written = self
            .client
            .written(held.context, &held.command, &held.bytes);
        let limits = self.door.limits;
        let Some(operation) = &mut self.operation else {
            return Err(End::Stray("dicom-unasked"));
        };
        operation.waiting.push(written);
        let whose = patient.or_else(|| operation.about.patient.clone());
        if let Some(patient) = whose {
            operation.patients.insert(patient);
        }
        let is_full = operation.waiting.len() >= limits.matches_waiting_max;
        self.matches_due
            .get_or_insert_with(|| Instant::now() + limits.matches_wait_max);
        if is_full || !held.command.is_pending() {
            self.show_matches().await?;
        }
        if !held.command.is_pending() {
            self.finish().await?;
        }
        Ok(())
    }

    /// Keeps what waits, and shows it.
    pub(super) async fn show_matches(&mut self) -> Result<(), End> {
        self.matches_due = None;
        let Some(operation) = &mut self.operation else {
            return Ok(());
        };
        if operation.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut operation.waiting);
        let patients = std::mem::take(&mut operation.patients);
        operation.is_told = true;
        let about = operation.about.clone();
        let disclosed = Disclosed {
            patients: patients.into_iter().collect(),
            resources: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
            withheld: 0,
        };
        let shown = self.disclose(&about, disclosed).await?;
        self.client.show(shown, waiting);
        Ok(())
    }

    /// An answer that shows nothing itself: further ones follow, or it was the last.
    async fn answer(&mut self, context: u8, command: &Command) -> Result<(), End> {
        if !command.is_pending() {
            self.show_matches().await?;
            self.finish().await?;
        }
        self.client.command(context, command);
        Ok(())
    }

    /// The operation is over: that it was asked is kept even when it showed nothing.
    async fn finish(&mut self) -> Result<(), End> {
        let Some(mut operation) = self.operation.take() else {
            return Ok(());
        };
        let shows = matches!(operation.about.kind, Kind::Find | Kind::Get | Kind::NGet);
        let more = operation.parts.more();
        if let Some(more) = more {
            self.disclose(&operation.about, more).await?;
        } else if shows && !operation.is_told {
            let nothing = Disclosed::default();
            self.disclose(&operation.about, nothing).await?;
        }
        operation.flight.land();
        Ok(())
    }
}
