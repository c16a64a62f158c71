// What each agent loads at its start, and what it never sees.

import type { ComponentChildren, JSX } from "preact";

import type { Loaded, LoadedAgent, LoadedFile, LoadedFolder } from "../loaded.js";
import "../style/loaded.css";
import { clean, count } from "../words.js";

/** Findings of one kind that are shown at once; the others are behind a button. */
const SHOWN = 5;

export function LoadedView({ loaded }: { loaded: Loaded }): JSX.Element {
  const { agents, folder, is_repository, git_trouble, tokens_are } = loaded;
  const most = Math.max(1, ...agents.map(({ total }) => total.tokens));
  return (
    <main class="loaded">
      <h1>
        What agents see at their start
        <small> in {clean(folder)}</small>
      </h1>
      {agents.length === 0 && (
        <p class="lead">
          Nothing is here that an agent loads. <code>dreaming loaded --agent NAME</code> says what it looked for.
        </p>
      )}
      {agents.length > 1 && (
        <ul class="agents">
          {agents.map(({ agent, title, total, files }) => (
            <li key={agent}>
              <a href={`#agent-${agent}`}>{clean(title)}</a>
              <meter min={0} max={most} value={total.tokens} aria-label={`Tokens of ${clean(title)}`} />
              <span class="number">
                about {count(total.tokens, "token")}, {count(files.filter(isNow).length, "file")}
              </span>
            </li>
          ))}
        </ul>
      )}
      {agents.map((agent) => (
        <Agent key={agent.agent} agent={agent} isRepository={is_repository} />
      ))}
      {agents.length > 0 && (
        <p class="soft">
          It was answered from files and from the documentation of each agent; no agent was started. Tokens are an estimate:{" "}
          {clean(tokens_are)}.
          {!is_repository && " This is no repository: all of it is only on this machine."}
          {git_trouble !== null && ` What is only on this machine is not known: ${clean(git_trouble)}.`}
        </p>
      )}
    </main>
  );
}

function isNow({ load }: LoadedFile): boolean {
  return load === "whole" || load === "part";
}

function Agent({ agent, isRepository }: { agent: LoadedAgent; isRepository: boolean }): JSX.Element {
  const { files, total, memory, problems, twice, unknown, looked_for } = agent;
  const now = files.filter(isNow);
  const later = files.filter((file) => !isNow(file) && file.cut === null);
  const onlyHere = files.filter(({ only_here }) => only_here !== null);
  const id = `agent-${agent.agent}`;
  return (
    <section class="agent" aria-labelledby={id}>
      <h2 id={id} tabIndex={-1}>
        {clean(agent.title)}{" "}
        <span class="soft">
          {count(now.length, "file")}, {count(total.lines, "line")}, about {count(total.tokens, "token")}
        </span>
      </h2>
      {now.length === 0 && <p>It loads nothing here.</p>}
      {now.length > 0 && (
        <table>
          <caption class="hidden">Files in the order in which {clean(agent.title)} loads them</caption>
          <thead>
            <tr>
              <th scope="col">File, in the order of loading</th>
              <th scope="col">Lines</th>
              <th scope="col">Tokens</th>
            </tr>
          </thead>
          <tbody>
            {now.map((file) => (
              <Row key={file.file} file={file} />
            ))}
          </tbody>
        </table>
      )}
      <dl class="findings">
        {files.filter(({ cut }) => cut !== null).map((file) => (
          <Finding key={file.file} word="cut off">
            <Cut file={file} memory={memory} />
          </Finding>
        ))}
        {memory.filter(({ orphans }) => orphans.length > 0).map((folder) => (
          <Finding key={folder.folder} word="orphaned">
            <Orphaned folder={folder} />
          </Finding>
        ))}
        {later.length > 0 && (
          <Finding word="not at once">
            <List
              items={later.map((file) => `${file.file}: ${file.why ?? "not loaded"}${file.then === null ? "" : `. Then: ${file.then}`}`)}
            />
          </Finding>
        )}
        {twice.length > 0 && (
          <Finding word="twice">
            <List
              items={twice.map(
                ({ text, places }) => `“${text}” in ${places.map(({ file, line }) => `${file}:${line}`).join(" and ")}`,
              )}
            />
          </Finding>
        )}
        {isRepository && onlyHere.length > 0 && (
          <Finding word="only here">
            <List items={onlyHere.map(({ file, only_here }) => `${file} (${only_here})`)} />
          </Finding>
        )}
        {problems.length > 0 && (
          <Finding word="look">
            <List items={problems.map(({ file, what }) => `${file} ${what}`)} />
          </Finding>
        )}
        {unknown.length > 0 && (
          <Finding word="unknown">
            <List items={unknown} />
          </Finding>
        )}
        <Finding word="next">
          <code>{clean(agent.next)}</code> writes memories where it loads them
        </Finding>
      </dl>
      {looked_for.length > 0 && (
        <details>
          <summary>It looks for {count(looked_for.length, "name")} of files</summary>
          <ul class="places">
            {looked_for.map((path, at) => (
              <li key={at}>{clean(path)}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Row({ file }: { file: LoadedFile }): JSX.Element {
  const { size, loaded } = file;
  const notes = [
    file.imported_by !== null && `brought in by ${file.imported_by}`,
    file.link_to !== null && `a link to ${file.link_to}`,
  ].filter((note) => note !== false);
  const of = (part: number, whole: number): string =>
    part === whole ? part.toLocaleString("en") : `${part.toLocaleString("en")} of ${whole.toLocaleString("en")}`;
  return (
    <tr class={file.load}>
      <th scope="row">
        {clean(file.file)}
        {notes.length > 0 && <span class="soft"> ({clean(notes.join(", "))})</span>}
      </th>
      <td class="number">{of(loaded.lines, size.lines)}</td>
      <td class="number">
        {of(loaded.tokens, size.tokens)}
        {file.load === "part" && (
          <meter min={0} max={size.bytes} value={loaded.bytes} aria-label={`How much of ${clean(file.file)} is loaded`} />
        )}
      </td>
    </tr>
  );
}

function Finding({ word, children }: { word: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{word}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Cut({ file, memory }: { file: LoadedFile; memory: LoadedFolder[] }): JSX.Element | null {
  const { cut } = file;
  if (cut === null) return null;
  const beyond = memory.filter(({ index }) => index === file.file).flatMap(({ beyond }) => beyond);
  return (
    <>
      <b>
        {clean(file.file)}, lines {cut.from} to {cut.to}
      </b>
      : {count(cut.bytes, "byte")}, {count(cut.statements, "statement")}
      {file.why !== null && `; ${clean(file.why)}`}.{file.then !== null && ` Then: ${clean(file.then)}.`}
      {beyond.length > 0 && (
        <>
          {" "}
          No other line names:
          <List items={beyond} />
        </>
      )}
    </>
  );
}

function Orphaned({ folder }: { folder: LoadedFolder }): JSX.Element {
  const { orphans, memories, index } = folder;
  return (
    <>
      <b>{orphans.length}</b> of {memories === 1 ? "1 memory" : `${memories} memories`} in {clean(folder.folder)}: nothing that it loads names
      them, so that it sees them only when it searches.
      <List items={orphans} />
      {index !== null && (
        <details>
          <summary>Lines to add to {clean(index)}</summary>
          <pre class="command" tabIndex={0} aria-label="Lines for the index">
            {clean(orphans.map((path) => `- [${path}](${path})`).join("\n"))}
          </pre>
        </details>
      )}
    </>
  );
}

function List({ items }: { items: string[] }): JSX.Element {
  const shown = items.slice(0, SHOWN);
  const rest = items.slice(SHOWN);
  const lines = (some: string[]): JSX.Element => (
    <ul>
      {some.map((item, at) => (
        <li key={at}>{clean(item)}</li>
      ))}
    </ul>
  );
  return (
    <>
      {lines(shown)}
      {rest.length > 0 && (
        <details>
          <summary>{rest.length.toLocaleString("en")} more</summary>
          {lines(rest)}
        </details>
      )}
    </>
  );
}
