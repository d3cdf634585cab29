// One call as each side saw it.
import type { Row, Side } from './data';
import { Drawing, Figure, type Surface } from './figure';
import type { Table } from './csv';
import { BottomAxis, linear, ticks } from './axis';
import { say } from '../words/words';
import * as f from '../words/format';

interface Lane {
	name: string;
	id: string | null;
	side: Side;
	begin: number | null; // when connected
	end: number | null;
	setUp: number | null;
	from: number | null;  // of all that is known
	to: number | null;
}

const parse = (text: string | null) => (text === null ? null : Date.parse(text));

// What is not recorded is reckoned from what is: an end from answer and duration.
function laneOf(name: string, id: string | null, side: Side): Lane {
	const setUp = parse(side.start);
	const answer = parse(side.answer);
	const length = side.duration === null ? null : side.duration * 1000;
	const recordedEnd = parse(side.end);
	const begin = answer ?? (length && recordedEnd !== null ? recordedEnd - length : length ? setUp : null);
	const end = recordedEnd ?? (begin !== null && length !== null ? begin + length : null);
	const known = [setUp, begin, end].filter((value): value is number => value !== null);
	return {
		name, id, side, setUp, begin, end,
		from: known.length ? Math.min(...known) : null,
		to: known.length ? Math.max(...known) : null,
	};
}

const seconds = (value: number | null) => (value === null ? say('noRecord') : f.seconds(value, 3));

export function OneCall({ row, directory }: { row: Row; directory: string }) {
	const lanes = [laneOf(say('platformTime'), row.platformId, row.platform), laneOf(say('operatorTime'), row.operatorRecordId, row.operator)];
	const duration = (lane: Lane) => (lane.id === null ? say('noRecord') : seconds(lane.side.duration));
	const says = say('oneCallSays', duration(lanes[0]!), duration(lanes[1]!), `${f.signed(row.difference, 3)}\u00a0${f.unit('s')}`);
	const moment = (value: string | number | null) => (value === null ? '' : f.instant(value as string));
	const table: Table = {
		columns: [{ title: say('side') }, { title: say('identifier') }, { title: say('setUp'), show: moment }, { title: say('answer'), show: moment },
			{ title: say('end'), show: moment }, { title: say('duration'), numeric: true }, { title: say('trunk') }, { title: say('sipCode'), numeric: true, show: (v) => String(v ?? '') }],
		rows: lanes.map((lane) => [lane.name, lane.id ?? say('noRecord'), lane.side.start, lane.side.answer, lane.side.end, lane.side.duration, lane.side.trunk, lane.side.sipCode]),
	};
	const known = lanes.some((lane) => lane.from !== null);
	const id = row.platformId ?? row.operatorRecordId ?? '';
	return (
		<>
			<Figure name="one-call" title={say('oneCall')} lead={say('oneCallLead')} says={says} table={table}
				empty={known ? undefined : say('nothingToDraw')} draw={(surface) => <Lanes {...surface} lanes={lanes} label={says} />} />
			<p class="note">{say('whyCommand')} <code>{`tally why ${quote(id)} --in ${quote(directory)}`}</code></p>
		</>
	);
}

// For a shell.
const quote = (text: string) => (/^[\w.@:+/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const half = 38; // of a label's width

function Lanes({ width, lanes, label }: Surface & { lanes: Lane[]; label: string }) {
	const left = 80;
	const row = 62;
	const frame = { left, top: 6, width: width - left - 16, height: 2 * row };
	const from = Math.min(...lanes.flatMap((lane) => (lane.from === null ? [] : [lane.from])));
	const last = Math.max(...lanes.flatMap((lane) => (lane.to === null ? [] : [lane.to])));
	const to = last > from ? last + (last - from) * 0.04 : from + 1000;
	const x = linear(from, to, frame.left, frame.left + frame.width);
	const axis = ticks(0, (to - from) / 1000, frame.width / 100).map((value) => ({ at: x(from + value * 1000), label: f.signed(value, 3) }));
	const pairs = (['setUp', 'begin', 'end'] as const).flatMap((event) => {
		const a = lanes[0]![event];
		const b = lanes[1]![event];
		return a === null || b === null ? [] : [{ event, a, b }];
	});
	// Where two stand close together the first is told; the table has all.
	const labels: { at: number; text: string }[] = [];
	for (const { a, b } of pairs) {
		const [left, right] = [Math.min(x(a), x(b)), Math.max(x(a), x(b))];
		const beside = right + half + 6 > frame.left + frame.width ? left - half - 6 : right + half + 6;
		const at = right - left > 3 * half ? (left + right) / 2 : beside;
		if (labels.every((other) => Math.abs(other.at - at) >= 2 * half))
			labels.push({ at, text: `${f.signed((b - a) / 1000, 3)}\u00a0${f.unit('s')}` });
	}
	return (
		<Drawing width={width} height={frame.top + frame.height + 40} label={label}>
			<BottomAxis frame={frame} list={axis} title={`${f.moment(from)} (${f.zoneName()}) + ${f.unit('s')}`} grid />
			{pairs.map(({ event, a, b }) => <line key={event} class="bridge" x1={x(a)} y1={frame.top + 38} x2={x(b)} y2={frame.top + row + 18} />)}
			{labels.map(({ at, text }) => <text key={at} class="amount between" x={at} y={frame.top + row} text-anchor="middle">{text}</text>)}
			{lanes.map((lane, k) => {
				const y = frame.top + k * row + 18;
				return (
					<g key={k}>
						<text class="name" x={left - 8} y={y + 14} text-anchor="end">{lane.name}</text>
						{lane.from === null && <text class="amount" x={left + 6} y={y + 14}>{say('noRecord')}</text>}
						{lane.setUp !== null && (lane.begin ?? lane.end) !== null && (
							<rect class={`mark lane ringing side${k}`} x={x(lane.setUp)} y={y} width={Math.max(1, x((lane.begin ?? lane.end)!) - x(lane.setUp))} height={20} />
						)}
						{lane.begin !== null && lane.end !== null && (
							<rect class={`mark lane side${k}`} x={x(lane.begin)} y={y} width={Math.max(1, x(lane.end) - x(lane.begin))} height={20} />
						)}
						{[lane.setUp, lane.begin, lane.end].map((at, i) => at !== null && (
							<line key={i} class="event" x1={x(at)} x2={x(at)} y1={y - 4} y2={y + 24} />
						))}
					</g>
				);
			})}
		</Drawing>
	);
}
