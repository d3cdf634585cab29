// Scales and axes that the plots share.
import * as f from '../words/format';

export interface Frame {
	left: number;
	top: number;
	width: number;  // of what is drawn within the axes
	height: number;
}

export type Scale = (value: number) => number;

export const linear = (from: number, to: number, start: number, end: number): Scale =>
	(value) => start + ((value - from) / (to - from || 1)) * (end - start);

// Round values within [from, to], about `wanted` of them.
export function ticks(from: number, to: number, wanted: number): number[] {
	const rough = (to - from || 1) / Math.max(1, wanted);
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= rough) ?? rough;
	const list: number[] = [];
	for (let k = Math.ceil(from / step - 1e-9); k * step <= to + step * 1e-9; k++)
		list.push(k * step);
	return list;
}

const minute = 60_000;
const steps = [5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7 * 1440, 14 * 1440, 28 * 1440, 91 * 1440, 182 * 1440, 364 * 1440, 1820 * 1440];

// Moments at round times of the zone that is shown.
export function timeTicks(from: number, to: number, wanted: number): number[] {
	const shift = f.zone.value === 'utc' ? 0 : -new Date(from).getTimezoneOffset() * minute;
	const span = (to - from) / Math.max(1, wanted);
	const step = (steps.find((s) => s * minute >= span) ?? steps[steps.length - 1]!) * minute;
	const list: number[] = [];
	for (let at = Math.ceil((from + shift) / step) * step - shift; at <= to; at += step)
		list.push(at);
	return list;
}

// The first tick, and every midnight, is told by its day.
export function timeLabel(at: number, first: boolean, step: number): string {
	const hour = f.hour(at);
	if (step >= 1440 * minute)
		return f.day(at);
	return first || hour === '00:00' ? f.day(at).slice(5) + ' ' + hour : hour;
}

export function TimeAxis({ frame, from, to, at }: { frame: Frame; from: number; to: number; at: Scale }) {
	const list = timeTicks(from, to, frame.width / 90);
	const step = list.length > 1 ? list[1]! - list[0]! : 0;
	const y = frame.top + frame.height;
	let taken = -Infinity; // up to where a label stands
	return (
		<g class="axis" aria-hidden="true">
			<line x1={frame.left} x2={frame.left + frame.width} y1={y} y2={y} />
			{list.map((moment, i) => {
				const x = at(moment);
				const label = timeLabel(moment, i === 0, step);
				const half = label.length * 3.6;
				const middle = Math.min(Math.max(x, frame.left + half), frame.left + frame.width - half + 8);
				const fits = middle - half > taken;
				if (fits)
					taken = middle + half + 6;
				return (
					<g key={moment}>
						<line x1={x} x2={x} y1={y} y2={y + 4} />
						{fits && <text x={middle} y={y + 16} text-anchor="middle">{label}</text>}
					</g>
				);
			})}
		</g>
	);
}

export interface Tick {
	at: number; // where, in pixels
	label: string;
	strong?: boolean;
}

// Ticks that would stand on one another are left out; strong ones stay.
function spaced(list: Tick[], least: number): Tick[] {
	const kept: Tick[] = list.filter((tick) => tick.strong);
	for (const tick of list)
		if (!tick.strong && kept.every((other) => Math.abs(other.at - tick.at) >= least))
			kept.push(tick);
	return kept;
}

export function LeftAxis({ frame, list, grid = true }: { frame: Frame; list: Tick[]; grid?: boolean }) {
	return (
		<g class="axis" aria-hidden="true">
			{spaced(list, 14).map((tick) => (
				<g key={tick.label + tick.at}>
					{grid && <line class={tick.strong ? 'zero' : 'grid'} x1={frame.left} x2={frame.left + frame.width} y1={tick.at} y2={tick.at} />}
					<text x={frame.left - 6} y={tick.at + 4} text-anchor="end">{tick.label}</text>
				</g>
			))}
		</g>
	);
}

export function BottomAxis({ frame, list, title, grid = false }: { frame: Frame; list: Tick[]; title?: string; grid?: boolean }) {
	const y = frame.top + frame.height;
	return (
		<g class="axis" aria-hidden="true">
			<line x1={frame.left} x2={frame.left + frame.width} y1={y} y2={y} />
			{spaced(list, 40).map((tick) => (
				<g key={tick.label + tick.at}>
					{grid && <line class={tick.strong ? 'zero' : 'grid'} x1={tick.at} x2={tick.at} y1={frame.top} y2={y} />}
					<line x1={tick.at} x2={tick.at} y1={y} y2={y + 4} />
					<text x={tick.at} y={y + 16} text-anchor="middle">{tick.label}</text>
				</g>
			))}
			{title && <text x={frame.left + frame.width / 2} y={y + 32} text-anchor="middle">{title}</text>}
		</g>
	);
}

export const rectangle = (x: number, y: number, width: number, height: number) =>
	`M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}v${height.toFixed(1)}h${(-width).toFixed(1)}z`;

// About as wide as a name is drawn, in pixels: a Chinese character takes two letters' room.
export const widthOf = (text: string) => [...text].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 13.5 : 7.6), 0);

// A long name loses its middle, not its end: ends tell ids apart.
export function shorten(text: string, width: number): string {
	const letters = [...text];
	let from = letters.length;
	let to = letters.length;
	const shown = () => (from === to ? text : [...letters.slice(0, from), '…', ...letters.slice(to)].join(''));
	if (widthOf(text) > width) {
		from = Math.floor(letters.length / 2);
		to = from + 1;
	}
	while (widthOf(shown()) > width && from > 1)
		if (from > letters.length - to)
			from--;
		else
			to++;
	return shown();
}
