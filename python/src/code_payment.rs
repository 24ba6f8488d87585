//! A payment by code in progress: what the package runs step by step.

use pyo3::prelude::*;
use wxpaykit::{ApiVersion, CodeOptions, CodePayment as Core, Error};

use crate::error::Raise;
use crate::take::{duration, flag_of, optional_text};

/// A payment by code. The package runs its steps as calls; `give_up` may be called meanwhile, from any thread.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct CodePayment(Core);

#[pymethods]
impl CodePayment {
    #[getter]
    fn out_trade_no(&self) -> &str {
        self.0.out_trade_no()
    }

    fn give_up(&self) {
        self.0.give_up();
    }
}

impl CodePayment {
    pub(crate) fn new(payment: Core) -> Self {
        Self(payment)
    }

    pub(crate) fn core(&self) -> Core {
        self.0.clone()
    }
}

/// The options of a payment by code: `within`, `interval`, `reverse_after`, whether to cancel, and the API.
pub(crate) fn options(
    times: [(&'static str, &Bound<'_, PyAny>); 3],
    reverse: &Bound<'_, PyAny>,
    api: Option<&Bound<'_, PyAny>>,
) -> PyResult<CodeOptions> {
    let mut options = CodeOptions::default();
    options.reverse = flag_of("reverse", reverse)?;
    options.api = optional_text("api", api)?.map(ApiVersion::from);
    for (name, value) in times {
        let Some(time) = duration(value) else {
            return Err(Error::invalid(name, "must be a number of seconds")).raise(value.py());
        };
        match name {
            "within" => options.within = time,
            "interval" => options.interval = time,
            _ => options.reverse_after = time,
        }
    }
    Ok(options)
}
