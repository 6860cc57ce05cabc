//! Makes sure that the topics are there and have enough partitions.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;

use super::{KafkaConfig, MESSAGE_BYTES_MAX, unavailable};
use crate::error::Error;
use crate::ids::Stream;

const TIMEOUT: Duration = Duration::from_secs(5);

/// A topic as it should be.
struct Wanted {
    name: String,
    partitions: u16,
    properties: &'static [(&'static str, &'static str)],
}

/// Makes the topics of a stream and of the announcements where they are missing.
///
/// # Errors
/// [`Error::Unavailable`] when the brokers cannot be asked or refuse, or when a topic has too few partitions.
pub(super) async fn ensure(config: &KafkaConfig, stream: Stream) -> Result<(), Error> {
    let admin: AdminClient<DefaultClientContext> =
        config.client(&[]).create().map_err(|error| unavailable(&error))?;
    let wanted = [
        Wanted {
            name: config.topic(stream),
            partitions: config.partitions,
            properties: &[("max.message.bytes", MESSAGE_BYTES_MAX)],
        },
        Wanted { name: config.announcements(), partitions: 1, properties: &[("cleanup.policy", "compact")] },
    ];
    let (admin, wanted, missing) = tokio::task::spawn_blocking(move || {
        let missing = missing(&admin, &wanted)?;
        Ok::<_, Error>((admin, wanted, missing))
    })
    .await
    .map_err(|error| Error::Unavailable { reason: error.to_string() })??;
    for topic in missing.into_iter().filter_map(|at| wanted.get(at)) {
        create(&admin, topic, config.replication).await?;
    }
    Ok(())
}

/// Which of the topics are not there. All topics are asked for, since asking for one by name may make it.
fn missing(admin: &AdminClient<DefaultClientContext>, wanted: &[Wanted]) -> Result<Vec<usize>, Error> {
    let metadata = admin.inner().fetch_metadata(None, TIMEOUT).map_err(|error| unavailable(&error))?;
    let mut missing = Vec::new();
    for (at, topic) in wanted.iter().enumerate() {
        let Some(found) = metadata.topics().iter().find(|found| found.name() == topic.name) else {
            missing.push(at);
            continue;
        };
        let partitions = found.partitions().len();
        if partitions < usize::from(topic.partitions) {
            let (name, wanted) = (&topic.name, topic.partitions);
            let reason = format!(
                "topic {name} has {partitions} partitions, {wanted} are configured: add partitions to it"
            );
            return Err(Error::Unavailable { reason });
        }
    }
    Ok(missing)
}

async fn create(
    admin: &AdminClient<DefaultClientContext>,
    topic: &Wanted,
    replication: Option<u16>,
) -> Result<(), Error> {
    let replicas = replication.map_or(-1, i32::from);
    let mut new = NewTopic::new(&topic.name, i32::from(topic.partitions), TopicReplication::Fixed(replicas));
    for (name, value) in topic.properties {
        new = new.set(name, value);
    }
    let options = AdminOptions::new().operation_timeout(Some(TIMEOUT));
    let answers = admin.create_topics([&new], &options).await.map_err(|error| unavailable(&error))?;
    for answer in answers {
        match answer {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                return Err(Error::Unavailable { reason: format!("topic {name} cannot be made: {code}") });
            }
        }
    }
    Ok(())
}
