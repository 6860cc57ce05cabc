/**
 * The one chart over time. Lines on up to two axes (counts left, amounts right), a tooltip, and the same figures as a table for who
 * cannot see or does not want the picture.
 */
import { formatCompact } from '@/lib/format';
import { ChartLine, Table2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { Segmented } from './ui/toggle';

export interface Series {
  key: string;
  title: string;
  /** CSS colour, one of the series tokens. */
  color: string;
  axis: 'left' | 'right';
  /** Whether the axis may show parts of one. */
  decimals: boolean;
  /** Exact text of a value, for tooltip and table. */
  format: (value: string | number | null) => string;
}

export interface Point {
  /** Start of the hour or day. */
  label: string;
  /** Shown under the axis. */
  tick: string;
  values: Record<string, string | number | null>;
  /** The same values as numbers, for geometry only. */
  plot: Record<string, number | null>;
}

interface TimeSeriesChartProps {
  label: string;
  series: Series[];
  points: Point[];
  height?: number;
  /** Beside the switch between chart and table. */
  actions?: ReactNode;
}

export function TimeSeriesChart({ label, series, points, height = 260, actions }: TimeSeriesChartProps) {
  const [view, setView] = useState<'chart' | 'table'>('chart');
  return (
    <figure aria-label={label}>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-3 pb-2">
        <ul className="flex flex-wrap gap-x-4 gap-y-1">
          {series.map(item => (
            <li key={item.key} className="text-ink-soft flex items-center gap-1.5 text-xs">
              <svg aria-hidden="true" width="14" height="4">
                <rect width="14" height="3" rx="1.5" fill={item.color} />
              </svg>
              {item.title}
            </li>
          ))}
        </ul>
        <div className="flex items-center gap-2">
          {actions}
          <Segmented
            label={`Show ${label} as`}
            size="sm"
            value={view}
            onChange={setView}
            options={[
              { value: 'chart', label: <ChartLine className="size-3.5" aria-label="Chart" />, title: 'Chart' },
              { value: 'table', label: <Table2 className="size-3.5" aria-label="Table" />, title: 'Table' },
            ]}
          />
        </div>
      </div>
      {view === 'chart' ? (
        <Chart series={series} points={points} height={height} />
      ) : (
        <PointTable label={label} series={series} points={points} height={height} />
      )}
    </figure>
  );
}

function Chart({ series, points, height }: Omit<TimeSeriesChartProps, 'label' | 'actions'>) {
  const right = series.some(item => item.axis === 'right');
  // A single value has no line; it is drawn as a dot.
  const lonely = points.filter(point => series.some(item => point.plot[item.key] !== null)).length === 1;
  const data = points.map(point => ({ label: point.label, tick: point.tick, ...point.plot }));
  const axis = { tickLine: false, axisLine: false, tick: { fill: 'var(--ink-faint)', fontSize: 11 } } as const;
  return (
    <div className="px-1">
      <ResponsiveContainer width="100%" height={height}>
        <ComposedChart data={data} margin={{ top: 8, right: right ? 4 : 16, bottom: 0, left: 4 }} accessibilityLayer>
          <CartesianGrid vertical={false} yAxisId="left" stroke="var(--line)" />
          <XAxis dataKey="tick" {...axis} minTickGap={28} tickMargin={6} />
          <YAxis
            yAxisId="left"
            {...axis}
            width={44}
            tickFormatter={formatCompact}
            allowDecimals={series.some(item => item.axis === 'left' && item.decimals)}
          />
          {right && (
            <YAxis
              yAxisId="right"
              orientation="right"
              {...axis}
              width={48}
              tickFormatter={formatCompact}
              allowDecimals={series.some(item => item.axis === 'right' && item.decimals)}
            />
          )}
          <Tooltip
            cursor={{ stroke: 'var(--line-strong)' }}
            isAnimationActive={false}
            content={({ active, payload }) => {
              const index = payload?.[0] ? data.indexOf(payload[0].payload as (typeof data)[number]) : -1;
              const point = active ? points[index] : undefined;
              return point ? <TooltipBox point={point} series={series} /> : null;
            }}
          />
          {series.map((item, index) =>
            index === 0 ? (
              <Area
                key={item.key}
                yAxisId={item.axis}
                dataKey={item.key}
                name={item.title}
                stroke={item.color}
                fill={item.color}
                fillOpacity={0.12}
                strokeWidth={2}
                dot={lonely}
                type="monotone"
                isAnimationActive={false}
              />
            ) : (
              <Line
                key={item.key}
                yAxisId={item.axis}
                dataKey={item.key}
                name={item.title}
                stroke={item.color}
                strokeWidth={2}
                dot={lonely}
                type="monotone"
                isAnimationActive={false}
              />
            ),
          )}
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}

function TooltipBox({ point, series }: { point: Point; series: Series[] }) {
  return (
    <div className="bg-raised border-line shadow-pop rounded-lg border px-3 py-2 text-xs">
      <p className="mb-1 font-semibold">{point.label}</p>
      <dl className="num grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5">
        {series.map(item => (
          <div key={item.key} className="contents">
            <dt className="text-ink-soft flex items-center gap-1.5">
              <svg aria-hidden="true" width="8" height="8">
                <circle cx="4" cy="4" r="4" fill={item.color} />
              </svg>
              {item.title}
            </dt>
            <dd className="text-right font-medium">{item.format(point.values[item.key] ?? null)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function PointTable({ label, series, points, height }: Omit<TimeSeriesChartProps, 'actions'>) {
  return (
    <div
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable by keyboard
      tabIndex={0}
      role="region"
      aria-label={`${label}, as a table`}
      className="scroll-thin overflow-auto"
      style={{ height }}
    >
      <table className="num w-full text-sm">
        <thead className="bg-sunken text-ink-faint sticky top-0 text-xs">
          <tr>
            <th scope="col" className="px-4 py-1.5 text-left font-medium">
              Time
            </th>
            {series.map(item => (
              <th key={item.key} scope="col" className="px-4 py-1.5 text-right font-medium">
                {item.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map(point => (
            <tr key={point.label} className="border-line border-b">
              <th scope="row" className="px-4 py-1 text-left font-normal">
                {point.label}
              </th>
              {series.map(item => (
                <td key={item.key} className="px-4 py-1 text-right">
                  {item.format(point.values[item.key] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
