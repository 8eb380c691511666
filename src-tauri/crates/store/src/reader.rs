//! Reading beside the writer: a few connections that see the last commit and hold
//! nobody up. Every question is one method; the queries stand with their nouns.

use crate::association;
use crate::block::{self, BlockRow};
use crate::chart::{self, Chart, ChartQuery};
use crate::console_line::{self, ConsoleLine};
use crate::credential::{self, Usage};
use crate::deviation::{self, DeviationRow};
use crate::device::DeviceRow;
use crate::device_list::{self, DevicePage, DeviceQuery};
use crate::device_search::{self, DeviceSearch};
use crate::discovered::{self, DiscoveredRow};
use crate::dismissed;
use crate::error::StoreError;
use crate::handshake_failure::{self, FailureRow};
use crate::model::{self, ModelRow};
use crate::observation::{self, ObservationRow};
use crate::operation::{self, OperationRow};
use crate::own_key::{self, IssuedRow, TrustAnchorRow};
use crate::path_set::{self, PathSetOwner, PathSetRow};
use crate::problem::{self, ProblemRow};
use crate::profile;
use crate::reading::{self, ReadingQuery, ReadingRow};
use crate::registration_refusal::{self, RefusalRow};
use crate::schema;
use crate::sealing::{self, Sealing};
use crate::setting;
use clock::UnixTime;
use lwm2m::Path;
use secure::{Address, AssociationId};
use server::credential::CredentialId;
use server::ids::{DeviceId, EndpointName, OperationId};
use server::profile::Profile;
use sqlx::SqlitePool;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Answers questions about what is stored. Clones share their connections.
///
/// Every method fails with `Io`, `Corrupt` or `Locked`, and with nothing else.
#[derive(Clone, Debug)]
pub struct Reader {
    pool: SqlitePool,
    file: PathBuf,
}

/// What the file is like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct About {
    /// How many changes its schema has seen.
    pub schema: u32,
    /// The newest of them.
    pub newest_change: Option<&'static str>,
    /// The version of SQLite.
    pub sqlite: String,
    /// Pages of the file.
    pub pages: u64,
    /// Those of them that hold nothing.
    pub free_pages: u64,
    /// Bytes of a page.
    pub page_bytes: u64,
}

/// Figures of the whole file.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Known devices.
    pub devices: u64,
    /// Operations that have not ended.
    pub open_operations: u64,
    /// Observations in force.
    pub observations: u64,
}

impl Reader {
    pub(crate) fn new(pool: SqlitePool, file: PathBuf) -> Self {
        Self { pool, file }
    }

    /// A page of the device list.
    pub async fn devices(&self, query: &DeviceQuery) -> Result<DevicePage, StoreError> {
        device_list::page(&self.pool, query).await
    }

    /// The device of that name.
    pub async fn device(&self, endpoint: &str) -> Result<Option<DeviceRow>, StoreError> {
        device_list::by_endpoint(&self.pool, endpoint).await
    }

    /// The id of the device of that name.
    pub async fn device_id(&self, endpoint: &str) -> Result<Option<DeviceId>, StoreError> {
        device_list::id(&self.pool, endpoint).await
    }

    /// The name of the device of that id.
    pub async fn endpoint(&self, device: DeviceId) -> Result<Option<EndpointName>, StoreError> {
        device_list::endpoint(&self.pool, device).await
    }

    /// A few devices that match, the likeliest first.
    pub async fn find_devices(
        &self,
        search: &DeviceSearch,
        limit: u32,
    ) -> Result<Vec<DeviceRow>, StoreError> {
        device_search::find(&self.pool, search, limit).await
    }

    /// The newest lines typed into the console of a device, newest first.
    pub async fn console_lines(
        &self,
        device: DeviceId,
        limit: u32,
    ) -> Result<Vec<ConsoleLine>, StoreError> {
        console_line::newest(&self.pool, device, limit).await
    }

    /// The newest readings that match, ascending by time.
    pub async fn readings(&self, query: ReadingQuery) -> Result<Vec<ReadingRow>, StoreError> {
        reading::newest(&self.pool, query).await
    }

    /// How many bytes the values of [`Self::readings`] have.
    pub async fn readings_size(&self, query: ReadingQuery) -> Result<u64, StoreError> {
        reading::size(&self.pool, query).await
    }

    /// The newest reading of each path at or below `prefix`, by path.
    pub async fn latest(
        &self,
        device: DeviceId,
        prefix: Path,
    ) -> Result<Vec<ReadingRow>, StoreError> {
        reading::latest(&self.pool, device, prefix).await
    }

    /// The newest readings at exactly these paths of many devices, in no order.
    pub async fn latest_of_many(
        &self,
        devices: &[DeviceId],
        paths: &[Path],
    ) -> Result<Vec<(DeviceId, ReadingRow)>, StoreError> {
        reading::latest_of_many(&self.pool, devices, paths).await
    }

    /// A curve, reduced to what the pixels can show.
    pub async fn chart(&self, query: ChartQuery) -> Result<Chart, StoreError> {
        chart::load(&self.pool, query).await
    }

    /// The observations of one device, or all, oldest first.
    pub async fn observations(
        &self,
        device: Option<DeviceId>,
    ) -> Result<Vec<ObservationRow>, StoreError> {
        observation::list(&self.pool, device).await
    }

    /// What a device told of its own tree, by path.
    pub async fn discovered(&self, device: DeviceId) -> Result<Vec<DiscoveredRow>, StoreError> {
        discovered::all(&self.pool, device).await
    }

    /// One operation.
    pub async fn operation(&self, id: OperationId) -> Result<Option<OperationRow>, StoreError> {
        operation::one(&self.pool, id).await
    }

    /// The newest operations of one device, or of all, newest first.
    pub async fn operations(
        &self,
        device: Option<DeviceId>,
        limit: u32,
    ) -> Result<Vec<OperationRow>, StoreError> {
        operation::newest(&self.pool, device, limit).await
    }

    /// How a device is treated.
    pub async fn profile(&self, device: DeviceId) -> Result<Profile, StoreError> {
        profile::one(&self.pool, device).await
    }

    /// How often a device deviated from the standard, by code.
    pub async fn deviations(&self, device: DeviceId) -> Result<Vec<DeviationRow>, StoreError> {
        deviation::of_device(&self.pool, device).await
    }

    /// These operations, in no order; those that are not stored are left out.
    pub async fn operations_by_id(
        &self,
        ids: &[OperationId],
    ) -> Result<Vec<OperationRow>, StoreError> {
        operation::some(&self.pool, ids).await
    }

    /// The newest problems, newest first.
    pub async fn problems(&self, limit: u32) -> Result<Vec<ProblemRow>, StoreError> {
        problem::newest(&self.pool, limit).await
    }

    /// All settings: JSON texts by name.
    pub async fn settings(&self) -> Result<BTreeMap<String, String>, StoreError> {
        setting::settings(&self.pool).await
    }

    /// What the page keeps under a key, JSON text.
    pub async fn view(&self, key: &str) -> Result<Option<String>, StoreError> {
        setting::view(&self.pool, key).await
    }

    /// The path sets of an owner by name.
    pub async fn path_sets(&self, owner: &PathSetOwner) -> Result<Vec<PathSetRow>, StoreError> {
        path_set::of(&self.pool, owner).await
    }

    /// All imported definitions, in the order in which they came.
    pub async fn models(&self) -> Result<Vec<ModelRow>, StoreError> {
        model::all(&self.pool).await
    }

    /// How the secrets are opened, if there are any.
    pub async fn sealing(&self) -> Result<Option<Sealing>, StoreError> {
        sealing::load(&self.pool).await
    }

    /// What has become of these credentials until now.
    pub async fn credential_usage(
        &self,
        ids: impl Iterator<Item = CredentialId>,
        now: UnixTime,
    ) -> Result<BTreeMap<CredentialId, Usage>, StoreError> {
        credential::usage(&self.pool, ids, now).await
    }

    /// Certificates that our authority issued, newest first.
    pub async fn issued(&self, limit: u32) -> Result<Vec<IssuedRow>, StoreError> {
        own_key::issued(&self.pool, limit).await
    }

    /// Handshakes that came to nothing since then, newest first.
    pub async fn handshake_failures(&self, since: UnixTime) -> Result<Vec<FailureRow>, StoreError> {
        handshake_failure::since(&self.pool, since).await
    }

    /// Where the device was in the course of an association, oldest first.
    pub async fn association_moves(
        &self,
        id: AssociationId,
    ) -> Result<Vec<(UnixTime, Address)>, StoreError> {
        association::moved(&self.pool, id).await
    }

    /// Authorities whose signature counts.
    pub async fn trust_anchors(&self) -> Result<Vec<TrustAnchorRow>, StoreError> {
        own_key::anchors(&self.pool).await
    }

    /// Registrations that were turned down since then, newest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn refusals(&self, since: UnixTime) -> Result<Vec<RefusalRow>, StoreError> {
        registration_refusal::since(&self.pool, since).await
    }

    /// Whom a person keeps out, besides endpoints, newest first.
    ///
    /// # Errors
    /// Those of the disk.
    pub async fn blocks(&self) -> Result<Vec<BlockRow>, StoreError> {
        block::all(&self.pool).await
    }

    /// What was dismissed of what is pending, and when.
    pub async fn dismissed(&self) -> Result<BTreeMap<String, UnixTime>, StoreError> {
        dismissed::all(&self.pool).await
    }

    /// What the file is like.
    pub async fn about(&self) -> Result<About, StoreError> {
        let query = "SELECT user_version, sqlite_version(), page_count, freelist_count, page_size
             FROM pragma_user_version, pragma_page_count, pragma_freelist_count, pragma_page_size";
        let (schema, sqlite, pages, free_pages, page_bytes): (u32, String, i64, i64, i64) =
            sqlx::query_as(query).fetch_one(&self.pool).await?;
        Ok(About {
            schema,
            newest_change: schema::name_of(schema),
            sqlite,
            pages: pages.cast_unsigned(),
            free_pages: free_pages.cast_unsigned(),
            page_bytes: page_bytes.cast_unsigned(),
        })
    }

    /// Figures of the whole file.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let query = "SELECT (SELECT count(*) FROM device), (SELECT count(*) FROM operation WHERE state < 2),
             (SELECT count(*) FROM observation WHERE token IS NOT NULL)";
        let (devices, open_operations, observations): (i64, i64, i64) =
            sqlx::query_as(query).fetch_one(&self.pool).await?;
        Ok(Counts {
            devices: devices.cast_unsigned(),
            open_operations: open_operations.cast_unsigned(),
            observations: observations.cast_unsigned(),
        })
    }

    /// The size of the database with its write-ahead log, in bytes; 0 if the
    /// system does not say.
    #[must_use]
    pub fn database_bytes(&self) -> u64 {
        let mut log = self.file.clone().into_os_string();
        log.push("-wal");
        let bytes =
            |file: &std::path::Path| std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        bytes(&self.file).saturating_add(bytes(log.as_ref()))
    }

    /// Closes the connections once their questions are answered.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
