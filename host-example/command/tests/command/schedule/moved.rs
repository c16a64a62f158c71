//! A store whose folder got another name.

use std::fs;

use super::{machine, on};
use crate::support::typed::printed;

#[test]
fn who_takes_a_renamed_folder_over_is_told_what_still_names_the_old_one() {
    let store = machine();
    store.put("my shop/old/notes/a.md", "- Prices are kept in cents.\n");
    store.put("my shop/old/.dreaming/dreaming.toml", "[charter]\nphrases = [\"in cents\"]\n");
    on(&store, "cd old && dreaming run --memory notes --sessions . --no-model").expect(0);
    on(&store, "dreaming schedule install cron --memory old/notes --claude-code").expect(0);
    let unscheduled = on(&store, "dreaming schedule remove --memory old/notes --dry-run --json");
    let name = unscheduled.expect(0).json().to_string();
    fs::create_dir_all(store.path("my shop/new")).unwrap();
    fs::rename(store.path("my shop/old/notes"), store.path("my shop/new/memory")).unwrap();

    let line = "dreaming take-over --from old/.dreaming/notes --memory new/memory";
    let told = on(&store, &format!("{line} --json")).expect(0).json();
    let left = told["configuration_left"].as_str().unwrap();
    assert!(left.ends_with("old/.dreaming/dreaming.toml"), "{told}");
    let schedules = told["schedules_left"].as_array().unwrap();
    assert_eq!(schedules.len(), 1, "{told}");
    assert!(name.contains(schedules[0].as_str().unwrap()), "{name} {told}");

    // What it says about them works as printed.
    let said = on(&store, &format!("{line} --with-copies")).expect(0).stdout;
    assert!(said.contains("(charter, pins, settings) does not hold here"), "{said}");
    on(&store, &printed(&said, "schedule remove --memory")).expect(0);
    assert!(!store.path("tools/table").exists());
    assert!(said.contains("it calls `"), "{said}");
    fs::rename(
        store.path("my shop/old/.dreaming/dreaming.toml"),
        store.path("my shop/new/.dreaming/dreaming.toml"),
    )
    .unwrap();
    let done = on(&store, &format!("{line} --with-copies --json")).expect(0).json();
    assert_eq!(
        (&done["configuration_left"], &done["schedules_left"]),
        (&serde_json::Value::Null, &serde_json::json!([]))
    );
}
