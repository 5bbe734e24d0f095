//! `hygie demo`: a hospital group behind a door, all in one process and one folder.

mod announce;
mod play;
mod upstreams;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use event::{PersonId, ServiceId, Timestamp};
use gateway::identity::certificate::PersonSource;
use gateway::identity::{Issuer as TrustedIssuer, KeySource, Verifier};
use gateway::tls::{authority::Authority, client_config, server_config};
use gateway::{Hall, SignIn};
use hospital::Directory;
use hospital::inventory::{Calendar, Fingerprints};
use intake::captures::dropped::CaptureFolder;
use intake::{FeedTerms, SenderTerms};
use jiff::tz::TimeZone;
use locale::Language;
use policy::GlassTerms;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use super::serve::until_told;
use super::{Ending, Words, init, print};
use crate::cli::Demo;
use crate::clock;
use crate::config::{CaptureSource, FeedSettings, InventorySettings, Settings};
use crate::demo::scenario::{DAY, Scenario};
use crate::demo::{Demonstration, Issuer, SUPPORT, capture};
use crate::detection::HouseRules;
use crate::folder::{DataFolder, write_whole};
use crate::house::House;
use crate::lake::{LakeSettings, MEMORY_MB};
use crate::rules;
use crate::support::add_table;
use announce::{Announcement, Person};
use upstreams::Upstreams;

/// The name of the demonstration's evidence log.
const ORIGIN: &str = "hygie.demo/evidence";

/// How long a glass opens and a review is owed in the demonstration.
const OPEN: Duration = Duration::from_secs(60 * 60);
const REVIEW: Duration = Duration::from_secs(72 * 60 * 60);

/// How long a device that nobody tells of any more is known in the demonstration.
const SEEN_KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// How long one piece of a log is in the demonstration, and how often full ones are looked for.
const SEGMENT_BYTES: u64 = 256 << 10;
const SEAL_CHECK: Duration = Duration::from_secs(5);

/// Starts the demonstration and serves it until it is told to stop.
pub(crate) fn run(demo: &Demo, words: &Words) -> Result<Ending> {
    print::log_to_stderr();
    let runtime = tokio::runtime::Runtime::new().context("the threads of the program")?;
    runtime.block_on(serve(demo, words))
}

async fn serve(demo: &Demo, words: &Words) -> Result<Ending> {
    let now = clock::now();
    let data = DataFolder::at(&demo.data);
    let reused = data.is_made();
    if !reused {
        init::make(&data, ORIGIN).context("making the data folder")?;
    }
    let folder = data.root().join("demo");
    let group = Demonstration::open(&folder, demo.seed, now).context("the demonstration group")?;
    let authority = Authority::open_or_make(&data.tls(), &[], now).context("certificates")?;
    let listener = listen(demo.port).await?;
    let public_url = format!("https://localhost:{}", listener.local_addr()?.port());
    let stop = until_told()?;
    let upstreams = Upstreams::start(group.records, &group.directory, &stop).await?;
    let issuer = Arc::new(group.issuer);
    let people = people(&group.cast.identities, &group.directory, &issuer, now)?;
    let told = (public_url.as_str(), &data, reused);
    let mut announcement = announcement(told, &authority, &people, &group.cast, &upstreams);
    let scenario = scenario(demo, &group.directory, now)?;
    let guard = upstreams.guard(&group.cast)?;
    let inventory = inventory(&group.directory, &folder, now)?;
    let settings = Settings {
        language: Language::Fr,
        address: listener.local_addr()?,
        public_url: public_url.clone(),
        tls: server_config(&authority.server_tls()).context("TLS")?,
        certificate_person: PersonSource::SerialNumber,
        directory_sha256: file_sha256(&group.directory_file)?,
        directory: group.directory,
        feeds: vec![feed()?],
        guard,
        inventory: Some(inventory),
        logs: Vec::new(),
        watch: HouseRules::built_in()?.into(),
        engine: rules::load(None)?,
        glass_terms: GlassTerms::new(OPEN, REVIEW),
        verifier: Arc::new(verifier(&folder, &issuer)?),
        services: upstreams.terms()?,
        lake: lake(),
        data: data.clone(),
    };
    let hall = Hall {
        demonstration: Some(announcement.page()),
        sign_in: Some(sign_in(Arc::clone(&issuer), &people)),
        ..Hall::default()
    };
    let house = open(settings, hall, &mut announcement).await?;
    announcement.tell(demo.json, words);
    let places = announcement.feed.zip(announcement.air);
    let stage = match scenario.zip(places) {
        Some((scenario, (feed, air))) => Some(play::Stage {
            scenario,
            issuer,
            door: listener.local_addr()?,
            feed,
            air,
            tls: Arc::new(client_config(Some(&authority.ca_file())).context("TLS")?),
            json: demo.json,
        }),
        None => None,
    };
    tokio::select! {
        served = house.serve(listener, stop) => served?,
        () = playing(stage, words) => {}
    }
    upstreams.stopped().await;
    Ok(Ending::Done)
}

/// What is seen of the devices of the group: a folder with a capture that is made up.
fn inventory(directory: &Directory, folder: &Path, now: Timestamp) -> Result<InventorySettings> {
    let path = folder.join("captures");
    std::fs::create_dir_all(&path).context("the folder of captures")?;
    let bytes = capture(directory.assets(), now);
    write_whole(&path.join("seen.pcap"), &bytes, 0o600).context("the capture")?;
    let mut calendar = Calendar::new().context("the products of the program")?;
    add_table(&mut calendar, SUPPORT).context("the dates of support")?;
    Ok(InventorySettings {
        keep: SEEN_KEPT,
        captures: vec![CaptureSource::Folder(CaptureFolder::new(
            "mirror".to_owned(),
            path,
        ))],
        calendar: Arc::new(calendar),
        fingerprints: Fingerprints::built_in().context("the fingerprints of the program")?,
    })
}

/// Opens the house and every place where something comes in.
async fn open(
    settings: Settings,
    hall: Hall,
    announcement: &mut Announcement<'_>,
) -> Result<House> {
    let mut house = House::open(settings, hall)?;
    let feeds = house.open_feeds().await?;
    announcement.feed = feeds.first().map(|(_, address)| *address);
    let lines = house.open_lines().await?;
    announcement.air = lines.first().map(|(_, address)| *address);
    house.renew_keys().await;
    Ok(house)
}

async fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| format!("listening on port {port}; `--port 0` takes a free one"))
}

/// Plays the scenario, if there is one, and never ends: the door goes on after it.
async fn playing(stage: Option<play::Stage>, words: &Words) {
    if let Some(stage) = stage {
        stage.play(words).await;
    }
    std::future::pending::<()>().await;
}

/// What the demonstration says of itself before its feed has an address.
fn announcement<'a>(
    told: (&'a str, &'a DataFolder, bool),
    authority: &Authority,
    people: &'a [Person],
    cast: &'a crate::demo::Cast,
    upstreams: &Upstreams,
) -> Announcement<'a> {
    let (url, data, reused) = told;
    Announcement {
        url,
        ca_file: authority.ca_file(),
        data,
        reused,
        minutes: u32::try_from(OPEN.as_secs() / 60).unwrap_or(u32::MAX),
        people,
        cast,
        services: upstreams.described(),
        feed: None,
        air: None,
    }
}

/// The scenario that is to be played, its roles given to the people of the group.
fn scenario(demo: &Demo, directory: &Directory, now: Timestamp) -> Result<Option<Scenario>> {
    let text = match &demo.play {
        None => return Ok(None),
        Some(None) => DAY.to_owned(),
        Some(Some(path)) => std::fs::read_to_string(path)
            .with_context(|| format!("reading `{}`", path.display()))?,
    };
    let scenario = Scenario::cast(&text, directory, now).context("the scenario")?;
    Ok(Some(scenario))
}

/// Whatever a program on this machine tells in the group's own identifiers is taken.
fn feed() -> Result<FeedSettings> {
    let loopback = IpAddr::from(Ipv4Addr::LOCALHOST);
    Ok(FeedSettings {
        terms: FeedTerms {
            name: ServiceId::new("adt").context("the name of the feed")?,
            zone: TimeZone::UTC,
            senders: vec![SenderTerms::default()],
        },
        address: (loopback, 0).into(),
        peers: vec![loopback.into()],
        tls: None,
    })
}

/// Small pieces, sealed as soon as they are full: a demonstration is not watched for a day.
fn lake() -> LakeSettings {
    LakeSettings {
        program: None,
        store: None,
        memory_mb: MEMORY_MB,
        seal_after: Duration::ZERO,
        seal_check: SEAL_CHECK,
        segment_bytes: SEGMENT_BYTES,
    }
}

/// Each identity with a fresh session and a token for it.
fn people(
    identities: &[crate::demo::Identity],
    directory: &Directory,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Vec<Person>> {
    identities
        .iter()
        .map(|identity| {
            let known = directory.person(&identity.person);
            let establishment = known
                .and_then(|person| directory.establishments_of(person, now).into_iter().next())
                .and_then(|id| {
                    directory
                        .establishments()
                        .iter()
                        .find(|known| known.id == *id)
                })
                .map(|establishment| establishment.name.clone());
            Ok(Person {
                identity: identity.clone(),
                profession: known
                    .map(|person| person.profession.clone())
                    .unwrap_or_default(),
                establishment: establishment.unwrap_or_default(),
                token: issuer.mint(&identity.person, &Issuer::new_session()?, now)?,
            })
        })
        .collect()
}

/// The door trusts the demonstration's issuer through a file, as it would any other.
fn verifier(folder: &Path, issuer: &Issuer) -> Result<Verifier> {
    let path = folder.join("jwks.json");
    write_whole(&path, issuer.jwks().to_string().as_bytes(), 0o644)?;
    let trusted = TrustedIssuer {
        issuer: Issuer::NAME.to_owned(),
        audiences: vec![Issuer::AUDIENCE.to_owned()],
        keys: KeySource::File(path),
        refresh: Duration::from_secs(60 * 60),
        leeway_s: 30,
    };
    Verifier::new(vec![trusted]).context("the demonstration's issuer")
}

/// Signs only the demonstration's own people in.
fn sign_in(issuer: Arc<Issuer>, people: &[Person]) -> SignIn {
    let known: Vec<PersonId> = people
        .iter()
        .map(|person| person.identity.person.clone())
        .collect();
    Box::new(move |person, at| {
        if !known.contains(person) {
            return None;
        }
        issuer.mint(person, &Issuer::new_session().ok()?, at).ok()
    })
}

fn file_sha256(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("reading `{}`", path.display()))?;
    Ok(hex::encode(Sha256::digest(bytes)))
}
