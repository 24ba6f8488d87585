//! The numbers and tokens that WeChat hands out, in its formats (protocol §13).
//!
//! They only have to differ and to have the right form. They guard nothing, so they need no randomness of the system.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use wxpaykit::BeijingTime;

use super::clock::{Millis, seconds};
use super::random::{mix, random};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
const HEX: &[u8; 16] = b"0123456789abcdef";
const UPPER_HEX: &[u8; 16] = b"0123456789ABCDEF";

#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    /// Another one in each run.
    run: u64,
    drawn: AtomicU64,
    /// Scheme and host of the H5 cashier.
    mweb_base: OnceLock<String>,
}

/// The path of the H5 cashier.
pub(crate) const MWEB_PATH: &str = "/cgi-bin/mmpayweb-bin/checkmweb";

impl Ids {
    /// With a seed, every run draws the same ones, but for the numbers of payments.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let seed = mix(seed.unwrap_or_else(random));
        Self { seed, run: mix(random()), drawn: AtomicU64::new(0), mweb_base: OnceLock::new() }
    }

    /// 16 letters and digits, as the payment API's replies carry them.
    pub(crate) fn nonce(&self) -> String {
        self.text(16, BASE62)
    }

    /// The form since 2020: `wx`, day and time, 22 hexadecimal digits, `0000`.
    pub(crate) fn prepay_id(&self, now: Millis) -> String {
        let wire = wire_time(now);
        let mut id = String::with_capacity(36);
        id.push_str("wx");
        id.push_str(wire.get(6..).unwrap_or_default());
        self.extend(&mut id, 22, HEX);
        id.push_str("0000");
        id
    }

    /// 28 digits with the Beijing date in the middle. No run repeats another one's, whatever the seed: the ledger of a shop
    /// outlives the emulator, and would take a payment with a number of yesterday for one that was handed over.
    pub(crate) fn transaction_id(&self, now: Millis) -> String {
        let wire = wire_time(now);
        let number = mix(self.draw() ^ self.run) % 10_000_000_000;
        format!("4200000263{}{number:010}", wire.get(..8).unwrap_or_default())
    }

    /// 29 digits with the Beijing date in the middle. As for payments, no run repeats another one's.
    pub(crate) fn refund_id(&self, now: Millis) -> String {
        let wire = wire_time(now);
        let number = mix(self.draw() ^ self.run) % 100_000_000_000;
        format!("5030260496{}{number:011}", wire.get(..8).unwrap_or_default())
    }

    /// 32 lower-case hexadecimal digits, as refund notifications carry them.
    pub(crate) fn long_nonce(&self) -> String {
        self.text(32, HEX)
    }

    /// The number of a request of APIv3: 44 upper-case hexadecimal digits.
    pub(crate) fn request_id(&self) -> String {
        self.text(44, UPPER_HEX)
    }

    /// 32 letters and digits, as notifications of APIv3 carry them.
    pub(crate) fn notice_nonce(&self) -> String {
        self.text(32, BASE62)
    }

    /// 12 letters and digits: the nonce of an encrypted resource.
    pub(crate) fn resource_nonce(&self) -> String {
        self.text(12, BASE62)
    }

    /// The number of a notification of APIv3: a UUID.
    pub(crate) fn uuid(&self) -> String {
        let part = |length| self.text(length, HEX);
        format!("{}-{}-5{}-a{}-{}", part(8), part(4), part(3), part(3), part(12))
    }

    /// The number of a transfer: 40 digits.
    pub(crate) fn transfer_bill_no(&self, now: Millis) -> String {
        let wire = wire_time(now);
        let number = mix(self.draw() ^ self.run) % 10_000_000_000_000_000;
        format!("1330000071100999{}{number:016}", wire.get(..8).unwrap_or_default())
    }

    /// What the page of a transfer is opened with.
    pub(crate) fn package_info(&self) -> String {
        format!("ABBQO{}==", self.text(93, BASE62))
    }

    /// A number of profit sharing: 28 digits.
    pub(crate) fn sharing_id(&self) -> String {
        let (one, other) = (mix(self.draw() ^ self.run), mix(self.draw() ^ self.run));
        format!("3008{:012}{:012}", one % 1_000_000_000_000, other % 1_000_000_000_000)
    }

    /// What an uploaded file is named by.
    pub(crate) fn media_id(&self) -> String {
        self.text(107, BASE64)
    }

    /// The address of an uploaded image.
    pub(crate) fn media_url(&self) -> String {
        format!("https://qpic.cn/{}", self.text(32, BASE62))
    }

    /// The key of an encrypted file: 32 characters.
    pub(crate) fn file_key(&self) -> String {
        self.text(32, BASE62)
    }

    /// The nonce of an encrypted file: 16 characters.
    pub(crate) fn file_nonce(&self) -> String {
        self.text(16, BASE62)
    }

    /// The token in the address of a bill.
    pub(crate) fn bill_token(&self) -> String {
        self.text(64, BASE64)
    }

    /// A platform certificate's serial number that does not exist.
    pub(crate) fn unknown_serial(&self) -> String {
        format!("7F{}", self.text(38, UPPER_HEX))
    }

    /// Decides between two or more, for nothing that matters.
    pub(crate) fn any(&self) -> u64 {
        self.draw()
    }

    pub(crate) fn code_url(&self) -> String {
        format!("weixin://wxpay/bizpayurl?pr={}", self.text(10, BASE62))
    }

    /// The address of the H5 cashier. The refusal of a repeated number carries one without a `prepay_id`.
    pub(crate) fn mweb_url(&self, prepay_id: &str) -> String {
        let package = self.digits(10);
        let base = self.mweb_base.get().map_or("https://wx.tenpay.com", String::as_str);
        format!("{base}{MWEB_PATH}?prepay_id={prepay_id}&package={package}")
    }

    /// Sets scheme and host of `mweb_url`. Called once, when the emulator knows its own address.
    pub(crate) fn set_mweb_base(&self, base: &str) {
        let _ = self.mweb_base.set(base.trim_end_matches('/').to_owned());
    }

    pub(crate) fn oauth_code(&self) -> String {
        self.text(32, BASE62)
    }

    pub(crate) fn web_token(&self) -> String {
        format!("{}_{}", 10 + self.draw() % 90, self.text(86, BASE64))
    }

    pub(crate) fn platform_token(&self) -> String {
        format!("{}_{}", 10 + self.draw() % 90, self.text(134, BASE64))
    }

    /// 16 bytes in Base64.
    pub(crate) fn session_key(&self) -> String {
        self.bytes_in_base64()
    }

    /// 16 bytes in Base64, for AES in CBC mode.
    pub(crate) fn iv(&self) -> String {
        self.bytes_in_base64()
    }

    fn bytes_in_base64(&self) -> String {
        let bytes = [self.draw().to_be_bytes(), self.draw().to_be_bytes()].concat();
        BASE64_STANDARD.encode(bytes)
    }

    pub(crate) fn jsapi_ticket(&self) -> String {
        self.text(86, BASE64)
    }

    /// The request's number in errors of the open platform.
    pub(crate) fn rid(&self, now: Millis) -> String {
        let random = self.draw();
        format!("{:08x}-{:08x}-{:08x}", seconds(now), random >> 32, random & 0xffff_ffff)
    }

    /// The number in an error of a code for a phone number, such as `GiaBxSDNRa-mkSN7`.
    pub(crate) fn hint(&self) -> String {
        format!("{}-{}", self.text(10, BASE62), self.text(5, BASE62))
    }

    pub(crate) fn short_url(&self) -> String {
        format!("weixin://wxpay/s/{}", self.text(6, BASE62))
    }

    /// A payment code: 18 digits that begin with 10 to 15.
    pub(crate) fn pay_code(&self) -> String {
        format!("{}{}", 10 + self.draw() % 6, self.digits(16))
    }

    fn digits(&self, count: usize) -> String {
        self.text(count, b"0123456789")
    }

    fn text(&self, count: usize, alphabet: &[u8]) -> String {
        let mut text = String::with_capacity(count);
        self.extend(&mut text, count, alphabet);
        text
    }

    fn extend(&self, text: &mut String, count: usize, alphabet: &[u8]) {
        let size = u64::try_from(alphabet.len()).unwrap_or(1).max(1);
        let mut left = 0_u32;
        let mut pool = 0;
        for _ in 0..count {
            // Eight characters a draw: 64 values take 48 of its 64 bits.
            if left == 0 {
                pool = self.draw();
                left = 8;
            }
            let index = usize::try_from(pool % size).unwrap_or_default();
            text.push(alphabet.get(index).map_or('0', |b| char::from(*b)));
            pool /= size;
            left -= 1;
        }
    }

    fn draw(&self) -> u64 {
        mix(self.seed ^ mix(self.drawn.fetch_add(1, Ordering::Relaxed)))
    }
}

/// `yyyy-MM-ddTHH:mm:ss+08:00` of an emulated instant, as APIv3 has it.
pub(crate) fn rfc3339(at: Millis) -> String {
    format!("{}+08:00", dashed_time(at).replace(' ', "T"))
}

/// `yyyy-MM-dd HH:mm:ss` of an emulated instant, as refunds have it.
pub(crate) fn dashed_time(at: Millis) -> String {
    BeijingTime::from_unix(seconds(at)).map_or_else(|_| "1970-01-01 08:00:00".to_owned(), |time| time.to_dashed())
}

/// `yyyyMMddHHmmss` of an emulated instant.
pub(crate) fn wire_time(at: Millis) -> String {
    BeijingTime::from_unix(seconds(at)).map_or_else(|_| "19700101080000".to_owned(), BeijingTime::to_wire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_all_numbers_but_those_of_payments() {
        let (one, other) = (Ids::new(Some(7)), Ids::new(Some(7)));
        assert_eq!(one.nonce(), other.nonce());
        let (paid, again) = (one.transaction_id(0), other.transaction_id(0));
        assert_ne!(paid, again);
        assert!(paid.len() == 28 && paid.bytes().all(|b| b.is_ascii_digit()), "{paid}");
        assert_ne!(paid, one.transaction_id(0));
        // What is drawn next is the same all the same.
        other.transaction_id(0);
        assert_eq!(one.nonce(), other.nonce());
    }
}
