//! The search for the text that was signed.

use std::ops::ControlFlow;

use crate::crypto::rsa::RecoveredDigest;
use crate::doctor::signed_digest::is_digest_of;
use crate::explanation::Mistake;

/// Looks for the guess whose digest was signed, within a budget.
pub(super) struct Guesses<'a> {
    pub(super) opened: &'a RecoveredDigest,
    /// How many bytes may still be hashed.
    pub(super) left: usize,
}

impl Guesses<'_> {
    /// Ends with the guess that fits, or with nothing where the budget is used up.
    pub(super) fn compare(&mut self, mistake: Mistake, text: Vec<u8>) -> ControlFlow<Option<(Mistake, Vec<u8>)>> {
        let Some(left) = self.left.checked_sub(text.len()) else { return ControlFlow::Break(None) };
        self.left = left;
        if is_digest_of(self.opened, &text) {
            return ControlFlow::Break(Some((mistake, text)));
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rsa::Hash;
    use crate::doctor::json_texts::tests::{grown, written};
    use crate::doctor::v3::evidence::Search;
    use crate::doctor::v3::texts::{self, SentRequest};

    #[test]
    fn the_texts_of_a_body_are_written_within_the_budget() {
        let opened = RecoveredDigest { hash: Hash::Sha256, digest: vec![0; 32] };
        for body in [839, 1400, 15_000].into_iter().flat_map(grown) {
            let sent =
                SentRequest { method: "POST", url: "/v3/x", target: "/v3/x", timestamp: "1", nonce: "n", body: &body };
            let mut guesses = Guesses { opened: &opened, left: Search::OF_VERIFY.budget };
            let of_body = written(|| {
                let _ = texts::of_body(body.as_bytes(), &mut |mistake, text| guesses.compare(mistake, text));
            });
            // The budget is enough for all of them.
            assert!(of_body <= 200 * body.len() + 64 * 1024 && of_body <= Search::OF_VERIFY.budget, "{of_body}");
            assert!(guesses.left > 0);
            // Where it is used up, no more are made.
            let mut guesses = Guesses { opened: &opened, left: 1024 };
            let of_body = written(|| {
                let _ = texts::of_body(body.as_bytes(), &mut |mistake, text| guesses.compare(mistake, text));
            });
            assert!(of_body <= 3 * body.len(), "{of_body}");
            let mut guesses = Guesses { opened: &opened, left: Search::OF_EXPLAIN.budget };
            let of_request = written(|| {
                let _ = texts::of_request(sent, &mut |mistake, text| guesses.compare(mistake, text.into_bytes()));
            });
            assert!(of_request <= Search::OF_VERIFY.budget * 2, "{of_request}");
        }
    }
}
