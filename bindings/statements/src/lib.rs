//! Statements alone as a WebAssembly component: world `statements`. It shares the files of the interface
//! with the component of the whole engine.

mod bindings;
#[path = "../../component/src/errors.rs"]
mod errors;
#[path = "../../component/src/settings.rs"]
mod settings;
#[path = "../../component/src/statements.rs"]
mod statements;

/// What is exported.
struct Component;
