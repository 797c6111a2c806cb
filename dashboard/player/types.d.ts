// The records that the player's scripts share, for the type checker only. `reel.py` describes the data of the server.

type Pen = CanvasRenderingContext2D;
type Interval = [low: number, high: number];
type GridAxis = [low: number, high: number, count: number];
type Mean = number[];
/** A typed array of numbers. */
type Values = Float64Array;

// Data of the server.

interface ReelArray { values: any; shape: number[] }
interface FramesHeader {
  name: string; source: string; dim: number; axes: GridAxis[]; box: Interval[];
  step?: number; seconds?: number; arrow_places?: [number[], number[]];
}
interface Transport { action: number | null; w2_squared: number | null; w2_uncertainty: number | null }
interface PanelHeader {
  key: string; method: string; title: string; badge: string; stale: boolean; run: string;
  transport: Transport | null; exact: FramesHeader | null; course: FramesHeader[];
}
interface Panel extends Omit<PanelHeader, "exact" | "course"> { exact: Frames | null; course: Frames[] }
interface ReelHeader {
  panels: PanelHeader[]; options: Options;
  arrays: Record<string, { dtype: keyof typeof ARRAY_TYPES; shape: number[]; offset: number }>;
}
interface Reel { header: ReelHeader; arrays: Record<string, ReelArray> }
interface Options {
  key: string; opened: number; height: number; autoplay: boolean; view: LinkView; palettes: Palettes;
  preview: Terms | null; without?: string[]; restarts?: boolean; in_row?: boolean; embedded?: boolean;
  marks?: TimeMark[];
  /** The steps of lessons that explain the panels, by method. */
  learn?: Record<string, { href: string; title: string }>;
  /** Definitions of the key numbers, by class. */
  glossary?: Record<string, string>;
}
/** A line on the time axis. */
interface TimeMark { t: number; label: string; is_exact: boolean }
/** The choices in the link. */
interface LinkView { t: number | null; backdrop: string | null; panel: string | null }

interface Target {
  name: string; means?: Mean[]; std?: number | number[]; weights?: number[] | null; cov?: number[][] | null;
  [parameter: string]: any;
}
interface Mixture extends Target { means: Mean[] }
interface Problem { target: Target; sigma: number; seed?: number; [name: string]: any }
/** What the player needs to request previews: the page's problem, and the setting that each slider changes. */
interface Terms {
  problem: Problem; title: string; method: string; sliders: Record<string, string>; movable: boolean; url: string;
  curves?: string[];
}

/** A request for a preview, and the page's settings at that time; `response` is null if the page has the pictures. */
interface SentRequest { problem: Problem; pageKey: string; response: Promise<Uint8Array | undefined> | null }

/** What Streamlit passes to a component; a page without a server passes its own options. */
interface StreamlitComponent {
  data: any; parentElement: HTMLElement; setStateValue?: Player["setStateValue"]; options?: Options;
}

// Looks.

interface Palette {
  name: string; ink: string; faint: string; paper: string;
  density_scale: string[]; grey_scale: string[]; speed_scale: string[]; diverging_scale: string[];
}
interface Palettes { light: Palette; dark: Palette; methods: Record<string, string>; stale: string }
interface ColourTables { density: Uint32Array; grey: Uint32Array; diverging: Uint32Array }
interface Theme extends Palette, ColourTables { methods: Record<string, string>; staleColour: string; font: string }
interface Style { ink: string; faint: string; size: number; font: string }

// Pictures.

/** The place of a plot inside a canvas, with the maps between values and pixels. */
interface Plot {
  left: number; top: number; width: number; height: number; right: number; bottom: number;
  xRange: Interval; yRange: Interval;
  x: (value: number) => number; y: (value: number) => number;
  atX: (pixel: number) => number; atY: (pixel: number) => number;
  holds: (px: number, py: number) => boolean;
}
interface Places { plane?: Plot; density?: Plot; velocity?: Plot; evolution?: Plot }
interface AxesLook {
  xTicks?: number[]; yTicks?: number[]; xLabel?: string; yLabel?: string;
  xText?: (value: number) => string; yText?: (value: number) => string;
}
interface Picture extends HTMLCanvasElement { view: View; wasDragged: boolean }
interface Figure extends HTMLElement { kept?: View }
interface Handles extends HTMLElement { view: View }
/** Any element with which the viewer controls the player, or a canvas. */
interface Control extends HTMLCanvasElement {
  value: string | number; max: string | number; disabled: boolean; select(): void;
}

interface Difference { exact: Frames; times: number[]; rows: Float64Array[] }
/** Cubic pieces of paths between two frames (smooth.js). */
interface Piece { from: Float32Array; rise: Float32Array; bend: Float32Array; twist: Float32Array }
interface DotSheet {
  canvas: HTMLCanvasElement; brush: Pen; image: ImageData; pixels: Uint32Array; width: number; height: number;
}
/** What was drawn once for a view and is reused. */
interface Layers {
  layer?: HTMLCanvasElement; layerKey?: string; layerOf?: Frames;
  evolution?: { key: string; source: Frames | Values; image: HTMLCanvasElement };
  screen?: HTMLCanvasElement; image?: ImageData | null;
  still?: { key: string; source: Frames; image: HTMLCanvasElement };
  dots?: DotSheet;
}
/** One picture: a panel with its exact or learned frames. */
interface View extends Layers {
  panel: Panel; shown: string; learned: Frames | null; exact: Frames | null; frames: Frames;
  stale: boolean; learnedStale: boolean; untrained: boolean; motionless: boolean;
  methodColour: string; learnedColour: string; colour: string; badge: string;
  canvas: Picture; numbers: { energy: Element; speed: Element; beside: Element };
  places?: Places; here?: Float32Array; before?: Float32Array; difference?: Float64Array;
}
/** The kept image of a strip, and the range of its pixels that the cursor now covers. */
interface StripStill {
  key: string; views: View[] | null; image: HTMLCanvasElement; place: Plot; from: number; to: number; outdated: boolean;
}
interface Ranges {
  whole: Interval[]; contrast: number; speedTop: number; speedRange: Interval; densityTop: number;
  energyRange: Interval; massTop: number;
}
/** What the viewer traces: in the plane a particle, by its index; on the line a quantile, by its level. */
interface Trace { index?: number; level?: number }
/** The views, and the ranges and settings that they share. */
interface Scene extends Ranges {
  views: View[]; settings: Settings; theme: Theme; style: Style; reducesMotion: boolean; box: Interval[];
  t: number; playing: boolean; isAhead: boolean; traced: Trace | null; guess: Guess | null; hideAfter: number | null;
  marks: TimeMark[];
  /** Whether the plot of the velocity and the paths on the line are shown. */
  hasVelocity: boolean;
  /** Where words of the page point. */
  pointed?: { panel: string; strip: string; t: number } | null;
}
interface Worst { view: View; frames: Frames; value: number; i: number; t: number }
interface Guess { guess: number | null; t: number; cut: number; hideAfter: number; revealed: boolean }

// What the viewer chose.

interface Settings {
  backdrop: string; solo: string | null; arrows: boolean; particles: boolean; trails: boolean; contour: boolean;
  beside: boolean; modes: boolean; options: boolean; [name: string]: any;
}
interface LensMemory { box: Interval[] | null; follow: boolean; target?: string }
type Seen = Map<string, { run: string; course: Frames[] }>;
interface Memory {
  t: number; seen: Seen; trainingAt: number | null; settings: Settings; lens: LensMemory; opened?: number;
}

/** A plot under the pointer, and the zoomed axis that each of its axes corresponds to. */
interface PlotUnder { place: Plot; axes: (number | null)[] }
interface Gesture {
  player: Player; canvas: Picture; wheeled: number;
  drag: { plot: PlotUnder; x: number; y: number } | null;
  pinch: { plot: PlotUnder; x: number; y: number; spread: number } | null;
}
/** A slider of the page with the name of its setting. */
interface PageSlider { input: HTMLInputElement; name: string; value: number }
/** The axes of a mode: standard deviations, and the angle of the first one. */
interface Axes2 { widths: number[]; angle: number }
/** The handle of an axis that the viewer is dragging. */
interface HeldAxis { axis: number; plot: Plot; pointerId: number; offset: number[]; box: Interval[]; moved: boolean }
/** A mode that the viewer is dragging. */
interface HeldMode {
  k: number; plot: Plot; pointerId: number; from: number[]; offset: number[]; box: Interval[]; moved: boolean;
}

/** The class in player.js, as the type checker sees it from other scripts; player.js itself is a module. */
interface Player {
  root: HTMLElement; $: (selector: string) => Control; clock: Clock; modes: Modes; preview: Preview; lens: Lens;
  figures: Map<string, Figure>; ended: AbortController; reducesMotion: boolean;
  belowCanvases: HTMLCanvasElement[];
  options: Options; memory: Memory; panels: Panel[]; scene: Scene; theme: Theme; guess: Guess | null;
  recorder: MediaRecorder | null; onFrame?: () => void; pageScrolled: number; numbersAt?: number;
  refreshLens: () => void; refreshControls: () => void; setStateValue: (name: string, value: unknown) => void;
  readonly settings: Settings; readonly trainingAt: number | null; readonly isMotionless: boolean;
  startAgain(): void;
  rebuild(): void; present(): void; draw(): void; seek(t: number): void; play(atEnd?: (() => void) | null): void;
  pause(): void; step(direction: number): void; commitSoon(): void; choose(changes: Partial<Settings>): void;
  notify(text: string, milliseconds?: number): void;
}
