//! The commands of `cargo xtask <command>`.

mod bench;
mod cluster;
mod component;
mod conformance;
mod demo;
mod difference;
mod documents;
mod eval;
#[cfg(test)]
mod figures;
mod fuzz;
mod guards;
#[cfg(test)]
mod guides;
mod hosts;
mod load;
mod module;
mod mutants;
mod package;
mod policy;
mod preview;
mod reproduce;
mod serve;
mod servers;
mod sizes;
mod soak;
mod steps;
mod test;
mod tree;
mod web;
mod wit;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask <command>

  demo                            dream over sample sessions and a sample memory folder
  test [--all]                    the tests of the engine, natively, in minutes
                                  --all: components and hosts too (needs node, npm and Chromium);
                                  they play a sample of the golden cases. What CI runs
  release-check                   `test --all`, every golden case in every host, the packages, and
                                  the same bytes built in another place
  soak [--rounds N] [--seed N] [KIND…]
                                  try to lose or damage something, 200 rounds of each kind, and print
                                  counts: lives (kills), saves (a person who saves during every
                                  command), writes (a fault at each system call that writes; needs
                                  strace), disks (that fill up; needs the right to mount), foreign
                                  (states from elsewhere, damaged ones), flips (of plans and checkpoints)
                                  --seed: of the first round, as an earlier soak printed it
  fuzz [TARGET] [--seconds N]     give the engine bytes that nobody meant, a minute for each target:
                                  json, import, markdown, proposals, plan, checkpoint, redact, shell
                                  (needs a nightly compiler and cargo-fuzz)
  mutants [--shard K/N] [MODULE…] change one operator, arm or answer at a time where the engine decides, and
                                  print what no test notices: judge, gate, precedence, arrange, guard,
                                  check (needs cargo-mutants, and hours for all)
                                  --shard: only a part, from 0/N to N-1/N
  eval [--data DIR] [--quick] [--seed N] [--model recorded] [--cases] [--json] [PROTOCOL…]
                                  measure the engine on labelled and recorded data, beside no dream
                                  and exact dedupe; `eval list` names the protocols
  documents [--check]             write what follows from the types of the documents: wit/documents.schema.json,
                                  the types of the npm package and those of the command (needs node and npm);
                                  --check: only say whether they agree
  policy [--check]                write docs/policy.md and docs/policy.schema.json from the table of the
                                  engine; --check: only say whether they agree
  bench [--large] [--peers] [--texts FILE] [--json]
                                  how fast texts become relations, scores and kept ids, natively and
                                  through the component, as ratios
                                  --large: a million texts too; --peers: beside rensa and datasketch
                                  from PyPI (needs python3); --texts: other texts than generated ones
  bench --growth [--transcripts DIR] [ROW…]
                                  how the time of native code grows with sessions, with the length of
                                  texts, and with what a store keeps: does a row grow faster than
                                  with the exponent 1.15?
  guards                          put offences against determinism into a copy of the engine: does
                                  each get refused?
  reproduce [WORLD]               build components again in another place: are the bytes equal?
  package [--bless]               pack the crate and the npm package, test the packed ones, check
                                  their sizes (needs node and npm)
                                  --bless: commit to the new sizes
  wit [--bless]                   write the WIT package into dist/ and check that hosts of earlier
                                  versions go on working
                                  --bless: make its interfaces the baseline of its version
  component [--check | --bless]   build the components into dist/, one for each world, and check
                                  imports, exports and sizes
                                  --check: only check what is in dist/
                                  --bless: build, and commit to the new interface and sizes
  web                             build the npm package in bindings/web (needs node and npm)
  preview [--build] [--open]      build the memory preview page in host-example/browser and serve it (needs
                                  node and npm)
                                  --build: only build it; --open: open it in the browser of this machine
  serve [OPTION…]                 build the server and start it with a key and its page on
                                  http://127.0.0.1:8300, over a database in target/serve; options are
                                  those of `dreaming-server serve`
  hosts [--all] [--json] [HOST…]  play the golden cases in every host of this machine, compare
                                  every byte, print a table (needs node and npm)
                                  --all: a missing host is a failure; --json: the table as JSON
  conformance [--all | --worker | --clouds]
                                  the official SDKs, unmodified, against the server on SQLite and
                                  Postgres, and against the worker in Bun and workerd (needs
                                  python3, node and npm; Postgres and the npm package for their parts)
                                  --all: a missing Postgres or package is a failure; --worker: only the worker;
                                  --clouds: only transcripts in an S3 on this machine (needs python3)
  load [--clients N] [--seconds N] [--pause MILLISECONDS]
                                  1,000 clients for a minute against the server, with 50 dreams beside
                                  them, on SQLite and Postgres: times of requests, errors, memory
  cluster [--restate] [--stores N] [--sessions N] [--dreams N] [--delay MILLISECONDS] [--fewest N] [--most N]
          [--faulty N] [--seconds N] [--grown N]
                                  1, 2 and 3 servers, or workers of Restate, over one Postgres, a dream over
                                  each of 300 stores: dreams a minute, what one takes, beside the
                                  simulation; then, over --faulty stores (1,000; 0: none), one is killed
                                  each second for two minutes, and more goes wrong; --grown: one more round
                                  over so many stores, and how costs grew
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["eval", arguments @ ..] = words.as_slice() {
        return eval::eval(arguments).unwrap_or_else(|error| failed(&error));
    }
    let result = match words.as_slice() {
        ["demo"] => demo::demo(),
        ["test"] => test::test(),
        ["test", "--all"] => test::all(),
        ["release-check"] => test::release_check(),
        ["soak", options @ ..] => soak::soak(options),
        ["fuzz", options @ ..] => fuzz::fuzz(options),
        ["mutants", options @ ..] => mutants::mutants(options),
        ["component"] => component::build_and_check(),
        ["component", "--check"] => component::check(),
        ["component", "--bless"] => component::bless(),
        ["documents", arguments @ ..] => documents::documents(arguments),
        ["policy", arguments @ ..] => policy::policy(arguments),
        ["bench", arguments @ ..] => bench::bench(arguments),
        ["guards"] => guards::guards(),
        ["wit"] => wit::build_and_check(),
        ["wit", "--bless"] => wit::bless(),
        ["web"] => web::build(),
        ["preview", options @ ..] => preview::preview(options),
        ["serve", options @ ..] => serve::serve(options),
        ["hosts", arguments @ ..] => hosts::hosts(arguments),
        ["conformance", options @ ..] => conformance::conformance(options),
        ["load", options @ ..] => load::load(options),
        ["cluster", options @ ..] => cluster::cluster(options),
        ["package"] => package::pack_and_check(),
        ["package", "--bless"] => package::bless(),
        ["reproduce"] => reproduce::reproduce(None),
        ["reproduce", world] => reproduce::reproduce(Some(world)),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
