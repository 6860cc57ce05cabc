//! `trafficgen demo`: an instance with a seeded workspace and live traffic, until stopped.
//!
//! Promises: the first start makes the demo's user through the one-time link and prints its password once; later starts of the same data
//! directory use the API key kept there (mode 0600); seeding is idempotent; everything else is requests as the world would send them.
//! Never writes history: what the reports show was clicked.

mod account;
mod book;
mod convert;
mod receiver;
mod seed;
mod traffic;
pub(crate) mod visit;

use crate::{
    Error, api,
    instance::{self, Addresses, Instance},
    world::World,
};
use std::{
    env,
    future::Future,
    io::Write as _,
    path::{Path, PathBuf},
    pin::pin,
    time::Duration,
};
use traffic::{Generator, Limits};

/// Most clicks a second that can be asked for.
pub const RATE_MAX: u32 = 1000;
const START_PATIENCE: Duration = Duration::from_secs(120);
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// How the demo is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `signalbox` program.
    pub signalbox: PathBuf,
    /// Where the instance keeps its data.
    pub data_dir: PathBuf,
    /// New clicks a second, 1 to [`RATE_MAX`].
    pub rate: u32,
    /// Ends by itself after this long; `None`: when `stop` resolves.
    pub run_for: Option<Duration>,
}

/// Starts, seeds and sends traffic until `stop` resolves; then stops the instance that it started.
///
/// # Errors
/// When the instance cannot be started or seeded, or ends by itself.
pub async fn run(options: &Options, stop: impl Future<Output = ()>) -> Result<(), Error> {
    let mut stop = pin!(stop);
    let receiver = receiver::Receiver::start().await?;
    instance::check_ports(|variable| env::var_os(variable).is_some())?;
    say(format_args!("Starting the instance in {} …", options.data_dir.display()));
    let environment = environment(&options.data_dir)?;
    let started = Instance::start(&options.signalbox, &environment, START_PATIENCE);
    let mut instance = tokio::select! {
        started = started => started?,
        () = &mut stop => return Ok(()),
    };
    let addresses = instance.addresses.clone();
    let worked = tokio::select! {
        worked = work(options, &addresses, &receiver) => worked,
        () = &mut stop => Ok(()),
        status = instance.ended() => Err(Error::Instance(format!("it ended by itself: {}", status?))),
    };
    say(format_args!("Stopping the instance …"));
    instance.stop(STOP_PATIENCE).await?;
    worked
}

async fn work(options: &Options, addresses: &Addresses, receiver: &receiver::Receiver) -> Result<(), Error> {
    let account = account::open(&options.data_dir, addresses).await?;
    say(format_args!("\n  Admin      {}", addresses.admin));
    say(format_args!("  Clicks     {}", addresses.traffic));
    say(format_args!("  Postbacks  {}\n", addresses.postback));
    say(format_args!("  Log in as  {}", account::EMAIL));
    match &account.password {
        Some(password) => say(format_args!("  Password   {password}     (shown only now)\n")),
        None => say(format_args!(
            "  Password   as printed at the first start (to get another, delete {})\n",
            options.data_dir.display()
        )),
    }
    let api = api::Api::new(&addresses.admin)?.with_key(&account.key);
    let book = book::Book::parse()?;
    let seeded = seed::seed(&api, &book, &receiver.base).await?;
    say(format_args!(
        "  The workspace has {} campaigns ({} objects made now).",
        seeded.campaigns.len(),
        seeded.made
    ));
    let world = World::load()?;
    if let Some(note) = &world.note {
        say(format_args!("  {note}"));
    }
    say(format_args!("  Sending {} clicks a second until you press Ctrl-C.\n", options.rate));
    let limits = Limits { rate: options.rate.clamp(1, RATE_MAX), run_for: options.run_for };
    Generator::new(seeded, world, limits)?.run(receiver).await;
    Ok(())
}

/// What the instance of the demo is told; what the caller's environment says already, wins.
fn environment(data_dir: &Path) -> Result<Vec<(String, String)>, Error> {
    let data_dir = std::path::absolute(data_dir).map_err(Error::file("cannot resolve", data_dir))?;
    let settings = [
        ("SIGNALBOX__TRAFFIC__TRUSTED_PROXIES", "127.0.0.0/8,::1"),
        ("SIGNALBOX__POSTBACK__TRUSTED_PROXIES", "127.0.0.0/8,::1"),
        // The traffic sources that the demo plays listen on this machine.
        ("SIGNALBOX__POSTBACK__DELIVERY_ALLOW_PRIVATE", "127.0.0.0/8"),
        ("SIGNALBOX__TELEMETRY__LOG", "warn"),
    ];
    let mut environment: Vec<_> = settings
        .into_iter()
        .filter(|(name, _)| env::var_os(name).is_none())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    environment.push(("SIGNALBOX__INSTANCE__DATA_DIR".to_owned(), data_dir.display().to_string()));
    Ok(environment)
}

/// One line for the person who watches.
pub(crate) fn say(line: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    // Nobody is left to tell when standard output is closed.
    let _closed = writeln!(out, "{line}").and_then(|()| out.flush());
}
