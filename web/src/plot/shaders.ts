/** The two programs of the graphics card. Points are discs with a soft edge; colours come from a table. */

export const TABLE_WIDTH = 256;

export const VERTEX = `#version 300 es
precision highp float;
precision highp int;
in vec3 from;
in vec3 to;
in uint look;
in uint state;
uniform vec3 fromLow, fromStep, toLow, toStep, center, right, up, away;
uniform vec2 origin, viewport;
uniform float morph, scale, eye, size, ratio, opacity, depthKept;
uniform uint pass;
uniform sampler2D table;
uniform vec3 background;
out vec4 color;
out float radius;

const float NONE = 65535.0;

void main() {
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = 1.0;
  color = vec4(0.0);
  radius = 1.0;
  bool hasFrom = from.x < NONE, hasTo = to.x < NONE;
  if (state != pass || (!hasFrom && !hasTo)) return;
  vec3 start = fromLow + fromStep * from, end = toLow + toStep * to;
  if (!hasFrom) start = end;
  if (!hasTo) end = start;
  float presence = mix(hasFrom ? 1.0 : 0.0, hasTo ? 1.0 : 0.0, morph);
  if (presence <= 0.0) return;
  vec3 place = mix(start, end, morph) - center;
  float near = 1.0, fade = 1.0, depth = 0.0;
  if (eye > 0.0) {
    float distance = eye + dot(away, place);
    if (distance < 0.4) return;
    near = eye / distance;
    depth = clamp((distance - eye) / 3.4 + 0.5, 0.0, 1.0);
    fade = mix(1.0, depthKept, depth);
  }
  vec2 pixel = origin + near * scale * vec2(dot(right, place), -dot(up, place));
  gl_Position = vec4(pixel / viewport * vec2(2.0, -2.0) + vec2(-1.0, 1.0), depth * 1.8 - 0.9, 1.0);
  radius = 0.5 * size * near * ratio;
  gl_PointSize = 2.0 * radius + 1.0;
  int index = int(look);
  vec3 own = texelFetch(table, ivec2(index % ${TABLE_WIDTH}, index / ${TABLE_WIDTH}), 0).rgb;
  color = vec4(mix(background, own, fade), opacity * presence);
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
in vec4 color;
in float radius;
out vec4 pixel;

void main() {
  float away = length(gl_PointCoord - 0.5) * (2.0 * radius + 1.0);
  float cover = clamp(radius + 0.5 - away, 0.0, 1.0) * color.a;
  if (cover <= 0.004) discard;
  pixel = vec4(color.rgb * cover, cover);
}`;
