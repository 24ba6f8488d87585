//! Texts and bytes between JavaScript and Rust. The only file that calls Node-API itself.
//!
//! napi's `String` asks V8 for UTF-8, which takes longer than the work of the functions that are called most. Here strings cross
//! in UTF-16, or in Latin-1 where they are ASCII, and several values cross as one string:
//!
//! * [`Pieces`], from JavaScript: lengths, then texts. The first unit is the number of pieces, the next ones are the length of each
//!   in UTF-16 units, and all that follows is cut by them.
//! * [`Text`], to JavaScript: the length of `head`, then `head`, then `body`. What the units of `head` mean is the caller's; see
//!   `frame.rs`.
//!
//! A number is one unit, or where it is 65,535 or more the unit 0xFFFF followed by its upper and its lower 16 bits.

use std::cell::RefCell;
use std::ops::Deref;
use std::{ptr, slice};

use encoding_rs::mem;
use napi::bindgen_prelude::{FromNapiValue, ToNapiValue};
use napi::threadsafe_function::ThreadsafeFunctionHandle;
use napi::{Env, Result, Status, check_status, sys};

/// Several texts from JavaScript.
pub struct Pieces(Buffers);

/// One text from JavaScript. Half a surrogate pair is read as U+FFFD, as Node itself does.
pub struct OneText(Buffers);

/// A document from JavaScript: the bytes of a view, or a text in UTF-8.
pub struct Body(Vec<u8>);

/// A text for JavaScript.
#[derive(Default)]
pub struct Text {
    /// Numbers that come before the text. Where there is none, the text stands alone.
    pub(crate) head: Vec<u16>,
    pub(crate) body: String,
}

/// Announces a number that takes two more units.
const LARGE: u16 = 0xFFFF;
/// Larger buffers are not kept.
const KEPT: usize = 1 << 18;

/// Buffers that are used again, one set for each text that is read at the same time.
#[derive(Default)]
struct Buffers {
    units: Vec<u16>,
    text: String,
    /// Where each piece ends in `text`.
    ends: Vec<usize>,
    /// How long each piece is in `units`.
    lengths: Vec<usize>,
}

thread_local! {
    static BUFFERS: RefCell<Vec<Buffers>> = const { RefCell::new(Vec::new()) };
}

impl Pieces {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        let Buffers { text, ends, .. } = &self.0;
        let mut start = 0;
        ends.iter().map(move |end| text.get(std::mem::replace(&mut start, *end)..*end).unwrap_or_default())
    }

    /// Those from `first` on, two by two: names and values.
    pub(crate) fn pairs(&self, first: usize) -> impl Iterator<Item = (&str, &str)> + Clone {
        let mut rest = self.iter().skip(first);
        let count = rest.len() / 2;
        (0..count).map_while(move |_| Some((rest.next()?, rest.next()?)))
    }

    /// A piece, or an empty text.
    pub(crate) fn get(&self, index: usize) -> &str {
        self.iter().nth(index).unwrap_or_default()
    }
}

impl Deref for OneText {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.ends.first().and_then(|end| self.0.text.get(..*end)).unwrap_or_default()
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Body> for Vec<u8> {
    fn from(body: Body) -> Self {
        body.0
    }
}

impl From<String> for Text {
    fn from(body: String) -> Self {
        Self { head: Vec::new(), body }
    }
}

/// Writes a number into the head of a [`Text`].
pub(crate) fn push_number(head: &mut Vec<u16>, number: usize) {
    head.extend(units_of(number));
}

fn units_of(number: usize) -> impl Iterator<Item = u16> {
    let (units, count) = match u16::try_from(number) {
        Ok(unit) if unit != LARGE => ([unit, 0, 0], 1),
        _ => {
            let [.., a, b, c, d] = number.to_be_bytes();
            ([LARGE, u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])], 3)
        }
    };
    units.into_iter().take(count)
}

/// Keeps the process alive while `alive`, or lets it end.
pub(crate) fn keep_alive(env: Env, function: &ThreadsafeFunctionHandle, alive: bool) {
    function.with_read_aborted(|closed| {
        if !closed {
            // SAFETY: the environment calls this function, and the handle is not closed while `with_read_aborted` runs.
            unsafe {
                if alive {
                    sys::napi_ref_threadsafe_function(env.raw(), function.get_raw());
                } else {
                    sys::napi_unref_threadsafe_function(env.raw(), function.get_raw());
                }
            }
        }
    });
}

impl FromNapiValue for Pieces {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut buffers = Buffers::take();
        // SAFETY: the caller gives a live environment and a value of it.
        let length = unsafe { buffers.read(env, value)? };
        buffers.cut(length).ok_or_else(|| napi::Error::new(Status::InvalidArg, "these are no pieces of text"))?;
        Ok(Self(buffers))
    }
}

impl FromNapiValue for OneText {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut buffers = Buffers::take();
        // SAFETY: as above.
        let length = unsafe { buffers.read(env, value)? };
        let text = std::mem::take(&mut buffers.text);
        let units = buffers.units.get(..length).unwrap_or_default();
        buffers.text = convert(units, &[length], text, &mut buffers.ends).unwrap_or_default();
        Ok(Self(buffers))
    }
}

impl FromNapiValue for Body {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let (mut data, mut length) = (ptr::null_mut(), 0);
        // SAFETY: as above; Node refuses a value that is no view of bytes.
        let status = unsafe { sys::napi_get_buffer_info(env, value, &mut data, &mut length) };
        if status != sys::Status::napi_ok {
            // SAFETY: as above.
            let text = unsafe { OneText::from_napi_value(env, value)? };
            return Ok(Self(text.as_bytes().to_vec()));
        }
        if data.is_null() {
            return Ok(Self(Vec::new()));
        }
        // Copied: another thread may write into a shared buffer while it is read.
        // SAFETY: Node says that `length` bytes are there.
        Ok(Self(unsafe { slice::from_raw_parts(data.cast::<u8>(), length) }.to_vec()))
    }
}

impl ToNapiValue for Text {
    unsafe fn to_napi_value(env: sys::napi_env, Self { head, body }: Self) -> Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        let length = (!head.is_empty()).then(|| units_of(head.len())).into_iter().flatten();
        let is_latin1 = body.is_ascii() && head.len() <= 0xFF && head.iter().fold(0, |all, unit| all | unit) <= 0xFF;
        // SAFETY: the caller gives a live environment, and each buffer is as long as its length says.
        let status = unsafe {
            if is_latin1 && head.is_empty() {
                sys::napi_create_string_latin1(env, body.as_ptr().cast(), signed(body.len()), &mut value)
            } else if is_latin1 {
                let mut bytes = Vec::with_capacity(1 + head.len() + body.len());
                bytes.extend(length.map(|unit| unit.to_le_bytes()[0]));
                bytes.extend(head.iter().map(|unit| unit.to_le_bytes()[0]));
                bytes.extend_from_slice(body.as_bytes());
                sys::napi_create_string_latin1(env, bytes.as_ptr().cast(), signed(bytes.len()), &mut value)
            } else {
                let mut units = Vec::with_capacity(3 + head.len() + body.len());
                units.extend(length);
                units.extend_from_slice(&head);
                let start = units.len();
                units.resize(start + body.len(), 0);
                let written = units.get_mut(start..).map_or(0, |rest| mem::convert_str_to_utf16(&body, rest));
                sys::napi_create_string_utf16(env, units.as_ptr(), signed(start + written), &mut value)
            }
        };
        check_status!(status, "no text could be made")?;
        Ok(value)
    }
}

impl Buffers {
    fn take() -> Self {
        BUFFERS.with_borrow_mut(Vec::pop).unwrap_or_default()
    }

    /// Reads a string into `units`, and says how many there are.
    ///
    /// # Safety
    /// The environment must be live, and the value its own.
    unsafe fn read(&mut self, env: sys::napi_env, value: sys::napi_value) -> Result<usize> {
        if self.units.is_empty() {
            self.units.resize(2048, 0);
        }
        let mut length = 0;
        // SAFETY: the buffer is as long as is said.
        let mut status = unsafe {
            sys::napi_get_value_string_utf16(env, value, self.units.as_mut_ptr(), self.units.len(), &mut length)
        };
        if status == sys::Status::napi_ok && length + 1 >= self.units.len() {
            // It may have been cut off: ask for the length, then again.
            // SAFETY: a null buffer asks for the length alone; then the buffer is as long as is said.
            status = unsafe {
                sys::napi_get_value_string_utf16(env, value, ptr::null_mut(), 0, &mut length);
                self.units.resize(length + 1, 0);
                sys::napi_get_value_string_utf16(env, value, self.units.as_mut_ptr(), self.units.len(), &mut length)
            };
        }
        check_status!(status, "a text was expected")?;
        Ok(length)
    }

    /// Cuts what was read into pieces; `None` when it is not made of pieces.
    fn cut(&mut self, length: usize) -> Option<()> {
        let mut at = 0;
        let count = self.number(&mut at, length)?;
        let mut lengths = std::mem::take(&mut self.lengths);
        for _ in 0..count {
            lengths.push(self.number(&mut at, length)?);
        }
        let units = self.units.get(at..length)?;
        self.text = convert(units, &lengths, std::mem::take(&mut self.text), &mut self.ends)?;
        lengths.clear();
        self.lengths = lengths;
        Some(())
    }

    fn number(&self, at: &mut usize, length: usize) -> Option<usize> {
        let mut unit = || {
            let unit = self.units.get(..length)?.get(*at).copied();
            *at += 1;
            unit
        };
        match unit()? {
            LARGE => Some((usize::from(unit()?) << 16) | usize::from(unit()?)),
            small => Some(usize::from(small)),
        }
    }

    fn give_back(&mut self) {
        if self.text.capacity() > KEPT {
            return;
        }
        let mut buffers = std::mem::take(self);
        buffers.text.clear();
        buffers.ends.clear();
        // A thread that ends keeps nothing.
        let _ = BUFFERS.try_with(|kept| kept.borrow_mut().push(buffers));
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

impl Drop for OneText {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

/// Adds pieces of these lengths to `text`, and where each ends; `None` when the lengths are not those of `units`.
///
/// Most pieces are ASCII, and pieces are short: runs of ASCII pieces are copied at once, and the others one by one.
fn convert(units: &[u16], lengths: &[usize], text: String, ends: &mut Vec<usize>) -> Option<String> {
    let mut text = text.into_bytes();
    let (mut copied, mut start) = (0_usize, 0_usize);
    // Where the next unit is that is not ASCII.
    let mut other = ascii_length(units);
    for length in lengths {
        let end = start.checked_add(*length)?;
        if other < end {
            narrow(units.get(copied..start)?, &mut text);
            let (piece, from) = (units.get(start..end)?, text.len());
            text.resize(from + 3 * piece.len(), 0);
            let written = mem::convert_utf16_to_utf8(piece, text.get_mut(from..)?);
            text.truncate(from + written);
            copied = end;
            other = end + ascii_length(units.get(end..)?);
        }
        ends.push(text.len() + end - copied);
        start = end;
    }
    narrow(units.get(copied..start)?, &mut text);
    // SAFETY: it was a string, `narrow` adds ASCII, and encoding_rs writes UTF-8.
    (start == units.len()).then(|| unsafe { String::from_utf8_unchecked(text) })
}

/// How many units from the start are ASCII.
fn ascii_length(units: &[u16]) -> usize {
    let is_ascii = |chunk: &&[u16; 16]| chunk.iter().fold(0, |all, unit| all | unit) < 0x80;
    let (chunks, _) = units.as_chunks::<16>();
    let start = 16 * chunks.iter().take_while(is_ascii).count();
    let rest = units.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|unit| **unit < 0x80).count()
}

/// Adds ASCII units as bytes.
fn narrow(units: &[u16], text: &mut Vec<u8>) {
    #[expect(clippy::cast_possible_truncation, reason = "they are below 0x80")]
    text.extend(units.iter().map(|unit| *unit as u8 & 0x7F));
}

/// A length as Node-API takes it. Nothing in memory is longer than `isize`.
fn signed(length: usize) -> isize {
    isize::try_from(length).unwrap_or(0)
}
