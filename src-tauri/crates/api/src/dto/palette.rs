//! The palette: one line that finds devices, places and operations, and offers what
//! can be done there.

use super::{shapes, words};
use crate::dto::console::ConsoleCall;

words! {
    /// What an item is.
    pub enum PaletteKind {
        /// A place in a device's object tree.
        Path,
        /// A device.
        Device,
        /// An operation.
        Operation,
        /// Something to ask of a device.
        Command,
        /// An object definition.
        Model,
        /// A line of the console's grammar.
        Help,
    }

    /// What choosing an item does.
    pub enum PaletteDeed {
        /// Shows what the item names.
        Open,
        /// Makes the call of the item.
        Call,
        /// Puts the item's title into the palette, to be completed.
        Fill,
    }
}

shapes! {
    /// What is typed into the palette. `3303/0/5700` is a place, `= 25` writes there,
    /// `@meter` a device, `#batch` a tag, `op-7` an operation, `?write` help; all
    /// else is a line of the console or part of a name.
    pub struct PaletteSearchRequest {
        /// The text.
        pub query: String,
        /// The device that is open.
        pub endpoint: Option<String>,
        /// The place that is selected there.
        pub path: Option<String>,
        /// Items at most; 20 unless told, 100 at most.
        pub limit: Option<u32>,
    }

    /// What fits.
    pub struct PaletteSearchResponse {
        /// The likeliest first.
        pub items: Vec<PaletteItem>,
        /// Why nothing fits though something was meant, e.g. a value out of range.
        pub refusal: Option<String>,
    }

    /// One thing that fits.
    pub struct PaletteItem {
        /// What it is.
        pub kind: PaletteKind,
        /// E.g. `Sensor Value`, `meter-12`, `read /3303/0/5700`.
        pub title: String,
        /// E.g. `/3303/0/5700, Temperature`.
        pub detail: String,
        /// The device.
        pub endpoint: Option<String>,
        /// The place.
        pub path: Option<String>,
        /// The operation.
        pub operation: Option<String>,
        /// Of a definition: the object.
        pub object: Option<u16>,
        /// What choosing it does.
        pub deed: PaletteDeed,
        /// The call of the deed.
        pub call: Option<ConsoleCall>,
    }
}
