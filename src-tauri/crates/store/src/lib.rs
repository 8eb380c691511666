//! The memory: one SQLite file in which everything lies that must outlive a run.
//!
//! [`Store::open`] yields the one [`Writer`], which stores a [`Batch`] of facts and
//! edits as one transaction, any number of [`Reader`]s, and the snapshot that the
//! engine starts from. Nothing is decided here; SQL is nowhere else. Start reading
//! at `writer` for the way in, at `reader` for the way out, at `migrations/` for
//! the tables.

mod association;
mod batch;
mod block;
mod bulk;
mod chart;
mod console_line;
mod counted;
mod credential;
mod deviation;
mod device;
mod device_list;
mod device_search;
mod discovered;
mod dismissed;
mod encoding;
mod error;
mod fold;
mod handshake_failure;
#[cfg(feature = "limit")]
pub mod limit;
mod mode;
mod model;
mod named_key;
mod object_list;
mod observation;
mod open;
mod operation;
mod own_key;
mod path_key;
mod path_set;
mod problem;
mod profile;
mod reader;
mod reading;
mod registration;
mod registration_refusal;
mod schema;
mod seal;
mod sealing;
mod secrets;
mod setting;
mod snapshot;
mod tidy;
mod transaction;
mod writer;

pub use batch::{Batch, Edit};
pub use block::{BlockRow, BlockSubject};
pub use chart::{Chart, ChartPoint, ChartQuery, MAX_COLUMNS};
pub use console_line::{ConsoleLine, MAX_CONSOLE_LINES};
pub use credential::{LastUse, Usage};
pub use deviation::DeviationRow;
pub use device::DeviceRow;
pub use device_list::{DeviceOrder, DevicePage, DeviceQuery};
pub use device_search::DeviceSearch;
pub use discovered::DiscoveredRow;
pub use error::StoreError;
pub use handshake_failure::{FailureRow, MAX_FAILURES};
pub use model::ModelRow;
pub use named_key::NamedKey;
pub use observation::ObservationRow;
pub use open::{FILE_NAME, NEEDED_SQLITE, Options, Store};
pub use operation::OperationRow;
pub use own_key::{IssuedRow, OwnKey, OwnKeyRole, TrustAnchorRow};
pub use path_set::{Make, PathSetOwner, PathSetRow};
pub use problem::{MAX_PROBLEMS, ProblemRow};
pub use reader::{About, Counts, Reader};
pub use reading::{ReadingQuery, ReadingRow};
pub use registration_refusal::{MAX_REFUSALS, RefusalRow};
pub use seal::{MASTER_KEY_BYTES, MasterKey, Place};
pub use sealing::{Sealing, VAULT_BYTES, Way, Wrapped};
pub use secrets::Secrets;
pub use tidy::{Retention, Tidied};
pub use writer::Writer;

#[cfg(test)]
mod tests;
