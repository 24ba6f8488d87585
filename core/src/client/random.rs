//! Random bytes from the system's source.
//!
//! Those for `nonce_str` are fetched in advance: asking the system takes longer than signing a short message does. A machine that was
//! copied while it ran (a snapshot of a virtual machine, a warmed serverless function) uses those bytes twice, which
//! does no harm to a nonce. Order numbers and the owners of leases must not be the same in two places, so they are never
//! fetched in advance.

use std::cell::RefCell;

use crate::error::Error;
use crate::fork;

/// What one thread has drawn and not given out.
struct Drawn {
    bytes: [u8; 16 * Drawn::TIMES],
    left: usize,
    /// A forked child has its parent's bytes, and must not give them out a second time.
    process: u64,
}

thread_local! {
    static DRAWN: RefCell<Drawn> = const { RefCell::new(Drawn { bytes: [0; 16 * Drawn::TIMES], left: 0, process: 0 }) };
}

/// Sixteen new random bytes, fetched from the system now.
///
/// # Errors
/// `Config` when the system has no random source.
pub(super) fn fresh() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// Sixteen new random bytes, perhaps fetched in advance.
///
/// # Errors
/// `Config` when the system has no random source.
pub(super) fn random() -> Result<[u8; 16], Error> {
    DRAWN.with_borrow_mut(Drawn::next)
}

fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes)
        .map_err(|error| Error::config("random", format!("the system's random source failed: {error}")))
}

impl Drawn {
    const TIMES: usize = 16;

    fn next(&mut self) -> Result<[u8; 16], Error> {
        let process = fork::process();
        if self.left == 0 || self.process != process {
            self.left = 0;
            fill(&mut self.bytes)?;
            (self.left, self.process) = (Self::TIMES, process);
        }
        self.left -= 1;
        let (pieces, _) = self.bytes.as_chunks_mut();
        Ok(pieces.get_mut(self.left).map(std::mem::take).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_gets_the_same() {
        let draw = || (0..40).map(|_| random().unwrap()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(draw)).collect();
        let drawn: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        let different: HashSet<_> = drawn.iter().collect();
        assert_eq!(different.len(), drawn.len());
        assert!(!different.contains(&[0; 16]));
    }

    #[test]
    fn a_forked_child_draws_anew() {
        let mut parent = Drawn { bytes: [0; 16 * Drawn::TIMES], left: 0, process: 0 };
        parent.next().unwrap();
        let mut child = Drawn { bytes: parent.bytes, left: parent.left, process: parent.process + 1 };
        assert_ne!(parent.next().unwrap(), child.next().unwrap());
        assert_eq!(child.left, Drawn::TIMES - 1);
    }

    #[test]
    fn what_is_given_out_is_forgotten() {
        let mut drawn = Drawn { bytes: [0; 16 * Drawn::TIMES], left: 0, process: 0 };
        let given = drawn.next().unwrap();
        assert!(!drawn.bytes.windows(16).any(|bytes| bytes == given));
    }
}
