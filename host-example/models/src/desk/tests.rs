use std::collections::VecDeque;
use std::sync::Arc;

use super::tries::RETRIES;
use super::*;
use crate::budget::Limits;
use crate::prices::Price;
use crate::settings::TESTED;
use crate::tally::SetAside;
use crate::{Cause, Said, Took, Try};

/// Nothing is recorded.
struct Unrecorded;

impl Record for Unrecorded {
    fn find(&self, _: &ModelCall) -> Option<Found> {
        None
    }

    fn begin(&self, _: &ModelCall, _: u64) -> Result<(), Unkept> {
        Ok(())
    }

    fn keep(&self, _: &ModelCall, _: u64, _: &Answer) -> Result<(), Unkept> {
        Ok(())
    }

    fn count_unusable(&self, _: &ModelCall, _: u64, _: &str) -> Result<(), Unkept> {
        Ok(())
    }

    fn turned_away(&self, _: &ModelCall, _: u64) -> Result<(), Unkept> {
        Ok(())
    }

    fn no_answer(&self, _: &ModelCall) {}

    fn batch(&self) -> Result<Option<Batch>, Unkept> {
        Ok(None)
    }

    fn keep_batch(&self, _: &Batch) -> Result<(), Unkept> {
        Ok(())
    }

    fn end_batch(&self, _: &str) -> Result<(), Unkept> {
        Ok(())
    }
}

/// A service that returns `tries` in order, and then always `end`.
struct Script {
    tries: Mutex<VecDeque<Result<Said, Trouble>>>,
    end: Result<Said, Trouble>,
    asked: Arc<AtomicUsize>,
}

impl Service for Script {
    fn ask(&self, _: &ModelCall) -> Try {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let next = lock(&self.tries).pop_front();
        let usage = Usage { input: 10, output: 5, ..Usage::default() };
        let came = next.unwrap_or_else(|| self.end.clone());
        // A broken line may have been paid for; a busy service took nothing.
        let took = match &came {
            Ok(_) => Took::Counted(usage),
            Err(Trouble::Now(why, _)) if why == "busy" => Took::Nothing,
            Err(_) => Took::Unknown,
        };
        Try { came, took }
    }
}

fn call(id: usize) -> ModelCall {
    ModelCall {
        id: format!("m{id}"),
        system: "s".into(),
        prompt: "p".repeat(29),
        schema: String::new(),
        max_tokens: 10,
    }
}

fn now(wait: Option<u64>) -> Result<Said, Trouble> {
    Err(Trouble::Now("busy".into(), wait.map(Duration::from_millis)))
}

fn cause(why: &str) -> Cause {
    Cause { why: why.into(), todo: "mend it".into() }
}

fn said(text: &str) -> Result<Said, Trouble> {
    Ok(Said::Text(text.into()))
}

/// Makes so many calls; returns their answers, the desk, and how often the service was asked.
fn asked(
    tries: Vec<Result<Said, Trouble>>,
    end: Result<Said, Trouble>,
    calls: usize,
    limits: Limits,
    parallel: usize,
) -> (Vec<Answer>, Desk<Unrecorded, Unwatched>, usize) {
    let count = Arc::new(AtomicUsize::new(0));
    let service = Script { tries: Mutex::new(tries.into()), end, asked: Arc::clone(&count) };
    let manner = Manner {
        parallel,
        wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(100),
        in_batches: false,
        waits: true,
    };
    let price = Price { input: 1.0, cache_write: 1.0, cache_read: 1.0, output: 2.0 };
    let budget = Budget::new(limits, TESTED, Some(price));
    let mut desk = Desk::new(Box::new(service), manner, Unrecorded, budget, Unwatched);
    let answers = desk.complete_many((0..calls).map(call).collect());
    (answers, desk, count.load(Ordering::Relaxed))
}

#[test]
fn a_call_is_made_again_while_that_may_help() {
    let (answers, desk, tries) =
        asked(vec![now(None), now(Some(20))], said("yes"), 1, Limits::default(), 4);
    assert_eq!((&answers[..], tries), (&[Answer::Text("yes".into())][..], 3));
    let tally = desk.tally();
    assert_eq!((tally.asked, tally.answered, tally.retries), (1, 1, 2));
    assert_eq!((tally.tries, tally.tokens.total()), (3, 15), "who is busy takes nothing");
    // A service that stays busy is given up after all retries.
    let (answers, desk, tries) = asked(Vec::new(), now(None), 1, Limits::default(), 4);
    assert_eq!((&answers[0], tries), (&Answer::Failed("busy".into()), 1 + RETRIES));
    assert_eq!(desk.tally().failed, 1);
    // A service that asks for a longer wait than the longest is not asked again in this dream.
    let (_, _, tries) = asked(Vec::new(), now(Some(60_000)), 1, Limits::default(), 4);
    assert_eq!(tries, 1);
    let (_, _, tries) = asked(Vec::new(), Err(Trouble::Call("no".into())), 3, Limits::default(), 4);
    assert_eq!(tries, 3);
}

#[test]
fn the_wait_that_a_service_asks_for_is_kept() {
    let begin = std::time::Instant::now();
    asked(vec![now(Some(90))], said("yes"), 1, Limits::default(), 1);
    assert!(begin.elapsed() >= Duration::from_millis(90));
}

#[test]
fn what_fails_every_call_is_asked_once() {
    let (answers, desk, tries) =
        asked(Vec::new(), Err(Trouble::All(cause("wrong key"))), 9, Limits::default(), 1);
    assert_eq!((tries, &*desk.todo()), (1, "mend it"));
    assert_eq!(answers[0], Answer::Failed("wrong key".into()));
    assert_eq!(answers[8], Answer::Failed("not asked: wrong key".into()));
    assert_eq!((desk.tally().failed, desk.tally().not_asked), (1, 8));
}

#[test]
fn where_nobody_is_one_more_try_is_made_and_no_other_call() {
    let gone = || Err(Trouble::Gone(cause("nobody")));
    let (answers, desk, tries) = asked(Vec::new(), gone(), 9, Limits::default(), 1);
    assert_eq!((tries, &*desk.todo()), (2, "mend it"));
    assert_eq!(answers[0], Answer::Failed("nobody".into()));
    assert_eq!(answers[8], Answer::Failed("not asked: nobody".into()));
    // A server that is being started answers the second try.
    let (answers, _, tries) = asked(vec![gone()], said("yes"), 1, Limits::default(), 1);
    assert_eq!((&answers[0], tries), (&Answer::Text("yes".into()), 2));
}

#[test]
fn a_service_that_is_gone_is_not_asked_about_every_call() {
    let (answers, desk, tries) = asked(Vec::new(), now(None), 200, Limits::default(), 1);
    assert_eq!(tries, UNHEARD * (1 + RETRIES));
    assert_eq!(answers[199], Answer::Failed("not asked: busy".into()));
    assert_eq!(desk.tally().not_asked, 200 - UNHEARD as u64);
    let late = || Err(Trouble::Late("late".into()));
    let (_, _, tries) = asked(Vec::new(), late(), 200, Limits::default(), 1);
    assert_eq!(tries, UNHEARD);
    // A service that answers now and then does not count as gone.
    let tries = (0..5).flat_map(|_| [late(), late(), late(), said("yes")]).collect();
    let (_, desk, _) = asked(tries, said("yes"), 30, Limits::default(), 1);
    assert_eq!((desk.tally().failed, desk.tally().answered), (15, 15));
}

#[test]
fn a_refusal_is_an_answer() {
    let (answers, desk, _) = asked(Vec::new(), Ok(Said::Refused), 2, Limits::default(), 2);
    assert_eq!(answers, [Answer::Refused, Answer::Refused]);
    assert_eq!((desk.tally().refused, desk.tally().failed), (2, 0));
}

#[test]
fn a_budget_is_never_overdrawn_however_many_calls_are_made_at_once() {
    for parallel in [1, 4, 8] {
        // A call may take 10 tokens in and 10 out, and takes 15.
        let limits = Limits { tokens: Some(65), ..Limits::default() };
        let (answers, desk, tries) = asked(Vec::new(), said("yes"), 20, limits, parallel);
        assert_eq!(tries, 4, "{parallel} at once");
        assert_eq!(desk.tally().tokens.total(), 60);
        assert_eq!(desk.tally().not_asked, 16);
        let open = answers
            .iter()
            .filter(|a| matches!(a, Answer::Failed(why) if why.ends_with("left, 5 of 65 tokens")));
        assert_eq!(open.count(), 16);
        // A call may cost 30 millionths of a dollar, and costs 20.
        let limits = Limits { cost: Some(0.000_051), ..Limits::default() };
        let (answers, desk, tries) = asked(Vec::new(), said("yes"), 20, limits, parallel);
        let why = "not asked: the next call would not fit in what is left, $0.0000 of $0.000051";
        assert!(answers.contains(&Answer::Failed(why.into())), "{answers:?}");
        assert_eq!(tries, 2, "{parallel} at once");
        assert!((desk.cost(desk.tally().tokens).unwrap() - 0.000_040).abs() < 1e-9);
    }
}

#[test]
fn a_try_that_may_have_been_paid_for_counts_with_all_that_it_takes() {
    let broke = || Err(Trouble::Now("the line broke".into(), None));
    // A call may take 10 tokens in and 10 out, and takes 15.
    let limits = Limits { tokens: Some(54), ..Limits::default() };
    let (answers, desk, tries) = asked(vec![broke(), broke()], said("yes"), 2, limits, 1);
    assert_eq!(tries, 2, "what is left is not enough for a third try");
    let why = "the line broke; not tried again: the next call would not fit in what is left, 14 of 54 tokens";
    assert_eq!(answers[0], Answer::Failed(why.into()));
    let why = "not asked: the next call would not fit in what is left, 14 of 54 tokens";
    assert_eq!(answers[1], Answer::Failed(why.into()));
    let tally = desk.tally();
    assert_eq!((tally.asked, tally.failed, tally.not_asked, tally.tries), (1, 1, 1, 2));
    let most = Usage { cache_write: 20, output: 20, ..Usage::default() };
    assert_eq!(tally.set_aside, SetAside { tries: 2, tokens: most });
    assert_eq!(tally.tokens, Usage::default());
    // A call that is answered at the second try took both tries.
    let limits = Limits { tokens: Some(55), ..Limits::default() };
    let (answers, desk, _) = asked(vec![broke()], said("yes"), 3, limits, 1);
    assert_eq!(answers[1], Answer::Text("yes".into()));
    let why = "not asked: the next call would not fit in what is left, 5 of 55 tokens";
    assert_eq!(answers[2], Answer::Failed(why.into()));
    assert_eq!((desk.tally().tokens.total(), desk.tally().set_aside.tries), (30, 1));
}

#[test]
fn an_answer_that_nobody_can_use_was_paid_for_and_says_why() {
    let cut = || Ok(Said::Unusable("cut off"));
    let (answers, desk, tries) = asked(Vec::new(), cut(), 2, Limits::default(), 1);
    let Answer::Text(text) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!((tries, why_unusable(text)), (2, Some("cut off")));
    let tally = desk.tally();
    assert_eq!((tally.unusable, tally.failed, tally.tokens.total()), (2, 0, 30));
}
