//! The only place that calls the standard library's Unicode methods: their tables come with the
//! pinned toolchain, and the fingerprint names their version.
