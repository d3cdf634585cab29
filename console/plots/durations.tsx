// Durations of both sides against each other.
import type { Plots } from './data';
import { Drawing, Figure, type Marks, type Surface } from './figure';
import type { Table } from './csv';
import { BottomAxis, LeftAxis, linear, type Tick } from './axis';
import { Heat, HeatLegend, cellsOf, finder, mostOf, type Cell } from './heat';
import { say } from '../words/words';
import * as f from '../words/format';

const marks = [1, 10, 60, 600, 3600, 36000];
const least = 24; // cells in each direction

export function Durations({ plots, scale }: { plots: Plots; scale: number[] }) {
	const step = plots.durations.rowStep;
	const cells = cellsOf(plots.durations);
	// Cell 0 is never pooled: it begins the others at 1.
	const edge = (k: number) => (k === 0 ? 0 : scale[Math.min(scale.length - 1, 1 + (k - 1) * step)]!);
	const pairs = cells.reduce((n, cell) => n + cell.count, 0);
	const on = cells.reduce((n, cell) => n + (cell.column === cell.row ? cell.count : 0), 0);
	const says = pairs ? say('durationsSays', f.share(on / pairs), pairs) : '';
	const table: Table = {
		columns: [
			{ title: say('pointed', say('platformDuration'), say('from')), numeric: true },
			{ title: say('pointed', say('platformDuration'), say('until')), numeric: true },
			{ title: say('pointed', say('operatorDuration'), say('from')), numeric: true },
			{ title: say('pointed', say('operatorDuration'), say('until')), numeric: true },
			{ title: say('pairs'), numeric: true },
		],
		rows: cells.map((cell) => [edge(cell.column), edge(cell.column + 1), edge(cell.row), edge(cell.row + 1), cell.count]),
	};
	return (
		<Figure name="durations" title={say('durations')} lead={say('durationsLead')} says={says} table={table} readable="point"
			empty={cells.length ? undefined : say('noPairs')}
			legend={<HeatLegend most={mostOf(cells)} />}
			draw={(surface) => <Square {...surface} cells={cells} edge={edge} scale={scale} step={step} label={says} />} />
	);
}

function Square({ width, point, cells, edge, scale, step, label }: Surface & {
	cells: Cell[];
	edge: (k: number) => number;
	scale: number[];
	step: number;
	label: string;
}) {
	const side = Math.min(width - 72 - 12, 460);
	const frame = { left: 72, top: 8, width: side, height: side };
	const used = cells.flatMap((cell) => [cell.column, cell.row]);
	// A single call is a dot, not the whole plot.
	const room = Math.max(0, Math.ceil((least - (Math.max(...used) + 1 - Math.min(...used))) / 2));
	const low = Math.max(0, Math.min(...used) - room);
	const high = Math.min(scale.length, Math.max(...used) + 1 + room);
	const x = linear(low, high, frame.left, frame.left + side);
	const y = linear(low, high, frame.top + side, frame.top);
	// Logarithmic between the edges.
	const place = (value: number) => 1 + Math.log(value / scale[1]!) / Math.log(scale[1 + step]! / scale[1]!);
	const named = marks.filter((value) => place(value) >= low && place(value) <= high);
	const list = (at: (k: number) => number): Tick[] => [
		...(low === 0 ? [{ at: at(0.5), label: say('none') }] : []),
		...named.map((value) => ({ at: at(place(value)), label: f.span(value) })),
	];
	const box = (cell: Cell) => ({ x: x(cell.column), y: y(cell.row + 1), width: x(cell.column + 1) - x(cell.column), height: y(cell.row) - y(cell.row + 1) });
	const range = (k: number) => `${f.decimal(edge(k))}–${f.seconds(edge(k + 1))}`;
	const find = finder(cells);
	const readable: Marks = {
		columns: high - low,
		rows: high - low,
		at: (px, py) => {
			const column = Math.floor(((px - frame.left) / side) * (high - low));
			const k = Math.floor(((py - frame.top) / side) * (high - low));
			return find(low + column, high - 1 - k) ? [column, k] : null;
		},
		box: (column, k) => box({ column: low + column, row: high - 1 - k, count: 0 }),
		tell: (column, k) => {
			const cell = find(low + column, high - 1 - k);
			return cell ? say('pointed', f.list([`${say('platformTime')} ${range(cell.column)}`, `${say('operatorTime')} ${range(cell.row)}`]),
				say('pairsOf', cell.count)) : '';
		},
	};
	return (
		<Drawing width={frame.left + side + 12} height={frame.top + side + 40} label={label} marks={readable} point={point}>
			<LeftAxis frame={frame} list={list(y)} />
			<BottomAxis frame={frame} list={list(x)} title={say('platformDuration')} grid />
			<Heat cells={cells} box={box} />
			<line class="diagonal" x1={frame.left} y1={frame.top + side} x2={frame.left + side} y2={frame.top} />
			<text class="heading" x={frame.left + 6} y={frame.top + 14}>{say('operatorDuration')}</text>
		</Drawing>
	);
}
