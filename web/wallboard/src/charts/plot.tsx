import 'uplot/dist/uPlot.min.css';

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

import { useLook } from '../parts/look';

const COLOURS = ['ink', 'grid', 'strong', 'weak', 'other', 'surface'] as const;
type Colours = Record<(typeof COLOURS)[number], string>;

export interface Drawing {
  /** Names under the axis, one for each value. */
  names: string[];
  data: (number | null)[][];
  series(colours: Colours, hatch: CanvasPattern): uPlot.Series[];
  number(value: number): string;
}

interface Props extends Drawing {
  label: string;
  /** Which value the pointer is at. */
  onPoint(index: number | null): void;
}

/** Bars and lines over equal steps: hours or days. */
export function Plot({ label, onPoint, ...drawing }: Props) {
  const { dark, wall } = useLook();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const shape = drawing.names.join();

  // Whatever the axes or colours are made of has changed: a new plot.
  useEffect(() => {
    const element = box.current!;
    plot.current = new uPlot(options(drawing, element, wall ? 2 : 1, onPoint), aligned(drawing), element);
    const resized = new ResizeObserver(() => plot.current?.setSize(sizeOf(element)));
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, dark, wall, drawing.number]);

  useEffect(() => plot.current?.setData(aligned(drawing)), [drawing.data]);

  return <div ref={box} class="plot" role="img" aria-label={label} />;
}

function aligned({ names, data }: Drawing): uPlot.AlignedData {
  return [names.map((_, index) => index), ...data];
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: element.clientWidth, height: element.clientHeight };
}

function options(drawing: Drawing, element: HTMLElement, scale: number, onPoint: Props['onPoint']): uPlot.Options {
  const style = getComputedStyle(element);
  const colours = Object.fromEntries(
    COLOURS.map((name) => [name, style.getPropertyValue(`--chart-${name}`)]),
  ) as Colours;
  const { names, number } = drawing;
  const axis: uPlot.Axis = {
    stroke: colours.ink,
    font: `${12 * scale}px ${style.fontFamily}`,
    ticks: { show: false },
  };
  return {
    ...sizeOf(element),
    padding: [8 * scale, 4, 0, 4],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: [-0.6, names.length - 0.4] },
      // An empty chart still has a scale.
      y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.08)] },
    },
    axes: [
      {
        ...axis,
        size: 26 * scale,
        gap: 6,
        grid: { show: false },
        splits: (plot) => every(names.length, Math.ceil((names.length * 44 * scale) / Math.max(plot.width, 1))),
        values: (_plot, splits) => splits.map((index) => names[index] ?? ''),
      },
      {
        ...axis,
        size: 44 * scale,
        gap: 6,
        space: 36 * scale,
        grid: { stroke: colours.grid, width: 1 },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6],
        values: (_plot, splits) => splits.map(number),
      },
    ],
    series: [{}, ...drawing.series(colours, hatched(colours.weak, colours.surface))],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  };
}

function every(count: number, step: number): number[] {
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

/** Stripes: what a bar means is then seen without its colour too. */
function hatched(ink: string, paper: string): CanvasPattern {
  const tile = document.createElement('canvas');
  const size = 8 * devicePixelRatio;
  tile.width = tile.height = size;
  const draw = tile.getContext('2d')!;
  draw.fillStyle = paper;
  draw.fillRect(0, 0, size, size);
  draw.strokeStyle = ink;
  draw.lineWidth = size / 3.2;
  for (const offset of [-size, 0, size]) {
    draw.moveTo(offset - 1, size + 1);
    draw.lineTo(offset + size + 1, -1);
  }
  draw.stroke();
  return draw.createPattern(tile, 'repeat')!;
}

const PATHS = uPlot.paths;
const WIDE = PATHS.bars!({ size: [0.72, 64], radius: 0.08 });

export function bars(fill: string | CanvasPattern, stroke: string): uPlot.Series {
  return { paths: WIDE, fill: fill as string, stroke, width: 1, points: { show: false } };
}

export function line(stroke: string, scale: number): uPlot.Series {
  return {
    stroke,
    width: 2 * scale,
    dash: [5 * scale, 4 * scale],
    points: { show: true, size: 5 * scale, fill: stroke, width: 0 },
  };
}
