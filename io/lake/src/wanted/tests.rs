use datafusion::functions_nested::expr_fn::array_has;
use datafusion::prelude::{cast, col, lit};

use super::*;

fn wanted(filters: &[Expr]) -> Option<Wanted> {
    Wanted::of(filters)
}

/// The values in question, as `column=value`.
fn asked(wanted: &Wanted) -> Vec<String> {
    let values = wanted.values().iter();
    values
        .map(|(column, value)| format!("{column}={value}"))
        .collect()
}

#[test]
fn equality_on_a_filtered_column_is_looked_for() {
    for (filter, expected) in [
        (col("person").eq(lit("a")), "person=a"),
        (lit("a").eq(col("src_ip")), "src_ip=a"),
        (
            col("conn_uid").eq(lit(ScalarValue::Utf8View(Some("C1".to_owned())))),
            "conn_uid=C1",
        ),
        (
            array_has(col("patients"), lit("p")),
            "patients.list.element=p",
        ),
    ] {
        let wanted = wanted(&[filter]).unwrap();
        assert_eq!(asked(&wanted), [expected]);
        assert!(wanted.may_match(&|_| true));
        assert!(!wanted.may_match(&|_| false));
    }
}

#[test]
fn what_is_not_understood_rules_nothing_out() {
    for filter in [
        col("person").not_eq(lit("a")),
        col("person").gt(lit("a")),
        col("person").like(lit("a%")),
        col("person").is_null(),
        col("person").eq(lit(ScalarValue::Utf8(None))),
        col("person").eq(col("patient")),
        // No filter is kept for these.
        col("activity").eq(lit("a")),
        col("leaf_index").eq(lit(5_u64)),
        // A list is no text, and a text no list.
        col("patients").eq(lit("p")),
        array_has(col("person"), lit("a")),
        cast(col("person"), arrow::datatypes::DataType::Binary).eq(lit("a")),
        !col("person").eq(lit("a")),
        col("person").in_list(vec![lit("a")], true),
        col("person").in_list(vec![lit("a"), col("patient")], false),
        col("person")
            .eq(lit("a"))
            .or(col("leaf_index").lt(lit(9_u64))),
    ] {
        assert_eq!(wanted(std::slice::from_ref(&filter)), None, "{filter}");
    }
    assert_eq!(wanted(&[]), None);
}

#[test]
fn conditions_are_joined_as_they_were_written() {
    let (a, b) = (col("person").eq(lit("a")), col("src_ip").eq(lit("b")));
    let c = col("session").in_list(vec![lit("c"), lit("d")], false);
    let both = [a.clone().and(b.clone())];
    let either = [a.clone().or(b.clone())];
    let with_other = [a.clone(), col("leaf_index").lt(lit(9_u64)), c.clone()];
    let matches = |filters: &[Expr], there: &[usize]| {
        wanted(filters)
            .unwrap()
            .may_match(&|number| there.contains(&number))
    };
    // Beside the filters: the numbers of the values that there may be.
    for (there, expected) in [
        (&[][..], false),
        (&[0], false),
        (&[1], false),
        (&[0, 1], true),
    ] {
        assert_eq!(matches(&both, there), expected, "both, {there:?}");
        assert_eq!(
            matches(&[a.clone(), b.clone()], there),
            expected,
            "{there:?}"
        );
        assert_eq!(
            matches(&either, there),
            !there.is_empty(),
            "either, {there:?}"
        );
    }
    for (there, expected) in [(&[0][..], false), (&[1, 2], false), (&[0, 2], true)] {
        assert_eq!(matches(&with_other, there), expected, "{there:?}");
    }
}

#[test]
fn too_many_values_are_left_to_the_engine() {
    let list = |count: usize| {
        let members = (0..count).map(|number| lit(number.to_string()));
        [col("src_ip").in_list(members.collect(), false)]
    };
    assert!(wanted(&list(WANTED_VALUES_MAX)).is_some());
    assert_eq!(wanted(&list(WANTED_VALUES_MAX + 1)), None);
}
