//! What a person (or a script) is told once everything answers.

use serde::Serialize;
use std::io::{self, Write};

/// Addresses of a running instance.
#[derive(Debug, Clone, Serialize)]
pub struct Addresses {
    /// Admin and API.
    pub admin: String,
    /// Visitors.
    pub traffic: String,
    /// Affiliate networks.
    pub postback: String,
    /// The one-time link of the first run, until it was used.
    pub setup_url: Option<String>,
}

impl Addresses {
    /// One line of JSON.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn print_json(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, self)?;
        out.write_all(b"\n")?;
        out.flush()
    }

    /// A few lines for a person.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn print_text(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "\n  Signalbox is running.\n")?;
        writeln!(out, "  Admin      {}", self.admin)?;
        writeln!(out, "  API        {}/api/docs", self.admin)?;
        writeln!(out, "  Clicks     {}", self.traffic)?;
        writeln!(out, "  Postbacks  {}", self.postback)?;
        if let Some(link) = &self.setup_url {
            writeln!(out, "\n  First run: open this link once to make the first user\n\n    {link}")?;
        }
        writeln!(out, "\n  Stop with Ctrl-C.\n")?;
        out.flush()
    }
}
