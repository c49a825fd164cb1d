//! The folded reading of a document, with the way back from every position.
//!
//! Rules see the view, results speak of the document. Folded away are: case, full and half width and other
//! compatibility forms, accents and vowel points, Traditional Chinese characters (to Simplified), invisible characters,
//! runs of blanks, and Cyrillic or Greek letters inside Latin words. Line breaks stay.

mod class;
mod fold;
#[rustfmt::skip]
mod tables;

pub(crate) use class::{CLASSES, Class};
pub(crate) use fold::Han;
use fold::{Fold, Folder, Hanzi};

use crate::document::Span;

/// A stretch whose characters begin at other places in view and document. Between two edits they begin at the same.
#[derive(Clone, Copy, Debug)]
struct Edit {
    view: usize,
    view_len: usize,
    doc: usize,
    doc_len: usize,
}

/// One line of the view, and what stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Without the line break, in the view.
    pub(crate) view: Span,
    pub(crate) counts: Counts,
}

impl Line {
    pub(crate) fn is_blank(&self) -> bool {
        self.counts.letters() == 0 && self.counts.of(Class::Digit) == 0
    }
}

/// How many characters of each class stand in a stretch of the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    by_class: [u32; CLASSES],
    /// Han characters that only Traditional text uses.
    pub(crate) traditional: u32,
    /// Han characters that only Simplified text uses.
    pub(crate) simplified: u32,
    /// Look-alike letters inside Latin words, and mathematical or circled letters.
    pub(crate) disguised: u32,
    /// Invisible characters between letters of scripts that have no use for them.
    pub(crate) invisible: u32,
}

impl Counts {
    pub(crate) fn of(&self, class: Class) -> u32 {
        self.by_class[class as usize]
    }

    pub(crate) fn letters(&self) -> u32 {
        self.by_class[Class::Latin as usize..].iter().sum()
    }

    /// Letters of scripts that write words without blanks.
    pub(crate) fn dense(&self) -> u32 {
        self.of(Class::Han) + self.of(Class::Kana) + self.of(Class::Thai)
    }

    pub(crate) fn add(&mut self, other: &Counts) {
        for (mine, theirs) in self.by_class.iter_mut().zip(other.by_class) {
            *mine += theirs;
        }
        self.traditional += other.traditional;
        self.simplified += other.simplified;
        self.disguised += other.disguised;
        self.invisible += other.invisible;
    }

    /// These counts without those of a part.
    pub(crate) fn without(&self, part: &Counts) -> Counts {
        let mut rest = *self;
        for (mine, theirs) in rest.by_class.iter_mut().zip(part.by_class) {
            *mine = mine.saturating_sub(theirs);
        }
        rest.traditional = rest.traditional.saturating_sub(part.traditional);
        rest.simplified = rest.simplified.saturating_sub(part.simplified);
        rest.disguised = rest.disguised.saturating_sub(part.disguised);
        rest.invisible = rest.invisible.saturating_sub(part.invisible);
        rest
    }
}

/// The folded text of one document.
#[derive(Debug)]
pub(crate) struct View<'a> {
    doc: &'a str,
    text: String,
    edits: Vec<Edit>,
    lines: Vec<Line>,
    total: Counts,
    joints: Vec<usize>,
}

impl<'a> View<'a> {
    pub(crate) fn new(doc: &'a str) -> View<'a> {
        Reader::new(doc).read()
    }

    /// The folded text. All other spans of this type speak of it, unless they say otherwise.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn document(&self) -> &'a str {
        self.doc
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What stands in the whole text.
    pub(crate) fn total(&self) -> &Counts {
        &self.total
    }

    /// Says what stands in the whole document, where this is the view of a part.
    pub(crate) fn set_total(&mut self, total: Counts) {
        self.total = total;
    }

    /// The number of the line that holds a position.
    pub(crate) fn line_at(&self, position: usize) -> usize {
        self.lines.partition_point(|line| line.view.start <= position).saturating_sub(1)
    }

    /// The stretch of the document that reads as `span`. A character that folds to several is taken whole;
    /// invisible characters at either end stay outside.
    pub(crate) fn to_document(&self, span: Span) -> Span {
        Span::new(
            self.start_in_document(span.start),
            self.end_in_document(span.end).max(self.start_in_document(span.start)),
        )
    }

    /// The number of the line that a line of the document begins at a place.
    pub(crate) fn line_of_document(&self, start: usize) -> usize {
        self.line_at(self.place_of_document(start))
    }

    /// Where in the view a place in the document reads, or shortly behind.
    pub(crate) fn place_of_document(&self, position: usize) -> usize {
        let next = self.edits.partition_point(|edit| edit.doc < position);
        match next.checked_sub(1).map(|at| self.edits[at]) {
            None => position,
            Some(edit) => edit.view + edit.view_len + position.saturating_sub(edit.doc + edit.doc_len),
        }
    }

    fn start_in_document(&self, position: usize) -> usize {
        let next = self.edits.partition_point(|edit| edit.view <= position);
        match next.checked_sub(1).map(|at| self.edits[at]) {
            None => position,
            Some(edit) if position < edit.view + edit.view_len => edit.doc,
            Some(edit) => edit.doc + edit.doc_len + (position - edit.view - edit.view_len),
        }
    }

    fn end_in_document(&self, position: usize) -> usize {
        let next = self.edits.partition_point(|edit| edit.view < position);
        match next.checked_sub(1).map(|at| self.edits[at]) {
            None => position,
            Some(edit) if position <= edit.view + edit.view_len => edit.doc + edit.doc_len,
            Some(edit) => edit.doc + edit.doc_len + (position - edit.view - edit.view_len),
        }
    }

    /// Places in a stretch where a capital follows a small letter, as before `O` in `viagraOnline`: a word may begin
    /// there. Counted from the start of the stretch.
    pub(crate) fn joints(&self, within: Span) -> Vec<usize> {
        let from = self.joints.partition_point(|joint| *joint <= within.start);
        let inside = self.joints[from..].iter().take_while(|joint| **joint < within.end);
        inside.map(|joint| joint - within.start).collect()
    }

    /// Counts of a stretch of the view: class counts and which Chinese script.
    pub(crate) fn counts(&self, span: Span) -> Counts {
        let folder = Folder::get();
        let mut counts = Counts::default();
        for c in span.of(&self.text).chars() {
            counts.by_class[Class::of(c) as usize] += 1;
        }
        if counts.of(Class::Han) > 0 || counts.of(Class::Latin) > 0 {
            // Which script, and what is disguised, is seen only in the document: the view has folded it away.
            let doc = self.to_document(span);
            for c in doc.of(self.doc).chars().filter(|c| !c.is_ascii()) {
                match folder.fold(c) {
                    (_, Hanzi::Traditional) => counts.traditional += 1,
                    (_, Hanzi::Simplified) => counts.simplified += 1,
                    (Fold::Char(_) | Fold::Text(_), _) if is_disguise(c) => counts.disguised += 1,
                    _ => {}
                }
            }
        }
        counts
    }
}

/// Folds a text the way documents are folded.
pub(crate) fn fold_text(text: &str) -> String {
    View::new(text).text
}

/// How a character beyond ASCII reads, to a reader that does not fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As itself: a letter of a script without word edges.
    Inner,
    /// As a blank, or marks.
    Blank,
    Mark,
    /// It must be folded to be read.
    Other,
}

pub(crate) fn reading(c: char) -> Reading {
    let marks = |to: &str| to.chars().map(Class::of).all(|class| matches!(class, Class::Mark | Class::Stop));
    match Folder::get().fold(c).0 {
        Fold::Same => match Class::of(c) {
            Class::Blank => Reading::Blank,
            Class::Mark | Class::Stop => Reading::Mark,
            class if class.is_letter() && !class.has_word_edges() => Reading::Inner,
            _ => Reading::Other,
        },
        Fold::Char(' ') => Reading::Blank,
        Fold::Char(to) if marks(to.encode_utf8(&mut [0; 4])) => Reading::Mark,
        Fold::Text(to) if marks(to) => Reading::Mark,
        _ => Reading::Other,
    }
}

/// What a character adds to a word of a script with word edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letter {
    /// It ends the word.
    None,
    /// It reads as nothing, as accents do.
    Dropped,
    One(char),
    Several(&'static str),
    /// The line must be folded to know.
    Odd,
}

pub(crate) fn letter(c: char) -> Letter {
    let letter = |c: char| Class::of(c).has_word_edges();
    match Folder::get().fold(c).0 {
        Fold::Same if letter(c) => Letter::One(c),
        // Figures and line breaks among them.
        Fold::Same if c.is_ascii() => Letter::None,
        Fold::Char(to) if letter(to) && !is_disguise(c) => Letter::One(to),
        Fold::Text(to) if to.chars().all(letter) && !is_disguise(c) => Letter::Several(to),
        Fold::Attach => Letter::Dropped,
        Fold::Drop => Letter::Odd,
        _ if reading(c) == Reading::Other => Letter::Odd,
        _ => Letter::None,
    }
}

/// Folds a phrase, without the blanks at its ends. Most phrases are written as they read.
pub(crate) fn fold_phrase(phrase: String) -> String {
    let folder = Folder::get();
    let mut last = ' ';
    let plain = phrase.chars().all(|c| {
        let blanks = last == ' ' && c == ' ';
        last = c;
        match c {
            'a'..='z' | '0'..='9' => true,
            ' ' => !blanks,
            _ if c.is_ascii() => !c.is_ascii_uppercase() && !c.is_ascii_whitespace(),
            _ => {
                folder.fold(c).0 == Fold::Same && !matches!(Class::of(c), Class::Cyrillic | Class::Greek | Class::Blank)
            }
        }
    });
    if plain && last != ' ' { phrase } else { fold_text(phrase.trim()) }
}

/// Mathematical, circled, squared and fullwidth-like letters, which prose has no use for.
fn is_disguise(c: char) -> bool {
    matches!(c as u32, 0x1D400..=0x1D7FF | 0x24B6..=0x24E9 | 0x1F130..=0x1F189 | 0x249C..=0x24B5 | 0x2222..=0x2229)
}

/// Scripts in which zero-width joiners are ordinary spelling.
fn joins_invisibly(class: Class) -> bool {
    matches!(class, Class::Arabic | Class::Indic | Class::Thai | Class::Hangul | Class::OtherLetter)
}

/// The word being read: it may turn out to mix Latin letters with look-alikes.
struct Word {
    view: usize,
    doc: usize,
    edits: usize,
    counts: Counts,
    latin: bool,
    imitating: bool,
    foreign: bool,
}

struct Reader<'a> {
    folder: Folder,
    doc: &'a str,
    text: String,
    edits: Vec<Edit>,
    lines: Vec<Line>,
    total: Counts,
    counts: Counts,
    line_view: usize,
    /// Start of the characters that read as themselves and are not yet in `text`.
    same_from: usize,
    word: Option<Word>,
    last: Class,
    /// See [`View::joints`].
    joints: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn new(doc: &'a str) -> Self {
        Reader {
            folder: Folder::get(),
            doc,
            text: String::with_capacity(doc.len()),
            edits: Vec::new(),
            lines: Vec::new(),
            total: Counts::default(),
            counts: Counts::default(),
            line_view: 0,
            same_from: 0,
            word: None,
            last: Class::Break,
            joints: Vec::new(),
        }
    }

    fn read(mut self) -> View<'a> {
        let doc = self.doc;
        let mut at = 0;
        while at < doc.len() {
            at = if doc.as_bytes()[at].is_ascii_lowercase() { self.lowercase(at) } else { self.han(at) };
            let Some(c) = doc[at..].chars().next() else { break };
            if c.is_ascii() {
                self.ascii(c as u8, at);
            } else {
                self.wide(c, at);
            }
            at += c.len_utf8();
        }
        self.end_word(doc.len());
        self.flush(doc.len());
        self.end_line();
        View { doc, text: self.text, edits: self.edits, lines: self.lines, total: self.total, joints: self.joints }
    }

    /// Reads a run of small Latin letters; gives where it ends.
    #[inline]
    fn lowercase(&mut self, from: usize) -> usize {
        let run = self.doc.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        self.counts.by_class[Class::Latin as usize] += run as u32;
        self.last = Class::Latin;
        if let Some(word) = &mut self.word {
            word.latin = true;
        }
        from + run
    }

    /// Reads a run of Chinese characters, of which nearly all Chinese text consists; gives where it ends.
    #[inline]
    fn han(&mut self, from: usize) -> usize {
        if self.word.is_some() {
            return from;
        }
        let (mut at, mut simplified, mut traditional) = (from, 0, 0);
        while let Some(&[first @ 0xE4..=0xE9, second, third]) = self.doc.as_bytes()[at..].first_chunk::<3>() {
            let code = u32::from(first & 0x0F) << 12 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
            match self.folder.han(code) {
                Some((None, known)) => simplified += u32::from(known == Hanzi::Simplified),
                Some((Some(to), _)) => {
                    traditional += 1;
                    self.flush(at);
                    self.text.push(to);
                    self.same_from = at + 3;
                }
                None => break,
            }
            at += 3;
        }
        if at > from {
            self.counts.by_class[Class::Han as usize] += ((at - from) / 3) as u32;
            self.counts.simplified += simplified;
            self.counts.traditional += traditional;
            self.last = Class::Han;
        }
        at
    }

    #[inline]
    fn ascii(&mut self, byte: u8, at: usize) {
        let class = Class::of(byte as char);
        match class {
            Class::Latin => {
                if byte.is_ascii_uppercase() {
                    self.flush(at);
                    self.joint(at);
                    self.text.push(byte.to_ascii_lowercase() as char);
                    self.same_from = at + 1;
                }
                if let Some(word) = &mut self.word {
                    word.latin = true;
                }
            }
            Class::Blank => {
                self.end_word(at);
                if byte == b'\r' && self.doc.as_bytes().get(at + 1) == Some(&b'\n') {
                    return;
                }
                if self.last == Class::Blank && byte != b'\t' {
                    return self.replace(at, 1, "");
                }
                if byte != b' ' && byte != b'\t' {
                    self.replace(at, 1, " ");
                }
            }
            Class::Break => {
                self.end_word(at);
                self.flush(at);
                self.end_line();
                self.text.push('\n');
                self.same_from = at + 1;
                self.line_view = self.text.len();
                self.last = class;
                return;
            }
            _ => self.end_word(at),
        }
        self.count(class);
    }

    #[inline]
    fn wide(&mut self, c: char, at: usize) {
        let (fold, hanzi) = self.folder.fold(c);
        match hanzi {
            Hanzi::Either => {}
            Hanzi::Traditional => self.counts.traditional += 1,
            Hanzi::Simplified => self.counts.simplified += 1,
        }
        let class = match fold {
            Fold::Same => Class::of(c),
            Fold::Char(to) => Class::of(to),
            Fold::Text(to) => to.chars().next().map_or(Class::Mark, Class::of),
            Fold::Drop => {
                if matches!(self.last, Class::Latin | Class::Han | Class::Cyrillic | Class::Greek)
                    && self.doc[at + c.len_utf8()..].chars().next().is_some_and(|next| {
                        let next = Class::of(next);
                        next.is_letter() && !joins_invisibly(next)
                    })
                {
                    self.counts.invisible += 1;
                }
                return self.replace(at, c.len_utf8(), "");
            }
            Fold::Attach => return self.attach(at, c.len_utf8()),
        };
        self.track_word(class, c, at);
        if class.has_word_edges() && c.is_uppercase() {
            self.flush(at);
            self.joint(at);
        }
        match fold {
            Fold::Same if class != Class::Blank => {}
            Fold::Same => {
                let blank = if self.last == Class::Blank { "" } else { " " };
                self.replace(at, c.len_utf8(), blank);
                if blank.is_empty() {
                    return;
                }
            }
            Fold::Char(to) => self.replace(at, c.len_utf8(), to.encode_utf8(&mut [0; 4])),
            Fold::Text(to) => {
                self.replace(at, c.len_utf8(), to);
                to.chars().skip(1).for_each(|more| self.count(Class::of(more)));
            }
            Fold::Drop | Fold::Attach => {}
        }
        if class == Class::Latin && is_disguise(c) {
            self.counts.disguised += 1;
        }
        self.count(class);
    }

    #[inline]
    fn count(&mut self, class: Class) {
        self.counts.by_class[class as usize] += 1;
        self.last = class;
    }

    /// A capital at `at`: if a small letter stands before it, a word may begin here.
    #[inline]
    fn joint(&mut self, at: usize) {
        if self.last.has_word_edges() && self.doc[..at].chars().next_back().is_some_and(char::is_lowercase) {
            self.joints.push(self.text.len());
        }
    }

    /// A word that may be mixed starts with a letter of any of the three alphabets that look alike.
    fn track_word(&mut self, class: Class, c: char, at: usize) {
        match class {
            Class::Cyrillic | Class::Greek => {
                if self.word.is_none() {
                    // Latin letters that stand before it belong to the same word.
                    let latin = self.doc[..at].bytes().rev().take_while(u8::is_ascii_alphabetic).count();
                    self.flush(at);
                    let view = self.text.len() - latin;
                    self.word = Some(Word {
                        view,
                        doc: at - latin,
                        edits: self.edits.len(),
                        counts: self.counts,
                        latin: latin > 0,
                        imitating: false,
                        foreign: false,
                    });
                }
                let lower = c.to_lowercase().next().unwrap_or(c);
                if let Some(word) = &mut self.word {
                    match fold::imitated_latin(lower) {
                        Some(_) => word.imitating = true,
                        None => word.foreign = true,
                    }
                }
            }
            Class::Latin => {
                if let Some(word) = &mut self.word {
                    word.latin = true;
                }
            }
            _ => self.end_word(at),
        }
    }

    /// Latin letters and nothing but look-alikes beside them: the word reads as Latin.
    #[inline]
    fn end_word(&mut self, end: usize) {
        if let Some(word) = self.word.take() {
            self.read_as_latin(word, end);
        }
    }

    fn read_as_latin(&mut self, word: Word, end: usize) {
        if !(word.latin && word.imitating && !word.foreign) {
            return;
        }
        self.text.truncate(word.view);
        self.joints.truncate(self.joints.partition_point(|joint| *joint < word.view));
        self.edits.truncate(word.edits);
        self.same_from = word.doc;
        let (mut at, mut disguised) = (word.doc, 0);
        while let Some(c) = self.doc[at..end].chars().next() {
            let lower = c.to_lowercase().next().unwrap_or(c);
            if let Some(to) = fold::imitated_latin(lower) {
                disguised += 1;
                self.replace(at, c.len_utf8(), to.encode_utf8(&mut [0; 4]));
            } else {
                match self.folder.fold(c).0 {
                    Fold::Same => {}
                    Fold::Char(to) => self.replace(at, c.len_utf8(), to.encode_utf8(&mut [0; 4])),
                    Fold::Text(to) => self.replace(at, c.len_utf8(), to),
                    Fold::Drop => self.replace(at, c.len_utf8(), ""),
                    Fold::Attach => self.attach(at, c.len_utf8()),
                }
            }
            at += c.len_utf8();
        }
        self.flush(end);
        let letters = self.counts.letters() - word.counts.letters();
        self.counts = word.counts;
        self.counts.by_class[Class::Latin as usize] += letters;
        self.counts.disguised += disguised;
        self.last = Class::Latin;
    }

    /// Characters before `at` that read as themselves go over in one piece.
    #[inline]
    fn flush(&mut self, at: usize) {
        if self.same_from < at {
            self.text.push_str(&self.doc[self.same_from..at]);
            self.same_from = at;
        }
    }

    /// `len` bytes of the document at `at` read as `to`.
    #[inline]
    fn replace(&mut self, at: usize, len: usize, to: &str) {
        self.flush(at);
        // Several characters for one, of the same length together, are not the same positions.
        if to.len() != len || to.chars().nth(1).is_some() {
            self.edits.push(Edit { view: self.text.len(), view_len: to.len(), doc: at, doc_len: len });
        }
        self.text.push_str(to);
        self.same_from = at + len;
    }

    /// `len` bytes of the document at `at` read as nothing and go with the character before them.
    fn attach(&mut self, at: usize, len: usize) {
        self.flush(at);
        let last = self.text.chars().next_back().filter(|last| *last != '\n').map_or(0, char::len_utf8);
        match self.edits.last_mut() {
            Some(edit) if edit.doc + edit.doc_len == at => edit.doc_len += len,
            _ => self.edits.push(Edit {
                view: self.text.len() - last,
                view_len: last,
                doc: at - last,
                doc_len: last + len,
            }),
        }
        self.same_from = at + len;
    }

    fn end_line(&mut self) {
        let carriage = usize::from(self.text.ends_with('\r'));
        self.lines.push(Line { view: Span::new(self.line_view, self.text.len() - carriage), counts: self.counts });
        self.total.add(&self.counts);
        self.counts = Counts::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folds(text: &str) -> String {
        View::new(text).text().to_owned()
    }

    #[test]
    fn what_looks_alike_reads_alike() {
        for (text, reading) in [
            ("ＶＩＡＧＲＡ", "viagra"),
            ("v\u{200B}i\u{AD}agra", "viagra"),
            ("vіаgrа", "viagra"),
            ("αv毛片", "av毛片"),
            ("𝐜𝐚𝐬𝐢𝐧𝐨", "casino"),
            ("ⓑⓔⓣ", "bet"),
            ("國產視頻", "国产视频"),
            ("a \u{3000}\u{A0} b", "a b"),
            ("Привет, мир", "привет, мир"),
            ("ﬁne", "fine"),
            ("İstanbul", "istanbul"),
            ("Được cá cược", "duoc ca cuoc"),
            ("cafe\u{301} Łódź ß", "cafe lodz ss"),
            ("Καζίνο ёлка й が", "καζινο елка й が"),
            ("مُراهنـات آنلاین أ", "مراهنات انلاين ا"),
            ("a\r\nb", "a\r\nb"),
        ] {
            assert_eq!(folds(text), reading, "{text}");
        }
    }

    #[test]
    fn positions_lead_back() {
        let text = "x ＡＢ國\u{200B}ﬁ e\u{301}u\u{302}\u{301} end";
        let view = View::new(text);
        for (reading, original) in [
            ("ab", "ＡＢ"),
            ("国", "國"),
            ("fi", "ﬁ"),
            ("f", "ﬁ"),
            ("end", "end"),
            ("eu", "e\u{301}u\u{302}\u{301}"),
            ("u", "u\u{302}\u{301}"),
            ("国fi", "國\u{200B}ﬁ"),
        ] {
            let at = view.text().find(reading).unwrap();
            assert_eq!(view.to_document(Span::new(at, at + reading.len())).of(text), original, "{reading}");
        }
    }

    #[test]
    fn counts_know_scripts_and_disguises() {
        let view = View::new("国产視頻 vіagra v\u{200B}x 𝐛𝐞𝐭 Ру");
        let counts = &view.lines()[0].counts;
        assert_eq!((counts.of(Class::Han), counts.of(Class::Cyrillic)), (4, 2));
        assert_eq!((counts.traditional, counts.simplified), (2, 2));
        assert_eq!((counts.disguised, counts.invisible), (4, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        /// Words are the unit: whether a letter is a look-alike is seen by its word.
        #[test]
        fn a_folded_word_is_what_its_original_folds_to(
            text in "([\\PC]{0,6}|[a-zA-Z ]{1,8}|[國产视頻久 \u{200B}|，。]{1,6}|[аеорvsі]{1,6}|[aeéя\u{301}\u{302}\u{200B}]{1,5}|[ \\t\\r\\n\u{3000}]{1,3}|ﬁ|[𝐚-𝐳Ａ-Ｚ]{1,4}){0,8}"
        ) {
            let view = View::new(&text);
            let mut at = 0;
            for word in view.text().split_inclusive(char::is_whitespace) {
                let solid = word.trim_end();
                if !solid.is_empty() {
                    let span = Span::new(at, at + solid.len());
                    let doc = view.to_document(span);
                    prop_assert!(text.is_char_boundary(doc.start) && text.is_char_boundary(doc.end));
                    prop_assert_eq!(fold_text(doc.of(&text)), solid);
                }
                at += word.len();
            }
        }

        #[test]
        fn lines_and_counts_add_up(text in "[\\PC\\n\\r]{0,60}") {
            let view = View::new(&text);
            prop_assert_eq!(view.lines().len(), text.matches('\n').count() + 1);
            let mut sum = Counts::default();
            for line in view.lines() {
                prop_assert!(!line.view.of(view.text()).contains('\n'));
                let counted = view.counts(line.view);
                prop_assert_eq!(counted.letters(), line.counts.letters());
                sum.add(&line.counts);
            }
            prop_assert_eq!(&sum, view.total());
        }
    }
}
