//! What a network reports about a click, in its own words and over its own postback URL.

use super::{book::Flow, seed::Network, visit::encode};
use rand::Rng;
use signalbox_domain::{ConversionStatus as Status, Money};
use std::{collections::VecDeque, time::Duration};

/// A conversion under way: postbacks still to be sent.
#[derive(Debug, Clone)]
pub(super) struct Conversion {
    /// Position of the network.
    pub(super) network: usize,
    click: String,
    transaction: String,
    payout: Money,
    /// Each with the delay after the one before.
    steps: VecDeque<(Duration, Status)>,
}

impl Conversion {
    /// A conversion of `click` that is about to happen.
    pub(super) fn draw(
        position: usize,
        network: &Network,
        click: String,
        payouts: &[Money],
        random: &mut impl Rng,
    ) -> Self {
        let payout = payouts.get(random.random_range(0..payouts.len().max(1))).copied().unwrap_or_default();
        let good = random.random_range(0..100) < network.demo.approved;
        let mut steps = VecDeque::new();
        match network.demo.flow {
            Flow::Lead => {
                steps.push_back((minutes(1, random), Status::Lead));
                let trash = random.random_range(0..6) == 0 && network.demo.words.contains_key("trash");
                let last = match (good, trash) {
                    (true, _) => Status::Sale,
                    (false, true) => Status::Trash,
                    (false, false) => Status::Rejected,
                };
                steps.push_back((minutes(3, random), last));
            }
            Flow::Sale => steps.push_back((minutes(2, random), Status::Sale)),
            Flow::Deposit => {
                steps.push_back((minutes(1, random), Status::Registration));
                if good {
                    steps.push_back((minutes(3, random), Status::Deposit));
                    if random.random_range(0..3) == 0 {
                        steps.push_back((minutes(5, random), Status::Rebill));
                    }
                }
            }
            Flow::Install => {
                steps.push_back((minutes(1, random), if good { Status::Sale } else { Status::Trash }));
            }
        }
        let transaction = format!("{:x}", random.random::<u64>());
        Self { network: position, click, transaction, payout, steps }
    }

    /// How long until the next postback; `None` when there is none.
    pub(super) fn next_in(&self) -> Option<Duration> {
        self.steps.front().map(|(delay, _)| *delay)
    }

    /// URLs to call for the next step: mostly one; sometimes the same again, sometimes with a macro that the network forgot.
    pub(super) fn take_step(&mut self, network: &Network, random: &mut impl Rng) -> Vec<String> {
        let Some((_, status)) = self.steps.pop_front() else { return Vec::new() };
        // A further payment has its own transaction; a sign-up tells of no money.
        let transaction = match status {
            Status::Rebill => format!("{}-2", self.transaction),
            _ => self.transaction.clone(),
        };
        let payout = if status == Status::Registration { Money::ZERO } else { self.payout };
        let url = self.url(network, status, &transaction, payout);
        match random.random_range(0..100) {
            0..3 => vec![url.clone(), url],
            3 if !network.tokens.click_id.is_empty() => vec![network.postback.clone(), url],
            _ => vec![url],
        }
    }

    fn url(&self, network: &Network, status: Status, transaction: &str, payout: Money) -> String {
        let word = network.demo.words.get(status.as_str()).map_or("", String::as_str);
        let payout = payout.to_string();
        let values = [
            (&network.tokens.click_id, self.click.as_str()),
            (&network.tokens.payout, &payout),
            (&network.tokens.status, word),
            (&network.tokens.transaction, transaction),
        ];
        let tokens = values.into_iter().filter(|(token, _)| !token.is_empty());
        tokens.fold(network.postback.clone(), |url, (token, value)| {
            url.replace(token.as_str(), &encode(value).to_string())
        })
    }
}

/// Around `about` minutes: exponential, at least three seconds, at most ten times as long.
fn minutes(about: u64, random: &mut impl Rng) -> Duration {
    let share: f64 = random.random_range(0.0..1.0);
    let factor = -(1.0 - share).ln();
    Duration::from_secs(about * 60).mul_f64(factor.clamp(0.05, 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{book::NetworkDemo, seed::Tokens};
    use rand::{SeedableRng as _, rngs::StdRng};

    fn network(flow: Flow) -> Network {
        let words = [
            ("lead", "hold"),
            ("sale", "ok"),
            ("rejected", "no"),
            ("registration", "reg"),
            ("deposit", "dep"),
        ];
        Network {
            demo: NetworkDemo {
                click_parameter: "s".into(),
                flow,
                approved: 100,
                words: words.iter().map(|(status, word)| ((*status).into(), (*word).into())).collect(),
            },
            postback: "http://p/k/postback?subid=#ID#&payout={m}&status={st}&tid={t}".into(),
            tokens: Tokens {
                click_id: "#ID#".into(),
                payout: "{m}".into(),
                status: "{st}".into(),
                transaction: "{t}".into(),
            },
        }
    }

    #[test]
    fn a_lead_becomes_a_sale_of_the_same_transaction() {
        let network = network(Flow::Lead);
        let mut random = StdRng::seed_from_u64(5);
        let amount = "12.5".parse().unwrap();
        let mut conversion = Conversion::draw(0, &network, "c1".into(), &[amount], &mut random);
        let mut sent = Vec::new();
        while let Some(delay) = conversion.next_in() {
            assert!(delay >= Duration::from_secs(3) && delay <= Duration::from_secs(1800));
            sent.extend(conversion.take_step(&network, &mut random).pop());
        }
        let transaction = &conversion.transaction;
        let expected = |word: &str| {
            format!("http://p/k/postback?subid=c1&payout=12%2E5&status={word}&tid={transaction}")
        };
        assert_eq!(sent, [expected("hold"), expected("ok")]);
        assert!(conversion.take_step(&network, &mut random).is_empty());
    }

    #[test]
    fn a_sign_up_pays_nothing_and_a_deposit_does() {
        let network = network(Flow::Deposit);
        let mut random = StdRng::seed_from_u64(6);
        let amount = "8".parse().unwrap();
        let mut conversion = Conversion::draw(0, &network, "c1".into(), &[amount], &mut random);
        let first = conversion.take_step(&network, &mut random).pop().unwrap();
        let second = conversion.take_step(&network, &mut random).pop().unwrap();
        assert!(first.contains("payout=0&status=reg"), "{first}");
        assert!(second.contains("payout=8&status=dep"), "{second}");
    }
}
