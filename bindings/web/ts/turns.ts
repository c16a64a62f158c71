/**
 * Milliseconds of work after which other tasks of the event loop get a turn. Without turns, bytes
 * and pages that are in memory already would be processed to the end before a timer, a click or an
 * abort. 50 ms are what the W3C calls a long task.
 */
const TURN = 50;

/** Gives the event loop a turn now and then. */
export class Turns {
  #last = performance.now();

  /** Waits for a turn of the event loop when the last one is {@link TURN} ago. */
  async rest(): Promise<void> {
    if (performance.now() - this.#last < TURN) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.#last = performance.now();
  }
}
