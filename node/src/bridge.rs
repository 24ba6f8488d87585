//! Calls with I/O: they run on tokio's threads, and the thread that asked pulls their results.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use napi::Env;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use tokio::runtime::{Builder, Runtime};
use tokio::task::AbortHandle;
use tracing::instrument::WithSubscriber;
use wxpaykit::binding::job::{About, Job};
use wxpaykit::binding::wake;
use wxpaykit::error::Outcome;
use wxpaykit::{Secret, fork};

use crate::bill::{BillRows, BillSource};
use crate::client::{self, Client};
use crate::code_payment::CodePayment;
use crate::error::{self, Result, thrown};
use crate::frame::Frame;
use crate::handling::Handling;
use crate::job;
use crate::named::NamedCall;
use crate::queue::{BillMessage, Message, Queue, Topic, Wake};
use crate::store::{Answer, Hooks, Questions, ReturnedKind};
use crate::text::{Body, Pieces, Text, keep_alive};

/// The state of one instance of the facade: each thread of Node (`worker_threads`) has its own.
#[napi]
pub struct Bridge {
    queue: Arc<Queue>,
    questions: Arc<Questions>,
    /// Messages that were taken from the queue, for [`Bridge::next`] to hand out.
    batch: RefCell<VecDeque<Message>>,
    /// Calls under way, by the facade's numbers.
    calls: RefCell<HashMap<u32, CallResults>>,
    /// Things to hand over of calls that are done, until the facade takes them.
    handlings: RefCell<HashMap<u32, Handling>>,
    /// The results of calls about bills, until the facade takes them.
    bills: RefCell<HashMap<u32, BillMessage>>,
    /// The results of calls about several things, until the facade takes them.
    each: RefCell<HashMap<u32, VecDeque<Message>>>,
}

struct CallResults {
    about: About,
    /// `None` for a call that runs to its end.
    task: Option<AbortHandle>,
}

#[napi]
impl Bridge {
    /// `wake` is called when there are messages; it calls `next` until that returns `null`.
    #[napi(constructor, catch_unwind)]
    pub fn new(wake: Wake) -> Self {
        // Node forks only to run another program, and nothing of this one runs in the child: a mark that stays will do, and spares
        // a system call for each random number.
        static MARK: AtomicU64 = AtomicU64::new(0);
        fork::marked(&MARK);
        Self {
            queue: Arc::new(Queue::new(wake)),
            questions: Arc::default(),
            batch: RefCell::default(),
            calls: RefCell::default(),
            handlings: RefCell::default(),
            bills: RefCell::default(),
            each: RefCell::default(),
        }
    }

    /// A client of these settings; see `client.rs`. `hooks` is the number under which the facade has its store and its listener.
    #[napi(catch_unwind)]
    pub fn open(&self, settings: Pieces, hooks: u32, has_store: bool, has_listener: bool) -> Result<Client> {
        let hooks = Hooks { queue: Arc::clone(&self.queue), questions: Arc::clone(&self.questions), number: hooks };
        client::open(&settings, hooks, has_store, has_listener).map_err(thrown)
    }

    /// Starts a call of the payment API under a number of the facade's: its name, for `call` its path, and its fields.
    #[napi(catch_unwind)]
    pub fn submit(&self, env: Env, number: u32, client: &Client, call: Pieces) -> Result<()> {
        let job = job::read(&call).map_err(thrown)?;
        self.start(env, number, client, job);
        Ok(())
    }

    /// Starts another call under a number of the facade's. `body` is that of a notification.
    #[napi(catch_unwind)]
    pub fn ask(&self, env: Env, number: u32, client: &Client, call: NamedCall, body: Option<Body>) -> Result<()> {
        let job = call.job(body.map(Vec::from).unwrap_or_default()).map_err(thrown)?;
        self.start(env, number, client, job);
        Ok(())
    }

    /// Ends a thing that was handed over (`done`), or gives it back.
    #[napi(catch_unwind)]
    pub fn finish(&self, env: Env, number: u32, client: &Client, handling: &Handling, done: bool) {
        let job = handling.take().map_or(Job::Nothing, if done { Job::Finish } else { Job::GiveBack });
        self.start(env, number, client, job);
    }

    /// What a payment by code shows before its first step.
    #[napi(catch_unwind)]
    pub fn progress(&self, env: Env, number: u32, client: &Client, payment: &CodePayment) {
        self.start(env, number, client, Job::CodeProgress(payment.core()));
    }

    /// The next step of a payment by code. With `hand_over` one that is paid is claimed.
    #[napi(catch_unwind)]
    pub fn step(&self, env: Env, number: u32, client: &Client, payment: &CodePayment, hand_over: bool) {
        self.start(env, number, client, Job::CodeStep { payment: payment.core(), hand_over });
    }

    /// Asks an open bill for its next rows, or for the next piece of its text.
    #[napi(catch_unwind)]
    pub fn read_bill(&self, env: Env, number: u32, client: &Client, bill: &BillSource, text: bool) {
        let bill = Arc::clone(&bill.0);
        self.start(env, number, client, if text { Job::BillText(bill) } else { Job::BillRows(bill) });
    }

    /// The bill of a call that is done.
    #[napi(catch_unwind)]
    pub fn bill(&self, number: u32) -> Option<BillSource> {
        match self.bills.borrow_mut().remove(&number) {
            Some(BillMessage::Bill(bill)) => Some(BillSource(bill)),
            _ => None,
        }
    }

    /// The rows of a call that is done.
    #[napi(catch_unwind)]
    pub fn rows(&self, number: u32) -> Option<BillRows> {
        match self.bills.borrow_mut().remove(&number) {
            Some(BillMessage::Rows(rows)) => Some(BillRows::all(rows)),
            _ => None,
        }
    }

    /// The piece of text of a call that is done.
    #[napi(catch_unwind)]
    pub fn bytes(&self, number: u32) -> Option<Buffer> {
        match self.bills.borrow_mut().remove(&number) {
            Some(BillMessage::Bytes(bytes)) => Some(bytes.into()),
            _ => None,
        }
    }

    /// The next message: its topic, its number in two units, and what belongs to it. `null` when the queue is empty.
    #[napi(catch_unwind)]
    pub fn next(&self, env: Env) -> Option<Text> {
        loop {
            let Some(message) = self.taken() else {
                self.rest(env);
                return None;
            };
            let Message { topic, number, frame, handling, of_bill, each } = message;
            let ends_call = !matches!(topic, Topic::Asked | Topic::Attempted | Topic::Forgotten | Topic::Warned);
            if ends_call && self.calls.borrow_mut().remove(&number).is_none() {
                // It was aborted, and the facade has its answer.
                give_back(handling, each);
                continue;
            }
            if let Some(handling) = handling {
                self.handlings.borrow_mut().insert(number, handling);
            }
            if let Some(of_bill) = of_bill {
                self.bills.borrow_mut().insert(number, of_bill);
            }
            if matches!(topic, Topic::Each | Topic::Parts) {
                self.each.borrow_mut().insert(number, each);
            }
            return Some(frame.addressed(topic as u16, number));
        }
    }

    /// The next result of a call about several things that is done, as a message of that call; `null` after the last one. Its thing to
    /// hand over is taken before the next result.
    #[napi(catch_unwind)]
    pub fn each(&self, number: u32) -> Option<Text> {
        let mut all = self.each.borrow_mut();
        let Some(Message { topic, frame, handling, .. }) = all.get_mut(&number)?.pop_front() else {
            all.remove(&number);
            return None;
        };
        if let Some(handling) = handling {
            self.handlings.borrow_mut().insert(number, handling);
        }
        Some(frame.addressed(topic as u16, number))
    }

    /// The thing to hand over of a call that is done.
    #[napi(catch_unwind)]
    pub fn handling(&self, number: u32) -> Option<Handling> {
        self.handlings.borrow_mut().remove(&number)
    }

    /// Ends a call under way: its connection is closed. Returns an error as JSON that says what is known of it.
    #[napi(catch_unwind)]
    pub fn abort(&self, env: Env, number: u32) -> Option<String> {
        let CallResults { about, task } = self.calls.borrow_mut().remove(&number)?;
        if let Some(task) = task {
            task.abort();
        }
        self.rest(env);
        Some(error::to_json(&about.cancelled(Outcome::Unknown)))
    }

    /// The error of a call of [`Bridge::submit`] that is given up before it was started, as JSON.
    #[napi(catch_unwind)]
    pub fn not_submitted(&self, call: Pieces) -> Result<String> {
        let job = job::read(&call).map_err(thrown)?;
        Ok(error::to_json(&job.about().cancelled(Outcome::NotSent)))
    }

    /// The error of a call of [`Bridge::ask`] that is given up before it was started, as JSON.
    #[napi(catch_unwind)]
    pub fn not_asked(&self, call: NamedCall) -> Result<String> {
        let job = call.job(Vec::new()).map_err(thrown)?;
        Ok(error::to_json(&job.about().cancelled(Outcome::NotSent)))
    }

    /// Answers a question to a store of the user's.
    #[napi(catch_unwind)]
    pub fn answer(&self, question: u32, returned: ReturnedKind, text: Option<String>) {
        self.questions.answer(question, Answer { returned, text: Secret::new(text.unwrap_or_default()) });
    }

    /// Whether attempts of clients without their own listener are reported too.
    #[napi(catch_unwind)]
    pub fn listen(&self, all: bool) {
        self.queue.listening.store(all, Ordering::Relaxed);
    }
}

impl Bridge {
    fn start(&self, env: Env, number: u32, client: &Client, job: Job) {
        let (about, to_its_end, pay) = (job.about(), job.runs_to_its_end(), client.pay.clone());
        self.spawn(env, number, client, about, to_its_end, async move { job::message(number, job.run(&pay).await) });
    }

    /// Runs a call on tokio's threads; its message comes back under its number, also when it panics.
    pub(crate) fn spawn(
        &self,
        env: Env,
        number: u32,
        client: &Client,
        about: About,
        to_its_end: bool,
        work: impl Future<Output = Message> + Send + 'static,
    ) {
        let mut reply = Reply { queue: Arc::clone(&self.queue), number, message: None };
        // Boxed so that one thread allocates and frees it; cross-thread frees contend in the allocator.
        let work = async move { reply.give(Box::pin(work).await) };
        if self.calls.borrow().is_empty() {
            keep_alive(env, &self.queue.wake().handle, true);
        }
        // Before it runs, so that its message is never one of an unknown call.
        self.calls.borrow_mut().insert(number, CallResults { about, task: None });
        // Where there is no thread to run it, `reply` is dropped.
        if let Ok(runtime) = runtime() {
            let task = runtime.spawn(work.with_subscriber(client.warnings.clone()));
            let task = (!to_its_end).then(|| task.abort_handle());
            if let Some(call) = self.calls.borrow_mut().get_mut(&number) {
                call.task = task;
            }
        }
    }

    fn taken(&self) -> Option<Message> {
        let mut batch = self.batch.borrow_mut();
        if batch.is_empty() {
            *batch = self.queue.take();
        }
        batch.pop_front()
    }

    /// Lets the process end when no call is under way.
    fn rest(&self, env: Env) {
        if self.calls.borrow().is_empty() {
            keep_alive(env, &self.queue.wake().handle, false);
        }
    }
}

/// When the facade's thread ends.
impl Drop for Bridge {
    fn drop(&mut self) {
        self.queue.close();
        self.questions.close_all();
        for task in self.calls.borrow_mut().drain().filter_map(|(_, started)| started.task) {
            task.abort();
        }
    }
}

/// What nobody hands over any more: its call was aborted while the result was on its way. The next attempt need not wait until the leases end.
fn give_back(handling: Option<Handling>, each: VecDeque<Message>) {
    let several = each.into_iter().filter_map(|message| message.handling);
    let claims: Vec<_> = handling.into_iter().chain(several).filter_map(|handling| handling.take()).collect();
    if let (false, Ok(runtime)) = (claims.is_empty(), runtime()) {
        runtime.spawn(async move {
            for claim in claims {
                claim.give_back().await;
            }
        });
    }
}

/// Sends the message when the task ends, however it ends: a promise must not wait forever on a task that panicked.
struct Reply {
    queue: Arc<Queue>,
    number: u32,
    message: Option<Message>,
}

impl Reply {
    fn give(&mut self, message: Message) {
        self.message = Some(message);
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        let lost = || Message::new(Topic::Lost, self.number, Frame::default());
        self.queue.send(self.message.take().unwrap_or_else(lost));
    }
}

/// Made on first use, for the whole process, and never ended: threads of Node come and go, and share it.
fn runtime() -> std::io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    static MAKING: Mutex<()> = Mutex::new(());
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let _turn = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    // One thread keeps up with the threads that ask, and nothing blocks it; a second one takes more processor time for the same.
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(1).thread_name("wxpaykit").on_thread_park(wake::before_park).enable_all();
    let runtime = runtime.build()?;
    Ok(RUNTIME.get_or_init(|| runtime))
}
