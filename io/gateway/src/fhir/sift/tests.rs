use serde_json::{Value, json};
use wire::fhir::{Id, Request};

use super::*;
use crate::fhir::search::tests::House;

/// A nurse who cares for both patients asks for the whole record of one: what the server adds of the
/// other was not asked for.
#[test]
fn a_whole_record_holds_nothing_of_another_patient() {
    let house = House::open();
    let judge = |action, target: policy::Target<'_>| house.decide("nurse", action, target);
    let observation = |id: &str, patient: &str| {
        json!({ "resource": { "resourceType": "Observation", "id": id, "status": "final",
            "subject": { "reference": format!("Patient/{patient}") } } })
    };
    let page = json!({ "resourceType": "Bundle", "type": "searchset",
        "entry": [observation("mine", "p1"), observation("theirs", "p2")] });
    for (patient, shown) in [("p1", "mine"), ("p2", "theirs")] {
        let request = Request::Everything {
            patient: Id::parse(patient).unwrap(),
            count: None,
        };
        let asked = Asked::of(request).unwrap();
        let mut sifter = Sifter::new(&asked, "https://door.example/fhir", &judge);
        let next = sifter.page(page.to_string().as_bytes(), &[]).unwrap();
        assert_eq!(next, None);
        let release = sifter.finish();
        let bundle: Value = serde_json::from_slice(&release.body).unwrap();
        let entries = bundle["entry"].as_array().unwrap();
        let ids: Vec<&Value> = entries.iter().map(|it| &it["resource"]["id"]).collect();
        assert_eq!((ids, release.withheld), (vec![&json!(shown)], 1));
    }
}
