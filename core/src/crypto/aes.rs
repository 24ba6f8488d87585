//! AES-256-ECB under the API key, which WeChat uses for `req_info` of refund notifications (protocol §5.8).

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::digest::{LOWER, hex};

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
        let padding = *plain.last()?;
        let length = plain.len().checked_sub(usize::from(padding))?;
        let padded = (1..=BLOCK).contains(&usize::from(padding)) && plain.get(length..)?.iter().all(|b| *b == padding);
        plain.truncate(length);
        padded.then_some(plain)
    }

    /// Encrypts bytes of any length.
    pub fn encrypt(&self, plain: &[u8]) -> Vec<u8> {
        let padding = BLOCK - plain.len() % BLOCK;
        let mut data = plain.to_vec();
        // At most 16.
        data.resize(plain.len() + padding, u8::try_from(padding).unwrap_or_default());
        for chunk in data.as_chunks_mut::<BLOCK>().0 {
            let mut block = (*chunk).into();
            self.0.encrypt_block(&mut block);
            *chunk = block.into();
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
