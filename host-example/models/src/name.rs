//! The names of models, as people write them.

use std::fmt;
use std::str::FromStr;

/// A model by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A model behind Anthropic's Messages API.
    Anthropic(String),
    /// A model behind OpenAI's chat completions.
    OpenAi(String),
    /// A command.
    Exec(String),
    /// An agent that takes the calls and brings the answers, by its own name. A host sets it; nobody
    /// types it.
    Agent(String),
}

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let form = "a model is written anthropic:NAME, openai:NAME or exec:COMMAND";
        let (service, name) = text.split_once(':').ok_or(form)?;
        let name = Some(name.trim()).filter(|name| !name.is_empty()).ok_or(form)?.to_owned();
        match service {
            "anthropic" => Ok(Self::Anthropic(name)),
            "openai" => Ok(Self::OpenAi(name)),
            "exec" => Ok(Self::Exec(name)),
            _ => Err(form),
        }
    }
}

/// The name as reports show it. A command is shown only as `exec`, because it may hold keys.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anthropic(name) => write!(f, "anthropic:{name}"),
            Self::OpenAi(name) => write!(f, "openai:{name}"),
            Self::Exec(_) => f.write_str("exec"),
            Self::Agent(name) => write!(f, "agent:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_a_service_and_a_name() {
        assert_eq!("openai:a:b".parse(), Ok(Name::OpenAi("a:b".into())));
        assert_eq!("exec:./ask --key x".parse::<Name>().unwrap().to_string(), "exec");
        for wrong in ["", "gpt-5", "openai:", "exec: ", "other:x", "Anthropic:x"] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
    }
}
