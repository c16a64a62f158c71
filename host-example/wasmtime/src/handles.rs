//! Handles: values that live in a job.

use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::component::ResourceAny;

use crate::error::Error;

/// Tells jobs apart, so that a handle cannot name something in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JobId(u64);

impl JobId {
    pub(crate) fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Self(COUNT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Declares a handle. It is valid as long as its job, and with that job only.
macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            job: JobId,
            resource: ResourceAny,
        }

        impl $name {
            pub(crate) fn new(job: JobId, resource: ResourceAny) -> Self {
                Self { job, resource }
            }

            pub(crate) fn within(&self, job: JobId) -> Result<ResourceAny, Error> {
                if self.job == job { Ok(self.resource) } else { Err(Error::ForeignHandle) }
            }
        }
    };
}

handle! {
    /// A store at one revision, see [`crate::Job::snapshot`].
    Snapshot
}
handle! {
    /// Statements of a host, see [`crate::Job::statements`].
    Statements
}
handle! {
    /// One run over one store revision, see [`crate::Job::start`].
    Dream
}
handle! {
    /// A whole run, see [`crate::Job::start_run`].
    Run
}
