//! Generated from `wit/`.
#![expect(unsafe_code, reason = "generated code lowers and lifts values by hand")]

wit_bindgen::generate!({ path: "../../wit", world: "statements" });

export!(Component with_types_in self);

use super::Component;
