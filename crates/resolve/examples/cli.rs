#[path = "../../server/src/identity.rs"]
mod identity;
#[derive(clap::Parser)]
struct C {
    #[command(subcommand)]
    c: identity::Command,
}
fn main() -> anyhow::Result<()> {
    identity::run(&<C as clap::Parser>::parse().c)
}
