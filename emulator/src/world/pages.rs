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

/// Pages that browsers opened.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// The accepted ones, newest last, each with its `jsApiList`.
    accepted: VecDeque<(Verify, Vec<String>)>,
    /// The addresses at which `wx.config` was called, newest last: a single-page application may have signed an earlier one.
    urls: VecDeque<String>,
}

/// Upper bound; a page lives for minutes.
const PAGES: usize = 1024;
/// Upper bounds for the addresses that are remembered.
const URLS: usize = 64;
const URL_BYTES: usize = 2048;

impl Pages {
    /// Replaces the entry of a page. `apis` is `None` when its `wx.config` was refused.
    pub(crate) fn set(&mut self, verify: Verify, apis: Option<Vec<String>>) {
        self.accepted.retain(|(known, _)| *known != verify);
        if let Some(apis) = apis {
            self.accepted.push_back((verify, apis));
            if self.accepted.len() > PAGES {
                self.accepted.pop_front();
            }
        }
    }

    /// Remembers the address of a page that called `wx.config`.
    pub(crate) fn opened(&mut self, url: &str) {
        if url.len() > URL_BYTES || self.urls.iter().any(|known| known == url) {
            return;
        }
        self.urls.push_back(url.to_owned());
        if self.urls.len() > URLS {
            self.urls.pop_front();
        }
    }

    /// The addresses that are remembered.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.urls.iter().cloned().collect()
    }

    /// The `jsApiList` of an accepted page.
    pub(crate) fn apis(&self, verify: &Verify) -> Option<&[String]> {
        self.accepted.iter().rev().find(|(known, _)| known == verify).map(|(_, apis)| apis.as_slice())
    }
}
