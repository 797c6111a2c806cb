// The records that the handout's scripts share, for the type checker only. `document.py` describes the page's data.

/** A slider: its positions, and the reel of each; null stands for the stage's own reel. */
interface Family { param: string; values: number[]; own: number; reels: (string | null)[] }
/** A position of a slider other than the view's own value. */
interface Position { family: Family; k: number }
/** Values at the view's own settings (`own`) and, by the slider's parameter, at each position of each slider. */
type Table<Value> = { own: Value } & Record<string, Value | Value[]>;
/** The condition of a goal: a setting or the time compared with a value, or a table of whether the goal is reached. */
interface Goal { name?: string; sign?: string; value?: number; table?: Table<boolean> }
interface StageSpec {
  reel: string; plays: boolean; options: Options; families: Family[]; conditions: (Goal | null)[];
  numbers: Table<string>[];
}
interface HandoutSpec { palettes: Palettes; texts: Record<string, string>; stages: StageSpec[] }

// Declared in player.js. That is a module for the type checker, but a page joins all scripts into one.
declare const players: Map<HTMLElement, Player>;
declare function showReel(component: Omit<StreamlitComponent, "parentElement"> & { parentElement: ShadowRoot }): void;
interface Player { bytes: Uint8Array; receive(bytes: Uint8Array, options?: Options): void }
