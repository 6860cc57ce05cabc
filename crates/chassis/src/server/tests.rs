use std::{
    convert::Infallible,
    future::pending,
    io::ErrorKind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    routing::{get, post},
};
use bytes::Bytes;
use futures::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};

use super::*;
use crate::shutdown::{Phase, Shutdown};

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_secs(1);

struct Fixture {
    address: SocketAddr,
    shutdown: Shutdown,
    task: JoinHandle<Result<(), Error>>,
}

impl Fixture {
    fn start(router: Router, limits: Limits) -> Self {
        let listener = bind("test.listen", "127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new(LONG);
        let guard = shutdown.guard(Phase::Drain, "test listener");
        let options = Options { name: "test", limits };
        let task = tokio::spawn(serve(listener, for_router(router), options, guard));
        Self { address, shutdown, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn stop(self) {
        assert!(self.shutdown.stop("test").await.is_clean());
        self.task.await.unwrap().unwrap();
    }
}

fn limits() -> Limits {
    Limits {
        connections_max: 100,
        connections_per_address_max: 0,
        requests_per_address_max: 0,
        proxies: TrustedProxies::none(),
        uri_bytes_max: 1_000,
        header_bytes_max: 10_000,
        header_timeout: LONG,
        idle_timeout: LONG,
    }
}

fn echo() -> Router {
    Router::new()
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route("/echo", post(|body: Bytes| async move { body }))
        .fallback(|request: Request| async move { request.uri().path().to_owned() })
}

/// Reads one answer with a Content-Length.
async fn answer(stream: &mut TcpStream) -> (u16, String) {
    let read = async {
        let mut bytes = Vec::new();
        let head_end = loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            bytes.push(stream.read_u8().await.unwrap());
        };
        let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap().to_ascii_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        (head[9..12].parse().unwrap(), String::from_utf8(body).unwrap())
    };
    timeout(LONG, read).await.expect("an answer")
}

async fn ask(stream: &mut TcpStream, path: &str) -> (u16, String) {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
    answer(stream).await
}

/// Waits until the other side has closed.
async fn closed(stream: &mut TcpStream) {
    let read = async {
        let mut buffer = vec![0; 65_536];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => return assert_eq!(error.kind(), ErrorKind::ConnectionReset),
            }
        }
    };
    timeout(LONG, read).await.expect("the server closes the connection");
}

#[tokio::test]
async fn answers_many_requests_on_one_connection() {
    let fixture = Fixture::start(echo(), limits());
    let mut stream = fixture.connect().await;
    let me = stream.local_addr().unwrap().to_string();
    assert_eq!(ask(&mut stream, "/peer").await, (200, me));
    assert_eq!(ask(&mut stream, "/a?b=c").await, (200, "/a".to_owned()));
    stream.write_all(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    assert_eq!(answer(&mut stream).await.1, "/1");
    assert_eq!(answer(&mut stream).await.1, "/2");
    stream.write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc").await.unwrap();
    assert_eq!(answer(&mut stream).await.1, "abc");
    fixture.stop().await;
}

#[tokio::test]
async fn refuses_what_is_too_long() {
    let fixture = Fixture::start(echo(), limits());
    let mut stream = fixture.connect().await;
    let (status, body) = ask(&mut stream, &format!("/{}", "x".repeat(1_000))).await;
    assert_eq!(status, 414);
    assert!(body.contains("\"code\":\"uri_too_long\""), "{body}");
    assert_eq!(ask(&mut stream, &format!("/{}", "x".repeat(999))).await.0, 200);
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "x".repeat(10_000));
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await.0, 431);
    closed(&mut stream).await;
    fixture.stop().await;
}

#[tokio::test]
async fn cuts_off_who_sends_too_slowly() {
    let fixture = Fixture::start(echo(), Limits { header_timeout: SHORT, ..limits() });
    let mut silent = fixture.connect().await;
    let mut slow = fixture.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let mut second = fixture.connect().await;
    assert_eq!(ask(&mut second, "/").await.0, 200);
    second.write_all(b"GET / HT").await.unwrap();
    for stream in [&mut silent, &mut slow, &mut second] {
        closed(stream).await;
    }
    fixture.stop().await;
}

#[tokio::test]
async fn closes_quiet_connections_and_keeps_busy_ones() {
    let fixture = Fixture::start(
        echo().route(
            "/long",
            get(|| async {
                // Longer than every limit and several sweeps: working is no reason to be cut off.
                tokio::time::sleep(SHORT * 3).await;
                "done"
            }),
        ),
        Limits { header_timeout: SHORT, idle_timeout: SHORT, ..limits() },
    );
    let mut busy = fixture.connect().await;
    busy.write_all(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut quiet = fixture.connect().await;
    assert_eq!(ask(&mut quiet, "/").await.0, 200);
    closed(&mut quiet).await;
    assert_eq!(answer(&mut busy).await, (200, "done".to_owned()));
    closed(&mut busy).await;
    fixture.stop().await;
}

/// Tells when it is dropped.
struct Told(Arc<Notify>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn cuts_off_who_does_not_take_the_answer() {
    let given_up = Arc::new(Notify::new());
    let told = given_up.clone();
    let endless = move || {
        let told = Told(told.clone());
        let frame = || Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[b'x'; 65_536])));
        let frames = stream::unfold(told, move |told| async move { Some((frame(), told)) });
        async move { Body::new(StreamBody::new(frames)) }
    };
    let router = echo().route("/endless", get(endless));
    let fixture = Fixture::start(router, Limits { header_timeout: SHORT, ..limits() });
    let mut stream = fixture.connect().await;
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    timeout(LONG, given_up.notified()).await.expect("the answer is given up");
    drop(stream);
    fixture.stop().await;
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (entered, leave) = (entered.clone(), leave.clone());
        move || async move {
            entered.notify_one();
            leave.notified().await;
            "finished"
        }
    };
    let fixture = Fixture::start(echo().route("/slow", get(slow)), limits());
    let mut quiet = fixture.connect().await;
    assert_eq!(ask(&mut quiet, "/").await.0, 200);
    let mut fresh = fixture.connect().await;
    let mut busy = fixture.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    entered.notified().await;

    fixture.shutdown.trigger("test");
    closed(&mut quiet).await;
    closed(&mut fresh).await;
    assert!(!fixture.task.is_finished());
    let refused = async { while TcpStream::connect(fixture.address).await.is_ok() {} };
    timeout(LONG, refused).await.expect("no new connections");
    leave.notify_one();
    assert_eq!(answer(&mut busy).await, (200, "finished".to_owned()));
    closed(&mut busy).await;
    fixture.stop().await;
}

#[tokio::test]
async fn a_stop_answers_once_more_and_says_goodbye() {
    let fixture = Fixture::start(echo(), limits());
    let (mut one, mut two) = (fixture.connect().await, fixture.connect().await);
    assert_eq!(ask(&mut one, "/1").await.0, 200);
    assert_eq!(ask(&mut two, "/1").await.0, 200);
    // In the kernel's queue when the stop begins, its request as well: the runtime has had no turn to accept it.
    let mut queued = std::net::TcpStream::connect(fixture.address).unwrap();
    std::io::Write::write_all(&mut queued, b"GET /queued HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    fixture.shutdown.trigger("test");
    queued.set_nonblocking(true).unwrap();
    let mut queued = TcpStream::from_std(queued).unwrap();
    for (stream, path) in [(&mut one, "/2"), (&mut two, "/3")] {
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
    }
    for (stream, path) in [(&mut one, "/2"), (&mut two, "/3"), (&mut queued, "/queued")] {
        let mut all = String::new();
        timeout(LONG, stream.read_to_string(&mut all)).await.expect("an end").unwrap();
        let all = all.to_ascii_lowercase();
        assert!(
            all.starts_with("http/1.1 200") && all.contains("connection: close") && all.ends_with(path),
            "{all}"
        );
    }
    fixture.stop().await;
}

#[tokio::test]
async fn one_address_gets_its_share_and_no_more() {
    let limits = Limits { connections_per_address_max: 2, requests_per_address_max: 1, ..limits() };
    let fixture = Fixture::start(echo(), limits.clone());
    let mut first = fixture.connect().await;
    assert_eq!(ask(&mut first, "/").await.0, 200);
    let refused = async { while ask(&mut first, "/").await.0 != 429 {} };
    timeout(LONG, refused).await.expect("two in one second are too many");
    let mut second = fixture.connect().await;
    assert!(matches!(ask(&mut second, "/").await.0, 200 | 429));
    let mut third = fixture.connect().await;
    closed(&mut third).await;
    drop(second);
    // The place comes back as soon as the server has seen the end of the second.
    let again = async {
        loop {
            let mut stream = fixture.connect().await;
            let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            if asked.is_ok() && matches!(stream.read_u8().await, Ok(b'H')) {
                return;
            }
        }
    };
    timeout(LONG, again).await.expect("a place is free again");
    fixture.stop().await;

    let proxies = TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()], Default::default());
    let fixture = Fixture::start(echo(), Limits { proxies, ..limits });
    let mut streams = Vec::new();
    for _ in 0..10 {
        let mut stream = fixture.connect().await;
        assert_eq!(ask(&mut stream, "/").await.0, 200, "a proxy is not counted");
        streams.push(stream);
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let fixture = Fixture::start(echo(), Limits { header_timeout: SHORT * 2, ..limits() });
    let mut stands_still = fixture.connect().await;
    stands_still.write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc").await.unwrap();
    let trickles = async {
        let mut stream = fixture.connect().await;
        stream.write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n").await.unwrap();
        let (mut read, mut write) = stream.into_split();
        let drops = async {
            while write.write_all(b"x").await.is_ok() {
                tokio::time::sleep(SHORT / 20).await;
            }
        };
        let answer = async {
            let mut status = [0; 12];
            read.read_exact(&mut status).await.unwrap();
            String::from_utf8(status.to_vec()).unwrap()
        };
        tokio::select! {
            () = drops => panic!("closed without an answer"),
            status = answer => status,
        }
    };
    let status = timeout(LONG, trickles).await.expect("an answer");
    assert_eq!(status, "HTTP/1.1 400");
    assert_eq!(answer(&mut stands_still).await.0, 400);
    closed(&mut stands_still).await;
    let mut whole = fixture.connect().await;
    let body = "y".repeat(50_000);
    let head = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
    whole.write_all(head.as_bytes()).await.unwrap();
    for piece in body.as_bytes().chunks(10_000) {
        tokio::time::sleep(SHORT / 10).await;
        whole.write_all(piece).await.unwrap();
    }
    assert_eq!(answer(&mut whole).await, (200, body), "a slow line is no reason");
    fixture.stop().await;
}

#[tokio::test]
async fn a_stop_that_takes_too_long_names_the_listener() {
    let entered = Arc::new(Notify::new());
    let notify = entered.clone();
    let stuck = move || async move {
        notify.notify_one();
        pending::<()>().await;
    };
    let listener = bind("test.listen", "127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new(Duration::from_millis(50));
    let router = Router::new().route("/", get(stuck));
    let options = Options { name: "test", limits: limits() };
    tokio::spawn(serve(listener, for_router(router), options, shutdown.guard(Phase::Drain, "test listener")));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    entered.notified().await;
    assert_eq!(shutdown.stop("test").await.unfinished, ["test listener"]);
}

#[tokio::test]
async fn one_connection_too_many_waits_for_another_to_close() {
    let fixture = Fixture::start(echo(), Limits { connections_max: 1, ..limits() });
    let mut first = fixture.connect().await;
    assert_eq!(ask(&mut first, "/1").await.0, 200);
    let mut second = fixture.connect().await;
    let answered = Arc::new(AtomicBool::new(false));
    let waiting = tokio::spawn({
        let answered = answered.clone();
        async move {
            let result = ask(&mut second, "/2").await;
            answered.store(true, Ordering::SeqCst);
            result
        }
    });
    // The one that is connected is served many times; the other stays in the queue meanwhile.
    for _ in 0..50 {
        assert_eq!(ask(&mut first, "/1").await.0, 200);
    }
    assert!(!answered.load(Ordering::SeqCst));
    drop(first);
    assert_eq!(waiting.await.unwrap(), (200, "/2".to_owned()));
    fixture.stop().await;
}

#[tokio::test]
async fn a_panic_ends_one_connection_only() {
    let router = echo().route(
        "/panic",
        get(|| async {
            if true {
                panic!("a defect")
            }
        }),
    );
    let fixture = Fixture::start(router, limits());
    let (mut bad, mut good) = (fixture.connect().await, fixture.connect().await);
    bad.write_all(b"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    closed(&mut bad).await;
    assert_eq!(ask(&mut good, "/").await.0, 200);
    fixture.stop().await;
}

#[tokio::test]
async fn hundreds_of_clients_come_and_go() {
    let fixture = Fixture::start(echo(), limits());
    let began = Instant::now();
    let clients: Vec<_> = (0..300)
        .map(|client| {
            let address = fixture.address;
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                for request in 0..5 {
                    let path = format!("/{client}/{request}");
                    assert_eq!(ask(&mut stream, &path).await, (200, path));
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    assert!(began.elapsed() < LONG);
    fixture.stop().await;
}

#[test]
fn a_taken_port_says_which_setting_to_change() {
    let listener = bind("traffic.listen", "127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let error = bind("traffic.listen", address).unwrap_err();
    let text = error.to_string();
    for part in
        [&address.to_string(), "traffic.listen", "SIGNALBOX__TRAFFIC__LISTEN", "taken by another program"]
    {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    assert!(error.is_retryable());
    drop(listener);
    bind("traffic.listen", address).unwrap();
}

#[test]
fn a_foreign_address_says_so() {
    let error = bind("api.listen", "203.0.113.1:0".parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains("this machine has no address 203.0.113.1"), "{error}");
    assert!(!error.is_retryable());
}

#[test]
fn listeners_may_share_an_address_when_they_say_so() {
    let first = bind_shared("traffic.listen", "127.0.0.1:0".parse().unwrap()).unwrap();
    let address = first.local_addr().unwrap();
    let _second = bind_shared("traffic.listen", address).unwrap();
    bind("traffic.listen", address).unwrap_err();
}
