//! Changes of what the engine goes by: stored first, then told, one change after the
//! other, so that what is told last is what is stored. Credentials and keys have locks of
//! their own (`guarding`, `own_keys`). Whoever drops such a call in the middle leaves the
//! engine behind: the doors see to it that nobody does.

use crate::locked::locked;
use crate::models::Imported;
use crate::settings::Settings;
use crate::workbench::Workbench;
use crate::writer::EditError;
use server::Command;
use tokio::sync::MutexGuard;

/// Nobody else changes anything meanwhile.
pub(crate) struct Turn<'a>(#[expect(dead_code, reason = "held, never read")] MutexGuard<'a, ()>);

impl Workbench {
    /// Waits until nobody else changes anything.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        Turn(self.shared.changes.lock().await)
    }

    /// Changes settings, for good.
    ///
    /// # Errors
    /// Those of the disk; nothing is changed then.
    pub async fn change_settings(
        &self,
        change: impl FnOnce(&mut Settings),
    ) -> Result<Settings, EditError> {
        let turn = self.turn().await;
        self.change_settings_in(&turn, change).await
    }

    pub(crate) async fn change_settings_in(
        &self,
        turn: &Turn<'_>,
        change: impl FnOnce(&mut Settings),
    ) -> Result<Settings, EditError> {
        let former = self.settings();
        let mut settings = former.clone();
        change(&mut settings);
        self.edit(settings.edits(&former)).await?;
        self.shared.health.set_keep(settings.keep);
        // Before the engine is told: whoever hears of the edit reads them again at once.
        *locked(&self.shared.settings) = settings.clone();
        if settings.strict != former.strict {
            self.tell(Command::SetStrict(settings.strict)).await;
        }
        if settings.grace_s != former.grace_s {
            self.tell(Command::SetGrace(settings.grace())).await;
        }
        if settings.blocked != former.blocked {
            self.tell_blocked(turn, &settings).await;
        }
        if settings.dtls != former.dtls {
            self.tell(Command::TuneHandshakes(settings.dtls)).await;
        }
        Ok(settings)
    }

    /// Loads definitions, for good.
    ///
    /// # Errors
    /// Those of the disk; nothing is loaded then.
    pub async fn import_models(&self, name: &str, content: &[u8]) -> Result<Imported, EditError> {
        let mut imported = Imported::read(name, content);
        let _turn = self.turn().await;
        let mut registry = self.registry();
        imported.spare(&registry);
        if !imported.objects.is_empty() {
            self.edit(imported.edits()).await?;
            imported.add_to(&mut registry);
            *locked(&self.shared.registry) = registry.clone();
            self.tell(Command::UseRegistry(registry)).await;
        }
        Ok(imported)
    }
}
