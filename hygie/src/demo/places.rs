//! The plan of the group: three establishments of invented towns, and their units.

/// What a unit treats; settles its staff, its patients' diagnoses and its devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Specialty {
    Cardiology,
    Emergency,
    Geriatrics,
    Imaging,
    Infectiology,
    IntensiveCare,
    Maternity,
    #[default]
    Medicine,
    Psychiatry,
    Surgery,
    Theatre,
}

/// One establishment of the plan.
#[derive(Debug)]
pub(super) struct EstablishmentPlan {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// The town, which is invented, as is its postal code (no French one begins with `00`).
    pub(super) town: &'static str,
    pub(super) postal_code: &'static str,
    pub(super) units: &'static [UnitPlan],
}

/// One unit of the plan.
#[derive(Debug)]
pub(super) struct UnitPlan {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) specialty: Specialty,
    /// How many patients are there now.
    pub(super) beds: u32,
}

const fn unit(id: &'static str, name: &'static str, specialty: Specialty, beds: u32) -> UnitPlan {
    UnitPlan {
        id,
        name,
        specialty,
        beds,
    }
}

/// The university hospital, the general hospital and the local one.
pub(super) const ESTABLISHMENTS: &[EstablishmentPlan] = &[
    EstablishmentPlan {
        id: "chu-aubrelone",
        name: "CHU d'Aubrelone",
        town: "Aubrelone",
        postal_code: "00100",
        units: &[
            unit("chu-urgences", "Urgences", Specialty::Emergency, 12),
            unit(
                "chu-reanimation",
                "Réanimation",
                Specialty::IntensiveCare,
                12,
            ),
            unit("chu-cardiologie", "Cardiologie", Specialty::Cardiology, 24),
            unit("chu-medecine", "Médecine interne", Specialty::Medicine, 20),
            unit(
                "chu-chirurgie",
                "Chirurgie digestive",
                Specialty::Surgery,
                22,
            ),
            unit("chu-psychiatrie", "Psychiatrie", Specialty::Psychiatry, 14),
            unit(
                "chu-infectiologie",
                "Maladies infectieuses",
                Specialty::Infectiology,
                14,
            ),
            unit("chu-maternite", "Maternité", Specialty::Maternity, 16),
            unit("chu-bloc", "Bloc opératoire", Specialty::Theatre, 0),
            unit("chu-imagerie", "Imagerie", Specialty::Imaging, 0),
        ],
    },
    EstablishmentPlan {
        id: "ch-castelvigne",
        name: "Centre hospitalier de Castelvigne",
        town: "Castelvigne",
        postal_code: "00420",
        units: &[
            unit("ch-urgences", "Urgences", Specialty::Emergency, 8),
            unit(
                "ch-medecine",
                "Médecine polyvalente",
                Specialty::Medicine,
                20,
            ),
            unit("ch-chirurgie", "Chirurgie", Specialty::Surgery, 14),
            unit("ch-maternite", "Maternité", Specialty::Maternity, 8),
            unit("ch-geriatrie", "Gériatrie", Specialty::Geriatrics, 16),
            unit("ch-bloc", "Bloc opératoire", Specialty::Theatre, 0),
            unit("ch-imagerie", "Imagerie", Specialty::Imaging, 0),
        ],
    },
    EstablishmentPlan {
        id: "hl-sainte-orlande",
        name: "Hôpital local de Sainte-Orlande",
        town: "Sainte-Orlande",
        postal_code: "00650",
        units: &[
            unit("hl-medecine", "Médecine", Specialty::Medicine, 8),
            unit(
                "hl-geriatrie",
                "Soins de longue durée",
                Specialty::Geriatrics,
                16,
            ),
        ],
    },
];

/// Patients who have left and are still followed.
pub(super) const FORMER_PATIENTS: u32 = 16;

/// Every unit, with its establishment.
pub(super) fn all_units()
-> impl Iterator<Item = (&'static EstablishmentPlan, &'static UnitPlan)> + Clone {
    ESTABLISHMENTS.iter().flat_map(|establishment| {
        establishment
            .units
            .iter()
            .map(move |unit| (establishment, unit))
    })
}
