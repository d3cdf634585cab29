// Differences of duration by whole second, before and after what is explained.
import { sum, type Plots } from './data';
import { Drawing, Figure, type Marks, type Surface } from './figure';
import type { Table } from './csv';
import { BottomAxis, LeftAxis, linear, rectangle, type Frame, type Tick } from './axis';
import { say } from '../words/words';
import * as f from '../words/format';

type Difference = Plots['durationDifference'];

const steps = [1, 2, 5, 6, 10, 15, 30, 60]; // seconds between ticks

// Differences as recorded, or what remains of them: all of one whole second, or beyond one.
export interface OfDifference {
	of: 'difference' | 'unexplained';
	second: number;
	beyond: -1 | 0 | 1;
}

export const nameOfSecond = ({ second, beyond }: OfDifference) =>
	(beyond < 0 ? say('below', f.signed(second)) : beyond > 0 ? say('above', f.signed(second)) : f.signed(second));

export function DurationDifference({ plots, onDifference }: { plots: Plots; onDifference: (chosen: OfDifference) => void }) {
	const difference = plots.durationDifference;
	const pairs = sum(difference.recorded);
	const middle = 1 - difference.firstSecond;
	const says = pairs ? say('histogramSays', pairs, f.share(difference.recorded[middle]! / pairs), f.share(difference.unexplained[middle]! / pairs)) : '';
	const table: Table = {
		columns: [{ title: say('differenceColumn') }, { title: say('histogramRecorded'), numeric: true },
			{ title: say('histogramUnexplained'), numeric: true }],
		rows: difference.recorded.map((n, i) => [nameOf(difference, i).replace('−', '-').replace('+', ''), n, difference.unexplained[i]!]),
	};
	return (
		<Figure name="duration-difference" title={say('histogram')} lead={say('histogramLead')} says={says} table={table} readable="choose"
			empty={pairs ? undefined : say('noPairs')}
			draw={(surface) => <Two {...surface} difference={difference} label={says} onDifference={onDifference} />} />
	);
}

// What stands in front and behind is all that lies beyond.
function binOf(difference: Difference, i: number, of: OfDifference['of']): OfDifference {
	const first = difference.firstSecond;
	const last = difference.recorded.length - 1;
	if (i === 0)
		return { of, second: first, beyond: -1 };
	return i === last ? { of, second: first + last - 2, beyond: 1 } : { of, second: first + i - 1, beyond: 0 };
}

const nameOf = (difference: Difference, i: number) => nameOfSecond(binOf(difference, i, 'difference'));

function Two({ width, point, difference, label, onDifference }: Surface & {
	difference: Difference;
	label: string;
	onDifference: (chosen: OfDifference) => void;
}) {
	const n = difference.recorded.length;
	const used = difference.recorded.flatMap((count, i) => (count || difference.unexplained[i] ? [Math.abs(i - (n - 1) / 2)] : []));
	const reach = Math.min((n - 1) / 2, Math.max(10, ...used) + 1);
	const low = (n - 1) / 2 - reach;
	const high = (n - 1) / 2 + reach + 1;
	const height = 110;
	const left = 56;
	const frames: Frame[] = [0, 1].map((i) => ({ left, top: 22 + i * (height + 34), width: width - left - 12, height }));
	const x = linear(low, high, left, left + frames[0]!.width);
	const most = Math.max(1, ...difference.recorded, ...difference.unexplained);
	const counts = [difference.recorded, difference.unexplained];
	const columns = Math.ceil(high) - Math.floor(low);
	const bin = (column: number) => Math.floor(low) + column;
	const marks: Marks = {
		columns,
		rows: 2,
		at: (px, py) => {
			const i = Math.floor(low + ((px - left) / frames[0]!.width) * (high - low));
			return i >= Math.max(0, low) && i < Math.min(n, high) ? [i - Math.floor(low), py < frames[1]!.top - 12 ? 0 : 1] : null;
		},
		box: (column, row) => ({ x: x(bin(column)), y: frames[row]!.top, width: x(1) - x(0), height }),
		tell: (column, row) => {
			const i = bin(column);
			if (i < 0 || i >= n || !counts[row]![i])
				return '';
			return say('pointed', `${nameOf(difference, i)}\u00a0${f.unit('s')}`, f.list([`${say('histogramRecorded')} ${f.count(difference.recorded[i]!)}`,
				`${say('histogramUnexplained')} ${f.count(difference.unexplained[i]!)}`]));
		},
		choose: (column, row) => onDifference(binOf(difference, bin(column), row ? 'unexplained' : 'difference')),
	};
	const first = difference.firstSecond;
	const step = steps.find((s) => (high - low) / s <= frames[0]!.width / 55) ?? 60;
	const seconds = Array.from({ length: n - 2 }, (_, k) => first + k)
		.filter((value) => value % step === 0 && value - first + 1 >= low && value - first + 1 < high)
		.map((value): Tick => ({ at: x(value - first + 1.5), label: f.signed(value), strong: value === 0 }));
	return (
		<Drawing width={width} height={frames[1]!.top + height + 40} label={label} marks={marks} point={point}>
			{counts.map((list, which) => {
				const frame = frames[which]!;
				const y = (count: number) => frame.top + frame.height * (1 - Math.log1p(count) / Math.log1p(most * 1.3));
				const powers = Array.from({ length: 10 }, (_, k) => 10 ** k).filter((power) => power <= most);
				const path = list.map((count, i) => (count && i >= low && i < high ?
					rectangle(x(i) + 0.25, y(count), Math.max(0.75, x(i + 1) - x(i) - 0.5), frame.top + frame.height - y(count)) : '')).join('');
				return (
					<g key={which}>
						<text class="heading" x={left} y={frame.top - 8}>{say(which ? 'histogramUnexplained' : 'histogramRecorded')}</text>
						<LeftAxis frame={frame} list={powers.map((power) => ({ at: y(power), label: f.count(power) }))} />
						<path class={`mark ${which ? 'unexplained' : 'recorded'}`} d={path} />
						<BottomAxis frame={frame} list={which ? seconds : []} {...(which ? { title: say('differenceColumn') } : {})} grid />
					</g>
				);
			})}
		</Drawing>
	);
}
