// One change: the statements that it removes and adds, its reason, and its evidence.

import type { PlanChange } from "dreaming";
import { Component, type JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { type Answer, isEditable } from "../answers.js";
import { type Piece, compare, lost } from "../marks.js";
import { GATES, alone, clean, count, oldText, verb } from "../words.js";
import { Evidence } from "./evidence.js";
import { Said, Text } from "./text.js";

/**
 * What can be done with any change, by its id. One object for the life of the page, so that cards
 * are not drawn again because of it.
 */
export interface Acts {
  at: (id: string) => void;
  decide: (id: string, tag: "accept" | "reject") => void;
  toggle: (id: string) => void;
  edit: (id: string | undefined) => void;
  reword: (change: PlanChange, text: string) => void;
}

interface Props {
  change: PlanChange;
  answer: Answer | undefined;
  /**
   * The decision that the answers to other changes make, when this change has no answer of its own.
   */
  follows: "accept" | "reject" | undefined;
  /** What goes together with this change, as a sentence. */
  note: string | undefined;
  isAt: boolean;
  isOpen: boolean;
  isEditing: boolean;
  /** Whether nothing can be decided here. */
  isLocked: boolean;
  acts: Acts;
}

/**
 * A change. It is drawn again only when one of its properties changed: a plan may have hundreds.
 */
export class Card extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return (Object.keys(next) as (keyof Props)[]).some((name) => next[name] !== this.props[name]);
  }

  override render(props: Props): JSX.Element {
    return <Drawn {...props} />;
  }
}

function Drawn(props: Props): JSX.Element {
  const { change, answer, follows, note, isAt, isOpen, isEditing, isLocked, acts } = props;
  const state = change.gate === "blocked" ? "blocked" : (answer?.tag ?? follows ?? "open");
  const by = answer === undefined && follows !== undefined ? " with what it names" : "";
  const said = {
    blocked: "blocked",
    open: "",
    accept: answer?.tag === "accept" && answer.text !== undefined ? "accepted in your words" : `accepted${by}`,
    reject: `rejected${by}`,
  }[state];
  const where = `${verb(change)}, ${clean(change.path)}`;
  return (
    <li
      id={`change-${change.id}`}
      class={`card ${state}${isAt ? " at" : ""}`}
      tabIndex={-1}
      aria-label={`${where}${said === "" ? "" : `, ${said}`}`}
      onClick={() => !isAt && acts.at(change.id)}
    >
      <p class="head">
        <span class="verb">{verb(change)}</span> <code class="path">{clean(change.path)}</code>
        {change.principal !== null && <span class="soft"> of {clean(change.principal)}</span>}
        <span class="grow" />
        {said !== "" && <span class={`said ${state}`}>{said}</span>}
        {change.gate !== "review" && state !== "blocked" && (
          <span class={`badge ${change.gate}`}>{clean(GATES[change.gate] ?? change.gate)}</span>
        )}
      </p>
      {isEditing ? (
        <Editor
          change={change}
          answer={answer}
          onText={(text) => acts.reword(change, text)}
          onCancel={() => acts.edit(undefined)}
        />
      ) : (
        <Statements change={change} answer={answer} />
      )}
      <p class="because">
        <Said text={change.because} />
        {change.gate === "blocked" && ` Blocked: ${clean(change.gate_reason)}.`}
        {note !== undefined && <span class="soft"> {clean(note)}</span>}
        {change.alone === true && <span class="soft"> {alone(change)}</span>}
      </p>
      {!isEditing && (
        <p class="buttons">
          {change.gate !== "blocked" && !isLocked && (
            <>
              <button
                type="button"
                class="accept"
                aria-pressed={answer?.tag === "accept"}
                onClick={(event) => (event.stopPropagation(), acts.decide(change.id, "accept"))}
              >
                Accept
              </button>
              <button
                type="button"
                class="reject"
                aria-pressed={answer?.tag === "reject"}
                onClick={(event) => (event.stopPropagation(), acts.decide(change.id, "reject"))}
              >
                Reject
              </button>
              {isEditable(change) && (
                <button type="button" class="quiet" onClick={() => acts.edit(change.id)}>
                  Edit
                </button>
              )}
            </>
          )}
          <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => acts.toggle(change.id)}>
            {isOpen ? "Less" : change.evidence.length > 0 ? `Evidence (${change.evidence.length})` : "Why"}
          </button>
          <span class="soft support">{support(change)}</span>
        </p>
      )}
      {isOpen && <Evidence change={change} />}
    </li>
  );
}

function support({ support: { sessions, agents, days } }: PlanChange): string {
  if (sessions === 0) return "";
  return `${count(sessions, "session")}, ${count(days, "day")}${agents > 1 ? `, ${count(agents, "agent")}` : ""}`;
}

/** The statements that go, stay and come; word by word when one statement replaces one other. */
function Statements({ change, answer }: { change: PlanChange; answer: Answer | undefined }): JSX.Element {
  const text = answer?.tag === "accept" && answer.text !== undefined ? answer.text : change.text;
  const [target] = change.targets;
  const words =
    target !== undefined && change.targets.length === 1 && text !== null
      ? compare(oldText(change, target.text), text)
      : undefined;
  const old = (at: string): Piece[] =>
    change.survivor === null ? [{ text: oldText(change, at), mark: false }] : lost(change, at);
  const losses =
    change.survivor === null
      ? 0
      : change.targets.flatMap(({ text }) => lost(change, text)).filter(({ mark }) => mark).length;
  return (
    <div class="statements">
      {change.targets.map((target) => (
        <del key={target.entry} class="statement old">
          <Place target={target} here={change.path} />
          <Text pieces={words?.old ?? old(target.text)} mark={change.survivor === null ? "differs" : "lost"} />
        </del>
      ))}
      {losses > 0 && (
        <p class="losing">{count(losses, "word")} would be lost: what stays does not have what is marked.</p>
      )}
      {change.survivor !== null && (
        <div class="statement same">
          <Place target={change.survivor} here={change.path} word="stays, " />
          <Text pieces={[{ text: change.survivor.text, mark: false }]} mark="differs" />
        </div>
      )}
      {change.after !== undefined && (
        <div class="statement same">
          <Place target={change.after} here={change.path} word={change.step ? "as the step after " : "after "} />
          <Text pieces={[{ text: change.after.text, mark: false }]} mark="differs" />
        </div>
      )}
      {text !== null && (
        <ins class="statement new">
          <Text pieces={words?.new ?? [{ text, mark: false }]} mark="differs" />
        </ins>
      )}
    </div>
  );
}

interface PlaceProps {
  target: PlanChange["targets"][number];
  here: string;
  word?: string;
}

function Place({ target, here, word = "" }: PlaceProps): JSX.Element {
  const { path, line, below = [] } = target;
  return (
    <span class="place">
      {word}
      {[path === here ? `line ${line}` : `${clean(path)}:${line}`, ...below.map(clean)].join(" › ")}
    </span>
  );
}

/** Longest statement that a reviewer may write, in bytes; the engine's limit. */
const LONGEST = 2_000;

interface EditorProps {
  change: PlanChange;
  answer: Answer | undefined;
  onText: (text: string) => void;
  onCancel: () => void;
}

function Editor({ change, answer, onText, onCancel }: EditorProps): JSX.Element {
  const first = (answer?.tag === "accept" ? answer.text : undefined) ?? change.text ?? "";
  const [text, setText] = useState(first);
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => area.current?.focus(), []);
  const isUsable = text.trim() !== "" && new TextEncoder().encode(text).length <= LONGEST;
  return (
    <form class="editor" onSubmit={(event) => (event.preventDefault(), isUsable && onText(text.trim()))}>
      <label>
        In your words
        <textarea
          ref={area}
          rows={3}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") onCancel();
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && isUsable) onText(text.trim());
          }}
        />
      </label>
      <p class="buttons">
        <button type="submit" class="accept" disabled={!isUsable}>
          Accept in these words
        </button>
        <button type="button" class="quiet" onClick={onCancel}>
          Cancel
        </button>
        <span class="soft">one statement; Ctrl+Enter accepts, Esc leaves</span>
      </p>
    </form>
  );
}
