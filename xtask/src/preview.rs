//! `cargo xtask preview`: the memory preview page in `host-example/browser`, built and served.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::demo;
use crate::hosts;
use crate::steps::{root, run, step};
use crate::web;

/// The address of the page, unless its port is taken. A fixed one, because browsers keep data by
/// address. Chosen by us.
const PLACE: &str = "127.0.0.1:8788";

/// Builds the page and serves it until the program is stopped; `--build` only builds it, `--open`
/// opens it in the browser of this machine.
///
/// # Errors
/// When something does not build, an option is unknown, or no port is free.
pub fn preview(options: &[&str]) -> Result<()> {
    if let Some(unknown) = options.iter().find(|option| !["--build", "--open"].contains(option)) {
        bail!("`{unknown}` is no option of preview");
    }
    web::build()?;
    build()?;
    if options.contains(&"--build") {
        println!("{}", folder().join("dist").display());
        return Ok(());
    }
    serve(&folder().join("dist"), options.contains(&"--open"))
}

/// Builds the page. The npm package must have been built.
///
/// # Errors
/// When a step fails, or npm is missing.
pub fn build() -> Result<()> {
    step("the memory preview page", || {
        web::install(&folder())?;
        run(&mut web::npm(&folder(), &["run", "--silent", "build"]))
    })
}

/// Runs the tests of the pages in Chromium, with the command and the server that the tests of the
/// hosts have built.
///
/// # Errors
/// When a test fails, or browser, command or server are missing.
pub fn test() -> Result<()> {
    step("tests of the memory preview page", || {
        run(web::npm(&folder(), &["test", "--silent"])
            .env("REQUIRE_BROWSER", "1")
            .env("REQUIRE_COMMAND", "1")
            .env("REQUIRE_SERVER", "1")
            .env("DREAMING_COMMAND", demo::target("host-example", "debug/dreaming"))
            .env("DREAMING_SERVER", demo::target("host-example", "debug/dreaming-server"))
            .env("XDG_CACHE_HOME", hosts::cache()))
    })
}

fn folder() -> PathBuf {
    root().join("host-example/browser")
}

fn serve(dist: &Path, open: bool) -> Result<()> {
    let listener = TcpListener::bind(PLACE).or_else(|_| TcpListener::bind("127.0.0.1:0"));
    let listener = listener.context("no port is free")?;
    let url = format!("http://{}/", listener.local_addr()?);
    println!("{url}        the page; {url}#sample opens the sample. Ctrl-C ends it.");
    if open {
        let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        run(Command::new(program).arg(&url))?;
    }
    for stream in listener.incoming() {
        let dist = dist.to_owned();
        // A thread for each connection, because browsers open several and leave some of them
        // silent.
        thread::spawn(move || stream.and_then(|stream| answer(stream, &dist)));
    }
    Ok(())
}

/// Answers one request with a file of `dist`, and closes the connection.
fn answer(mut stream: TcpStream, dist: &Path) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    // The headers are not used, but have to be read before the answer.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let found =
        asked(&first).and_then(|path| Some((kind(&path)?, fs::read(dist.join(path)).ok()?)));
    let (status, kind, body) = match found {
        Some((kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "text/plain", b"not found\n".to_vec()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
         cache-control: no-cache\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    if !first.starts_with("HEAD ") {
        stream.write_all(&body)?;
    }
    stream.flush()
}

/// The file that the first line of a request asks for, as a path below the served folder.
fn asked(line: &str) -> Option<PathBuf> {
    let mut words = line.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = PathBuf::from(if path.is_empty() { "index.html" } else { path });
    let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
    (matches!(method, "GET" | "HEAD") && is_below).then_some(path)
}

/// The media type of a file, by its name.
fn kind(path: &Path) -> Option<&'static str> {
    Some(match path.extension().and_then(OsStr::to_str)? {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_request_names_a_file_below_the_folder_or_none() {
        let path = |line: &str| asked(line).map(|path| path.display().to_string());
        assert_eq!(path("GET / HTTP/1.1").as_deref(), Some("index.html"));
        assert_eq!(path("GET /assets/a.js?x=1 HTTP/1.1").as_deref(), Some("assets/a.js"));
        for bad in
            ["GET /../secret.html HTTP/1.1", "GET //etc/x.html HTTP/1.1", "POST / HTTP/1.1", ""]
        {
            assert_eq!(path(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_file_is_served_with_its_kind() -> io::Result<()> {
        let dist = std::env::temp_dir().join(format!("dreaming-preview-{}", std::process::id()));
        fs::create_dir_all(&dist)?;
        fs::write(dist.join("index.html"), "<p>here</p>")?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let place = listener.local_addr()?;
        let mut said = Vec::new();
        for target in ["/", "/none.html"] {
            let mut client = TcpStream::connect(place)?;
            client.write_all(format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())?;
            answer(listener.accept()?.0, &dist)?;
            let mut text = String::new();
            client.read_to_string(&mut text)?;
            said.push(text);
        }
        fs::remove_dir_all(&dist)?;
        assert!(said[0].starts_with("HTTP/1.1 200 OK\r\ncontent-type: text/html"), "{}", said[0]);
        assert!(said[0].ends_with("\r\n\r\n<p>here</p>"), "{}", said[0]);
        assert!(said[1].starts_with("HTTP/1.1 404"), "{}", said[1]);
        Ok(())
    }
}
