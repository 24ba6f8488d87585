//! From tokio's threads back to the thread that asked: a queue, and one wake-up a batch.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;
use wxpaykit::binding::wake::{self, Sleeper};

use crate::frame::Frame;
use crate::js::Waker;
use crate::store::Questions;

/// What the thread is to be told, and how to wake it.
#[derive(Default)]
pub(crate) struct Bridge {
    queue: Mutex<Queue>,
    /// Beside the messages and not with them, for the thread that is woken takes those at once. `None` when there is nobody
    /// to wake.
    waker: Mutex<Option<Waker>>,
    /// What stores of the user's were asked and have not answered.
    pub(crate) questions: Questions,
    /// Whether somebody listens to the attempts of all clients.
    pub(crate) listening: AtomicBool,
}

#[derive(Default)]
struct Queue {
    messages: Vec<Message>,
    /// Whether the thread is on its way to them.
    woken: bool,
}

/// What the facade is told. The number is a call's, a question's, or that of a client's hooks.
pub(crate) struct Message {
    pub(crate) topic: Topic,
    pub(crate) number: u32,
    pub(crate) frame: Frame,
}

/// `calls.ts` has the same list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// A call is done.
    Done = 0,
    /// A store of the user's is asked.
    Asked = 1,
    /// An attempt at a call is over.
    Attempted = 2,
    /// A client's hooks are needed no more.
    Forgotten = 3,
    /// Something went amiss that no call failed by.
    Warned = 4,
}

/// The calls under way, by the facade's numbers. Of the instance's own thread alone.
#[derive(Default)]
pub(crate) struct Tasks(RefCell<HashMap<u32, Option<AbortHandle>>>);

impl Bridge {
    /// Sets how to wake the instance's thread; `None` when there will be nobody to wake.
    pub(crate) fn connect(&self, waker: Option<Waker>) {
        *locked(&self.waker) = waker;
    }

    pub(crate) fn with_waker(&self, f: impl FnOnce(&Waker)) {
        if let Some(waker) = &*locked(&self.waker) {
            f(waker);
        }
    }

    /// Takes everything that there is to tell by now. Whoever takes comes again until there is nothing: till then nobody
    /// wakes it.
    pub(crate) fn take(&self) -> Vec<Message> {
        let mut queue = locked(&self.queue);
        queue.woken = !queue.messages.is_empty();
        std::mem::take(&mut queue.messages)
    }

    /// Tells the instance's thread; `false` when there is nobody to tell.
    pub(crate) fn tell(self: &Arc<Self>, topic: Topic, number: u32, frame: Frame) -> bool {
        if locked(&self.waker).is_none() {
            return false;
        }
        let was_woken = {
            let mut queue = locked(&self.queue);
            queue.messages.push(Message { topic, number, frame });
            std::mem::replace(&mut queue.woken, true)
        };
        wake::told(self, !was_woken);
        true
    }

    /// Runs a call on tokio's threads; its frame comes back under `id`. What is `to_be_done` is done even if nobody waits for it any
    /// more.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        id: u32,
        tasks: &Tasks,
        to_be_done: bool,
        work: impl Future<Output = Frame> + Send + 'static,
    ) -> std::io::Result<()> {
        let mut answer = Answer { bridge: Arc::clone(self), id, frame: None };
        let task = runtime()?.spawn(async move { answer.give(work.await) });
        tasks.0.borrow_mut().insert(id, (!to_be_done).then(|| task.abort_handle()));
        Ok(())
    }
}

impl Sleeper for Bridge {
    fn wake(&self) {
        self.with_waker(Waker::wake);
    }
}

impl Tasks {
    /// Whether nothing is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Forgets a call; `false` when it is forgotten already.
    pub(crate) fn remove(&self, id: u32) -> bool {
        self.0.borrow_mut().remove(&id).is_some()
    }

    /// Ends a call: its connection is closed, and nothing comes back.
    pub(crate) fn abort(&self, id: u32) {
        if let Some(Some(task)) = self.0.borrow_mut().remove(&id) {
            task.abort();
        }
    }

    /// Ends all calls.
    pub(crate) fn abort_all(&self) {
        for task in self.0.borrow_mut().drain().filter_map(|(_, task)| task) {
            task.abort();
        }
    }
}

/// Hands the frame over when the task ends, however it ends: a promise must not wait for ever on a task that panicked.
struct Answer {
    bridge: Arc<Bridge>,
    id: u32,
    frame: Option<Frame>,
}

impl Answer {
    fn give(&mut self, frame: Frame) {
        self.frame = Some(frame);
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let frame = self.frame.take().unwrap_or_else(Frame::nothing);
        self.bridge.tell(Topic::Done, self.id, frame);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Made on first use, for the whole process, and never ended: threads of Node come and go, and share it.
fn runtime() -> std::io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    static MAKING: Mutex<()> = Mutex::new(());
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let _turn = locked(&MAKING);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    // One keeps up with the threads that ask, and nothing blocks it; a second one takes more of the processor for the same.
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(1).thread_name("wxpaykit").on_thread_park(wake::before_sleep).enable_all();
    let runtime = runtime.build()?;
    Ok(RUNTIME.get_or_init(|| runtime))
}
