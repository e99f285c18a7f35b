/** Light or dark: as chosen, else as the system has it; and the same colours for the drawing. */

import type { Rgb, Theme } from "../../plot/api";
import type { Session, ThemeChoice } from "../state/session";

export type ThemeName = "light" | "dark";

const systemDark = matchMedia("(prefers-color-scheme: dark)");

export function themeOf(choice: ThemeChoice): ThemeName {
  return choice === "auto" ? (systemDark.matches ? "dark" : "light") : choice;
}

/** Keeps the page in the theme; `changed` is called now and after every change. */
export function followTheme(session: Session, changed: (name: ThemeName) => void): void {
  const apply = (): void => {
    const name = themeOf(session.store.get().theme);
    document.documentElement.dataset.theme = name;
    changed(name);
  };
  session.store.on(["theme"], apply);
  systemDark.addEventListener("change", apply);
  apply();
}

export function toggleTheme(session: Session): ThemeName {
  const theme = themeOf(session.store.get().theme) === "dark" ? "light" : "dark";
  session.store.set({ theme });
  return theme;
}

/** The colours of the page, as the drawing wants them. */
export function drawingTheme(name: ThemeName): Theme {
  const styles = getComputedStyle(document.documentElement);
  const color = (property: string): Rgb => parseColor(styles.getPropertyValue(property));
  return {
    background: color("--paper"),
    ink: color("--ink"),
    muted: color("--muted"),
    accent: color("--accent"),
    isDark: name === "dark",
  };
}

export function parseColor(hex: string): Rgb {
  const value = Number.parseInt(hex.trim().slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
