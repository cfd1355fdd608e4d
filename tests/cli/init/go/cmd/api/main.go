package main

import (
	"net/http"
	"os"
)

func main() {
	dsn := os.Getenv("DATABASE_URL")
	key := mustGetenv("SIGNING_KEY")
	if v, ok := os.LookupEnv("CACHE_TTL"); ok {
		_ = v
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/healthz", func(w http.ResponseWriter, r *http.Request) {})
	_, _ = dsn, key
}
