//! A whole export into a file.

use super::{Encoder, ExportFormat, NameCache};
use crate::{app::App, error::ApiError, handlers::reports::counted};
use signalbox_chassis::problem::Problem;
use signalbox_domain::Scope;
use signalbox_warehouse::ExportStream;
use tokio::{fs::File, io::AsyncWriteExt as _};

/// Writes everything that `stream` gives; (bytes, rows).
///
/// # Errors
/// 503 when the analytics database stops or the disk is full: the file is not whole then.
pub async fn write_file(
    app: &App,
    scope: Scope,
    (mut stream, format): (ExportStream, ExportFormat),
    file: &mut File,
) -> Result<(u64, u64), ApiError> {
    let mut names = NameCache::new(app.clone(), scope, stream.columns());
    let mut encoder = Encoder::new(format, names.columns()).map_err(Problem::internal)?;
    let (mut bytes, mut rows) = (0, 0);
    while let Some(part) = counted(stream.next().await)? {
        rows += part.len() as u64;
        let encoded = encoder.rows(names.add(part).await?).map_err(Problem::internal)?;
        bytes += encoded.len() as u64;
        file.write_all(&encoded).await.map_err(|error| full(&error))?;
    }
    let last = encoder.end().map_err(Problem::internal)?;
    bytes += last.len() as u64;
    file.write_all(&last).await.map_err(|error| full(&error))?;
    file.flush().await.map_err(|error| full(&error))?;
    Ok((bytes, rows))
}

fn full(error: &std::io::Error) -> ApiError {
    Problem::unavailable(format!("the file cannot be written: {error}")).into()
}
