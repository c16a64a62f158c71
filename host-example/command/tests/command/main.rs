//! Tests of the command as people and programs use it. All are one test program, because each
//! program would link everything that the command is made of.

mod support;

mod adopt;
#[cfg(unix)]
mod arguments;
mod bad_input;
#[cfg(unix)]
mod conflicts;
#[cfg(unix)]
mod crash;
#[cfg(unix)]
mod ctrl_c;
mod daily;
#[cfg(unix)]
mod dates;
#[cfg(unix)]
mod disk;
mod doctor;
mod dry_run;
mod entrances;
mod erase;
mod erased_words;
#[cfg(unix)]
mod first_minutes;
#[cfg(unix)]
mod foreign;
mod formats;
mod gather;
mod help;
mod history;
mod hosted;
#[cfg(unix)]
mod hostile_folder;
#[cfg(unix)]
mod init;
#[cfg(unix)]
mod init_terminal;
mod keep;
mod keep_covered;
mod keep_places;
mod large;
mod living;
mod loaded;
mod mcp;
mod models;
#[cfg(unix)]
mod newcomers;
#[cfg(unix)]
mod newcomers_again;
#[cfg(unix)]
mod newcomers_fifth;
mod newcomers_fourth;
mod newcomers_sixth;
mod newcomers_third;
#[cfg(unix)]
mod next_steps;
#[cfg(unix)]
mod owners;
mod plans;
mod policy;
mod projects;
mod real_data;
mod render;
mod render_folders;
mod reverts;
mod review;
#[cfg(unix)]
mod review_terminal;
mod saves;
#[cfg(unix)]
mod schedule;
#[cfg(unix)]
mod soak;
mod stats;
#[cfg(unix)]
mod strangers;
#[cfg(unix)]
mod stumbles;
#[cfg(unix)]
mod teams;
mod transfer;
#[cfg(unix)]
mod two_processes;
mod understood;
mod unreadable;
mod unseen;
