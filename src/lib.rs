//! Finds junk injected into genuine web text and cuts exactly that.
//!
//! Intruders and mirror sites put keyword lists, betting brands and adverts into pages of counties, universities and
//! churches. dechaff finds such stretches in a text, says why, and gives the text without them, every genuine byte as
//! it was. An article *about* gambling stays: what counts is injected promotion, not topic.
//!
//! Two types do the work: [`Filter`], built once and shared, and what it returns, [`Report`] or [`Cleaned`].
//!
//! ```
//! let filter = dechaff::Filter::builtin();
//! let page = "buy viagra online | cheap cialis without prescription | canadian pharmacy online\n\
//!             The choir meets on Thursday evening in the parish hall.\n";
//! let cleaned = filter.clean(page);
//! assert_eq!(cleaned.text, "The choir meets on Thursday evening in the parish hall.\n");
//! assert_eq!(cleaned.cuts.len(), 1);
//! ```
//!
//! The flow, which is also the order of the modules: a [`Document`] is folded into a view; phrases, patterns and
//! structural detectors give evidence; items of suspect lines are walked and judged into [`Segment`]s; the junk ones
//! are cut. Spans are half-open ranges of bytes of the text that was handed in.

mod document;
mod error;
mod view;

pub mod marked;
pub mod rules;

mod builtin;
mod detect;
pub mod grams;
mod judge;
mod screen;

pub mod audit;
mod clean;
mod engine;
mod filter;
mod prove;
mod sites;

#[cfg(feature = "formats")]
pub mod formats;

pub use clean::{Cleaned, Limit, Report};
pub use detect::Evidence;
#[doc(hidden)]
pub use detect::phrases::{folded, telling_phrases};
pub use document::{Document, Span};
pub use error::{BuildError, BuildErrorKind, Place};
pub use filter::{Filter, FilterBuilder, ItemView};
pub use judge::{Outcome, Segment, Verdict};
pub use prove::{Proven, prove, same_stretches};
pub use rules::{Pack, Policy, Rule, RuleId, Strictness};
pub use sites::Sites;

/// The examples of README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
