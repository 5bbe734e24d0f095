//! `/console/inventory`: the devices that were seen on the network, and what speaks for each word.

use std::sync::Arc;

use hyper::{Response, StatusCode};
use page::{DEVICE_WORDS_CHARS_MAX, DeviceShow, DeviceWanted};

use crate::answer::{Body, mark};
use crate::door::{DevicesSeen, Door};
use crate::form::Form;
use crate::identity::Identity;
use crate::refusal::Refused;
use crate::visit::Visit;

impl Door {
    /// `GET /console/inventory?words=WORDS&show=WHICH`: the list.
    pub(super) async fn show_inventory(&self, visit: &Visit, who: &Identity) -> Response<Body> {
        let Some(seen) = self.hall().inventory.clone() else {
            return self.page_not_found(visit, who).await;
        };
        let wanted = match wanted(visit) {
            Ok(wanted) => wanted,
            Err(refused) => return self.refuse(visit, &refused),
        };
        let receipt = match self.look(visit, who).await {
            Ok(receipt) => receipt,
            Err(answered) => return answered,
        };
        let Some(view) = apart(seen, visit, move |seen, at| Some(seen.list(&wanted, at))).await
        else {
            return self.internal(visit);
        };
        let html = page::inventory(&self.frame(visit.language), &view);
        let mut response = self.page(visit, StatusCode::OK, html);
        mark(&mut response, &receipt);
        response
    }

    /// `GET /console/inventory/device?id=SUBJECT`: one device.
    pub(super) async fn show_device(&self, visit: &Visit, who: &Identity) -> Response<Body> {
        let Some(seen) = self.hall().inventory.clone() else {
            return self.page_not_found(visit, who).await;
        };
        let asked = asked(visit);
        let Some(id) = asked.as_ref().and_then(|asked| asked.field("id")) else {
            return self.refuse(visit, &malformed("id"));
        };
        let receipt = match self.look(visit, who).await {
            Ok(receipt) => receipt,
            Err(answered) => return answered,
        };
        let id = id.to_owned();
        let Some(view) = apart(seen, visit, move |seen, at| seen.find(&id, at)).await else {
            // Nothing is told that is not kept, and that there is none is no secret of the desk.
            return self.refuse(visit, &Refused::of(StatusCode::NOT_FOUND, "not-found"));
        };
        let html = page::device_file(&self.frame(visit.language), &view);
        let mut response = self.page(visit, StatusCode::OK, html);
        mark(&mut response, &receipt);
        response
    }
}

/// A list takes a look at everything that is known, apart from the threads that serve requests.
async fn apart<T: Send + 'static>(
    seen: Arc<dyn DevicesSeen>,
    visit: &Visit,
    look: impl FnOnce(&dyn DevicesSeen, event::Timestamp) -> Option<T> + Send + 'static,
) -> Option<T> {
    let at = visit.at;
    let looked = tokio::task::spawn_blocking(move || look(&*seen, at));
    looked.await.ok()?
}

/// What stands behind the `?`.
fn asked(visit: &Visit) -> Option<Form> {
    let (_, query) = visit.below_service();
    Form::parse(query.unwrap_or_default().as_bytes())
}

fn wanted(visit: &Visit) -> Result<DeviceWanted, Refused<'static>> {
    let asked = asked(visit).ok_or_else(|| malformed("query"))?;
    let words = asked.field("words").unwrap_or_default();
    if words.chars().count() > DEVICE_WORDS_CHARS_MAX {
        return Err(malformed("words"));
    }
    let show = match asked.field("show") {
        None | Some("") => DeviceShow::All,
        Some(code) => DeviceShow::from_code(code).ok_or_else(|| malformed("show"))?,
    };
    Ok(DeviceWanted {
        words: words.to_owned(),
        show,
    })
}

fn malformed(detail: &'static str) -> Refused<'static> {
    Refused {
        detail: Some(detail),
        ..Refused::of(StatusCode::BAD_REQUEST, "request-malformed")
    }
}
