//! A payment by code, without I/O: charge the code once, ask for the order while the result is not known, and cancel the order when time is
//! over (protocol §3.9, §3.10; v3 §5.1). Each step says what to do next, and takes what was answered. Both APIs give the same answers: which
//! of them is asked is not known here.

mod answers;
mod options;
mod progress;
mod refusals;
mod result;
mod steps;

pub use self::answers::{ChargeOutcome, QueryOutcome, ReverseOutcome};
pub use self::options::CodeOptions;
pub use self::progress::CodeFlow;
pub use self::result::CodeResult;
pub use self::steps::{CodeStage, CodeStep};
