// Which calls the operator has a record of, by trunk and time, with the stretches that are stated as missing.
import { sum, type Cause, type Plots, type Strip } from './data';
import { Drawing, Figure, type Marks, type Surface } from './figure';
import type { Table } from './csv';
import { TimeAxis, linear, rectangle, shorten, widthOf } from './axis';
import { say } from '../words/words';
import * as f from '../words/format';

// strip: null where it pools the others.
type OnTime = (from: number, until: number, strip: string | null) => void;

const few = 100;
const steps = 6; // of the share

function nameOf(strip: Strip): string {
	if (strip.others)
		return say('stripOthers');
	return strip.name || say('stripNoTrunk');
}

export function Strips({ plots, causes, onTime }: { plots: Plots; causes: Cause[]; onTime: OnTime }) {
	const first = Date.parse(plots.times.from ?? '');
	const bin = plots.times.binSeconds * 1000;
	const platform = sum(plots.strips.map((strip) => sum(strip.platform)));
	const reported = sum(plots.strips.map((strip) => sum(strip.reported)));
	const says = platform ? say('stripsSays', f.share(reported / platform), platform) : '';
	const ofOperators = plots.operatorId === null;
	const table: Table = {
		columns: [{ title: say(ofOperators ? 'operatorTime' : 'stripTrunk') }, { title: say('from'), show: (v) => f.about(v as string) },
			{ title: say('answeredCalls'), numeric: true }, { title: say('reportedCalls'), numeric: true },
			{ title: say('shareReported'), numeric: true, show: (v) => f.share(v as number) }],
		rows: plots.strips.flatMap((strip) => strip.platform.flatMap((n, i) =>
			(n ? [[nameOf(strip), new Date(first + i * bin).toISOString(), n, strip.reported[i]!, strip.reported[i]! / n]] : []))),
	};
	return (
		<Figure name="completeness" title={say('strips')} lead={say('stripsLead')} says={says} table={table} readable="choose"
			legend={<span class="legend">
				<span>{say('missing')}</span>
				{Array.from({ length: steps }, (_, i) => <i key={i} class={`swatch share${i}`} />)}
				<span>{say('complete')}</span>
				{plots.strips.some((strip) => strip.platform.includes(0)) && <span class="key"><i class="swatch hatched" />{say('noData')}</span>}
			</span>}
			draw={(surface) => <Rows {...surface} plots={plots} causes={causes} label={says} onTime={onTime} />} />
	);
}

// Whether a stated gap is on this strip: of this trunk, or of all.
function isOn(cause: Cause, strip: Strip, ofOperators: boolean): boolean {
	if (cause.cause !== 'missing_window')
		return false;
	if (ofOperators)
		return cause.operatorId === strip.name;
	return !cause.parameters.trunk || cause.parameters.trunk === strip.name;
}

function Rows({ width, point, plots, causes, label, onTime }: Surface & {
	plots: Plots;
	causes: Cause[];
	label: string;
	onTime: OnTime;
}) {
	const longest = Math.max(...plots.strips.map((strip) => widthOf(nameOf(strip))));
	const left = Math.min(longest + 14, Math.max(64, width * 0.34));
	const row = plots.strips.length > 16 ? 16 : plots.strips.length > 6 ? 24 : 34;
	const frame = { left, top: 6, width: width - left - 12, height: plots.strips.length * row };
	const from = Date.parse(plots.times.from ?? '');
	const bin = plots.times.binSeconds * 1000;
	const to = from + plots.times.bins * bin;
	const x = linear(from, to, frame.left, frame.left + frame.width);
	const clamp = (value: number) => Math.min(to, Math.max(from, value));
	const paths = new Map<string, string>();
	const put = (kind: string, path: string) => paths.set(kind, (paths.get(kind) ?? '') + path);
	plots.strips.forEach((strip, k) => {
		const y = frame.top + k * row;
		strip.platform.forEach((n, i) => {
			const a = x(from + i * bin);
			const b = x(from + (i + 1) * bin);
			const share = n ? strip.reported[i]! / n : 0;
			const kind = n === 0 ? 'gap' : `mark share${share === 1 ? steps - 1 : Math.min(steps - 2, Math.floor(share * (steps - 1)))}`;
			put(kind, rectangle(a, y + 1, b - a, row - 2));
		});
	});
	const windows = plots.strips.flatMap((strip, k) => causes.filter((cause) => isOn(cause, strip, plots.operatorId === null)).map((cause) => ({
		from: clamp(Date.parse(cause.parameters.from ?? '')),
		to: clamp(Date.parse(cause.parameters.to ?? '')),
		y: frame.top + k * row,
	})));
	const marks: Marks = {
		columns: plots.times.bins,
		rows: plots.strips.length,
		at: (px, py) => {
			const i = Math.floor(((px - frame.left) / frame.width) * plots.times.bins);
			const k = Math.floor((py - frame.top) / row);
			return i >= 0 && i < plots.times.bins && plots.strips[k] ? [i, k] : null;
		},
		box: (i, k) => ({ x: x(from + i * bin), y: frame.top + k * row, width: x(from + bin) - x(from), height: row }),
		tell: (i, k) => {
			const strip = plots.strips[k]!;
			const n = strip.platform[i]!;
			const share = n >= few ? say('inBrackets', f.share(strip.reported[i]! / n)) : '';
			return say('pointed', f.list([nameOf(strip), f.about(from + i * bin)]),
				`${say('reportedCalls')} ${f.count(strip.reported[i]!)} / ${f.count(n)}${share}`);
		},
		choose: (i, k) => {
			const strip = plots.strips[k]!;
			onTime(from + i * bin, from + (i + 1) * bin, strip.others ? null : strip.name ?? '');
		},
	};
	return (
		<Drawing width={width} height={frame.top + frame.height + 24} label={label} marks={marks} point={point}>
			{[...paths].map(([kind, path]) => <path key={kind} class={kind} d={path} />)}
			{plots.strips.map((strip, k) => (
				<text key={k} class="name" x={left - 6} y={frame.top + k * row + row / 2 + 4} text-anchor="end">
					<title>{nameOf(strip)}</title>
					{shorten(nameOf(strip), left - 10)}
				</text>
			))}
			{windows.map((w, i) => <rect key={i} class="window" x={x(w.from)} y={w.y} width={Math.max(2, x(w.to) - x(w.from))} height={row} />)}
			<TimeAxis frame={frame} from={from} to={to} at={x} />
		</Drawing>
	);
}
