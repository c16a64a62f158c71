//! Errors of the core as errors of the interface.

use dreaming_core::statements::StatementsError;
use dreaming_records::policy::PolicyError;

pub(crate) use crate::bindings::dreaming::engine::errors::EngineError;
use crate::bindings::dreaming::engine::errors::Invalid;

impl From<StatementsError> for EngineError {
    fn from(error: StatementsError) -> Self {
        let why = error.to_string();
        match error {
            StatementsError::TooLarge(_) => Self::TooLarge(Invalid { what: "page".into(), why }),
            StatementsError::Twice(what) | StatementsError::Unknown(what) => {
                Self::InvalidRequest(Invalid { what, why })
            }
        }
    }
}

impl From<PolicyError> for EngineError {
    fn from(error: PolicyError) -> Self {
        let why = error.to_string();
        Self::InvalidRequest(Invalid { what: error.setting().into(), why })
    }
}
