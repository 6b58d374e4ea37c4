/** States found at each depth, as a plot; drawn again where the reader changes between light and dark. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';

const HEIGHT = 220;

const css = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const optionsOf = (width: number, logarithmic: boolean): uPlot.Options => {
  const axis = { stroke: css('--muted'), grid: { stroke: css('--line') }, ticks: { stroke: css('--line') } };
  const many = (value: number): string =>
    value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : `${value}`;
  return {
    width,
    height: HEIGHT,
    scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : {} },
    axes: [
      { ...axis, label: 'depth', labelSize: 20 },
      {
        ...axis,
        size: 56,
        values: (_plot, values) => values.map((value) => (value === null ? '' : many(value))),
      },
    ],
    series: [
      { label: 'depth' },
      {
        label: 'states',
        stroke: css('--accent'),
        width: 2,
        fill: `${css('--accent')}22`,
        value: (_plot, value) => (value === null ? '' : value.toLocaleString('en')),
      },
    ],
  };
};

const useScheme = (): boolean => {
  const query = '(prefers-color-scheme: dark)';
  const [dark, setDark] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const media = window.matchMedia(query);
    const change = (): void => setDark(media.matches);
    media.addEventListener('change', change);
    return () => media.removeEventListener('change', change);
  }, []);
  return dark;
};

export const Levels = ({ levels }: { levels: readonly number[] }) => {
  const element = useRef<HTMLDivElement>(null);
  const [logarithmic, setLogarithmic] = useState(false);
  const dark = useScheme();
  useEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const data: uPlot.AlignedData = [levels.map((_, depth) => depth), [...levels]];
    const plot = new uPlot(optionsOf(current.clientWidth, logarithmic), data, current);
    const observer = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height: HEIGHT }));
    observer.observe(current);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [levels, logarithmic, dark]);
  return (
    <div class="plot">
      <div ref={element} />
      <label class="muted">
        <input
          type="checkbox"
          checked={logarithmic}
          onInput={(event) => setLogarithmic(event.currentTarget.checked)}
        />{' '}
        logarithmic
      </label>
    </div>
  );
};
