use super::*;

#[test]
fn the_configuration_is_a_plain_proxy_with_tls_that_keeps_connections() {
    let listen = Listen {
        plain: "127.0.0.1:8444".parse().unwrap(),
        asking: None,
    };
    let text = listen.configuration("127.0.0.1:41234");
    for line in [
        "daemon off;",
        "worker_processes 2;",
        "access_log off;",
        "server 127.0.0.1:41234;",
        "keepalive 64;",
        "listen 127.0.0.1:8444 ssl;",
        "ssl_certificate server.pem;",
        "ssl_certificate_key server.key;",
        "proxy_pass http://records;",
        "proxy_http_version 1.1;",
        "proxy_set_header Connection \"\";",
    ] {
        assert!(
            text.lines().any(|it| it.trim() == line),
            "no line `{line}` in:\n{text}"
        );
    }
    assert_eq!(text.matches('{').count(), text.matches('}').count());
    assert_eq!(
        text.matches("keepalive_requests 1000000000;").count(),
        2,
        "both sides stay open"
    );
    assert!(!text.contains("decision"), "it asks nobody");
    // Without a leading slash, every file lies in the folder.
    assert!(!text.contains(" /tmp") && !text.contains("/var"), "{text}");
}

#[test]
fn at_another_port_it_asks_before_each_request() {
    let listen = Listen {
        plain: "127.0.0.1:8444".parse().unwrap(),
        asking: Some((
            "127.0.0.1:8445".parse().unwrap(),
            "127.0.0.1:9000".parse().unwrap(),
        )),
    };
    let text = listen.configuration("127.0.0.1:41234");
    let (plain, asking) = text.split_once("upstream decisions").unwrap();
    assert!(!plain.contains("auth_request"), "{plain}");
    for line in [
        "server 127.0.0.1:9000;",
        "listen 127.0.0.1:8445 ssl;",
        "auth_request /decision;",
        "location = /decision {",
        "internal;",
        "proxy_pass http://decisions;",
        "proxy_pass_request_body off;",
        "proxy_set_header X-Original-URI $request_uri;",
    ] {
        let count = asking.lines().filter(|it| it.trim() == line).count();
        assert_eq!(count, 1, "lines `{line}` in:\n{asking}");
    }
    // The decision service and the records are both asked over connections that stay open.
    assert_eq!(text.matches("keepalive_requests 1000000000;").count(), 4);
    assert_eq!(text.matches("proxy_http_version 1.1;").count(), 3);
    assert_eq!(text.matches('{').count(), text.matches('}').count());
}
