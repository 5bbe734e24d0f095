use super::*;

fn at() -> Timestamp {
    "2026-07-15T08:00:00Z".parse().unwrap()
}

fn read(form: &str) -> Result<Settled, &'static str> {
    Settled::read(&Form::parse(form.as_bytes()).unwrap(), at())
}

#[test]
fn a_notice_is_put_off_on_a_known_ground_with_words_and_for_a_bounded_time() {
    for (form, wrong) in [
        ("ground=inquiry&until=2026-07-16&text=why", None),
        ("ground=inquiry&until=2026-10-13&text=why", None),
        ("ground=inquiry&until=2026-10-14&text=why", Some("until")),
        ("ground=inquiry&until=2026-07-15&text=why", Some("until")),
        ("ground=inquiry&until=soon&text=why", Some("until")),
        ("ground=inquiry&text=why", Some("until")),
        (
            "ground=convenience&until=2026-07-16&text=why",
            Some("ground"),
        ),
        ("until=2026-07-16&text=why", Some("ground")),
        ("ground=inquiry&until=2026-07-16&text=+", Some("text")),
        ("ground=inquiry&until=2026-07-16", Some("text")),
    ] {
        assert_eq!(read(form).err(), wrong, "{form}");
    }
}

#[test]
fn a_notice_is_given_in_a_known_way() {
    assert!(matches!(
        read("channel=letter"),
        Ok(Settled::Given {
            channel: NoticeChannel::Letter,
            ..
        })
    ));
    assert_eq!(read("channel=pigeon").err(), Some("channel"));
}

#[test]
fn the_days_of_the_form_are_days() {
    assert_eq!(day(at()), "2026-07-15");
}
