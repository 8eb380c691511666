//! Who is kept out.

use super::{shapes, words};

words! {
    /// By what somebody is kept out.
    pub enum BlockKind {
        /// By the endpoint client name.
        Endpoint,
        /// By the identity of a pre-shared key.
        Identity,
        /// By a raw public key.
        PublicKey,
        /// By a certificate.
        Certificate,
        /// By the IP address, for a limited time.
        Address,
    }
}

shapes! {
    /// Somebody who could be kept out.
    pub struct BlockTarget {
        /// By what.
        pub kind: BlockKind,
        /// As people read it: a name, an identity as text or in hex, a key in base64, the
        /// subject of a certificate, an address.
        pub subject: String,
    }

    /// Who is kept out.
    pub struct BlockListResponse {
        /// Newest first, then endpoints by name.
        pub blocks: Vec<Block>,
    }

    /// Somebody who is kept out.
    pub struct Block {
        /// Its id.
        pub block: String,
        /// By what.
        pub kind: BlockKind,
        /// As people read it: a name, an identity as text or in hex, a key in base64, the
        /// subject of a certificate, an address.
        pub subject: String,
        /// Since when, RFC 3339; not known of endpoints, which the settings list too.
        pub since: Option<String>,
        /// Until when, RFC 3339; for good without it.
        pub until: Option<String>,
    }

    /// A block.
    pub struct BlockRequest {
        /// Its id.
        pub block: String,
    }
}
