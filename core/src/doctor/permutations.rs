//! The orders in which a program may have put things.

/// All orders of so many things.
pub(super) fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in permutations(count - 1) {
        for at in 0..=order.len() {
            let mut longer = order.clone();
            longer.insert(at, count - 1);
            all.push(longer);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_orders_are_there_and_each_once() {
        for (count, expected) in [(0, 1), (1, 1), (3, 6), (6, 720)] {
            let mut all = permutations(count);
            all.sort();
            all.dedup();
            assert_eq!(all.len(), expected);
        }
    }
}
