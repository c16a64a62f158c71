// Standard input as lines. `node:readline` also splits at U+2028 and U+2029, which JSON texts may
// hold as they are.

/** Each line of standard input, without its end. */
export async function* lines() {
  let rest = [];
  for await (const piece of process.stdin.setEncoding("utf8")) {
    const [first, ...others] = piece.split("\n");
    rest.push(first);
    for (const other of others) {
      yield rest.join("");
      rest = [other];
    }
  }
}

/** Writes one line. */
export function write(line) {
  process.stdout.write(`${line}\n`);
}
