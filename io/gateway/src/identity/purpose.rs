//! The purpose of use that a token asks for, in each of the forms in which standards write it.
//!
//! - IHE IUA: `extensions.ihe_iua.purpose_of_use`, codings of a system and a code.
//! - XSPA, and the French VIHF after it: the attribute `urn:oasis:...:purposeofuse`, whose system
//!   may be called `codeSystem`.
//! - UDAP: `extensions.hl7-b2b.purpose_of_use`, texts of the form `SYSTEM#CODE`.
//! - Pro Sante Connect: `Mode_Acces_Raison` and `Acces_Regulation_Medicale`.
//!
//! A purpose that is not understood is refused: what it would allow cannot be known.

use event::{AccessMode, Purpose};
use serde_json::{Map, Value};

use super::Rejection;
use super::claims::{member, text};
use super::limits::PURPOSES_MAX;

/// IHE IUA's earlier name of the purpose of use, the XSPA attribute.
const XSPA_PURPOSE: &str = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse";

/// HL7 v3 `ActReason`, as an address and as an OID.
const ACT_REASON: [&str; 2] = [
    "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "2.16.840.1.113883.5.8",
];

/// The French modes of access, `TRE_R248_ModeAcces`, as an address and as an OID; and the OID
/// ending in 336 that its value set was once given for both, below either of the two branches.
const ACCESS_MODE: [&str; 4] = [
    "https://mos.esante.gouv.fr/NOS/TRE_R248-ModeAcces/FHIR/TRE-R248-ModeAcces",
    "1.2.250.1.213.1.1.4.248",
    "1.2.250.1.213.1.1.4.336",
    "1.2.250.1.213.1.1.5.336",
];

/// The purpose that a token asks for, over all the claims that may carry one.
#[derive(Default)]
pub(super) struct AskedPurpose {
    pub(super) purpose: Option<Purpose>,
    pub(super) glass_wish: Option<AccessMode>,
}

impl AskedPurpose {
    /// Reads every claim that may carry a purpose; a code or system that is not known is
    /// [`Rejection::TokenPurpose`].
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Self, Rejection> {
        let mut asked = Self::default();
        let extensions = member(claims, "extensions")?;
        let extension = |name| extensions.map_or(Ok(None), |all| member(all, name));
        let coded = extension("ihe_iua")?
            .and_then(|iua| iua.get("purpose_of_use"))
            .or_else(|| claims.get(XSPA_PURPOSE));
        for coding in listed(coded)? {
            asked.add(of_coding(coding)?);
        }
        let udap = extension("hl7-b2b")?.and_then(|b2b| b2b.get("purpose_of_use"));
        for entry in listed(udap)? {
            let entry = entry.as_str().ok_or(Rejection::TokenMalformed)?;
            asked.add(match entry.rsplit_once('#') {
                Some((system, code)) => of_code(Some(system), code)?,
                None => of_code(None, entry)?,
            });
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

/// A list of values, or a single one.
fn listed(value: Option<&Value>) -> Result<&[Value], Rejection> {
    match value {
        None => Ok(&[]),
        Some(Value::Array(values)) if values.len() <= PURPOSES_MAX => Ok(values),
        Some(Value::Array(_)) => Err(Rejection::TokenMalformed),
        Some(single) => Ok(std::slice::from_ref(single)),
    }
}

fn of_coding(coding: &Value) -> Result<Purpose, Rejection> {
    let coding = coding.as_object().ok_or(Rejection::TokenMalformed)?;
    let code = text(coding, "code")?.ok_or(Rejection::TokenMalformed)?;
    let system = match text(coding, "system")? {
        Some(system) => Some(system),
        None => text(coding, "codeSystem")?,
    };
    of_code(system.as_deref(), &code)
}

/// The purpose of a code. Without a system either list may hold it: the two do not overlap.
fn of_code(system: Option<&str>, code: &str) -> Result<Purpose, Rejection> {
    let reason = || code.parse::<Purpose>().ok();
    let mode = || code.parse::<AccessMode>().ok().map(AccessMode::purpose);
    let purpose = match system.map(|system| system.strip_prefix("urn:oid:").unwrap_or(system)) {
        None => reason().or_else(mode),
        Some(system) if ACT_REASON.contains(&system) => reason(),
        Some(system) if ACCESS_MODE.contains(&system) => mode(),
        Some(_) => None,
    };
    purpose.ok_or(Rejection::TokenPurpose)
}
