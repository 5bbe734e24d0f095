//! Codes of the standards that a decision speaks with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is no code of the named system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no code of {system}")]
pub struct UnknownCode {
    text: String,
    system: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident of $system:literal {
        $($(#[$vdoc:meta])* $variant:ident = $code:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            /// Every code of this list, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as the standard writes it.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl FromStr for $name {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, UnknownCode> {
                match text {
                    $($code => Ok(Self::$variant),)*
                    _ => Err(UnknownCode { text: text.chars().take(64).collect(), system: $system }),
                }
            }
        }
    )*};
}

codes! {
    /// Why a person acts: HL7 v3 `ActReason`, the part that concerns access.
    Purpose of "v3-ActReason" {
        /// Break the glass: access that the ordinary rules do not give.
        Btg = "BTG",
        /// Emergency treatment.
        Etreat = "ETREAT",
        /// Healthcare operations: quality, supervision, review.
        Hoperat = "HOPERAT",
        /// Payment and coding of stays.
        Hpaymt = "HPAYMT",
        /// Research.
        Hresch = "HRESCH",
        /// Test data.
        Htest = "HTEST",
        /// The patient asks for their own record.
        Patrqt = "PATRQT",
        /// Treatment.
        Treat = "TREAT",
    }

    /// The French access modes of a shared record: NOS `TRE_R248_ModeAcces`
    /// (OID 1.2.250.1.213.1.1.4.248).
    AccessMode of "TRE_R248_ModeAcces" {
        /// An emergency opens the record of a patient who cannot consent.
        BrisDeGlace = "bris_de_glace",
        /// The emergency call centre opens it for the patient on the line.
        Centre15 = "centre_15",
        /// Ordinary access.
        Normal = "normal",
    }

    /// How confidential a resource is: HL7 v3 `Confidentiality`, the three that are used here,
    /// from the least to the most.
    Confidentiality of "v3-Confidentiality" {
        /// Ordinary health data.
        Normal = "N",
        /// More sensitive than usual: psychiatry, HIV, abuse, addiction.
        Restricted = "R",
        /// The few who treat the patient for it.
        VeryRestricted = "V",
    }

    /// Why a glass is broken. The list is ordered by how often an emergency needs each.
    GlassReason of "the list of break-glass reasons" {
        /// Life or limb is at risk now.
        LifeThreatening = "life-threatening",
        /// The patient cannot say who they are or what they take.
        UnconsciousPatient = "unconscious-patient",
        /// Called to help outside one's own unit, or on call for another team.
        CalledForHelp = "called-for-help",
        /// The patient has just been moved and the care team is not yet up to date.
        TransferInProgress = "transfer-in-progress",
        /// A call to the emergency call centre (SAMU, "centre 15").
        EmergencyCall = "emergency-call",
        /// Something else, which the free text tells.
        Other = "other",
    }

    /// How an opening by break-glass ended (DICOM 110138, Emergency Override Stopped).
    GlassEnd of "the ways an opening ends" {
        /// The person who broke the glass said that the emergency is over.
        Holder = "holder",
        /// An officer ended it.
        Officer = "officer",
        /// Its time was over.
        Time = "time",
    }

    /// What a review came to.
    ReviewFinding of "the findings of a review" {
        /// The emergency was one, and what was opened was needed.
        Justified = "justified",
        /// What is known does not settle it.
        Unclear = "unclear",
        /// There was no emergency, or more was opened than it needed.
        Unjustified = "unjustified",
    }

    /// Who must be told of an opening.
    NoticeTo of "those who are told of an opening" {
        /// The patient whose record was opened.
        Patient = "patient",
        /// The physician who treats the patient.
        TreatingPhysician = "treating-physician",
    }

    /// Why a notice may be put off. Which of them the law of a country admits, and for how long,
    /// is for that country's counsel.
    DeferralGround of "the grounds to put a notice off" {
        /// Telling would put the patient in danger, as when others read their post.
        DangerToPatient = "danger-to-patient",
        /// Telling would put somebody else in danger.
        DangerToOthers = "danger-to-others",
        /// The patient cannot take it in yet.
        PatientUnfit = "patient-unfit",
        /// A minor asked that those with parental authority are not told.
        MinorsSecrecy = "minors-secrecy",
        /// An authority that conducts an inquiry asked for silence.
        Inquiry = "inquiry",
        /// Nobody has found out yet how to reach them.
        Unreachable = "unreachable",
    }

    /// How a notice was given.
    NoticeChannel of "the ways a notice is given" {
        /// A letter.
        Letter = "letter",
        /// Face to face, the page handed over.
        InPerson = "in-person",
        /// Secure health messaging, or the patient's own space.
        SecureMessage = "secure-message",
        /// A telephone call.
        Telephone = "telephone",
    }

    /// The tier of a service or an asset.
    Tier of "the three tiers" {
        /// Office IT: records, workstations, directory, mail.
        Office = "office",
        /// Medical devices.
        Medical = "medical",
        /// Building control: electricity, ventilation, medical gases.
        Building = "building",
    }
}

impl AccessMode {
    /// The international purpose that stands for this French mode.
    #[must_use]
    pub fn purpose(self) -> Purpose {
        match self {
            Self::BrisDeGlace => Purpose::Btg,
            Self::Centre15 => Purpose::Etreat,
            Self::Normal => Purpose::Treat,
        }
    }
}

impl Purpose {
    /// The French mode that stands for this purpose, where there is one.
    #[must_use]
    pub fn access_mode(self) -> Option<AccessMode> {
        match self {
            Self::Btg => Some(AccessMode::BrisDeGlace),
            Self::Etreat => Some(AccessMode::Centre15),
            Self::Treat => Some(AccessMode::Normal),
            Self::Hoperat | Self::Hpaymt | Self::Hresch | Self::Htest | Self::Patrqt => None,
        }
    }
}

impl GlassReason {
    /// The access mode that a declaration with this reason opens.
    #[must_use]
    pub fn access_mode(self) -> AccessMode {
        match self {
            Self::EmergencyCall => AccessMode::Centre15,
            Self::LifeThreatening
            | Self::UnconsciousPatient
            | Self::CalledForHelp
            | Self::TransferInProgress
            | Self::Other => AccessMode::BrisDeGlace,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_nothing_else_does() {
        for &purpose in Purpose::ALL {
            assert_eq!(purpose.code().parse::<Purpose>(), Ok(purpose));
        }
        assert!("treat".parse::<Purpose>().is_err());
        assert!("BRIS_DE_GLACE".parse::<AccessMode>().is_err());
    }

    #[test]
    fn french_modes_and_purposes_map_both_ways() {
        for &mode in AccessMode::ALL {
            assert_eq!(mode.purpose().access_mode(), Some(mode));
        }
    }

    #[test]
    fn confidentiality_is_ordered() {
        assert!(Confidentiality::Normal < Confidentiality::Restricted);
        assert!(Confidentiality::Restricted < Confidentiality::VeryRestricted);
    }
}
