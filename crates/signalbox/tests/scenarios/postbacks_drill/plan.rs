//! What is posted: drawn from a seed, so that the same seed posts the same.

use serde_json::{Map, Value};

/// A small generator of its own: the drill must not change with a library.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// How a postback is sent.
#[derive(Clone, Copy)]
pub enum Form {
    Query,
    Body,
    Json,
}

/// One postback.
#[derive(Clone)]
pub struct Post {
    pub number: usize,
    /// Whose key it carries: one of three; 3: nobody's.
    pub network: usize,
    pub parameters: Vec<(String, String)>,
    pub form: Form,
}

/// Whoever is mistaken sends this many with a key that nobody has: what belongs to nobody is kept in a ring of 200.
pub const STRAYS_MAX: usize = 120;

const CHAINS: &[&[&str]] = &[
    &["sale"],
    &["lead", "approved"],
    &["Pending", "rejected"],
    &["hold", "sale", "chargeback"],
    &["sale", "lead"],
    &["lead", "trash"],
    &["rejected", "confirmed"],
    &["1", "refund", "approved"],
    &["lead", "", "declined"],
];
const AMOUNTS: &[&str] = &[
    "1.10",
    "0.333333333",
    "25",
    "$7.77",
    "12,50",
    "1,234.50",
    "1.234,50",
    "3.00 USD",
    "0",
    "0.000000001",
    "-4.20",
];
const MISTAKES: &[(&str, &str)] = &[
    ("payout", "{payout}"),
    ("payout", "ten"),
    ("payout", "1,234"),
    ("currency", "dollars"),
    ("currency", "{currency}"),
    ("status", "frobnicated"),
    ("status", "[STATUS]"),
    ("tid", "{transaction_id}"),
    ("cid", "{click_id}"),
    ("cid", "12345"),
    ("ignore_status", "sale,lead"),
    ("sale_status", "sale,7"),
    ("cnv_status2", "called"),
    ("disable_postback", "1"),
    ("add_event3", "1.5"),
    ("upsell", "1"),
];

/// `count` postbacks about these clicks, `(id, network)`, in the order of sending, and those that go to nobody's key.
pub fn plan(seed: u64, count: usize, clicks: &[(String, usize)]) -> (Vec<Post>, Vec<Post>) {
    let mut random = Random(seed);
    let mut drawn: Vec<(usize, Post)> = Vec::new();
    let mut story = 0;
    while drawn.len() < count {
        let (click, network) = &clicks[(story * 7 + random.below(3)) % clicks.len()];
        let begins = random.below(count * 10);
        let mut teller =
            Teller { random: &mut random, click, network: *network, story, at: begins, drawn: &mut drawn };
        teller.tell();
        story += 1;
    }
    drawn.truncate(count);
    drawn.sort_by_key(|(at, _)| *at);
    let mut posts: Vec<Post> = drawn.into_iter().map(|(_, post)| post).collect();
    let wrong = STRAYS_MAX.min(count / 20);
    // Of the first network alone: to it they are given later.
    let mut strays = Vec::new();
    posts.retain(|post| {
        let goes = post.network == 0 && strays.len() < wrong && post.number.is_multiple_of(4);
        if goes {
            strays.push(Post { network: 3, form: Form::Query, ..post.clone() });
        }
        !goes
    });
    (posts, strays)
}

struct Teller<'a> {
    random: &'a mut Random,
    click: &'a str,
    network: usize,
    story: usize,
    at: usize,
    drawn: &'a mut Vec<(usize, Post)>,
}

impl Teller<'_> {
    fn tell(&mut self) {
        let transaction = format!("t{}", self.story);
        match self.random.below(20) {
            0..6 => self.chain(&transaction),
            6..8 => self.repeats(&["Solid", "ql"], 5),
            8 => self.repeats(&["ticket"], 3),
            9 => self.repeats(&["plus", "PLUS"], 3),
            10 => self.repeats(&["bonus"], 2),
            11 => self.repeats(&["reg", "ftd", "rebill"], 4),
            12..15 => self.of_mistaken_network(&transaction),
            15 => {
                let currency = self.random.pick(&["EUR", "GBP", "eur", "USD"]);
                self.post(&[
                    ("status", "lead"),
                    ("payout", "10.01"),
                    ("tid", &transaction),
                    ("currency", currency),
                ]);
                self.post(&[("status", "sale"), ("tid", &transaction)]);
            }
            16 => {
                let unknown = self.random.one_in(2);
                let id = self.click.to_owned();
                let nobody = "01hzzzzzzzzzzzzzzzzzzzzzzz";
                let wrong = [("click", id.as_str()), ("payout", "3"), ("tid", transaction.as_str())];
                let known = [("subid", nobody), ("payout", "3"), ("tid", transaction.as_str())];
                self.send(if unknown { &known } else { &wrong });
            }
            _ => {
                let (name, value) = MISTAKES[self.random.below(MISTAKES.len())];
                let mut parameters = vec![("status", "sale"), ("payout", "5"), ("tid", transaction.as_str())];
                parameters.retain(|(known, _)| *known != name && !(name == "upsell" && *known == "status"));
                parameters.push((name, value));
                let broken = name == "cid";
                if broken {
                    self.send(&parameters)
                } else {
                    self.post(&parameters)
                }
                // Corrected by whoever sent it, sometimes.
                if self.random.one_in(2) {
                    self.post(&[("status", "sale"), ("payout", "5"), ("tid", &transaction)]);
                }
            }
        }
    }

    /// One transaction that changes its status, with amounts or without.
    fn chain(&mut self, transaction: &str) {
        let chain = CHAINS[self.random.below(CHAINS.len())];
        let tid = if self.random.one_in(10) { "" } else { transaction };
        for (index, status) in chain.iter().enumerate() {
            let amount = if self.random.one_in(if index == 0 { 8 } else { 2 }) {
                ""
            } else {
                self.random.pick(AMOUNTS)
            };
            let name = self.random.pick(&["payout", "sum", "Revenue", "AMOUNT"]);
            let second = if self.random.one_in(5) { "second" } else { "" };
            self.post(&[("status", status), (name, amount), ("txid", tid), ("status2", second)]);
        }
    }

    fn repeats(&mut self, words: &[&str], most: usize) {
        for _ in 0..=self.random.below(most) {
            let tid = match self.random.below(3) {
                0 => String::new(),
                number => format!("r{}-{number}", self.story % 50),
            };
            let (word, amount) =
                (self.random.pick(words), self.random.pick(&["1", "2.5", "3", "0.000000007", ""]));
            self.post(&[("cnv_status", word), ("payout", amount), ("order_id", &tid)]);
        }
    }

    /// Words that the second network has and that are mapped only later, or elsewhere.
    fn of_mistaken_network(&mut self, transaction: &str) {
        let chain: &[&str] = match self.random.below(5) {
            0 => &["bought"],
            1 => &["bought", "denied"],
            2 => &["qualified", "sale"],
            3 => &["qualified"],
            _ => &["lead", "bought", "sale", "denied"],
        };
        for (index, word) in chain.iter().enumerate() {
            let amount = if index > 0 && self.random.one_in(3) { "" } else { self.random.pick(AMOUNTS) };
            self.post(&[("status", word), ("payout", amount), ("tid", transaction)]);
        }
    }

    /// About the click of this story, now and then twice.
    fn post(&mut self, parameters: &[(&str, &str)]) {
        let name = self.random.pick(&["subid", "cid", "clickid", "Click_ID", "cnv_id", "hit"]);
        let upper = self.random.one_in(9);
        let id = if upper { self.click.to_ascii_uppercase() } else { self.click.to_owned() };
        let mut all = vec![(name, id.as_str())];
        all.extend(parameters.iter().copied().filter(|(_, value)| !value.is_empty()));
        self.send(&all);
        if self.random.one_in(5) {
            self.send(&all);
        }
    }

    fn send(&mut self, parameters: &[(&str, &str)]) {
        let number = self.drawn.len();
        let owned = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let parameters = owned.chain([("n".to_owned(), number.to_string())]).collect();
        let form = match self.random.below(6) {
            0 => Form::Body,
            1 => Form::Json,
            _ => Form::Query,
        };
        self.at += 1 + self.random.below(60);
        // Some overtake what was said before them.
        let at = if self.random.one_in(8) { self.at.saturating_sub(self.random.below(400)) } else { self.at };
        self.drawn.push((at, Post { number, network: self.network, parameters, form }));
    }
}

impl Post {
    /// The parameters as JSON, whole numbers as numbers.
    pub fn json(&self) -> Value {
        let pairs = self.parameters.iter().map(|(name, value)| {
            let whole = value.parse::<u32>().ok().filter(|number| number.to_string() == *value);
            (name.clone(), whole.map_or_else(|| Value::from(value.as_str()), Value::from))
        });
        Value::Object(pairs.collect::<Map<_, _>>())
    }
}
