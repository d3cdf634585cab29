// What stands around every plot: its title, what to see in it, the same as a table, and as a file.
import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { say } from '../words/words';
import * as f from '../words/format';
import { save, type Table, type Value } from './csv';

const linesShown = 500;

// What can be read, and perhaps chosen, in a drawing: a grid of places, some of them empty.  Pointer and keyboard go the
// same way.
export interface Marks {
	columns: number;
	rows: number;
	at: (x: number, y: number) => [number, number] | null; // the place under the pointer
	box: (column: number, row: number) => { x: number; y: number; width: number; height: number };
	tell: (column: number, row: number) => string;          // '' where there is nothing
	choose?: (column: number, row: number) => void;
}

export interface Surface {
	width: number;
	point: (text: string) => void; // what the pointer is on
}

interface Props {
	name: string;      // of the file, and of the element
	title: string;
	lead: string;
	says: string;      // what the data say, in a sentence
	table: Table;
	note?: string | undefined;
	empty?: string | undefined; // why there is nothing to draw
	legend?: ComponentChildren;
	controls?: ComponentChildren;
	readable?: 'point' | 'choose'; // marks can be pointed at, and chosen
	draw: (surface: Surface) => ComponentChildren;
}

function useWidth(): [{ current: HTMLDivElement | null }, Signal<number>] {
	const box = useRef<HTMLDivElement>(null);
	const width = useSignal(0);
	useEffect(() => {
		if (!box.current)
			return undefined;
		const watch = new ResizeObserver(([entry]) => {
			if (entry && entry.contentRect.width > 0)
				width.value = Math.floor(entry.contentRect.width);
		});
		watch.observe(box.current);
		return () => watch.disconnect();
	}, []);
	return [box, width];
}

const shown = (value: Value, show?: (value: Value) => string) =>
	show ? show(value) : value === null ? '' : typeof value === 'number' ? f.decimal(value, 3) : value;

export function DataTable({ table, caption }: { table: Table; caption: string }) {
	const rows = table.rows.slice(0, linesShown);
	return (
		<div class="scroll" tabIndex={0} role="region" aria-label={caption}>
			<table>
				<caption class="hidden">{caption}</caption>
				<thead>
					<tr>{table.columns.map((column) => <th key={column.title} scope="col" class={column.numeric ? 'number' : ''}>{column.title}</th>)}</tr>
				</thead>
				<tbody>
					{rows.map((row, i) => (
						<tr key={i}>
							{row.map((value, k) => {
								const column = table.columns[k]!;
								return k === 0 ?
									<th key={k} scope="row" class={column.numeric ? 'number' : ''}>{shown(value, column.show)}</th> :
									<td key={k} class={column.numeric ? 'number' : ''}>{shown(value, column.show)}</td>;
							})}
						</tr>
					))}
				</tbody>
			</table>
			{table.rows.length > linesShown && <p class="note">{say('tableBound', f.count(linesShown), f.count(table.rows.length))}</p>}
		</div>
	);
}

export function Figure(props: Props) {
	const [box, width] = useWidth();
	const asTable = useSignal(false);
	const pointed = useSignal('');
	const empty = props.empty ?? (props.table.rows.length ? undefined : say('nothingToDraw'));
	const surface: Surface = { width: width.value, point: (text) => (pointed.value = text) };
	return (
		<figure id={props.name} class="figure" aria-labelledby={`${props.name}-title`}>
			<header>
				<h3 id={`${props.name}-title`}>{props.title}</h3>
				{!empty && (
					<div class="tools">
						{props.controls}
						<button type="button" aria-pressed={asTable.value} onClick={() => (asTable.value = !asTable.value)}>{say('asTable')}</button>
						<button type="button" aria-label={say('csvOf', props.title)} onClick={() => save(props.name, props.table)}>{say('csv')}</button>
					</div>
				)}
			</header>
			<p class="lead">{props.lead}</p>
			{!empty && <p class="says">{props.says}</p>}
			<div class="drawing" ref={box}>
				{empty ? <p class="empty">{empty}</p> :
					asTable.value ? <DataTable table={props.table} caption={props.title} /> :
					width.value > 0 && props.draw(surface)}
			</div>
			{!empty && !asTable.value && (props.legend || props.readable) && (
				<figcaption>
					{props.legend}
					{props.readable && <span class="pointed" aria-live="polite">{pointed.value || say(props.readable === 'choose' ? 'chooseAt' : 'pointAt')}</span>}
				</figcaption>
			)}
			{props.note && !empty && <p class="note">{props.note}</p>}
		</figure>
	);
}

// By keyboard: one place at a time, empty ones are passed over.
function Cursor({ marks, point }: { marks: Marks; point: (text: string) => void }) {
	const here = useSignal<[number, number] | null>(null);
	const isThere = ([column, row]: [number, number]) =>
		column >= 0 && column < marks.columns && row >= 0 && row < marks.rows && marks.tell(column, row) !== '';
	const walk = (from: [number, number], [right, down]: [number, number]): [number, number] | null => {
		for (let [column, row] = from; column >= 0 && column < marks.columns && row >= 0 && row < marks.rows; column += right, row += down)
			if (isThere([column, row]))
				return [column, row];
		return null;
	};
	const search = (columns: number[]) => {
		for (const column of columns) {
			const found = walk([column, 0], [0, 1]);
			if (found)
				return found;
		}
		return null;
	};
	const all = () => Array.from({ length: marks.columns }, (_, i) => i);
	const go = (place: [number, number] | null) => {
		if (!place)
			return;
		here.value = place;
		point(marks.tell(...place));
	};
	const now = here.value && isThere(here.value) ? here.value : null;
	const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
	const press = (event: KeyboardEvent) => {
		const step = steps[event.key];
		if (step && now) {
			const [column, row] = now;
			// Beside it, or in the next column that has something.
			go(walk([column + step[0], row + step[1]], step) ?? (step[0] ? search(step[0] > 0 ? all().slice(column + 1) : all().slice(0, column).reverse()) : null));
		} else if (event.key === 'Home') {
			go(search(all()));
		} else if (event.key === 'End') {
			go(search(all().reverse()));
		} else if (now && marks.choose && (event.key === 'Enter' || event.key === ' ')) {
			marks.choose(...now);
		} else {
			return;
		}
		event.preventDefault();
	};
	const box = now ? marks.box(...now) : marks.box(0, 0);
	const width = Math.max(box.width, 6);
	const height = Math.max(box.height, 6);
	return (
		<rect class="cursor" tabIndex={0} role={marks.choose ? 'button' : 'img'} aria-label={now ? marks.tell(...now) : say(marks.choose ? 'chooseAt' : 'pointAt')}
			x={box.x + (box.width - width) / 2} y={box.y + (box.height - height) / 2} width={width} height={height}
			onFocus={() => go(now ?? search(all()))} onBlur={() => point('')} onKeyDown={press} />
	);
}

// A drawing of its own width; when it is printed it shrinks to the paper.
export function Drawing({ width, height, label, children, marks, point }: {
	width: number;
	height: number;
	label: string;
	children: ComponentChildren;
	marks?: Marks;
	point?: (text: string) => void;
}) {
	const placeOf = (event: MouseEvent) => {
		const bounds = (event.currentTarget as SVGSVGElement).getBoundingClientRect();
		const scale = width / bounds.width;
		return marks!.at((event.clientX - bounds.left) * scale, (event.clientY - bounds.top) * scale);
	};
	const move = marks && point && ((event: PointerEvent) => {
		const place = placeOf(event);
		point(place ? marks.tell(...place) : '');
	});
	const choose = marks?.choose && ((event: MouseEvent) => {
		const place = placeOf(event);
		if (place && marks.tell(...place))
			marks.choose!(...place);
	});
	return (
		<svg class={choose ? 'plot chosen' : 'plot'} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role={marks ? 'group' : 'img'} aria-label={label}
			onPointerMove={move} onPointerDown={move} onClick={choose}>
			{children}
			{marks && point && <Cursor marks={marks} point={point} />}
		</svg>
	);
}

// What fills a stretch without data; stands once in the page.
export function Hatch() {
	return (
		<svg class="hatches" width="0" height="0" aria-hidden="true">
			<defs>
				<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
					<line class="hatch" x1="0" y1="0" x2="0" y2="6" />
				</pattern>
			</defs>
		</svg>
	);
}
