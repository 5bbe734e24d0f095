//! A client of the tests, and the messages of both sides.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wire::dicom::{
    AeTitle, AssociateRequest, Command, Fragment, Framer, Head, Kind, Pdu, Proposed, Reject, Role,
    Syntax, Uid, User,
};

use crate::guard::testing::soon;

pub(super) const VERIFICATION: &str = "1.2.840.10008.1.1";
pub(super) const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
pub(super) const STUDY_FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
pub(super) const STUDY_MOVE: &str = "1.2.840.10008.5.1.4.1.2.2.2";
pub(super) const STUDY_GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
pub(super) const EXPLICIT: &str = "1.2.840.10008.1.2.1";

const FIELDS: &[(Kind, u16)] = &[
    (Kind::Store, 0x0001),
    (Kind::Get, 0x0010),
    (Kind::Find, 0x0020),
    (Kind::Move, 0x0021),
    (Kind::Echo, 0x0030),
    (Kind::EventReport, 0x0100),
    (Kind::NGet, 0x0110),
    (Kind::NCreate, 0x0140),
];

/// A command set, element by element.
pub(super) fn elements(list: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (element, value) in list {
        bytes.extend([0, 0]);
        bytes.extend(element.to_le_bytes());
        bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value);
    }
    bytes
}

fn even(text: &str, filler: u8) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(filler);
    }
    bytes
}

/// A request.
pub(super) fn command(kind: Kind, id: u16, class: &str, destination: Option<&str>) -> Command {
    let field = FIELDS.iter().find(|(of, _)| *of == kind).unwrap().1;
    let is_bare = matches!(kind, Kind::Echo | Kind::NGet);
    let data: u16 = if is_bare { 0x0101 } else { 0 };
    let mut list = vec![
        (0x0002, even(class, 0)),
        (0x0100, field.to_le_bytes().to_vec()),
        (0x0110, id.to_le_bytes().to_vec()),
    ];
    if let Some(destination) = destination {
        list.push((0x0600, even(destination, b' ')));
    }
    list.push((0x0700, vec![0, 0]));
    list.push((0x0800, data.to_le_bytes().to_vec()));
    if kind == Kind::Store {
        list.push((0x1000, even(&format!("1.2.3.{id}"), 0)));
    }
    Command::parse(&elements(&list)).unwrap()
}

/// What ends an operation.
pub(super) fn cancel(id: u16, has_data: bool) -> Command {
    let data: u16 = if has_data { 0 } else { 0x0101 };
    let list = [
        (0x0100, 0x0fff_u16.to_le_bytes().to_vec()),
        (0x0120, id.to_le_bytes().to_vec()),
        (0x0800, data.to_le_bytes().to_vec()),
    ];
    Command::parse(&elements(&list)).unwrap()
}

/// An answer to a request.
pub(super) fn answer(to: &Command, status: u16, has_data: bool) -> Command {
    let data: u16 = if has_data { 0 } else { 0x0101 };
    let list = [
        (0x0002, even(to.class().unwrap().as_str(), 0)),
        (0x0100, (to.field() | 0x8000).to_le_bytes().to_vec()),
        (0x0120, to.id().to_le_bytes().to_vec()),
        (0x0800, data.to_le_bytes().to_vec()),
        (0x0900, status.to_le_bytes().to_vec()),
    ];
    Command::parse(&elements(&list)).unwrap()
}

/// A data set that names a patient, or leaves the place empty.
pub(super) fn data_set(patient: Option<&str>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (group, element, form, value) in [
        (8_u16, 0x60_u16, b"CS", even("CT", b' ')),
        (0x10, 0x20, b"LO", even(patient.unwrap_or_default(), b' ')),
        (0x20, 0x0d, b"UI", even("1.2.3", 0)),
    ] {
        bytes.extend(group.to_le_bytes());
        bytes.extend(element.to_le_bytes());
        bytes.extend(form);
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value);
    }
    bytes
}

/// A data set with an element of a later group before it: which patient it is of would depend on who
/// reads.
pub(super) fn disordered(patient: &str) -> Vec<u8> {
    let before = [9, 0, 0x10, 0, b'L', b'O', 2, 0, b'M', b'E'];
    [&before[..], &data_set(Some(patient))].concat()
}

/// The patient of a data set; empty when it names none.
pub(super) fn patient_of(bytes: &[u8]) -> String {
    let mut head = Head::new(Syntax::Explicit);
    head.feed(bytes);
    head.end();
    let patient = head.patient().unwrap().unwrap();
    String::from_utf8(patient.unwrap_or_default().to_vec()).unwrap()
}

pub(super) fn uid(text: &str) -> Uid {
    Uid::new(text.as_bytes()).unwrap()
}

pub(super) fn title(text: &str) -> AeTitle {
    AeTitle::new(text.as_bytes()).unwrap()
}

/// A connection that speaks in messages.
pub(super) struct Client {
    stream: TcpStream,
    framer: Framer,
    waiting: Vec<Pdu>,
    classes: Vec<String>,
}

impl Client {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            framer: Framer::new(),
            waiting: Vec::new(),
            classes: Vec::new(),
        }
    }

    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) {
        soon(self.stream.write_all(bytes)).await.unwrap();
    }

    pub(super) async fn say(&mut self, pdu: &Pdu) {
        self.send_bytes(&pdu.to_bytes()).await;
    }

    /// The next message; nothing when the connection is closed.
    pub(super) async fn answer(&mut self) -> Option<Pdu> {
        while self.waiting.is_empty() {
            let mut buffer = [0; 4_096];
            let count = soon(self.stream.read(&mut buffer)).await.unwrap_or(0);
            if count == 0 {
                return None;
            }
            let mut bytes = &buffer[..count];
            while let Some(found) = self.framer.feed(&mut bytes) {
                self.waiting.push(found.unwrap());
            }
        }
        Some(self.waiting.remove(0))
    }

    /// Asks for an association with the archive; the syntax of each class, or why not.
    pub(super) async fn associate(
        &mut self,
        calling: &str,
        classes: &[&str],
    ) -> Vec<Result<String, u8>> {
        let forms: Vec<_> = classes.iter().map(|it| (*it, vec![EXPLICIT])).collect();
        self.associate_by(calling, &forms).await
    }

    pub(super) async fn associate_by(
        &mut self,
        calling: &str,
        forms: &[(&str, Vec<&str>)],
    ) -> Vec<Result<String, u8>> {
        self.classes = forms.iter().map(|(class, _)| (*class).to_owned()).collect();
        self.say(&request(calling, "ARCHIVE", forms)).await;
        match self.answer().await {
            Some(Pdu::AssociateAccept(accept)) => {
                let contexts = accept.contexts.into_iter();
                contexts
                    .map(|it| it.outcome.map(|transfer| transfer.to_string()))
                    .collect()
            }
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn refused(&mut self, calling: &str, called: &str) -> Reject {
        let forms = [(VERIFICATION, vec![EXPLICIT])];
        self.say(&request(calling, called, &forms)).await;
        match self.answer().await {
            Some(Pdu::AssociateReject(reject)) => reject,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn refused_class(&mut self, calling: &str, class: &str) -> Reject {
        self.say(&request(calling, "ARCHIVE", &[(class, vec![EXPLICIT])]))
            .await;
        match self.answer().await {
            Some(Pdu::AssociateReject(reject)) => reject,
            other => panic!("{other:?}"),
        }
    }

    fn context(&self, class: &str) -> u8 {
        let at = self.classes.iter().position(|it| it == class).unwrap();
        u8::try_from(2 * at + 1).unwrap()
    }

    pub(super) async fn send(&mut self, command: &Command) {
        let context = self.context(command.class().unwrap().as_str());
        self.say(&part(context, true, true, &command.to_bytes()))
            .await;
    }

    /// A data set in two parts.
    pub(super) async fn send_data(&mut self, context: u8, bytes: &[u8]) {
        let (one, two) = bytes.split_at(bytes.len() / 4 * 2);
        self.say(&part(context, false, false, one)).await;
        self.say(&part(context, false, true, two)).await;
    }

    pub(super) async fn ask(&mut self, command: &Command, patient: Option<&str>) {
        let context = self.context(command.class().unwrap().as_str());
        self.send(command).await;
        self.send_data(context, &data_set(patient)).await;
    }

    /// The next command with its data set.
    pub(super) async fn said(&mut self) -> (u8, Command, Vec<u8>) {
        let (context, bytes) = self.fragments(true).await;
        let command = Command::parse(&bytes).unwrap();
        let data = match command.has_data() {
            true => self.fragments(false).await.1,
            false => Vec::new(),
        };
        (context, command, data)
    }

    async fn fragments(&mut self, is_command: bool) -> (u8, Vec<u8>) {
        let mut bytes = Vec::new();
        loop {
            let Some(Pdu::Data(parts)) = self.answer().await else {
                panic!("no data");
            };
            let [one] = parts.as_slice() else {
                panic!("one part each");
            };
            assert_eq!(one.is_command, is_command);
            bytes.extend(&one.bytes);
            if one.is_last {
                return (one.context, bytes);
            }
        }
    }

    /// The status of the next answer.
    pub(super) async fn status(&mut self) -> u16 {
        self.said().await.1.status().unwrap()
    }

    pub(super) async fn store(&mut self, id: u16, patient: &str) -> u16 {
        self.ask(&command(Kind::Store, id, CT_IMAGE, None), Some(patient))
            .await;
        self.status().await
    }

    /// The patients that are found.
    pub(super) async fn find(&mut self, id: u16, patient: Option<&str>) -> Vec<String> {
        self.ask(&command(Kind::Find, id, STUDY_FIND, None), patient)
            .await;
        let mut found = Vec::new();
        loop {
            let (_, answer, data) = self.said().await;
            assert_eq!(answer.answers(), id);
            if !answer.is_pending() {
                assert_eq!(answer.status(), Some(0));
                return found;
            }
            found.push(patient_of(&data));
        }
    }

    /// The patients of the images that come.
    pub(super) async fn get(&mut self, id: u16) -> Vec<String> {
        self.ask(&command(Kind::Get, id, STUDY_GET, None), None)
            .await;
        let mut come = Vec::new();
        loop {
            let (context, said, data) = self.said().await;
            match said.kind() {
                Kind::Store => {
                    come.push(patient_of(&data));
                    let done = answer(&said, 0, false);
                    self.say(&part(context, true, true, &done.to_bytes())).await;
                }
                _ if said.is_pending() => {}
                _ => {
                    assert_eq!(said.status(), Some(0));
                    return come;
                }
            }
        }
    }

    pub(super) async fn moved(&mut self, id: u16, destination: &str, patient: &str) -> u16 {
        let asked = command(Kind::Move, id, STUDY_MOVE, Some(destination));
        self.ask(&asked, Some(patient)).await;
        self.status().await
    }

    pub(super) async fn release(&mut self) {
        self.say(&Pdu::ReleaseRequest).await;
        assert_eq!(self.answer().await, Some(Pdu::ReleaseAnswer));
    }
}

pub(super) fn part(context: u8, is_command: bool, is_last: bool, bytes: &[u8]) -> Pdu {
    Pdu::Data(vec![Fragment {
        context,
        is_command,
        is_last,
        bytes: bytes.to_vec(),
    }])
}

/// A request for an association, in which the caller also takes images.
pub(super) fn request(calling: &str, called: &str, forms: &[(&str, Vec<&str>)]) -> Pdu {
    let contexts = (0_u8..)
        .zip(forms)
        .map(|(at, (class, transfers))| Proposed {
            id: 2 * at + 1,
            class: uid(class),
            transfers: transfers.iter().map(|it| uid(it)).collect(),
        });
    Pdu::AssociateRequest(AssociateRequest {
        called: title(called),
        calling: title(calling),
        contexts: contexts.collect(),
        user: User {
            length_max: 16_384,
            implementation: Some(uid("1.2.3.4")),
            roles: vec![Role {
                class: uid(CT_IMAGE),
                is_user: true,
                is_provider: true,
            }],
            ..User::default()
        },
    })
}
