FROM rust:1.79 AS chef
RUN cargo install cargo-chef
WORKDIR /app

FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS builder
COPY --from=planner /app/recipe.json recipe.json
RUN cargo chef cook --release --recipe-path recipe.json
COPY . .
RUN cargo build --release

FROM debian:bookworm-slim
RUN <<EOT
set -e
apt-get update
apt-get install -y --no-install-recommends ca-certificates libpq5
adduser --system --uid 2000 svc
EOT
COPY --from=builder /app/target/release/svc /usr/local/bin/
USER svc
EXPOSE 7000
CMD ["svc"]
