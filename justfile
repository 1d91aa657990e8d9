# Shortcuts for daily work. None is required: ./test is the one test command.

# The demo, with a debug build.
demo *flags:
    cargo run -- demo {{flags}}

# Format everything.
fmt:
    cargo fmt

# What the compiler and clippy have to say.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Everything that needs neither a browser nor a running server.
fast:
    ./test --fast

# The Rust tests of one crate on SQLite alone, for instance `just try rooms-core`.
try crate *filter:
    cargo nextest run -p {{crate}} {{filter}}

# The browser tests, for instance `just browser sign-in`.
browser *filter:
    ./test browser {{filter}}

# openapi.json against Redocly and Schemathesis.
api:
    ./test api

# All of it, as before a push.
all:
    ./test

# Look at the snapshots that changed.
review:
    cargo insta review

# What is shipped.
dist:
    cargo build --profile dist
