//! AES-256: ECB under the API key for `req_info` of APIv2's refund notifications (protocol §5.8), GCM under the APIv3 key for the
//! resources and certificates of APIv3 (§3.5). AES-128-CBC under the session key for the user data of mini programs.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use aes_gcm::AesGcm;
#[cfg(feature = "client")]
use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::array::ArraySize;
use aes_gcm::aead::{
    Aead,
    consts::{U12, U16},
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::digest::{LOWER, hex};
use super::{refused_as, remedy};
use crate::codes::{ErrorCode, Row};
use crate::error::Error;

const BLOCK: usize = 16;

/// AES-256 in ECB mode with PKCS#7 padding. The key is the MD5 of the API key as 32 lower-case hexadecimal digits.
pub struct Ecb(Aes256);

impl Ecb {
    /// The cipher of a merchant's API key. The key may have any length.
    pub fn of_api_key(api_key: &str) -> Self {
        let digits = Zeroizing::new(hex(&Md5::digest(api_key), LOWER));
        let mut key = Zeroizing::new([0; 32]);
        for (byte, digit) in key.iter_mut().zip(digits.bytes()) {
            *byte = digit;
        }
        Self(Aes256::new((&*key).into()))
    }

    /// The plain bytes; `None` when the length is not a multiple of 16 or the padding is wrong. With another key the padding is
    /// right once in 256 times, so check the result too.
    pub fn decrypt(&self, data: &[u8]) -> Option<Vec<u8>> {
        let mut plain = data.to_vec();
        let (blocks, []) = plain.as_chunks_mut::<BLOCK>() else { return None };
        for chunk in blocks {
            let mut block = (*chunk).into();
            self.0.decrypt_block(&mut block);
            *chunk = block.into();
        }
        unpadded(plain)
    }

    /// Encrypts bytes of any length.
    pub fn encrypt(&self, plain: &[u8]) -> Vec<u8> {
        let mut data = padded(plain);
        for chunk in data.as_chunks_mut::<BLOCK>().0 {
            let mut block = (*chunk).into();
            self.0.encrypt_block(&mut block);
            *chunk = block.into();
        }
        data
    }
}

/// AES-128 in CBC mode with PKCS#7 padding.
pub struct Cbc {
    cipher: Aes128,
    iv: [u8; BLOCK],
}

impl Cbc {
    /// The cipher of a session key and an initialisation vector of 16 bytes each.
    pub fn new(key: &[u8; BLOCK], iv: [u8; BLOCK]) -> Self {
        Self { cipher: Aes128::new(key.into()), iv }
    }

    /// The plain bytes; `None` when the length is not a multiple of 16 or the padding is wrong. With another key the padding is
    /// right once in 256 times, so check the result too.
    pub fn decrypt(&self, data: &[u8]) -> Option<Vec<u8>> {
        let mut plain = data.to_vec();
        let (blocks, []) = plain.as_chunks_mut::<BLOCK>() else { return None };
        let mut before = self.iv;
        for chunk in blocks {
            let sealed = *chunk;
            let mut block = sealed.into();
            self.cipher.decrypt_block(&mut block);
            *chunk = block.into();
            mix(chunk, &before);
            before = sealed;
        }
        unpadded(plain)
    }

    /// Encrypts bytes of any length.
    pub fn encrypt(&self, plain: &[u8]) -> Vec<u8> {
        let mut data = padded(plain);
        let mut before = self.iv;
        for chunk in data.as_chunks_mut::<BLOCK>().0 {
            mix(chunk, &before);
            let mut block = (*chunk).into();
            self.cipher.encrypt_block(&mut block);
            *chunk = block.into();
            before = *chunk;
        }
        data
    }
}

fn mix(block: &mut [u8; BLOCK], other: &[u8; BLOCK]) {
    block.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
}

/// Bytes with PKCS#7 padding.
fn padded(plain: &[u8]) -> Vec<u8> {
    let padding = BLOCK - plain.len() % BLOCK;
    let mut data = plain.to_vec();
    // At most 16.
    data.resize(plain.len() + padding, u8::try_from(padding).unwrap_or_default());
    data
}

/// Bytes without their PKCS#7 padding; `None` when it is wrong.
fn unpadded(mut plain: Vec<u8>) -> Option<Vec<u8>> {
    let padding = *plain.last()?;
    let length = plain.len().checked_sub(usize::from(padding))?;
    let padded = (1..=BLOCK).contains(&usize::from(padding)) && plain.get(length..)?.iter().all(|b| *b == padding);
    plain.truncate(length);
    padded.then_some(plain)
}

/// AES-256 in GCM mode with the tag of 16 bytes at the end (`AEAD_AES_256_GCM`). The key is the APIv3 key itself.
pub struct Gcm(LessSafeKey);

impl Gcm {
    /// The cipher of a merchant's APIv3 key. `field` is the name that errors give the key.
    ///
    /// # Errors
    /// `Config` (`key_length`) when the key does not have 32 bytes, with the likely mistake. It never contains the key.
    pub fn of_api_v3_key(field: &'static str, key: &str) -> Result<Self, Error> {
        let wrong = || refused_as(ErrorCode::KeyLength, field, &KEY_LENGTH, wrong_length(key));
        Ok(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).map_err(|_| wrong())?)))
    }

    /// The plain bytes; `None` when the key, the nonce or the associated data is another one, or a byte was changed.
    pub fn decrypt(&self, nonce: &[u8], associated_data: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        self.decrypt_in_place(nonce, associated_data, data.to_vec())
    }

    /// The same without a copy of the data.
    pub fn decrypt_in_place(&self, nonce: &[u8], associated_data: &[u8], mut data: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self.0.open_in_place(nonce, Aad::from(associated_data), &mut data).ok()?.len();
        data.truncate(length);
        Some(data)
    }

    /// Encrypts. The nonce has 12 bytes, and must never be used twice with one key; `None` when its length is another one.
    pub fn encrypt(&self, nonce: &[u8], associated_data: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut data = plain.to_vec();
        self.0.seal_in_place_append_tag(nonce, Aad::from(associated_data), &mut data).ok()?;
        Some(data)
    }
}

/// Decrypts a file of AES-256-GCM, with the tag at its end and without associated data. The nonces of WeChat Pay's files have 16 bytes, and
/// AWS-LC takes 12 alone here. `None` when the key has another length, or anything was changed.
pub fn open_file(key: &[u8], nonce: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    match nonce.len() {
        12 => cipher::<U12>(key)?.decrypt(nonce.try_into().ok()?, data).ok(),
        16 => cipher::<U16>(key)?.decrypt(nonce.try_into().ok()?, data).ok(),
        _ => None,
    }
}

/// [`open_file`] in the memory of the file. Where it fails the file is left as it is.
#[cfg(feature = "client")]
pub(crate) fn open_file_in_place(key: &[u8], nonce: &[u8], data: &mut Vec<u8>) -> Option<()> {
    match nonce.len() {
        12 => cipher::<U12>(key)?.decrypt_in_place(nonce.try_into().ok()?, &[], data).ok(),
        16 => cipher::<U16>(key)?.decrypt_in_place(nonce.try_into().ok()?, &[], data).ok(),
        _ => None,
    }
}

/// Encrypts a file as [`open_file`] decrypts it.
pub fn seal_file(key: &[u8], nonce: &[u8; 16], data: &[u8]) -> Option<Vec<u8>> {
    cipher::<U16>(key)?.encrypt(nonce.into(), data).ok()
}

fn cipher<N: ArraySize>(key: &[u8]) -> Option<AesGcm<Aes256, N>> {
    AesGcm::new_from_slice(key).ok()
}

/// What is wrong with a key that does not have 32 bytes, without the key.
fn wrong_length(key: &str) -> String {
    let (length, bare) = (key.len(), key.trim());
    let bare = bare.strip_prefix(['"', '\'']).and_then(|key| key.strip_suffix(['"', '\''])).unwrap_or(bare);
    let is_hex = bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    let hint = match bare.len() {
        _ if key.is_empty() => "is empty".to_owned(),
        32 if key.trim().len() == 32 => format!("has {length} bytes: 32, and white space around them"),
        32 => format!("has {length} bytes: 32, and quotation marks around them"),
        38..=40 if is_hex => {
            format!("has {length} bytes, hexadecimal digits: it looks like the serial number of a certificate")
        }
        64 if is_hex => format!("has {length} hexadecimal digits: it looks like a key that was written in hexadecimal"),
        _ if key.chars().count() == 32 => {
            format!("has 32 characters, and {length} bytes: one is not ASCII")
        }
        ..16 => format!("has {length} bytes: it may be the operator's password"),
        _ if key.starts_with("-----") => "is PEM".to_owned(),
        _ => format!("has {length} bytes"),
    };
    format!("{hint}, and the APIv3 key has exactly 32")
}

static KEY_LENGTH: Row = remedy(
    "It is the APIv3 key (APIv3密钥) that was set at pay.weixin.qq.com > 账户中心 > API安全, 32 characters; not the APIv2 key, a \
     certificate or its serial number.",
    "APIv3 密钥是在商户平台 > 账户中心 > API安全 设置的 32 个字符；不是 APIv2 密钥，也不是证书或证书序列号。",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gcm_refuses_every_change() {
        let gcm = Gcm::of_api_v3_key("api_v3_key", "wxpaykitTestApiV3Key0123456789ab").unwrap();
        let (nonce, aad, plain) = (b"a1b2c3d4e5f6", b"certificate", "hello 微信支付".as_bytes());
        let data = gcm.encrypt(nonce, aad, plain).unwrap();
        assert_eq!(data.len(), plain.len() + 16);
        assert_eq!(gcm.decrypt(nonce, aad, &data).as_deref(), Some(plain));
        for at in 0..data.len() {
            let mut changed = data.clone();
            changed[at] ^= 1;
            assert_eq!(gcm.decrypt(nonce, aad, &changed), None, "byte {at}");
            assert_eq!(gcm.decrypt(nonce, aad, &data[..at]), None, "cut at {at}");
        }
        assert_eq!(gcm.decrypt(b"a1b2c3d4e5f7", aad, &data), None);
        assert_eq!(gcm.decrypt(b"a1b2c3d4e5f6a1b2", aad, &data), None);
        assert_eq!(gcm.decrypt(nonce, b"", &data), None);
        assert_eq!(gcm.encrypt(b"short", aad, plain), None);
    }

    #[test]
    fn the_length_of_a_key_is_counted_in_bytes_and_the_mistake_named() {
        let said = |key: &str| {
            let error = Gcm::of_api_v3_key("api_v3_key", key).err().expect("a wrong length").to_string();
            assert!(key.is_empty() || !error.contains(key), "{error}");
            error
        };
        assert!(said("").contains("is empty"));
        assert!(said("123456").contains("6 bytes: it may be the operator's password"));
        assert!(said("0A1B2C3D4E5F60718293A4B5C6D7E8F901234567").contains("serial number of a certificate"));
        assert!(said("wxpaykitTestApiV3Key0123456789ab\n").contains("33 bytes: 32, and white space"));
        assert!(said("\"wxpaykitTestApiV3Key0123456789ab\"").contains("quotation marks"));
        assert!(said("wxpaykitTestApiV3Key0123456789aé").contains("32 characters, and 33 bytes"));
    }

    #[test]
    fn cbc_takes_every_length_and_needs_key_and_vector() {
        let (key, iv) = ([7; BLOCK], [9; BLOCK]);
        for length in 0..50 {
            let plain: Vec<u8> = (0..length).collect();
            let data = Cbc::new(&key, iv).encrypt(&plain);
            assert_eq!(Cbc::new(&key, iv).decrypt(&data), Some(plain.clone()));
            assert_ne!(Cbc::new(&[8; BLOCK], iv).decrypt(&data), Some(plain.clone()));
            assert_eq!(Cbc::new(&key, iv).decrypt(&data[1..]), None, "not whole blocks");
            if length > 0 {
                assert_ne!(Cbc::new(&key, [8; BLOCK]).decrypt(&data), Some(plain));
            }
        }
        assert_eq!(Cbc::new(&key, iv).decrypt(b""), None);
    }

    #[test]
    fn every_length_survives_and_no_other_is_taken() {
        let ecb = Ecb::of_api_key("192006250b4c09247ec02edce69f6a2d");
        for length in 0..70 {
            let plain: Vec<u8> = (0..length).collect();
            let data = ecb.encrypt(&plain);
            assert!(data.len() > plain.len() && data.len().is_multiple_of(BLOCK));
            assert_eq!(ecb.decrypt(&data), Some(plain));
            assert_eq!(ecb.decrypt(&data[1..]), None, "not whole blocks");
        }
        assert_eq!(ecb.decrypt(b""), None);
    }

    #[test]
    fn wrong_padding_is_refused() {
        let ecb = Ecb::of_api_key("key");
        // A block without padding: its last byte is 0, 17, or not the same as those before it.
        for end in [[0, 0], [16, 17], [1, 2]] {
            let mut block = [7; BLOCK];
            block[14..].copy_from_slice(&end);
            let sealed = ecb.encrypt(&block);
            assert_eq!(ecb.decrypt(&sealed[..BLOCK]), None, "{end:?}");
        }
    }
}
