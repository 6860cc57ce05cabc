use super::*;

fn at(minutes: i64) -> Timestamp {
    Timestamp(1_790_000_000_000 + minutes * MINUTE_MS)
}

/// A key with all bits mixed, as a hash is.
fn key(number: u64) -> VisitorKey {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    VisitorKey(mixed ^ mixed >> 31)
}

#[test]
fn a_visitor_is_new_once_in_a_period() {
    let seen = Seen::new(1000);
    assert!(!seen.contains(key(42), at(0)));
    assert!(seen.mark(key(42), at(0), 1));
    assert!(!seen.mark(key(42), at(0), 1));
    assert!(!seen.mark(key(42), at(59), 1), "a visit inside the period does not prolong it");
    assert!(seen.contains(key(42), at(59)) && !seen.contains(key(42), at(60)));
    assert!(seen.mark(key(42), at(60), 1));
    assert!(!seen.mark(key(42), at(119), 1));
}

#[test]
fn one_of_200_concurrent_first_visits_is_new() {
    let seen = Seen::new(1000);
    for visitor in 0..20 {
        let firsts: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..200).map(|_| scope.spawn(|| usize::from(seen.mark(key(visitor), at(0), 24)))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(firsts, 1);
    }
}

#[test]
fn the_bound_holds_and_forgetting_is_counted() {
    let seen = Seen::new(SHARDS * 100);
    for number in 0..400_000_u64 {
        seen.mark(key(number), at(i64::try_from(number / 1000).unwrap()), 24);
    }
    assert!(seen.len() <= SHARDS * 100, "{} entries", seen.len());
    assert!(seen.bytes() <= SHARDS * 100 * 14, "{} bytes", seen.bytes());
    assert!(seen.forgotten() >= 400_000 - SHARDS as u64 * 100, "{}", seen.forgotten());
    assert!(!seen.contains(key(0), at(400)), "those closest to their end go first");
    let newest = (399_000..400_000).filter(|number| seen.contains(key(*number), at(400))).count();
    assert_eq!(newest, 1000);
}

#[test]
fn ended_entries_make_room_without_loss() {
    let seen = Seen::new(SHARDS * 32);
    for number in 0..16_000_u64 {
        seen.mark(key(number), at(0), 1);
    }
    for number in 0..16_000_u64 {
        seen.mark(key(number + 100_000), at(120), 1);
    }
    assert_eq!(seen.forgotten(), 0);
}

/// The stated bound: 14 bytes an entry, three entries a visitor, and hardly anybody taken for another.
#[test]
fn ten_million_visitors_fit_into_the_stated_memory() {
    const VISITORS: u64 = 10_000_000;
    const POPULATIONS: u64 = 3;
    let seen = Seen::new(usize::try_from(VISITORS * POPULATIONS).unwrap() * 5 / 4);
    let mistaken = (0..VISITORS * POPULATIONS).filter(|number| !seen.mark(key(*number), at(0), 24)).count();
    assert!(mistaken <= 30, "{mistaken} of 30 million were taken for another");
    assert_eq!(seen.len() + mistaken, usize::try_from(VISITORS * POPULATIONS).unwrap());
    assert_eq!(seen.forgotten(), 0);
    let bytes = seen.bytes() as u64;
    println!("10 million visitors: {} MB, {} bytes a visitor", bytes >> 20, bytes / VISITORS);
    assert!(bytes / VISITORS <= 42, "{} bytes a visitor", bytes / VISITORS);
}
