//! Generated from `wit/`. Outside of this crate only the plain values are seen, which
//! [`crate::types`] names one by one.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "dreamer",
    additional_derives: [PartialEq, Eq],
    // A model may end the run.
    imports: { "dreaming:engine/model.complete-many": trappable },
});
