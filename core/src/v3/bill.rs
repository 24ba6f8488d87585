//! Bills of APIv3: the calls `tradebill`, `fundflowbill` and those for encrypted bills of sub-merchants, and the check of a file that was downloaded by hand.

use sha1::{Digest, Sha1};

use super::groups::sub_merchant_number;
use crate::bill::{Breach, Unpacker};
use crate::codes::ErrorCode;
use crate::crypto::digest::{LOWER, hex};
use crate::error::Error;
use crate::table::macros::{endpoint, endpoints, record, wire_enum};
use crate::v2::bill::{BillType, TarType};

wire_enum! {
    /// The account of a fund flow of APIv3.
    V3AccountType {
        /// The basic account, which payments arrive at.
        Basic = "BASIC",
        /// The operation account.
        Operation = "OPERATION",
        /// The account of service fees.
        Fees = "FEES",
    }
}

wire_enum! {
    /// The account of a sub-merchant's fund flow.
    V3SubAccountType {
        /// The basic account, which payments arrive at.
        Basic = "BASIC",
        /// The operation account.
        Operation = "OPERATION",
        /// The account of service fees.
        Fees = "FEES",
        /// The account of deposits.
        Deposit = "DEPOSIT",
    }
}

wire_enum! {
    /// How a bill is encrypted. WeChat also has `SM4_GCM`, which this crate does not read.
    V3BillAlgorithm {
        /// AES-256 in GCM mode.
        Aes = "AEAD_AES_256_GCM",
    }
}

wire_enum! {
    /// The accounts of the fund flow of all sub-merchants.
    V3AllAccounts {
        /// All.
        All = "ALL",
    }
}

endpoints! {
    /// Downloads the bill of a day: its payments and refunds (申请交易账单, 下载账单).
    /// WeChat makes it after 9:00 of the next day; ask after 10:00. It keeps bills for three months. A day without business has no bill.
    /// The SHA-1 of the file is checked at its end: a bill that was cut short or changed is an error.
    v3.tradebill(V3Tradebill) -> V3BillFile {
        v3_get("/v3/bill/tradebill"),
        partner("/v3/bill/tradebill", &[("sub_mchid", SubMchId)]),
        reply_body(ReplyBody::Bill),
        retry(Safe);
        request includes [sub_merchant_number] {
            /// The day, in Beijing.
            bill_date: Day required,
            /// Which rows.
            bill_type: Enum<BillType>(32) = "ALL",
            /// `GZIP` to download it packed, which is faster. It is read the same.
            tar_type: Enum<TarType>(8),
        }
    }

    /// Downloads the fund flow of a day: each change of an account's balance (申请资金账单, 下载账单).
    /// WeChat makes it after 9:00 of the next day; ask after 10:00.
    /// The SHA-1 of the file is checked at its end: a bill that was cut short or changed is an error.
    v3.fundflowbill(V3Fundflowbill) -> V3BillFile {
        v3_get("/v3/bill/fundflowbill"),
        reply_body(ReplyBody::Bill),
        retry(Safe);
        request {
            /// The day, in Beijing.
            bill_date: Day required,
            /// Which account.
            account_type: Enum<V3AccountType>(32) = "BASIC",
            /// `GZIP` to download it packed, which is faster. It is read the same.
            tar_type: Enum<TarType>(8),
        }
    }

    /// Service providers: downloads the fund flow of a sub-merchant for a day (申请单个子商户资金账单).
    /// WeChat encrypts it. The client downloads all files of it, decrypts them with `client_key`, checks the SHA-1 of each, and joins them.
    v3.sub_merchant_fundflowbill(V3SubMerchantFundflowbill) -> V3SealedBill {
        v3_get("/v3/bill/sub-merchant-fundflowbill"),
        identity(&[("sub_mchid", SubMchId)]),
        reply_body(ReplyBody::Bill),
        retry(Safe);
        request {
            /// The sub-merchant's number. The client's own setting when left out.
            sub_mchid: Id(12),
            /// The day, in Beijing.
            bill_date: Day required,
            /// Which account.
            account_type: Enum<V3SubAccountType>(32) = "BASIC",
            /// How it is encrypted.
            algorithm: Enum<V3BillAlgorithm>(32) = "AEAD_AES_256_GCM",
            /// `GZIP` to download it packed, which is faster. It is read the same.
            tar_type: Enum<TarType>(8),
        }
    }

    /// Platforms (电商收付通): downloads the fund flow of all sub-merchants for a day (申请二级商户资金账单).
    /// It is encrypted, and read as that of `sub_merchant_fundflowbill`.
    v3.ecommerce_fundflowbill(V3EcommerceFundflowbill) -> V3SealedBill {
        v3_get("/v3/ecommerce/bill/fundflowbill"),
        reply_body(ReplyBody::Bill),
        retry(Safe);
        request {
            /// The day, in Beijing.
            bill_date: Day required,
            /// `ALL`.
            account_type: Enum<V3AllAccounts>(32) = "ALL",
            /// How it is encrypted.
            algorithm: Enum<V3BillAlgorithm>(32) = "AEAD_AES_256_GCM",
            /// `GZIP` to download it packed, which is faster. It is read the same.
            tar_type: Enum<TarType>(8),
        }
    }
}

record! {
    /// Where a file of an encrypted bill is, and its key.
    V3SealedBillFile
    fields {
        /// Its place among the files, from 1.
        bill_sequence: Int required,
        /// The address of the file.
        download_url: Text(2048) required,
        /// The key of the file, encrypted for the merchant's certificate.
        encrypt_key: Text(1024) required,
        /// The nonce of the file.
        nonce: Text(64) required,
        /// The algorithm of `hash_value`: `SHA1`.
        hash_type: Text(32) required,
        /// The hash of the plain file; of the unpacked text where the file is packed.
        hash_value: Text(1024) required,
    }
}

record! {
    /// Where the files of an encrypted bill are. The client downloads and decrypts them.
    V3SealedBill
    fields {
        /// How many files there are.
        download_bill_count: Int required,
        /// The files.
        download_bill_list: List<V3SealedBillFile> required,
    }
}

record! {
    /// Where the file of a bill is. The client downloads it.
    V3BillFile
    fields {
        /// The address of the file, valid for five minutes. The request for it is signed, its reply is not.
        download_url: Text(2048) required,
        /// The algorithm of `hash_value`: `SHA1`.
        hash_type: Text(32) required,
        /// The hash of the file; of the unpacked text where the file is packed.
        hash_value: Text(1024) required,
    }
}

/// Checks a bill against `hash_value` of the reply that named its address, and unpacks it where it is packed. The hash (SHA-1) is that
/// of the text, not of the gzip file.
///
/// # Errors
/// `InvalidRequest` (`hash_mismatch`): the file was cut short or changed.
pub fn check_bill(file: &[u8], hash_value: &str) -> Result<Vec<u8>, Error> {
    let rule = "is not the bill that hash_value belongs to: it was cut short or changed; download it again";
    let refused = || Error::invalid_with_code(ErrorCode::HashMismatch, "file", rule);
    // A small file can unpack to a very large one, so the text is kept only after its hash has shown that it is WeChat Pay's.
    let mut hash = Sha1::new();
    let hashed = unpack(file, |text| {
        hash.update(text);
        Ok(())
    });
    hashed.map_err(|_| refused())?;
    if !hex(&hash.finalize(), LOWER).eq_ignore_ascii_case(hash_value.trim()) {
        return Err(refused());
    }
    unpacked(file, usize::MAX).ok_or_else(refused)
}

/// How a packed file begins.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The text of a bill, and its SHA-1 in lower-case hexadecimal digits; `None` for a broken gzip file, or one of more than `most` bytes.
#[cfg(feature = "client")]
pub(crate) fn text_and_sha1(file: Vec<u8>, most: usize) -> Option<(Vec<u8>, String)> {
    // One that is not packed is not copied.
    let text =
        if file.starts_with(&GZIP) { unpacked(&file, most)? } else { Some(file).filter(|file| file.len() <= most)? };
    let hash = hex(&Sha1::digest(&text), LOWER);
    Some((text, hash))
}

/// A file, unpacked where it is packed; `None` if it is broken or has more than `most` bytes: a small file can unpack to a very large one.
pub(super) fn unpacked(file: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let taken = unpack(file, |piece| {
        if most - plain.len() < piece.len() {
            return Err(Breach { code: ErrorCode::BillMalformed, rule: format!("has more than {most} bytes") });
        }
        plain.extend_from_slice(piece);
        Ok(())
    });
    taken.is_ok().then_some(plain)
}

/// Hands the text of a bill to `take`, piece by piece.
fn unpack(file: &[u8], mut take: impl FnMut(&[u8]) -> Result<(), Breach>) -> Result<(), Breach> {
    let mut unpacker = Unpacker::default();
    unpacker.push(file, &mut take)?;
    unpacker.finish(&mut take)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_small_file_that_unpacks_to_a_very_large_one_is_left() {
        const SIZE: usize = 32 << 20;
        let file = packed(&vec![0; SIZE]);
        assert!(file.len() < SIZE / 500, "{}", file.len());
        assert_eq!(unpacked(&file, SIZE).map(|text| text.len()), Some(SIZE));
        assert_eq!(unpacked(&file, SIZE - 1), None);
        let mut largest = 0;
        let left = unpack(&file, |piece| {
            largest = largest.max(piece.len());
            Err(Breach { code: ErrorCode::BillMalformed, rule: String::new() })
        });
        assert!(left.is_err() && largest < 1 << 20, "{largest} bytes at once");

        assert_eq!(unpacked(b"plain", 5).unwrap(), b"plain");
        assert_eq!((unpacked(b"plain", 4), unpacked(&file[..file.len() / 2], SIZE)), (None, None));
    }
}
