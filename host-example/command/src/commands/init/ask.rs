//! Asks a person at a terminal. A question that an option answers is left out.

use dreaming_models::prices;
use inquire::{Confirm, Select, Text};

use super::choice::{self, Choice, Model, Named};
use super::look::{self, Found};
use super::source::Memory;
use super::{Init, Trigger, draft, project_places, tell};
use crate::cli::Common;
use crate::commands::review::prompt::{Stop, insist};
use crate::commands::schedule::claude_code;
use crate::error::Error;
use crate::homes::all::Kind;
use crate::model::choice::dollars;
use crate::output;
use crate::output::text::{self, one_line};

type Answer<T> = std::result::Result<T, Stop>;

/// What the person wants; what is not asked stays as in `defaults`.
///
/// # Errors
/// [`Stop`], with nothing written.
pub fn choice(found: &Found, defaults: Choice, common: &Common, args: &Init) -> Answer<Choice> {
    let mut choice = defaults;
    let batches = || found.batches.iter().enumerate().filter(|(_, batch)| batch.sessions > 0);
    let is_said = !args.sessions.is_empty() || Kind::named(common).is_some();
    if !is_said && batches().count() > 1 {
        let options = batches()
            .map(|(_, batch)| format!("{}: {}", tell::origin(batch.origin), tell::sessions(batch)));
        let picked = pick("Which sessions?", options.collect(), 0)?;
        choice.batch = batches().nth(picked).map_or(choice.batch, |(number, _)| number);
    }
    choice::check_trigger(found, &choice, common)?;
    if common.memory.is_none() {
        choice.memory = memory(found, choice.batch)?;
    }
    if args.model.is_none() && !args.no_model && args.max_cost.is_none() {
        choice.model = model(found)?;
    }
    if args.trigger.is_none() {
        choice.trigger = trigger(found, &choice, common)?;
    }
    Ok(choice)
}

/// Asks whether to write what was shown.
///
/// # Errors
/// [`Stop`].
pub fn confirmed() -> Answer<bool> {
    insist(|| Confirm::new("Write this?").with_default(true).prompt_skippable())
}

/// Lets the person pick one of `options`; returns its index.
fn pick(question: &str, options: Vec<String>, first: usize) -> Answer<usize> {
    let all = options.clone();
    let picked = insist(|| {
        let select = Select::new(question, options.clone()).with_starting_cursor(first);
        select
            .with_help_message("arrows or letters, then Enter; Ctrl-C writes nothing")
            .prompt_skippable()
    })?;
    Ok(all.iter().position(|option| *option == picked).unwrap_or(first))
}

fn memory(found: &Found, batch: usize) -> Answer<Memory> {
    let mut all = found.memories.clone();
    // If the agent of the sessions keeps no memories itself, offer a folder in the project.
    let sessions = found.batches.get(batch);
    let is_in_project = |memory: &Memory| memory.path.parent() == Some(&found.project);
    if sessions.is_some_and(|batch| batch.memory.is_none()) && !all.iter().any(is_in_project) {
        all.push(look::memory(found.project.join(look::NOTES), None)?);
    }
    let shown = |memory: &Memory| {
        let about =
            if memory.is_there { text::count(memory.files, "file") } else { "to be made".into() };
        format!("{} ({about})", one_line(&found.shown(&memory.path)))
    };
    let mut options: Vec<String> = all.iter().map(shown).collect();
    options.push("another folder".into());
    // The cursor starts at the memories of the agent whose sessions are read.
    let own = sessions.and_then(|batch| batch.memory.clone());
    let first = all.iter().position(|memory| memory.is_there && own.as_ref() == Some(&memory.path));
    let picked = pick("Which folder holds the memories?", options, first.unwrap_or(0))?;
    if let Some(memory) = all.get(picked) {
        return Ok(memory.clone());
    }
    loop {
        let typed = insist(|| Text::new("Folder:").with_default(look::NOTES).prompt_skippable())?;
        let path = project_places::beside_what_is_there(typed.trim().as_ref());
        match path.and_then(|path| look::memory(path, None)) {
            Ok(memory) => return Ok(memory),
            Err(error) => output::note(&error.to_string()),
        }
    }
}

fn model(found: &Found) -> Answer<Model> {
    let listed = prices::listed().map_err(Error::from)?;
    let mut options = vec!["none: costs nothing, sends nothing".to_owned()];
    let own = found.own().and_then(|own| own.model.clone());
    if let Some(own) = &own {
        options.push(format!("as it is: {}", choice::parsed(own)?));
    }
    let before = options.len();
    for (name, dated) in &listed {
        let key = draft::key(name, None)?.map(|(variable, is_set)| {
            format!(", {variable} {}", if is_set { "is set" } else { "is not set" })
        });
        let price = dated.price;
        options.push(format!(
            "{name}: ${:.2} in, ${:.2} out{}",
            price.input,
            price.output,
            key.unwrap_or_default()
        ));
    }
    if let Some((_, dated)) = listed.first() {
        output::note(&format!(
            "A model is sent what the sessions say, without secrets. Prices are dollars for a million tokens \
             ({}); `--model` takes any other.",
            dated.as_of
        ));
    }
    let picked = pick("Which model reads the sessions?", options, before - 1)?;
    let Some((name, _)) = picked.checked_sub(before).and_then(|picked| listed.get(picked)) else {
        return Ok(if picked == 0 { Model::None } else { Model::AsItIs });
    };
    let is_amount = |typed: &str| match dollars(typed) {
        Ok(_) => Ok(inquire::validator::Validation::Valid),
        Err(why) => Ok(inquire::validator::Validation::Invalid(why.into())),
    };
    // Offer whole cents, unless the limit in the user's file is finer.
    let dollars_now = choice::budget(found);
    let cents = format!("{dollars_now:.2}");
    let is_whole = cents.parse() == Ok(dollars_now);
    let budget = if is_whole { cents } else { dollars_now.to_string() };
    let typed = insist(|| {
        let ask = Text::new("Most dollars of a dream:").with_default(&budget);
        ask.with_validator(is_amount).prompt_skippable()
    })?;
    let max_cost = dollars(typed.trim()).map_err(Error::Usage)?;
    let prices = found.own().and_then(|own| own.prices.clone());
    let (name, url) = (name.clone(), found.url_of(name));
    Ok(Model::Named(Named { name, max_cost: Some(max_cost), url, prices }))
}

fn trigger(found: &Found, choice: &Choice, common: &Common) -> Answer<Trigger> {
    let mut options = vec![(Trigger::None, "only when I type it".to_owned())];
    let batch = found.batches.get(choice.batch);
    if batch.is_some_and(choice::is_of_claude) && common.state.is_none() {
        let file = found.shown(&claude_code::place(&found.project));
        let hook = format!("after a session of Claude Code: a hook in {}", one_line(&file));
        options.push((Trigger::Hook, hook));
    }
    options.push((Trigger::Cron, "by cron: prints the line to paste".into()));
    options.push((Trigger::Systemd, "by systemd: prints the units to paste".into()));
    let words = options.iter().map(|(_, words)| words.clone()).collect();
    let picked = pick("What starts a dream, once a day and when sessions are new?", words, 0)?;
    Ok(options.get(picked).map_or(Trigger::None, |(trigger, _)| *trigger))
}
