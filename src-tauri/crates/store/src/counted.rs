//! Tables whose rows are counted while what they tell repeats, and that are bounded.

use crate::error::StoreError;
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

/// Drops the rows that were not seen for longest, until `most` are left.
pub(crate) async fn keep_newest(
    connection: &mut SqliteConnection,
    table: &'static str,
    most: u32,
) -> Result<(), StoreError> {
    let surplus = format!(
        "DELETE FROM {table} WHERE id IN
         (SELECT id FROM {table} ORDER BY last_at DESC, id DESC LIMIT -1 OFFSET ?)"
    );
    sqlx::query(AssertSqlSafe(surplus))
        .bind(most)
        .execute(connection)
        .await?;
    Ok(())
}
