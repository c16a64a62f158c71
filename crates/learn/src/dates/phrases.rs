//! The vocabulary: phrases of everyday language, by language.
//!
//! A pattern is words with spaces between them. `a|b` is either, `(the)` may be missing, `#` is a
//! number in digits or words, `#h` an hour such as `3pm`, `#d` a day of a month, `#2` and `#4` that many digits, `@` the name of
//! a month. A sign before a piece (`'`, `-`, `/`, `,`) must stand before it in the text.

use super::calendar::{Meaning, Unit};
use super::find::Held;

/// A language of the table, for what is written in the place of a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Russian,
    Chinese,
    /// Digits: any language.
    Any,
}

impl Language {
    /// What stands before a day: `on 2026-03-04`.
    pub(super) fn on_day(self) -> &'static str {
        match self {
            Self::English => "on ",
            Self::German => "am ",
            Self::French => "le ",
            Self::Spanish => "el ",
            Self::Italian => "il ",
            Self::Portuguese => "em ",
            Self::Dutch => "op ",
            Self::Russian | Self::Chinese | Self::Any => "",
        }
    }

    /// What stands before a month or a year: `in 2026-03`.
    pub(super) fn in_month(self) -> &'static str {
        match self {
            Self::English | Self::Dutch => "in ",
            Self::German => "im ",
            Self::French | Self::Spanish => "en ",
            Self::Italian => "nel ",
            Self::Portuguese => "em ",
            Self::Russian => "в ",
            Self::Chinese | Self::Any => "",
        }
    }

    /// Whether it is English.
    pub(super) fn is_english(self) -> bool {
        self == Self::English
    }
}

/// A phrase.
pub(super) struct Phrase {
    /// See the module.
    pub(super) pattern: &'static str,
    /// Its language.
    pub(super) language: Language,
    /// What it means with what its pieces held; `None` when they make no date.
    pub(super) meaning: fn(&Held) -> Option<Meaning>,
}

const fn of(
    language: Language,
    pattern: &'static str,
    meaning: fn(&Held) -> Option<Meaning>,
) -> Phrase {
    Phrase { pattern, language, meaning }
}

fn n(held: &Held) -> Option<i32> {
    held.numbers.first().copied()
}

/// Day, month and year in the order of the numbers; an hour or a count is no day.
fn named(held: &Held, day: Option<usize>, year: Option<usize>) -> Option<Meaning> {
    let pick = |at: usize| held.numbers.get(at).copied();
    Some(Meaning::Date {
        year: year.and_then(pick).map(i16::try_from).transpose().ok()?,
        month: held.month?,
        day: day.and_then(pick).map(i8::try_from).transpose().ok()?,
    })
}

/// Year, month and day from the places of three numbers.
fn in_digits(held: &Held, year: usize, month: usize, day: usize) -> Option<Meaning> {
    let pick = |at: usize| held.numbers.get(at).copied();
    Some(Meaning::Date {
        year: Some(i16::try_from(pick(year)?).ok()?),
        month: i8::try_from(pick(month)?).ok()?,
        day: Some(i8::try_from(pick(day)?).ok()?),
    })
}

fn ago(unit: Unit) -> impl Fn(&Held) -> Option<Meaning> {
    move |held| Some(Meaning::Ago(unit, n(held)?))
}

const TODAY: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Day(0));
// Today, but no text is changed by it: `now` mostly means `since some time`.
const NOW: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Past(Unit::Day, 0));
const YESTERDAY: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Day(-1));
const BEFORE_YESTERDAY: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Day(-2));
const TOMORROW: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Day(1));
const LAST_WEEK: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Unit(Unit::Week, -1));
const LAST_WEEKEND: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Unit(Unit::Weekend, -1));
const LAST_MONTH: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Unit(Unit::Month, -1));
const LAST_YEAR: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Unit(Unit::Year, -1));
const DAYS_AGO: fn(&Held) -> Option<Meaning> = |held| ago(Unit::Day)(held);
const WEEKS_AGO: fn(&Held) -> Option<Meaning> = |held| ago(Unit::Week)(held);
const MONTHS_AGO: fn(&Held) -> Option<Meaning> = |held| ago(Unit::Month)(held);
const YEARS_AGO: fn(&Held) -> Option<Meaning> = |held| ago(Unit::Year)(held);
// Few is two to five and a couple one to three: open on purpose, so no text is changed by them.
const FEW_DAYS: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Between(Unit::Day, 5, 2));
const FEW_WEEKS: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Between(Unit::Week, 5, 2));
const FEW_MONTHS: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Between(Unit::Month, 5, 2));
const SOME_DAYS: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Between(Unit::Day, 3, 1));
const SOME_WEEKS: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Between(Unit::Week, 3, 1));
const SOME_MONTHS: fn(&Held) -> Option<Meaning> = |_| Some(Meaning::Between(Unit::Month, 3, 1));

use Language::{Any, Dutch, English, French, German, Italian, Portuguese, Russian, Spanish};

/// All phrases.
#[rustfmt::skip]
pub(super) const PHRASES: &[Phrase] = &[
    of(Any, "#4 -#2 -#2", |h| in_digits(h, 0, 1, 2)),
    of(Any, "#4 /#2 /#2", |h| in_digits(h, 0, 1, 2)),
    // Month first and day first are both in use: only what can be read one way is certain.
    of(Any, "#2 /#2 /#4", |h| match h.numbers.as_slice() {
        [month, day, _] if *month <= 12 && *day > 12 => in_digits(h, 2, 0, 1),
        [day, month, _] if *month <= 12 && *day > 12 => in_digits(h, 2, 1, 0),
        _ => None,
    }),
    of(Any, "@ ,#d ,#4", |h| named(h, Some(0), Some(1))),
    of(Any, "#d (de|of) @ (de|of) ,#4", |h| named(h, Some(0), Some(1))),
    of(Any, "@ (de) ,#4", |h| named(h, None, Some(0))),
    of(Any, "@ #d", |h| named(h, Some(0), None)),
    of(Any, "#d (de|of) @", |h| named(h, Some(0), None)),

    of(English, "today", TODAY),
    of(English, "now", NOW),
    of(English, "at #h", |h| Some(Meaning::Clock(i8::try_from(n(h)?).ok()?))),
    of(English, "noon", |_| Some(Meaning::Clock(12))),
    of(English, "midnight", |_| Some(Meaning::Clock(0))),
    of(English, "yesterday", YESTERDAY),
    of(English, "(the) day before yesterday", BEFORE_YESTERDAY),
    of(English, "tomorrow", TOMORROW),
    of(English, "(the) day after tomorrow", |_| Some(Meaning::Day(2))),
    of(English, "last week", LAST_WEEK),
    of(English, "last weekend", LAST_WEEKEND),
    of(English, "last month", LAST_MONTH),
    of(English, "last year", LAST_YEAR),
    of(English, "this week", |_| Some(Meaning::Unit(Unit::Week, 0))),
    of(English, "this month", |_| Some(Meaning::Unit(Unit::Month, 0))),
    of(English, "this year", |_| Some(Meaning::Unit(Unit::Year, 0))),
    of(English, "next month", |_| Some(Meaning::Unit(Unit::Month, 1))),
    of(English, "next year", |_| Some(Meaning::Unit(Unit::Year, 1))),
    of(English, "# day|days ago", DAYS_AGO),
    of(English, "# week|weeks ago", WEEKS_AGO),
    of(English, "# month|months ago", MONTHS_AGO),
    of(English, "# year|years ago", YEARS_AGO),
    of(English, "in # day|days", |h| Some(Meaning::Day(n(h)?))),
    of(English, "# day|days from now", |h| Some(Meaning::Day(n(h)?))),
    of(English, "(a) few day|days ago", FEW_DAYS),
    of(English, "(a) few week|weeks ago", FEW_WEEKS),
    of(English, "(a) few month|months ago", FEW_MONTHS),
    of(English, "(a) couple (of) day|days ago", SOME_DAYS),
    of(English, "(a) couple (of) week|weeks ago", SOME_WEEKS),
    of(English, "(a) couple (of) month|months ago", SOME_MONTHS),

    of(German, "heute", TODAY),
    of(German, "gestern", YESTERDAY),
    of(German, "vorgestern", BEFORE_YESTERDAY),
    of(German, "übermorgen", |_| Some(Meaning::Day(2))),
    of(German, "letzte|letzten|letzter|vergangene|vorige woche", LAST_WEEK),
    of(German, "letztes|letzten|vergangenes|voriges wochenende", LAST_WEEKEND),
    of(German, "letzten|letzte|letzter|vergangenen|vorigen monat", LAST_MONTH),
    of(German, "letztes|letzte|letzten|vergangenes|voriges jahr", LAST_YEAR),
    of(German, "vor # tag|tagen", DAYS_AGO),
    of(German, "vor # woche|wochen", WEEKS_AGO),
    of(German, "vor # monat|monaten", MONTHS_AGO),
    of(German, "vor # jahr|jahren", YEARS_AGO),
    of(German, "in # tag|tagen", |h| Some(Meaning::Day(n(h)?))),
    of(German, "vor einigen|wenigen|paar tagen", FEW_DAYS),

    of(French, "aujourd 'hui", TODAY),
    of(French, "hier", YESTERDAY),
    of(French, "avant -hier", BEFORE_YESTERDAY),
    of(French, "demain", TOMORROW),
    of(French, "(la) semaine dernière|derniere|passée", LAST_WEEK),
    of(French, "(le) weekend dernier|passé", LAST_WEEKEND),
    of(French, "(le) week -end dernier|passé", LAST_WEEKEND),
    of(French, "(le) mois dernier|passé", LAST_MONTH),
    of(French, "(l) 'année|'annee dernière|derniere|passée", LAST_YEAR),
    of(French, "l 'année|annee dernière|derniere|passée", LAST_YEAR),
    of(French, "l 'an dernier|passé", LAST_YEAR),
    of(French, "il y a # jour|jours", DAYS_AGO),
    of(French, "il y a # semaine|semaines", WEEKS_AGO),
    of(French, "il y a # mois", MONTHS_AGO),
    of(French, "il y a # an|ans", YEARS_AGO),
    of(French, "il y a quelques jours", FEW_DAYS),
    of(French, "dans # jour|jours", |h| Some(Meaning::Day(n(h)?))),

    of(Spanish, "hoy", TODAY),
    of(Spanish, "ayer", YESTERDAY),
    of(Spanish, "anteayer", BEFORE_YESTERDAY),
    of(Spanish, "la semana pasada", LAST_WEEK),
    of(Spanish, "el fin de semana pasado", LAST_WEEKEND),
    of(Spanish, "el mes pasado", LAST_MONTH),
    of(Spanish, "el año pasado", LAST_YEAR),
    of(Spanish, "hace # día|días|dia|dias", DAYS_AGO),
    of(Spanish, "hace # semana|semanas", WEEKS_AGO),
    of(Spanish, "hace # mes|meses", MONTHS_AGO),
    of(Spanish, "hace # año|años", YEARS_AGO),
    of(Spanish, "hace unos|algunos días", FEW_DAYS),
    of(Spanish, "en # día|días", |h| Some(Meaning::Day(n(h)?))),

    of(Italian, "oggi", TODAY),
    of(Italian, "ieri", YESTERDAY),
    of(Italian, "l 'altro ieri", BEFORE_YESTERDAY),
    of(Italian, "domani", TOMORROW),
    of(Italian, "la settimana scorsa|passata", LAST_WEEK),
    of(Italian, "la scorsa settimana", LAST_WEEK),
    of(Italian, "lo scorso fine settimana", LAST_WEEKEND),
    of(Italian, "il fine settimana scorso", LAST_WEEKEND),
    of(Italian, "il mese scorso|passato", LAST_MONTH),
    of(Italian, "lo scorso mese", LAST_MONTH),
    of(Italian, "l 'anno scorso|passato", LAST_YEAR),
    of(Italian, "# giorno|giorni fa", DAYS_AGO),
    of(Italian, "# settimana|settimane fa", WEEKS_AGO),
    of(Italian, "# mese|mesi fa", MONTHS_AGO),
    of(Italian, "# anno|anni fa", YEARS_AGO),
    of(Italian, "qualche giorno fa", FEW_DAYS),

    of(Portuguese, "hoje", TODAY),
    of(Portuguese, "ontem", YESTERDAY),
    of(Portuguese, "anteontem", BEFORE_YESTERDAY),
    of(Portuguese, "amanhã", TOMORROW),
    of(Portuguese, "(a|na) semana passada", LAST_WEEK),
    of(Portuguese, "(o|no) fim de semana passado", LAST_WEEKEND),
    of(Portuguese, "(o|no) mês passado", LAST_MONTH),
    of(Portuguese, "(o|no) ano passado", LAST_YEAR),
    of(Portuguese, "há # dia|dias", DAYS_AGO),
    of(Portuguese, "há # semana|semanas", WEEKS_AGO),
    of(Portuguese, "há # mês|meses", MONTHS_AGO),
    of(Portuguese, "há # ano|anos", YEARS_AGO),

    of(Dutch, "vandaag", TODAY),
    of(Dutch, "gisteren", YESTERDAY),
    of(Dutch, "eergisteren", BEFORE_YESTERDAY),
    of(Dutch, "vorige|afgelopen week", LAST_WEEK),
    of(Dutch, "vorig|afgelopen weekend", LAST_WEEKEND),
    of(Dutch, "vorige|afgelopen maand", LAST_MONTH),
    of(Dutch, "vorig|afgelopen jaar", LAST_YEAR),
    of(Dutch, "# dag|dagen geleden", DAYS_AGO),
    of(Dutch, "# week|weken geleden", WEEKS_AGO),
    of(Dutch, "# maand|maanden geleden", MONTHS_AGO),
    of(Dutch, "# jaar geleden", YEARS_AGO),

    of(Russian, "сегодня", TODAY),
    of(Russian, "вчера", YESTERDAY),
    of(Russian, "позавчера", BEFORE_YESTERDAY),
    of(Russian, "завтра", TOMORROW),
    of(Russian, "(на) прошлой неделе", LAST_WEEK),
    of(Russian, "прошлая|прошлую неделя|неделю", LAST_WEEK),
    of(Russian, "(на) прошлых выходных", LAST_WEEKEND),
    of(Russian, "прошлые выходные", LAST_WEEKEND),
    of(Russian, "(в) прошлом месяце", LAST_MONTH),
    of(Russian, "прошлый месяц", LAST_MONTH),
    of(Russian, "(в) прошлом году", LAST_YEAR),
    of(Russian, "прошлый год", LAST_YEAR),
    of(Russian, "# день|дня|дней назад", DAYS_AGO),
    of(Russian, "# неделю|недели|недель назад", WEEKS_AGO),
    of(Russian, "# месяц|месяца|месяцев назад", MONTHS_AGO),
    of(Russian, "# год|года|лет назад", YEARS_AGO),
    of(Russian, "несколько дней назад", FEW_DAYS),
    of(Russian, "несколько недель назад", FEW_WEEKS),
    of(Russian, "несколько месяцев назад", FEW_MONTHS),
    of(Russian, "пару|пары дней назад", SOME_DAYS),
    of(Russian, "пару|пары недель назад", SOME_WEEKS),
    of(Russian, "пару|пары месяцев назад", SOME_MONTHS),
];

/// What may follow the digits of a day of a month.
pub(super) const ORDINAL_ENDINGS: &[&str] = &["", "st", "nd", "rd", "th", "er", "º", "°", "ª"];

/// Small numbers in words. `a week ago` is one week.
#[rustfmt::skip]
pub(super) const NUMBERS: &[(&str, i32)] = &[
    ("a", 1), ("an", 1), ("one", 1), ("two", 2), ("three", 3), ("four", 4), ("five", 5), ("six", 6),
    ("seven", 7), ("eight", 8), ("nine", 9), ("ten", 10), ("eleven", 11), ("twelve", 12),
    ("ein", 1), ("eine", 1), ("einem", 1), ("einer", 1), ("zwei", 2), ("drei", 3), ("vier", 4),
    ("fünf", 5), ("sechs", 6), ("sieben", 7), ("acht", 8), ("neun", 9), ("zehn", 10),
    ("un", 1), ("une", 1), ("deux", 2), ("trois", 3), ("quatre", 4), ("cinq", 5), ("sept", 7),
    ("huit", 8), ("neuf", 9), ("dix", 10),
    ("uno", 1), ("una", 1), ("dos", 2), ("tres", 3), ("cuatro", 4), ("cinco", 5), ("seis", 6),
    ("siete", 7), ("ocho", 8), ("nueve", 9), ("diez", 10),
    ("due", 2), ("tre", 3), ("quattro", 4), ("cinque", 5), ("sei", 6), ("sette", 7), ("otto", 8),
    ("nove", 9), ("dieci", 10),
    ("um", 1), ("uma", 1), ("dois", 2), ("duas", 2), ("três", 3), ("quatro", 4),
    ("een", 1), ("één", 1), ("twee", 2), ("drie", 3), ("vijf", 5), ("zes", 6), ("zeven", 7),
    ("negen", 9), ("tien", 10),
];

/// Names of months. Short forms that are words of their own (`mar`, `may` alone) only count beside
/// a number, which every pattern asks for.
#[rustfmt::skip]
pub(super) const MONTHS: &[(&str, i8)] = &[
    ("january", 1), ("february", 2), ("march", 3), ("april", 4), ("may", 5), ("june", 6),
    ("july", 7), ("august", 8), ("september", 9), ("october", 10), ("november", 11), ("december", 12),
    ("jan", 1), ("feb", 2), ("mar", 3), ("apr", 4), ("jun", 6), ("jul", 7), ("aug", 8), ("sep", 9),
    ("sept", 9), ("oct", 10), ("nov", 11), ("dec", 12),
    ("januar", 1), ("jänner", 1), ("februar", 2), ("märz", 3), ("mai", 5), ("juni", 6), ("juli", 7),
    ("oktober", 10), ("dezember", 12),
    ("janvier", 1), ("février", 2), ("fevrier", 2), ("mars", 3), ("avril", 4), ("juin", 6),
    ("juillet", 7), ("août", 8), ("aout", 8), ("septembre", 9), ("octobre", 10), ("novembre", 11),
    ("décembre", 12), ("decembre", 12),
    ("enero", 1), ("febrero", 2), ("marzo", 3), ("abril", 4), ("mayo", 5), ("junio", 6),
    ("julio", 7), ("agosto", 8), ("septiembre", 9), ("setiembre", 9), ("octubre", 10),
    ("noviembre", 11), ("diciembre", 12),
    ("gennaio", 1), ("febbraio", 2), ("aprile", 4), ("maggio", 5), ("giugno", 6), ("luglio", 7),
    ("settembre", 9), ("ottobre", 10), ("dicembre", 12),
    ("janeiro", 1), ("fevereiro", 2), ("março", 3), ("maio", 5), ("junho", 6), ("julho", 7),
    ("setembro", 9), ("outubro", 10), ("novembro", 11), ("dezembro", 12),
    ("januari", 1), ("februari", 2), ("maart", 3), ("mei", 5), ("augustus", 8),
    ("января", 1), ("февраля", 2), ("марта", 3), ("апреля", 4), ("мая", 5), ("июня", 6),
    ("июля", 7), ("августа", 8), ("сентября", 9), ("октября", 10), ("ноября", 11), ("декабря", 12),
    ("январь", 1), ("февраль", 2), ("март", 3), ("апрель", 4), ("май", 5), ("июнь", 6),
    ("июль", 7), ("август", 8), ("сентябрь", 9), ("октябрь", 10), ("ноябрь", 11), ("декабрь", 12),
];
