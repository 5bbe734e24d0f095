use super::*;

fn allowed() -> Allowed {
    Allowed::from([("t".to_owned(), HashSet::from(["pat-1".to_owned()]))])
}

fn request(authorization: &str, uri: &str) -> String {
    format!("GET /decision HTTP/1.0\r\n{authorization}X-Original-URI: {uri}\r\n\r\n")
}

#[test]
fn a_token_opens_its_patients_and_nobody_else() {
    let check = |authorization: &str, uri: &str, status: u16| {
        let text = request(authorization, uri);
        let decided = decide(text.as_bytes(), &allowed());
        assert_eq!(decided, Some((text.len(), status)), "{text}");
    };
    let bearer = "Authorization: Bearer t\r\n";
    check(bearer, "/fhir/Patient/pat-1", 204);
    check(bearer, "/fhir/Observation?patient=pat-1&_count=100", 204);
    check(bearer, "/fhir/Observation?_count=100&patient=pat-1", 204);
    check(bearer, "/fhir/Patient/pat-2", 403);
    check(bearer, "/fhir/Observation", 403);
    check("Authorization: Bearer u\r\n", "/fhir/Patient/pat-1", 403);
    check("", "/fhir/Patient/pat-1", 401);
    check("Authorization: Basic t\r\n", "/fhir/Patient/pat-1", 401);
}

#[test]
fn a_request_is_read_once_it_is_whole() {
    let text = request("Authorization: Bearer t\r\n", "/fhir/Patient/pat-1");
    for cut in 0..text.len() {
        assert_eq!(decide(&text.as_bytes()[..cut], &allowed()), None, "{cut}");
    }
    assert_eq!(decide(b"\0\r\n\r\n", &allowed()), Some((5, 400)));
}

#[test]
fn a_connection_stays_open_for_many_questions() {
    let point = DecisionPoint::start(allowed()).unwrap();
    let mut stream = TcpStream::connect(point.address()).unwrap();
    let bearer = "Authorization: Bearer t\r\n";
    let questions = request(bearer, "/Patient/pat-1") + &request(bearer, "/Patient/pat-2");
    stream.write_all(questions.as_bytes()).unwrap();
    let expect = answer_text(204).to_owned() + answer_text(403);
    let mut came = vec![0; expect.len()];
    stream.read_exact(&mut came).unwrap();
    assert_eq!(String::from_utf8(came).unwrap(), expect);
}
