//! `wxpaykit._native`: the core for Python. Values in, call core, values out; what is right and wrong is decided there.

#![allow(missing_docs)] // The package documents what people see: python/wxpaykit.

mod bridge;
mod client;
mod convert;
mod error;
mod functions;
mod handling;
mod job;
mod names;
mod probe;
mod reply;
mod runtime;
mod store;
mod walk;
mod warn;
mod watch;

use pyo3::prelude::*;

// Whatever is shared is behind locks of Rust; the interpreter need not keep threads apart.
#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::bridge::Bridge;
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::convert::pending_orders;
    #[pymodule_export]
    use crate::functions::{
        Explanation, ack_body, build_xml, explain, fen_to_yuan, jssdk_signature, mweb_redirect_url, new_out_trade_no,
        parse_xml, sign, string_to_sign, verify, yuan_to_fen,
    };
    #[pymodule_export]
    use crate::handling::Handling;
    #[pymodule_export]
    use crate::job::Job;
    #[pymodule_export]
    use crate::probe::{
        probe_authorize_url, probe_beijing_time, probe_notify_payment, probe_oauth_json, probe_out_trade_no,
        probe_page_params, probe_reply, probe_verify,
    };
    #[pymodule_export]
    use crate::reply::{Reply, Wire, restore};
    #[pymodule_export]
    use crate::store::{ProbeStore, probe_store};
    #[pymodule_export]
    use crate::watch::Event;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::runtime::watch_forks();
        crate::warn::listen();
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("ACK_CONTENT_TYPE", wxpaykit::notify::ACK_CONTENT_TYPE)
    }
}
