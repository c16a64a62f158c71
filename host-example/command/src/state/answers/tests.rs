use super::*;
use crate::state::tests::fixture;

fn call(id: &str) -> ModelCall {
    let (system, prompt, schema) = Default::default();
    ModelCall { id: id.into(), system, prompt, schema, max_tokens: 100 }
}

fn keep(recorder: &Recorder, id: &str, answer: &Answer) {
    recorder.begin(&call(id), 10).unwrap();
    recorder.keep(&call(id), 10, answer).unwrap();
}

#[test]
fn an_answer_is_found_again_for_its_call_and_model_only() {
    let (_dir, _folder, state) = fixture();
    let recorder = state.recorder("exec:one", true).unwrap();
    assert_eq!(recorder.find(&call("m1")), None);
    keep(&recorder, "m1", &Answer::Refused);
    keep(&recorder, "m1", &Answer::Text("yes".into()));
    assert_eq!(recorder.find(&call("m1")), Some(Found::Answer(Answer::Text("yes".into()))));
    assert_eq!(recorder.find(&call("m2")), None);
    let other = state.recorder("exec:two", true).unwrap();
    assert_eq!(other.find(&call("m1")), None);
    let anew = state.recorder("exec:one", false).unwrap();
    assert_eq!(anew.find(&call("m1")), None);
    assert!(state.recorded("exec:one").unwrap().keys().eq(["m1"]));
    assert_eq!(asked::lost(&state.db).unwrap(), Lost::default());
}

#[test]
fn the_oldest_answers_go() {
    let (_dir, _folder, state) = fixture();
    let recorder = state.recorder("m", true).unwrap();
    state.db.execute_batch("BEGIN").unwrap();
    for n in 1..=KEPT {
        let insert = "INSERT INTO answers (call, model, answer) VALUES (?1, ?2, '\"refused\"')";
        state.db.execute(insert, params![format!("m{n}"), name("m")]).unwrap();
    }
    state.db.execute_batch("COMMIT").unwrap();
    keep(&recorder, "new", &Answer::Refused);
    let calls = state.recorded("m").unwrap();
    assert_eq!(calls.len() as u64, KEPT);
    assert!(calls.contains_key("new") && !calls.contains_key("m1") && calls.contains_key("m2"));
}

#[test]
fn answers_that_nobody_can_use_are_counted_until_there_is_another_one() {
    let (_dir, _folder, state) = fixture();
    let recorder = state.recorder("m", true).unwrap();
    let count = |call: &ModelCall| {
        recorder.begin(call, 10).unwrap();
        recorder.count_unusable(call, 10, "cut off").unwrap();
        recorder.find(call)
    };
    let given_up = Some(Found::GivenUp("cut off; asked again only with --ask-again".into()));
    let one = call("m1");
    assert_eq!([count(&one), count(&one)], [None, None]);
    // A new recorder, such as another process opens, knows the count of unusable answers.
    drop(state.recorder("m", true).unwrap());
    assert_eq!(count(&one), given_up);
    assert_eq!(state.recorded("m").unwrap(), [("m1".to_owned(), 100)].into());
    // A call that allows a longer answer may be made again.
    let longer = ModelCall { max_tokens: 200, ..one.clone() };
    assert_eq!(recorder.find(&longer), None);
    assert_eq!(count(&longer), None);
    assert_eq!(recorder.find(&one), None);
    keep(&recorder, "m1", &Answer::Refused);
    recorder.put_away(&[]).unwrap();
    let answer = Some(Found::Answer(Answer::Refused));
    assert_eq!([count(&one), count(&one), count(&one)], [answer.clone(), answer.clone(), answer]);
    state.db.execute("DELETE FROM answers", []).unwrap();
    assert_eq!(recorder.find(&one), given_up, "it counted anew, to three");
}

#[test]
fn words_that_nobody_can_use_are_asked_for_again_and_count_with_the_others() {
    let (_dir, _folder, state) = fixture();
    let recorder = state.recorder("m", true).unwrap();
    let one = call("m1");
    for tries in 1..=3 {
        if tries == 2 {
            recorder.begin(&one, 10).unwrap();
            recorder.count_unusable(&one, 10, "cut off").unwrap();
        } else {
            keep(&recorder, "m1", &Answer::Text(format!("I am\n  sorry{}", ".".repeat(60))));
        }
        keep(&recorder, "m2", &Answer::Text("yes".into()));
        // The answer of another model stays.
        keep(&state.recorder("other", true).unwrap(), "m1", &Answer::Text("yes".into()));
        for _ in 0..2 {
            recorder.put_away(&["m1".into(), "m0".into()]).unwrap();
        }
        assert_eq!(recorder.find(&one).is_some(), tries == 3);
        let yes = Some(Found::Answer(Answer::Text("yes".into())));
        assert_eq!(recorder.find(&call("m2")), yes);
        assert_eq!(state.recorder("other", true).unwrap().find(&one), yes);
    }
    let words = format!("the model said “I am sorry{}…”", ".".repeat(50));
    let why = format!("{words}; asked again only with --ask-again");
    assert_eq!(recorder.find(&one), Some(Found::GivenUp(why)));
    // A call that allows a longer answer is still not given up.
    assert_eq!(recorder.find(&ModelCall { max_tokens: 200, ..one }), None);
}

#[test]
fn tries_that_nobody_knows_the_end_of_are_known_until_they_are_told() {
    let (_dir, _folder, state) = fixture();
    let recorder = state.recorder("m", true).unwrap();
    let [away, silent, under_way] = ["a", "b", "c"].map(call);
    recorder.begin(&away, 10).unwrap();
    recorder.turned_away(&away, 10).unwrap();
    for _ in 0..2 {
        recorder.begin(&silent, 10).unwrap();
        recorder.no_answer(&silent);
    }
    recorder.begin(&under_way, 5).unwrap();
    assert_eq!(recorder.lost(), Lost::default(), "those are its own");
    drop(recorder);
    let next = state.recorder("other", true).unwrap();
    assert_eq!(next.lost(), Lost { calls: 2, tries: 3, tokens: 25 });
    next.tell();
    assert_eq!(state.recorder("m", true).unwrap().lost(), Lost::default());
}

#[test]
fn what_a_dry_run_records_is_forgotten() {
    let (_dir, _folder, state) = fixture();
    keep(&state.recorder("m", true).unwrap(), "m1", &Answer::Refused);
    let copied = State { db: copy::of(&state.db).unwrap(), lock: None, is_copy: true, dir: None };
    let dry = copied.recorder("m", true).unwrap();
    assert_eq!(dry.find(&call("m1")), Some(Found::Answer(Answer::Refused)));
    keep(&dry, "m2", &Answer::Refused);
    assert_eq!(dry.find(&call("m2")), Some(Found::Answer(Answer::Refused)));
    assert!(state.recorded("m").unwrap().keys().eq(["m1"]));
}

#[test]
fn an_erasure_leaves_neither_answers_nor_calls() {
    let (_dir, _folder, state) = fixture();
    let recorder = state.recorder("m", true).unwrap();
    keep(&recorder, "m1", &Answer::Refused);
    recorder.begin(&call("m2"), 10).unwrap();
    recorder.count_unusable(&call("m2"), 10, "cut off").unwrap();
    recorder.begin(&call("m3"), 10).unwrap();
    forget(&state.db).unwrap();
    assert_eq!(asked::lost(&state.db).unwrap(), Lost::default());
    assert_eq!(recorder.find(&call("m1")), None);
    for _ in 0..2 {
        recorder.count_unusable(&call("m2"), 10, "cut off").unwrap();
        assert_eq!(recorder.find(&call("m2")), None, "it counts anew");
    }
}
