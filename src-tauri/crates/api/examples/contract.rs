//! Prints the page's types. `cargo xtask contract` writes them to their file.

fn main() {
    print!("{}", api::typescript());
}
