import { render } from "preact";

import { App } from "./view/app.js";

// A page of its own, because it may connect to a model: the other one can connect to nothing.
const root = document.getElementById("app");
if (root !== null) render(<App hasModel />, root);
