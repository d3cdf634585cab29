// What the operator's side does, cause by cause, with calls that show it.
import { useSignal } from '@preact/signals';
import { ms, type Cause, type Row } from '../plots/data';
import { say, saySentence, sayOr } from '../words/words';
import * as f from '../words/format';
import { causes, selected, showRows } from './state';

// Where the cause holds, when that is not everywhere.
function scopeOf(cause: Cause): string[] {
	const { trunk, direction, from, to } = cause.parameters;
	const list: string[] = [];
	if (trunk !== undefined)
		list.push(say('holdsOnTrunk', trunk));
	if (direction)
		list.push(say(direction === 'inbound' ? 'holdsInbound' : 'holdsOutbound'));
	if (cause.cause === 'missing_window')
		return list; // its sentence says when
	if (from && to)
		list.push(say('holdsBetween', f.about(from), f.about(to)));
	else if (from)
		list.push(say('holdsFrom', f.about(from)));
	else if (to)
		list.push(say('holdsTo', f.about(to)));
	return list;
}

const inSeconds = (value: number) => `${f.signed(value, 3)}\u00a0${f.unit('s')}`;
const moment = (text: string | null) => (text === null ? '' : f.instant(text));

function SideLine({ row, side }: { row: Row; side: 'platform' | 'operator' }) {
	const s = row[side];
	const id = side === 'platform' ? row.platformId : row.operatorRecordId;
	return (
		<tr>
			<th scope="row">{say(side === 'platform' ? 'platformTime' : 'operatorTime')}</th>
			<td class="id">{id ?? say('noRecord')}</td>
			<td>{moment(s.start)}</td>
			<td>{id !== null && s.answer === null && s.duration === 0 ? say('neverAnswered') : moment(s.answer)}</td>
			<td>{moment(s.end)}</td>
			<td class="number">{s.duration === null ? '' : f.seconds(s.duration, 3)}</td>
		</tr>
	);
}

// Under each column by how much the operator's value lies above the platform's.
function DifferenceLine({ row }: { row: Row }) {
	const between = (a: string | null, b: string | null) =>
		(a === null || b === null ? '' : inSeconds((Date.parse(b) - Date.parse(a)) / 1000));
	return (
		<tr>
			<th scope="row">{say('difference')}</th>
			<td />
			<td>{between(row.platform.start, row.operator.start)}</td>
			<td>{between(row.platform.answer, row.operator.answer)}</td>
			<td>{between(row.platform.end, row.operator.end)}</td>
			<td class="number">{inSeconds(row.difference)}</td>
		</tr>
	);
}

function Examples({ rows, title }: { rows: Row[]; title: string }) {
	return (
		<details>
			<summary>{say('examples', rows.length)}</summary>
			<div class="scroll" tabIndex={0} role="region" aria-label={title}>
				<table class="examples">
					<thead>
						<tr>{[say('side'), say('identifier'), say('setUp'), say('answer'), say('end'), say('duration')].map((name) => <th key={name} scope="col">{name}</th>)}</tr>
					</thead>
					{rows.map((row, i) => (
						<tbody key={i} onClick={() => (selected.value = row)}>
							<SideLine row={row} side="platform" />
							<SideLine row={row} side="operator" />
							<DifferenceLine row={row} />
						</tbody>
					))}
				</table>
			</div>
		</details>
	);
}

function CauseCard({ cause }: { cause: Cause & { examples: Row[] } }) {
	const sentence = saySentence(cause);
	const scope = scopeOf(cause);
	return (
		<li class="cause">
			<p class="kind">{sayOr('cause_', cause.cause)}</p>
			<p class="sentence">{sentence}</p>
			{scope.length > 0 && <ul class="scope">{scope.map((where) => <li key={where}>{where}</li>)}</ul>}
			<p class="figures">
				<span>{say('recordsOf', cause.records)}</span>
				<strong>{ms(cause.seconds) ? inSeconds(cause.seconds) : say('noSeconds')}</strong>
				<small>{say('confidence', f.share(cause.confidence))}</small>
			</p>
			{cause.examples.length > 0 && <Examples rows={cause.examples} title={sentence} />}
			<button type="button" class="quiet" onClick={() => showRows({ cause: cause.cause })}>{say('showRows')}</button>
		</li>
	);
}

const shownFirst = 12;

export function Causes() {
	const all = useSignal(false);
	const list = [...causes.value].sort((a, b) => Math.abs(b.seconds) - Math.abs(a.seconds) || b.records - a.records);
	return (
		<section aria-labelledby="causes">
			<h2 id="causes">{say('causes')}</h2>
			<p class="lead">{say('causesLead')}</p>
			{list.length === 0 && <p class="empty">{say('noCauses')}</p>}
			<ol class="causes">{list.slice(0, all.value ? list.length : shownFirst).map((cause) => <CauseCard key={cause.sentence} cause={cause} />)}</ol>
			{list.length > shownFirst && !all.value && (
				<button type="button" class="more" onClick={() => (all.value = true)}>{say('moreCauses', list.length - shownFirst)}</button>
			)}
		</section>
	);
}
