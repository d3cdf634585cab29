// From the platform's sum through what each cause adds or takes to the operator's sum.
import { ms, sum, type Cause, type Seconds } from './data';
import { Drawing, Figure, type Marks, type Surface } from './figure';
import type { Table } from './csv';
import { linear, shorten, ticks, BottomAxis } from './axis';
import { say, sayOr } from '../words/words';
import * as f from '../words/format';

const barsMax = 12; // causes; the others are one bar

interface Bar {
	label: string;
	kind: 'total' | 'cause' | 'unexplained';
	from: number; // milliseconds
	to: number;
	cause?: string; // its name; of several none
}

// Causes of one kind are one bar, the largest first.
interface Kind {
	cause?: string;
	label: string;
	ms: number;
	causes: number;
}

function byKind(causes: Cause[]): Kind[] {
	const kinds = new Map<string, Kind>();
	for (const cause of causes) {
		const kind = kinds.get(cause.cause) ?? { cause: cause.cause, label: sayOr('cause_', cause.cause), ms: 0, causes: 0 };
		kind.ms += ms(cause.seconds);
		kind.causes++;
		kinds.set(cause.cause, kind);
	}
	return [...kinds.values()].sort((a, b) => Math.abs(b.ms) - Math.abs(a.ms));
}

export function barsOf(seconds: Seconds, causes: Cause[]): Bar[] {
	const kinds = byKind(causes).filter((kind) => kind.ms !== 0);
	const parts = kinds.slice(0, barsMax);
	const rest = kinds.slice(barsMax);
	if (rest.length)
		parts.push({ label: say('otherCauses', sum(rest.map((kind) => kind.causes))), ms: sum(rest.map((kind) => kind.ms)), causes: 0 });
	let at = ms(seconds.platform);
	const bars: Bar[] = [{ label: say('platformTime'), kind: 'total', from: 0, to: at }];
	for (const part of parts) {
		bars.push({ label: part.label, kind: 'cause', from: at, to: at + part.ms, ...(part.cause ? { cause: part.cause } : {}) });
		at += part.ms;
	}
	const operator = ms(seconds.operator);
	bars.push({ label: say('unexplained'), kind: 'unexplained', from: at, to: operator });
	bars.push({ label: say('operatorTime'), kind: 'total', from: 0, to: operator });
	return bars;
}

function tableOf(bars: Bar[]): Table {
	return {
		columns: [{ title: say('step') }, { title: say('secondsColumn'), numeric: true, show: (v) => f.fixed(v as number, 3) },
			{ title: say('sumColumn'), numeric: true, show: (v) => f.fixed(v as number, 3) }],
		rows: bars.map((bar) => [bar.label, (bar.to - bar.from) / 1000, bar.to / 1000]),
	};
}

// The axis does not begin at nothing: what differs would not be seen.
function reach(bars: Bar[]): [number, number] {
	const ends = bars.flatMap((bar) => (bar.kind === 'total' ? [bar.to] : [bar.from, bar.to]));
	const least = Math.min(...ends);
	const most = Math.max(...ends);
	const room = (most - least || most || 1) * 0.15;
	return least - room <= most * 0.2 ? [0, most + room] : [least - room, most + room];
}

export function Waterfall({ seconds, causes, onCause, onUnexplained }: {
	seconds: Seconds;
	causes: Cause[];
	onCause: (cause: string) => void;
	onUnexplained: () => void;
}) {
	const bars = barsOf(seconds, causes);
	const silent = byKind(causes).filter((kind) => kind.ms === 0).map((kind) => kind.label);
	const inMinutes = Math.max(seconds.platform, seconds.operator) >= 36_000;
	const amount = (value: number, asDelta = false) => {
		const shown = value / (inMinutes ? 60_000 : 1000);
		const text = asDelta ? f.signed(shown) : f.decimal(shown);
		return `${text}\u00a0${f.unit(inMinutes ? 'min' : 's')}`;
	};
	const says = say('waterfallSays', amount(ms(seconds.platform)), amount(ms(seconds.operator)),
		amount(ms(seconds.explained), true), amount(ms(seconds.unexplained), true));
	const [from, to] = reach(bars);
	const choose = (bar: Bar) => {
		if (bar.cause)
			onCause(bar.cause);
		else if (bar.kind === 'unexplained')
			onUnexplained();
	};
	const notes = [from > 0 && say('waterfallAxis', amount(from)),
		silent.length > 0 && say('withoutSeconds', f.list(silent))];
	return (
		<Figure name="waterfall" title={say('waterfall')} lead={say('waterfallLead')} says={says} table={tableOf(bars)} readable="choose"
			note={f.sentences(notes)}
			draw={(surface) => <Bars {...surface} choose={choose} bars={bars} from={from} to={to} label={says} amount={amount} unit={inMinutes ? 60_000 : 1000} />} />
	);
}

function Bars({ width, point, choose, bars, from, to, label, amount, unit }: Surface & {
	choose: (bar: Bar) => void;
	bars: Bar[];
	from: number;
	to: number;
	label: string;
	amount: (value: number, asDelta?: boolean) => string;
	unit: number;
}) {
	const narrow = width < 560;
	const row = narrow ? 44 : 32;
	const thick = 18;
	const left = narrow ? 4 : 190;
	const right = narrow ? 8 : 150;
	const frame = { left, top: 4, width: width - left - right, height: bars.length * row };
	const at = linear(from, to, frame.left, frame.left + frame.width);
	const top = (i: number) => frame.top + i * row + (narrow ? 20 : (row - thick) / 2);
	const list = ticks(from / unit, to / unit, Math.max(2, frame.width / 130)).map((value) => ({ at: at(value * unit), label: f.decimal(value) }));
	const valueOf = (bar: Bar) => (bar.kind === 'total' ? amount(bar.to) : amount(bar.to - bar.from, true));
	const marks: Marks = {
		columns: 1,
		rows: bars.length,
		at: (_, y) => {
			const i = Math.floor((y - frame.top) / row);
			return bars[i] ? [0, i] : null;
		},
		box: (_, i) => ({ x: 0, y: frame.top + i * row, width, height: row }),
		tell: (_, i) => say('pointed', bars[i]!.label, valueOf(bars[i]!)),
		choose: (_, i) => choose(bars[i]!),
	};
	return (
		<Drawing width={width} height={frame.top + frame.height + 24} label={label} marks={marks} point={point}>
			<BottomAxis frame={frame} list={list} grid />
			{bars.map((bar, i) => {
				const a = bar.kind === 'total' ? frame.left : at(bar.from);
				const b = at(bar.to);
				const x = Math.min(a, b);
				const value = valueOf(bar);
				const next = bars[i + 1];
				return (
					<g key={bar.label + i}>
						<rect class={`mark bar ${bar.kind} ${bar.to < bar.from ? 'less' : 'more'}`} x={x} y={top(i)} width={Math.max(Math.abs(b - a), 1.5)} height={thick}>
							<title>{say('pointed', bar.label, value)}</title>
						</rect>
						{bar.kind === 'total' && from > 0 && <path class="break" d={`M${frame.left + 10} ${top(i) - 2}l5 ${thick / 2 + 2}l-5 0l5 ${thick / 2 + 2}`} />}
						{next && !narrow && <line class="bridge" x1={b} x2={b} y1={top(i) + thick} y2={top(i + 1)} />}
						{narrow ?
							<>
								<text class="name" x={left} y={top(i) - 6}>{shorten(bar.label, width / 2)}</text>
								<text class="amount" x={width - right} y={top(i) - 6} text-anchor="end">{value}</text>
							</> :
							<>
								<text class="name" x={left - 8} y={top(i) + 13} text-anchor="end">{shorten(bar.label, left - 12)}</text>
								<text class="amount" x={width - right + 8} y={top(i) + 13}>{value}</text>
							</>}
					</g>
				);
			})}
		</Drawing>
	);
}
