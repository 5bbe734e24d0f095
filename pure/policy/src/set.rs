//! Loading a policy set: parse, validate, demand an id and a reason of each policy, and partition
//! by action so that a decision looks only at the policies that can apply.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use sha2::{Digest, Sha256};

use crate::Action;
use crate::matrix::Matrix;

/// The most policies a set may have: far above any hospital's, far below what would slow the door.
const POLICIES_MAX: usize = 2_000;

/// One file of the set.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// A policy set that cannot come into force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A matrix of entitlements with a fault.
    #[error("`{file}`{}: {what}", line_text(*.line))]
    Matrix {
        /// The file.
        file: String,
        /// The line, from 1; 0 when it is none in particular.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Policies that ask for an entitlement in a set that has no matrix.
    #[error("the policy `{policy}` asks for `context.entitled`, and the set has no matrix.csv")]
    MissingMatrix {
        /// The first such policy.
        policy: String,
    },
    /// Two policies of the same id.
    #[error("two policies have the id `{id}`")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// A policy without `@id` or without `@reason`.
    #[error("a policy of `{file}` has no `@{annotation}(\"...\")` annotation: {policy}")]
    MissingAnnotation {
        /// The file.
        file: String,
        /// The annotation that is missing.
        annotation: &'static str,
        /// The beginning of the policy.
        policy: String,
    },
    /// The schema lacks an action that the engine asks for.
    #[error("the schema does not know the action `{action}`")]
    MissingAction {
        /// The action.
        action: &'static str,
    },
    /// A text that is not Cedar.
    #[error("`{file}` is not valid Cedar: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser says, with the place.
        message: String,
    },
    /// More policies than the engine accepts.
    #[error("the set has {policies} policies, and {POLICIES_MAX} are the most")]
    TooMany {
        /// How many there are.
        policies: usize,
    },
    /// Policies that do not fit the schema.
    #[error("the policies do not fit the schema: {message}")]
    Validation {
        /// What the validator says.
        message: String,
    },
}

/// A validated set, partitioned by action and kind of resource.
#[derive(Debug)]
pub(crate) struct Partitioned {
    parts: BTreeMap<Applies, Part>,
    matrix: Matrix,
    reasons: BTreeMap<PolicyId, Arc<str>>,
    ids: BTreeMap<PolicyId, Arc<str>>,
    sha256: String,
}

/// An action, the type of who acts, and the type of what is acted on.
pub(crate) type Applies = (Action, &'static str, &'static str);

/// The policies that can apply to one action on one type of resource.
#[derive(Debug, Default)]
struct Part {
    policies: PolicySet,
    /// Whether any of them names a person or a resource, rather than kinds of them.
    names_somebody: bool,
}

/// The resource types of the schema, each with the actions that reach it.
pub(crate) const RESOURCE_TYPES: [&str; 5] = [
    "Hygie::Desk",
    "Hygie::Opening",
    "Hygie::Record",
    "Hygie::Reference",
    "Hygie::Service",
];

/// The types of the schema that may act.
pub(crate) const PRINCIPAL_TYPES: [&str; 2] = ["Hygie::Patient", "Hygie::Person"];

/// The type of the entities that every policy may name.
const ACTION_TYPE: &str = "Hygie::Action";

impl Partitioned {
    /// Loads the schema and the files of policies.
    pub(crate) fn load(schema: Source<'_>, files: &[Source<'_>]) -> Result<Self, Error> {
        let (parsed, _warnings) = Schema::from_cedarschema_str(schema.text)
            .map_err(|error| syntax(schema.name, &miette_text(&error)))?;
        check_actions(&parsed)?;
        let policies = read_policies(files)?;
        let matrix = Matrix::load(files)?;
        check_matrix(&matrix, &policies)?;
        let whole = PolicySet::from_policies(policies.iter().cloned()).map_err(|error| {
            Error::Validation {
                message: error.to_string(),
            }
        })?;
        validate(&parsed, &whole)?;
        Ok(Self {
            parts: partition(&parsed, &policies)?,
            matrix,
            reasons: annotations(&policies, "reason"),
            ids: policies
                .iter()
                .map(|p| (p.id().clone(), Arc::from(p.id().to_string())))
                .collect(),
            sha256: fingerprint(schema, files),
        })
    }

    /// The policies that can apply.
    pub(crate) fn part(&self, applies: Applies) -> Option<&PolicySet> {
        self.parts.get(&applies).map(|part| &part.policies)
    }

    /// Whether a policy of that part names a person or a resource.
    pub(crate) fn names_somebody(&self, applies: Applies) -> bool {
        self.parts
            .get(&applies)
            .is_some_and(|part| part.names_somebody)
    }

    pub(crate) fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    pub(crate) fn reason(&self, id: &PolicyId) -> Option<Arc<str>> {
        self.reasons.get(id).cloned()
    }

    pub(crate) fn id(&self, id: &PolicyId) -> Option<Arc<str>> {
        self.ids.get(id).cloned()
    }

    pub(crate) fn reasons(&self) -> impl Iterator<Item = &Arc<str>> {
        self.reasons.values()
    }

    #[cfg(test)]
    pub(crate) fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.ids.values()
    }

    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }
}

fn check_actions(schema: &Schema) -> Result<(), Error> {
    let known: Vec<String> = schema
        .actions()
        .map(|uid| uid.id().unescaped().to_owned())
        .collect();
    match Action::ALL
        .iter()
        .find(|action| !known.iter().any(|id| id == action.code()))
    {
        Some(missing) => Err(Error::MissingAction {
            action: missing.code(),
        }),
        None => Ok(()),
    }
}

fn read_policies(files: &[Source<'_>]) -> Result<Vec<Policy>, Error> {
    let mut policies: Vec<Policy> = Vec::new();
    for file in files.iter().filter(|file| !file.name.ends_with(".csv")) {
        let set = PolicySet::from_str(file.text)
            .map_err(|error| syntax(file.name, &miette_text(&error)))?;
        for policy in set.policies() {
            let id = annotation(policy, file, "id")?;
            annotation(policy, file, "reason")?;
            let id = PolicyId::new(id);
            if policies.iter().any(|known| *known.id() == id) {
                return Err(Error::DuplicateId { id: id.to_string() });
            }
            policies.push(policy.new_id(id));
        }
    }
    // A stable order, whatever the order of files and of the parser's own map.
    policies.sort_by(|a, b| a.id().cmp(b.id()));
    if policies.len() > POLICIES_MAX {
        return Err(Error::TooMany {
            policies: policies.len(),
        });
    }
    Ok(policies)
}

/// Without a matrix nobody is entitled to anything, which no author of such a policy means.
fn check_matrix(matrix: &Matrix, policies: &[Policy]) -> Result<(), Error> {
    let asks = |policy: &&Policy| policy.to_string().contains("entitled");
    match policies.iter().find(asks) {
        Some(policy) if matrix.is_empty() => Err(Error::MissingMatrix {
            policy: policy.id().to_string(),
        }),
        Some(_) | None => Ok(()),
    }
}

fn annotation<'p>(
    policy: &'p Policy,
    file: &Source<'_>,
    name: &'static str,
) -> Result<&'p str, Error> {
    policy
        .annotation(name)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Error::MissingAnnotation {
            file: file.name.to_owned(),
            annotation: name,
            policy: policy.to_string().chars().take(80).collect(),
        })
}

fn validate(schema: &Schema, policies: &PolicySet) -> Result<(), Error> {
    let result = Validator::new(schema.clone()).validate(policies, ValidationMode::Strict);
    // A warning is a policy that can never apply, or hidden characters: both are mistakes here.
    let findings: Vec<String> = result
        .validation_errors()
        .map(ToString::to_string)
        .chain(result.validation_warnings().map(ToString::to_string))
        .collect();
    if findings.is_empty() {
        Ok(())
    } else {
        Err(Error::Validation {
            message: findings.join("; "),
        })
    }
}

/// For each action and types, the policies that the validator says can apply to it.
fn partition(schema: &Schema, policies: &[Policy]) -> Result<BTreeMap<Applies, Part>, Error> {
    let known = |types: &[&'static str], name: &str| types.iter().find(|it| **it == name).copied();
    let mut parts: BTreeMap<Applies, Part> = BTreeMap::new();
    for policy in policies {
        let names_somebody = policy
            .entity_literals()
            .iter()
            .any(|uid| uid.type_name().to_string() != ACTION_TYPE);
        for environment in policy.get_valid_request_envs(schema) {
            let action = environment.action().id().unescaped();
            let principal = known(&PRINCIPAL_TYPES, &environment.principal().to_string());
            let resource = known(&RESOURCE_TYPES, &environment.resource().to_string());
            let action = Action::ALL.into_iter().find(|known| known.code() == action);
            if let (Some(action), Some(principal), Some(resource)) = (action, principal, resource) {
                let part = parts.entry((action, principal, resource)).or_default();
                part.names_somebody |= names_somebody;
                part.policies
                    .add(policy.clone())
                    .map_err(|error| Error::Validation {
                        message: error.to_string(),
                    })?;
            }
        }
    }
    Ok(parts)
}

fn annotations(policies: &[Policy], name: &str) -> BTreeMap<PolicyId, Arc<str>> {
    policies
        .iter()
        .filter_map(|policy| Some((policy.id().clone(), Arc::from(policy.annotation(name)?))))
        .collect()
}

/// SHA-256 over each text with its length, so that moving a line between files changes it too.
fn fingerprint(schema: Source<'_>, files: &[Source<'_>]) -> String {
    let mut hash = Sha256::new();
    for text in std::iter::once(schema.text).chain(files.iter().map(|file| file.text)) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex::encode(hash.finalize())
}

fn line_text(line: usize) -> String {
    match line {
        0 => String::new(),
        line => format!(", line {line}"),
    }
}

fn syntax(file: &str, message: &str) -> Error {
    Error::Syntax {
        file: file.to_owned(),
        message: message.to_owned(),
    }
}

/// The parser's message with its causes: they name the place.
fn miette_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
