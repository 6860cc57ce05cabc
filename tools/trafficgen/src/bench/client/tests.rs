//! The load generator against small servers on loopback.

use super::*;
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

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

#[test]
fn each_request_is_sent_once_and_answered() {
    let (address, heads) = server(usize::MAX, false);
    let load = Load::new(requests(100), 4).unwrap();
    let round = load.each_once(address).unwrap();
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
    let round = Load::new(requests(60), 4).unwrap().each_once(address).unwrap();
    assert_eq!((round.redirected, round.failed), (60, 0));
    assert_eq!(heads.lock().unwrap().len(), 60);
}

#[test]
fn a_server_that_closes_silently_is_counted() {
    let (address, heads) = server(3, false);
    let round = Load::new(requests(60), 4).unwrap().each_once(address).unwrap();
    assert_eq!(round.redirected + round.failed, 60);
    assert!(round.failed > 0);
    assert_eq!(heads.lock().unwrap().len() as u64, round.redirected);
}

#[test]
fn a_round_ends_in_time_with_every_answer() {
    let (address, heads) = server(usize::MAX, false);
    let round = Load::new(requests(10), 8).unwrap().round(address, Duration::from_millis(300)).unwrap();
    assert!(round.elapsed >= Duration::from_millis(300) && round.elapsed < Duration::from_secs(5));
    assert_eq!(round.failed, 0);
    assert_eq!(heads.lock().unwrap().len() as u64, round.redirected);
    assert!(round.per_second() > 0);
}

#[test]
fn nobody_there_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = Load::new(requests(1), 1).unwrap().each_once(address).unwrap_err();
    assert!(error.to_string().contains("cannot send to"), "{error}");
}
