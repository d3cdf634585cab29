// Differences of start over the day: what the operator's clock does.
import { useSignal } from '@preact/signals';
import type { Grid, Plots } from './data';
import { Drawing, Figure, type Marks, type Surface } from './figure';
import type { Table } from './csv';
import { LeftAxis, TimeAxis, linear, type Tick } from './axis';
import { Heat, HeatLegend, cellsOf, finder, mostOf, type Cell } from './heat';
import { say } from '../words/words';
import * as f from '../words/format';

type Which = 'recorded' | 'corrected';

// Edges of the positive side, mirrored: edge i of the whole scale, in seconds.
export function edgeOf(scale: number[], i: number): number {
	const half = scale.length - 1;
	return i < half ? -scale[half - i]! : scale[i - half]!;
}

// Where a value lies on the scale, in cells and parts of one.
function placeOf(scale: number[], value: number): number {
	const half = scale.length - 1;
	const size = Math.abs(value);
	let k = 0;
	while (k < half - 1 && scale[k + 1]! <= size)
		k++;
	const inside = k + Math.min(1, (size - scale[k]!) / (scale[k + 1]! - scale[k]!));
	return value < 0 ? half - inside : half + inside;
}

const marks = [0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 28800, 86400,
	3, 4, 6, 7, 8, 9, 15, 20, 45, 180, 900, 2700, 18000, 43200]; // the rounder first: what finds no room is left out

function ticksOf(scale: number[], low: number, high: number, y: (place: number) => number): Tick[] {
	const list: Tick[] = [];
	for (const mark of marks) {
		for (const value of mark ? [mark, -mark] : [0]) {
			const place = placeOf(scale, value);
			if (place >= low && place <= high)
				list.push({ at: y(place), label: (value < 0 ? '−' : value > 0 ? '+' : '') + f.span(Math.abs(value)), strong: value === 0 });
		}
	}
	return list;
}

function medianOf(cells: Cell[], edges: (row: number) => [number, number]): number {
	const sorted = [...cells].sort((a, b) => a.row - b.row);
	const all = sorted.reduce((n, cell) => n + cell.count, 0);
	let before = 0;
	for (const cell of sorted) {
		before += cell.count;
		if (before * 2 >= all) {
			const [a, b] = edges(cell.row);
			return (a + b) / 2;
		}
	}
	return 0;
}

export function StartDifference({ plots, scale, onTime }: { plots: Plots; scale: number[]; onTime: (from: number, until: number) => void }) {
	const which = useSignal<Which>('recorded');
	const grid = plots.startDifference[which.value];
	const cells = cellsOf(grid);
	const edges = (row: number): [number, number] => [edgeOf(scale, row * grid.rowStep), edgeOf(scale, (row + 1) * grid.rowStep)];
	const first = Date.parse(plots.times.from ?? '');
	const bin = plots.times.binSeconds * 1000 * grid.columnStep;
	const median = medianOf(cells, edges);
	const says = cells.length ? say('shiftSays', plots.startDifference.pairs, `${f.signed(median)}\u00a0${f.unit('s')}`) : '';
	const table: Table = {
		columns: [{ title: say('from'), show: (v) => f.about(v as string) }, { title: say('shiftFrom'), numeric: true },
			{ title: say('shiftTo'), numeric: true }, { title: say('pairs'), numeric: true }],
		rows: cells.map((cell) => [new Date(first + cell.column * bin).toISOString(), ...edges(cell.row), cell.count]),
	};
	return (
		<Figure name="start-difference" title={say('shift')} lead={say('shiftLead')} says={says} table={table} readable="choose"
			empty={cells.length ? undefined : say('noPairs')}
			controls={
				<span class="choice" role="group" aria-label={say('shiftWhich')}>
					{(['recorded', 'corrected'] as const).map((name) => (
						<button type="button" key={name} aria-pressed={which.value === name} onClick={() => (which.value = name)}>
							{say(name === 'recorded' ? 'shiftRecorded' : 'shiftCorrected')}
						</button>
					))}
				</span>
			}
			legend={<HeatLegend most={mostOf(cells)} />}
			draw={(surface) => <Field {...surface} plots={plots} grid={grid} cells={cells} scale={scale} label={says} onTime={onTime} />} />
	);
}

function Field({ width, point, plots, grid, cells, scale, label, onTime }: Surface & {
	plots: Plots;
	grid: Grid;
	cells: Cell[];
	scale: number[];
	label: string;
	onTime: (from: number, until: number) => void;
}) {
	const frame = { left: 72, top: 8, width: width - 72 - 12, height: 300 };
	const from = Date.parse(plots.times.from ?? '');
	const bin = plots.times.binSeconds * 1000 * grid.columnStep;
	const to = from + plots.times.bins * plots.times.binSeconds * 1000;
	const rows = cells.map((cell) => cell.row);
	const limit = (2 * (scale.length - 1)) / grid.rowStep;
	const spread = Math.max(...rows) - Math.min(...rows);
	const room = Math.max(3, Math.ceil((18 / grid.rowStep - spread) / 2));
	const low = Math.max(0, Math.min(...rows) - room);
	const high = Math.min(limit, Math.max(...rows) + 1 + room);
	const x = linear(from, to, frame.left, frame.left + frame.width);
	const y = linear(low, high, frame.top + frame.height, frame.top);
	const box = (cell: Cell) => {
		const a = x(from + cell.column * bin);
		const b = x(Math.min(to, from + (cell.column + 1) * bin));
		return { x: a, y: y(cell.row + 1), width: b - a, height: y(cell.row) - y(cell.row + 1) };
	};
	const find = finder(cells);
	const lowest = Math.floor(low);
	const rowsShown = Math.ceil(high) - lowest;
	const rowOf = (k: number) => lowest + rowsShown - 1 - k; // the first row is on top
	const marks: Marks = {
		columns: Math.ceil((to - from) / bin),
		rows: rowsShown,
		at: (px, py) => {
			const column = Math.floor(((px - frame.left) / frame.width) * (to - from) / bin);
			const row = Math.floor(low + ((frame.top + frame.height - py) / frame.height) * (high - low));
			return find(column, row) ? [column, rowOf(row - lowest) - lowest] : null;
		},
		box: (column, k) => box({ column, row: rowOf(k), count: 0 }),
		tell: (column, k) => {
			const cell = find(column, rowOf(k));
			return cell ? say('pointed', f.about(from + column * bin), f.clauses([`${f.signed(edgeOf(scale, cell.row * grid.rowStep), 2)} … ` +
				`${f.signed(edgeOf(scale, (cell.row + 1) * grid.rowStep), 2)}\u00a0${f.unit('s')}`, say('pairsOf', cell.count)])) : '';
		},
		choose: (column) => onTime(from + column * bin, Math.min(to, from + (column + 1) * bin)),
	};
	return (
		<Drawing width={width} height={frame.top + frame.height + 24} label={label} marks={marks} point={point}>
			<LeftAxis frame={frame} list={ticksOf(scale, low * grid.rowStep, high * grid.rowStep, (place) => y(place / grid.rowStep))} />
			<Heat cells={cells} box={box} />
			<TimeAxis frame={frame} from={from} to={to} at={x} />
		</Drawing>
	);
}
