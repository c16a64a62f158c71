//! The component as Rust hosts use it: one program of tests, because each links wasmtime.

mod support;

mod large;
mod limits;
mod planning;
mod runner;
mod statements;
