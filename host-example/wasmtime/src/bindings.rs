//! Generated from `wit/`. Nothing outside this crate sees it but the plain values that
//! [`crate::types`] names one by one.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "dreamer",
    additional_derives: [PartialEq, Eq],
});
