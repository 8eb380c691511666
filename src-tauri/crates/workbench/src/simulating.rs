//! Simulated devices of the running instrument: they register here, and they are
//! there again after a restart. `simulator` drives them.

use crate::simulator::{Psk, SimulatorError, Wanted};
use crate::workbench::Workbench;
use device::ProfileKind;
use secure::Secret;
use server::credential::{Credential, CredentialId, Holder, Proof, Role};
use server::ids::EndpointName;
use store::Edit;

/// The setting that names the simulated devices to start again.
const SIMULATED: &str = "simulated";

/// Simulated devices that are started again with the program: as many as one call
/// may start.
const MAX_RESTARTED: usize = 10_000;

/// Bytes of a key made for a simulated device: what AES-128 takes.
const SIMULATED_KEY_BYTES: usize = 16;

impl Workbench {
    /// Starts `count` simulated devices that register here; with `secure` over coaps, each
    /// with a credential that is made for it.
    ///
    /// # Errors
    /// No listener to register at, too many devices, a name that is taken.
    pub async fn start_simulated(
        &self,
        prefix: &str,
        kind: ProfileKind,
        count: usize,
        secure: bool,
    ) -> Result<Vec<String>, SimulatorError> {
        let server = self.listeners().await.reachable(secure);
        let server = server.ok_or(if secure {
            SimulatorError::NoSecureListener
        } else {
            SimulatorError::NoListener
        })?;
        let endpoints = self.shared.simulator.names(prefix, count);
        let mut wanted = Vec::with_capacity(count);
        for endpoint in &endpoints {
            let psk = match secure {
                true => Some(self.make_psk(endpoint).await?),
                false => None,
            };
            let endpoint = endpoint.clone();
            wanted.push(Wanted {
                endpoint,
                kind,
                psk,
            });
        }
        self.shared.simulator.start(server, &wanted, 0).await?;
        self.keep_simulated().await;
        Ok(endpoints)
    }

    /// A credential for a simulated device: its name is the identity.
    async fn make_psk(&self, endpoint: &str) -> Result<Psk, SimulatorError> {
        let mut key = vec![0; SIMULATED_KEY_BYTES];
        getrandom::fill(&mut key).expect("the system gave randomness at the start");
        let psk = Psk {
            identity: endpoint.as_bytes().to_vec(),
            key: Secret::new(key),
        };
        let name = EndpointName::new(endpoint).expect("its prefix was checked");
        let proof = Proof::Psk {
            identity: psk.identity.as_slice().into(),
            key: psk.key.clone(),
        };
        let created_at = self.now();
        let make = |id, holder| Credential {
            id,
            holder,
            role: Role::Management,
            proof,
            shared: false,
            created_at,
        };
        self.put_credential(Role::Management, Holder::Endpoint(name), make)
            .await?;
        Ok(psk)
    }

    /// The credential that was made for a simulated device.
    async fn psk_of(&self, endpoint: &str) -> Option<(CredentialId, Psk)> {
        let holder = Holder::Endpoint(EndpointName::new(endpoint)?);
        let all = self.credentials().await;
        let own = all.of_holder(Role::Management, &holder)?;
        let Proof::Psk { identity, key } = &own.proof else {
            return None;
        };
        let psk = Psk {
            identity: identity.to_vec(),
            key: key.clone(),
        };
        Some((own.id, psk))
    }

    /// Stops one simulated device, or all. How many stopped.
    pub async fn stop_simulated(&self, endpoint: Option<&str>) -> usize {
        let running = self.shared.simulator.running();
        let stopped = self.shared.simulator.stop(endpoint).await;
        let is_meant = |one: &&Wanted| endpoint.is_none_or(|name| name == one.endpoint);
        for one in running
            .iter()
            .filter(is_meant)
            .filter(|one| one.psk.is_some())
        {
            // Made for it alone, and of no use without it.
            if let Some((id, psk)) = self.psk_of(&one.endpoint).await
                && Some(psk) == one.psk
                && let Err(error) = self.drop_credential(id).await
            {
                tracing::warn!(%error, "the credential of a simulated device stays");
            }
        }
        self.keep_simulated().await;
        stopped
    }

    async fn keep_simulated(&self) {
        let running = self.shared.simulator.running();
        let kept = running.iter().take(MAX_RESTARTED);
        let list: serde_json::Value = kept
            .map(|one| serde_json::json!([one.endpoint, one.kind.name(), one.psk.is_some()]))
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
        let list: Vec<Vec<serde_json::Value>> = kept
            .get(SIMULATED)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let (mut open, mut secured) = (Vec::new(), Vec::new());
        for entry in list {
            let text = |at: usize| entry.get(at).and_then(serde_json::Value::as_str);
            let (Some(endpoint), Some(kind)) =
                (text(0), text(1).and_then(|kind| kind.parse().ok()))
            else {
                continue;
            };
            let is_secure = entry.get(2) == Some(&serde_json::Value::Bool(true));
            let psk = match is_secure {
                true => self.psk_of(endpoint).await.map(|(_, psk)| psk),
                false => None,
            };
            let list = if psk.is_some() {
                &mut secured
            } else {
                &mut open
            };
            list.push(Wanted {
                endpoint: endpoint.to_owned(),
                kind,
                psk,
            });
        }
        for (wanted, is_secure) in [(open, false), (secured, true)] {
            let server = self.listeners().await.reachable(is_secure);
            let Some(server) = server.filter(|_| !wanted.is_empty()) else {
                continue;
            };
            if let Err(error) = self.shared.simulator.start(server, &wanted, 0).await {
                tracing::warn!(%error, "the simulated devices could not be started again");
            }
        }
    }
}
