//! Node-API, as far as this addon needs it, behind functions that are safe to call.
//!
//! All state belongs to one instance of the addon: each thread of Node (`worker_threads`) that loads it has its own.

use std::cell::{Cell, RefCell};
use std::ffi::{CString, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::{iter, ptr, slice};

use napi_sys::*;

use crate::FUNCTIONS;
use crate::bridge::{Bridge, Tasks, Topic};
use crate::client::Client;
use crate::frame::Frame;
use crate::handling::Handlings;

/// What JavaScript calls.
pub(crate) type Handler = fn(&Call<'_>) -> Value;

/// A value to return, or nothing for `undefined`.
#[derive(Clone, Copy)]
pub(crate) struct Value(napi_value);

impl Value {
    pub(crate) const UNDEFINED: Self = Self(ptr::null_mut());
}

/// The state of one loaded addon.
pub(crate) struct Instance {
    /// Text on its way in, in UTF-16 and in UTF-8; kept to be reused.
    units: RefCell<Vec<u16>>,
    text: RefCell<String>,
    bytes: RefCell<Vec<u8>>,
    /// The typed array `numbers` of the exports, which a frame's numbers are left in.
    numbers: Cell<(*mut f64, usize)>,
    exports: Cell<napi_ref>,
    /// Each in a box of its own: Node-API holds its address, which a growing vector would move.
    #[expect(clippy::vec_box)]
    handlers: RefCell<Vec<Box<Bound>>>,
    pub(crate) bridge: Arc<Bridge>,
    pub(crate) tasks: Tasks,
    pub(crate) handlings: Handlings,
}

struct Bound {
    handler: Handler,
    instance: *const Instance,
}

/// One call from JavaScript.
pub(crate) struct Call<'a> {
    env: napi_env,
    arguments: [napi_value; MOST_ARGUMENTS],
    pub(crate) instance: &'a Instance,
}

const MOST_ARGUMENTS: usize = 5;
/// As many numbers as a notification of some hundred fields needs; more are allocated when they are.
const NUMBERS: usize = 1024;

/// What Node calls when it loads the addon.
///
/// # Safety
/// Node alone calls it, with a live environment.
#[unsafe(no_mangle)]
unsafe extern "C" fn napi_register_module_v1(env: napi_env, exports: napi_value) -> napi_value {
    #[cfg(target_env = "msvc")]
    // The symbols are Node's own; its library is never unloaded.
    std::mem::forget(unsafe { setup() });

    let instance = Box::into_raw(Box::new(Instance {
        units: RefCell::new(vec![0; 4096]),
        text: RefCell::default(),
        bytes: RefCell::default(),
        numbers: Cell::new((ptr::null_mut(), 0)),
        exports: Cell::new(ptr::null_mut()),
        handlers: RefCell::default(),
        bridge: Arc::default(),
        tasks: Tasks::default(),
        handlings: Handlings::default(),
    }));
    // SAFETY: the environment is live, and it owns the instance from here on.
    unsafe {
        napi_set_instance_data(env, instance.cast(), Some(drop_instance), ptr::null_mut());
        let instance = &*instance;
        let mut reference = ptr::null_mut();
        napi_create_reference(env, exports, 1, &mut reference);
        instance.exports.set(reference);
        instance.grow_numbers(env, NUMBERS);
        for (name, handler) in FUNCTIONS {
            let bound = Box::new(Bound { handler: *handler, instance });
            let data = ptr::from_ref::<Bound>(&bound).cast_mut().cast();
            instance.handlers.borrow_mut().push(bound);
            let mut function = ptr::null_mut();
            napi_create_function(env, name.as_ptr().cast(), signed(name.len()), Some(enter), data, &mut function);
            let name = CString::new(*name).unwrap_or_default();
            napi_set_named_property(env, exports, name.as_ptr(), function);
        }
    }
    exports
}

unsafe extern "C" fn drop_instance(_env: napi_env, instance: *mut c_void, _hint: *mut c_void) {
    // SAFETY: made by `Box::into_raw` above; the environment gives it back once, when no code runs in it any more.
    drop(unsafe { Box::from_raw(instance.cast::<Instance>()) });
}

unsafe extern "C" fn enter(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut count = MOST_ARGUMENTS;
    let mut arguments = [ptr::null_mut(); MOST_ARGUMENTS];
    let mut data = ptr::null_mut();
    // SAFETY: Node calls with a live environment, and with the data that the function was made with.
    let bound = unsafe {
        napi_get_cb_info(env, info, &mut count, arguments.as_mut_ptr(), ptr::null_mut(), &mut data);
        &*data.cast::<Bound>()
    };
    // SAFETY: the instance outlives every call into its environment.
    let instance = unsafe { &*bound.instance };
    let call = Call { env, arguments, instance };
    match catch_unwind(AssertUnwindSafe(|| (bound.handler)(&call))) {
        Ok(Value(value)) => value,
        Err(_) => {
            call.throw("wxpaykit: a bug in the native module");
            ptr::null_mut()
        }
    }
}

impl Call<'_> {
    /// An argument's text, as UTF-8; empty when it is no text.
    pub(crate) fn with_text<R>(&self, index: usize, f: impl FnOnce(&str) -> R) -> R {
        let mut units = self.instance.units.borrow_mut();
        let mut text = self.instance.text.borrow_mut();
        let value = self.argument(index);
        let mut length = 0;
        // SAFETY: the buffer is as long as is said.
        let status =
            unsafe { napi_get_value_string_utf16(self.env, value, units.as_mut_ptr(), units.len(), &mut length) };
        if status == Status::napi_ok && length + 1 >= units.len() {
            // It may have been cut off: ask for the length, then again.
            // SAFETY: a null buffer asks for the length alone; then the buffer is as long as is said.
            unsafe {
                napi_get_value_string_utf16(self.env, value, ptr::null_mut(), 0, &mut length);
                units.resize(length + 1, 0);
                napi_get_value_string_utf16(self.env, value, units.as_mut_ptr(), units.len(), &mut length);
            }
        }
        let given = if status == Status::napi_ok { units.get(..length).unwrap_or_default() } else { &[] };
        to_utf8(given, &mut text);
        f(&text)
    }

    /// An argument's text.
    pub(crate) fn text(&self, index: usize) -> String {
        self.with_text(index, str::to_owned)
    }

    /// The bytes of an argument that is a `Uint8Array`, or a text in UTF-8.
    pub(crate) fn with_bytes<R>(&self, index: usize, f: impl FnOnce(&[u8]) -> R) -> R {
        let value = self.argument(index);
        let mut data = ptr::null_mut();
        let mut length = 0;
        // SAFETY: Node refuses what is no view of bytes.
        let status = unsafe { napi_get_buffer_info(self.env, value, &mut data, &mut length) };
        if status != Status::napi_ok {
            return self.with_text(index, |text| f(text.as_bytes()));
        }
        let mut bytes = self.instance.bytes.borrow_mut();
        bytes.clear();
        if !data.is_null() {
            // Copied, since another thread may write into a shared buffer while it is read here.
            // SAFETY: Node says that so many bytes are there.
            bytes.extend_from_slice(unsafe { slice::from_raw_parts(data.cast(), length) });
        }
        f(&bytes)
    }

    /// An argument that is an integer; 0 when it is none.
    pub(crate) fn int(&self, index: usize) -> i32 {
        let mut value = 0;
        // SAFETY: the environment is live; a value that is no number leaves 0.
        unsafe { napi_get_value_int32(self.env, self.argument(index), &mut value) };
        value
    }

    /// An argument that [`Call::give_client`] gave.
    pub(crate) fn client(&self, index: usize) -> Option<&Client> {
        let mut data = ptr::null_mut();
        // SAFETY: the environment is live; the facade keeps what `give_client` gave in a private field, and this addon
        // makes no other externals. The argument keeps it alive for the length of the call.
        unsafe {
            let status = napi_get_value_external(self.env, self.argument(index), &mut data);
            (status == Status::napi_ok).then(|| data.cast::<Client>().as_ref()).flatten()
        }
    }

    /// A client for the facade to keep; it is dropped when the facade drops it.
    pub(crate) fn give_client(&self, client: Client) -> Value {
        let data = Box::into_raw(Box::new(client)).cast();
        let mut value = ptr::null_mut();
        // SAFETY: the finalizer takes back what was made here.
        unsafe { napi_create_external(self.env, data, Some(drop_client), ptr::null_mut(), &mut value) };
        Value(value)
    }

    /// A text for JavaScript.
    pub(crate) fn give_text(&self, text: &str) -> Value {
        Value(string(self.env, text))
    }

    /// `true` or `false`.
    pub(crate) fn give_bool(&self, is: bool) -> Value {
        let mut value = ptr::null_mut();
        // SAFETY: the environment is live.
        unsafe { napi_get_boolean(self.env, is, &mut value) };
        Value(value)
    }

    /// A frame: its text is returned, its numbers are left in the exports' `numbers`.
    pub(crate) fn give_frame(&self, frame: &Frame) -> Value {
        self.instance.leave_numbers(self.env, frame.numbers());
        self.give_text(frame.text())
    }

    /// Makes an argument, a function, what [`Bridge`] hands results to.
    pub(crate) fn connect(&self, index: usize) {
        let name = string(self.env, "wxpaykit");
        let mut handle = ptr::null_mut();
        let instance: *const Instance = self.instance;
        // SAFETY: the environment is live. The hook runs before the environment ends what was made before the hook, so
        // no thread meets a dead handle; the instance outlives both.
        unsafe {
            let status = napi_create_threadsafe_function(
                self.env,
                self.argument(index),
                ptr::null_mut(),
                name,
                0,
                1,
                ptr::null_mut(),
                None,
                instance.cast_mut().cast(),
                Some(deliver),
                &mut handle,
            );
            if status != Status::napi_ok {
                return self.throw("wxpaykit: no thread-safe function");
            }
            napi_unref_threadsafe_function(self.env, handle);
            napi_add_env_cleanup_hook(self.env, Some(disconnect), instance.cast_mut().cast());
        }
        self.instance.bridge.connect(Some(Waker(handle)));
    }

    /// Keeps the process alive, or lets it end.
    pub(crate) fn keep_alive(&self, alive: bool) {
        keep_alive(self.env, self.instance, alive);
    }

    fn argument(&self, index: usize) -> napi_value {
        self.arguments.get(index).copied().unwrap_or(ptr::null_mut())
    }

    fn throw(&self, message: &str) {
        let message = CString::new(message).unwrap_or_default();
        // SAFETY: the environment is live.
        unsafe { napi_throw_error(self.env, ptr::null(), message.as_ptr()) };
    }
}

unsafe extern "C" fn drop_client(_env: napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: made by `Box::into_raw` in `give_client`, and finalized once.
    drop(unsafe { Box::from_raw(data.cast::<Client>()) });
}

/// Wakes the instance's own thread, from any.
pub(crate) struct Waker(napi_threadsafe_function);

// SAFETY: Node's thread-safe functions are made to be called from other threads. `disconnect` takes the waker away, under
// the lock under which it is used, before Node frees it.
unsafe impl Send for Waker {}

impl Waker {
    pub(crate) fn wake(&self) {
        // SAFETY: see `Send`.
        unsafe {
            napi_call_threadsafe_function(self.0, ptr::null_mut(), ThreadsafeFunctionCallMode::nonblocking);
        }
    }
}

/// Runs on the instance's thread after [`Waker::wake`]: tells everything that there is to tell by now.
unsafe extern "C" fn deliver(env: napi_env, callback: napi_value, instance: *mut c_void, _data: *mut c_void) {
    if env.is_null() || callback.is_null() {
        return;
    }
    // SAFETY: the instance outlives its environment's callbacks.
    let instance = unsafe { &*instance.cast::<Instance>() };
    let batches = iter::from_fn(|| Some(instance.bridge.take()).filter(|batch| !batch.is_empty()));
    for mut message in batches.flatten() {
        if message.topic == Topic::Done && !instance.tasks.remove(message.number) {
            // Aborted in the meantime; the facade has answered already.
            continue;
        }
        if let Some(held) = message.frame.take_held() {
            instance.handlings.keep(held);
        }
        // SAFETY: the environment is live, and each turn closes the scope that it opens.
        unsafe {
            let mut scope = ptr::null_mut();
            napi_open_handle_scope(env, &mut scope);
            instance.leave_numbers(env, message.frame.numbers());
            let (mut topic, mut number) = (ptr::null_mut(), ptr::null_mut());
            napi_create_uint32(env, message.topic as u32, &mut topic);
            napi_create_uint32(env, message.number, &mut number);
            let mut undefined = ptr::null_mut();
            napi_get_undefined(env, &mut undefined);
            let arguments = [topic, number, string(env, message.frame.text())];
            let status =
                napi_call_function(env, undefined, callback, arguments.len(), arguments.as_ptr(), ptr::null_mut());
            if status == Status::napi_pending_exception {
                let mut exception = ptr::null_mut();
                napi_get_and_clear_last_exception(env, &mut exception);
                napi_fatal_exception(env, exception);
            }
            napi_close_handle_scope(env, scope);
        }
    }
    if instance.tasks.is_empty() {
        keep_alive(env, instance, false);
    }
}

unsafe extern "C" fn disconnect(instance: *mut c_void) {
    // SAFETY: the environment drops the instance after its hooks have run.
    let instance = unsafe { &*instance.cast::<Instance>() };
    instance.bridge.connect(None);
    instance.bridge.questions.close_all();
    instance.tasks.abort_all();
}

fn keep_alive(env: napi_env, instance: &Instance, alive: bool) {
    instance.bridge.with_waker(|waker| {
        // SAFETY: the environment is live and this is its thread.
        unsafe {
            if alive {
                napi_ref_threadsafe_function(env, waker.0);
            } else {
                napi_unref_threadsafe_function(env, waker.0);
            }
        }
    });
}

impl Instance {
    fn leave_numbers(&self, env: napi_env, numbers: &[f64]) {
        if numbers.len() > self.numbers.get().1 {
            self.grow_numbers(env, numbers.len().next_power_of_two());
        }
        let (data, room) = self.numbers.get();
        if numbers.len() <= room {
            // SAFETY: there is room for so many, and only this thread touches them.
            unsafe { ptr::copy_nonoverlapping(numbers.as_ptr(), data, numbers.len()) };
        }
    }

    fn grow_numbers(&self, env: napi_env, room: usize) {
        let mut data = ptr::null_mut();
        let (mut buffer, mut array, mut exports) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: the environment is live. The exports hold the array, so that its memory stays where it is.
        unsafe {
            let status = napi_create_arraybuffer(env, room * size_of::<f64>(), &mut data, &mut buffer);
            if status != Status::napi_ok {
                return;
            }
            napi_create_typedarray(env, TypedarrayType::float64_array, room, buffer, 0, &mut array);
            napi_get_reference_value(env, self.exports.get(), &mut exports);
            napi_set_named_property(env, exports, c"numbers".as_ptr(), array);
        }
        self.numbers.set((data.cast(), room));
    }
}

fn string(env: napi_env, text: &str) -> napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: the environment is live, and the text is as long as is said.
    unsafe {
        if text.is_ascii() {
            napi_create_string_latin1(env, text.as_ptr().cast(), signed(text.len()), &mut value);
        } else {
            let units: Vec<u16> = text.encode_utf16().collect();
            napi_create_string_utf16(env, units.as_ptr(), signed(units.len()), &mut value);
        }
    }
    value
}

/// A length as Node-API takes it. Nothing in memory is longer than `isize`.
fn signed(length: usize) -> isize {
    isize::try_from(length).unwrap_or(0)
}

/// UTF-16 to UTF-8. Half a surrogate pair becomes U+FFFD, as Node itself writes it.
fn to_utf8(units: &[u16], out: &mut String) {
    let mut bytes = std::mem::take(out).into_bytes();
    bytes.clear();
    // Without a branch in the loop, so that it is done many at a time.
    if units.iter().fold(0, |all, unit| all | unit) < 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "all are below 0x80")]
        bytes.extend(units.iter().map(|unit| *unit as u8));
        *out = String::from_utf8(bytes).unwrap_or_default();
        return;
    }
    *out = String::from_utf8(bytes).unwrap_or_default();
    out.extend(char::decode_utf16(units.iter().copied()).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}
