//! The load generator against small servers on loopback.

use super::*;
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::Mutex,
    time::Instant,
};

/// A machine with much else to do may take so long.
const PATIENCE: Duration = Duration::from_secs(120);

type Heads = Arc<Mutex<Vec<String>>>;

/// Answers requests in pieces; closes each connection after `per_connection` answers, with or without saying so.
fn server(per_connection: usize, says_so: bool) -> (SocketAddr, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heads = Heads::default();
    let seen = Arc::clone(&heads);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let seen = Arc::clone(&seen);
            thread::spawn(move || serve(stream.unwrap(), per_connection, says_so, &seen));
        }
    });
    (address, heads)
}

fn serve(mut stream: std::net::TcpStream, per_connection: usize, says_so: bool, seen: &Heads) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for number in 1..=per_connection {
        let mut head = String::new();
        loop {
            match reader.read_line(&mut head) {
                Ok(0) | Err(_) => return,
                Ok(_) if head.ends_with("\r\n\r\n") => break,
                Ok(_) => {}
            }
        }
        seen.lock().unwrap().push(head);
        let close = if says_so && number == per_connection { "Connection: close\r\n" } else { "" };
        let answer = format!("HTTP/1.1 302 Found\r\n{close}Content-Length: 2\r\n\r\nok");
        let (first, second) = answer.split_at(20);
        if stream.write_all(first.as_bytes()).and_then(|()| stream.write_all(second.as_bytes())).is_err() {
            return;
        }
    }
}

fn requests(count: usize) -> Vec<Prepared> {
    (0..count)
        .map(|number| {
            let text = format!("GET /{number} HTTP/1.1\r\nUser-Agent: x00000000\r\n\r\n");
            let unseen = (number % 2 == 0).then(|| text.find("00000000").unwrap());
            Prepared { bytes: text.into_bytes(), unseen }
        })
        .collect()
}

fn once(load: &Load, address: SocketAddr) -> Round {
    load.run(load.each_once(address)).unwrap()
}

#[test]
fn each_request_is_sent_once_and_answered() {
    let (address, heads) = server(usize::MAX, false);
    let load = Load::new(requests(100), 4).unwrap();
    let round = once(&load, address);
    assert_eq!((round.redirected, round.other, round.failed), (100, 0, 0));
    assert_eq!(round.latency.len(), 100);
    let heads = heads.lock().unwrap();
    let paths: BTreeSet<_> = heads.iter().map(|head| head.split(' ').nth(1).unwrap()).collect();
    assert_eq!((heads.len(), paths.len()), (100, 100));
    let unseen: BTreeSet<_> = heads
        .iter()
        .filter_map(|head| head.split("User-Agent: x").nth(1))
        .filter(|rest| !rest.is_empty())
        .collect();
    assert_eq!(unseen.len(), 50, "50 numbers, the first of which the other requests share");
}

#[test]
fn a_server_that_says_it_closes_loses_nothing() {
    let (address, heads) = server(3, true);
    let round = once(&Load::new(requests(60), 4).unwrap(), address);
    assert_eq!((round.redirected, round.failed), (60, 0));
    assert_eq!(heads.lock().unwrap().len(), 60);
}

#[test]
fn a_server_that_closes_silently_is_counted() {
    let (address, heads) = server(3, false);
    let round = once(&Load::new(requests(60), 4).unwrap(), address);
    assert_eq!(round.redirected + round.failed, 60);
    assert!(round.failed > 0);
    assert_eq!(heads.lock().unwrap().len() as u64, round.redirected);
}

#[test]
fn a_round_ends_in_time_with_every_answer() {
    let (address, heads) = server(usize::MAX, false);
    let course = Course { patience: PATIENCE, ..Course::closed(address, Duration::from_millis(300)) };
    let round = Load::new(requests(10), 8).unwrap().run(course).unwrap();
    assert!(round.elapsed >= Duration::from_millis(300) && round.elapsed < PATIENCE);
    assert_eq!(round.failed, 0);
    assert_eq!(heads.lock().unwrap().len() as u64, round.redirected);
    assert!(round.per_second() > 0);
}

#[test]
fn nobody_there_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let load = Load::new(requests(1), 1).unwrap();
    let error = load.run(load.each_once(address)).unwrap_err();
    assert!(error.to_string().contains("cannot send to"), "{error}");
}

/// Answers at once, except that everybody waits once, from the request `stalls_at` on, for `stall`.
fn stalling_server(stalls_at: usize, stall: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = Arc::new(Mutex::new(0));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let served = Arc::clone(&served);
            thread::spawn(move || stall_once(stream.unwrap(), &served, stalls_at, stall));
        }
    });
    address
}

fn stall_once(mut stream: std::net::TcpStream, served: &Mutex<usize>, stalls_at: usize, stall: Duration) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while matches!(reader.read_line(&mut head), Ok(read) if read > 0) {
        if !head.ends_with("\r\n\r\n") {
            continue;
        }
        head.clear();
        {
            // Whoever stalls holds the lock, so that everybody stalls.
            let mut served = served.lock().unwrap();
            *served += 1;
            if *served == stalls_at {
                let (_never, silence) = std::sync::mpsc::channel::<()>();
                let _timeout = silence.recv_timeout(stall);
            }
        }
        if stream.write_all(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}

#[test]
fn an_open_loop_shows_that_a_server_stalled() {
    let stall = Duration::from_millis(200);
    for pace in [Pace::Sleeping(200), Pace::Spinning(200)] {
        let load = Load::new(requests(10), 4).unwrap();
        let address = stalling_server(60, stall);
        let course = Course { pace, patience: PATIENCE, ..Course::closed(address, Duration::from_secs(1)) };
        let round = load.run(course).unwrap();
        assert_eq!((round.redirected, round.failed, round.unsent), (200, 0, 0));
        assert_eq!(round.latency.len(), 200);
        // 40 requests were planned while the server stood still: half of them have waited 100 ms and more. A closed loop would have sent
        // four meanwhile.
        let waited = round.latency.count_between(99_000, 60_000_000);
        assert!(waited >= 19, "{pace:?}: {waited} of 200 waited");
        assert!(round.latency.max() >= 190_000);
    }
}

#[test]
fn an_open_loop_keeps_its_rate() {
    let (address, heads) = server(usize::MAX, false);
    let load = Load::new(requests(10), 4).unwrap();
    let begun = Instant::now();
    let course = Course { patience: PATIENCE, ..Course::open(address, 200, Duration::from_secs(1)) };
    let round = load.run(course).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(990), "{:?}", begun.elapsed());
    assert_eq!((round.redirected, round.other, round.failed, round.unsent), (200, 0, 0, 0));
    assert_eq!((heads.lock().unwrap().len(), load.redirected()), (200, 200));
}

#[test]
fn what_cannot_be_sent_has_waited() {
    // Takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let load = Load::new(requests(10), 2).unwrap();
    let patience = Duration::from_secs(1);
    let course = Course { patience, ..Course::open(address, 100, Duration::from_millis(100)) };
    let round = load.run(course).unwrap();
    assert_eq!((round.redirected, round.failed, round.unsent), (0, 2, 8));
    assert_eq!(round.latency.len(), 8);
    assert!(round.latency.min() >= 990_000, "{}", round.latency.min());
    drop(listener);
}

#[test]
fn a_load_on_a_thread_of_its_own_tells_how_it_went() {
    let (address, _) = server(usize::MAX, false);
    let load = Arc::new(Load::new(requests(10), 2).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let round = runtime.block_on(drive(&load, load.each_once(address), None)).unwrap();
    assert_eq!(round.redirected, 10);
}

#[test]
fn a_halted_course_ends_with_the_answers_to_what_was_sent() {
    let (address, _) = server(usize::MAX, false);
    let load = Arc::new(Load::new(requests(10), 2).unwrap());
    let sender = Arc::clone(&load);
    let course = Course { patience: PATIENCE, ..Course::open(address, 100, Duration::from_secs(600)) };
    let sending = thread::spawn(move || sender.run(course).unwrap());
    while load.redirected() < 5 {
        thread::yield_now();
    }
    load.halt();
    let round = sending.join().unwrap();
    assert!(round.redirected >= 5 && round.elapsed < Duration::from_secs(300));
    assert_eq!((round.failed, round.unsent), (0, 0));
}
