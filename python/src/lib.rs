//! `wxpaykit._native`: core for Python. It converts values and calls core, which makes all decisions.

#![allow(missing_docs)] // The package in python/wxpaykit documents the public names.

mod arrow;
mod arrow_stream;
mod background;
mod bill;
mod bill_table;
mod bridge;
mod cells;
mod client;
mod code_payment;
mod dict_walk;
mod error;
mod explanation;
mod functions;
mod give;
mod handling;
mod job;
mod live;
mod names;
mod once;
#[cfg(feature = "probe")]
mod probe;
mod reply;
mod runtime;
mod settings;
mod store;
mod take;
mod v3;
mod warn;
mod watch;

use pyo3::prelude::*;

// Memory is allocated by one thread and freed by another, for which the system's allocator takes locks. It serves this
// module's Rust code alone, not the interpreter.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// Shared state is behind Rust's own locks, so the module does not need the GIL.
#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::bill::{BillComparison, BillReader, BillRow, BillRows, BillSource, bill_unescape};
    #[pymodule_export]
    use crate::bill_table::{BillTable, bill_arrays, bill_columns, bill_stream};
    #[pymodule_export]
    use crate::bridge::{Bell, Bridge};
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::code_payment::CodePayment;
    #[pymodule_export]
    use crate::explanation::Explanation;
    #[pymodule_export]
    use crate::functions::{
        ack_body, answer_to, build_xml, check_raw_data, clean, command, decrypt_req_info, decrypt_user_data, explain,
        explain_jssdk, fen_to_yuan, is_not_found, jssdk_signature, moments, mweb_redirect_url, new_out_refund_no,
        new_out_trade_no, parse_xml, pending_rows, phrase, restore, sign, string_to_sign, verify, workwx_sign,
        wrong_place, yuan_to_fen,
    };
    #[pymodule_export]
    use crate::handling::Handling;
    #[pymodule_export]
    use crate::job::Job;
    #[pymodule_export]
    use crate::reply::{Reply, Wire};
    #[pymodule_export]
    use crate::v3::{
        v3_authorization, v3_certificates, v3_decrypt, v3_decrypt_bill, v3_decrypt_sensitive, v3_encrypt_sensitive,
        v3_explain, v3_pay_sign, v3_serial_no, v3_sign, v3_string_to_sign, v3_verify,
    };
    #[pymodule_export]
    use crate::watch::Event;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::runtime::watch_forks();
        crate::background::watch_exit(module)?;
        crate::warn::listen();
        // `collections.abc` is this module, which every interpreter has loaded.
        let mapping = module.py().import("_collections_abc")?.getattr("Mapping")?;
        mapping.call_method1("register", (module.py().get_type::<Reply>(),))?;
        #[cfg(feature = "probe")]
        crate::probe::add_to(module)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("AT_ONCE", wxpaykit::binding::kind::AT_ONCE)?;
        module.add("LARGEST_UPLOAD", wxpaykit::v3::upload::LARGEST)?;
        module.add("ACK_CONTENT_TYPE", wxpaykit::notify::ACK_CONTENT_TYPE)
    }
}
