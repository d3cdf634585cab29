// The rows that matter most: filtered, sorted, and one of them looked at.
import { useSignal } from '@preact/signals';
import { classes, type Class, type Row } from '../plots/data';
import { save, type Table, type Value } from '../plots/csv';
import { OneCall } from '../plots/onecall';
import { say, sayOr } from '../words/words';
import * as f from '../words/format';
import { nameOfSecond } from '../plots/histogram';
import { clearFilters, ofCause, ofClass, ofDifference, ofStrip, ofTime, operator, remaining, report, rows, selected, several, startOf, text } from './state';

const page = 100;

// Where the report lies is where the comparison lies, unless it was sent elsewhere.
const directory = location.protocol === 'file:' ? decodeURIComponent(location.pathname).replace(/\/[^/]*$/, '') || '/' : 'DIR';

interface Field {
	key: string;
	title: () => string;
	value: (row: Row) => Value;
	show?: (row: Row) => string;
	numeric?: boolean;
	compare?: (row: Row) => number | string;
}

const fields: Field[] = [
	{ key: 'platformId', title: () => say('platformId'), value: (row) => row.platformId },
	{ key: 'operatorRecordId', title: () => say('operatorRecordId'), value: (row) => row.operatorRecordId },
	...(several ? [{ key: 'operatorId', title: () => say('operatorChoice'), value: (row: Row) => row.operatorId }] : []),
	{ key: 'class', title: () => say('filterClass'), value: (row) => row.class, show: (row) => sayOr('class_', row.class), compare: (row) => classes.indexOf(row.class) },
	{ key: 'causes', title: () => say('filterCause'), value: (row) => row.causes.join('+'), show: (row) => f.list(row.causes.map((name) => sayOr('cause_', name))) },
	{ key: 'start', title: () => say('timeIn', f.zoneName()), value: startOf, show: (row) => (startOf(row) ? f.instant(startOf(row)!) : '') },
	{ key: 'platformDuration', title: () => say('platformDuration'), value: (row) => row.platform.duration, numeric: true },
	{ key: 'operatorDuration', title: () => say('operatorDuration'), value: (row) => row.operator.duration, numeric: true },
	{ key: 'difference', title: () => say('difference'), value: (row) => row.difference, show: (row) => f.signed(row.difference, 3), numeric: true, compare: (row) => Math.abs(row.difference) },
	{ key: 'unexplained', title: () => say('unexplained'), value: (row) => row.unexplained, show: (row) => f.signed(row.unexplained, 3), numeric: true, compare: (row) => Math.abs(row.unexplained) },
	{ key: 'direction', title: () => say('direction'), value: (row) => row.direction, show: (row) => (row.direction ? say(row.direction) : '') },
	{ key: 'trunk', title: () => say('trunk'), value: (row) => row.platform.trunk ?? row.operator.trunk },
];

const shown = (field: Field, row: Row) => {
	const value = field.value(row);
	return field.show ? field.show(row) : value === null ? '' : typeof value === 'number' ? f.decimal(value, 3) : value;
};

function compareBy(field: Field, descending: boolean) {
	const of = field.compare ?? ((row: Row) => field.value(row) ?? (field.numeric ? -Infinity : ''));
	return (a: Row, b: Row) => {
		const x = of(a);
		const y = of(b);
		return (x < y ? -1 : x > y ? 1 : 0) * (descending ? -1 : 1);
	};
}

const tableOf = (list: Row[]): Table => ({
	columns: fields.map((field) => ({ title: field.title() })),
	rows: list.map((row) => fields.map((field) => field.value(row))),
});

interface Chip {
	name: string;
	clear: () => void;
}

// Everything that narrows the table, in words.
function activeFilters(): Chip[] {
	const list: Chip[] = [];
	if (text.value)
		list.push({ name: say('quoted', text.value), clear: () => (text.value = '') });
	if (ofClass.value)
		list.push({ name: sayOr('class_', ofClass.value), clear: () => (ofClass.value = '') });
	if (ofCause.value)
		list.push({ name: ofCause.value === 'none' ? say('withoutAnyCause') : sayOr('cause_', ofCause.value), clear: () => (ofCause.value = '') });
	if (ofTime.value)
		list.push({ name: say('period', f.about(ofTime.value.from), f.about(ofTime.value.until), f.zoneName()), clear: () => (ofTime.value = null) });
	if (ofStrip.value !== null)
		list.push({ name: ofStrip.value || say('stripNoTrunk'), clear: () => (ofStrip.value = null) });
	if (ofDifference.value)
		list.push({ name: say(ofDifference.value.of === 'difference' ? 'differenceIs' : 'remainderIs', nameOfSecond(ofDifference.value)), clear: () => (ofDifference.value = null) });
	if (remaining.value)
		list.push({ name: say('withRemainder'), clear: () => (remaining.value = false) });
	return list;
}

function Chips() {
	const list = activeFilters();
	if (list.length === 0)
		return null;
	// What is cleared is gone, and the keyboard with it: it goes to the heading.
	const then = (clear: () => void) => () => {
		clear();
		document.getElementById('rows-title')?.focus({ preventScroll: true });
	};
	return (
		<p class="chips">
			<span>{say('filteredBy')}</span>
			{list.map((chip) => (
				<button type="button" class="chip" key={chip.name} aria-label={say('removeFilter', chip.name)} onClick={then(chip.clear)}>
					{chip.name}<span aria-hidden="true">×</span>
				</button>
			))}
			<button type="button" onClick={then(clearFilters)}>{say('clear')}</button>
			{ofDifference.value && <small>{say('someOfSecond')}</small>}
		</p>
	);
}

function Filters({ found, all }: { found: Row[]; all: number }) {
	const causes = [...new Set(report.rows.flatMap((row) => row.causes))].sort();
	return (
		<form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
			<label><span>{say('filterText')}</span>
				<input type="search" value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} /></label>
			<label><span>{say('filterClass')}</span>
				<select value={ofClass.value} onChange={(event) => (ofClass.value = event.currentTarget.value as Class | '')}>
					<option value="">{say('any')}</option>
					{classes.map((name) => <option key={name} value={name}>{sayOr('class_', name)}</option>)}
				</select></label>
			<label><span>{say('filterCause')}</span>
				<select value={ofCause.value} onChange={(event) => (ofCause.value = event.currentTarget.value)}>
					<option value="">{say('any')}</option>
					<option value="none">{say('withoutAnyCause')}</option>
					{causes.map((name) => <option key={name} value={name}>{sayOr('cause_', name)}</option>)}
				</select></label>
			<span class="found" role="status">{say('rowsShown', f.count(found.length), Math.max(all, found.length))}</span>
			<button type="button" aria-label={say('csvOf', say('rows'))} onClick={() => save('discrepancies', tableOf(found))}>{say('csv')}</button>
		</form>
	);
}

function Rows({ list }: { list: Row[] }) {
	const by = useSignal<{ field: Field; descending: boolean } | null>(null);
	const limit = useSignal(page);
	const sorted = by.value ? [...list].sort(compareBy(by.value.field, by.value.descending)) : list;
	const sort = (field: Field) => {
		const again = by.value?.field === field;
		// The usual direction, the other one, and the order of the report again.
		by.value = again && by.value!.descending !== !!field.numeric ? null : { field, descending: !again === !!field.numeric };
	};
	return (
		<>
			<div class="scroll" tabIndex={0} role="region" aria-label={say('rows')}>
				<table class="rows">
					<caption class="hidden">{say('rows')}</caption>
					<thead>
						<tr>
							{fields.map((field) => {
								const order = by.value?.field === field ? (by.value.descending ? 'descending' : 'ascending') : 'none';
								return (
									<th key={field.key} scope="col" class={field.numeric ? 'number' : ''} aria-sort={order}>
										<button type="button" title={say('sortBy', field.title())} onClick={() => sort(field)}>
											{field.title()}<span aria-hidden="true" class="order">{order === 'none' ? '' : order === 'ascending' ? '▲' : '▼'}</span>
										</button>
									</th>
								);
							})}
						</tr>
					</thead>
					<tbody>
						{sorted.slice(0, limit.value).map((row) => (
							<tr key={`${row.platformId}/${row.operatorRecordId}`} class={row === selected.value ? 'selected' : ''} onClick={() => (selected.value = row)}>
								{fields.map((field, i) => {
									const first = row.platformId === null ? 1 : 0; // the first id there is can be reached by keyboard
									return (
										<td key={field.key} class={field.numeric ? 'number' : i < 2 ? 'id' : field.key === 'class' ? 'kind' : ''}>
											{field.key === 'class' && <i class={`swatch ${row.class}`} />}
											{i === first ? <button type="button" aria-pressed={row === selected.value} onClick={() => (selected.value = row)}>{shown(field, row)}</button> : shown(field, row)}
										</td>
									);
								})}
							</tr>
						))}
					</tbody>
				</table>
			</div>
			{sorted.length > limit.value && (
				<button type="button" class="more" onClick={() => (limit.value += page * 3)}>{say('more', f.count(Math.min(page * 3, sorted.length - limit.value)))}</button>
			)}
		</>
	);
}

export function Discrepancies() {
	const all = report.rows.filter((row) => !operator.value || row.operatorId === operator.value).length;
	const list = rows.value;
	const row = selected.value ?? list[0] ?? null; // an example that was chosen need not be among the rows
	return (
		<section id="rows" aria-labelledby="rows-title">
			<h2 id="rows-title" tabIndex={-1}>{say('rows')}</h2>
			{all === 0 ? <p class="empty">{say('rowsNone')}</p> : (
				<>
					<p class="lead">{say('rowsLead', all)}</p>
					<Filters found={list} all={all} />
					<Chips />
					<div class="beside">
						<div>{list.length ? <Rows list={list} /> : <p class="empty">{say('rowsNoMatch')}</p>}</div>
						<div class="call">{row ? <OneCall row={row} directory={directory} /> : <p class="empty">{say('oneCallHint')}</p>}</div>
					</div>
				</>
			)}
		</section>
	);
}
