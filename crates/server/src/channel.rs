//! `hefu channel`.

use std::io::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use hefu_app::{
    App, Context,
    channel::feed::{FeedView, ListFeeds},
};

use crate::{config::Config, open, out::out};

/// Channels: the hotel systems that are asked for their reservations.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the hotel systems that a property's channels ask (Oracle OHIP, Mews): state, place, last error, next try
    Feeds {
        /// Code of the property
        property: String,
    },
}

/// What `hefu channel --help` says at its end.
pub const HELP: &str = "\
A feed is set up through the API (PUT /api/v1/properties/PROPERTY/channels/CHANNEL/feed) and read by `hefu serve`.
Its credentials are sealed and shown nowhere. Only public addresses are asked, over https;
`[feeds] private_addresses = true` in hefu.toml lets those of private networks and of this machine be asked, too.

Errors: unreachable     nobody answers, or not to the end; it is tried again, later each time
        unauthorised    the credentials are not taken: set them up again
        throttled       it was asked too much; it is asked again when it wants to be
        refused         the answer is no success; the log has its status
        malformed       the answer is none that can be read
        not_allowed     the address is none that may be asked here
        not_taken       what was read could not be taken in; see the log
What of it waits, and why: GET /api/v1/properties/PROPERTY/channel-messages";

/// Runs `hefu channel …`.
pub async fn run(command: &Command, config: &Config) -> anyhow::Result<()> {
    let app = open::existing(config).await?;
    let done = match command {
        Command::Feeds { property } => feeds(&app, property).await,
    };
    app.close().await;
    done
}

async fn feeds(app: &App, property: &str) -> anyhow::Result<()> {
    let ctx = Context::command_line("channel-feeds");
    let feeds = app.ask(&ctx, ListFeeds { property: property.to_owned() }).await?;
    if feeds.is_empty() {
        writeln!(out(), "no channel of {property} is asked; see `hefu channel --help`")?;
    }
    for feed in feeds {
        writeln!(out(), "{}", line(&feed))?;
    }
    Ok(())
}

fn moment(moment: Option<DateTime<Utc>>) -> String {
    moment.map_or("-".to_owned(), |moment| moment.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn line(feed: &FeedView) -> String {
    let failed = match &feed.failed {
        Some(failed) => format!("  {failed} ({} in a row)", feed.failures),
        None => String::new(),
    };
    format!(
        "{}  {}  {}  read {}  whole up to {}  at {}  next {}{failed}",
        feed.channel,
        feed.kind,
        feed.state,
        moment(feed.read_at),
        moment(feed.since),
        feed.cursor.as_deref().unwrap_or("-"),
        moment(feed.next_at),
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_app::channel::feed::FeedState;
    use hefu_domain::channel::FeedKind;

    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_and_what_is_wrong() {
        let feed = FeedView {
            channel: "opera".into(),
            kind: FeedKind::Ohip,
            url: "https://example.com".into(),
            hotel: Some("HOTEL1".into()),
            service: None,
            every_minutes: 15,
            state: FeedState::Failing,
            cursor: Some("2026-09-02/2028-02-15/300".into()),
            since: None,
            read_at: Some("2026-10-03T08:00:00Z".parse().unwrap()),
            next_at: Some("2026-10-03T08:02:00Z".parse().unwrap()),
            failures: 2,
            failed: Some("throttled".into()),
            version: 4,
        };
        let whole = "opera  ohip  failing  read 2026-10-03T08:00:00Z  whole up to -  at 2026-09-02/2028-02-15/300  \
            next 2026-10-03T08:02:00Z  throttled (2 in a row)";
        assert_eq!(line(&feed), whole);
    }
}
