//! Pages whose `wx.config` was accepted, and the calls that each may make (protocol §7.5).

use std::collections::VecDeque;

/// The arguments that `weixin-js-sdk` adds to every call after `wx.config`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verify {
    pub(crate) appid: String,
    pub(crate) timestamp: String,
    pub(crate) nonce_str: String,
    pub(crate) signature: String,
}

/// The accepted pages, newest last, each with its `jsApiList`.
#[derive(Debug, Default)]
pub(crate) struct Pages(VecDeque<(Verify, Vec<String>)>);

/// Upper bound; a page lives for minutes.
const PAGES: usize = 1024;

impl Pages {
    /// Replaces what is known of a page. `apis` is `None` when its `wx.config` was refused.
    pub(crate) fn set(&mut self, verify: Verify, apis: Option<Vec<String>>) {
        self.0.retain(|(known, _)| *known != verify);
        if let Some(apis) = apis {
            self.0.push_back((verify, apis));
            if self.0.len() > PAGES {
                self.0.pop_front();
            }
        }
    }

    /// The `jsApiList` of an accepted page.
    pub(crate) fn apis(&self, verify: &Verify) -> Option<&[String]> {
        self.0.iter().rev().find(|(known, _)| known == verify).map(|(_, apis)| apis.as_slice())
    }
}
