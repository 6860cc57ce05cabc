//! Prints `docs/configuration.md`.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(signalbox_chassis::settings::reference::markdown().as_bytes())
}
