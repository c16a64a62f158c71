//! Statements alone as a WebAssembly component: world `statements`. It includes source files of the
//! component of the whole engine.

/// Generated from `wit/`.
mod bindings {
    #![expect(unsafe_code, reason = "generated code lowers and lifts values by hand")]

    wit_bindgen::generate!({ path: "../../wit", world: "statements" });

    export!(Component with_types_in self);

    use super::Component;
}
#[path = "../../component/src/errors.rs"]
mod errors;
#[path = "../../component/src/settings.rs"]
mod settings;
#[path = "../../component/src/statements.rs"]
mod statements;

/// The exports.
struct Component;
