//! A line → items: the pieces between separators, sentence ends and the edges of known vocabulary.

use crate::detect::phrases::{Hit, Role};
use crate::document::Span;
use crate::grams::{Model, Profile};
use crate::rules::policy::Walk;
use crate::rules::{Part, Rule};
use crate::view::{Class, View};

/// What stands before an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Boundary {
    /// A line break, and the line before is not blank.
    Line,
    /// At least one blank line.
    BlankLine,
    /// A separator; two items may be joined by the same or by different ones.
    Separator(char),
    /// The end of a sentence.
    Sentence,
    /// Nothing but the edge of a known phrase.
    Edge,
}

/// A piece of a line, judged as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// In the view, without the separators around it.
    pub(crate) span: Span,
    pub(crate) line: usize,
    pub(crate) boundary: Boundary,
    /// Letters and digits.
    pub(crate) letters: u32,
    /// Of these, how many are of scripts that write words without blanks.
    pub(crate) dense: u32,
    /// Of these, how many belong to known vocabulary.
    pub(crate) covered: u32,
    /// Points of its phrases that do not overlap each other.
    pub(crate) points: i32,
    /// Whether a telling phrase is among them.
    pub(crate) telling: bool,
    pub(crate) function_words: u32,
    /// Words that tell by their number.
    pub(crate) refrains: u32,
    /// Whether a sentence ends with it.
    pub(crate) ends_sentence: bool,
    /// Whether its piece stands in the line more than once.
    pub(crate) repeated: bool,
}

/// A separator of more than one piece, between two words of an alphabet, joins a compound: `e-mail`, `and/or`.
const COMPOUND_JOINTS: [char; 3] = ['-', '/', '+'];
/// From so many joints in a line on, they are a list's separators, if it has no other.
const LEAST_JOINTS: usize = 3;

/// What joins the items of lists, as the rule of the separator-run detector writes it.
#[derive(Clone, Debug)]
pub(crate) struct Separators {
    ascii: [bool; 128],
    /// Sorted.
    wide: Vec<char>,
    /// Those among them that are letters to Unicode.
    letters: Vec<char>,
}

impl Separators {
    pub(crate) fn new(separators: &[char]) -> Separators {
        let mut ascii = [false; 128];
        separators.iter().filter(|c| c.is_ascii()).for_each(|c| ascii[*c as usize] = true);
        let mut wide: Vec<char> = separators.iter().copied().filter(|c| !c.is_ascii()).collect();
        wide.sort_unstable();
        let letters = separators.iter().copied().filter(|c| Class::of(*c).is_letter()).collect();
        Separators { ascii, wide, letters }
    }

    /// Whether a letter joins items, as 丨 does.
    fn is_letter(&self, c: char) -> bool {
        self.letters.contains(&c)
    }

    /// Whether a character joins items: one of the rule's, or a pictograph.
    pub(crate) fn contains(&self, c: char) -> bool {
        if c.is_ascii() { self.ascii[c as usize] } else { self.wide.binary_search(&c).is_ok() || is_pictograph(c) }
    }
}

/// One piece between separators, before it is split at phrase edges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) span: Span,
    pub(crate) boundary: Boundary,
    pub(crate) letters: u32,
    pub(crate) ends_sentence: bool,
    /// Whether the line has the same piece once more.
    pub(crate) repeated: bool,
}

/// The pieces of one line.
pub(crate) fn pieces(view: &View, line: usize, separators: &Separators) -> Vec<Piece> {
    let span = view.lines()[line].view;
    let text = span.of(view.text());
    let joints = list_joints(text, separators);
    let capital_i = text.contains('i') && is_list_of_capital_i(view, span);

    let mut pieces = Vec::new();
    let mut piece: Option<Piece> = None;
    let mut boundary = first_boundary(view, line);
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let at = span.start + offset;
        let class = Class::of(c);
        let after = chars.peek().map_or(' ', |(_, next)| *next);
        // Nearly everything is a letter that joins nothing.
        let plain = class.is_letter() && !separators.is_letter(c) && !(c == 'i' && capital_i);
        let found = match class {
            _ if plain => None,
            Class::Stop if c != '.' || !after.is_alphanumeric() && !before.is_ascii_digit() => Some(Boundary::Sentence),
            Class::Blank if c == '\t' => Some(Boundary::Separator(c)),
            // A blank separates where words are written without blanks.
            Class::Blank if is_dense(before) && is_dense_or_digit(after) => Some(Boundary::Separator(' ')),
            // So does one before them, where they follow a word of another script.
            Class::Blank if is_dense(after) && before != ' ' => Some(Boundary::Separator(' ')),
            _ if c == 'i' && capital_i && is_dense_or_digit(before) && is_dense_or_digit(after) => {
                Some(Boundary::Separator('I'))
            }
            _ if separators.contains(c) => {
                let joint = COMPOUND_JOINTS.iter().position(|joint| *joint == c);
                let compound = Class::of(before).has_word_edges() && Class::of(after).has_word_edges()
                    || Class::of(before) == Class::Digit && Class::of(after) == Class::Digit;
                match joint {
                    Some(joint) if compound && !joints[joint] => None,
                    _ => Some(Boundary::Separator(c)),
                }
            }
            _ => None,
        };
        if let Some(found) = found {
            if let Some(mut done) = piece.take() {
                done.ends_sentence = found == Boundary::Sentence;
                pieces.push(done);
                boundary = found;
            } else if !matches!(boundary, Boundary::Line | Boundary::BlankLine) {
                // Of several separators in a row, a printed one names the run.
                if boundary == Boundary::Separator(' ') {
                    boundary = found;
                }
            }
        } else if class != Class::Blank {
            let end = at + c.len_utf8();
            let counts = u32::from(class.is_letter() || class == Class::Digit);
            match &mut piece {
                Some(piece) => {
                    piece.span.end = end;
                    piece.letters += counts;
                }
                None => {
                    piece = Some(Piece {
                        span: Span::new(at, end),
                        boundary,
                        letters: counts,
                        ends_sentence: false,
                        repeated: false,
                    })
                }
            }
        }
        if class != Class::Blank {
            before = c;
        } else if found.is_none() {
            before = ' ';
        }
    }
    pieces.extend(piece);
    // Pieces of punctuation alone belong to no list; their boundary counts for what follows.
    let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut pending = None;
    for mut piece in pieces {
        if piece.letters == 0 {
            pending = pending.or(Some(piece.boundary));
            continue;
        }
        if let Some(boundary) = pending.take() {
            piece.boundary = boundary;
        }
        kept.push(piece);
    }
    kept
}

/// What stands before the first item of a line.
fn first_boundary(view: &View, line: usize) -> Boundary {
    if line > 0 && view.lines()[line - 1].is_blank() { Boundary::BlankLine } else { Boundary::Line }
}

/// A line in which nothing speaks for junk, as one item; `None` if it is blank.
pub(crate) fn whole_line(view: &View, line: usize, hits: &[Hit]) -> Option<Item> {
    let counts = &view.lines()[line].counts;
    let letters = counts.letters() + counts.of(Class::Digit);
    (letters > 0).then(|| Item {
        span: trim(view, view.lines()[line].view),
        line,
        boundary: first_boundary(view, line),
        letters,
        dense: counts.dense(),
        covered: 0,
        points: 0,
        telling: false,
        function_words: hits.iter().filter(|hit| hit.role == Role::Function).count() as u32,
        refrains: 0,
        ends_sentence: counts.of(Class::Stop) > 0,
        repeated: false,
    })
}

/// Which of the compound joints separate the items of a line: those that are many, where nothing else separates them.
fn list_joints(text: &str, separators: &Separators) -> [bool; COMPOUND_JOINTS.len()] {
    let mut counts = [0; COMPOUND_JOINTS.len()];
    if !text.contains(COMPOUND_JOINTS) {
        return [false; COMPOUND_JOINTS.len()];
    }
    let mut others: Vec<(char, usize)> = Vec::new();
    for c in text.chars().filter(|c| separators.contains(*c)) {
        match COMPOUND_JOINTS.iter().position(|joint| *joint == c) {
            Some(joint) => counts[joint] += 1,
            None => match others.iter_mut().find(|(known, _)| *known == c) {
                Some((_, count)) => *count += 1,
                None => others.push((c, 1)),
            },
        }
    }
    let other = others.iter().any(|(_, count)| *count >= LEAST_JOINTS - 1);
    counts.map(|count| !other && count >= LEAST_JOINTS)
}

/// Joins pieces that one phrase or match holds together: `1:1`, `non-gamstop`, a telephone number. Then says which
/// stand in the line more than once.
pub(crate) fn join(view: &View, pieces: Vec<Piece>, hits: &[Hit]) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match joined.last_mut() {
            Some(last)
                if hits.iter().any(|hit| {
                    hit.role == Role::Deny && hit.span.start < last.span.end && hit.span.end > piece.span.start
                }) =>
            {
                last.span.end = piece.span.end;
                last.letters += piece.letters;
                last.ends_sentence = piece.ends_sentence;
            }
            _ => joined.push(piece),
        }
    }
    if joined.len() < 2 {
        return joined;
    }
    let mut texts: Vec<&str> = joined.iter().map(|piece| piece.span.of(view.text())).collect();
    texts.sort_unstable();
    let again: Vec<&str> = texts.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    for piece in &mut joined {
        piece.repeated = again.binary_search(&piece.span.of(view.text())).is_ok();
    }
    joined
}

fn is_dense(c: char) -> bool {
    Class::of(c).is_dense()
}

fn is_dense_or_digit(c: char) -> bool {
    is_dense(c) || Class::of(c) == Class::Digit || c == ' '
}

/// Symbols that text uses as bullets: arrows, stars, boxes, emoji.
fn is_pictograph(c: char) -> bool {
    matches!(c as u32, 0x2190..=0x21FF | 0x2500..=0x27BF | 0x2B00..=0x2BFF | 0x1F000..=0x1FAFF | 0x2022 | 0x2023 | 0x2043)
}

/// A capital I between Chinese characters, several times in a line, stands for a bar.
fn is_list_of_capital_i(view: &View, span: Span) -> bool {
    let text = view.to_document(span).of(view.document());
    if !text.contains('I') {
        return false;
    }
    let mut joints = 0;
    let mut before = 'x';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == 'I' && is_dense_or_digit(before) && chars.peek().is_some_and(|after| is_dense_or_digit(*after)) {
            joints += 1;
        }
        before = c;
    }
    joints >= LEAST_JOINTS - 1
}

/// Words that tell by their number are dense if there is one for so many letters.
const REFRAIN_LETTERS: u32 = 15;

/// Whether words that tell by their number hold together a stretch of so many letters.
pub(crate) fn is_refrain(words: u32, letters: u32) -> bool {
    words > 0 && letters <= words * REFRAIN_LETTERS
}

/// What pieces are split by.
#[derive(Clone, Copy)]
pub(crate) struct Splitter<'s> {
    pub(crate) view: &'s View<'s>,
    pub(crate) rules: &'s [Rule],
    pub(crate) model: &'s Model,
    pub(crate) policy: &'s Walk,
    /// Whether there are enough words around that tell by their number.
    pub(crate) refrain: bool,
}

/// Splits a piece at the edges of its telling vocabulary, and counts what stands in each part.
pub(crate) fn split(by: Splitter, line: usize, piece: &Piece, hits: &[Hit]) -> Vec<Item> {
    let Splitter { view, rules, model, policy, refrain } = by;
    let within = |hit: &&Hit| piece.span.contains(hit.span);
    if !hits.iter().filter(within).any(|hit| hit.role == Role::Refrain || counts_as_cover(hit, rules)) {
        return vec![Item {
            span: piece.span,
            line,
            boundary: piece.boundary,
            letters: piece.letters,
            dense: letters_and_dense(piece.span.of(view.text())).1,
            covered: 0,
            points: 0,
            telling: false,
            function_words: hits.iter().filter(within).filter(|hit| hit.role == Role::Function).count() as u32,
            refrains: 0,
            ends_sentence: piece.ends_sentence,
            repeated: piece.repeated,
        }];
    }
    let inside: Vec<&Hit> = hits.iter().filter(within).collect();
    let refrains = inside.iter().filter(|hit| refrain && hit.role == Role::Refrain).count() as u32;
    let is_refrain = is_refrain(refrains, piece.letters) && !piece.ends_sentence;
    let known = clusters(view, &inside, rules);
    let telling: Vec<Span> = known
        .iter()
        .copied()
        .filter(|cluster| {
            starting_in(&inside, *cluster, |hit| hit.span)
                .iter()
                .any(|hit| is_telling(hit, rules) && cluster.contains(hit.span))
        })
        .collect();
    let parts = match telling.is_empty() || is_refrain {
        true => vec![piece.span],
        false => {
            let profile = Profile::new(model, piece.span.of(view.text()), piece.span.start);
            let telling = reach(view, piece.span, &telling, model, policy);
            parts(view, piece.span, &telling, &profile, policy)
        }
    };
    let ends = parts.len();
    let item = |(n, span): (usize, Span)| {
        let (all, dense) = letters_and_dense(span.of(view.text()));
        let within = || starting_in(&inside, span, |hit| hit.span).iter().filter(|hit| span.contains(hit.span));
        let count = |role: Role| within().filter(|hit| hit.role == role).count() as u32;
        let covered = starting_in(&known, span, |cluster| *cluster).iter().filter(|cluster| span.contains(**cluster));
        Item {
            span,
            line,
            boundary: if n == 0 { piece.boundary } else { Boundary::Edge },
            letters: all,
            dense,
            covered: if is_refrain { all } else { covered.map(|cluster| letters(cluster.of(view.text()))).sum() },
            points: chosen(within().copied(), rules).iter().map(|hit| rules[hit.rule as usize].weight).sum(),
            telling: within().any(|hit| is_telling(hit, rules)),
            function_words: count(Role::Function),
            refrains: if refrain { count(Role::Refrain) } else { 0 },
            ends_sentence: n + 1 == ends && piece.ends_sentence,
            repeated: piece.repeated,
        }
    };
    parts.into_iter().enumerate().map(item).collect()
}

/// Of what is sorted by where it starts, that which starts in a stretch.
fn starting_in<T>(sorted: &[T], within: Span, span: impl Fn(&T) -> Span) -> &[T] {
    let from = sorted.partition_point(|one| span(one).start < within.start);
    let to = sorted.partition_point(|one| span(one).start < within.end);
    &sorted[from..to.max(from)]
}

/// Telling stretches with the unknown words around them that are of the same kind: to either side up to where the
/// character sequences have spoken most for junk.
fn reach(view: &View, piece: Span, telling: &[Span], model: &Model, policy: &Walk) -> Vec<Span> {
    let edges = word_edges(view, piece);
    let mut reached: Vec<Span> = Vec::with_capacity(telling.len());
    for (n, cluster) in telling.iter().enumerate() {
        let before = reached.last().map_or(piece.start, |last| last.end);
        let behind = telling.get(n + 1).map_or(piece.end, |next| next.start);
        let furthest = |edges: &mut dyn Iterator<Item = usize>, worth: &dyn Fn(usize) -> i32| {
            let mut best = (policy.reach, None);
            for edge in edges {
                let here = worth(edge);
                if here > best.0 {
                    best = (here, Some(edge));
                }
                if here < best.0 - policy.reach_drop {
                    break;
                }
            }
            best.1
        };
        let left = Span::new(before, cluster.start.max(before));
        let right = Span::new(cluster.end, behind.max(cluster.end));
        // What the sequences across the edge are worth is the phrase's merit, not its neighbour's.
        let profiles = [left, right].map(|gap| Profile::new(model, gap.of(view.text()), gap.start));
        let worth = |profile: &Profile, span: Span| {
            let (all, dense) = letters_and_dense(span.of(view.text()));
            profile.between(span) - policy.reach_letter * (all + 2 * dense) as i32 / 10
        };
        let from = edges.partition_point(|edge| *edge < left.start);
        let to = edges.partition_point(|edge| *edge < left.end);
        let start = furthest(&mut edges[from..to].iter().rev().copied(), &|edge| {
            worth(&profiles[0], Span::new(edge, left.end))
        });
        let from = edges.partition_point(|edge| *edge <= right.start);
        let to = edges.partition_point(|edge| *edge <= right.end);
        let end =
            furthest(&mut edges[from..to].iter().copied(), &|edge| worth(&profiles[1], Span::new(right.start, edge)));
        let wide = Span::new(start.unwrap_or(cluster.start), end.unwrap_or(cluster.end));
        let wide = trim(view, wide);
        match reached.last_mut() {
            Some(last) if !has_gap(view, last.end, wide.start) => last.end = last.end.max(wide.end),
            _ => reached.push(wide),
        }
    }
    reached
}

/// Where a word may start or end: at blanks and marks, before a capital behind a small letter, and anywhere in scripts
/// without blanks. Sorted; the ends of the stretch are among them.
fn word_edges(view: &View, within: Span) -> Vec<usize> {
    let joints = view.joints(within);
    let mut edges = vec![within.start];
    let mut before = ' ';
    for (offset, c) in within.of(view.text()).char_indices() {
        let letter = |c: char| Class::of(c).has_word_edges() || Class::of(c) == Class::Digit;
        if offset > 0 && (!letter(before) || !letter(c) || joints.binary_search(&offset).is_ok()) {
            edges.push(within.start + offset);
        }
        before = c;
    }
    edges.push(within.end);
    edges
}

/// The stretches of a piece, in turn telling and not. What is too short to stand for itself goes with its neighbour,
/// unless its character sequences are those of genuine text: the rest of a word, a word nobody listed, a bracket.
fn parts(view: &View, piece: Span, telling: &[Span], profile: &Profile, policy: &Walk) -> Vec<Span> {
    let is_short = |span: Span| {
        let (all, dense) = letters_and_dense(span.of(view.text()));
        let spaced = all - dense;
        dense * policy.short_spaced + spaced * policy.short_dense <= policy.short_dense * policy.short_spaced
    };
    let ends = |span: Span| is_short(span) && profile.between(span) >= policy.short_grams;
    // At the ends of a sentence a short word is just the next one.
    let known: u32 = telling.iter().map(|cluster| letters(cluster.of(view.text()))).sum();
    let mostly_known = known * 2 >= letters(piece.of(view.text()));
    let mut parts: Vec<(Span, bool)> = Vec::with_capacity(telling.len() * 2 + 1);
    let mut at = piece.start;
    for cluster in telling {
        let gap = Span::new(at, cluster.start.max(at));
        match parts.last_mut() {
            Some((last, true)) if is_short(gap) => last.end = cluster.end,
            None if mostly_known && ends(gap) || gap.is_empty() => {
                parts.push((Span::new(piece.start, cluster.end), true))
            }
            _ => parts.extend([(trim(view, gap), false), (*cluster, true)]),
        }
        at = cluster.end;
    }
    let rest = Span::new(at, piece.end);
    match parts.last_mut() {
        Some((last, true)) if mostly_known && ends(rest) => last.end = rest.end,
        _ => parts.push((trim(view, rest), false)),
    }
    parts.into_iter().map(|(span, _)| span).filter(|span| !span.is_empty()).collect()
}

/// Stretches of known vocabulary, joined where nothing but a blank or a mark stands between.
fn clusters(view: &View, hits: &[&Hit], rules: &[Rule]) -> Vec<Span> {
    let mut clusters: Vec<Span> = Vec::new();
    let mut denied: Vec<Span> = hits.iter().filter(|hit| counts_as_cover(hit, rules)).map(|hit| hit.span).collect();
    denied.sort_unstable();
    for span in denied {
        match clusters.last_mut() {
            Some(last) if !has_gap(view, last.end, span.start) => last.end = last.end.max(span.end),
            _ => clusters.push(span),
        }
    }
    clusters
}

fn is_telling(hit: &Hit, rules: &[Rule]) -> bool {
    hit.role == Role::Deny && rules[hit.rule as usize].is_telling()
}

fn counts_as_cover(hit: &Hit, rules: &[Rule]) -> bool {
    hit.role == Role::Deny && rules[hit.rule as usize].weight > 0
}

/// Whether anything but one blank or mark stands between two phrases.
fn has_gap(view: &View, from: usize, to: usize) -> bool {
    from < to && view.text()[from..to].chars().any(|c| Class::of(c).is_letter() || Class::of(c) == Class::Digit)
}

fn trim(view: &View, span: Span) -> Span {
    let text = span.of(view.text());
    let start = span.start + (text.len() - text.trim_start().len());
    Span::new(start, (span.start + text.trim_end().len()).max(start))
}

/// Letters and digits of a text.
pub(crate) fn letters(text: &str) -> u32 {
    text.chars().filter(|c| Class::of(*c).is_letter() || Class::of(*c) == Class::Digit).count() as u32
}

fn letters_and_dense(text: &str) -> (u32, u32) {
    text.chars().map(Class::of).fold((0, 0), |(all, dense), class| {
        (all + u32::from(class.is_letter() || class == Class::Digit), dense + u32::from(class.is_dense()))
    })
}

/// Of overlapping phrases those that give most together; of the same phrase the first.
pub(crate) fn chosen<'h>(hits: impl Iterator<Item = &'h Hit>, rules: &[Rule]) -> Vec<Hit> {
    let hits: Vec<Hit> = hits.filter(|hit| counts_as_cover(hit, rules)).copied().collect();
    if hits.len() < 2 {
        return hits;
    }
    // Where to turn to and what is sold are two things: a telephone number may overlap the goods before it.
    let (drops, goods) = hits.into_iter().partition(|hit| rules[hit.rule as usize].part == Part::Contact);
    let mut chosen = disjoint(goods, rules);
    chosen.extend(disjoint(drops, rules));
    chosen
}

fn disjoint(mut hits: Vec<Hit>, rules: &[Rule]) -> Vec<Hit> {
    hits.sort_unstable_by_key(|hit| (hit.span.end, hit.span.start, hit.rule, hit.phrase));
    // best[n]: the most that the first n hits can give; taken[n]: whether hit n-1 is part of it.
    let mut best = vec![0; hits.len() + 1];
    let mut taken = vec![false; hits.len() + 1];
    let before = |hit: &Hit, upto: usize| hits[..upto].partition_point(|earlier| earlier.span.end <= hit.span.start);
    for (n, hit) in hits.iter().enumerate() {
        let with = best[before(hit, n)] + rules[hit.rule as usize].weight;
        taken[n + 1] = with > best[n];
        best[n + 1] = with.max(best[n]);
    }
    let mut chosen = Vec::new();
    let mut n = hits.len();
    while n > 0 {
        if taken[n] {
            chosen.push(hits[n - 1]);
            n = before(&hits[n - 1], n - 1);
        } else {
            n -= 1;
        }
    }
    chosen.reverse();
    let mut seen: Vec<u32> = Vec::with_capacity(chosen.len());
    chosen.retain(|hit| {
        let new = !seen.contains(&hit.phrase);
        seen.push(hit.phrase);
        new
    });
    chosen
}
