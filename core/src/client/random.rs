//! Random bytes from the system's source.
//!
//! Bytes for `nonce_str` are fetched in advance: one call to the system takes longer than signing a short message. Copies of a running
//! machine (a snapshot of a virtual machine, a warmed serverless function) use those bytes twice, which does no harm to a
//! nonce. Order numbers and the owners of leases must differ between copies, so their bytes are never fetched in advance.

use std::cell::RefCell;

use crate::error::Error;
use crate::fork;

/// Random bytes that one thread has fetched and not used yet.
struct NonceBuffer {
    bytes: [u8; 16 * NonceBuffer::CAPACITY],
    /// How many nonces are left.
    left: usize,
    /// The process that fetched them. A forked child has its parent's bytes and must not use them again.
    process: u64,
}

thread_local! {
    static NONCES: RefCell<NonceBuffer> = const { RefCell::new(NonceBuffer::EMPTY) };
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
    NONCES.with_borrow_mut(NonceBuffer::next)
}

fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes)
        .map_err(|error| Error::config("random", format!("the system's random source failed: {error}")))
}

impl NonceBuffer {
    /// How many nonces one call to the system fetches.
    const CAPACITY: usize = 16;
    const EMPTY: Self = Self { bytes: [0; 16 * Self::CAPACITY], left: 0, process: 0 };

    fn next(&mut self) -> Result<[u8; 16], Error> {
        let process = fork::process();
        if self.left == 0 || self.process != process {
            self.left = 0;
            fill(&mut self.bytes)?;
            (self.left, self.process) = (Self::CAPACITY, process);
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
    fn threads_get_different_bytes() {
        let fetch = || (0..40).map(|_| random().unwrap()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(fetch)).collect();
        let all: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        let different: HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(!different.contains(&[0; 16]));
    }

    #[test]
    fn a_forked_child_fetches_its_own_bytes() {
        let mut parent = NonceBuffer::EMPTY;
        parent.next().unwrap();
        let mut child = NonceBuffer { bytes: parent.bytes, left: parent.left, process: parent.process + 1 };
        assert_ne!(parent.next().unwrap(), child.next().unwrap());
        assert_eq!(child.left, NonceBuffer::CAPACITY - 1);
    }

    #[test]
    fn used_bytes_are_erased() {
        let mut buffer = NonceBuffer::EMPTY;
        let given = buffer.next().unwrap();
        assert!(!buffer.bytes.windows(16).any(|bytes| bytes == given));
    }
}
