//! The call in which a model writes again what was turned down of its proposals about a session.

use std::ops::Range;

use dreaming_records::number::count;
use dreaming_records::plan::Rejected;
use dreaming_text::Set;

use super::{ANSWERS, SCHEMA, Series, bytes, events, fenced, guests, wishes};
use crate::import::Excerpt;
use crate::propose::{Asked, Known};

/// What a model is told when a call shows several sessions.
const SEVERAL: &str = "Proposals about several sessions stand below, each behind the events of its session. A statement cites events of one session.\n\n";

/// The instructions, the same in all calls. When their meaning changes, they get a folder with a new number.
const SYSTEM: &str = include_str!("../../../prompts/propose-again-1/system.txt");

/// A proposal that was turned down, as a call shows it again: words, marks or quotes were at fault, and not what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallen {
    /// Kind and words, as the model wrote them, on one line.
    pub said: String,
    /// Its quotes.
    pub(crate) quotes: Vec<String>,
    /// The line of `Known:` that it is about, as an index.
    pub(crate) corrects: Option<usize>,
    /// Why it was turned down, for a model.
    pub(crate) why: String,
    /// The events that it is about, as indices, sorted.
    pub(crate) events: Vec<usize>,
    /// Where these events stand: part and line.
    pub places: Vec<(String, u64)>,
    /// What the report says of it.
    pub rejected: Rejected,
}

impl Fallen {
    /// The bytes that it takes itself in a prompt, about.
    fn bytes(&self) -> usize {
        self.said.len() + self.why.len() + self.quotes.iter().map(String::len).sum::<usize>()
    }
}

/// What was turned down of the answers about a session.
#[derive(Clone, Copy, Debug)]
pub struct Down<'a> {
    /// The session.
    pub series: &'a Series,
    /// The calls.
    pub asked: &'a [Asked],
    /// What of the answer to each of them may be mended.
    pub fallen: &'a [Vec<Fallen>],
}

/// The call about what was turned down, as a session sees it.
#[derive(Clone, Debug)]
pub struct Again {
    /// The call.
    pub asked: Asked,
    /// What it shows of this session.
    pub fallen: Vec<Fallen>,
}

/// The call about what was turned down of sessions that shared a call, or of one; as each of them sees it, `None` where
/// nothing of it is shown. At most `max` bytes of these proposals and the events that they are about: what does not fit stays down.
pub fn again(sessions: &[Down<'_>], max: usize) -> Vec<Option<Again>> {
    let mut room = max;
    let mut known: Vec<Known> = Vec::new();
    let (mut excerpts, mut own): (Vec<Excerpt>, Vec<Range<usize>>) = (Vec::new(), Vec::new());
    let (mut body, mut n, mut session) = (String::new(), 0, 0);
    let told: Vec<Told<'_>> = sessions.iter().map(|down| Told::of(down, &mut room)).collect();
    let of = told.iter().filter(|told| !told.fallen.is_empty()).count();
    for (down, told) in sessions.iter().zip(&told) {
        let start = excerpts.len();
        excerpts.extend(told.excerpts.iter().cloned());
        own.push(start..excerpts.len());
        if told.fallen.is_empty() {
            continue;
        }
        session += 1;
        if of > 1 {
            body += &format!("Session {session} of {of}\n");
        }
        body += &down.series.header;
        body += &events(&excerpts, start, 0);
        for (one, line) in &told.fallen {
            n += 1;
            body += &format!("Turned down {n}\n{}\n", one.said);
            one.quotes.iter().for_each(|quote| body += &format!("- quote: {quote}\n"));
            if let Some(line) = line {
                let at = known.iter().position(|known| known == *line).unwrap_or(known.len());
                if at == known.len() {
                    known.push((*line).clone());
                }
                body += &format!("- corrects: {}\n", at + 1);
            }
            body += &format!("- why: {}\n", one.why);
        }
    }
    let Some(first) = sessions.first().filter(|_| n > 0) else {
        return sessions.iter().map(|_| None).collect();
    };
    let body = format!("{}{}{body}", super::known(&known), guests(&excerpts));
    let ids = sessions.iter().map(|down| down.series.session.as_str());
    let ids: Vec<&str> = ids.chain(["again"]).collect();
    let mut told_by = wishes(&first.series.instructions);
    let mut tokens = first.series.answer_tokens;
    if of > 1 {
        told_by += SEVERAL;
        tokens = tokens.max(tokens.saturating_mul(count(of)).min(ANSWERS));
    }
    let call = fenced(&ids, &told_by, &body, SYSTEM, SCHEMA, tokens);
    let starts: Vec<usize> = own.iter().map(|own| own.start).collect();
    let all = Asked { call, own: 0..0, excerpts, starts, known };
    let each = told.into_iter().zip(own);
    let of_session = |(told, own): (Told<'_>, Range<usize>)| {
        let fallen: Vec<Fallen> = told.fallen.into_iter().map(|(one, _)| one.clone()).collect();
        (!fallen.is_empty()).then(|| Again { asked: Asked { own, ..all.clone() }, fallen })
    };
    each.map(of_session).collect()
}

/// What a call shows of one session.
#[derive(Default)]
struct Told<'a> {
    excerpts: Vec<Excerpt>,
    /// Each with the line of the memory that it is about.
    fallen: Vec<(&'a Fallen, Option<&'a Known>)>,
}

impl<'a> Told<'a> {
    /// What there is room for.
    fn of(down: &Down<'a>, room: &mut usize) -> Self {
        let mut shown: Set<(usize, usize)> = Set::default();
        let mut told = Self::default();
        for ((call, asked), fallen) in down.asked.iter().enumerate().zip(down.fallen) {
            for one in fallen {
                let new = one.events.iter().map(|at| (call, *at));
                let new: Vec<(usize, usize)> = new.filter(|place| !shown.contains(place)).collect();
                let events = new.iter().filter_map(|(_, at)| asked.excerpts.get(*at));
                let size = one.bytes() + events.map(bytes).sum::<usize>();
                let Some(left) = room.checked_sub(size) else { continue };
                *room = left;
                shown = Set::of(shown.into_iter().chain(new));
                told.fallen.push((one, one.corrects.and_then(|at| asked.known.get(at))));
            }
        }
        let excerpt =
            |(call, at): &(usize, usize)| down.asked.get(*call)?.excerpts.get(*at).cloned();
        told.excerpts = shown.iter().filter_map(excerpt).collect();
        told
    }
}
