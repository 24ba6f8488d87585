//! Rows of a bill, many in one piece of memory, and one row of them.

use std::fmt;
use std::sync::Arc;

use super::columns::{CellKind, Column, Layout};
use super::values::{Fee, NONE};
use crate::money::Fen;
use crate::time::BeijingTime;

/// Rows that were read together. Rows are made of it at no cost; each keeps the whole batch in memory.
pub struct Batch {
    pub(super) layout: Arc<Layout>,
    pub(super) text: String,
    /// Beginning and end of each cell in the text, row by row.
    pub(super) cells: Vec<(u32, u32)>,
    /// The numbers of each row, row by row.
    pub(super) numbers: Vec<i64>,
    pub(super) rows: usize,
    /// The rows whose free texts contain separators, so that it is not certain where one ends and the next begins.
    pub(super) ambiguous: Vec<usize>,
}

/// A cell by its kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// An empty cell, a number `0` that stands for none, or a time of an unknown form.
    None,
    /// Text.
    Text(&'a str),
    /// An amount in fen.
    Fen(i64),
    /// A service fee.
    Fee(Fee),
    /// A count.
    Count(i64),
    /// A time.
    Time(BeijingTime),
}

impl Batch {
    /// No rows, of a bill with these columns.
    pub fn empty(layout: &Arc<Layout>) -> Self {
        let layout = Arc::clone(layout);
        Self { layout, text: String::new(), cells: Vec::new(), numbers: Vec::new(), rows: 0, ambiguous: Vec::new() }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// How many bytes its rows take in memory.
    pub fn memory(&self) -> usize {
        self.text.capacity() + size_of_val(self.cells.as_slice()) + size_of_val(self.numbers.as_slice())
    }

    /// The text of a cell, without the back quote; `None` outside of the batch.
    pub fn text(&self, row: usize, place: usize) -> Option<&str> {
        let width = self.layout.width();
        if place >= width {
            return None;
        }
        let (start, end) = *self.cells.get(row * width + place)?;
        self.text.get(start as usize..end as usize)
    }

    /// A cell by its kind.
    pub fn cell(&self, row: usize, place: usize) -> Cell<'_> {
        let Some(header) = self.layout.headers().get(place) else { return Cell::None };
        let Some(kind) = header.column.map(Column::kind) else {
            return self.text(row, place).map_or(Cell::None, Cell::Text);
        };
        if let Some(slot) = header.slot {
            return match self.number(row, slot) {
                None => Cell::None,
                Some(number) => match kind {
                    CellKind::Fen => Cell::Fen(number),
                    CellKind::Fee => Cell::Fee(Fee(number)),
                    CellKind::Time => BeijingTime::from_unix(number).map_or(Cell::None, Cell::Time),
                    _ => Cell::Count(number),
                },
            };
        }
        match (self.text(row, place), kind) {
            (None | Some(""), _) | (Some("0"), CellKind::Id | CellKind::Word) => Cell::None,
            (Some(text), _) => Cell::Text(text),
        }
    }

    /// The number of a cell that is read as one: fen, units of 0.00001 yuan, a count, or seconds since 1970.
    pub fn number_at(&self, row: usize, place: usize) -> Option<i64> {
        self.number(row, self.layout.headers().get(place)?.slot?)
    }

    /// Whether the free texts of a row contain separators, so that it is not certain which text belongs to which.
    pub fn is_ambiguous(&self, row: usize) -> bool {
        self.ambiguous.binary_search(&row).is_ok()
    }

    fn number(&self, row: usize, slot: usize) -> Option<i64> {
        self.numbers.get(row * self.layout.numbers + slot).copied().filter(|number| *number != NONE)
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// One row of a bill, or its totals. Cheap to clone.
#[derive(Clone)]
pub struct Row {
    batch: Arc<Batch>,
    row: usize,
}

impl Row {
    /// The row of this number in a batch; `None` outside of it.
    pub fn of(batch: &Arc<Batch>, row: usize) -> Option<Self> {
        (row < batch.rows).then(|| Self { batch: Arc::clone(batch), row })
    }

    /// The batch that it belongs to, and its number there.
    pub fn place(&self) -> (&Arc<Batch>, usize) {
        (&self.batch, self.row)
    }

    /// The columns.
    pub fn layout(&self) -> &Layout {
        &self.batch.layout
    }

    /// A cell by its kind; [`Cell::None`] when the bill does not have the column.
    pub fn get(&self, column: Column) -> Cell<'_> {
        self.batch.layout.place(column).map_or(Cell::None, |place| self.batch.cell(self.row, place))
    }

    /// The text of a cell as in the file, by its name here or by WeChat's: also of columns that came later than this version.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.batch.text(self.row, self.batch.layout.find(name)?)
    }

    /// Names in the file and texts of all cells, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.batch.layout.headers().iter().enumerate();
        headers.map(|(place, header)| (header.text.as_str(), self.batch.text(self.row, place).unwrap_or_default()))
    }

    /// Whether `body` and `attach` contain separators, so that it is not certain where one ends and the other begins. All other
    /// cells are certain.
    pub fn is_ambiguous(&self) -> bool {
        self.batch.is_ambiguous(self.row)
    }
}

/// The texts as in the file.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// Without the customer's openid.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |column: &&Column| **column != Column::openid && self.get(**column) != Cell::None;
        let cells = Column::ALL.iter().filter(known).map(|column| (column.name(), self.get(*column)));
        f.debug_map().entries(cells).finish()
    }
}

macro_rules! getters {
    ($($name:ident $kind:ident [$($row:literal),*] [$($total:literal),*] $doc:literal;)+) => {
        impl Row {
            $(getter! { $name $kind $doc })+
        }
    };
}

macro_rules! getter {
    ($name:ident Time $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&self) -> Option<BeijingTime> {
            if let Cell::Time(time) = self.get(Column::$name) { Some(time) } else { None }
        }
    };
    ($name:ident Fen $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&self) -> Option<Fen> {
            if let Cell::Fen(fen) = self.get(Column::$name) { Some(Fen(fen)) } else { None }
        }
    };
    ($name:ident Fee $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&self) -> Option<Fee> {
            if let Cell::Fee(fee) = self.get(Column::$name) { Some(fee) } else { None }
        }
    };
    ($name:ident Count $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&self) -> Option<i64> {
            if let Cell::Count(count) = self.get(Column::$name) { Some(count) } else { None }
        }
    };
    ($name:ident $kind:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&self) -> Option<&str> {
            if let Cell::Text(text) = self.get(Column::$name) { Some(text) } else { None }
        }
    };
}

bill_columns!(getters!);
