//! `dreaming schedule`: what it installs for systemd and cron, what it says, and that exactly that is undone. The programs
//! of the system are played by scripts that keep what they were given.

mod agents;
mod moved;
mod replaced;
mod several_agents;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::typed::{home, printed, typed};
use crate::support::{Done, Store};

const SYSTEMCTL: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
if [ -e "$here/refuse" ]; then echo "Failed to connect to bus: No medium found" >&2; exit 1; fi
case "$*" in
"--user enable"*)
  if [ -e "$here/refuse-enable" ]; then echo "Unit is masked" >&2; exit 1; fi
  if [ -e "$here/refuse-once" ]; then rm "$here/refuse-once"; echo "Unit is masked" >&2; exit 1; fi ;;
"--user disable"*) if [ -e "$here/meddle" ]; then . "$here/meddle"; fi ;;
*show*.timer*) echo UnitFileState=enabled; echo ActiveState=active; echo "NextElapseUSecRealtime=Fri 2026-11-27 10:00:00 UTC" ;;
*show*.service*) echo Result=success; echo ExecMainStatus=0; echo "ExecMainExitTimestamp=Thu 2026-11-26 17:17:17 UTC" ;;
esac
"#;

const CRONTAB: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$1" in
-l) if [ -e "$here/table" ]; then cat "$here/table"; else echo "no crontab for ada" >&2; exit 1; fi ;;
-r) rm "$here/table" ;;
-) cat > "$here/new"
  if grep -qs -f "$here/refuse-table" "$here/new"; then rm "$here/new"; echo "bad minute" >&2; exit 1; fi
  mv "$here/new" "$here/table" ;;
esac
"#;

/// A home folder in which Claude Code has worked on `my shop`, with the system's programs played by scripts.
pub fn machine() -> Store {
    let (store, _) = home();
    for (name, script) in [("systemctl", SYSTEMCTL), ("crontab", CRONTAB)] {
        store.put(&format!("tools/{name}"), script);
        fs::set_permissions(store.path(&format!("tools/{name}")), PermissionsExt::from_mode(0o755))
            .unwrap();
    }
    // The engine is compiled and the store looked at once, so that later calls leave no new file.
    on(&store, "dreaming status --claude-code").expect(0);
    store
}

/// Types a line in the folder of the project, on that machine.
pub fn on(store: &Store, line: &str) -> Done {
    let tools = store.path("tools");
    typed(store, "my shop", &format!("export PATH=\"{}:$PATH\"; {line}", tools.display()))
}

/// All files of the home folder, the project and the crontab, and the folders among them.
pub fn everything(store: &Store) -> (BTreeMap<PathBuf, Vec<u8>>, Vec<PathBuf>) {
    let mut files = store.tree(".");
    files.retain(|path, _| !path.ends_with("tools/calls"));
    let mut folders = Vec::new();
    let mut open = vec![store.path(".")];
    while let Some(folder) = open.pop() {
        let items = fs::read_dir(&folder).unwrap().map(|item| item.unwrap().path());
        open.extend(items.filter(|path| path.is_dir()));
        folders.push(folder);
    }
    folders.sort();
    (files, folders)
}

/// The calls of `systemctl`, without the option that each of them has.
fn calls(store: &Store) -> Vec<String> {
    let said = fs::read_to_string(store.path("tools/calls")).unwrap_or_default();
    let _ = fs::remove_file(store.path("tools/calls"));
    said.lines().map(|line| line.strip_prefix("--user ").unwrap().to_owned()).collect()
}

/// The files of a reply, by their endings.
fn file(reply: &Value, ending: &str) -> PathBuf {
    let files = reply["files"].as_array().unwrap().iter();
    let mut paths = files.map(|file| file["path"].as_str().unwrap());
    PathBuf::from(paths.find(|path| path.ends_with(ending)).unwrap())
}

const SYSTEMD: &str = "dreaming schedule install systemd --claude-code";

#[test]
fn units_of_systemd_are_written_enabled_shown_and_taken_back() {
    let store = machine();
    let before = everything(&store);
    let done = on(&store, &format!("{SYSTEMD} --json")).expect(0).json();
    assert_eq!((&done["outcome"], &done["kind"]), (&"installed".into(), &"systemd".into()));
    let name = done["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("dreaming-") && name.contains("-memory-"), "{name}");
    assert_eq!(calls(&store), ["daemon-reload".into(), format!("enable --now {name}.timer")]);
    let service = fs::read_to_string(file(&done, ".service")).unwrap();
    let timer = fs::read_to_string(file(&done, ".timer")).unwrap();
    assert!(file(&done, ".timer").starts_with(store.path("home/.config/systemd/user")));
    let memory = done["memory"].as_str().unwrap();
    assert!(service.contains(&format!("Dream over the memories in {memory}\n")), "{service}");
    assert!(timer.contains("OnCalendar=hourly\n") && timer.contains(memory), "{timer}");
    // The quotes of the systemd unit mean the same in a shell, and the call works in any folder.
    let start = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let due = typed(&store, "home", &format!("{start} --min-sessions 2 --idle 0s")).expect(0);
    assert!(due.stdout.contains("Read 2 sessions"), "{due:?}");
    fs::remove_dir_all(PathBuf::from(memory).parent().unwrap().join(".dreaming")).unwrap();
    fs::remove_dir_all(store.path("home/.local/state/dreaming/states")).unwrap();

    let status = on(&store, "dreaming schedule status --claude-code").expect(0).stdout;
    for part in [
        "state: enabled, active",
        "ran last: Thu 2026-11-26 17:17:17 UTC (success, exit code 0)",
        "runs next: Fri 2026-11-27",
        &name,
    ] {
        assert!(status.contains(part) && !status.contains("Look:"), "{part}: {status}");
    }
    calls(&store);
    let again = on(&store, SYSTEMD).expect(0).stdout;
    assert!(again.contains("is installed already"), "{again}");
    assert_eq!(calls(&store).len(), 2, "it is enabled again, where somebody stopped it");

    let undo = done["undo"]["command"].as_str().unwrap();
    let removed = on(&store, undo).expect(0).stdout;
    assert!(removed.contains(&format!("Removed {name}")), "{removed}");
    assert_eq!(calls(&store)[0], format!("disable --now {name}.timer"));
    assert_eq!(everything(&store), before);
    let nothing = on(&store, undo).expect(0).stdout;
    assert!(nothing.contains("There is nothing to remove"), "{nothing}");
    assert!(calls(&store).is_empty());
}

#[test]
fn a_dry_run_prints_all_of_it_and_does_nothing() {
    let store = machine();
    let before = everything(&store);
    let shown = on(&store, &format!("{SYSTEMD} --dry-run")).expect(0).stdout;
    for part in [
        "(new):\n  [Unit]\n",
        "  OnCalendar=hourly\n",
        "Would call `systemctl --user enable --now dreaming-",
        "To undo it: `dreaming schedule remove systemd --memory ",
        "enable-linger",
        "Nothing was written, and nothing called.",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let cron = "dreaming schedule install cron --claude-code";
    let shown = on(&store, &format!("{cron} --dry-run")).expect(0).stdout;
    assert!(shown.contains("  17 * * * *  ") && shown.contains("`crontab -`"), "{shown}");
    assert!(shown.contains("which is: `crontab -r`"), "{shown}");
    assert_eq!(everything(&store), before);
    assert!(calls(&store).is_empty());
    on(&store, SYSTEMD).expect(0);
    on(&store, cron).expect(0);
    calls(&store);
    let before = everything(&store);
    let shown = on(&store, "dreaming schedule remove --claude-code --dry-run").expect(0).stdout;
    for part in ["Would delete /", "  OnCalendar=hourly\n", "`crontab -r`", "disable --now"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = on(&store, "dreaming schedule remove --all --dry-run --json").expect(0).json();
    assert_eq!(json["outcome"], "would-remove");
    assert_eq!(json["schedules"].as_array().unwrap().len(), 2, "{json}");
    assert_eq!(everything(&store), before);
    assert!(calls(&store).is_empty());
}

#[test]
fn where_systemctl_fails_nothing_stays_and_it_says_what_to_do() {
    let store = machine();
    store.put("tools/refuse", "");
    let before = everything(&store);
    let refused = on(&store, SYSTEMD).expect(1).stderr;
    assert!(refused.contains("Failed to connect to bus"), "{refused}");
    assert!(refused.contains("what was written is taken back"), "{refused}");
    assert_eq!(everything(&store), before);
    on(&store, &printed(&refused, "schedule install cron")).expect(0);
    let program = env!("CARGO_BIN_EXE_dreaming");
    let line = SYSTEMD.replacen("dreaming", &format!("PATH=/nowhere {program}"), 1);
    let missing = on(&store, &format!("{line} --json")).expect(1).json();
    assert_eq!(missing["error"]["kind"], "tool");
    assert!(missing["error"]["message"].as_str().unwrap().contains("`systemctl` was not found"));
    // What cannot be disabled is not deleted either, unless somebody insists.
    fs::remove_file(store.path("tools/refuse")).unwrap();
    on(&store, SYSTEMD).expect(0);
    store.put("tools/refuse-enable", "");
    let refused = on(&store, &format!("{SYSTEMD} -- --min-sessions 2")).expect(1).stderr;
    assert!(refused.contains("before is there as it was, but does not run"), "{refused}");
    fs::remove_file(store.path("tools/refuse-enable")).unwrap();
    assert!(refused.contains("`systemctl --user enable --now dreaming-"), "{refused}");
    store.put("tools/refuse", "");
    let before = everything(&store);
    let refused = on(&store, "dreaming schedule remove systemd --claude-code").expect(1).stderr;
    assert!(refused.contains("nothing was removed"), "{refused}");
    assert_eq!(everything(&store), before);
    on(&store, "dreaming schedule remove systemd --claude-code --force").expect(0);
    assert!(!store.path("home/.config").exists());
}

#[test]
fn a_unit_that_somebody_changed_or_wrote_is_left_alone() {
    let store = machine();
    let done = on(&store, &format!("{SYSTEMD} --json")).expect(0).json();
    let timer = file(&done, ".timer");
    let mine = fs::read_to_string(&timer).unwrap().replace("hourly", "daily");
    fs::write(&timer, &mine).unwrap();
    let before = everything(&store);
    for line in
        ["dreaming schedule remove --claude-code", "dreaming schedule remove --all", SYSTEMD]
    {
        let refused = on(&store, line).expect(2).stderr;
        assert!(refused.contains(".timer was changed since"), "{refused}");
        assert_eq!(everything(&store), before, "{line}");
    }
    let status = on(&store, "dreaming schedule status --all").expect(0).stdout;
    assert!(status.contains("Look: ") && status.contains(".timer was changed"), "{status}");
    let refused = on(&store, "dreaming schedule remove --claude-code").expect(2).stderr;
    on(&store, &printed(&refused, "schedule remove systemd --force")).expect(0);
    assert!(!timer.exists());
    // A unit of this name that nothing installed is somebody's.
    fs::create_dir_all(timer.parent().unwrap()).unwrap();
    fs::write(&timer, &mine).unwrap();
    let before = everything(&store);
    let refused = on(&store, SYSTEMD).expect(2).stderr;
    assert!(refused.contains("is there already"), "{refused}");
    assert_eq!(everything(&store), before);
    // A unit that was deleted by hand stops nothing.
    fs::remove_dir_all(store.path("home/.config")).unwrap();
    on(&store, SYSTEMD).expect(0);
    fs::remove_file(&timer).unwrap();
    store.put("tools/refuse", "");
    let removed = on(&store, "dreaming schedule remove --claude-code").expect(0).stdout;
    assert!(removed.contains(".timer had been taken away before"), "{removed}");
    assert!(!store.path("home/.config").exists() && !store.path("home/.local").exists());
}

#[test]
fn lines_in_the_crontab_come_and_go_and_all_other_bytes_stay() {
    let install = "dreaming schedule install cron --claude-code";
    let remove = "dreaming schedule remove cron --claude-code";
    for table in [None, Some("MAILTO=ada\n\n0 1 * * *  backup 100\\%\n"), Some("# no end of line")]
    {
        let store = machine();
        if let Some(table) = table {
            store.put("tools/table", table);
        }
        let before = everything(&store);
        on(&store, install).expect(0);
        let with = store.read("tools/table");
        assert!(with.starts_with(table.unwrap_or_default()), "{with}");
        let line = with.lines().find_map(|line| line.strip_prefix("17 * * * *  ")).unwrap();
        let line = line.replace(" >> \"$HOME/.dreaming.log\" 2>&1", " --min-sessions 9");
        let due = typed(&store, "home", &line).expect(0).stdout;
        assert!(due.contains("Not due: 2 new sessions"), "{due}");
        on(&store, install).expect(0);
        assert_eq!(store.read("tools/table"), with, "a second call adds nothing");
        on(&store, remove).expect(0);
        assert_eq!(everything(&store), before);
        // What somebody writes around it stays, also in a table that began with these lines.
        on(&store, install).expect(0);
        store.put("tools/table", format!("# above\n{with}# below\n"));
        on(&store, remove).expect(0);
        let left = store.read("tools/table");
        assert!(left.starts_with("# above\n") && left.ends_with("# below\n"), "{left}");
        assert!(left.contains(table.unwrap_or_default()) && !left.contains("17 *"), "{left}");
    }
}

#[test]
fn a_crontab_that_was_changed_refuses_or_cannot_be_read_is_left_alone() {
    let store = machine();
    let install = "dreaming schedule install cron --claude-code";
    store.put("tools/table", "# mine\n");
    store.put("tools/refuse-table", "if-due\n");
    let before = everything(&store);
    let refused = on(&store, install).expect(1).stderr;
    assert!(refused.contains("bad minute"), "{refused}");
    assert_eq!(everything(&store), before);
    fs::remove_file(store.path("tools/refuse-table")).unwrap();
    store.put("tools/table", b"# caf\xe9\n");
    let refused = on(&store, install).expect(1).stderr;
    assert!(refused.contains("the crontab is no UTF-8"), "{refused}");
    store.put("tools/table", "# mine\n");
    on(&store, install).expect(0);
    let changed = store.read("tools/table").replace("17 * * * *", "17 3 * * *");
    store.put("tools/table", &changed);
    let refused = on(&store, "dreaming schedule remove --claude-code").expect(2).stderr;
    assert!(refused.contains("crontab was changed since"), "{refused}");
    let forgotten = on(&store, &printed(&refused, "schedule remove cron --force")).expect(0).stdout;
    assert!(forgotten.contains("stays as it is"), "{forgotten}");
    assert_eq!(store.read("tools/table"), changed);
    let refused = on(&store, install).expect(2).stderr;
    assert!(refused.contains("crontab -e"), "{refused}");
    fs::remove_file(store.path("tools/crontab")).unwrap();
    let only = format!(
        "PATH=/nowhere {} schedule install cron --claude-code",
        env!("CARGO_BIN_EXE_dreaming")
    );
    let refused = on(&store, &only).expect(1).stderr;
    assert!(refused.contains("`crontab` was not found"), "{refused}");
}

#[test]
fn stores_have_schedules_beside_each_other_and_the_last_one_leaves_nothing() {
    let store = machine();
    store.put("my shop/notes/a.md", "- Prices are kept in cents.\n");
    store.put("home/.codex/sessions/x.jsonl", "{}\n");
    on(&store, "dreaming status --memory notes").expect(0);
    let before = everything(&store);
    on(&store, SYSTEMD).expect(0);
    on(&store, "dreaming schedule install systemd --memory notes --codex").expect(0);
    on(&store, "dreaming schedule install cron --memory notes --codex").expect(0);
    let status = on(&store, "dreaming schedule status --claude-code --json").expect(0).json();
    assert_eq!((status["schedules"].as_array().unwrap().len(), &status["others"]), (1, &2.into()));
    let told = on(&store, "dreaming schedule status --claude-code").expect(0).stdout;
    assert!(told.contains("Other stores have 2 schedules"), "{told}");
    let all = on(&store, "dreaming schedule status --all --json").expect(0).json();
    assert_eq!(all["schedules"].as_array().unwrap().len(), 3, "{all}");
    on(&store, "dreaming schedule remove --claude-code").expect(0);
    let left = on(&store, "dreaming schedule status --memory notes --json").expect(0).json();
    assert_eq!(left["schedules"].as_array().unwrap().len(), 2, "{left}");
    assert_eq!(left["schedules"][1]["files"][0]["state"], "as-installed", "{left}");
    on(&store, "dreaming schedule remove systemd --all").expect(0);
    assert!(store.read("tools/table").contains("notes"));
    on(&store, "dreaming schedule remove --all").expect(0);
    assert_eq!(everything(&store), before);
}

#[test]
fn options_of_the_run_and_folders_of_agents_go_into_the_call() {
    let store = machine();
    let line = format!(
        "export CODEX_HOME=\"$HOME/c d\"; {SYSTEMD} --json --dry-run -- --min-sessions 2 --no-model"
    );
    let done = on(&store, &line).expect(0).json();
    let service = done["files"][0]["text"].as_str().unwrap();
    assert!(service.contains(" --min-sessions 2 --no-model\n"), "{service}");
    assert!(service.contains("\nEnvironment=\"CODEX_HOME=/") && service.contains("/c d\"\n"));
    // Other options take the place of those before.
    on(&store, SYSTEMD).expect(0);
    let told = on(&store, &format!("{SYSTEMD} -- --min-sessions 2")).expect(0).stdout;
    assert!(told.contains("Took back what was installed before."), "{told}");
    let all = on(&store, "dreaming schedule status --all --json").expect(0).json();
    assert_eq!(all["schedules"].as_array().unwrap().len(), 1, "{all}");
    assert!(all["schedules"][0]["command"].as_str().unwrap().ends_with(" --min-sessions 2"));
    for (options, why) in [
        ("--min-sesions 2", "--min-sessions"),
        ("--memory notes", "stands before `--`"),
        ("--model-key-file key", "write the whole path"),
    ] {
        let refused = on(&store, &format!("{SYSTEMD} -- {options}")).expect(2).stderr;
        assert!(refused.contains(why), "{options}: {refused}");
    }
    store.put("home/.config/dreaming/dreaming.toml", "model = \"openai:qwen3:8b\"\n");
    let told = on(&store, &format!("{SYSTEMD} --dry-run")).expect(0).stdout;
    assert!(told.contains("names the model") && told.contains("--model-key-file"), "{told}");
}

#[test]
fn what_cannot_be_installed_is_refused_with_what_to_type() {
    let store = machine();
    store.put("my shop/notes/a.md", "- Prices are kept in cents.\n");
    on(&store, "dreaming status --memory notes").expect(0);
    let before = everything(&store);
    let cron = "dreaming schedule install cron --memory notes";
    let refused = on(&store, cron).expect(2).stderr;
    assert!(refused.contains("where the sessions of this store are"), "{refused}");
    for (line, why) in [
        ("dreaming schedule install", "required"),
        ("dreaming schedule install cron --all", "name one store"),
        ("dreaming schedule install cron --memory notes --force", "for `remove` only"),
        ("dreaming schedule status --dry-run --memory notes", "changes nothing"),
        ("dreaming schedule status --memory notes -- --limit 3", "for `install` only"),
        ("dreaming schedule install claude-code --memory notes", "--claude-code PROJECT"),
    ] {
        let refused = on(&store, line).expect(2).stderr;
        assert!(refused.contains(why), "{line}: {refused}");
    }
    on(&store, "dreaming schedule install cron --memory gone").expect(1);
    #[cfg(not(target_os = "macos"))]
    {
        let refused =
            on(&store, "dreaming schedule install launchd --claude-code").expect(2).stderr;
        assert!(refused.contains("part of macOS"), "{refused}");
    }
    assert_eq!(everything(&store), before);
    store.put("my shop/two\nlines/a.md", "- Prices are kept in cents.\n");
    let odd = "dreaming schedule install cron --claude-code --memory 'two\nlines'";
    let refused = on(&store, odd).expect(2).stderr;
    assert!(refused.contains("line break"), "{refused}");
    let nothing = on(&store, "dreaming schedule status --memory notes").expect(0).stdout;
    assert!(nothing.contains("has installed nothing for /"), "{nothing}");
}

#[test]
fn a_schedule_whose_program_or_store_is_gone_is_named_by_status_and_doctor() {
    let store = machine();
    store.put("my shop/notes/a.md", "- Prices are kept in cents.\n");
    on(&store, "dreaming schedule install cron --memory notes --claude-code").expect(0);
    let healthy = on(&store, "dreaming doctor --claude-code").stdout;
    assert!(!healthy.contains("schedules:"), "{healthy}");
    fs::remove_dir_all(store.path("my shop/notes")).unwrap();
    let doctor = on(&store, "dreaming doctor --claude-code").stdout;
    assert!(doctor.contains("schedules: 1 schedule that cannot go on"), "{doctor}");
    let status = on(&store, "dreaming schedule status --all --json").expect(0).json();
    assert_eq!(status["schedules"][0]["memory_is_there"], false, "{status}");
    on(&store, &printed(&doctor, "schedule remove cron")).expect(0);
    assert!(!store.path("tools/table").exists());
    // The program is found by its path.
    on(&store, SYSTEMD).expect(0);
    let folder = store.path("home/.local/state/dreaming/schedules");
    let record = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let mut written: Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
    written["program"] = "/gone/dreaming".into();
    fs::write(&record, written.to_string()).unwrap();
    let doctor = on(&store, "dreaming doctor --claude-code").stdout;
    assert!(doctor.contains("the program /gone/dreaming is gone"), "{doctor}");
    let status = on(&store, "dreaming schedule status --claude-code").expect(0).stdout;
    assert!(status.contains("Look: the program /gone/dreaming is gone"), "{status}");
    // A record that is none, or of another place, is told and stops nothing.
    fs::write(folder.join("x.cron.json"), written.to_string()).unwrap();
    fs::write(folder.join("y.cron.json"), "{").unwrap();
    let removed = on(&store, "dreaming schedule remove --all").expect(0);
    assert!(removed.stderr.contains("x.cron.json") && removed.stderr.contains("y.cron.json"));
    assert!(folder.join("x.cron.json").exists() && !record.exists());
}

#[test]
fn lines_of_several_stores_leave_the_crontab_together() {
    let store = machine();
    store.put("my shop/notes/a.md", "- Prices are kept in cents.\n");
    store.put("home/.codex/sessions/x.jsonl", "{}\n");
    store.put("tools/table", "# mine\n");
    on(&store, "dreaming status --memory notes").expect(0);
    let before = everything(&store);
    on(&store, "dreaming schedule install cron --claude-code").expect(0);
    on(&store, "dreaming schedule install cron --memory notes --codex").expect(0);
    let removed = on(&store, "dreaming schedule remove --all").expect(0).stdout;
    assert_eq!(removed.matches("Removed dreaming-").count(), 2, "{removed}");
    assert_eq!(everything(&store), before);
}
