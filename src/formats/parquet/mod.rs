//! Parquet: text columns are read slice by slice and rewritten where something changes; everything else is copied.
//!
//! A [`Table`] is an open file. Its rows come as [`Slices`], which decode only the chosen columns. What shall change
//! in a row group is collected in [`Changes`], and a [`Writer`] writes the groups one by one: column chunks without a
//! change are copied byte for byte, the others are decoded and encoded again in batches.

mod read;
mod source;
#[cfg(test)]
mod tests;
mod thrift;
mod write;

pub use ::parquet::data_type::ByteArray;

pub use self::read::{Row, Slice, Slices, Table, Text, Texts, Wanted};
pub use self::source::{MAX_LEVELS, MAX_PAGE, is_guarded};
pub use self::write::{Changes, Writer};
