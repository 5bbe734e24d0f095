//! Archives whose every word a test says, and what of it reaches the client.

use std::time::Duration;

use tokio::join;
use wire::dicom::{
    AssociateAccept, AssociateRequest, Command as Dimse, Extended, PDU_BYTES_MAX, Settled, User,
};
use wire::limits::DICOM_HEAD_BYTES_MAX;

use super::archive::say;
use super::hostile::{aborted, reasons};
use super::talk::{answer, cancel, elements, part, request, title, uid};
use super::*;
use crate::guard::testing::{soon, until};

/// The contexts of the viewer.
const FIND: u8 = 1;
const GET: u8 = 3;
const IMAGES: u8 = 7;

const VIEWED: [&str; 4] = [STUDY_FIND, STUDY_GET, STUDY_MOVE, CT_IMAGE];

/// A viewer that has an association with an archive.
struct Play {
    stand: Stand,
    client: Client,
    archive: Client,
}

impl Play {
    async fn new() -> Self {
        Self::with(POLICY, GuardLimits::DEFAULT).await
    }

    async fn with(policy: &str, limits: GuardLimits) -> Self {
        let (archive, listener) = Archive::played().await;
        let stand = Stand::with(policy, limits, archive).await;
        let mut client = stand.connect(2).await;
        let classes = client.associate("VIEWER-1", &VIEWED);
        let (outcomes, archive) = join!(classes, async {
            let (mut archive, asked) = let_in(&listener).await;
            archive.say(&accept(&asked, |_| true)).await;
            archive
        });
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        Self {
            stand,
            client,
            archive,
        }
    }

    /// The viewer asks something, and the archive hears it.
    async fn ask(&mut self, kind: Kind, id: u16, class: &str) -> Dimse {
        let asked = command(kind, id, class, None);
        self.client.ask(&asked, None).await;
        let (_, heard, _) = self.archive.said().await;
        assert_eq!(heard, asked);
        heard
    }

    async fn answer(&mut self, context: u8, to: &Dimse, status: u16, data: Option<&[u8]>) {
        let answer = answer(to, status, data.is_some());
        say(&mut self.archive, context, &answer).await;
        if let Some(data) = data {
            self.archive.send_data(context, data).await;
        }
    }

    async fn send_image(&mut self, id: u16, patient: &str) {
        let store = command(Kind::Store, id, CT_IMAGE, None);
        say(&mut self.archive, IMAGES, &store).await;
        let data = data_set(Some(patient));
        self.archive.send_data(IMAGES, &data).await;
    }

    /// The viewer takes an image, and the archive hears of it.
    async fn take_image(&mut self, id: u16) {
        let (context, said, _) = self.client.said().await;
        assert_eq!((context, said.kind(), said.id()), (IMAGES, Kind::Store, id));
        let taken = answer(&said, 0, false);
        say(&mut self.client, IMAGES, &taken).await;
        assert_eq!(self.archive.said().await.1.answers(), id);
    }

    /// The archive is refused what it asks.
    async fn refused(&mut self, id: u16) {
        let (_, refusal, _) = self.archive.said().await;
        assert_eq!((refusal.answers(), refusal.status()), (id, Some(0x0211)));
    }
}

async fn let_in(listener: &TcpListener) -> (Client, AssociateRequest) {
    let (stream, _) = soon(listener.accept()).await.unwrap();
    let mut archive = Client::new(stream);
    match archive.answer().await {
        Some(Pdu::AssociateRequest(asked)) => (archive, asked),
        other => panic!("{other:?}"),
    }
}

fn accept(asked: &AssociateRequest, takes: impl Fn(u8) -> bool) -> Pdu {
    let contexts = asked.contexts.iter().map(|it| Settled {
        id: it.id,
        outcome: takes(it.id).then(|| it.transfers[0].clone()).ok_or(1),
    });
    Pdu::AssociateAccept(AssociateAccept {
        called: asked.called.clone(),
        calling: asked.calling.clone(),
        contexts: contexts.collect(),
        user: User {
            length_max: 4_096,
            ..User::default()
        },
    })
}

/// A data set that says nothing of its patient for long.
fn long_head() -> Vec<u8> {
    let length = u32::try_from(DICOM_HEAD_BYTES_MAX).unwrap() + 2;
    let mut bytes = vec![8, 0, 0x60, 0, b'U', b'N', 0, 0];
    bytes.extend(length.to_le_bytes());
    bytes.resize(DICOM_HEAD_BYTES_MAX + 2, 0);
    bytes
}

/// A data set of many bytes, in many parts.
async fn send_long(side: &mut Client, context: u8, bytes: &[u8], is_last: bool) {
    let mut parts = bytes.chunks(20_000).peekable();
    while let Some(bytes) = parts.next() {
        let is_last = is_last && parts.peek().is_none();
        side.say(&part(context, false, is_last, bytes)).await;
    }
}

/// The longest part of a message; its command and its data set.
async fn longest(side: &mut Client) -> usize {
    let mut longest = 0;
    for is_command in [true, false] {
        loop {
            let Some(Pdu::Data(parts)) = side.answer().await else {
                panic!("no data");
            };
            assert_eq!(parts[0].is_command, is_command);
            longest = longest.max(parts[0].bytes.len());
            if parts[0].is_last {
                break;
            }
        }
    }
    longest
}

#[test]
fn a_number_that_may_stand_for_several_names_nobody() {
    let terms = DicomTerms {
        patient_prefix: "ipp-".to_owned(),
        patients: Arc::new(sealer()),
        policy_set: String::new(),
    };
    for several in ["47*", "471?", "4711\\4712"] {
        assert_eq!(terms.patient(several.as_bytes()), None, "{several}");
    }
    for (number, id) in [("4711", "ipp-4711"), ("47 11/\u{e9}", "ipp-47_11__")] {
        let patient = terms.patient(number.as_bytes()).unwrap();
        assert_eq!(sealer().open(&patient).unwrap().as_str(), id);
    }
}

#[test]
fn a_class_is_what_a_command_says_and_else_that_of_its_context() {
    let titles = super::super::Titles {
        calling: title("A"),
        called: title("B"),
    };
    let class = |asked: &Dimse| {
        let question = super::super::command(asked, &titles, CT_IMAGE);
        question.dimse.unwrap().class.unwrap()
    };
    let find = command(Kind::Find, 1, STUDY_FIND, None);
    assert_eq!(class(&find), STUDY_FIND);
    let bare = [
        (0x0100, vec![0x30, 0]),
        (0x0110, vec![1, 0]),
        (0x0800, vec![1, 1]),
    ];
    let echo = Dimse::parse(&elements(&bare)).unwrap();
    assert_eq!(class(&echo), CT_IMAGE);
}

#[tokio::test]
async fn what_is_said_of_an_association_goes_on_only_for_what_is_offered() {
    let (archive, listener) = Archive::played().await;
    let stand = Stand::new(archive).await;
    let mut client = stand.connect(2).await;
    let worklist = "1.2.840.10008.5.1.4.31";
    let forms = [worklist, STUDY_FIND, STUDY_GET].map(|it| (it, vec![EXPLICIT]));
    let Pdu::AssociateRequest(mut asked) = request("VIEWER-1", "ARCHIVE", &forms) else {
        panic!("no request");
    };
    asked.user.extended = [worklist, STUDY_FIND]
        .map(|it| Extended {
            class: uid(it),
            value: vec![1],
        })
        .into();
    client.say(&Pdu::AssociateRequest(asked)).await;
    let (mut archive, heard) = let_in(&listener).await;
    let most = u32::try_from(PDU_BYTES_MAX).unwrap();
    assert_eq!(heard.user.length_max, most);
    let extended = heard.user.extended.iter().map(|it| it.class.as_str());
    assert_eq!(extended.collect::<Vec<_>>(), [STUDY_FIND]);
    archive.say(&accept(&heard, |id| id == 3)).await;
    let Some(Pdu::AssociateAccept(agreed)) = client.answer().await else {
        panic!("no association");
    };
    assert_eq!(agreed.user.length_max, most);
    let agreed = agreed.contexts.into_iter().map(|it| it.outcome);
    assert_eq!(
        agreed.collect::<Vec<_>>(),
        [Err(3), Ok(uid(EXPLICIT)), Err(1)]
    );
    // What the archive did not take is no context.
    let get = command(Kind::Get, 1, STUDY_GET, None);
    say(&mut client, 5, &get).await;
    aborted(&mut client).await;
    assert_eq!(reasons(&stand).await, ["dicom-context"]);
}

#[tokio::test]
async fn an_archive_that_agrees_on_another_form_gets_no_client() {
    let (archive, listener) = Archive::played().await;
    let stand = Stand::new(archive).await;
    let mut client = stand.connect(2).await;
    let forms = [(STUDY_FIND, vec![EXPLICIT])];
    client.say(&request("VIEWER-1", "ARCHIVE", &forms)).await;
    let (mut archive, heard) = let_in(&listener).await;
    let Pdu::AssociateAccept(mut other) = accept(&heard, |_| true) else {
        panic!("no acceptance");
    };
    other.contexts[0].outcome = Ok(uid("1.2.840.10008.1.2"));
    archive.say(&Pdu::AssociateAccept(other)).await;
    aborted(&mut client).await;
    until(|| stand.bench.strays() == 1).await;
}

#[tokio::test]
async fn no_side_gets_longer_messages_than_it_takes() {
    let mut play = Play::new().await;
    let asked = command(Kind::Get, 1, STUDY_GET, None);
    let mut long = data_set(None);
    long.resize(50_000, 0);
    say(&mut play.client, GET, &asked).await;
    send_long(&mut play.client, GET, &long, true).await;
    assert_eq!(longest(&mut play.archive).await, 4_096 - 6);
    let partly = answer(&asked, 0xb000, true);
    say(&mut play.archive, GET, &partly).await;
    send_long(&mut play.archive, GET, &long, true).await;
    assert_eq!(longest(&mut play.client).await, 16_384 - 6);
}

#[tokio::test]
async fn an_answer_is_one_in_the_context_of_its_question_only() {
    let mut play = Play::new().await;
    let asked = play.ask(Kind::Find, 1, STUDY_FIND).await;
    play.answer(GET, &asked, 0, None).await;
    let other = command(Kind::Get, 1, STUDY_FIND, None);
    play.answer(FIND, &other, 0, None).await;
    play.answer(FIND, &asked, 0, None).await;
    let (context, done, _) = play.client.said().await;
    assert_eq!((context, done.answers()), (FIND, 1));
    assert_eq!(done.kind(), Kind::Find);
    assert_eq!(play.stand.bench.strays(), 2);
}

#[tokio::test]
async fn an_archive_asks_for_nothing_but_to_send_images() {
    let mut play = Play::new().await;
    let get = play.ask(Kind::Get, 1, STUDY_GET).await;
    let find = command(Kind::Find, 50, STUDY_FIND, None);
    say(&mut play.archive, FIND, &find).await;
    let data = data_set(Some("4711"));
    play.archive.send_data(FIND, &data).await;
    play.refused(50).await;
    let echo = command(Kind::Echo, 51, VERIFICATION, None);
    say(&mut play.archive, FIND, &echo).await;
    play.refused(51).await;
    play.answer(GET, &get, 0, None).await;
    // The first that the client hears; that nothing came is told.
    assert_eq!(play.client.status().await, 0);
    assert_eq!(play.stand.told(), [row("c-get", &[], 0)]);
}

#[tokio::test]
async fn images_come_one_after_the_other_and_are_counted_when_one_side_leaves() {
    let mut play = Play::new().await;
    play.ask(Kind::Get, 1, STUDY_GET).await;
    play.send_image(100, "4711").await;
    play.send_image(101, "4712").await;
    play.refused(101).await;
    play.take_image(100).await;
    for id in [102, 103] {
        play.send_image(id, "4711").await;
        play.take_image(id).await;
    }
    drop(play.archive);
    until(|| play.stand.told().len() == 2).await;
    assert_eq!(
        play.stand.told(),
        [
            row("c-get", &["ipp-4711"], 1),
            row("c-get", &["ipp-4711"], 2),
        ]
    );
}

#[tokio::test]
async fn a_single_image_is_told_once() {
    let mut play = Play::new().await;
    let get = play.ask(Kind::Get, 1, STUDY_GET).await;
    play.send_image(100, "4711").await;
    play.take_image(100).await;
    play.answer(GET, &get, 0, None).await;
    assert_eq!(play.client.status().await, 0);
    assert_eq!(play.stand.told(), [row("c-get", &["ipp-4711"], 1)]);
}

#[tokio::test]
async fn an_archive_that_says_what_nobody_expects_ends_the_association() {
    let find = command(Kind::Find, 1, STUDY_FIND, None);
    let done = answer(&find, 0, false).to_bytes();
    for stray in [
        request("VIEWER-1", "ARCHIVE", &[(STUDY_FIND, vec![EXPLICIT])]),
        part(99, true, true, &done),
        part(FIND, false, true, &[]),
    ] {
        let mut play = Play::new().await;
        play.ask(Kind::Find, 1, STUDY_FIND).await;
        play.archive.say(&stray).await;
        let ended = play.client.answer().await;
        assert!(matches!(ended, Some(Pdu::Abort(_))), "{stray:?}: {ended:?}");
        until(|| play.stand.bench.strays() == 1).await;
    }
}

#[tokio::test]
async fn an_archive_may_end_an_association_too() {
    let mut play = Play::new().await;
    play.archive.say(&Pdu::ReleaseRequest).await;
    assert_eq!(play.client.answer().await, Some(Pdu::ReleaseRequest));
    play.client.say(&Pdu::ReleaseAnswer).await;
    assert_eq!(play.archive.answer().await, Some(Pdu::ReleaseAnswer));
    assert_eq!(play.archive.answer().await, None);
}

#[tokio::test]
async fn an_image_without_data_is_none() {
    let mut play = Play::new().await;
    play.ask(Kind::Get, 1, STUDY_GET).await;
    let list = [
        (0x0100, vec![1, 0]),
        (0x0110, vec![9, 0]),
        (0x0800, vec![1, 1]),
    ];
    let empty = Dimse::parse(&elements(&list)).unwrap();
    say(&mut play.archive, IMAGES, &empty).await;
    aborted(&mut play.client).await;
    assert_eq!(play.stand.bench.strays(), 1);
    assert!(play.stand.told().is_empty());
}

#[tokio::test]
async fn an_image_that_is_shown_in_a_gap_makes_no_patient_told() {
    let open = POLICY.replace("\"closed\"", "\"open\"");
    let mut play = Play::with(&open, GuardLimits::DEFAULT).await;
    play.ask(Kind::Get, 1, STUDY_GET).await;
    play.stand.bench.streams.decisions.close().unwrap();
    play.send_image(100, "4711").await;
    play.take_image(100).await;
    play.stand.end_gap();
    play.send_image(101, "4711").await;
    play.take_image(101).await;
    let air = play.stand.bench.air();
    assert!(air.failing_since.is_some(), "it was tried again");
}

#[tokio::test]
async fn reports_of_an_archive_are_answered_once_and_as_what_they_are() {
    let mut play = Play::new().await;
    let report = |id| command(Kind::EventReport, id, STUDY_FIND, None);
    let data = data_set(None);
    play.answer(FIND, &report(9), 0, None).await;
    say(&mut play.archive, FIND, &report(9)).await;
    play.archive.send_data(FIND, &data).await;
    let (_, said, heard) = play.client.said().await;
    assert_eq!((said, heard), (report(9), data.clone()));
    assert_eq!(play.stand.bench.strays(), 1, "the answer to nothing");
    let taken = answer(&report(9), 0, true);
    say(&mut play.client, FIND, &taken).await;
    play.client.send_data(FIND, &data).await;
    let (_, said, heard) = play.archive.said().await;
    assert_eq!((said, heard), (taken, data.clone()));
    say(&mut play.archive, FIND, &report(10)).await;
    play.archive.send_data(FIND, &data).await;
    assert_eq!(play.client.said().await.1.id(), 10);
    let other = answer(&command(Kind::Store, 10, CT_IMAGE, None), 0, false);
    say(&mut play.client, FIND, &other).await;
    aborted(&mut play.client).await;
    assert_eq!(reasons(&play.stand).await, ["dicom-unasked"]);
}

#[tokio::test]
async fn only_the_operation_under_way_is_cancelled() {
    let mut play = Play::new().await;
    play.ask(Kind::Find, 1, STUDY_FIND).await;
    for (context, id) in [(FIND, 2), (GET, 1), (FIND, 1)] {
        say(&mut play.client, context, &cancel(id, false)).await;
    }
    let (context, heard, _) = play.archive.said().await;
    assert_eq!((context, heard), (FIND, cancel(1, false)));
    say(&mut play.client, FIND, &cancel(1, true)).await;
    aborted(&mut play.client).await;
    assert_eq!(reasons(&play.stand).await, ["dicom-element"]);
}

#[tokio::test]
async fn matches_wait_for_no_more_than_so_many() {
    let limits = GuardLimits {
        matches_waiting_max: 2,
        matches_wait_max: Duration::from_secs(3_600),
        ..GuardLimits::DEFAULT
    };
    let mut play = Play::with(POLICY, limits).await;
    let asked = play.ask(Kind::Find, 1, STUDY_FIND).await;
    for patient in ["4711", "4712"] {
        let found = data_set(Some(patient));
        play.answer(FIND, &asked, 0xff00, Some(&found)).await;
    }
    for _ in 0..2 {
        assert!(play.client.said().await.1.is_pending());
    }
    let found = data_set(Some("4713"));
    play.answer(FIND, &asked, 0xff00, Some(&found)).await;
    play.answer(FIND, &asked, 0, None).await;
    assert!(play.client.said().await.1.is_pending());
    assert_eq!(play.client.status().await, 0);
    assert_eq!(
        play.stand.told(),
        [
            row("c-find", &["ipp-4711", "ipp-4712"], 2),
            row("c-find", &["ipp-4713"], 1),
        ]
    );
}

#[tokio::test]
async fn a_match_waits_for_no_longer_than_so() {
    let limits = GuardLimits {
        matches_wait_max: Duration::from_millis(10),
        ..GuardLimits::DEFAULT
    };
    let mut play = Play::with(POLICY, limits).await;
    let asked = play.ask(Kind::Find, 1, STUDY_FIND).await;
    let found = data_set(Some("4711"));
    play.answer(FIND, &asked, 0xff00, Some(&found)).await;
    assert!(play.client.said().await.1.is_pending());
    assert_eq!(play.stand.told(), [row("c-find", &["ipp-4711"], 1)]);
}

#[tokio::test]
async fn a_match_that_names_nobody_is_of_whom_was_asked() {
    let mut play = Play::new().await;
    let asked = command(Kind::Find, 1, STUDY_FIND, None);
    play.client.ask(&asked, Some("4711")).await;
    play.archive.said().await;
    let found = data_set(None);
    play.answer(FIND, &asked, 0xff00, Some(&found)).await;
    play.answer(FIND, &asked, 0, None).await;
    assert!(play.client.said().await.1.is_pending());
    assert_eq!(play.client.status().await, 0);
    assert_eq!(play.stand.told(), [row("c-find", &["ipp-4711"], 1)]);
}

#[tokio::test]
async fn a_last_answer_with_data_ends_the_operation() {
    let mut play = Play::new().await;
    let get = play.ask(Kind::Get, 1, STUDY_GET).await;
    let failed = data_set(None);
    play.answer(GET, &get, 0xb000, Some(&failed)).await;
    assert_eq!(play.client.status().await, 0xb000);
    assert_eq!(play.stand.told(), [row("c-get", &[], 1)]);
    let find = play.ask(Kind::Find, 2, STUDY_FIND).await;
    play.answer(FIND, &find, 0, None).await;
    assert_eq!(play.client.status().await, 0);
}

#[tokio::test]
async fn what_was_asked_of_one_object_is_told_though_nothing_was_shown() {
    let policy = POLICY.replace("\"c-get\"", "\"c-get\", \"n-get\"");
    let mut play = Play::with(&policy, GuardLimits::DEFAULT).await;
    let get = command(Kind::NGet, 1, STUDY_FIND, None);
    play.client.send(&get).await;
    assert_eq!(play.archive.said().await.1, get);
    play.answer(FIND, &get, 0, None).await;
    assert_eq!(play.client.status().await, 0);
    assert_eq!(play.stand.told(), [row("n-get", &[], 0)]);
}

#[tokio::test]
async fn a_patient_who_is_not_named_in_time_is_not_waited_for() {
    let mut play = Play::new().await;
    let asked = play.ask(Kind::Find, 1, STUDY_FIND).await;
    let found = answer(&asked, 0xff00, true);
    say(&mut play.archive, FIND, &found).await;
    send_long(&mut play.archive, FIND, &long_head(), false).await;
    aborted(&mut play.client).await;
    assert_eq!(play.stand.bench.strays(), 1);
    let mut play = Play::new().await;
    let asked = command(Kind::Find, 1, STUDY_FIND, None);
    say(&mut play.client, FIND, &asked).await;
    send_long(&mut play.client, FIND, &long_head(), false).await;
    aborted(&mut play.client).await;
    assert_eq!(reasons(&play.stand).await, ["dicom-too-long"]);
}
