//! The words of the plant's pages, in French and English.

use event::Tier;
use hospital::Asset;
use locale::Language;

/// What an asset is doing, made up for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Alarm,
    Maintenance,
    Running,
    Standby,
}

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) Language);

impl State {
    pub(super) const ALL: [Self; 4] =
        [Self::Running, Self::Standby, Self::Maintenance, Self::Alarm];

    /// The state of an asset: always the same for the same one, most of them in service.
    pub(super) fn of(asset: &Asset) -> Self {
        // FNV-1a, 32 bits, over the name: spread is all that is asked of it.
        let hash = asset
            .id
            .as_str()
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| {
                (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
            });
        match hash % 24 {
            0 => Self::Alarm,
            1 | 2 => Self::Maintenance,
            3..=8 => Self::Standby,
            _ => Self::Running,
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Maintenance => "maintenance",
            Self::Running => "running",
            Self::Standby => "standby",
        }
    }
}

impl Words {
    fn choose<T>(self, english: T, french: T) -> T {
        match self.0 {
            Language::En => english,
            Language::Fr => french,
        }
    }

    pub(super) fn title(self, tier: Tier) -> &'static str {
        match tier {
            Tier::Office => self.choose("Workstations", "Postes de travail"),
            Tier::Medical => self.choose("Medical devices", "Dispositifs médicaux"),
            Tier::Building => self.choose("Building controllers", "Automates du bâtiment"),
        }
    }

    pub(super) fn about(self, tier: Tier) -> &'static str {
        match tier {
            Tier::Office => {
                self.choose("Tier 1: office IT.", "Niveau 1 : informatique de gestion.")
            }
            Tier::Medical => self.choose(
                "Tier 2: the devices that care stands on, and what they are doing.",
                "Niveau 2 : les dispositifs dont dépendent les soins, et leur état.",
            ),
            Tier::Building => self.choose(
                "Tier 3: air, electricity and medical gases, and what they are doing.",
                "Niveau 3 : air, électricité et gaz médicaux, et leur état.",
            ),
        }
    }

    pub(super) fn columns(self) -> [&'static str; 5] {
        self.choose(
            ["Name", "Kind", "Place", "Care that needs it", "State"],
            ["Nom", "Type", "Lieu", "Soin qui en dépend", "État"],
        )
    }

    pub(super) fn state(self, state: State) -> &'static str {
        match state {
            State::Alarm => self.choose("in alarm", "en alarme"),
            State::Maintenance => self.choose("in maintenance", "en maintenance"),
            State::Running => self.choose("in service", "en service"),
            State::Standby => self.choose("on standby", "en veille"),
        }
    }

    /// The name of a kind of asset; the code itself for one that has no name here.
    pub(super) fn kind(self, code: &str) -> &str {
        match code {
            "anaesthesia-workstation" => {
                self.choose("Anaesthesia workstation", "Station d'anesthésie")
            }
            "ct-scanner" => self.choose("CT scanner", "Scanner"),
            "electricity-switchboard" => self.choose("Main switchboard", "Tableau électrique"),
            "emergency-generator" => self.choose("Emergency generator", "Groupe électrogène"),
            "heating-plant" => self.choose("Heating plant", "Chaufferie"),
            "incubator" => self.choose("Incubator", "Incubateur"),
            "infusion-pump" => self.choose("Infusion pump", "Pompe à perfusion"),
            "medical-gas-plant" => self.choose("Medical-gas plant", "Centrale de gaz médicaux"),
            "mri" => self.choose("MRI scanner", "IRM"),
            "patient-monitor" => self.choose("Patient monitor", "Moniteur patient"),
            "theatre-ventilation" => self.choose("Theatre ventilation", "Centrale d'air du bloc"),
            "ventilator" => self.choose("Ventilator", "Respirateur"),
            "workstation" => self.choose("Ward workstation", "Poste de soins"),
            other => other,
        }
    }

    /// The name of a care function; a dash for one that has no name here.
    pub(super) fn function(self, code: &str) -> &'static str {
        match code {
            "anaesthesia" => self.choose("anaesthesia", "anesthésie"),
            "electricity" => self.choose("electricity", "électricité"),
            "emergency-power" => self.choose("emergency power", "secours électrique"),
            "imaging" => self.choose("imaging", "imagerie"),
            "infusion" => self.choose("infusion", "perfusion"),
            "mechanical-ventilation" => self.choose("mechanical ventilation", "ventilation"),
            "medical-gases" => self.choose("medical gases", "gaz médicaux"),
            "monitoring" => self.choose("monitoring", "surveillance"),
            "neonatal-care" => self.choose("neonatal care", "néonatologie"),
            "theatre-air" => self.choose("air of the theatre", "air du bloc"),
            _ => "–",
        }
    }

    pub(super) fn whole_establishment(self) -> &'static str {
        self.choose("whole establishment", "tout l'établissement")
    }

    pub(super) fn nothing_here(self) -> &'static [u8] {
        self.choose(
            b"<!DOCTYPE html><html lang=\"en\"><title>Not found</title><p>There is no such page. \
              The list is at the root.</p></html>\n"
                .as_slice(),
            "<!DOCTYPE html><html lang=\"fr\"><meta charset=\"utf-8\"><title>Introuvable</title>\
             <p>Cette page n'existe pas. La liste est à la racine.</p></html>\n"
                .as_bytes(),
        )
    }

    pub(super) fn read_only(self) -> &'static [u8] {
        self.choose(
            b"<!DOCTYPE html><html lang=\"en\"><title>Read only</title><p>This page can only be \
              read.</p></html>\n"
                .as_slice(),
            "<!DOCTYPE html><html lang=\"fr\"><meta charset=\"utf-8\"><title>Lecture seule</title>\
             <p>Cette page ne peut qu'être lue.</p></html>\n"
                .as_bytes(),
        )
    }
}
