//! Client certificates: whom they name, and when.

use std::time::Duration;

use event::{PersonId, Purpose, Timestamp};
use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use rustls::pki_types::CertificateDer;

use crate::identity::certificate::{PersonSource, identify};
use crate::identity::testing::{NOW_S, now};
use crate::identity::{AuthenticatedBy, Rejection};

/// A certificate valid from an hour before `now` to an hour after it.
fn certificate(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
    let mut params = CertificateParams::default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(NOW_S - 3600);
    params.not_after = epoch + Duration::from_secs(NOW_S + 3600);
    params.distinguished_name = rcgen::DistinguishedName::new();
    change(&mut params);
    params
        .self_signed(&KeyPair::generate().unwrap())
        .unwrap()
        .der()
        .clone()
}

fn serial() -> DnType {
    DnType::from_oid(&[2, 5, 4, 5])
}

#[test]
fn a_certificate_names_a_person() {
    let der = certificate(|params| {
        params
            .distinguished_name
            .push(DnType::CommonName, "899700000001");
        params.distinguished_name.push(serial(), "899700000002");
        params.subject_alt_names = vec![
            SanType::Rfc822Name("899700000003@Hopital.example".try_into().unwrap()),
            SanType::Rfc822Name("somebody@elsewhere.example".try_into().unwrap()),
            SanType::URI("urn:hygie:person:899700000004".try_into().unwrap()),
            SanType::URI("https://elsewhere.example/".try_into().unwrap()),
        ];
    });
    let chain = [der];
    let domain = "hopital.example".to_owned();
    let sources = [
        (PersonSource::CommonName, "899700000001"),
        (PersonSource::SerialNumber, "899700000002"),
        (PersonSource::Email { domain }, "899700000003"),
        (
            PersonSource::Uri {
                prefix: "urn:hygie:person:".to_owned(),
            },
            "899700000004",
        ),
    ];
    for (source, person) in sources {
        let identity = identify(&chain, &source, now()).unwrap();
        assert_eq!(identity.person, PersonId::new(person).unwrap());
        assert_eq!(identity.purpose, Purpose::Treat);
        assert_eq!(identity.authenticated_by, AuthenticatedBy::Certificate);
        assert_eq!(identity.session.as_str().len(), 32);
        // The last second still counts, and a request after it does not.
        assert_eq!(identity.expires, Timestamp::from_s(NOW_S + 3601));
        assert_eq!(identity.check(Timestamp::from_s(NOW_S + 3600)), Ok(()));
        let late = identity.check(Timestamp::from_s(NOW_S + 3601));
        assert_eq!(late, Err(Rejection::CertificateExpired));
    }
}

#[test]
fn each_certificate_is_its_own_session() {
    let name = |params: &mut CertificateParams| {
        params
            .distinguished_name
            .push(DnType::CommonName, "899700000001");
    };
    let session = |der| {
        identify(&[der], &PersonSource::CommonName, now())
            .unwrap()
            .session
    };
    let (first, second) = (certificate(name), certificate(name));
    assert_eq!(session(first.clone()), session(first.clone()));
    assert_ne!(session(first), session(second));
}

#[test]
fn a_certificate_outside_its_time_is_refused() {
    let der = certificate(|params| {
        params
            .distinguished_name
            .push(DnType::CommonName, "899700000001");
    });
    let chain = [der];
    let at = |s| identify(&chain, &PersonSource::CommonName, Timestamp::from_s(s)).map(|_| ());
    assert_eq!(at(NOW_S - 3601), Err(Rejection::CertificateNotYetValid));
    assert_eq!(at(NOW_S - 3600), Ok(()));
    assert_eq!(at(NOW_S + 3600), Ok(()));
    assert_eq!(at(NOW_S + 3601), Err(Rejection::CertificateExpired));
}

#[test]
fn nobody_several_or_unreadable_is_refused() {
    let email = |text: &str| SanType::Rfc822Name(text.try_into().unwrap());
    let nobody = certificate(|_| ());
    let spaced = certificate(|params| {
        params
            .distinguished_name
            .push(DnType::CommonName, "Camille Martin");
    });
    let several = certificate(|params| {
        params.subject_alt_names = vec![email("a@h.example"), email("b@h.example")];
    });
    let sources = [
        PersonSource::CommonName,
        PersonSource::SerialNumber,
        PersonSource::Email {
            domain: "h.example".to_owned(),
        },
        PersonSource::Uri {
            prefix: String::new(),
        },
    ];
    for der in [nobody, spaced, several] {
        for source in &sources {
            let told = identify(std::slice::from_ref(&der), source, now());
            assert_eq!(told, Err(Rejection::CertificateSubject), "{source:?}");
        }
    }
    let check = |chain: &[CertificateDer<'_>], expected| {
        assert_eq!(
            identify(chain, &PersonSource::CommonName, now()),
            Err(expected)
        );
    };
    check(&[], Rejection::CertificateMissing);
    check(
        &[CertificateDer::from(vec![])],
        Rejection::CertificateMalformed,
    );
    check(
        &[CertificateDer::from(vec![0x30, 0x80])],
        Rejection::CertificateMalformed,
    );
    let mut longer = certificate(|_| ()).to_vec();
    longer.push(0);
    check(
        &[CertificateDer::from(longer)],
        Rejection::CertificateMalformed,
    );
}
