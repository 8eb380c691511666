//! The page, embedded at build time; a debug build reads it from the disk, so that
//! a rebuilt page is there at the next reload. It holds no secret and needs no
//! token.

use crate::reply::Refusal;
use api::ErrorCode;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

/// What `npm run build` made.
#[derive(RustEmbed)]
#[folder = "../../../ui/dist"]
struct Page;

const INDEX: &str = "index.html";

/// The file at the request's path. A path without an extension is a place in the
/// page, which finds it by itself.
pub(crate) async fn file(method: Method, uri: Uri) -> Result<Response, Refusal> {
    let path = uri.path().trim_start_matches('/');
    let nothing = || Refusal::new(ErrorCode::NotFound, format!("There is nothing at /{path}."));
    let is_call = path == "rpc" || path.starts_with("rpc/");
    if is_call || (method != Method::GET && method != Method::HEAD) {
        return Err(nothing());
    }
    let is_place = !path.rsplit('/').next().unwrap_or(path).contains('.');
    let path = if is_place { INDEX } else { path };
    let file = Page::get(path).ok_or_else(nothing)?;
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        Body::from(file.data)
    };
    Ok((
        [
            (CONTENT_TYPE, content_type(path)),
            (CACHE_CONTROL, freshness(path)),
        ],
        body,
    )
        .into_response())
}

/// Names under `assets` carry a hash of their content.
fn freshness(path: &str) -> &'static str {
    if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_page_have_their_types() {
        assert_eq!(content_type("index.html"), "text/html; charset=utf-8");
        assert_eq!(
            content_type("assets/index-1a2b.js"),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(content_type("assets/inter.woff2"), "font/woff2");
        assert_eq!(content_type("strange"), "application/octet-stream");
    }

    #[test]
    fn only_hashed_names_are_kept_by_the_browser() {
        assert!(freshness("assets/index-1a2b.js").contains("immutable"));
        assert_eq!(freshness("index.html"), "no-cache");
    }
}
