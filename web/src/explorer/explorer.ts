/** Opens the Scene that the file carries. Nothing stays blank: what fails is said in a sentence. */

import "./explorer.css";
import { readScene } from "../wire/decode";
import { openPage } from "./page";
import { createSession } from "./state/session";
import { element } from "./view/dom";

export async function openExplorer(body: HTMLElement): Promise<void> {
  const explorer = element(
    "div.explorer",
    { attrs: { "data-busy": "true" } },
    element("p.loading", { text: "Opening the map…", attrs: { role: "status" } }),
  );
  body.append(explorer);
  try {
    const scene = await readScene();
    explorer.replaceChildren();
    openPage(explorer, createSession(scene));
  } catch (error) {
    explorer.replaceChildren(failure(error));
    throw error;
  } finally {
    explorer.removeAttribute("data-busy");
  }
}

function failure(error: unknown): HTMLElement {
  const why = error instanceof Error ? error.message : String(error);
  return element(
    "div.failure.float",
    { attrs: { role: "alert" } },
    element("h1.panel-title", { text: "The map could not be opened" }),
    element("p", { text: why }),
    element("p.quiet", { text: "The file may have been cut short on its way here. Copy or make it again." }),
  );
}
