import { render } from "preact";

import "./style.css";
import "./style/server.css";
import { Site } from "./server/site.js";

const root = document.getElementById("app");
if (root !== null) render(<Site />, root);
