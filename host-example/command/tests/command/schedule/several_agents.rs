//! A schedule for the sessions of several agents.

use super::{machine, on};
use crate::projects::ran_in;
use crate::support::typed::{printed, typed};

#[test]
fn what_is_printed_schedules_dreams_over_sessions_of_several_agents() {
    let store = machine();
    let shop = store.path("my shop").canonicalize().unwrap();
    store.put("my shop/notes/a.md", "- Prices are kept in cents.\n");
    let session = ran_in(shop.to_str(), "a", "Always use tabs in the shop.");
    store.put("home/.codex/sessions/2026/02/02/rollout-a.jsonl", session);
    let install = "dreaming schedule install cron --memory notes --sessions-of codex,copilot";
    let line = format!("{install} -- --min-sessions 2");
    let refused = on(&store, &line).expect(2).stderr;
    on(&store, &printed(&refused, "run")).expect(0);
    on(&store, "dreaming discard --memory notes").expect(0);
    on(&store, &printed(&refused, "schedule install cron")).expect(0);
    let table = store.read("tools/table");
    let line = table.lines().find_map(|line| line.strip_prefix("17 * * * *  ")).unwrap();
    let line = line.replace(" >> \"$HOME/.dreaming.log\" 2>&1", " --min-interval 0s");
    let due = typed(&store, "home", &line).expect(0).stdout;
    assert!(due.contains("Not due: 1 new session, --min-sessions asks for 2"), "{due}");
    let all = refused.split('`').find(|piece| piece.contains(" --all-agents "));
    on(&store, all.unwrap()).expect(0);
    assert!(store.read("tools/table").contains("my shop' --min-sessions 2"), "{refused}");
}
