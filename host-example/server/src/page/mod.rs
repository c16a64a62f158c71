//! The page for people at `/`. It holds no data: its code asks the API with the key that a person types in. It is built in
//! host-example/browser (`npm run server`) and stored here, so that building the server needs no Node.

use axum::http::header;
use axum::response::IntoResponse;

const PAGE: &str = include_str!("page.html");

/// What stands before the policy in the head of the page, which allows only the page's own code by its digest.
const BEFORE: &str = "http-equiv=\"Content-Security-Policy\" content=\"";

/// The page, with what only headers can say: no other page frames it, and no address leads away from here.
pub async fn show() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        // A newer server has a newer page.
        (header::CACHE_CONTROL, "no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, [(header::CONTENT_SECURITY_POLICY, policy())], PAGE)
}

/// The policy of the page, and who may frame it: nobody.
fn policy() -> String {
    let policy = PAGE.split_once(BEFORE).and_then(|(_, rest)| rest.split_once('"'));
    // A page without a policy would be refused all.
    let policy = policy.map_or("default-src 'none'", |(policy, _)| policy);
    format!("{policy}; frame-ancestors 'none'")
}
