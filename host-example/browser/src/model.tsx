import { render } from "preact";

import { App } from "./view/app.js";

// A page of its own, because its policy lets it connect to a model; the main page connects to
// nothing.
const root = document.getElementById("app");
if (root !== null) render(<App hasModel />, root);
