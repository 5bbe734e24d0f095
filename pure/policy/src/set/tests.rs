use super::*;

const SCHEMA: Source<'_> = Source {
    name: "schema",
    text: include_str!("../../../../policies/schema.cedarschema"),
};

fn load(text: &str) -> Result<Partitioned, Error> {
    Partitioned::load(
        SCHEMA,
        &[Source {
            name: "p.cedar",
            text,
        }],
    )
}

#[test]
fn a_policy_without_id_or_reason_is_refused() {
    let error = load("permit(principal, action, resource);").unwrap_err();
    assert!(
        matches!(
            error,
            Error::MissingAnnotation {
                annotation: "id",
                ..
            }
        ),
        "{error}"
    );
    let error = load(r#"@id("a") permit(principal, action, resource);"#).unwrap_err();
    assert!(
        matches!(
            error,
            Error::MissingAnnotation {
                annotation: "reason",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn two_policies_of_one_id_are_refused() {
    let policy = r#"@id("a") @reason("r") permit(principal, action, resource);"#;
    let error = load(&policy.repeat(2)).unwrap_err();
    assert!(matches!(error, Error::DuplicateId { .. }), "{error}");
}

#[test]
fn a_word_that_the_schema_does_not_know_is_refused() {
    for condition in [
        "context.careteam",
        "principal.profesion == \"nurse\"",
        "resource.tier == 1",
    ] {
        let text = format!(
            r#"@id("a") @reason("r") permit(principal is Hygie::Person,
               action == Hygie::Action::"everything", resource is Hygie::Record)
               when {{ {condition} }};"#
        );
        let error = load(&text).unwrap_err();
        assert!(
            matches!(error, Error::Validation { .. }),
            "{condition}: {error}"
        );
    }
}

#[test]
fn what_is_not_cedar_names_its_file() {
    let error = load("permit everything to everybody").unwrap_err();
    assert!(error.to_string().contains("`p.cedar`"), "{error}");
}

#[test]
fn a_schema_without_an_action_of_the_engine_is_refused() {
    let schema = Source {
        name: "schema",
        text: "namespace Hygie { entity Person; }",
    };
    let error = Partitioned::load(schema, &[]).unwrap_err();
    assert!(matches!(error, Error::MissingAction { .. }), "{error}");
}

#[test]
fn a_part_holds_only_the_policies_that_can_apply() {
    let text = r#"
        @id("read") @reason("r")
        permit(principal, action == Hygie::Action::"read", resource is Hygie::Record);
        @id("all") @reason("r") forbid(principal, action, resource) unless { context.posted };
    "#;
    let set = load(text).unwrap();
    let ids = |action, resource| -> Vec<String> {
        let mut ids: Vec<_> = set
            .part((action, "Hygie::Person", resource))
            .map(|part| part.policies().map(|p| p.id().to_string()).collect())
            .unwrap_or_default();
        ids.sort();
        ids
    };
    assert_eq!(ids(Action::Read, "Hygie::Record"), ["all", "read"]);
    assert_eq!(ids(Action::Read, "Hygie::Reference"), ["all"]);
    assert_eq!(ids(Action::ViewDesk, "Hygie::Desk"), ["all"]);
    assert!(ids(Action::ViewDesk, "Hygie::Record").is_empty());
}

#[test]
fn the_fingerprint_changes_with_any_text() {
    let first = load(r#"@id("a") @reason("r") permit(principal, action, resource);"#).unwrap();
    let second = load(r#"@id("a") @reason("s") permit(principal, action, resource);"#).unwrap();
    assert_ne!(first.sha256(), second.sha256());
}

#[test]
fn a_policy_that_asks_for_an_entitlement_needs_a_matrix() {
    let text = r#"@id("a") @reason("r")
        permit(principal, action == Hygie::Action::"read", resource is Hygie::Record)
        when { context.entitled };"#;
    let error = load(text).unwrap_err();
    assert!(matches!(error, Error::MissingMatrix { .. }), "{error}");
}
