//! Credentials as they come and go while the engine runs. They are stored before the
//! engine hears of them, so nothing here waits for the disk.

use crate::credential::Credential;
use crate::engine_io::problem_kind;
use crate::server::Server;

impl Server {
    /// Puts a credential in force. One that contradicts another never comes from a
    /// caller that checked it; from elsewhere it is a problem to show.
    pub(crate) fn take_credential(&mut self, credential: Credential) {
        if let Err(conflict) = self.credentials.put(credential) {
            let message = format!("a credential is not in force: {conflict}");
            self.problem(problem_kind::CREDENTIAL, None, None, message);
        }
    }
}
