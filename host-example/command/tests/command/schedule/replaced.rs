//! A schedule that is to take the place of an earlier one, and cannot.

use std::fs;

use super::{SYSTEMD, calls, everything, machine, on};

#[test]
fn an_earlier_schedule_stays_when_another_cannot_take_its_place() {
    let store = machine();
    // cron turns the new lines down.
    let cron = "dreaming schedule install cron --claude-code";
    on(&store, cron).expect(0);
    store.put("tools/refuse-table", "min-sessions\n");
    let before = everything(&store);
    let refused = on(&store, &format!("{cron} -- --min-sessions 2")).expect(1).stderr;
    assert!(refused.contains("bad minute"), "{refused}");
    assert!(refused.contains("what was installed before goes on"), "{refused}");
    assert_eq!(everything(&store), before);
    let again = on(&store, cron).expect(0).stdout;
    assert!(again.contains("is installed already"), "{again}");
    // systemd does not start the new timer.
    on(&store, SYSTEMD).expect(0);
    let before = everything(&store);
    store.put("tools/refuse-once", "");
    calls(&store);
    let other = format!("{SYSTEMD} -- --min-sessions 2");
    let refused = on(&store, &other).expect(1).stderr;
    assert!(refused.contains("taken back, what was installed before goes on: "), "{refused}");
    assert_eq!(everything(&store), before);
    assert!(calls(&store).last().unwrap().starts_with("enable --now "));
    // Somebody changes the timer while it is stopped.
    let units = store.path("home/.config/systemd/user");
    let timer = fs::read_dir(&units).unwrap().map(|unit| unit.unwrap().path());
    let timer = timer.into_iter().find(|unit| unit.extension().unwrap() == "timer").unwrap();
    store.put("tools/meddle", format!("echo '# mine' >> '{}'\n", timer.display()));
    let refused = on(&store, &other).expect(4).stderr;
    assert!(refused.contains("what was installed before goes on"), "{refused}");
    assert!(calls(&store).last().unwrap().starts_with("enable --now "));
    assert!(fs::read_to_string(&timer).unwrap().ends_with("# mine\n"));
    fs::remove_file(store.path("tools/meddle")).unwrap();
    on(&store, "dreaming schedule remove cron --claude-code").expect(0);
    on(&store, "dreaming schedule remove systemd --claude-code --force").expect(0);
    assert!(!store.path("home/.config").exists() && !store.path("home/.local").exists());
}

#[test]
fn an_earlier_schedule_in_another_folder_leaves_nothing_there() {
    let store = machine();
    let before = everything(&store);
    on(&store, SYSTEMD).expect(0);
    let other = "export XDG_CONFIG_HOME=\"$HOME/other\"; ";
    on(&store, &format!("{other}{SYSTEMD} -- --min-sessions 2")).expect(0);
    assert!(!store.path("home/.config").exists() && store.path("home/other/systemd").exists());
    on(&store, &format!("{other}dreaming schedule remove systemd --claude-code")).expect(0);
    assert_eq!(everything(&store), before);
}
