//! The devices and building controllers of the group.

use event::Tier;
use hospital::Asset;

use super::DemoError;
use super::places::{ESTABLISHMENTS, EstablishmentPlan, Specialty, UnitPlan};
use super::sightings::keys;
use super::staff::id_of;

/// A kind of asset: its code, its name in French, the care it carries, and its tier.
struct Kind {
    code: &'static str,
    name: &'static str,
    care_function: Option<&'static str>,
    tier: Tier,
}

const PUMP: Kind = medical("infusion-pump", "Pompe à perfusion", "infusion");
const MONITOR: Kind = medical("patient-monitor", "Moniteur patient", "monitoring");
const VENTILATOR: Kind = medical("ventilator", "Respirateur", "mechanical-ventilation");
const ANAESTHESIA: Kind = medical(
    "anaesthesia-workstation",
    "Station d'anesthésie",
    "anaesthesia",
);
const MRI: Kind = medical("mri", "IRM", "imaging");
const CT: Kind = medical("ct-scanner", "Scanner", "imaging");
const INCUBATOR: Kind = medical("incubator", "Incubateur", "neonatal-care");
const WORKSTATION: Kind = Kind {
    code: "workstation",
    name: "Poste de soins",
    care_function: None,
    tier: Tier::Office,
};
const THEATRE_AIR: Kind = building(
    "theatre-ventilation",
    "Centrale d'air du bloc",
    Some("theatre-air"),
);
const SWITCHBOARD: Kind = building(
    "electricity-switchboard",
    "Tableau général basse tension",
    Some("electricity"),
);
const GENERATOR: Kind = building(
    "emergency-generator",
    "Groupe électrogène",
    Some("emergency-power"),
);
const GASES: Kind = building(
    "medical-gas-plant",
    "Centrale de gaz médicaux",
    Some("medical-gases"),
);
const HEATING: Kind = building("heating-plant", "Chaufferie", None);

/// Every asset of the plan.
pub(super) fn assets() -> Result<Vec<Asset>, DemoError> {
    let mut assets = Vec::new();
    for establishment in ESTABLISHMENTS {
        for (kind, number) in [(SWITCHBOARD, 2), (GENERATOR, 1), (GASES, 1), (HEATING, 1)] {
            install(&mut assets, &kind, number, (establishment, None))?;
        }
        for unit in establishment.units {
            for (kind, number) in equipment(unit) {
                install(&mut assets, &kind, number, (establishment, Some(unit)))?;
            }
        }
    }
    Ok(assets)
}

fn install(
    assets: &mut Vec<Asset>,
    kind: &Kind,
    number: u32,
    (establishment, unit): (&EstablishmentPlan, Option<&UnitPlan>),
) -> Result<(), DemoError> {
    let place = unit.map_or(establishment.id, |unit| unit.id);
    for n in 1..=number {
        assets.push(Asset {
            id: id_of(&format!("{place}-{}-{n:02}", kind.code))?,
            name: format!("{} {n:02}", kind.name),
            tier: kind.tier,
            establishment: id_of(establishment.id)?,
            unit: unit.map(|unit| id_of(unit.id)).transpose()?,
            kind: kind.code.to_owned(),
            care_function: kind.care_function.map(str::to_owned),
            keys: keys(assets.len()).collect(),
        });
    }
    Ok(())
}

/// What stands in a unit.
fn equipment(unit: &UnitPlan) -> Vec<(Kind, u32)> {
    let share = unit.beds / 4;
    match unit.specialty {
        Specialty::IntensiveCare => {
            vec![
                (VENTILATOR, unit.beds / 2),
                (MONITOR, unit.beds),
                (PUMP, unit.beds),
            ]
        }
        Specialty::Theatre => vec![(THEATRE_AIR, 2), (ANAESTHESIA, 3), (VENTILATOR, 2)],
        Specialty::Imaging => vec![(MRI, 1), (CT, 2), (WORKSTATION, 2)],
        Specialty::Maternity => vec![(INCUBATOR, 2), (PUMP, share), (WORKSTATION, 1)],
        Specialty::Psychiatry => vec![(WORKSTATION, 2)],
        Specialty::Cardiology
        | Specialty::Emergency
        | Specialty::Geriatrics
        | Specialty::Infectiology
        | Specialty::Medicine
        | Specialty::Surgery => vec![(PUMP, share), (MONITOR, share), (WORKSTATION, 2)],
    }
}

const fn medical(code: &'static str, name: &'static str, care: &'static str) -> Kind {
    Kind {
        code,
        name,
        care_function: Some(care),
        tier: Tier::Medical,
    }
}

const fn building(code: &'static str, name: &'static str, care: Option<&'static str>) -> Kind {
    Kind {
        code,
        name,
        care_function: care,
        tier: Tier::Building,
    }
}
