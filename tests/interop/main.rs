//! The product against peers that nobody here wrote: Leshan's client library, libcoap's programs
//! and aiocoap. `cargo xtask interop` fetches them and says in the environment where they are; a
//! peer that is not there is a failure.

mod aiocoap;
mod leshan;
mod leshan_secure;
mod leshan_together;
mod libcoap;
mod libcoap_secure;
mod peer;
