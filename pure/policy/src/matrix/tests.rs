use super::*;

const CATEGORIES: &str =
    "# which type is what\ntype,category\nPatient,identity\nObservation,notes\n";
const MATRIX: &str = "category, nurse, clerk\nidentity, r, rcu\n# a comment\nnotes, rcn, -\n";

fn load(categories: &str, matrix: &str) -> Result<Matrix, String> {
    let files = [
        Source {
            name: CATEGORIES_FILE,
            text: categories,
        },
        Source {
            name: MATRIX_FILE,
            text: matrix,
        },
    ];
    Matrix::load(&files).map_err(|error| error.to_string())
}

#[test]
fn a_cell_gives_its_letters_and_nothing_else() {
    let matrix = load(CATEGORIES, MATRIX).unwrap();
    assert_eq!(matrix.category("Observation"), "notes");
    let given = |column: &str, resource_type: &str| -> Vec<(Action, bool)> {
        Action::ALL
            .into_iter()
            .flat_map(|action| [(action, false), (action, true)])
            .filter(|(action, glass)| matrix.entitles(column, resource_type, *action, *glass))
            .collect()
    };
    let reads = [Action::Everything, Action::Read, Action::Search]
        .map(|action| [(action, false), (action, true)])
        .concat();
    assert_eq!(given("nurse", "Patient"), reads);
    let with = |more: &[(Action, bool)]| {
        let mut all = [more, &reads].concat();
        all.sort();
        all
    };
    let create = [(Action::Create, false), (Action::Create, true)];
    assert_eq!(given("nurse", "Observation"), with(&create));
    let update = [
        (Action::Create, false),
        (Action::Update, false),
        (Action::Update, true),
    ];
    assert_eq!(given("clerk", "Patient"), with(&update));
    for (column, resource_type) in [
        ("clerk", "Observation"),
        ("builder", "Patient"),
        ("nurse", "Condition"),
        ("nurse", ""),
    ] {
        assert!(given(column, resource_type).is_empty(), "{column}");
    }
}

/// Categories, matrix, and how the fault of one of them is told.
const FAULTS: &[(&str, &str, &str)] = &[
    (
        "Patient,identity",
        MATRIX,
        "`categories.csv`, line 1: the first line is",
    ),
    (
        "type,category\nPatient",
        MATRIX,
        "`categories.csv`, line 2: a line has two",
    ),
    (
        "type,category\nPatient,a\nPatient,b",
        MATRIX,
        "`categories.csv`, line 3: `Patient` has",
    ),
    (
        "type,category\nPatient,",
        MATRIX,
        "`categories.csv`, line 2: a name has",
    ),
    (
        CATEGORIES,
        "nurse\n",
        "`matrix.csv`, line 1: the first line is",
    ),
    (
        CATEGORIES,
        "category,nurse,nurse\n",
        "`matrix.csv`, line 1: `nurse` has two columns",
    ),
    (
        CATEGORIES,
        "category,nurse\nidentity,r,r\n",
        "`matrix.csv`, line 2: 2 cells for 1",
    ),
    (
        CATEGORIES,
        "category,nurse\nother,r\n",
        "`matrix.csv`, line 2: no resource type has",
    ),
    (
        CATEGORIES,
        "category,nurse\nidentity,r\nidentity,r\n",
        "`matrix.csv`, line 3: `identity` has two",
    ),
    (
        CATEGORIES,
        "category,nurse\nidentity,rw\n",
        "`matrix.csv`, line 2: `w` is no right",
    ),
    (
        CATEGORIES,
        "category,nurse\nidentity,rr\n",
        "`matrix.csv`, line 2: `r` stands there twice",
    ),
    (
        CATEGORIES,
        "category,nurse\nidentity,cu\n",
        "`matrix.csv`, line 2: `cu` writes what",
    ),
    (
        CATEGORIES,
        "category,nurse\nidentity,rn\n",
        "`matrix.csv`, line 2: `rn` gives in an emergency",
    ),
    (
        CATEGORIES,
        "category,nurse\nidentity,r\n",
        "`matrix.csv`: the category `notes` has no line",
    ),
];

#[test]
fn a_matrix_with_a_fault_names_the_line() {
    for (categories, matrix, message) in FAULTS {
        let error = load(categories, matrix).expect_err(message);
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn one_file_without_the_other_is_refused_and_none_entitles_nobody() {
    let one = [Source {
        name: MATRIX_FILE,
        text: MATRIX,
    }];
    assert!(Matrix::load(&one).is_err());
    let none = Matrix::load(&[]).unwrap();
    assert!(none.is_empty());
    assert!(!none.entitles("nurse", "Patient", Action::Read, false));
}
