//! A limit on the replies of a Redis. The client library reads a line, a text or a list of any length into memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The largest reply that is read. What this crate keeps in a store is far smaller.
const MOST_BYTES: u64 = 1 << 20;
/// The longest list, or map, within a reply. The replies to this crate's commands are single values.
const MOST_ITEMS: u64 = 1024;

/// A connection to a Redis that fails as soon as a reply is too large.
pub(super) struct Replies<S> {
    stream: S,
    reply: Reply,
}

impl<S> Replies<S> {
    pub(super) fn of(stream: S) -> Self {
        Self { stream, reply: Reply::default() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Replies<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        Poll::Ready(self.reply.take(read))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Replies<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// How far a reply was read. A reply is a value; a value is a line, whose first byte is its type, and for texts the bytes of the text
/// and a line end (RESP 2 and 3).
#[derive(Debug, Default)]
struct Reply {
    /// The bytes of this reply so far.
    bytes: u64,
    /// The values that are missing after this one.
    values: u64,
    /// The bytes of a text that are missing, with its line end.
    text: u64,
    /// The type of the value whose line is being read; 0 before it.
    kind: u8,
    /// The number on the line so far, for types that have a length.
    length: Option<u64>,
}

impl Reply {
    /// Counts the next bytes.
    ///
    /// # Errors
    /// When a reply is, or says that it will be, larger than the limits.
    fn take(&mut self, mut read: &[u8]) -> io::Result<()> {
        while let Some((&byte, rest)) = read.split_first() {
            if self.text > 0 {
                let skipped = self.text.min(read.len() as u64);
                read = read.get(skipped as usize..).unwrap_or_default();
                self.count(skipped)?;
                self.text -= skipped;
                self.end_of_value(self.text == 0);
                continue;
            }
            read = rest;
            self.count(1)?;
            match byte {
                b'\n' => self.end_of_line()?,
                _ if self.kind == 0 => (self.kind, self.length) = (byte, Some(0)),
                b'0'..=b'9' => {
                    let digit = u64::from(byte - b'0');
                    self.length = self.length.map(|length| length.saturating_mul(10).saturating_add(digit));
                }
                b'\r' => {}
                // A negative length, which stands for no value; or text.
                _ => self.length = None,
            }
        }
        Ok(())
    }

    fn end_of_line(&mut self) -> io::Result<()> {
        let (kind, length) = (std::mem::take(&mut self.kind), self.length.take());
        let values = match kind {
            b'$' | b'!' | b'=' => {
                let Some(length) = length else {
                    self.end_of_value(true);
                    return Ok(());
                };
                if length > MOST_BYTES {
                    return Err(too_large());
                }
                // With its line end.
                self.text = length + 2;
                return Ok(());
            }
            b'*' | b'~' | b'>' => length.unwrap_or(0),
            b'%' => length.unwrap_or(0).saturating_mul(2),
            // Attributes stand before the value that they belong to.
            b'|' => length.unwrap_or(0).saturating_mul(2).saturating_add(1),
            _ => 0,
        };
        if values > MOST_ITEMS {
            return Err(too_large());
        }
        self.values = self.values.saturating_add(values);
        self.end_of_value(true);
        Ok(())
    }

    /// Goes on to the next value, or to the next reply.
    fn end_of_value(&mut self, ended: bool) {
        if ended && self.values == 0 {
            self.bytes = 0;
        } else if ended {
            self.values -= 1;
        }
    }

    fn count(&mut self, bytes: u64) -> io::Result<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MOST_BYTES { Err(too_large()) } else { Ok(()) }
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the reply is larger than 1 MiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes the bytes in pieces of every size.
    fn taken(bytes: &[u8]) -> io::Result<()> {
        let mut whole = Reply::default();
        whole.take(bytes)?;
        assert_eq!((whole.bytes, whole.values, whole.text, whole.kind), (0, 0, 0, 0), "at the end of a reply");
        for size in 1..bytes.len().min(64) {
            let mut pieces = Reply::default();
            bytes.chunks(size).try_for_each(|piece| pieces.take(piece))?;
            assert_eq!((pieces.bytes, pieces.values, pieces.text, pieces.kind), (0, 0, 0, 0), "in pieces of {size}");
        }
        Ok(())
    }

    #[test]
    fn whole_replies_of_both_versions_of_the_protocol() {
        for reply in [
            "+OK\r\n",
            "-ERR unknown command '$5'\r\n",
            ":1\r\n",
            "$-1\r\n",
            "$0\r\n\r\n",
            "$7\r\n*1\r\n$99\r\n",
            "*0\r\n",
            "*-1\r\n",
            "*2\r\n$1\r\na\r\n*2\r\n:1\r\n_\r\n",
            "%2\r\n+server\r\n$5\r\nredis\r\n+proto\r\n:3\r\n",
            "|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n",
            "#t\r\n,1.5\r\n(12345678901234567890\r\n=7\r\ntxt:abc\r\n",
            ">2\r\n+invalidate\r\n*1\r\n$1\r\na\r\n+OK\r\n",
        ] {
            taken(reply.as_bytes()).unwrap();
            taken(reply.repeat(3).as_bytes()).unwrap();
        }
        // Many small ones, and one of nearly the limit.
        Reply::default().take("$4\r\nabcd\r\n".repeat(1 << 20).as_bytes()).unwrap();
        taken(format!("${}\r\n{}\r\n", 1_000_000, "x".repeat(1_000_000)).as_bytes()).unwrap();
    }

    #[test]
    fn replies_without_an_end_are_refused() {
        for start in ["+", "-ERR ", ":", "$", "*", "x"] {
            let endless = format!("{start}{}", "9".repeat(1 << 21));
            assert!(Reply::default().take(endless.as_bytes()).is_err(), "{start}");
        }
        for announced in
            ["$1048577\r\n", "=99999999999999999999999\r\n", "*1025\r\n", "%513\r\n", "|18446744073709551615\r\n"]
        {
            assert!(Reply::default().take(announced.as_bytes()).is_err(), "{announced}");
        }
        // Lists within lists.
        assert!(Reply::default().take("*1024\r\n".repeat(1 << 18).as_bytes()).is_err());
        assert!(Reply::default().take(format!("*1024\r\n{}", "+xxxx\r\n".repeat(1023)).as_bytes()).is_ok());
        let large = format!("$2000\r\n{}\r\n", "x".repeat(2000));
        assert!(Reply::default().take(format!("*1000\r\n{}", large.repeat(1000)).as_bytes()).is_err());
    }
}
