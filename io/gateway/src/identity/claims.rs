//! What a verified token says: times, person, session and purpose of use.

use event::{AccessMode, PersonId, Purpose, Timestamp};
use serde_json::{Map, Value};

use super::Rejection;
use super::confirmation::Confirmation;
use super::limits::{AUDIENCES_MAX, PURPOSES_MAX};

/// IHE IUA's earlier name of the purpose of use, the XSPA attribute.
const XSPA_PURPOSE: &str = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse";

/// The claims that this door reads.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) person: PersonId,
    pub(super) subject: String,
    pub(super) audiences: Vec<String>,
    pub(super) expires: Timestamp,
    /// The later of `nbf` and `iat`: neither may lie in the future.
    pub(super) begins: Timestamp,
    pub(super) session: Option<Session>,
    pub(super) purpose: Purpose,
    pub(super) glass_wish: Option<AccessMode>,
    pub(super) confirmation: Option<Confirmation>,
}

/// What names the session of a token.
#[derive(Debug)]
pub(super) enum Session {
    /// `sid`: the provider's session, the same across renewed tokens.
    Provider(String),
    /// `jti`: this one token.
    Token(String),
}

impl Claims {
    /// Reads the claims; a claim of the wrong type is [`Rejection::TokenMalformed`].
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Self, Rejection> {
        let confirmation = Confirmation::read(claims)?;
        let expires = instant(claims, "exp")?.ok_or(Rejection::TokenMalformed)?;
        let begins = instant(claims, "nbf")?.max(instant(claims, "iat")?);
        let subject = text(claims, "sub")?.ok_or(Rejection::TokenSubject)?;
        let session = match text(claims, "sid")? {
            Some(sid) => Some(Session::Provider(sid)),
            None => text(claims, "jti")?.map(Session::Token),
        };
        let asked = AskedPurpose::read(claims)?;
        Ok(Self {
            person: person(&subject).ok_or(Rejection::TokenSubject)?,
            subject,
            audiences: audiences(claims)?,
            expires,
            begins: begins.unwrap_or_default(),
            session,
            purpose: asked.purpose.unwrap_or(Purpose::Treat),
            glass_wish: asked.glass_wish,
            confirmation,
        })
    }
}

/// The `iss` of claims that may not have been verified yet: it chooses the keys, nothing else.
pub(super) fn issuer(claims: &Map<String, Value>) -> Result<&str, Rejection> {
    match claims.get("iss") {
        Some(Value::String(issuer)) => Ok(issuer),
        Some(_) => Err(Rejection::TokenMalformed),
        None => Err(Rejection::TokenIssuer),
    }
}

/// The purpose that a token asks for, over all the claims that may carry one.
#[derive(Default)]
struct AskedPurpose {
    purpose: Option<Purpose>,
    glass_wish: Option<AccessMode>,
}

impl AskedPurpose {
    fn read(claims: &Map<String, Value>) -> Result<Self, Rejection> {
        let mut asked = Self::default();
        let iua = member(claims, "extensions")?.map_or(Ok(None), |e| member(e, "ihe_iua"))?;
        let coded = iua
            .and_then(|iua| iua.get("purpose_of_use"))
            .or_else(|| claims.get(XSPA_PURPOSE));
        for code in coded.map_or(Ok(Vec::new()), codes)? {
            asked.add(purpose(code).ok_or(Rejection::TokenPurpose)?);
        }
        // Pro Sante Connect: a code of R248, or free text, which asks for nothing.
        if let Some(reason) = text(claims, "Mode_Acces_Raison")? {
            let code = reason.split('^').next().unwrap_or_default();
            if let Ok(mode) = code.parse::<AccessMode>() {
                asked.add(mode.purpose());
            }
        }
        // Pro Sante Connect: the person works for the emergency call centre.
        if text(claims, "Acces_Regulation_Medicale")?.is_some_and(|flag| flag == "VRAI") {
            asked.add(Purpose::Etreat);
        }
        Ok(asked)
    }

    /// The first purpose counts, and the first wish.
    ///
    /// INVARIANT: an emergency purpose never becomes the purpose of an identity; the token's
    /// issuer was not at the bedside, and only a declaration leaves the evidence that is owed.
    fn add(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::Btg | Purpose::Etreat => {
                self.glass_wish = self.glass_wish.or(purpose.access_mode());
            }
            _ => self.purpose = self.purpose.or(Some(purpose)),
        }
    }
}

/// The codes of `purpose_of_use`, a list of codings or a single one. The system is not read: the
/// codes of ActReason and of R248 do not overlap, and any other code is refused.
fn codes(coded: &Value) -> Result<Vec<&str>, Rejection> {
    let codings = match coded {
        Value::Array(codings) => codings.as_slice(),
        single => std::slice::from_ref(single),
    };
    if codings.len() > PURPOSES_MAX {
        return Err(Rejection::TokenMalformed);
    }
    let code = |coding: &'_ Value| match coding.get("code") {
        Some(Value::String(_)) => Ok(()),
        _ => Err(Rejection::TokenMalformed),
    };
    codings.iter().try_for_each(code)?;
    Ok(codings
        .iter()
        .filter_map(|coding| coding.get("code")?.as_str())
        .collect())
}

fn purpose(code: &str) -> Option<Purpose> {
    let mode = || code.parse::<AccessMode>().map(AccessMode::purpose);
    code.parse::<Purpose>().or_else(|_| mode()).ok()
}

/// The person of a `sub`: as it is, or the national identifier of Pro Sante Connect's
/// `f:<realm>:<national id>`.
fn person(subject: &str) -> Option<PersonId> {
    let id = match subject.strip_prefix("f:") {
        Some(federated) => match federated.split_once(':')? {
            ("", _) => return None,
            // A further colon is outside the alphabet of identities and fails below.
            (_, id) => id,
        },
        None => subject,
    };
    PersonId::new(id).ok()
}

fn audiences(claims: &Map<String, Value>) -> Result<Vec<String>, Rejection> {
    let listed = match claims.get("aud") {
        None => return Err(Rejection::TokenAudience),
        Some(Value::String(one)) => return Ok(vec![one.clone()]),
        Some(Value::Array(listed)) if listed.len() <= AUDIENCES_MAX => listed,
        Some(_) => return Err(Rejection::TokenMalformed),
    };
    let text = |audience: &Value| match audience {
        Value::String(text) => Ok(text.clone()),
        _ => Err(Rejection::TokenMalformed),
    };
    listed.iter().map(text).collect()
}

/// A `NumericDate` (RFC 7519, section 2) in whole seconds; fractions are refused, no provider in
/// use here writes them.
fn instant(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Rejection> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_u64() {
            Some(s) => Ok(Some(Timestamp::from_s(s))),
            None => Err(Rejection::TokenMalformed),
        },
    }
}

/// A text claim; empty counts as absent.
fn text(claims: &Map<String, Value>, name: &str) -> Result<Option<String>, Rejection> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Rejection::TokenMalformed),
    }
}

fn member<'a>(
    object: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, Rejection> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members)),
        Some(_) => Err(Rejection::TokenMalformed),
    }
}
