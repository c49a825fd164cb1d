//! The public interface does what its documentation says.

use dechaff::{Filter, Limit, Outcome, Policy, Strictness, Verdict};

const PAGE: &str = "真人百家乐在线投注|新葡京官网|老虎机平台|澳门赌场网址\nbuy viagra online | cheap cialis without prescription | canadian pharmacy online\n\
    The parish council met on Monday to talk about the roof of the library, and about the road to the mill.\n";

#[test]
fn a_filter_is_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let filter = Filter::builtin();
    shared(&filter);
    let here = filter.clean(PAGE);
    let there: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| filter.clean(PAGE))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(there.iter().all(|there| *there == here));
}

#[test]
fn themes_languages_and_ignored_rules_narrow_the_filter() {
    let both = Filter::builtin().check(PAGE);
    assert_eq!(both.outcome, Outcome::Junk);
    // Brands of pills are known in every language; what writes essays is English. Character sequences know no language.
    let essays = "write my essay for me | buy research papers online | essay writing service cheap\n\
        The parish council met on Monday to talk about the roof of the library, and about the road to the mill.\n";
    let chinese = Filter::builder().builtin().languages(["zh-Hans"]).ignore("likelihood/").build().unwrap();
    assert_eq!(chinese.check(essays).outcome, Outcome::Clean);
    assert_eq!(Filter::builtin().check(essays).outcome, Outcome::Cleaned);
    let pharma = Filter::builder().builtin().themes(["pharma"]).build().unwrap().clean(PAGE).text.into_owned();
    assert!(pharma.starts_with("真人百家乐") && !pharma.contains("viagra"), "{pharma}");
    let ignoring = Filter::builder().builtin().ignore("pharma/").build().unwrap();
    assert!(ignoring.rules().iter().all(|rule| rule.id.theme() != "pharma"));
}

#[test]
fn wishes_that_fit_no_rule_are_mistakes() {
    for (builder, message) in [
        (Filter::builder().builtin().themes(["weather"]), "no rule has the theme `weather`; there are"),
        (Filter::builder().builtin().languages(["tlh"]), "no rule has the language `tlh`; there are"),
        (Filter::builder().builtin().ignore("nothing/"), "no rule matches `nothing/`"),
        (Filter::builder(), "no rules: call builtin() or pack()"),
    ] {
        let why = builder.build().unwrap_err();
        assert!(why.to_string().contains(message), "{why}");
    }
}

#[test]
fn stricter_filters_cut_no_less() {
    let pages = [
        PAGE,
        "澳门新葡京官网\n\n公司简介 联系我们\n本公司成立于一九九八年，主要生产纺织机械。",
        "cheap viagra online\nThe parish council met on Monday to talk about the roof of the library.",
    ];
    for page in pages {
        let kept =
            |strictness| Filter::builder().builtin().strictness(strictness).build().unwrap().clean(page).text.len();
        let (safe, normal, strict) = (kept(Strictness::Safe), kept(Strictness::Normal), kept(Strictness::Strict));
        assert!(safe >= normal && normal >= strict, "{safe} {normal} {strict}: {page}");
    }
}

#[test]
fn fingerprints_tell_filters_apart() {
    let plain = Filter::builtin();
    let strict = Filter::builder().builtin().strictness(Strictness::Strict).build().unwrap();
    let fewer = Filter::builder().builtin().ignore("porn/").build().unwrap();
    assert_eq!(plain.fingerprint(), Filter::builtin().fingerprint());
    assert!(plain.fingerprint().starts_with(concat!("dechaff-", env!("CARGO_PKG_VERSION"), "+rules-")));
    assert_ne!(plain.fingerprint(), strict.fingerprint());
    assert_ne!(plain.fingerprint(), fewer.fingerprint());
}

#[test]
fn evidence_adds_up_to_the_score_and_speaks_of_the_text() {
    let report = Filter::builtin().check(PAGE);
    for segment in report.junk() {
        let sum: i32 = segment.evidence.iter().map(|evidence| evidence.points).sum();
        assert_eq!(sum, segment.score);
        assert!(segment.evidence.iter().all(|evidence| !evidence.span.of(PAGE).is_empty()));
        assert!(
            segment
                .evidence
                .iter()
                .any(|evidence| evidence.span.of(PAGE).contains("百家乐") || evidence.span.of(PAGE).contains("viagra"))
        );
    }
}

#[test]
fn texts_beyond_the_limit_pass_through_with_the_reason() {
    let policy = include_str!("../rules/policy.toml").replace("document-bytes = 67108864", "document-bytes = 100");
    let policy: Policy = toml::from_str(&policy).unwrap();
    let filter = Filter::builder().builtin().policy(policy).build().unwrap();
    let cleaned = filter.clean(PAGE);
    assert_eq!((cleaned.text.as_ref(), cleaned.report.limit), (PAGE, Some(Limit::DocumentBytes)));
}

#[test]
fn a_text_that_would_lose_most_is_held_to_what_is_beyond_doubt() {
    let page = "代开发票|代开住宿\n公司简介";
    let policy = include_str!("../rules/policy.toml").replace("most-points = 180", "most-points = 300");
    let filter = Filter::builder().builtin().policy(toml::from_str(&policy).unwrap()).build().unwrap();
    let report = filter.check(page);
    assert_eq!(report.limit, Some(Limit::MostShare), "{report:?}");
    assert!(report.segments.iter().all(|segment| segment.verdict == Verdict::Suspect));
}
