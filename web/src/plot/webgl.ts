/** Draws the points on the graphics card: one list of points, two places each, so that a morph costs nothing. */

import type { Rgb } from "./api";
import { type Cloud, FADED, SHOWN, type SlotPlaces } from "./cloud";
import { DEPTH_KEPT, FADED_OPACITY, type Frame, type Painter } from "./painter";
import { FRAGMENT, TABLE_WIDTH, VERTEX } from "./shaders";

/** Renderers that are a program on the processor: slower than drawing the pixels ourselves. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

type Uniforms = (name: string) => WebGLUniformLocation | null;

/** Null where there is no WebGL2, or, unless forced, where it is only emulated. */
export function createWebglPainter(isForced: boolean): Painter | null {
  const canvas = document.createElement("canvas");
  const gl = canvas.getContext("webgl2", {
    alpha: false,
    antialias: false,
    depth: true,
    powerPreference: "high-performance",
  });
  if (!gl || (!isForced && isEmulated(gl))) return null;
  const program = link(gl);
  return program ? new WebglPainter(canvas, gl, program) : null;
}

function isEmulated(gl: WebGL2RenderingContext): boolean {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) as unknown;
  return SOFTWARE.test(String(name));
}

function link(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  for (const [at, name] of ["from", "to", "look", "state"].entries()) gl.bindAttribLocation(program, at, name);
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

class WebglPainter implements Painter {
  readonly kind = "webgl";
  readonly #seen = { places: 0, looks: 0, states: 0, table: 0 };
  readonly #buffers: WebGLBuffer[];
  readonly #texture: WebGLTexture;
  readonly #uniform: Uniforms;

  readonly #gl: WebGL2RenderingContext;
  readonly #program: WebGLProgram;

  constructor(
    readonly canvas: HTMLCanvasElement,
    gl: WebGL2RenderingContext,
    program: WebGLProgram,
  ) {
    this.#gl = gl;
    this.#program = program;
    this.#buffers = [0, 1, 2, 3].map(() => gl.createBuffer());
    this.#texture = gl.createTexture();
    const known = new Map<string, WebGLUniformLocation | null>();
    this.#uniform = (name) => {
      if (!known.has(name)) known.set(name, gl.getUniformLocation(program, name));
      return known.get(name) ?? null;
    };
  }

  paint(cloud: Cloud, frame: Frame): void {
    const { canvas } = this;
    const gl = this.#gl;
    const { view, ratio, background } = frame;
    const [width, height] = [Math.max(1, Math.round(view.width * ratio)), Math.max(1, Math.round(view.height * ratio))];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.clearColor(background[0] / 255, background[1] / 255, background[2] / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.useProgram(this.#program);
    this.#upload(cloud);
    this.#setUniforms(cloud, frame);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    if (view.eye === Number.POSITIVE_INFINITY) gl.disable(gl.DEPTH_TEST);
    else gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    const count = Math.ceil(cloud.n * frame.share);
    if (frame.hasEmphasis) this.#pass(FADED, frame.opacity * FADED_OPACITY, false, count);
    this.#pass(SHOWN, frame.opacity, true, count);
  }

  destroy(): void {
    for (const buffer of this.#buffers) this.#gl.deleteBuffer(buffer);
    this.#gl.deleteTexture(this.#texture);
    this.#gl.deleteProgram(this.#program);
    this.canvas.remove();
  }

  /** Faded points leave no mark in depth, so that they never hide one that stands out. */
  #pass(state: number, opacity: number, hides: boolean, count: number): void {
    const gl = this.#gl;
    gl.depthMask(hides);
    gl.uniform1ui(this.#uniform("pass"), state);
    gl.uniform1f(this.#uniform("opacity"), opacity);
    gl.drawArrays(gl.POINTS, 0, count);
    gl.depthMask(true);
  }

  #upload(cloud: Cloud): void {
    const gl = this.#gl;
    const seen = this.#seen;
    const { changes } = cloud;
    if (seen.places !== changes.places) {
      this.#uploadPlaces(0, cloud.from);
      this.#uploadPlaces(1, cloud.to);
    }
    if (seen.looks !== changes.looks) this.#uploadWhole(2, cloud.looks, gl.UNSIGNED_SHORT);
    if (seen.states !== changes.states) this.#uploadWhole(3, cloud.states, gl.UNSIGNED_BYTE);
    if (seen.table !== changes.table) this.#uploadTable(cloud.table);
    Object.assign(seen, changes);
  }

  #uploadPlaces(at: number, places: SlotPlaces): void {
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers[at] as WebGLBuffer);
    gl.bufferData(gl.ARRAY_BUFFER, padded(places.points, places.dim), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(at);
    // Four shorts or two: rows of six bytes would not be aligned.
    gl.vertexAttribPointer(at, places.dim, gl.UNSIGNED_SHORT, false, places.dim === 3 ? 8 : 4, 0);
  }

  #uploadWhole(at: number, values: Uint8Array | Uint16Array, type: number): void {
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers[at] as WebGLBuffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribIPointer(at, 1, type, values.BYTES_PER_ELEMENT, 0);
  }

  #uploadTable(table: readonly Rgb[]): void {
    const gl = this.#gl;
    const height = Math.max(1, Math.ceil(table.length / TABLE_WIDTH));
    const texels = new Uint8Array(height * TABLE_WIDTH * 4);
    for (const [i, [red, green, blue]] of table.entries()) texels.set([red, green, blue, 255], i * 4);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, TABLE_WIDTH, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  #setUniforms(cloud: Cloud, frame: Frame): void {
    const gl = this.#gl;
    const uniform = this.#uniform;
    const { view } = frame;
    const vectors = {
      fromLow: cloud.from.low,
      fromStep: cloud.from.step,
      toLow: cloud.to.low,
      toStep: cloud.to.step,
      center: view.center,
      right: view.right,
      up: view.up,
      away: view.away,
      background: frame.background.map((channel) => channel / 255),
    };
    for (const [name, vector] of Object.entries(vectors)) gl.uniform3fv(uniform(name), vector as number[]);
    gl.uniform2f(uniform("origin"), view.originX, view.originY);
    gl.uniform2f(uniform("viewport"), view.width, view.height);
    const numbers = {
      morph: frame.morph,
      scale: view.scale,
      eye: Number.isFinite(view.eye) ? view.eye : 0,
      size: frame.size,
      ratio: frame.ratio,
      depthKept: DEPTH_KEPT,
    };
    for (const [name, value] of Object.entries(numbers)) gl.uniform1f(uniform(name), value);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.uniform1i(uniform("table"), 0);
  }
}

function padded(points: Uint16Array, dim: number): Uint16Array {
  if (dim === 2) return points;
  const n = points.length / 3;
  const out = new Uint16Array(n * 4);
  for (let i = 0; i < n; i++) for (let axis = 0; axis < 3; axis++) out[i * 4 + axis] = points[i * 3 + axis] as number;
  return out;
}
