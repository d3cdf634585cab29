// What stands around every plot: its title, what to see in it, the same as a table, and as a file.
import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { say } from '../words/words';
import * as f from '../words/format';
import { save, type Table, type Value } from './csv';

const linesShown = 500;

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
					{props.readable && <span class="pointed">{pointed.value || say(props.readable === 'choose' ? 'chooseAt' : 'pointAt')}</span>}
				</figcaption>
			)}
			{props.note && !empty && <p class="note">{props.note}</p>}
		</figure>
	);
}

// A drawing of its own width; when it is printed it shrinks to the paper.
export function Drawing({ width, height, label, children, onPoint, onChoose }: {
	width: number;
	height: number;
	label: string;
	children: ComponentChildren;
	onPoint?: ((x: number, y: number) => void) | undefined;
	onChoose?: ((x: number, y: number) => void) | undefined;
}) {
	const at = (event: MouseEvent, tell: (x: number, y: number) => void) => {
		const bounds = (event.currentTarget as SVGSVGElement).getBoundingClientRect();
		const scale = width / bounds.width;
		tell((event.clientX - bounds.left) * scale, (event.clientY - bounds.top) * scale);
	};
	const move = onPoint && ((event: PointerEvent) => at(event, onPoint));
	return (
		<svg class={onChoose ? 'plot chosen' : 'plot'} viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}
			onPointerMove={move} onPointerDown={move} onClick={onChoose && ((event: MouseEvent) => at(event, onChoose))}>
			{children}
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
