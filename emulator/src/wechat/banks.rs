//! The cards that pay and that refunds go to, as customers read them (protocol v3 §8.3).

/// The banks of `bank_type` whose names are known.
const BANKS: &[(&str, &str)] = &[
    ("ICBC", "工商银行"),
    ("ABC", "农业银行"),
    ("CCB", "建设银行"),
    ("BOC", "中国银行"),
    ("COMM", "交通银行"),
    ("CMB", "招商银行"),
    ("PSBC", "邮储银行"),
    ("CMBC", "民生银行"),
    ("CIB", "兴业银行"),
    ("CEB", "光大银行"),
    ("CITIC", "中信银行"),
    ("GDB", "广发银行"),
    ("PAB", "平安银行"),
    ("SPDB", "浦发银行"),
    ("HXB", "华夏银行"),
    ("BOB", "北京银行"),
    ("NBCB", "宁波银行"),
];

/// The last digits of the customer's card: those of the documents.
pub(super) const TAIL: &str = "0403";

/// Bank, kind and last digits of the card of a `bank_type`: `招商银行信用卡0403`. `None` when it names no card.
pub(super) fn card(bank_type: &str, tail: &str) -> Option<String> {
    let (bank, kind) = bank_type.rsplit_once('_')?;
    let kind = match kind {
        "DEBIT" => "储蓄卡",
        "CREDIT" => "信用卡",
        _ => return None,
    };
    let name = BANKS.iter().find(|(code, _)| *code == bank).map_or(bank, |(_, name)| name);
    Some(format!("{name}{kind}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::{TAIL, card};

    #[test]
    fn a_card_has_its_bank_its_kind_and_its_last_digits() {
        assert_eq!(card("CMB_CREDIT", TAIL).as_deref(), Some("招商银行信用卡0403"));
        assert_eq!(card("ICBC_DEBIT", "5678").as_deref(), Some("工商银行储蓄卡5678"));
        // A bank whose name this list does not have.
        assert_eq!(card("SRCB_DEBIT", TAIL).as_deref(), Some("SRCB储蓄卡0403"));
        assert_eq!([card("OTHERS", TAIL), card("CFT", TAIL), card("ICBC_ECNY", TAIL)], [const { None }; 3]);
    }
}
