/** Boxes of text that must not overlap. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const CELL = 64;

/** Remembers the boxes placed so far, by cells of the screen. */
export class PlacedBoxes {
  readonly #cells = new Map<number, Box[]>();

  /** Places a box unless it touches one that is placed. */
  tryAdd(box: Box): boolean {
    if (this.touches(box)) return false;
    this.add(box);
    return true;
  }

  touches(box: Box): boolean {
    return this.#visit(box, (key) => (this.#cells.get(key) ?? []).some((other) => overlaps(box, other)));
  }

  add(box: Box): void {
    this.#visit(box, (key) => {
      const cell = this.#cells.get(key);
      if (cell) cell.push(box);
      else this.#cells.set(key, [box]);
      return false;
    });
  }

  #visit(box: Box, stop: (key: number) => boolean): boolean {
    const [left, right] = [Math.floor(box.x / CELL), Math.floor((box.x + box.width) / CELL)];
    const [top, bottom] = [Math.floor(box.y / CELL), Math.floor((box.y + box.height) / CELL)];
    for (let cy = top; cy <= bottom; cy++)
      for (let cx = left; cx <= right; cx++) if (stop(cy * 65536 + cx)) return true;
    return false;
  }
}

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
