use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use super::*;
use crate::shutdown::Shutdown;

/// Asks with a blocking client: the thread that asks does nothing else meanwhile.
fn ask(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

fn start(readiness: Readiness) -> HealthServer {
    serve("test.health_listen", "127.0.0.1:0".parse().unwrap(), readiness).unwrap()
}

// One thread, which the blocking client holds: only a thread of its own can answer.
#[tokio::test(flavor = "current_thread")]
async fn answers_while_the_service_is_busy() {
    let shutdown = Shutdown::new(Duration::from_secs(5));
    let readiness = Readiness::new(&shutdown);
    let snapshot = readiness.register("snapshot");
    let catalog = readiness.register_optional("catalog");
    catalog.ready();
    let server = start(readiness);
    let address = server.address();

    assert_eq!(ask(address, "/health/live"), (200, r#"{"status":"live"}"#.to_owned()));
    let missing = r#"{"status":"not ready","missing":[{"name":"snapshot","reason":"starting"}]}"#;
    assert_eq!(ask(address, "/health/ready"), (503, missing.to_owned()));
    snapshot.ready();
    assert_eq!(ask(address, "/health/ready"), (200, r#"{"status":"ready"}"#.to_owned()));
    catalog.not_ready("no answer");
    let without = r#"{"status":"ready","without":[{"name":"catalog","reason":"no answer"}]}"#;
    assert_eq!(ask(address, "/health/ready"), (200, without.to_owned()));
    let (status, metrics) = ask(address, "/metrics");
    assert!(status == 200 && metrics.contains("process_resident_memory_bytes"), "{metrics}");
    shutdown.trigger("test");
    assert_eq!(ask(address, "/health/ready").0, 503);
    assert_eq!(ask(address, "/health/live").0, 200);
    assert_eq!(ask(address, "/nothing").0, 404);
}

#[test]
fn dropping_it_gives_the_port_back() {
    let server = start(Readiness::default());
    let address = server.address();
    let error = serve("api.health_listen", address, Readiness::default()).unwrap_err();
    assert!(error.to_string().contains("api.health_listen"), "{error}");
    drop(server);
    serve("api.health_listen", address, Readiness::default()).unwrap();
}
