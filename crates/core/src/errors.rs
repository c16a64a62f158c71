//! What is wrong with statements, as the error of the engine.

use dreaming_records::error::{EngineError, Invalid};

use crate::statements::StatementsError;

impl From<StatementsError> for EngineError {
    fn from(error: StatementsError) -> Self {
        let why = error.to_string();
        match error {
            StatementsError::TooLarge(_) => Self::TooLarge(Invalid::new("page", why)),
            StatementsError::Twice(id) | StatementsError::Unknown(id) => Self::request(id, why),
        }
    }
}
