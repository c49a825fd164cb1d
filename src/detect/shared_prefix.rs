//! Keyword dumps are alphabetical or made from one stem: 久久精品首页, 久久精品下载, 久久精品播放 …

use super::Scene;
use super::separator_run::parts;

/// Fewer items than this share a beginning by accident.
const LEAST_ITEMS: usize = 4;
/// So many equal characters at the start count as shared.
const PREFIX: usize = 2;

/// Percent of the list's items that begin like their neighbour, 0 to 100.
pub(super) fn measure(scene: &Scene) -> i64 {
    let parts = parts(scene);
    if parts.len() < LEAST_ITEMS {
        return 0;
    }
    let start = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).take(PREFIX).collect::<String>();
    let starts: Vec<String> = parts.iter().map(|span| start(span.of(scene.view.text()))).collect();
    let shared = starts.windows(2).filter(|pair| pair[0] == pair[1] && pair[0].chars().count() == PREFIX).count();
    (shared * 100 / (parts.len() - 1)) as i64
}
