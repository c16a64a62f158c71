// The page: from files to a plan, from a plan to a new memory.

import type { PresetDescription, SettingDescription, SettingValue } from "dreaming";
import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { type Answers, NONE, answered, asChoice, fromChoice, say } from "../answers.js";
import { type Link, type Tab, read, write } from "../link.js";
import { type Loaded, loadedIn } from "../loaded.js";
import type { Dreamed, Inventory, Kept, ModelChoice, Picked, Skipped, Step } from "../protocol.js";
import { Engine, Trouble } from "../worker.js";
import { LoadedView } from "./loaded.js";
import { Moon } from "./moon.js";
import { Result } from "./result.js";
import { Start } from "./start.js";
import { Working } from "./working.js";

type Phase = "start" | "working" | "result" | "loaded";

/** Milliseconds after the last answer until the work is kept. */
const KEEP_AFTER = 600;

const NOTHING: Inventory = { memories: 0, sessions: 0, bytes: 0, revisions: 0, skipped: [], others: [] };

/** The table of the policy, for the settings. */
export interface Table {
  settings: SettingDescription[];
  presets: PresetDescription[];
}

export function App({ hasModel }: { hasModel: boolean }): JSX.Element {
  const engine = useMemo(() => new Engine(), []);
  const [phase, setPhase] = useState<Phase>("start");
  const [inventory, setInventory] = useState(NOTHING);
  const [isSample, setIsSample] = useState(false);
  const [step, setStep] = useState<Step>();
  const [dreamed, setDreamed] = useState<Dreamed>();
  const [answers, setAnswers] = useState<Answers>(NONE);
  const [policy, setPolicy] = useState<Record<string, SettingValue>>({});
  const [model, setModel] = useState<ModelChoice | null>(null);
  const [table, setTable] = useState<Table>({ settings: [], presets: [] });
  const [tab, setTab] = useState<Tab>("changes");
  const [at, setAt] = useState<string>();
  const [trouble, setTrouble] = useState("");
  const [kept, setKept] = useState<Kept[]>([]);
  // Why the work on screen is not kept.
  const [unkept, setUnkept] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const [isStale, setIsStale] = useState(false);
  const [loaded, setLoaded] = useState<Loaded>();
  const run = useRef(0);
  // The model that the shown dream asked. Planning again with other settings asks no other model.
  const asked = useRef<ModelChoice | null>(null);
  // The settings of the shown plan. Others may be none that a dream takes.
  const planned = useRef<Record<string, SettingValue>>({});

  /** Runs `work` and shows its error, if any. */
  const attempt = useCallback(async (work: () => Promise<void>) => {
    setTrouble("");
    try {
      await work();
    } catch (error) {
      if (error instanceof Trouble && error.code === "canceled") return;
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  }, []);

  const dream = useCallback(
    async (
      with_: Record<string, SettingValue>,
      choice: ModelChoice | null,
      again = false,
    ): Promise<Dreamed | undefined> => {
      run.current += 1;
      asked.current = choice;
      const mine = run.current;
      setStep(undefined);
      engine.onStep = setStep;
      const result = await engine.ask("dream", { policy: with_, model: choice, again });
      if (mine !== run.current) return undefined;
      planned.current = with_;
      setDreamed(result);
      setPhase("result");
      return result;
    },
    [engine],
  );

  const begin = useCallback(() => {
    setPhase("working");
    setTab("changes");
    setAt(undefined);
    void attempt(async () => {
      try {
        await dream(policy, model);
      } catch (error) {
        setPhase("start");
        throw error;
      }
    });
  }, [attempt, dream, policy, model]);

  const openSample = useCallback(
    (link: Link, choice: ModelChoice | null) => {
      setPhase("working");
      setIsSample(true);
      setPolicy({});
      setAnswers(NONE);
      void attempt(async () => {
        try {
          setInventory(await engine.ask("sample", null));
          const result = await dream({}, choice);
          if (result === undefined) return;
          setTab(link.tab);
          setAnswers(answersOf(link, result));
          setAt(result.plan.changes.find(({ id }) => link.at !== "" && id.startsWith(link.at))?.id);
        } catch (error) {
          setPhase("start");
          throw error;
        }
      });
    },
    [attempt, dream, engine],
  );

  // Loads settings, the kept visit and the sample of a link when the page opens.
  useEffect(() => {
    const link = read(location.hash);
    void attempt(async () => {
      await engine.loaded();
      setTable(await engine.ask("settings", null));
      setKept(await engine.ask("kept", null).catch(() => []));
    });
    if (link.sample) openSample(link, null);
    const onHash = (): void => {
      const next = read(location.hash);
      if (next.sample) openSample(next, null);
    };
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);

  // The address describes the state of the sample, and never of a person's own files.
  useEffect(() => {
    if (phase !== "result" || dreamed === undefined) return;
    const { accept, reject } = answered(answers.given, dreamed.plan.changes);
    const short = (ids: string[]): string[] => ids.map((id) => id.slice(0, 8));
    const hash = isSample
      ? write({ tab, at: at?.slice(0, 8) ?? "", accept: short(accept), reject: short(reject) })
      : "";
    if (hash !== location.hash) history.replaceState(null, "", hash === "" ? location.pathname : hash);
  }, [phase, dreamed, answers, tab, at, isSample]);

  useEffect(() => {
    if (phase !== "result" || isSample || dreamed === undefined) return undefined;
    const work = { policy: planned.current, choice: asChoice(answers) };
    const keep = async (): Promise<void> => {
      try {
        setUnkept((await engine.ask("keep", work)) ? "" : "its transcripts have more than 256 MiB");
      } catch (error) {
        setUnkept(error instanceof Error ? error.message : String(error));
      }
    };
    const timer = setTimeout(() => void keep(), KEEP_AFTER);
    return () => clearTimeout(timer);
  }, [phase, dreamed, answers, isSample]);

  const take = (files: Picked[], left: Skipped[] = []): void => {
    if (files.length + left.length === 0) return;
    setIsBusy(true);
    setIsSample(false);
    void attempt(async () => {
      // The sample is there when its dream was canceled; it is nobody's memory.
      if (isSample) await engine.ask("clear", null);
      const [first, ...others] = files;
      const found = first !== undefined && others.length === 0 ? await loadedIn(first.file) : undefined;
      if (found === undefined) return setInventory(await engine.ask("take", { files, left }));
      setLoaded(found);
      setPhase("loaded");
    }).finally(() => setIsBusy(false));
  };

  const resume = (id: string): void => {
    setPhase("working");
    setIsSample(false);
    void attempt(async () => {
      try {
        const { inventory, work } = await engine.ask("resume", id);
        setInventory(inventory);
        setPolicy(work.policy);
        // Before the dream, so that they are there also when it is canceled and begun again.
        setAnswers(fromChoice(work.choice));
        try {
          await dream(work.policy, null);
        } catch (error) {
          // Another version of this page kept them. The answers are worth more than the settings.
          if (!(error instanceof Trouble) || error.code !== "invalid-request") throw error;
          setPolicy({});
          await dream({}, null);
          setTrouble(`The kept settings cannot be used (${error.message}); this plan is without them.`);
        }
      } catch (error) {
        setPhase("start");
        throw error;
      }
    });
  };

  const startOver = (): void => {
    run.current += 1;
    setPhase("start");
    setInventory(NOTHING);
    setDreamed(undefined);
    setAnswers(NONE);
    setPolicy({});
    setUnkept("");
    setIsStale(false);
    setIsSample(false);
    history.replaceState(null, "", location.pathname);
    void attempt(async () => {
      await engine.ask("cancel", null);
      await engine.ask("clear", null);
      setKept(await engine.ask("kept", null).catch(() => []));
    });
  };

  const forget = (id: string): void =>
    void attempt(async () => {
      await engine.ask("forget", id);
      setKept(await engine.ask("kept", null));
    });

  const cancel = (): void => {
    run.current += 1;
    setPhase("start");
    void attempt(async () => void (await engine.ask("cancel", null)));
  };

  const change = (next: Record<string, SettingValue>, again = false): void => {
    setPolicy(next);
    setIsStale(true);
    const mine = run.current + 1;
    void attempt(async () => {
      try {
        await dream(next, asked.current, again);
      } catch (error) {
        // The plan that is shown was made without it.
        if (mine === run.current) setPolicy(planned.current);
        throw error;
      }
    }).finally(() => mine === run.current && setIsStale(false));
  };

  return (
    <>
      <header class="top">
        <a class="brand" href={location.pathname} onClick={(event) => (event.preventDefault(), startOver())}>
          <Moon />
          <span>
            <b>Dreaming</b> memory preview
          </span>
        </a>
        <span class="tagline">{hasModel ? "with a model of yours" : "nothing leaves this tab"}</span>
        {(phase === "result" || phase === "loaded") && (
          <button type="button" class="quiet" onClick={startOver}>
            Start over
          </button>
        )}
      </header>
      <div aria-live="assertive" class="trouble-room">
        {trouble !== "" && (
          <p class="trouble" role="alert">
            {trouble}{" "}
            <button type="button" class="quiet" onClick={() => setTrouble("")}>
              Close
            </button>
          </p>
        )}
      </div>
      {phase === "start" && (
        <Start
          inventory={inventory}
          isBusy={isBusy}
          kept={kept}
          hasModel={hasModel}
          model={model}
          onModel={setModel}
          onTake={take}
          onSample={() => openSample(read("#sample"), model)}
          onDream={begin}
          onResume={resume}
          onForget={forget}
        />
      )}
      {phase === "loaded" && loaded !== undefined && <LoadedView loaded={loaded} />}
      {phase === "working" && <Working step={step} onCancel={cancel} />}
      {phase === "result" && dreamed !== undefined && (
        <Result
          engine={engine}
          dreamed={dreamed}
          inventory={inventory}
          unkept={unkept}
          answers={answers}
          onAnswers={setAnswers}
          policy={policy}
          onPolicy={change}
          onAgain={() => change(policy, true)}
          isStale={isStale}
          step={step}
          table={table}
          tab={tab}
          onTab={setTab}
          at={at}
          onAt={setAt}
        />
      )}
    </>
  );
}

/** The answers that a link gives. */
function answersOf({ accept, reject }: Link, { plan }: Dreamed): Answers {
  const open = plan.changes.filter(({ gate }) => gate !== "blocked");
  const meant = (ids: string[]): string[] =>
    open
      .filter(
        ({ id, gate }) =>
          ids.includes("all") ||
          (ids.includes("safe") && gate === "auto") ||
          ids.some((start) => start.length > 4 && id.startsWith(start)),
      )
      .map(({ id }) => id);
  let answers = say(NONE, meant(accept), { tag: "accept" });
  answers = say(answers, meant(reject), { tag: "reject" });
  return { given: answers.given, before: [] };
}
