//! What holds for any text whatever.

use dechaff::{Cleaned, Filter, Span};
use proptest::prelude::*;

/// Pieces that the filter has an opinion on, so that random texts reach every stage.
const PIECES: &[&str] = &[
    "国产精品一区二区",
    "亚洲无码在线观看",
    "真人百家乐在线投注",
    "新葡京官网",
    "代开发票",
    "久久久久久",
    "是什么意思",
    "什么星座",
    "buy viagra online",
    "cheap cialis",
    "online casino no deposit bonus",
    "slot777",
    "加微信",
    "QQ:123456789",
    "v\u{200B}iagra",
    "vіagrа",
    "ＢＥＴ365",
    "𝐜𝐚𝐬𝐢𝐧𝐨",
    "|",
    "丨",
    "_",
    " - ",
    " I ",
    "I",
    "、",
    "，",
    "。",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "🎰",
    "【",
    "】",
    "(",
    ")",
    " ",
    "縣政府召開會議，研究部署工作。",
    "警方捣毁一个赌博团伙",
    "The council met on Monday.",
    "what",
    "的",
    "我们",
    "ﬁ",
    "İ",
    "\u{FEFF}",
    "\0",
    "é",
    "e\u{301}",
];

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![6 => proptest::sample::select(PIECES).prop_map(str::to_owned), 1 => "\\PC{0,12}", 1 => any::<char>().prop_map(String::from)];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn filter() -> &'static Filter {
    static FILTER: std::sync::OnceLock<Filter> = std::sync::OnceLock::new();
    FILTER.get_or_init(Filter::builtin)
}

fn holds(text: &str, cleaned: &Cleaned) -> Result<(), TestCaseError> {
    let mut rebuilt = String::new();
    let (mut at, mut kept) = (0, cleaned.text.as_ref());
    for cut in &cleaned.cuts {
        prop_assert!(
            cut.start < cut.end && at <= cut.start,
            "cuts are sorted, disjoint, not empty: {:?}",
            cleaned.cuts
        );
        prop_assert!(text.is_char_boundary(cut.start) && text.is_char_boundary(cut.end));
        let (before, after) = kept.split_at(cut.start - at);
        rebuilt.push_str(before);
        rebuilt.push_str(cut.of(text));
        (kept, at) = (after, cut.end);
    }
    rebuilt.push_str(kept);
    prop_assert_eq!(&rebuilt, text);
    for segment in &cleaned.report.segments {
        for span in segment.evidence.iter().map(|evidence| evidence.span).chain([segment.span]) {
            prop_assert!(
                text.is_char_boundary(span.start) && text.is_char_boundary(span.end) && span.start <= span.end
            );
        }
    }
    let disjoint = cleaned.report.segments.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start);
    prop_assert!(disjoint, "segments do not overlap: {:?}", cleaned.report.segments);
    for segment in cleaned.report.junk() {
        let inside = |cut: &Span| cut.contains(segment.span);
        prop_assert!(cleaned.cuts.iter().any(inside), "junk is cut: {:?}", segment.span);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kept_text_and_cuts_rebuild_the_input(text in any_text()) {
        holds(&text, &filter().clean(&text))?;
    }

    #[test]
    fn cleaning_twice_changes_nothing(text in any_text()) {
        let once = filter().clean(&text).into_text().into_owned();
        let twice = filter().clean(&once);
        prop_assert_eq!(twice.text, once.as_str());
    }

    #[test]
    fn marks_of_any_kind_do_no_harm(text in "[|_,;\\-·/> \\n\\t丨、I0-9a-c国产久。]{0,80}") {
        holds(&text, &filter().clean(&text))?;
    }
}

/// Minified code, data in hexadecimal, walls of signs: a megabyte of the same costs what a megabyte costs.
#[test]
fn no_text_costs_more_than_its_length() {
    for piece in [
        "id=\"\n",
        "0a",
        "a1!",
        "aB",
        "a ",
        "é1",
        "网a",
        "e\u{301}",
        "a.b@",
        "x$",
        "bet9",
        "网",
        "Ab1é",
        "casinO",
        "\u{200B}v",
        "a\n",
        "🙂a",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let start = std::time::Instant::now();
        let _ = filter().check(&text);
        let took = start.elapsed();
        println!("{piece:?}: {took:?}");
        assert!(took.as_secs() < 20, "{piece:?} took {took:?}");
    }
}
