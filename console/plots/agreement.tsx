// How much disagrees, bin by bin, and of how many.
import { classes, sum, type Class, type Plots } from './data';
import { Drawing, Figure, type Marks, type Surface } from './figure';
import type { Table } from './csv';
import { LeftAxis, TimeAxis, linear, rectangle, ticks, type Frame } from './axis';
import { say, sayOr } from '../words/words';
import * as f from '../words/format';

const few = 100;
const wrong = classes.filter((name) => name !== 'agreed');

export interface Bin {
	from: number;
	until: number;
	n: number; // without those that only one side has and that were never connected: no seconds differ
	counts: Record<Class, number>;
	unanswered: number;
}

export function binsOf(plots: Plots): Bin[] {
	const width = plots.times.binSeconds * 1000;
	const first = Date.parse(plots.times.from ?? '');
	return Array.from({ length: plots.times.bins }, (_, i) => {
		const counts = Object.fromEntries(classes.map((name) => [name, plots.classes[name][i] ?? 0])) as Record<Class, number>;
		let unanswered = 0;
		for (const side of ['platform_only', 'operator_only'] as const) {
			const n = plots.unanswered[side][i] ?? 0;
			counts[side] -= n;
			unanswered += n;
		}
		return { from: first + i * width, until: first + (i + 1) * width, n: sum(Object.values(counts)), counts, unanswered };
	});
}

function tableOf(bins: Bin[]): Table {
	const iso = (value: number) => new Date(value).toISOString();
	return {
		columns: [
			{ title: say('from'), show: (v) => f.about(v as string) },
			{ title: say('until'), show: (v) => f.about(v as string) },
			{ title: say('outcomes'), numeric: true },
			...classes.map((name) => ({ title: sayOr('class_', name), numeric: true })),
			{ title: say('unansweredColumn'), numeric: true },
			{ title: say('shareAgreed'), numeric: true, show: (v) => (v === null ? '' : f.share(v as number)) },
		],
		rows: bins.map((bin) => [iso(bin.from), iso(bin.until), bin.n, ...classes.map((name) => bin.counts[name]), bin.unanswered,
			bin.n ? bin.counts.agreed / bin.n : null]),
	};
}

function saysOf(bins: Bin[]): string {
	const filled = bins.filter((bin) => bin.n > 0);
	if (filled.length === 0)
		return '';
	const enough = filled.filter((bin) => bin.n >= few);
	const worst = (enough.length ? enough : filled).reduce((a, b) => (b.counts.agreed / b.n < a.counts.agreed / a.n ? b : a));
	if (filled.every((bin) => bin.counts.agreed === bin.n))
		return say('agreementAll');
	const agreed = sum(filled.map((bin) => bin.counts.agreed)) / sum(filled.map((bin) => bin.n));
	return say('agreementSays', f.share(agreed), f.share(worst.counts.agreed / worst.n), f.about(worst.from));
}

export function Agreement({ plots, onClass, onTime }: { plots: Plots; onClass: (name: Class) => void; onTime: (from: number, until: number) => void }) {
	const bins = binsOf(plots);
	const says = saysOf(bins);
	const { platform_only, operator_only } = plots.unansweredCounts;
	const notes = [platform_only + operator_only > 0 && say('unansweredLeftOut', platform_only + operator_only),
		plots.times.outside > 0 && say('outside', plots.times.outside)];
	return (
		<Figure name="agreement" title={say('agreement')} lead={say('agreementLead')} says={says} table={tableOf(bins)} readable="choose"
			note={f.sentences(notes)}
			legend={<span class="legend">
				{wrong.map((name) => (
					<button type="button" key={name} class="key" onClick={() => onClass(name)}><i class={`swatch ${name}`} />{sayOr('class_', name)}</button>
				))}
				{bins.some((bin) => bin.n > 0 && bin.n < few) && <span class="key"><i class="swatch faint" />{say('paleBelow')}</span>}
				{bins.some((bin) => bin.n === 0) && <span class="key"><i class="swatch hatched" />{say('noData')}</span>}
			</span>}
			draw={(surface) => <Shares bins={bins} label={says} onTime={onTime} {...surface} />} />
	);
}

function Shares({ bins, label, onTime, width, point }: Surface & { bins: Bin[]; label: string; onTime: (from: number, until: number) => void }) {
	const upper: Frame = { left: 56, top: 8, width: width - 56 - 12, height: 180 };
	const lower: Frame = { ...upper, top: upper.top + upper.height + 14, height: 44 };
	const from = bins[0]!.from;
	const to = bins[bins.length - 1]!.until;
	const at = linear(from, to, upper.left, upper.left + upper.width);
	const shares = bins.map((bin) => (bin.n ? 1 - bin.counts.agreed / bin.n : 0));
	const most = Math.min(1, Math.max(0.01, ...shares) * 1.1);
	const y = linear(0, most, upper.top + upper.height, upper.top);
	const largest = Math.max(1, ...bins.map((bin) => bin.n));
	const gap = upper.width / bins.length > 4 ? 1 : 0;
	const wide = (bin: Bin) => Math.max(at(bin.until) - at(bin.from) - gap, 0.5);
	const paths = new Map<string, string>();
	const put = (kind: string, path: string) => paths.set(kind, (paths.get(kind) ?? '') + path);
	for (const bin of bins) {
		let base = 0;
		for (const name of wrong) {
			const part = bin.n ? bin.counts[name] / bin.n : 0;
			if (part > 0)
				put(`${name}${bin.n < few ? ' pale' : ''}`, rectangle(at(bin.from), y(base + part), wide(bin), y(base) - y(base + part)));
			base += part;
		}
		if (bin.n === 0)
			put('gap', rectangle(at(bin.from), upper.top, at(bin.until) - at(bin.from), upper.height));
	}
	const sizes = bins.map((bin) => rectangle(at(bin.from), lower.top + lower.height * (1 - bin.n / largest), wide(bin), lower.height * (bin.n / largest))).join('');
	const marks: Marks = {
		columns: bins.length,
		rows: 1,
		at: (x) => {
			const i = Math.floor(((x - upper.left) / upper.width) * bins.length);
			return bins[i] ? [i, 0] : null;
		},
		box: (i) => ({ x: at(bins[i]!.from), y: upper.top, width: wide(bins[i]!), height: lower.top + lower.height - upper.top }),
		tell: (i) => say('pointed', f.about(bins[i]!.from), f.clauses([say('outcomesOf', bins[i]!.n),
			f.list(classes.map((name) => `${sayOr('class_', name)} ${f.count(bins[i]!.counts[name])}`))])),
		choose: (i) => onTime(bins[i]!.from, bins[i]!.until),
	};
	return (
		<Drawing width={width} height={lower.top + lower.height + 24} label={label} marks={marks} point={point}>
			<LeftAxis frame={upper} list={ticks(0, most, 4).map((value) => ({ at: y(value), label: f.share(value) }))} />
			{[...paths].map(([kind, path]) => <path key={kind} class={kind === 'gap' ? 'gap' : `mark ${kind}`} d={path} />)}
			<LeftAxis frame={lower} list={[{ at: lower.top, label: f.count(largest) }]} />
			<path class="mark size" d={sizes} />
			<TimeAxis frame={lower} from={from} to={to} at={at} />
		</Drawing>
	);
}
