//! Server and devices in one process, in virtual time, over a wire that can lose, repeat,
//! reorder and readdress what it carries.

mod credentials;
mod failures;
mod hostile;
mod loss;
mod names;
mod pki;
mod restart;
mod resumption;
mod revocation;
mod roaming;
mod signatures;
mod tls;
mod wire;
