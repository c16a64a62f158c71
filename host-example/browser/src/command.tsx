// The page that the command writes: a plan that waits, or what agents load.

import { render } from "preact";

import type { Loaded } from "./loaded.js";
import "./style.css";
import { LoadedView } from "./view/loaded.js";
import { Frame } from "./view/frame.js";
import { type Given, Review } from "./view/review.js";

const root = document.getElementById("app");
const text = document.getElementById("given")?.textContent;
if (root !== null && typeof text === "string") {
  const given = JSON.parse(text) as Given | Loaded;
  const view =
    "plan" in given ? (
      <Review given={given} />
    ) : (
      <Frame title="what agents load">
        <LoadedView loaded={given} />
      </Frame>
    );
  render(view, root);
}
