//! Which values a question asks for, as far as the filters of objects can rule them out.
//!
//! Everything that is not understood here may match anything: reading too much costs time, reading
//! too little would hide evidence.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator};

use crate::limits::WANTED_VALUES_MAX;
use crate::schema::BLOOMED;

/// What a row must hold to be an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    need: Need,
    /// Column (by its path in Parquet) and value, by the number that [`Need::Value`] gives.
    values: Vec<(&'static str, String)>,
}

/// A condition over values.
#[derive(Clone, Debug, PartialEq)]
enum Need {
    /// Nothing can be ruled out.
    Anything,
    Value(usize),
    All(Vec<Need>),
    One(Vec<Need>),
}

impl Wanted {
    /// Reads conditions that must all hold; `None` when they rule nothing out.
    pub(crate) fn of(filters: &[Expr]) -> Option<Self> {
        let mut values = Vec::new();
        let needs = filters.iter().map(|filter| read(filter, &mut values));
        let need = all(needs.collect());
        let is_useful = need != Need::Anything && values.len() <= WANTED_VALUES_MAX;
        is_useful.then_some(Self { need, values })
    }

    /// The values in question.
    pub(crate) fn values(&self) -> &[(&'static str, String)] {
        &self.values
    }

    /// Whether rows can match where `may_hold` says, by its number, which values there may be.
    pub(crate) fn may_match(&self, may_hold: &dyn Fn(usize) -> bool) -> bool {
        self.need.may_be(may_hold)
    }
}

impl Need {
    fn may_be(&self, may_hold: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::Anything => true,
            Self::Value(number) => may_hold(*number),
            Self::All(needs) => needs.iter().all(|need| need.may_be(may_hold)),
            Self::One(needs) => needs.iter().any(|need| need.may_be(may_hold)),
        }
    }
}

fn read(filter: &Expr, values: &mut Vec<(&'static str, String)>) -> Need {
    match filter {
        Expr::BinaryExpr(binary) => {
            let (left, right) = (binary.left.as_ref(), binary.right.as_ref());
            match binary.op {
                Operator::And => all(vec![read(left, values), read(right, values)]),
                Operator::Or => one(vec![read(left, values), read(right, values)]),
                Operator::Eq => {
                    let found = equal("", left, right).or_else(|| equal("", right, left));
                    value(found, values)
                }
                _ => Need::Anything,
            }
        }
        Expr::InList(list) if !list.negated => {
            let needs = list
                .list
                .iter()
                .map(|member| value(equal("", &list.expr, member), values));
            one(needs.collect())
        }
        Expr::ScalarFunction(call) if call.func.name() == "array_has" => {
            match call.args.as_slice() {
                [array, member] => value(equal(".list.element", array, member), values),
                _ => Need::Anything,
            }
        }
        _ => Need::Anything,
    }
}

/// A column with a filter, and the text that it is to hold.
fn equal(suffix: &str, column: &Expr, text: &Expr) -> Option<(&'static str, String)> {
    let (Expr::Column(column), Expr::Literal(text, _)) = (column, text) else {
        return None;
    };
    let (ScalarValue::Utf8(Some(text))
    | ScalarValue::Utf8View(Some(text))
    | ScalarValue::LargeUtf8(Some(text))) = text
    else {
        return None;
    };
    let path = BLOOMED
        .iter()
        .find(|path| path.strip_suffix(suffix) == Some(column.name()))?;
    Some((path, text.clone()))
}

fn value(found: Option<(&'static str, String)>, values: &mut Vec<(&'static str, String)>) -> Need {
    let Some(found) = found else {
        return Need::Anything;
    };
    values.push(found);
    Need::Value(values.len() - 1)
}

/// All of these; what may be anything adds nothing.
fn all(mut needs: Vec<Need>) -> Need {
    needs.retain(|need| *need != Need::Anything);
    if needs.is_empty() {
        Need::Anything
    } else {
        Need::All(needs)
    }
}

/// One of these; where one may be anything, nothing is ruled out.
fn one(needs: Vec<Need>) -> Need {
    if needs.contains(&Need::Anything) {
        Need::Anything
    } else {
        Need::One(needs)
    }
}

#[cfg(test)]
mod tests;
