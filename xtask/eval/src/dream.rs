//! Dreams of the evaluation: in native code, without a model unless a protocol has one. Every
//! change that is not blocked is accepted.

use std::rc::Rc;

use anyhow::anyhow;
use dreaming::propose::{Answer, ModelCall};
use dreaming::session::Session;
use dreaming::{Decision, Plan, Policy, Report, Request, Selection, Time};
use dreaming_testing::{Host, NativeHost, Store, Variation, World, drive};

use crate::data::Sessions;

/// Dreams after which a store must be at rest: law 2 allows one further dream.
const MAX_DREAMS: usize = 3;

/// A store, and what dreams over it need.
pub struct Dreamer {
    /// The store as it is now.
    pub store: Store,
    /// Settings that differ from the defaults.
    pub policy: Policy,
    /// The time of the next dream.
    pub now: Time,
    /// Answers model calls; by default every call is refused.
    pub model: Rc<dyn Fn(&ModelCall) -> Answer>,
}

/// The result of a dream.
pub struct Dreamt {
    /// The plan.
    pub plan: Plan,
    /// The report.
    pub report: Report,
    /// The bytes of the plan.
    pub bytes: Vec<u8>,
}

impl Dreamer {
    /// An empty store at `now`, whose policy lets one dream read all sessions of a set.
    pub fn new(now: &str) -> anyhow::Result<Self> {
        let now = Time::parse(now).ok_or_else(|| anyhow!("{now} is no time"))?;
        let mut policy = Policy::default();
        policy.set("dream.max-sessions", dreaming::policy::SettingValue::Integer(1000))?;
        Ok(Self { store: Store::default(), policy, now, model: Rc::new(|_| Answer::Refused) })
    }

    /// Dreams over sessions; `describe` may set agent and principal of each.
    pub fn dream(
        &self,
        sessions: &Sessions,
        describe: impl Fn(&mut Session),
    ) -> anyhow::Result<Dreamt> {
        let world = World { sessions: sessions.clone(), model: &*self.model };
        let mut request = Request {
            policy: self.policy.clone(),
            instructions: String::new(),
            now: self.now,
            sessions: world.descriptors(),
            similarities: Vec::new(),
        };
        request.sessions.iter_mut().for_each(describe);
        let run = drive(&NativeHost, &request, &self.store, &world, Variation::AS_WRITTEN)
            .map_err(|e| anyhow!("{e:?}"))?;
        Ok(Dreamt {
            plan: Plan::from_bytes(&run.plan).map_err(|e| anyhow!("{e:?}"))?,
            report: dreaming::canonical::from_bytes(&run.report)?,
            bytes: run.plan,
        })
    }

    /// Commits what was written since the last revision, as hosts should do before a dream.
    pub fn observe(&mut self) -> anyhow::Result<()> {
        if let Some(revision) =
            NativeHost.observe(&self.store, self.now).map_err(|e| anyhow!("{e:?}"))?
        {
            self.store.commit(&revision).map_err(|e| anyhow!(e))?;
        }
        Ok(())
    }

    /// Dreams without sessions and accepts everything, until a dream proposes nothing; at most
    /// [`MAX_DREAMS`] times.
    pub fn settle(&mut self) -> anyhow::Result<()> {
        self.settle_seeing(|_| {})
    }

    /// As [`settle`](Self::settle); `see` gets each plan before it is accepted.
    pub fn settle_seeing(&mut self, mut see: impl FnMut(&Plan)) -> anyhow::Result<()> {
        for _ in 0..MAX_DREAMS {
            let dreamt = self.dream(&Sessions::new(), |_| {})?;
            if dreamt.plan.changes.is_empty() {
                break;
            }
            see(&dreamt.plan);
            self.accept(&dreamt)?;
        }
        Ok(())
    }

    /// Accepts, by their ids, all changes that are not blocked, also those that `Selection::All`
    /// leaves out.
    pub fn accept(&mut self, dreamt: &Dreamt) -> anyhow::Result<()> {
        let decision = Decision {
            accept: Selection::Only(dreamt.plan.open_changes().map(|c| c.id.clone()).collect()),
            reject: Vec::new(),
            edits: Vec::new(),
            reviewer: "evaluation".into(),
            note: String::new(),
            now: self.now,
        };
        let revision = NativeHost
            .apply(&self.store, &dreamt.bytes, &decision)
            .map_err(|e| anyhow!("{e:?}"))?;
        self.store.commit(&revision).map_err(|e| anyhow!(e))
    }
}
