//! Interface `transcripts`.

use dreaming::import;
use dreaming::interface;

use crate::Component;
use crate::bindings::exports::dreaming::engine::transcripts::{Guest, Screened};
use crate::errors::EngineError;

impl Guest for Component {
    fn detect(head: Vec<u8>) -> Option<String> {
        import::detect(&head).map(Into::into)
    }

    fn looks_like(head: Vec<u8>) -> Option<String> {
        import::looks_like(&head).map(Into::into)
    }

    fn screen(texts: Vec<String>) -> Result<Vec<Screened>, EngineError> {
        let screened = |screened: interface::Screened| Screened {
            text: screened.text,
            redactions: screened.redactions,
            hidden: screened.hidden,
            instructs: screened.instructs,
        };
        Ok(interface::screen(&texts)?.into_iter().map(screened).collect())
    }

    fn conceal(texts: Vec<String>) -> Result<Vec<String>, EngineError> {
        Ok(interface::conceal(&texts)?)
    }
}
