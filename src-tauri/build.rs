//! Has a page to embed, and lets Tauri generate what the window is made of.

mod page_placeholder;

fn main() -> std::io::Result<()> {
    page_placeholder::write_where_missing(std::path::Path::new("../ui/dist"))?;
    tauri_build::build();
    Ok(())
}
