//! Generated from `wit/`.
#![expect(unsafe_code, reason = "generated code lowers and lifts values by hand")]

#[cfg(not(feature = "runner"))]
wit_bindgen::generate!({ path: "../../wit", world: "core" });
#[cfg(feature = "runner")]
wit_bindgen::generate!({ path: "../../wit", world: "dreamer" });

export!(Component with_types_in self);

use super::Component;
