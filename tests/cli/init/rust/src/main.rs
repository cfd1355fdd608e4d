fn main() {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let level = std::env::var("RUST_LOG").unwrap_or_default();
    let app = axum::Router::new().route("/health", axum::routing::get(|| async { "ok" }));
}
