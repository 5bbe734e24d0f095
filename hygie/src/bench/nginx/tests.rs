use super::*;

#[test]
fn the_configuration_is_a_plain_proxy_with_tls_that_keeps_connections() {
    let text = configuration_text("127.0.0.1:8444".parse().unwrap(), "127.0.0.1:41234");
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
    // Without a leading slash, every file lies in the folder.
    assert!(!text.contains(" /tmp") && !text.contains("/var"), "{text}");
}
