//! All integration tests in one binary: fast to link, and one summary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test may say what it did not do")]

mod api;
mod browser;
mod bulk;
mod cases;
mod cli;
mod compiled;
mod instructions;
mod learning;
mod properties;
mod quality;
mod readers;
mod rules;
mod screen;
mod sites;
mod tables;
