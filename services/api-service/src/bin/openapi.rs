//! Prints the OpenAPI document: `cargo run -p api-service --bin openapi > web/admin/openapi.json`.

use std::{io::Write as _, process::ExitCode};

fn main() -> ExitCode {
    let written = writeln!(std::io::stdout(), "{}", api_service::openapi_json());
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
