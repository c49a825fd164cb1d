//! The `dechaff` command. It uses the library's public interface only.

mod args;
mod bulk;
mod cases;
mod commands;
mod examine;
mod output;
mod pieces;
mod print;
mod progress;
mod score;
mod sidecar;
mod source;
mod stop;
mod tally;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |about| {
        if !dechaff::formats::parquet::is_guarded() {
            usual(about);
        }
    }));
    let args = args::Args::parse();
    match commands::run(args) {
        Ok(status) => status.into(),
        Err(why) if is_broken_pipe(&why) => ExitCode::SUCCESS,
        Err(why) if why.is::<stop::Interrupted>() => {
            print::problem(format_args!("{why}"));
            ExitCode::from(stop::EXIT)
        }
        Err(why) => {
            print::problem(format_args!("{why:#}"));
            ExitCode::from(commands::FAILED)
        }
    }
}

/// Whoever read the output has seen enough: that is success.
fn is_broken_pipe(why: &anyhow::Error) -> bool {
    why.chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|why| why.kind() == std::io::ErrorKind::BrokenPipe)
}
