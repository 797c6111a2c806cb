// The types of the drawing area's scripts.

type Point = [number, number];
interface Brush { radius: number; flow: number; erases: boolean }
interface Spot { x: number; y: number; radius: number }
interface Palette { ink: string; faint: string; paper: string; density_scale: string[] }
interface SketchData {
  levels: string; dim: number; nodes: number; halfWidth: number; floor: number;
  palettes: { dark: Palette; light: Palette }; words: Record<string, string>;
}
interface Drawing {
  canvas: HTMLCanvasElement; density: Float64Array; dim: number; nodes: number; data: SketchData; spot: Spot | null;
}
interface SketchComponent {
  data: SketchData; parentElement: HTMLElement; setStateValue: (name: string, value: unknown) => void;
}
