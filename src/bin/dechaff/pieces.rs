//! Cases put together from pieces: a file of one language with genuine pages, and junk and genuine lines that are set
//! into them at places that follow from their number.

use dechaff::{Outcome, Span};
use serde::Deserialize;

use crate::cases::Case;

/// One line of a file of pieces.
#[derive(Deserialize)]
pub struct Piece {
    kind: Kind,
    #[serde(default)]
    theme: String,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// A list of keywords.
    List,
    /// A line of its own with words of the trade …
    Advert,
    /// … or without any.
    Plain,
    /// A phrase within a sentence with words of the trade …
    Anchor,
    /// … or without any.
    PlainAnchor,
    /// A genuine line that speaks of the same things.
    Genuine,
    /// A genuine line of the same shape as a list.
    GenuineList,
    /// A genuine page.
    Page,
}

impl Kind {
    fn shape(self) -> &'static str {
        match self {
            Kind::List => "list",
            Kind::Advert => "sentence",
            Kind::Plain => "sentence-plain",
            Kind::Anchor => "inline",
            Kind::PlainAnchor => "inline-plain",
            Kind::Genuine => "genuine-line",
            Kind::GenuineList => "genuine-list",
            Kind::Page => "genuine-page",
        }
    }

    fn is_junk(self) -> bool {
        !matches!(self, Kind::Genuine | Kind::GenuineList | Kind::Page)
    }
}

/// Lists and adverts of one page of nothing but junk.
const WHOLE: usize = 8;

/// Cases of the pieces of one file. `language` is the name of the file.
pub fn compose(name: &str, language: &str, pieces: &[Piece]) -> Vec<Case> {
    let pages: Vec<&str> =
        pieces.iter().filter(|piece| piece.kind == Kind::Page).map(|piece| piece.text.as_str()).collect();
    let mut cases = Vec::new();
    let mut numbers = [0usize; 8];
    for (line, piece) in pieces.iter().enumerate() {
        let number = numbers[piece.kind as usize];
        numbers[piece.kind as usize] += 1;
        let page = pages.get((number * 5 + piece.kind as usize) % pages.len().max(1));
        let junk = piece.kind.is_junk();
        let (text, span, place) = match (piece.kind, page) {
            (Kind::Page, _) => (piece.text.clone(), Span::new(0, 0), "whole"),
            // A file without pages is one of lines to learn from.
            (_, None) => (piece.text.clone(), Span::new(0, piece.text.len()), "alone"),
            (Kind::Anchor | Kind::PlainAnchor, Some(page)) => inside(page, &piece.text),
            (_, Some(page)) => beside(page, &piece.text, number),
        };
        cases.push(Case {
            name: format!("{name}:{}", line + 1),
            gold: if junk { vec![span] } else { Vec::new() },
            outcome: match (junk, place) {
                (false, _) => Outcome::Clean,
                (true, "alone") => Outcome::Junk,
                (true, _) => Outcome::Cleaned,
            },
            group: format!("{}/{place}/{language}/{}", piece.kind.shape(), piece.theme),
            text,
        });
    }
    let junk: Vec<&str> = pieces
        .iter()
        .filter(|piece| matches!(piece.kind, Kind::List | Kind::Advert))
        .map(|piece| piece.text.as_str())
        .collect();
    let whole = junk.len() / WHOLE;
    for number in 0..whole {
        let text = junk.iter().skip(number).step_by(whole).copied().collect::<Vec<_>>().join("\n");
        cases.push(Case {
            name: format!("{name}#{number}"),
            gold: vec![Span::new(0, text.len())],
            outcome: Outcome::Junk,
            group: format!("whole/whole/{language}/mixed"),
            text,
        });
    }
    cases
}

/// A piece above, below, or between the lines of a page.
fn beside(page: &str, piece: &str, number: usize) -> (String, Span, &'static str) {
    let middle = page.match_indices('\n').map(|(at, _)| at + 1).nth(page.matches('\n').count() / 2);
    match (number % 5, middle) {
        (3, _) | (4, None) => {
            let start = page.len() + 2;
            (format!("{page}\n\n{piece}"), Span::new(start, start + piece.len()), "footer")
        }
        (4, Some(at)) => {
            let text = format!("{}{piece}\n{}", &page[..at], &page[at..]);
            (text, Span::new(at, at + piece.len()), "body")
        }
        _ => (format!("{piece}\n\n{page}"), Span::new(0, piece.len()), "header"),
    }
}

/// A piece within the longest line of a page: behind a blank past its middle, or right there if it has none.
fn inside(page: &str, piece: &str) -> (String, Span, &'static str) {
    let mut longest = (0, "");
    let mut start = 0;
    for line in page.split('\n') {
        if line.len() > longest.1.len() {
            longest = (start, line);
        }
        start += line.len() + 1;
    }
    let (start, line) = longest;
    let mut middle = line.len() / 2;
    while !line.is_char_boundary(middle) {
        middle += 1;
    }
    let blank = line[middle..].find(' ').filter(|offset| middle + offset + 1 < line.len());
    let (at, pad) = match blank {
        Some(offset) => (start + middle + offset + 1, " "),
        None => (start + middle, ""),
    };
    (format!("{}{piece}{pad}{}", &page[..at], &page[at..]), Span::new(at, at + piece.len()), "inline")
}
