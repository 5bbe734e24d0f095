//! The entitlement matrix: which profession may do what with which category of the record, as data
//! that people review in a spreadsheet.
//!
//! `categories.csv` gives each FHIR resource type its category; `matrix.csv` gives each category
//! and profession the letters of what is allowed:
//!
//! ```text
//! category,physician,nurse
//! identity,r,r
//! measurements,rcund,rcun
//! ```
//!
//! `r` read, `c` create, `u` update, `d` delete, `x` export in bulk, `n` create a note behind a
//! glass; an empty cell or `-` is nothing. Lines that begin with `#` are comments. The matrix only
//! bounds: a policy still asks for the care relation, the purpose and the confidentiality.

use std::collections::{BTreeMap, BTreeSet};

use crate::Action;
use crate::set::{Error, Source};

/// The name of the file of categories.
pub(crate) const CATEGORIES_FILE: &str = "categories.csv";
/// The name of the file of entitlements.
pub(crate) const MATRIX_FILE: &str = "matrix.csv";

/// The column of patients who read their own record.
pub(crate) const PATIENT_COLUMN: &str = "patient";
/// The column of those who act for a patient.
pub(crate) const REPRESENTATIVE_COLUMN: &str = "representative";

/// The most categories, types or professions that a matrix may have.
const ENTRIES_MAX: usize = 256;
/// The longest name in a matrix, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Who may do what with which category. Without files it entitles nobody to anything.
#[derive(Debug, Default)]
pub(crate) struct Matrix {
    /// The category of each FHIR resource type.
    categories: BTreeMap<Box<str>, Box<str>>,
    /// For each column, the rights in each category.
    rights: Rows,
}

/// The letters of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Rights(u8);

const LETTERS: [char; 6] = ['r', 'c', 'u', 'd', 'x', 'n'];

impl Matrix {
    /// Reads the two files among those of a set; a set may do without both, not without one.
    pub(crate) fn load(files: &[Source<'_>]) -> Result<Self, Error> {
        let find = |name| files.iter().find(|file| file.name == name);
        match (find(CATEGORIES_FILE), find(MATRIX_FILE)) {
            (None, None) => Ok(Self::default()),
            (Some(categories), Some(matrix)) => {
                let categories = read_categories(categories)?;
                let known: BTreeSet<&str> = categories.values().map(AsRef::as_ref).collect();
                let rights = read_rights(matrix, &known)?;
                Ok(Self { categories, rights })
            }
            (None, Some(_)) => Err(fault(CATEGORIES_FILE, 0, "the file is missing")),
            (Some(_), None) => Err(fault(MATRIX_FILE, 0, "the file is missing")),
        }
    }

    /// Whether there is one.
    pub(crate) fn is_empty(&self) -> bool {
        self.categories.is_empty()
    }

    /// The category of a FHIR resource type; empty when it has none, which entitles nobody.
    pub(crate) fn category(&self, resource_type: &str) -> &str {
        self.categories
            .get(resource_type)
            .map(AsRef::as_ref)
            .unwrap_or_default()
    }

    /// The types that have a category.
    #[cfg(test)]
    pub(crate) fn types(&self) -> impl Iterator<Item = &str> {
        self.categories.keys().map(AsRef::as_ref)
    }

    /// The professions, and the columns of patients and of who acts for them.
    #[cfg(test)]
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.rights.keys().map(AsRef::as_ref)
    }

    /// Whether a column may do this with a type of resource, by itself or behind a glass.
    pub(crate) fn entitles(
        &self,
        column: &str,
        resource_type: &str,
        action: Action,
        behind_glass: bool,
    ) -> bool {
        let Some(letter) = letter(action, behind_glass) else {
            return false;
        };
        self.rights
            .get(column)
            .and_then(|rights| rights.get(self.category(resource_type)))
            .is_some_and(|rights| rights.has(letter))
    }
}

impl Rights {
    /// Whoever writes must be able to read what they write, and a note is a kind of creation.
    fn read(cell: &str) -> Result<Self, String> {
        let mut rights = Self::default();
        if cell == "-" {
            return Ok(rights);
        }
        for found in cell.chars() {
            let bit = bit(found).ok_or_else(|| format!("`{found}` is no right: r c u d x n"))?;
            if rights.0 & bit != 0 {
                return Err(format!("`{found}` stands there twice"));
            }
            rights.0 |= bit;
        }
        if rights != Self::default() && !rights.has('r') {
            return Err(format!("`{cell}` writes what it does not read"));
        }
        if rights.has('n') && !rights.has('c') {
            return Err(format!(
                "`{cell}` gives in an emergency what it does not give in care"
            ));
        }
        Ok(rights)
    }

    fn has(self, letter: char) -> bool {
        bit(letter).is_some_and(|bit| self.0 & bit != 0)
    }
}

/// Rights by category, then by profession.
type Rows = BTreeMap<Box<str>, BTreeMap<Box<str>, Rights>>;

fn bit(letter: char) -> Option<u8> {
    let place = LETTERS.iter().position(|known| *known == letter)?;
    1_u8.checked_shl(u32::try_from(place).ok()?)
}

/// The letter that an action needs; none where the matrix has nothing to say.
fn letter(action: Action, behind_glass: bool) -> Option<char> {
    match action {
        Action::Everything | Action::Read | Action::Search => Some('r'),
        Action::Create if behind_glass => Some('n'),
        Action::Create => Some('c'),
        Action::Update => Some('u'),
        Action::Delete => Some('d'),
        Action::Export => Some('x'),
        Action::DeclareBreakGlass
        | Action::EndGlass
        | Action::GiveNotice
        | Action::ReviewGlass
        | Action::UseService
        | Action::ViewDesk => None,
    }
}

fn read_categories(file: &Source<'_>) -> Result<BTreeMap<Box<str>, Box<str>>, Error> {
    let mut categories = BTreeMap::new();
    let mut rows = rows(file);
    match rows.next() {
        Some((_, cells)) if cells == ["type", "category"] => {}
        _ => return Err(fault(file.name, 1, "the first line is `type,category`")),
    }
    for (line, cells) in rows {
        let [resource_type, category] = cells.as_slice() else {
            return Err(fault(file.name, line, "a line has two cells"));
        };
        name(file, line, resource_type)?;
        name(file, line, category)?;
        if categories
            .insert(Box::from(*resource_type), Box::from(*category))
            .is_some()
        {
            let what = format!("`{resource_type}` has a category already");
            return Err(fault(file.name, line, &what));
        }
        few(file, line, categories.len())?;
    }
    Ok(categories)
}

fn read_rights(file: &Source<'_>, categories: &BTreeSet<&str>) -> Result<Rows, Error> {
    let mut rows = rows(file);
    let head = rows.next();
    let columns = match head.as_ref().map(|(_, cells)| cells.as_slice()) {
        Some(["category", columns @ ..]) if !columns.is_empty() => columns,
        _ => {
            return Err(fault(
                file.name,
                1,
                "the first line is `category,PROFESSION,...`",
            ));
        }
    };
    few(file, 1, columns.len())?;
    let mut rights: Rows = BTreeMap::new();
    for column in columns {
        name(file, 1, column)?;
        if rights.insert(Box::from(*column), BTreeMap::new()).is_some() {
            return Err(fault(file.name, 1, &format!("`{column}` has two columns")));
        }
    }
    let mut seen = BTreeSet::new();
    for (line, cells) in rows {
        let Some((category, cells)) = cells.split_first() else {
            continue;
        };
        if !categories.contains(category) {
            let what = format!("no resource type has the category `{category}`");
            return Err(fault(file.name, line, &what));
        }
        if !seen.insert(*category) {
            return Err(fault(
                file.name,
                line,
                &format!("`{category}` has two lines"),
            ));
        }
        if cells.len() != columns.len() {
            let what = format!("{} cells for {} columns", cells.len(), columns.len());
            return Err(fault(file.name, line, &what));
        }
        for (column, cell) in columns.iter().zip(cells) {
            let cell = Rights::read(cell).map_err(|what| fault(file.name, line, &what))?;
            if let Some(of_column) = rights.get_mut(*column) {
                of_column.insert(Box::from(*category), cell);
            }
        }
    }
    match categories.iter().find(|category| !seen.contains(*category)) {
        Some(absent) => Err(fault(
            file.name,
            0,
            &format!("the category `{absent}` has no line"),
        )),
        None => Ok(rights),
    }
}

/// The lines that are no comments, with their number, as trimmed cells.
fn rows<'a>(file: &Source<'a>) -> impl Iterator<Item = (usize, Vec<&'a str>)> {
    file.text
        .lines()
        .zip(1..)
        .map(|(line, number)| (number, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| (number, line.split(',').map(str::trim).collect()))
}

fn name(file: &Source<'_>, line: usize, text: &str) -> Result<(), Error> {
    if text.is_empty() || text.len() > NAME_BYTES_MAX {
        let what = format!("a name has 1 to {NAME_BYTES_MAX} bytes");
        return Err(fault(file.name, line, &what));
    }
    Ok(())
}

fn few(file: &Source<'_>, line: usize, count: usize) -> Result<(), Error> {
    if count > ENTRIES_MAX {
        let what = format!("{ENTRIES_MAX} entries are the most");
        return Err(fault(file.name, line, &what));
    }
    Ok(())
}

fn fault(file: &str, line: usize, what: &str) -> Error {
    Error::Matrix {
        file: file.to_owned(),
        line,
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests;
