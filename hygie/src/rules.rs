//! The policy set: the one built in, or the files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use policy::{Engine, Source};

/// The largest policy file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

const SCHEMA: &str = "schema.cedarschema";

/// The golden table of the set that is built in.
pub const GOLDEN_DECISIONS: &str = include_str!("../../policies/golden/decisions.txt");
/// The people and patients of the golden table.
pub const GOLDEN_DIRECTORY: &[u8] = include_bytes!("../../policies/golden/directory.json");

/// A set by its name, with its golden table, for whoever begins their own from it.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    /// Its name.
    pub name: &'static str,
    /// Its files.
    pub files: &'static [(&'static str, &'static str)],
    /// Its golden table.
    pub decisions: &'static str,
    /// The people and patients of that table.
    pub directory: &'static [u8],
}

/// The sets that every binary carries; the first is in force where no folder is named.
pub const SETS: [Set; 2] = [
    Set {
        name: "french",
        files: &BUILT_IN,
        decisions: GOLDEN_DECISIONS,
        directory: GOLDEN_DIRECTORY,
    },
    Set {
        name: "international",
        files: &INTERNATIONAL,
        decisions: include_str!("../../policies/international/golden/decisions.txt"),
        directory: include_bytes!("../../policies/international/golden/directory.json"),
    },
];

/// The files that are built in, so that one binary is enough: the schema, then the others in the
/// order of their names, as a folder is read. The fingerprint of the set depends on it.
pub const BUILT_IN: [(&str, &str); 10] = [
    (
        "schema.cedarschema",
        include_str!("../../policies/schema.cedarschema"),
    ),
    ("care.cedar", include_str!("../../policies/care.cedar")),
    (
        "categories.csv",
        include_str!("../../policies/categories.csv"),
    ),
    ("forbid.cedar", include_str!("../../policies/forbid.cedar")),
    ("glass.cedar", include_str!("../../policies/glass.cedar")),
    ("matrix.csv", include_str!("../../policies/matrix.csv")),
    (
        "patient.cedar",
        include_str!("../../policies/patient.cedar"),
    ),
    ("review.cedar", include_str!("../../policies/review.cedar")),
    (
        "services.cedar",
        include_str!("../../policies/services.cedar"),
    ),
    ("write.cedar", include_str!("../../policies/write.cedar")),
];

const INTERNATIONAL: [(&str, &str); 10] = [
    (
        "schema.cedarschema",
        include_str!("../../policies/international/schema.cedarschema"),
    ),
    (
        "care.cedar",
        include_str!("../../policies/international/care.cedar"),
    ),
    (
        "categories.csv",
        include_str!("../../policies/international/categories.csv"),
    ),
    (
        "forbid.cedar",
        include_str!("../../policies/international/forbid.cedar"),
    ),
    (
        "glass.cedar",
        include_str!("../../policies/international/glass.cedar"),
    ),
    (
        "matrix.csv",
        include_str!("../../policies/international/matrix.csv"),
    ),
    (
        "patient.cedar",
        include_str!("../../policies/international/patient.cedar"),
    ),
    (
        "review.cedar",
        include_str!("../../policies/international/review.cedar"),
    ),
    (
        "services.cedar",
        include_str!("../../policies/international/services.cedar"),
    ),
    (
        "write.cedar",
        include_str!("../../policies/international/write.cedar"),
    ),
];

/// A policy set that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A file or the folder cannot be read.
    #[error("cannot read `{path}`")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The folder has no schema.
    #[error("`{folder}` has no `{SCHEMA}`")]
    NoSchema {
        /// The folder.
        folder: PathBuf,
    },
    /// A file is too large to be a policy.
    #[error("`{path}` has more than {FILE_BYTES_MAX} bytes")]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// The policies do not come into force.
    #[error("the policies cannot come into force")]
    Policy {
        /// Why.
        #[source]
        source: policy::Error,
    },
}

/// The engine over the folder's policies, or over those built in.
pub fn load(folder: Option<&Path>) -> Result<Engine, RulesError> {
    let texts = match folder {
        Some(folder) => read(folder)?,
        None => BUILT_IN
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .to_vec(),
    };
    let sources: Vec<Source<'_>> = texts
        .iter()
        .map(|(name, text)| Source { name, text })
        .collect();
    let (schema, files): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|source| source.name == SCHEMA);
    let Some(schema) = schema.first() else {
        return Err(RulesError::NoSchema {
            folder: folder.unwrap_or(Path::new("")).to_owned(),
        });
    };
    Engine::load(*schema, &files).map_err(|source| RulesError::Policy { source })
}

/// Reads the schema, every `.cedar` file and the entitlements of a folder, in the order of names.
fn read(folder: &Path) -> Result<Vec<(String, String)>, RulesError> {
    let failed = |path: &Path, source| RulesError::File {
        path: path.to_owned(),
        source,
    };
    let listed = fs::read_dir(folder).map_err(|source| failed(folder, source))?;
    let mut texts = Vec::new();
    for entry in listed {
        let path = entry.map_err(|source| failed(folder, source))?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned();
        let of_the_set = path
            .extension()
            .is_some_and(|extension| extension == "cedar" || extension == "csv");
        if !of_the_set && name != SCHEMA {
            continue;
        }
        let metadata = fs::metadata(&path).map_err(|source| failed(&path, source))?;
        if metadata.len() > FILE_BYTES_MAX {
            return Err(RulesError::TooLarge { path });
        }
        let text = fs::read_to_string(&path).map_err(|source| failed(&path, source))?;
        texts.push((name, text));
    }
    texts.sort();
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_built_in_set_is_a_folder_of_the_project() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
        let (built_in, read) = (load(None).unwrap(), load(Some(&folder)).unwrap());
        assert_eq!(built_in.sha256(), read.sha256());
        assert!(built_in.policies() > 10);
        let elsewhere = load(Some(&folder.join("international"))).unwrap();
        assert_ne!(elsewhere.sha256(), read.sha256());
        let written = tempfile::tempdir().unwrap();
        for (name, text) in INTERNATIONAL {
            fs::write(written.path().join(name), text).unwrap();
        }
        assert_eq!(
            load(Some(written.path())).unwrap().sha256(),
            elsewhere.sha256()
        );
    }

    #[test]
    fn every_type_of_a_record_has_a_category() {
        let engine = load(None).unwrap();
        for resource_type in wire::fhir::ResourceType::all() {
            let category = engine
                .entitlement("physician", resource_type.name(), policy::Action::Read)
                .category;
            let of_a_record = resource_type.scope() == wire::fhir::Scope::Compartment;
            assert_eq!(
                of_a_record,
                !category.is_empty(),
                "{}",
                resource_type.name()
            );
        }
    }

    #[test]
    fn a_folder_without_schema_or_with_a_bad_policy_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            load(Some(folder.path())),
            Err(RulesError::NoSchema { .. })
        ));
        fs::write(folder.path().join(SCHEMA), BUILT_IN[0].1).unwrap();
        fs::write(folder.path().join("bad.cedar"), "permit me").unwrap();
        assert!(matches!(
            load(Some(folder.path())),
            Err(RulesError::Policy { .. })
        ));
    }
}
