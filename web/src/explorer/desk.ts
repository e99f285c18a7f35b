/** What the panels ask for beyond the store: going to a point, files, links, the clipboard, and what is said aloud. */

import type { Camera, Plot } from "../plot/api";
import { placeOf, textAt } from "../wire/types";
import { countOf } from "./state/format";
import { decodeLink, encodeLink, type Link } from "./state/hash";
import { applyLink, linkOf } from "./state/link-state";
import { rowsOf } from "./state/mask";
import type { Session } from "./state/session";
import { csvParts } from "./state/table-file";
import { copyText, fileName, saveFile } from "./view/download";
import { createLive } from "./view/live";
import { createDownloads, createMenu, createSharing, type Menu, type ShareFacts } from "./view/menus";
import { createNotice, type Notice } from "./view/notice";
import { insetsOf, isCalm } from "./view/wiring";

export interface Desk {
  nodes: HTMLElement[];
  menu: Menu;
  notice: Notice;
  /** The full page in the view that is shown. */
  address(): string;
  /** The page was opened by a link that carries a state. */
  wasLinked: boolean;
  say(text: string): void;
  /** Pins a row; what is pinned is brought into sight. */
  visit(row: number): void;
  center(row: number): void;
  /** Brings a row into sight, if it is not. */
  reveal(row: number): void;
  copy(text: string, what: string): void;
  copySelection(): Promise<void>;
  saveSelection(): void;
  saveRows(rows: Uint32Array): Promise<void>;
  openShare(opener: HTMLElement): void;
  openDownload(opener: HTMLElement): void;
  /** Ends when the points have arrived in the projection chosen. */
  arrival(): Promise<void>;
  viewMoved(): void;
  /** Takes up the state of the link, then keeps the two in step. */
  restore(): void;
  restoreView(): void;
}

const HASH_PAUSE_MS = 300;
const MOST_COPIED = 100_000;
/** What is brought into sight ends this far inside. */
const SIGHT_MARGIN_PX = 60;

export function createDesk(explorer: HTMLElement, session: Session, plot: Plot): Desk {
  const { scene, store } = session;
  const live = createLive();
  const notice = createNotice();
  const menu = createMenu();
  const opened = decodeLink(location.hash, scene.n);
  let isMoved = false;
  let settled = false;
  let arrived = Promise.resolve();
  let timer = 0;

  store.on(["projection"], ({ projection }) => {
    arrived = plot.setProjection(projection, { animate: settled && !isCalm() });
  });
  const projection = (): (typeof scene.projections)[number] =>
    scene.projections[store.get().projection] as (typeof scene.projections)[number];
  const link = (): Link => encodeLink(linkOf(scene, store.get(), isMoved ? cameraNumbers(plot.getCamera()) : null));
  const writeHash = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const now = link();
      replaceHash(now.hash);
      sharing.show(shareFacts(now));
    }, HASH_PAUSE_MS);
  };
  const shareFacts = ({ hash, leftOut }: Link): ShareFacts => {
    const url = new URL(location.href);
    url.search = "";
    url.hash = hash;
    const isHomeless = location.protocol === "about:";
    const warning = isHomeless
      ? "Here the map has no address of its own, as in a notebook. Save it as a file: links to that file work."
      : leftOut.length
        ? `The selection (${countOf(store.get().selected, "text")}) is too scattered for a link and is left out. Download it as CSV instead.`
        : null;
    return { link: url.href, warning };
  };
  const saveRows = async (rows: ArrayLike<number>): Promise<void> => {
    await scene.whole;
    saveFile(
      fileName(scene.title, "csv"),
      new Blob(csvParts(scene, projection(), rows), { type: "text/csv;charset=utf-8" }),
    );
    live.say(`${countOf(rows.length, "row")} saved`);
  };
  const copy = (text: string, what: string): void => {
    void copyText(text).then((isCopied) =>
      notice.show(
        isCopied ? `${what} copied` : "The browser does not let this page copy. Select the text and copy it by hand.",
        2500,
      ),
    );
  };
  const sharing = createSharing(scene.title, copy);
  const saveSelection = (): void => {
    const { selection } = store.get();
    if (selection) void saveRows(rowsOf(selection));
  };
  const downloads = createDownloads({
    png: () => void savePng(),
    svg: () => saveFile(fileName(scene.title, "svg"), new Blob([plot.toSvg()], { type: "image/svg+xml" })),
    csv: () => void saveRows(rowsOf(store.get().visible)),
    selection: saveSelection,
    print: () => window.print(),
  });
  store.on(["selection"], ({ selection }) => downloads.offerSelection(selection !== null));
  const center = (row: number): void => plot.setCamera(cameraOn(plot, explorer, session, row), { animate: !isCalm() });
  const savePng = async (): Promise<void> => saveFile(fileName(scene.title, "png"), await plot.toPng(2));

  const takeView = (camera: readonly number[] | undefined): void => {
    settled = false;
    isMoved = camera !== undefined;
    void arrived.then(() => {
      if (camera) setCamera(plot, camera);
      else plot.fit({ animate: false });
      // what a link moves is not a change that people made
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          settled = true;
        }),
      );
    });
  };

  return {
    nodes: [menu.node, notice.node, live.node],
    menu,
    notice,
    saveRows,
    copy,
    center,
    address: () => shareFacts(link()).link,
    wasLinked: location.hash.length > 1,
    say: live.say,
    visit: (row) => store.set({ pinned: row }),
    reveal(row) {
      const way = wayIntoSight(plot, explorer, row);
      if (way[0] !== 0 || way[1] !== 0) plot.setCamera(cameraMoved(plot, session, row, way), { animate: !isCalm() });
    },
    async copySelection() {
      await scene.whole;
      const { selection } = store.get();
      const rows = selection ? rowsOf(selection) : new Uint32Array(0);
      if (rows.length > MOST_COPIED)
        return notice.show(
          `${countOf(rows.length, "text")} are more than the clipboard should hold. Download the CSV instead.`,
          6000,
        );
      copy(Array.from(rows, (row) => textAt(scene.texts, row)).join("\n"), countOf(rows.length, "text"));
    },
    saveSelection,
    openShare: (opener) =>
      menu.toggle("Link to this view", opener, () => {
        sharing.show(shareFacts(link()));
        return sharing.nodes;
      }),
    openDownload: (opener) => menu.toggle("Take away", opener, () => downloads.nodes),
    arrival: () => arrived,
    viewMoved() {
      if (!settled) return;
      isMoved = true;
      writeHash();
    },
    restore() {
      applyLink(session, opened);
      store.on(
        [
          "projection",
          "color",
          "hidden",
          "ranges",
          "query",
          "mode",
          "selection",
          "pinned",
          "tab",
          "theme",
          "overlaysOff",
        ],
        writeHash,
      );
      window.addEventListener("hashchange", ({ newURL }) => {
        const next = decodeLink(new URL(newURL).hash, scene.n); // the address may have been written since
        applyLink(session, next);
        requestAnimationFrame(() => takeView(next.camera)); // what is shown is drawn in the next frame
      });
    },
    restoreView: () => takeView(opened.camera),
  };
}

function cameraNumbers({ x, y, z, scale, turn, tilt }: Camera): number[] {
  return [x, y, z, scale, turn, tilt];
}

function setCamera(plot: Plot, numbers: readonly number[]): void {
  const [x, y, z, scale, turn, tilt] = numbers;
  if (numbers.length !== 6 || !scale || scale <= 0) return;
  plot.setCamera({ x: x ?? 0, y: y ?? 0, z: z ?? 0, scale, turn: turn ?? 0, tilt: tilt ?? 0 }, { animate: false });
}

/** The camera as it is, with the row in the middle of what the panels leave free. */
function cameraOn(plot: Plot, explorer: HTMLElement, session: Session, row: number): Camera {
  const { scene, store } = session;
  const camera = plot.getCamera();
  const projection = scene.projections[store.get().projection];
  const [x, y, z] = projection ? placeOf(projection, row) : [Number.NaN, 0, 0];
  if (Number.isNaN(x)) return camera;
  if (projection?.dim === 3) return { ...camera, x, y, z };
  const { left, right, top, bottom } = insetsOf(explorer, true);
  return { ...camera, x: x - (left - right) / 2 / camera.scale, y: y + (top - bottom) / 2 / camera.scale, z };
}

/** How far a row must move on the screen to be clear of panels and card; [0, 0] when it is, or has no place. */
function wayIntoSight(plot: Plot, explorer: HTMLElement, row: number): readonly [number, number] {
  const place = plot.toScreen(row);
  if (!place) return [0, 0];
  const { left, right, top, bottom } = insetsOf(explorer, true);
  const { width, height } = explorer.getBoundingClientRect();
  return [intoRange(place[0], left, width - right), intoRange(place[1], top, height - bottom)];
}

/** The way from a value to the nearest place well inside a range. */
function intoRange(value: number, low: number, high: number): number {
  const margin = Math.min(SIGHT_MARGIN_PX, (high - low) / 2);
  if (value >= low && value <= high) return 0;
  return value < low ? low + margin - value : high - margin - value;
}

/** The camera after moving the map by pixels; in three dimensions it turns towards the row instead. */
function cameraMoved(plot: Plot, { scene, store }: Session, row: number, [dx, dy]: readonly [number, number]): Camera {
  const camera = plot.getCamera();
  const projection = scene.projections[store.get().projection];
  if (projection?.dim !== 3) return { ...camera, x: camera.x - dx / camera.scale, y: camera.y + dy / camera.scale };
  const [x, y, z] = placeOf(projection, row);
  return Number.isNaN(x) ? camera : { ...camera, x, y, z };
}

/** In a page without an address of its own (srcdoc, sandbox) there is no hash to keep. */
function replaceHash(hash: string): void {
  if (location.protocol === "about:" || (location.origin === "null" && location.protocol !== "file:")) return;
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}
