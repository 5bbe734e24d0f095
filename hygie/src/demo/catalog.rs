//! What the invented patients have: diagnoses (ICD-10), medicines (ATC), measures (LOINC, UCUM).

use event::Confidentiality;

use super::places::Specialty;

/// A diagnosis and what is given for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Diagnosis {
    pub(super) icd10: &'static str,
    pub(super) name: &'static str,
    pub(super) confidentiality: Confidentiality,
    pub(super) medicine: Medicine,
}

/// A medicine and how it is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Medicine {
    pub(super) atc: &'static str,
    pub(super) name: &'static str,
    pub(super) dosage: &'static str,
}

/// Something measured, with the bounds between which chance puts it, in tenths of the unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    pub(super) loinc: &'static str,
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) ucum: &'static str,
    pub(super) tenths: (u32, u32),
}

/// An allergy to a substance.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Allergy {
    pub(super) snomed: &'static str,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) reaction: &'static str,
}

/// The diagnoses for which patients come to a unit.
pub(super) fn diagnoses(specialty: Specialty) -> &'static [Diagnosis] {
    match specialty {
        Specialty::Cardiology => CARDIOLOGY,
        Specialty::Emergency => EMERGENCY,
        Specialty::Geriatrics => GERIATRICS,
        Specialty::Infectiology => INFECTIOLOGY,
        Specialty::IntensiveCare => INTENSIVE_CARE,
        Specialty::Maternity => MATERNITY,
        Specialty::Psychiatry => PSYCHIATRY,
        Specialty::Surgery | Specialty::Theatre => SURGERY,
        Specialty::Imaging | Specialty::Medicine => MEDICINE,
    }
}

const N: Confidentiality = Confidentiality::Normal;
const R: Confidentiality = Confidentiality::Restricted;
const V: Confidentiality = Confidentiality::VeryRestricted;

const fn diagnosis(
    icd10: &'static str,
    name: &'static str,
    confidentiality: Confidentiality,
    (atc, medicine, dosage): (&'static str, &'static str, &'static str),
) -> Diagnosis {
    let medicine = Medicine {
        atc,
        name: medicine,
        dosage,
    };
    Diagnosis {
        icd10,
        name,
        confidentiality,
        medicine,
    }
}

/// What many patients have besides.
pub(super) const BACKGROUND: &[Diagnosis] = &[
    diagnosis(
        "I10",
        "Hypertension essentielle",
        N,
        ("C09AA05", "Ramipril 5 mg", "1 comprimé le matin"),
    ),
    diagnosis(
        "E11.9",
        "Diabète de type 2",
        N,
        ("A10BA02", "Metformine 850 mg", "1 comprimé matin et soir"),
    ),
    diagnosis(
        "E78.0",
        "Hypercholestérolémie",
        N,
        ("C10AA05", "Atorvastatine 20 mg", "1 comprimé le soir"),
    ),
    diagnosis(
        "J45.9",
        "Asthme",
        N,
        (
            "R03AC02",
            "Salbutamol 100 µg",
            "2 bouffées si gêne respiratoire",
        ),
    ),
    diagnosis(
        "N18.3",
        "Maladie rénale chronique, stade 3",
        N,
        ("B03XA01", "Époétine alfa", "1 injection par semaine"),
    ),
    diagnosis(
        "E03.9",
        "Hypothyroïdie",
        N,
        (
            "H03AA01",
            "Lévothyroxine 75 µg",
            "1 comprimé le matin à jeun",
        ),
    ),
    diagnosis(
        "F10.2",
        "Dépendance à l'alcool",
        R,
        (
            "N07BB03",
            "Acamprosate 333 mg",
            "2 comprimés trois fois par jour",
        ),
    ),
];

const CARDIOLOGY: &[Diagnosis] = &[
    diagnosis(
        "I50.9",
        "Insuffisance cardiaque",
        N,
        ("C03CA01", "Furosémide 40 mg", "1 comprimé le matin"),
    ),
    diagnosis(
        "I21.9",
        "Infarctus aigu du myocarde",
        N,
        (
            "B01AC06",
            "Acide acétylsalicylique 75 mg",
            "1 comprimé par jour",
        ),
    ),
    diagnosis(
        "I48.9",
        "Fibrillation auriculaire",
        N,
        ("B01AF02", "Apixaban 5 mg", "1 comprimé matin et soir"),
    ),
    diagnosis(
        "I35.0",
        "Rétrécissement aortique",
        N,
        ("C07AB07", "Bisoprolol 2,5 mg", "1 comprimé le matin"),
    ),
];

const EMERGENCY: &[Diagnosis] = &[
    diagnosis(
        "R07.4",
        "Douleur thoracique",
        N,
        ("N02BE01", "Paracétamol 1 g", "1 g toutes les 6 heures"),
    ),
    diagnosis(
        "S52.5",
        "Fracture de l'extrémité inférieure du radius",
        N,
        ("N02AX02", "Tramadol 50 mg", "1 gélule toutes les 8 heures"),
    ),
    diagnosis(
        "N20.0",
        "Calcul du rein",
        N,
        (
            "M01AE03",
            "Kétoprofène 100 mg",
            "1 perfusion toutes les 12 heures",
        ),
    ),
    diagnosis(
        "R55",
        "Syncope",
        N,
        ("B05BB01", "Chlorure de sodium 0,9 %", "500 mL en 1 heure"),
    ),
];

const GERIATRICS: &[Diagnosis] = &[
    diagnosis(
        "G30.9",
        "Maladie d'Alzheimer",
        N,
        ("N06DA02", "Donépézil 5 mg", "1 comprimé le soir"),
    ),
    diagnosis(
        "R26.8",
        "Troubles de la marche avec chutes",
        N,
        (
            "A11CC05",
            "Colécalciférol 100 000 UI",
            "1 ampoule par trimestre",
        ),
    ),
    diagnosis(
        "J18.9",
        "Pneumopathie",
        N,
        ("J01CA04", "Amoxicilline 1 g", "1 g trois fois par jour"),
    ),
    diagnosis(
        "E44.0",
        "Dénutrition modérée",
        N,
        (
            "V06DB",
            "Complément nutritionnel oral",
            "2 par jour entre les repas",
        ),
    ),
];

const INFECTIOLOGY: &[Diagnosis] = &[
    diagnosis(
        "B24",
        "Infection par le VIH",
        V,
        (
            "J05AR20",
            "Bictégravir, emtricitabine, ténofovir",
            "1 comprimé par jour",
        ),
    ),
    diagnosis(
        "A16.2",
        "Tuberculose pulmonaire",
        N,
        ("J04AB02", "Rifampicine 300 mg", "2 gélules le matin à jeun"),
    ),
    diagnosis(
        "B18.2",
        "Hépatite C chronique",
        R,
        ("J05AP55", "Sofosbuvir, velpatasvir", "1 comprimé par jour"),
    ),
    diagnosis(
        "A41.9",
        "Sepsis",
        N,
        ("J01DD04", "Ceftriaxone 2 g", "1 perfusion par jour"),
    ),
];

const INTENSIVE_CARE: &[Diagnosis] = &[
    diagnosis(
        "J80",
        "Syndrome de détresse respiratoire aiguë",
        N,
        ("N05CD08", "Midazolam", "perfusion continue selon protocole"),
    ),
    diagnosis(
        "R57.2",
        "Choc septique",
        N,
        (
            "C01CA03",
            "Noradrénaline",
            "perfusion continue selon protocole",
        ),
    ),
    diagnosis(
        "I60.9",
        "Hémorragie sous-arachnoïdienne",
        N,
        (
            "C08CA06",
            "Nimodipine",
            "perfusion continue selon protocole",
        ),
    ),
];

const MATERNITY: &[Diagnosis] = &[
    diagnosis(
        "O80.0",
        "Accouchement spontané",
        N,
        ("B03AA07", "Sulfate ferreux 80 mg", "1 comprimé par jour"),
    ),
    diagnosis(
        "O82.0",
        "Césarienne programmée",
        N,
        ("N02BE01", "Paracétamol 1 g", "1 g toutes les 6 heures"),
    ),
    diagnosis(
        "O14.1",
        "Prééclampsie sévère",
        N,
        (
            "C08CA05",
            "Nicardipine",
            "perfusion continue selon protocole",
        ),
    ),
];

const MEDICINE: &[Diagnosis] = &[
    diagnosis(
        "J44.1",
        "BPCO en exacerbation",
        N,
        ("R03BB04", "Tiotropium 18 µg", "1 inhalation par jour"),
    ),
    diagnosis(
        "I80.2",
        "Thrombose veineuse profonde",
        N,
        ("B01AF01", "Rivaroxaban 15 mg", "1 comprimé matin et soir"),
    ),
    diagnosis(
        "M32.9",
        "Lupus érythémateux disséminé",
        N,
        (
            "P01BA02",
            "Hydroxychloroquine 200 mg",
            "1 comprimé matin et soir",
        ),
    ),
    diagnosis(
        "J18.9",
        "Pneumopathie",
        N,
        (
            "J01CR02",
            "Amoxicilline, acide clavulanique 1 g",
            "1 g trois fois par jour",
        ),
    ),
];

const PSYCHIATRY: &[Diagnosis] = &[
    diagnosis(
        "F32.2",
        "Épisode dépressif sévère",
        R,
        ("N06AB10", "Escitalopram 10 mg", "1 comprimé le matin"),
    ),
    diagnosis(
        "F20.0",
        "Schizophrénie paranoïde",
        R,
        ("N05AX08", "Rispéridone 2 mg", "1 comprimé matin et soir"),
    ),
    diagnosis(
        "F31.1",
        "Trouble bipolaire, épisode maniaque",
        R,
        ("N05AN01", "Lithium 400 mg LP", "2 comprimés le soir"),
    ),
    diagnosis(
        "T74.1",
        "Sévices physiques",
        V,
        ("N05BA04", "Oxazépam 10 mg", "1 comprimé si anxiété"),
    ),
];

const SURGERY: &[Diagnosis] = &[
    diagnosis(
        "K35.8",
        "Appendicite aiguë",
        N,
        (
            "J01XD01",
            "Métronidazole 500 mg",
            "1 perfusion toutes les 8 heures",
        ),
    ),
    diagnosis(
        "K80.1",
        "Lithiase vésiculaire avec cholécystite",
        N,
        ("N02BE01", "Paracétamol 1 g", "1 g toutes les 6 heures"),
    ),
    diagnosis(
        "S72.0",
        "Fracture du col du fémur",
        N,
        ("B01AB05", "Énoxaparine 4 000 UI", "1 injection par jour"),
    ),
    diagnosis(
        "C18.7",
        "Tumeur maligne du côlon sigmoïde",
        N,
        ("A04AA01", "Ondansétron 4 mg", "1 comprimé si nausées"),
    ),
];

/// The allergies that some patients have.
pub(super) const ALLERGIES: &[Allergy] = &[
    Allergy {
        snomed: "764146007",
        name: "Pénicilline",
        category: "medication",
        reaction: "Urticaire généralisée",
    },
    Allergy {
        snomed: "387458008",
        name: "Acide acétylsalicylique",
        category: "medication",
        reaction: "Bronchospasme",
    },
    Allergy {
        snomed: "111088007",
        name: "Latex",
        category: "environment",
        reaction: "Œdème des lèvres",
    },
    Allergy {
        snomed: "762952008",
        name: "Arachide",
        category: "food",
        reaction: "Choc anaphylactique",
    },
];

const fn measure(
    loinc: &'static str,
    name: &'static str,
    (unit, ucum): (&'static str, &'static str),
    tenths: (u32, u32),
) -> Measure {
    Measure {
        loinc,
        name,
        unit,
        ucum,
        tenths,
    }
}

/// Vital signs besides blood pressure, which has two parts.
pub(super) const VITAL_SIGNS: &[Measure] = &[
    measure(
        "8867-4",
        "Fréquence cardiaque",
        ("/min", "/min"),
        (580, 1180),
    ),
    measure(
        "8310-5",
        "Température corporelle",
        ("°C", "Cel"),
        (361, 389),
    ),
    measure(
        "2708-6",
        "Saturation artérielle en oxygène",
        ("%", "%"),
        (910, 1000),
    ),
    measure("29463-7", "Poids", ("kg", "kg"), (450, 1100)),
];

/// Laboratory results.
pub(super) const LABORATORY: &[Measure] = &[
    measure("2823-3", "Potassium", ("mmol/L", "mmol/L"), (32, 54)),
    measure("2951-2", "Sodium", ("mmol/L", "mmol/L"), (1320, 1460)),
    measure("14682-9", "Créatinine", ("µmol/L", "umol/L"), (500, 1900)),
    measure("718-7", "Hémoglobine", ("g/dL", "g/dL"), (82, 164)),
    measure("1988-5", "Protéine C réactive", ("mg/L", "mg/L"), (5, 1800)),
    measure("14749-6", "Glucose", ("mmol/L", "mmol/L"), (38, 142)),
];
