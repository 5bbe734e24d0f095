//! The HTML of every page, from plain values, in French and English.
//!
//! Each page is a function from a [`Frame`] (language, texts, time zone) and a view (what is
//! shown) to a `String`. Everything in a view is taken for hostile text and escaped; links that
//! come from a request lead nowhere but to this origin.
//!
//! The pages work without scripts and under the content security policy [`POLICY`]: no inline
//! style or script, nothing fetched from elsewhere. They expect [`STYLE`] at `/style.css` and
//! [`ICON`] at `/icon.svg`, and send forms (`application/x-www-form-urlencoded`) to:
//!
//! | Path | Fields |
//! | --- | --- |
//! | `POST /session` | `person`, `return`, `form_token` |
//! | `POST /session/end` | `form_token` |
//! | `POST /break-glass` | `patient`, `reason`, `text`, `return`, `form_token` |
//! | `POST /break-glass/GLASS/end` | `form_token` |
//! | `POST /console/reviews/REVIEW` | `finding`, `text`, `form_token` |
//! | `POST /guard/acts` | `act`, `asset`, `conduit`, `minutes`, `text`, `form_token` |
//! | `POST /guard/acts/ACT/approve` | `form_token` |
//! | `POST /guard/acts/ACT/withdraw` | `form_token` |
//! | `POST /guard/seat` | `form_token` |
//! | `POST /guard/seat/leave` | `form_token` |
//! | `POST /console/notices/NOTICE` | `channel`, or `ground`, `until`, `text`; `form_token` |
//!
//! Read first: [`Frame`], then [`refusal`].

mod console;
mod devices;
mod frame;
mod inventory;
mod landing;
mod limits;
mod notice;
mod opening;
mod path;
mod refusal;
mod review;
mod session;

pub use console::{
    Alerted, Asset, Console, Counts, Decision, FoundIncident, ReviewOwed, ReviewState, console,
};
pub use devices::{ACT_MINUTES, ActRow, DeviceLine, Devices, devices};
pub use frame::{Evidence, Frame, Queue};
pub use inventory::{
    DeviceCounts, DeviceFile, DeviceShow, DeviceWanted, Inventory, KnownRow, LinkRow, SeenDevice,
    SupportRow, device_file, inventory,
};
pub use landing::{Demonstration, Example, ExampleKind, Landing, Service, landing};
pub use limits::{
    ACT_REASON_CHARS_MAX, DEVICE_WORDS_CHARS_MAX, GLASS_TEXT_CHARS_MAX, REVIEW_TEXT_CHARS_MAX,
    ROWS_MAX,
};
pub use notice::{Letter, NoticeRow, NoticeState, Notices, letter, notices};
pub use opening::{Opening, Openings, Summary, openings};
pub use path::local_path;
pub use refusal::{Fault, GlassOffer, Missing, Opened, Refusal, error, glass_opened, refusal};
pub use review::{Finding, Review, review};
pub use session::{Identity, SignIn, sign_in_required};

/// The style sheet of every page, served as `/style.css` with type `text/css; charset=utf-8`.
pub const STYLE: &str = include_str!("../assets/style.css");

/// The icon of every page, served as `/icon.svg` with type `image/svg+xml`.
pub const ICON: &str = include_str!("../assets/icon.svg");

/// The `Content-Security-Policy` under which every page works.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
