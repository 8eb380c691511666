//! Simulated devices of the running instrument: they register here, and they are
//! there again after a restart. `simulator` drives them.

use crate::simulator::{SimulatorError, Wanted};
use crate::workbench::Workbench;
use device::ProfileKind;
use store::Edit;

/// The setting that names the simulated devices to start again.
const SIMULATED: &str = "simulated";

/// Simulated devices that are started again with the program: as many as one call
/// may start.
const MAX_RESTARTED: usize = 10_000;

impl Workbench {
    /// Starts `count` simulated devices that register here.
    ///
    /// # Errors
    /// No listener to register at, too many devices, a name that is taken.
    pub async fn start_simulated(
        &self,
        prefix: &str,
        kind: ProfileKind,
        count: usize,
    ) -> Result<Vec<String>, SimulatorError> {
        let endpoints = self.shared.simulator.names(prefix, count);
        let wanted: Vec<_> = endpoints
            .iter()
            .map(|name| Wanted {
                endpoint: name.clone(),
                kind,
            })
            .collect();
        let server = self
            .listeners()
            .await
            .reachable(false)
            .ok_or(SimulatorError::NoListener)?;
        self.shared.simulator.start(server, &wanted, 0).await?;
        self.keep_simulated().await;
        Ok(endpoints)
    }

    /// Stops one simulated device, or all. How many stopped.
    pub async fn stop_simulated(&self, endpoint: Option<&str>) -> usize {
        let stopped = self.shared.simulator.stop(endpoint).await;
        self.keep_simulated().await;
        stopped
    }

    async fn keep_simulated(&self) {
        let running = self.shared.simulator.running();
        let kept = running.iter().take(MAX_RESTARTED);
        let list: serde_json::Value = kept
            .map(|one| serde_json::json!([one.endpoint, one.kind.name()]))
            .collect();
        let edit = Edit::Setting {
            key: SIMULATED.to_owned(),
            value: list.to_string(),
        };
        if let Err(error) = self.edit(vec![edit]).await {
            tracing::warn!(%error, "the list of simulated devices could not be stored");
        }
    }

    /// Simulated devices go on after a restart, as real ones would.
    pub(crate) async fn restart_simulated(&self) {
        let Ok(kept) = self.shared.reader.settings().await else {
            return;
        };
        let list: Vec<(String, String)> = kept
            .get(SIMULATED)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let wanted: Vec<_> = list
            .into_iter()
            .filter_map(|(endpoint, kind)| {
                Some(Wanted {
                    endpoint,
                    kind: kind.parse().ok()?,
                })
            })
            .collect();
        let Some(server) = self
            .listeners()
            .await
            .reachable(false)
            .filter(|_| !wanted.is_empty())
        else {
            return;
        };
        if let Err(error) = self.shared.simulator.start(server, &wanted, 0).await {
            tracing::warn!(%error, "the simulated devices could not be started again");
        }
    }
}
