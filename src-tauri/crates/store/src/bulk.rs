//! Statements that write many rows at once.
//!
//! One statement per row costs a trip to SQLite's thread and back each time
//! (19,000 rows a second); rows bound together cost almost nothing. Chunks have
//! one of two sizes, so that every statement is prepared once and kept; what a
//! chunk has too many of is NULL, which the statement's own text passes over.

use crate::error::StoreError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments as _, AssertSqlSafe, Encode, Sqlite, Type};
use std::sync::{Arc, OnceLock};

/// Rows of a large chunk: beyond some hundred rows nothing more is gained, and 256
/// rows of the widest table stay far below SQLite's 32,766 parameters.
const LARGE: usize = 256;

/// Rows of a small chunk, for the batches of a quiet server.
const SMALL: usize = 8;

/// The place in a statement where the rows go.
const PLACE: &str = "{rows}";

/// A statement with `{rows}` where a table of rows stands, `column1` being NULL in
/// the rows to pass over, e.g. `INSERT INTO t SELECT * FROM ({rows}) WHERE column1
/// IS NOT NULL`.
pub(crate) struct Bulk {
    statement: &'static str,
    columns: usize,
    small: OnceLock<Arc<String>>,
    large: OnceLock<Arc<String>>,
}

impl Bulk {
    /// A statement for rows of so many columns.
    pub(crate) const fn new(statement: &'static str, columns: usize) -> Self {
        Self {
            statement,
            columns,
            small: OnceLock::new(),
            large: OnceLock::new(),
        }
    }

    /// Runs it for all `rows`; `bind` gives each row its columns, the first of
    /// which is never NULL.
    pub(crate) async fn run<T: Sync>(
        &self,
        connection: &mut SqliteConnection,
        rows: &[T],
        bind: impl Fn(&T, &mut Columns) + Send,
    ) -> Result<(), StoreError> {
        for chunk in rows.chunks(LARGE) {
            let (text, size) = if chunk.len() > SMALL {
                (&self.large, LARGE)
            } else {
                (&self.small, SMALL)
            };
            let text = text.get_or_init(|| Arc::new(self.text(size)));
            let mut columns = Columns::with_capacity(chunk.len() * self.columns);
            chunk.iter().for_each(|row| bind(row, &mut columns));
            debug_assert_eq!(
                columns.0.len(),
                chunk.len() * self.columns,
                "{}",
                self.statement
            );
            // Safe: the text is a constant and question marks.
            sqlx::query_with(AssertSqlSafe(Arc::clone(text)), columns.0)
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }

    fn text(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(","));
        let all = format!("VALUES {}", vec![row; rows].join(","));
        self.statement.replace(PLACE, &all)
    }
}

/// The columns of the rows that one statement writes.
pub(crate) struct Columns(SqliteArguments);

impl Columns {
    fn with_capacity(columns: usize) -> Self {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(columns, 0);
        Self(arguments)
    }

    /// Adds the next column.
    pub(crate) fn add<'t>(&mut self, column: impl Encode<'t, Sqlite> + Type<Sqlite>) -> &mut Self {
        self.0
            .add(column)
            .expect("numbers, texts and bytes are always encoded");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_row_is_written_once_whatever_their_number() {
        static INSERT: Bulk = Bulk::new(
            "INSERT INTO t SELECT * FROM ({rows}) WHERE column1 IS NOT NULL",
            2,
        );
        let mut connection = <SqliteConnection as sqlx::Connection>::connect(":memory:")
            .await
            .expect("memory");
        sqlx::query("CREATE TABLE t(a INTEGER, b TEXT)")
            .execute(&mut connection)
            .await
            .expect("a table");
        for count in [0, 1, SMALL, SMALL + 1, LARGE, LARGE + SMALL + 1] {
            let rows: Vec<i64> = (0..count)
                .map(|row| i64::try_from(row).expect("small"))
                .collect();
            let bind = |row: &i64, columns: &mut Columns| {
                columns.add(*row).add(row.to_string());
            };
            INSERT
                .run(&mut connection, &rows, bind)
                .await
                .expect("rows");
            let query = "SELECT count(*), coalesce(sum(a = CAST(b AS INTEGER)), 0) FROM t";
            let found: (i64, i64) = sqlx::query_as(query)
                .fetch_one(&mut connection)
                .await
                .expect("a count");
            assert_eq!(
                found,
                (
                    i64::try_from(count).expect("small"),
                    i64::try_from(count).expect("small")
                )
            );
            sqlx::query("DELETE FROM t")
                .execute(&mut connection)
                .await
                .expect("an empty table");
        }
    }
}
