//! The proxy against real sockets: an archive that is honest, one that lies, and clients that do.

mod archive;
mod hostile;
mod played;
mod recorded;
mod talk;

use std::net::SocketAddr;
use std::sync::Arc;

use event::{Access, Event, PatientId, PatientSealer, SealKeys};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use wire::dicom::{Kind, Pdu, Reject};

use super::{DicomTerms, serve};
use crate::guard::testing::{Bench, kept, loopback, way};
use crate::guard::{GuardLimits, Places};
use archive::{Archive, Lie};
use talk::{
    CT_IMAGE, Client, EXPLICIT, STUDY_FIND, STUDY_GET, STUDY_MOVE, VERIFICATION, command, data_set,
};

/// Who may do what with the archive: a modality stores, viewers look, an office does nothing.
const POLICY: &str = r#"
[[conduits]]
name = "air"
protocol = "dicom"
clients = ["127.0.0.0/8"]
devices = ["127.0.0.1"]
fail = "closed"
owner = "m-durand"
reason = "images that nobody vouches for are shown to nobody"
refuse = "exception"

[[conduits.allow]]
id = "modalities"
from = ["127.0.0.1"]
calling = ["CT-1"]
called = ["ARCHIVE"]
access = ["write", "identify"]
functions = ["c-store", "c-echo"]

[[conduits.allow]]
id = "viewers"
from = ["127.0.0.2"]
calling = ["VIEWER-1"]
called = ["ARCHIVE"]
access = ["read", "identify"]
functions = ["c-find", "c-get", "c-move", "c-echo"]
destinations = ["VIEWER-1"]
classes = ["1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2", "1.2.840.10008.5.1.4.1.2.2.3", "storage"]
"#;

struct Stand {
    bench: Bench,
    address: SocketAddr,
    archive: Archive,
    _serving: JoinHandle<()>,
}

impl Stand {
    async fn new(archive: Archive) -> Self {
        Self::with(POLICY, GuardLimits::DEFAULT, archive).await
    }

    async fn with(policy: &str, limits: GuardLimits, archive: Archive) -> Self {
        let bench = Bench::with(policy, limits, Places::default());
        let listener = TcpListener::bind(loopback(1)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let terms = DicomTerms {
            patient_prefix: "ipp-".to_owned(),
            patients: Arc::new(sealer()),
            policy_set: "0123456789abcdef".to_owned(),
        };
        let way = (way(archive.address), terms);
        let door = Arc::clone(&bench.door);
        let serving = serve(door, way, listener, None, std::future::pending());
        Self {
            bench,
            address,
            archive,
            _serving: tokio::spawn(serving),
        }
    }

    /// A connection from 127.0.0.x.
    async fn connect(&self, last: u8) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(loopback(last)).unwrap();
        Client::new(socket.connect(self.address).await.unwrap())
    }

    /// The modality, with an association to store images.
    async fn modality(&self) -> Client {
        let mut client = self.connect(1).await;
        let outcomes = client.associate("CT-1", &[CT_IMAGE, VERIFICATION]).await;
        assert_eq!(outcomes, [Ok(EXPLICIT.to_owned()), Ok(EXPLICIT.to_owned())]);
        client
    }

    /// The viewer, with an association to look for images.
    async fn viewer(&self) -> Client {
        let mut client = self.connect(2).await;
        let classes = [STUDY_FIND, STUDY_GET, STUDY_MOVE, CT_IMAGE];
        let outcomes = client.associate("VIEWER-1", &classes).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        client
    }

    /// Ends a gap as if it had been told.
    fn end_gap(&self) {
        let standing = self.bench.door.standing("air");
        assert!(standing.take_gap().is_some());
        standing.recover(self.bench.now());
    }

    /// Every access that is durable now.
    fn accesses(&self) -> Vec<Access> {
        let events = kept(&self.bench.place.path().join("decisions")).into_iter();
        let accesses = events.filter_map(|event| match event {
            Event::Access(access) => Some(access),
            _ => None,
        });
        accesses.collect()
    }

    /// Action, patients and how many instances or matches, of every access.
    fn told(&self) -> Vec<(String, Vec<String>, u32)> {
        let sealer = sealer();
        let patients = |access: &Access| {
            let patients = access.disclosed.patients.iter();
            let opened = patients.map(|it| sealer.open(it).unwrap().to_string());
            opened.collect()
        };
        let accesses = self.accesses().into_iter();
        accesses
            .map(|it| {
                let patients = patients(&it);
                (it.asked.action, patients, it.disclosed.resources)
            })
            .collect()
    }
}

fn sealer() -> PatientSealer {
    PatientSealer::new(&SealKeys::from_secret(&[9; 32]))
}

fn row(action: &str, patients: &[&str], count: u32) -> (String, Vec<String>, u32) {
    let patients = patients.iter().map(|it| (*it).to_owned());
    (action.to_owned(), patients.collect(), count)
}

#[tokio::test]
async fn a_modality_stores_and_each_patient_is_told_before_the_archive_hears_of_it() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.modality().await;
    assert_eq!(client.store(1, "4711").await, 0);
    assert_eq!(stand.told(), [row("c-store", &["ipp-4711"], 1)]);
    assert_eq!(client.store(2, "4711").await, 0);
    assert_eq!(client.store(3, "4711").await, 0);
    assert_eq!(client.store(4, "4712").await, 0);
    assert_eq!(stand.archive.stored(), ["4711", "4711", "4711", "4712"]);
    client.release().await;
    stand.archive.ended(1).await;
    assert!(!stand.archive.is_aborted(), "it ended in good order");
    // Beyond the first, images are counted and told at the end.
    crate::guard::testing::until(|| stand.told().len() == 3).await;
    assert_eq!(
        stand.told(),
        [
            row("c-store", &["ipp-4711"], 1),
            row("c-store", &["ipp-4712"], 1),
            row("c-store", &["ipp-4711"], 2),
        ]
    );
    let accesses = stand.accesses();
    assert!(accesses[2].asked.target.patient.is_none(), "of several");
    assert_ne!(accesses[0].request, accesses[1].request);
    let access = &accesses[0];
    let association = access.association.as_ref().unwrap();
    assert_eq!(
        (association.calling.as_str(), association.called.as_str()),
        ("CT-1", "ARCHIVE")
    );
    assert_eq!(association.class.as_deref(), Some(CT_IMAGE));
    assert_eq!(access.actor.person.as_str(), "127.0.0.1");
    assert_eq!(access.policies, ["modalities"]);
    assert_eq!(access.policy_set, "0123456789abcdef");
}

#[tokio::test]
async fn what_is_found_is_kept_before_it_is_shown() {
    let archive = Archive::honest().await;
    let stand = Stand::new(archive).await;
    let mut client = stand.viewer().await;
    let found = client.find(7, None).await;
    assert_eq!(found, ["4711", "4711", "4712"]);
    assert_eq!(stand.told(), [row("c-find", &["ipp-4711", "ipp-4712"], 3)]);
    // That nothing was found was asked for all the same, and of whom.
    assert!(client.find(8, Some("9999")).await.is_empty());
    assert_eq!(stand.told()[1], row("c-find", &[], 0));
    let asked = stand.accesses()[1].asked.target.patient.clone().unwrap();
    let nobody = PatientId::new("ipp-9999").unwrap();
    assert_eq!(sealer().open(&asked), Ok(nobody));
}

#[tokio::test]
async fn images_come_over_the_same_association_once_their_patient_is_told() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.viewer().await;
    assert_eq!(client.get(3).await, ["4711", "4711", "4712"]);
    assert_eq!(
        stand.told(),
        [
            row("c-get", &["ipp-4711"], 1),
            row("c-get", &["ipp-4712"], 1),
            row("c-get", &["ipp-4711"], 1),
        ]
    );
    // And the association goes on.
    assert_eq!(client.find(4, Some("4712")).await, ["4712"]);
}

#[tokio::test]
async fn images_are_sent_to_whom_a_rule_names_and_to_nobody_else() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.viewer().await;
    assert_eq!(client.moved(5, "VIEWER-1", "4711").await, 0);
    assert_eq!(stand.told(), [row("c-move", &["ipp-4711"], 0)]);
    let association = stand.accesses()[0].association.clone().unwrap();
    assert_eq!(association.destination.as_deref(), Some("VIEWER-1"));
    assert_eq!(client.moved(6, "LAPTOP", "4711").await, 0xa801);
    assert_eq!(stand.archive.asked(), [Kind::Move]);
    let told = stand.bench.commands("telemetry").await;
    assert!(
        told.contains(&"denied c-move destination-not-allowed".to_owned()),
        "{told:?}"
    );
}

#[tokio::test]
async fn an_association_that_no_rule_is_for_is_refused_by_its_reason() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut stranger = stand.connect(1).await;
    assert_eq!(
        stranger.refused("CT-2", "ARCHIVE").await,
        Reject {
            result: 1,
            source: 1,
            reason: 3
        }
    );
    let mut lost = stand.connect(1).await;
    assert_eq!(lost.refused("CT-1", "BACKUP").await.reason, 7);
    // A title is a name: the viewer's is worth nothing at another address.
    let mut thief = stand.connect(3).await;
    assert_eq!(thief.refused("VIEWER-1", "ARCHIVE").await.reason, 3);
    assert_eq!(stand.archive.associations(), 0);
    let mut told = stand.bench.commands("telemetry").await;
    told.sort();
    assert_eq!(
        told,
        [
            "denied a-associate called-not-allowed",
            "denied a-associate calling-not-allowed",
            "denied a-associate source-not-allowed",
        ]
    );
}

#[tokio::test]
async fn classes_that_no_rule_could_allow_are_not_agreed_on() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.connect(2).await;
    let worklist = "1.2.840.10008.5.1.4.31";
    let outcomes = client.associate("VIEWER-1", &[worklist, STUDY_FIND]).await;
    assert_eq!(outcomes, [Err(3), Ok(EXPLICIT.to_owned())]);
    let asked = stand.archive.classes();
    assert_eq!(asked, [STUDY_FIND], "the archive hears of no other");
    assert!(stand.archive.roles().is_empty(), "nor of a role in one");
    let mut nothing = stand.connect(2).await;
    assert_eq!(nothing.refused_class("VIEWER-1", worklist).await.reason, 1);
}

#[tokio::test]
async fn forms_that_the_guard_cannot_read_are_not_agreed_on() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.connect(2).await;
    let (big, packed) = ("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99");
    let forms = [
        (STUDY_FIND, vec![big, packed]),
        (STUDY_GET, vec![big, EXPLICIT]),
    ];
    let outcomes = client.associate_by("VIEWER-1", &forms).await;
    assert_eq!(outcomes, [Err(4), Ok(EXPLICIT.to_owned())]);
}

#[tokio::test]
async fn a_refused_image_goes_nowhere_and_the_association_goes_on() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.viewer().await;
    // The class was agreed on to get images, and storing them is another thing.
    assert_eq!(client.store(1, "4711").await, 0x0124);
    assert!(stand.archive.stored().is_empty());
    assert_eq!(client.find(2, Some("4712")).await, ["4712"]);
    let told = stand.bench.commands("telemetry").await;
    assert_eq!(told, ["denied c-store source-not-allowed"]);
}

#[tokio::test]
async fn failed_and_lost_nothing_is_shown_that_cannot_be_kept() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.viewer().await;
    stand.bench.streams.decisions.close().unwrap();
    client.send(&command(Kind::Find, 1, STUDY_FIND, None)).await;
    client.send_data(1, &data_set(None)).await;
    let answer = client.answer().await;
    assert!(matches!(answer, Some(Pdu::Abort(_))), "{answer:?}");
    assert_eq!(stand.archive.asked(), [Kind::Find]);
    assert_eq!(stand.bench.air().failing_since, Some(stand.bench.now()));
    // And from now on nothing is asked.
    let mut other = stand.viewer().await;
    other.send(&command(Kind::Find, 1, STUDY_FIND, None)).await;
    other.send_data(1, &data_set(None)).await;
    assert_eq!(other.status().await, 0x0110);
    assert_eq!(stand.archive.asked(), [Kind::Find]);
}

#[tokio::test]
async fn an_image_that_cannot_be_kept_reaches_no_archive() {
    let stand = Stand::new(Archive::honest().await).await;
    let mut client = stand.modality().await;
    stand.bench.streams.decisions.close().unwrap();
    assert_eq!(client.store(1, "4711").await, 0x0110);
    assert!(stand.archive.stored().is_empty());
}

#[tokio::test]
async fn an_image_that_was_not_kept_makes_no_patient_told() {
    let open = POLICY.replace("\"closed\"", "\"open\"");
    for (policy, status, stored) in [(POLICY, 0x0110, &[][..]), (&open, 0, &["4711", "4711"])] {
        let archive = Archive::honest().await;
        let stand = Stand::with(policy, GuardLimits::DEFAULT, archive).await;
        let mut client = stand.modality().await;
        stand.bench.streams.decisions.close().unwrap();
        assert_eq!(client.store(1, "4711").await, status);
        // The gap ends, and nothing can be kept all the same.
        stand.end_gap();
        assert_eq!(client.store(2, "4711").await, status);
        assert!(stand.bench.air().failing_since.is_some(), "it was tried");
        assert_eq!(stand.archive.stored(), stored);
    }
}

#[tokio::test]
async fn what_stores_no_image_is_kept_each_time() {
    let policy = POLICY.replace("\"c-store\"", "\"c-store\", \"n-create\"");
    let archive = Archive::honest().await;
    let stand = Stand::with(&policy, GuardLimits::DEFAULT, archive).await;
    let mut client = stand.modality().await;
    let store = command(Kind::Store, 1, CT_IMAGE, None);
    client.ask(&store, None).await;
    assert_eq!(client.status().await, 0);
    assert_eq!(stand.told(), [row("c-store", &[], 1)]);
    let create = command(Kind::NCreate, 2, CT_IMAGE, None);
    client.ask(&create, None).await;
    assert_eq!(client.status().await, 0);
    let kept = stand.bench.commands("decisions").await;
    assert_eq!(kept, ["allowed n-create modalities"]);
}

#[tokio::test]
async fn care_goes_on_without_evidence_where_its_owner_chose_so() {
    let open = POLICY.replace("\"closed\"", "\"open\"");
    let stand = Stand::with(&open, GuardLimits::DEFAULT, Archive::honest().await).await;
    let (mut viewer, mut modality) = (stand.viewer().await, stand.modality().await);
    let door = &stand.bench.door;
    door.standing("air").fail(stand.bench.now());
    assert_eq!(viewer.find(1, Some("4712")).await, ["4712"]);
    assert_eq!(modality.store(1, "4711").await, 0);
    assert!(stand.told().is_empty());
    stand.bench.pass_ms(5_000);
    door.attend(std::future::ready(())).await;
    let events = kept(&stand.bench.place.path().join("decisions"));
    let [Event::GuardFailed(gap), Event::GuardCommand(store)] = events.as_slice() else {
        panic!("{events:?}")
    };
    // The question, what it showed, and the image.
    assert_eq!((gap.passed, gap.fail.as_str()), (3, "open"));
    assert_eq!(store.errand.function, "c-store");
    assert_eq!(store.errand.calling.as_deref(), Some("CT-1"));
    assert_eq!(store.errand.station, "title ARCHIVE");
}

#[tokio::test]
async fn the_person_who_works_there_is_told() {
    let stand = Stand::new(Archive::honest().await).await;
    let until = stand.bench.now().after(std::time::Duration::from_secs(60));
    let person = "dr-1".parse().unwrap();
    stand
        .bench
        .door
        .seat(loopback(2).ip(), person, until)
        .unwrap();
    let mut client = stand.viewer().await;
    assert_eq!(client.find(1, Some("4712")).await, ["4712"]);
    assert_eq!(stand.accesses()[0].actor.person.as_str(), "dr-1");
}

#[tokio::test]
async fn an_archive_that_is_away_is_told_as_away() {
    let archive = Archive::away().await;
    let stand = Stand::new(archive).await;
    let mut client = stand.connect(2).await;
    let refused = client.refused("VIEWER-1", "ARCHIVE").await;
    assert_eq!(refused, Reject::AWAY);
    let full = Stand::new(Archive::lying(Lie::Rejects).await).await;
    let mut client = full.connect(2).await;
    assert_eq!(client.refused("VIEWER-1", "ARCHIVE").await.result, 2);
}
