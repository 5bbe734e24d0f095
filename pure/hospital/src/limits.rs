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
    /// Greatest number of subjects by which one asset is known.
    pub keys_per_asset_max: usize,
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
    /// Greatest number of groups of assets.
    pub asset_groups_max: usize,
    /// Greatest number of assets that one group names.
    pub assets_per_group_max: usize,
    /// Greatest number of care functions.
    pub care_functions_max: usize,
    /// Greatest number of suppliers of care functions.
    pub suppliers_max: usize,
    /// Greatest number of dependencies of all nodes together.
    pub dependencies_max: usize,
    /// Greatest number of levels of one need.
    pub need_levels_max: usize,
    /// Greatest number of parts of one level of a need.
    pub need_parts_max: usize,
    /// Greatest number of clearances.
    pub clearances_max: usize,
    /// Greatest number of supplies and groups of one clearance.
    pub clearance_entries_max: usize,
    /// Greatest number of responsibilities.
    pub responsibilities_max: usize,
    /// Greatest number of rules of approval.
    pub approvals_max: usize,
    /// Greatest number of sets of office hours.
    pub office_hours_max: usize,
    /// Greatest number of windows of one of them.
    pub windows_max: usize,
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
        keys_per_asset_max: 64,
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
        asset_groups_max: 10_000,
        assets_per_group_max: 100_000,
        care_functions_max: 20_000,
        suppliers_max: 500_000,
        dependencies_max: 4_000_000,
        need_levels_max: 8,
        need_parts_max: 1_024,
        clearances_max: 100_000,
        clearance_entries_max: 10_000,
        responsibilities_max: 500_000,
        approvals_max: 10_000,
        office_hours_max: 1_000,
        windows_max: 64,
        text_bytes_max: 256,
    };
}

impl Default for DirectoryLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Bounds on what feeds bring; what is beyond is kept as evidence, and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedLimits {
    /// Greatest number of episodes.
    pub episodes_max: usize,
    /// Number of reports of one episode up to which all of them are filed; from then on only those
    /// that change its course.
    pub reports_per_episode_all: usize,
    /// Greatest number of reports of one episode.
    pub reports_per_episode_max: usize,
    /// Greatest number of patients who are one.
    pub merged_patients_max: usize,
    /// Greatest number of versions of one post.
    pub versions_per_post_max: usize,
}

impl FeedLimits {
    /// Years of the largest French hospital group.
    pub const DEFAULT: Self = Self {
        episodes_max: 8_000_000,
        reports_per_episode_all: 64,
        reports_per_episode_max: 1_024,
        merged_patients_max: 64,
        versions_per_post_max: 64,
    };
}

/// Bounds on an inventory; what is beyond is told and not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InventoryLimits {
    /// Greatest number of assets that are shown.
    pub assets_max: usize,
    /// Greatest number of subjects; an asset has about three.
    pub subjects_max: usize,
    /// Greatest number of claims about one subject, half of it for addresses that it speaks with:
    /// what speaks with thousands is known already.
    pub claims_per_subject_max: usize,
    /// Greatest number of bytes of all claims, with what their trees take.
    pub bytes_max: usize,
    /// Greatest length of one text.
    pub text_bytes_max: usize,
}

impl InventoryLimits {
    /// The largest hospital group, in less than 512 MB with the fold: 100,000 assets of three
    /// subjects and 600,000 claims took 156 MB, and 211 MB with the fold.
    pub const DEFAULT: Self = Self {
        assets_max: 100_000,
        subjects_max: 300_000,
        claims_per_subject_max: 1_024,
        bytes_max: 384 * 1024 * 1024,
        text_bytes_max: 1_024,
    };
}

impl Default for InventoryLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
