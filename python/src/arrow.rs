//! Bills as Arrow data: what the columns hold, and their cells as Arrow's arrays. No Python objects.
//!
//! Texts are `utf8`, also those that are one of a few words. A dictionary would save memory, but a table of another day has another
//! dictionary: Polars then joins such a column with no text column, and pandas changes its type when tables are put together.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBuffer};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use wxpaykit::bill::{Batch, Cell, CellKind, Header, Layout};

/// The service fee is an integer of this many decimals of a yuan.
const FEE_DECIMALS: i8 = 5;

/// The columns of a bill. Any cell may be null. The metadata of a column have WeChat's name of it, and the unit of an amount.
pub(crate) fn schema(layout: &Layout) -> Schema {
    Schema::new(layout.named().map(|(_, header)| field(header)).collect::<Vec<_>>())
}

fn field(header: &Header) -> Field {
    let kind = header.kind();
    let data_type = match kind {
        CellKind::Fen | CellKind::Count => DataType::Int64,
        CellKind::Fee => DataType::Decimal128(18, FEE_DECIMALS),
        CellKind::Time => DataType::Timestamp(TimeUnit::Second, Some("Asia/Shanghai".into())),
        CellKind::Id | CellKind::Word | CellKind::Text | CellKind::Free => DataType::Utf8,
    };
    let unit = match kind {
        CellKind::Fen => Some("fen"),
        CellKind::Fee => Some("yuan"),
        _ => None,
    };
    let metadata = unit.map(|unit| ("unit".to_owned(), unit.to_owned()));
    let metadata: HashMap<_, _> = metadata.into_iter().chain([("header".to_owned(), header.text.clone())]).collect();
    Field::new(header.name(), data_type, true).with_metadata(metadata)
}

/// Rows of one bill as one array of structures, as [`schema`] describes it.
pub(crate) fn rows(schema: &Schema, batches: &[Arc<Batch>]) -> Result<ArrayData, ArrowError> {
    let rows = batches.iter().map(|batch| batch.len()).sum();
    let named = batches.first().into_iter().flat_map(|batch| batch.layout().named());
    let mut columns: Vec<_> = named.map(|(place, header)| (place, Values::new(header.kind(), rows))).collect();
    // Batch by batch: one has place in the processor's cache, and all of them have not.
    for batch in batches {
        for (place, values) in &mut columns {
            values.read(batch, *place)?;
        }
    }
    let arrays = columns.into_iter().zip(schema.fields());
    let arrays = arrays.map(|((_, values), field)| values.array(field.data_type(), rows));
    let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
    ArrayData::builder(DataType::Struct(schema.fields().clone())).len(rows).child_data(arrays).build()
}

/// The cells of a column.
struct Values {
    cells: Buffers,
    /// Whether there is a value.
    valid: BooleanBufferBuilder,
}

enum Buffers {
    Integers(Vec<i64>),
    Decimals(Vec<i128>),
    /// All texts, and where each ends.
    Texts(Vec<u8>, Vec<i32>),
}

impl Values {
    fn new(kind: CellKind, rows: usize) -> Self {
        let cells = match kind {
            CellKind::Fen | CellKind::Count | CellKind::Time => Buffers::Integers(Vec::with_capacity(rows)),
            CellKind::Fee => Buffers::Decimals(Vec::with_capacity(rows)),
            CellKind::Id | CellKind::Word | CellKind::Text | CellKind::Free => {
                let mut ends = Vec::with_capacity(rows + 1);
                ends.push(0);
                Buffers::Texts(Vec::new(), ends)
            }
        };
        Self { cells, valid: BooleanBufferBuilder::new(rows) }
    }

    fn read(&mut self, batch: &Batch, place: usize) -> Result<(), ArrowError> {
        for row in 0..batch.len() {
            let valid = match &mut self.cells {
                Buffers::Integers(integers) => {
                    let number = batch.number_at(row, place);
                    integers.push(number.unwrap_or(0));
                    number.is_some()
                }
                Buffers::Decimals(decimals) => {
                    let number = batch.number_at(row, place);
                    decimals.push(i128::from(number.unwrap_or(0)));
                    number.is_some()
                }
                Buffers::Texts(text, ends) => {
                    let cell = batch.cell(row, place);
                    if let Cell::Text(cell) = cell {
                        text.extend_from_slice(cell.as_bytes());
                    }
                    ends.push(i32::try_from(text.len()).map_err(|_| ArrowError::OffsetOverflowError(text.len()))?);
                    cell != Cell::None
                }
            };
            self.valid.append(valid);
        }
        Ok(())
    }

    fn array(mut self, data_type: &DataType, rows: usize) -> Result<ArrayData, ArrowError> {
        let array = ArrayData::builder(data_type.clone()).len(rows);
        let array = match self.cells {
            Buffers::Integers(integers) => array.add_buffer(Buffer::from_vec(integers)),
            Buffers::Decimals(decimals) => array.add_buffer(Buffer::from_vec(decimals)),
            Buffers::Texts(text, ends) => array.add_buffer(Buffer::from_vec(ends)).add_buffer(Buffer::from_vec(text)),
        };
        // Without any null there is no buffer of them.
        let nulls = Some(NullBuffer::new(self.valid.finish())).filter(|nulls| nulls.null_count() > 0);
        array.nulls(nulls).build()
    }
}
