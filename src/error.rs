//! What can go wrong while a filter is built. Nothing can once it is.

use std::fmt;

/// Why a [`Filter`](crate::Filter) or a [`Pack`](crate::Pack) could not be built.
///
/// `Display` names file, line and rule, and says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError {
    inner: Box<Inner>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    kind: BuildErrorKind,
    message: String,
    rule: Option<String>,
    place: Option<Place>,
}

/// The kind of a [`BuildError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildErrorKind {
    /// A file or folder could not be read.
    Read,
    /// A file is not what its format asks for.
    Syntax,
    /// A rule is well-formed and still not acceptable.
    Rule,
    /// An option names something that does not exist.
    Option,
    /// The packs together are more than the matcher can hold.
    TooLarge,
    /// Not a model of character sequences, or a damaged one.
    Model,
    /// Not a compiled pack, a damaged one, or one of another version.
    Compiled,
}

/// Where in a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named.
    pub file: String,
    /// Line number, from 1; 0 if the whole file is meant.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

impl BuildError {
    pub(crate) fn new(kind: BuildErrorKind, message: impl Into<String>) -> Self {
        BuildError { inner: Box::new(Inner { kind, message: message.into(), rule: None, place: None }) }
    }

    pub(crate) fn at(mut self, file: &str, line: usize) -> Self {
        self.inner.place = Some(Place { file: file.to_owned(), line });
        self
    }

    pub(crate) fn in_rule(mut self, id: impl fmt::Display) -> Self {
        self.inner.rule = Some(id.to_string());
        self
    }

    /// What kind of mistake it is.
    pub fn kind(&self) -> BuildErrorKind {
        self.inner.kind
    }

    /// The id of the rule that is at fault, if one is.
    pub fn rule(&self) -> Option<&str> {
        self.inner.rule.as_deref()
    }

    /// The file and line that are at fault, if known.
    pub fn place(&self) -> Option<&Place> {
        self.inner.place.as_ref()
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.inner.place {
            write!(f, "{place}: ")?;
        }
        if let Some(rule) = &self.inner.rule {
            write!(f, "rule {rule}: ")?;
        }
        f.write_str(&self.inner.message)
    }
}

impl std::error::Error for BuildError {}
