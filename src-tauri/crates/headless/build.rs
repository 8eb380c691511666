//! Has a page to embed, built or not.

#[path = "../../page_placeholder.rs"]
mod page_placeholder;

fn main() -> std::io::Result<()> {
    page_placeholder::write_where_missing(std::path::Path::new("../../../ui/dist"))
}
