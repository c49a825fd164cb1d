//! A phrase that was put into a sentence.

use super::Scene;

/// 1 if the segment stands inside genuine text of its line and what is known of it and of the text around says that it was put
/// there (`anchor` of the policy); 0 otherwise.
pub(super) fn measure(scene: &Scene) -> i64 {
    i64::from(scene.decides && scene.words_around > 0)
}
