//! Templates → phrases: `{set}` stands for each word of a set, `{set?}` also for nothing.

use std::collections::BTreeMap;

use crate::view;

/// Most phrases that one rule may expand to. Past it a template multiplies sets that were not meant to meet.
const MOST: usize = 50_000;

/// All phrases of all templates, folded, sorted, without repetition.
pub(crate) fn templates(templates: &[String], sets: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>, String> {
    let mut phrases = Vec::new();
    for template in templates {
        expand(template, sets, &mut phrases)?;
    }
    let mut folded: Vec<String> = phrases.into_iter().map(view::fold_phrase).collect();
    folded.sort_unstable();
    folded.dedup();
    Ok(folded)
}

/// A phrases-file: one template a line, `#` starts a comment.
pub(crate) fn list(text: &str, sets: &BTreeMap<String, Vec<String>>) -> Result<Vec<String>, String> {
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    templates(&lines, sets)
}

fn expand(template: &str, sets: &BTreeMap<String, Vec<String>>, out: &mut Vec<String>) -> Result<(), String> {
    let mut partial = vec![String::new()];
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').ok_or_else(|| format!("`{template}` has `{{` without `}}`"))? + open;
        let name = &rest[open + 1..close];
        let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        let words =
            sets.get(name).ok_or_else(|| format!("`{template}` names the set `{name}`, which [sets] does not have"))?;
        let literal = &rest[..open];
        let mut next = Vec::with_capacity(partial.len() * (words.len() + 1));
        for head in &partial {
            for word in words.iter().map(String::as_str).chain(optional.then_some("")) {
                let mut longer = String::with_capacity(head.len() + literal.len() + word.len() + rest.len());
                longer.push_str(head);
                longer.push_str(literal);
                longer.push_str(word);
                next.push(longer);
            }
        }
        if next.len() + out.len() > MOST {
            return Err(format!("`{template}` expands to more than {MOST} phrases; use smaller sets"));
        }
        partial = next;
        rest = &rest[close + 1..];
    }
    if rest.contains('}') {
        return Err(format!("`{template}` has `}}` without `{{`"));
    }
    out.extend(partial.into_iter().map(|head| head + rest));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets() -> BTreeMap<String, Vec<String>> {
        let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        BTreeMap::from([("drug".to_owned(), set(&["Viagra", "Cialis"])), ("act".to_owned(), set(&["buy ", "order "]))])
    }

    #[test]
    fn sets_multiply_and_optional_ones_may_be_absent() {
        let phrases = templates(&["{act?}{drug} online".to_owned()], &sets()).unwrap();
        assert_eq!(
            phrases,
            [
                "buy cialis online",
                "buy viagra online",
                "cialis online",
                "order cialis online",
                "order viagra online",
                "viagra online"
            ]
        );
    }

    #[test]
    fn mistakes_name_the_template() {
        assert!(templates(&["{nothing}".to_owned()], &sets()).unwrap_err().contains("`nothing`"));
        assert!(templates(&["{drug".to_owned()], &sets()).unwrap_err().contains("without `}`"));
        assert!(templates(&["drug}".to_owned()], &sets()).unwrap_err().contains("without `{`"));
    }
}
