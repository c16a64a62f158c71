//! Streams generated transcripts through the component and prints, as JSON, how much linear memory a
//! dream took and how fast it read, beside Python's `json.loads` on the same bytes.
//!
//! ```text
//! cargo run -p dreaming-conformance --bin streaming -- COMPONENT [SCALE]
//! ```
//!
//! Sizes are in megabytes: 100 and 400 in ten sessions, 400 in forty, and one file of 300; `SCALE`
//! divides them. Memory may grow with sessions, whose records stay, but not with their bytes.
//! Nothing is written to disk: what is generated goes to the component, and once more to Python.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dreaming_wasmtime::{Contents, Engine, Limits, MAX_PAGE, Need, Part, Request, Session};

/// A megabyte.
const MB: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let component = std::fs::read(words.next().ok_or("which component?")?)?;
    let scale: u64 = words.next().map_or(Ok(1), |word| word.parse())?;
    // Without fuel: counting it makes the code some 15 % slower, and nothing here can run away.
    let limits = Limits { fuel: None, ..Limits::default() };
    let engine = Engine::new(&component, limits)?;
    let mut runs = Vec::new();
    for (name, size, sessions, form) in [
        ("100 MB in ten sessions", 100, 10, Form::Lines),
        ("400 MB in ten sessions", 400, 10, Form::Lines),
        ("400 MB in forty sessions", 400, 40, Form::Lines),
        ("300 MB in one file of lines", 300, 1, Form::Lines),
        ("300 MB in one document", 300, 1, Form::Document),
    ] {
        eprintln!("… {name}");
        let each = size * MB / scale / sessions;
        let parts: Vec<_> = (0..sessions).map(|n| Generated::new(n, each, form)).collect();
        let read = dream(&engine, &parts)?;
        // Python reads lines; a document is one line to it, which `json.loads` needs whole.
        let python = if form == Form::Lines { python(&parts)? } else { None };
        let mut run = format!(
            "{{\"name\":\"{name}\",\"sessions\":{sessions},\"bytes\":{},\"peak_bytes\":{},\
             \"understood\":{},\"seconds\":{:.3}",
            read.bytes,
            read.peak,
            read.understood,
            read.time.as_secs_f64()
        );
        if let Some(seconds) = python {
            write!(run, ",\"python_seconds\":{seconds:.3}")?;
        }
        runs.push(run + "}");
    }
    println!("[{}]", runs.join(","));
    Ok(())
}

/// What a dream came to.
struct Read {
    bytes: u64,
    peak: usize,
    understood: u64,
    /// Time within the component while it read, see [`Clock`].
    time: Duration,
}

/// Dreams over generated sessions.
fn dream(engine: &Engine, parts: &[Generated]) -> Result<Read, Box<dyn Error>> {
    let mut job = engine.job()?;
    let salt = "the same in every run".to_owned();
    let empty = Contents { salt, head: None, memories: vec![], ledger: vec![], revisions: vec![] };
    let snapshot = job.snapshot(&empty)?;
    let session = |part: &Generated| Session {
        id: part.name(),
        agent: None,
        principal: None,
        parts: vec![Part { name: "main".into(), bytes: part.bytes() }],
    };
    let request = Request {
        policy: Vec::new(),
        instructions: String::new(),
        // 2026-03-01, after everything that is generated.
        now: 1_772_323_200_000,
        sessions: parts.iter().map(session).collect(),
        similarities: Vec::new(),
    };
    let dream = job.start(&request, &snapshot)?;
    let clock = Clock(Instant::now());
    let mut read = Read { bytes: 0, peak: 0, understood: 0, time: Duration::ZERO };
    loop {
        match job.poll(&dream)? {
            Need::Sessions(needs) => {
                for need in needs {
                    let part = parts.iter().find(|part| part.name() == need.session);
                    let part = part.ok_or("an unknown session was asked for")?;
                    part.pages(|page, last| {
                        read.bytes += u64::try_from(page.len())?;
                        let start = clock.now();
                        job.feed(&dream, &need.session, "main", page, last)?;
                        read.time += clock.now().saturating_sub(start);
                        Ok(())
                    })?;
                }
            }
            Need::Calls(_) => return Err("nobody answers here".into()),
            Need::Done(outcome) => {
                let report: serde_json::Value = serde_json::from_slice(&outcome.report)?;
                read.understood = report["account"]["understood"].as_u64().unwrap_or(0);
                break;
            }
        }
    }
    read.peak = job.memory_used();
    Ok(read)
}

/// Time of this thread on the processor, so that a busy machine gives the same rates; where the
/// system does not tell it, the time that passes. Linux counts it in steps of some milliseconds.
struct Clock(Instant);

impl Clock {
    fn now(&self) -> Duration {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let nanos = told.as_deref().and_then(|text| text.split(' ').next()?.parse().ok());
        nanos.map_or_else(|| self.0.elapsed(), Duration::from_nanos)
    }
}

/// Seconds that Python spends in `json.loads` for the lines; `None` when there is no Python.
fn python(parts: &[Generated]) -> Result<Option<f64>, Box<dyn Error>> {
    const PROGRAM: &str = "\
import json, sys, time
total = 0.0
for line in sys.stdin.buffer:
    start = time.thread_time()
    json.loads(line)
    total += time.thread_time() - start
print(total)";
    let child = Command::new("python3")
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else { return Ok(None) };
    let mut to = child.stdin.take().ok_or("no pipe")?;
    for part in parts {
        part.pages(|page, _| Ok(to.write_all(page)?))?;
    }
    drop(to);
    let output = child.wait_with_output()?;
    Ok(Some(String::from_utf8(output.stdout)?.trim().parse()?))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Claude Code's lines.
    Lines,
    /// Gemini CLI's document.
    Document,
}

/// A session made up here, the same on every machine.
struct Generated {
    number: u64,
    size: u64,
    form: Form,
}

impl Generated {
    fn new(number: u64, size: u64, form: Form) -> Self {
        Self { number, size, form }
    }

    fn name(&self) -> String {
        format!("session-{}", self.number)
    }

    /// Its length once it is written.
    fn bytes(&self) -> u64 {
        let mut bytes = 0;
        self.turns(|text| {
            bytes += text.len() as u64;
            Ok(())
        })
        .map_or(0, |()| bytes)
    }

    /// Hands out its bytes in pages; the last one is said to be it.
    fn pages(
        &self,
        mut each: impl FnMut(&[u8], bool) -> Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let mut page = Vec::with_capacity(2 * MAX_PAGE);
        self.turns(|text| {
            page.extend_from_slice(text.as_bytes());
            while page.len() > MAX_PAGE {
                each(&page[..MAX_PAGE], false)?;
                page.drain(..MAX_PAGE);
            }
            Ok(())
        })?;
        each(&page, true)
    }

    /// The session turn by turn: a call, its result, sometimes a failure, a big file, a wish.
    fn turns(
        &self,
        mut each: impl FnMut(&str) -> Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let id = self.name();
        let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (self.number + 1));
        // Outputs return, as they do when a build is run again and again; one in forty is big.
        let outputs: Vec<_> = (0..40_u64)
            .map(|n| {
                let lines = if n == 0 { 4_000 } else { 5 + random.below(60) };
                random.text(lines)
            })
            .collect();
        let mut written = 0;
        if self.form == Form::Document {
            each(&format!(
                "{{\"sessionId\":\"{id}\",\"projectHash\":\"0\",\"startTime\":\"2026-02-01T10:00:00Z\",\
                 \"lastUpdated\":\"2026-02-01T10:00:00Z\",\"messages\":[\n"
            ))?;
        }
        for n in 0_u64.. {
            let failed = random.below(10) == 0;
            let output = &outputs[random.below(outputs.len() as u64) as usize];
            let command = COMMANDS[random.below(COMMANDS.len() as u64) as usize];
            let wish = WISHES[random.below(WISHES.len() as u64) as usize];
            let text = match self.form {
                Form::Lines => claude(&id, n, command, output, failed, wish),
                Form::Document => gemini(&id, n, command, output, failed, wish),
            };
            written += text.len() as u64;
            each(&text)?;
            if written >= self.size {
                break;
            }
        }
        if self.form == Form::Document {
            each(&format!(
                "{}]}}\n",
                gemini(&id, u64::MAX, "ls", "", false, "Thanks.").trim_end_matches([',', '\n'])
            ))?;
        }
        Ok(())
    }
}

/// Shell lines of no project in particular.
const COMMANDS: &[&str] = &[
    "cargo test --workspace",
    "git status --short",
    "npm run build",
    "rg -n 'fn main' src",
    "cat src/lib.rs",
    "make lint",
];

/// What a person says now and then.
const WISHES: &[&str] = &[
    "Go on.",
    "Please run the tests again.",
    "Always run the formatter before you commit.",
    "Why does the build fail?",
    "Rename the module and update the imports.",
];

/// A turn as Claude Code writes it.
fn claude(id: &str, n: u64, command: &str, output: &str, failed: bool, wish: &str) -> String {
    let head = |m: u64, kind: &str| {
        let second = n % 60;
        format!(
            "{{\"parentUuid\":\"{id}-{n}-{}\",\"isSidechain\":false,\"cwd\":\"/home/ada/shop\",\
             \"sessionId\":\"{id}\",\"version\":\"2.0.1\",\"gitBranch\":\"main\",\"type\":\"{kind}\",\
             \"uuid\":\"{id}-{n}-{m}\",\"timestamp\":\"2026-02-01T10:00:{second:02}Z\",\"message\":",
            m.wrapping_sub(1)
        )
    };
    let call = format!(
        "{}{{\"role\":\"assistant\",\"model\":\"m\",\"content\":[{{\"type\":\"tool_use\",\"id\":\"c{n}\",\
         \"name\":\"Bash\",\"input\":{{\"command\":\"{command}\"}}}}]}}}}\n",
        head(1, "assistant")
    );
    let result = format!(
        "{}{{\"role\":\"user\",\"content\":[{{\"type\":\"tool_result\",\"tool_use_id\":\"c{n}\",\
         \"is_error\":{failed},\"content\":\"{output}\"}}]}}}}\n",
        head(2, "user")
    );
    let wish = if n.is_multiple_of(5) {
        format!("{}{{\"role\":\"user\",\"content\":\"{wish}\"}}}}\n", head(3, "user"))
    } else {
        String::new()
    };
    call + &result + &wish
}

/// A turn as Gemini CLI writes it.
fn gemini(id: &str, n: u64, command: &str, output: &str, failed: bool, wish: &str) -> String {
    let status = if failed { "error" } else { "success" };
    let second = n % 60;
    format!(
        "{{\"id\":\"{id}-{n}-u\",\"timestamp\":\"2026-02-01T10:00:{second:02}Z\",\"type\":\"user\",\
         \"content\":\"{wish}\"}},\n\
         {{\"id\":\"{id}-{n}-g\",\"timestamp\":\"2026-02-01T10:00:{second:02}Z\",\"type\":\"gemini\",\
         \"content\":\"\",\"toolCalls\":[{{\"id\":\"c{n}\",\"name\":\"run_shell_command\",\
         \"args\":{{\"command\":\"{command}\"}},\"status\":\"{status}\",\"result\":[{{\
         \"functionResponse\":{{\"response\":{{\"output\":\"{output}\"}}}}}}]}}]}},\n"
    )
}

/// Numbers that are the same on every machine (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    /// Lines as a JSON string holds them.
    fn text(&mut self, lines: u64) -> String {
        const WORDS: &[&str] = &[
            "error:",
            "warning:",
            "src/lib.rs",
            "test",
            "ok",
            "the",
            "value",
            "is",
            "not",
            "used",
            "expected",
            "found",
            "line",
            "compiling",
            "finished",
            "\\\"name\\\"",
            "0x1f",
            "1.2.3",
        ];
        let mut text = String::new();
        for _ in 0..lines {
            for _ in 0..8 {
                text.push_str(WORDS[self.below(WORDS.len() as u64) as usize]);
                text.push(' ');
            }
            text.push_str("\\n");
        }
        text
    }
}
