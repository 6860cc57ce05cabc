//! One figure from a process's metrics in the Prometheus text format.

use crate::Error;
use std::{net::SocketAddr, time::Duration};

/// The sum of a metric over its labels; 0 when it has no sample.
///
/// # Errors
/// When the health listener does not answer.
pub(super) async fn read(health: SocketAddr, name: &str) -> Result<f64, Error> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
    let text = client.get(format!("http://{health}/metrics")).send().await?.text().await?;
    Ok(sum(&text, name))
}

fn sum(text: &str, name: &str) -> f64 {
    let samples = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        // Another metric whose name begins the same way is not meant.
        let value = match rest.strip_prefix('{') {
            Some(labelled) => labelled.rsplit_once('}')?.1,
            None => rest.strip_prefix(' ')?,
        };
        value.split_whitespace().next()?.parse::<f64>().ok()
    });
    samples.fold(0.0, |sum, sample| sum + sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_summed_over_their_labels() {
        let text = "# TYPE a_total counter\na_total{outcome=\"x y\"} 2\na_total{outcome=\"}\"} 3 1700000000\na_total_more 9\nb 1.5\n";
        let whole = |name| format!("{:.1}", sum(text, name));
        assert_eq!((whole("a_total"), whole("b"), whole("c")), ("5.0".into(), "1.5".into(), "0.0".into()));
    }
}
