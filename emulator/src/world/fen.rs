//! Amounts in fen.

/// The sum of amounts; `None` when it is too large for a number of 64 bits.
pub(crate) fn sum(amounts: impl IntoIterator<Item = u64>) -> Option<u64> {
    amounts.into_iter().try_fold(0, u64::checked_add)
}
