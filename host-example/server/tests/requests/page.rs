//! The page for people at `/`.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use dreaming_server::Options;
use tower::ServiceExt as _;

use crate::server::{Server, kind};

#[tokio::test]
async fn the_page_needs_no_key_holds_no_data_and_allows_only_its_own_code() {
    let server = Server::sqlite(Options { strict_betas: true, ..Options::default() }).await;
    let request = Request::builder().uri("/").body(Body::empty()).unwrap();
    let response = server.service.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers().clone();
    let said = |name: header::HeaderName| headers[name].to_str().unwrap().to_owned();
    assert_eq!(said(header::CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(said(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(said(header::REFERRER_POLICY), "no-referrer");
    assert_eq!(said(header::X_FRAME_OPTIONS), "DENY");
    assert!(!headers.contains_key(header::SET_COOKIE));
    let policy = said(header::CONTENT_SECURITY_POLICY);
    for rule in [
        "default-src 'none'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.split("; ").any(|known| known == rule), "{rule}: {policy}");
    }
    for word in ["unsafe", "http:", "https:", "*"] {
        assert!(!policy.contains(word), "{word}: {policy}");
    }
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let page = std::str::from_utf8(&body).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains(&policy[..40]));
    assert!(server.keys.iter().all(|key| !page.contains(key)));
}

#[tokio::test]
async fn beside_the_page_all_is_told_in_json_and_needs_a_key() {
    let server = Server::sqlite(Options::default()).await;
    for path in ["/index.html", "/page.html", "/favicon.ico", "/v1", "/stores", "/%2F"] {
        let request = Request::builder().uri(path).header("accept", "text/html");
        let (status, headers, body) = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((status.as_u16(), kind(&body)), (401, "authentication_error"), "{path}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        assert_eq!(server.get(0, path).await.0, 404, "{path}");
    }
}
