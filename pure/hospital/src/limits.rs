//! Every bound of the crate, in one place.

/// Bounds on a directory; each is refused by name when it is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryLimits {
    /// Greatest length of the document.
    pub document_bytes_max: usize,
    /// Greatest number of establishments.
    pub establishments_max: usize,
    /// Greatest number of units in the whole group.
    pub units_max: usize,
    /// Greatest number of persons of the staff.
    pub persons_max: usize,
    /// Greatest number of posts of one person, past ones included.
    pub posts_per_person_max: usize,
    /// Greatest number of roles of one person.
    pub roles_per_person_max: usize,
    /// Greatest number of patients.
    pub patients_max: usize,
    /// Greatest number of care teams.
    pub care_teams_max: usize,
    /// Greatest number of members of all care teams together, past ones included.
    pub care_team_members_max: usize,
    /// Greatest number of encounters.
    pub encounters_max: usize,
    /// Greatest number of assets.
    pub assets_max: usize,
    /// Greatest number of duties on call, replacements and supervisions together.
    pub duties_max: usize,
    /// Greatest number of units of one duty on call.
    pub units_per_duty_max: usize,
    /// Greatest number of consents.
    pub consents_max: usize,
    /// Greatest number of consents of one patient.
    pub consents_per_patient_max: usize,
    /// Greatest number of entries in each list of one consent.
    pub consent_entries_max: usize,
    /// Greatest number of accounts of patients and of those who act for them.
    pub accounts_max: usize,
    /// Greatest length of one name, role, profession or kind.
    pub text_bytes_max: usize,
}

impl DirectoryLimits {
    /// Several times the largest French hospital group (60,000 staff, 20 establishments).
    pub const DEFAULT: Self = Self {
        document_bytes_max: 1024 * 1024 * 1024,
        establishments_max: 200,
        units_max: 20_000,
        persons_max: 250_000,
        posts_per_person_max: 64,
        roles_per_person_max: 32,
        patients_max: 4_000_000,
        care_teams_max: 4_000_000,
        care_team_members_max: 4_000_000,
        encounters_max: 4_000_000,
        assets_max: 500_000,
        duties_max: 1_000_000,
        units_per_duty_max: 256,
        consents_max: 4_000_000,
        consents_per_patient_max: 64,
        consent_entries_max: 32,
        accounts_max: 4_000_000,
        text_bytes_max: 256,
    };
}

impl Default for DirectoryLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
