//! The columns of bills that are known: their names here, what they hold, and WeChat's names for them.

use std::borrow::Cow;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A time in Beijing.
    Time,
    /// An amount in yuan, read as an integer of fen.
    Fen,
    /// A service fee in yuan with up to five decimals.
    Fee,
    /// A whole number, which WeChat also writes as `3.0`.
    Count,
    /// A number of WeChat's or of the merchant's; `0` means none.
    Id,
    /// One of several words. Unknown ones are kept; `0` means none.
    Word,
    /// Text.
    Text,
    /// Text that the merchant chose, which may contain the separators.
    Free,
}

impl CellKind {
    /// Whether the cell is read as a number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Time | Self::Fen | Self::Fee | Self::Count)
    }
}

/// Calls a macro with all known columns: name, kind, WeChat's names in the header of the rows, WeChat's names in the header of the
/// totals, and the documentation. For this crate and its bindings.
#[doc(hidden)]
#[macro_export]
macro_rules! bill_columns {
    ($then:ident!) => {
        $then! {
            trade_time Time ["交易时间"] [] "When the customer paid; of a refund, when it was asked for.";
            appid Id ["公众账号ID"] [] "The appid.";
            mch_id Id ["商户号"] [] "The merchant; for a service provider's bill the provider.";
            sub_mch_id Id ["特约商户号", "子商户号"] [] "The sub-merchant; none for an ordinary merchant.";
            device_info Text ["设备号"] [] "The terminal's number.";
            transaction_id Id ["微信订单号"] [] "WeChat's number of the payment.";
            out_trade_no Id ["商户订单号"] [] "The merchant's number of the order.";
            openid Id ["用户标识"] [] "The customer.";
            trade_type Word ["交易类型"] [] "How it was paid: `JSAPI`, `NATIVE`, `APP`, `MICROPAY` and so on.";
            trade_state Word ["交易状态"] [] "What the row is: `SUCCESS` a payment, `REFUND` a refund, `REVOKED` an order that was cancelled.";
            bank_type Word ["付款银行"] [] "The customer's bank.";
            fee_type Word ["货币种类"] [] "The currency.";
            settlement_total_fee Fen ["应结订单金额", "总金额"] ["应结订单总金额", "总交易额"] "What the merchant receives of the order: its amount less coupons that are not settled.";
            coupon_fee Fen ["代金券金额", "代金券或立减优惠金额", "企业红包金额"] [] "What coupons paid.";
            refund_apply_time Time ["退款申请时间"] [] "When the refund was asked for.";
            refund_success_time Time ["退款成功时间"] [] "When the customer had the refund.";
            refund_id Id ["微信退款单号"] [] "WeChat's number of the refund.";
            out_refund_no Id ["商户退款单号"] [] "The merchant's number of the refund.";
            settlement_refund_fee Fen ["退款金额"] ["退款总金额", "总退款金额"] "What the merchant pays back: the refund less coupons that were not settled.";
            coupon_refund_fee Fen ["充值券退款金额", "代金券或立减优惠退款金额", "企业红包退款金额"] ["充值券退款总金额", "总代金券或立减优惠退款金额", "总企业红包退款金额"] "What coupons get back.";
            refund_channel Word ["退款类型"] [] "Where the refund goes: `ORIGINAL`, `BALANCE` and so on.";
            refund_status Word ["退款状态"] [] "The state of the refund: `SUCCESS`, `PROCESSING`, `FAIL`, `CHANGE`.";
            body Free ["商品名称"] [] "What was bought.";
            attach Free ["商户数据包"] [] "The order's `attach`.";
            fee Fee ["手续费"] ["手续费总金额"] "WeChat's service fee in yuan, negative where it is given back.";
            rate Text ["费率"] [] "The rate of the service fee, such as `0.60%`.";
            total_fee Fen ["订单金额"] ["订单总金额"] "The amount of the order.";
            refund_fee Fen ["申请退款金额"] ["申请退款总金额"] "The amount that was asked to be refunded.";
            rate_remark Text ["费率备注"] [] "A remark about the rate.";
            returned_fee Fee ["返还手续费"] [] "The service fee that WeChat gives back, in yuan.";
            record_time Time ["记账时间"] [] "Fund flow: when it was booked.";
            business_id Id ["微信支付业务单号"] [] "Fund flow: WeChat's number of the payment, refund or other business.";
            flow_id Id ["资金流水单号"] [] "Fund flow: WeChat's number of this entry.";
            business_name Word ["业务名称"] [] "Fund flow: what it was, such as `交易` and `退款`.";
            business_type Word ["业务类型"] [] "Fund flow: the kind of business.";
            direction Word ["收支类型"] [] "Fund flow: `收入` for money that came in, `支出` for money that went out.";
            amount Fen ["收支金额(元)"] [] "Fund flow: how much; see `direction`.";
            balance Fen ["账户结余(元)"] [] "Fund flow: the balance afterwards.";
            applicant Text ["资金变更提交申请人"] [] "Fund flow: who asked for it.";
            remark Free ["备注"] [] "Fund flow: a remark.";
            voucher_no Id ["业务凭证号"] [] "Fund flow: the merchant's number of the business.";
            total_count Count [] ["总交易单数", "资金流水总笔数"] "Totals: how many rows the bill has.";
            income_count Count [] ["收入笔数"] "Totals of a fund flow: how many entries are income.";
            income_amount Fen [] ["收入金额"] "Totals of a fund flow: the sum of the income.";
            expense_count Count [] ["支出笔数"] "Totals of a fund flow: how many entries are expenses.";
            expense_amount Fen [] ["支出金额"] "Totals of a fund flow: the sum of the expenses.";
        }
    };
}

macro_rules! declare {
    ($($name:ident $kind:ident [$($row:literal),*] [$($total:literal),*] $doc:literal;)+) => {
        /// A column whose meaning is known.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(non_camel_case_types, reason = "the names that the fields have in the three languages")]
        #[allow(missing_docs, reason = "`doc` has the text")]
        pub enum Column {
            $($name),+
        }

        impl Column {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name here.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),+
                }
            }

            /// What its cells hold.
            pub fn kind(self) -> CellKind {
                match self {
                    $(Self::$name => CellKind::$kind),+
                }
            }

            /// WeChat's names for it among the rows.
            pub fn headers(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($row),*]),+
                }
            }

            /// WeChat's names for it among the totals.
            pub fn totals(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($total),*]),+
                }
            }

            /// What it means.
            pub fn doc(self) -> &'static str {
                match self {
                    $(Self::$name => $doc),+
                }
            }
        }
    };
}

bill_columns!(declare!);

impl Column {
    /// The column of this name here.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.name() == name)
    }

    /// Its place in [`Column::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

/// The columns of one header line: where each known one is, and what is read of the others.
#[derive(Debug)]
pub struct Layout {
    headers: Vec<Header>,
    places: [Option<u16>; Column::ALL.len()],
    /// How many columns are read as numbers.
    pub(super) numbers: usize,
    /// The first and the last column whose texts may contain separators.
    pub(super) free: Option<(usize, usize)>,
}

/// One column of a bill.
#[derive(Debug)]
pub struct Header {
    /// WeChat's name of it, as in the file.
    pub text: String,
    /// What it is; `None` for a column that came later than this version.
    pub column: Option<Column>,
    /// Where its number is among the numbers of a row.
    pub(super) slot: Option<usize>,
}

impl Header {
    /// Its name here, or WeChat's where there is none.
    pub fn name(&self) -> &str {
        match self.column {
            Some(column) => column.name(),
            None => &self.text,
        }
    }

    /// What its cells are. Those of a column that came later than this version are texts.
    pub fn kind(&self) -> CellKind {
        self.column.map_or(CellKind::Text, Column::kind)
    }
}

impl Layout {
    /// The layout of rows with these headers.
    pub(super) fn of_rows<'a>(headers: impl Iterator<Item = &'a str>) -> Self {
        Self::of(headers, Column::headers)
    }

    /// The layout of totals with these headers.
    pub(super) fn of_totals<'a>(headers: impl Iterator<Item = &'a str>) -> Self {
        Self::of(headers, Column::totals)
    }

    fn of<'a>(headers: impl Iterator<Item = &'a str>, names: fn(Column) -> &'static [&'static str]) -> Self {
        let mut layout = Self { headers: Vec::new(), places: [None; Column::ALL.len()], numbers: 0, free: None };
        for text in headers {
            let plain = half_width(text);
            let known = |column: &Column| names(*column).iter().any(|name| *name == plain);
            let place = layout.headers.len();
            let column = Column::ALL.iter().copied().find(known);
            // A header that stands twice is known by its first place.
            let column = column.filter(|column| layout.place(*column).is_none());
            let mut slot = None;
            if let Some(column) = column {
                if let Some(entry) = layout.places.get_mut(column.index()) {
                    *entry = u16::try_from(place).ok();
                }
                if column.kind().is_number() {
                    slot = Some(layout.numbers);
                    layout.numbers += 1;
                }
                if column.kind() == CellKind::Free {
                    layout.free = Some(layout.free.map_or((place, place), |(first, _)| (first, place)));
                }
            }
            layout.headers.push(Header { text: text.to_owned(), column, slot });
        }
        layout
    }

    /// The columns, in the order of the file.
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The columns and their places, each name once: of columns with the same name the first.
    pub fn named(&self) -> impl Iterator<Item = (usize, &Header)> {
        let is_first = |(place, header): &(usize, &Header)| {
            self.headers.iter().take(*place).all(|before| before.name() != header.name())
        };
        self.headers.iter().enumerate().filter(is_first)
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// Where a known column is; `None` when this bill does not have it.
    pub fn place(&self, column: Column) -> Option<usize> {
        self.places.get(column.index()).copied().flatten().map(usize::from)
    }

    /// Where the column of this name is: a name here, or WeChat's name in the file.
    pub fn find(&self, name: &str) -> Option<usize> {
        Column::named(name)
            .and_then(|column| self.place(column))
            .or_else(|| self.headers.iter().position(|header| header.text == name))
    }
}

/// Whether a line begins the totals.
pub(super) fn begins_totals(line: &str) -> bool {
    let first = half_width(line);
    let first = first.split(',').next().unwrap_or_default().trim();
    Column::total_count.totals().contains(&first)
}

/// A header with the full-width signs that some files have as the usual ones.
pub(super) fn half_width(text: &str) -> Cow<'_, str> {
    let wide = |c: char| matches!(c, '，' | '（' | '）' | '：');
    if !text.contains(wide) {
        return Cow::Borrowed(text);
    }
    let narrow = |c| match c {
        '，' => ',',
        '（' => '(',
        '）' => ')',
        '：' => ':',
        other => other,
    };
    Cow::Owned(text.chars().map(narrow).collect())
}
