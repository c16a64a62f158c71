import { render } from "preact";

import "./style.css";
import { type Given, Review } from "./view/review.js";

const root = document.getElementById("app");
const given = document.getElementById("given")?.textContent;
if (root !== null && typeof given === "string") render(<Review given={JSON.parse(given) as Given} />, root);
