//! Who somebody is at the door: the page that asks them to sign in.

use askama::Template;
use event::{PersonId, RequestId};
use locale::{Explanation, Family, key};

use crate::Frame;

/// A person of the demonstration, as whom one can sign in with one button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// The code of their profession.
    pub profession: String,
    /// The name of the establishment where they work.
    pub establishment: String,
}

/// What the page says to somebody who is not signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The code of the refusal: `token-missing`, `token-expired`...
    pub code: String,
    /// Where to sign in, as a path of this origin.
    pub link: Option<String>,
    /// The people of the demonstration; nobody anywhere else.
    pub identities: Vec<Identity>,
    /// Where to go afterwards; anything but a path of this origin becomes `/`.
    pub return_to: String,
    /// The request.
    pub request: Option<RequestId>,
}

/// Asks somebody to sign in, and says why.
#[must_use]
pub fn sign_in_required(frame: &Frame<'_>, view: &SignIn) -> String {
    frame.render(&SignInPage {
        frame,
        view,
        explanation: frame.explain(&view.code, None),
    })
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: &'a Frame<'a>,
    view: &'a SignIn,
    explanation: Explanation,
}
