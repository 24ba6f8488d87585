//! The third-party platform (第三方平台) of every emulator. All accounts have authorised it.

/// Its appid.
pub(crate) const COMPONENT_APPID: &str = "wxc0de20261129c0de";
/// Its secret. It guards nothing.
pub(crate) const COMPONENT_SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// The ticket that WeChat pushes to a real platform every ten minutes.
pub(crate) const COMPONENT_TICKET: &str = "ticket@@@wxpaykit-emulator";
