// Which calls the operator has a record of, by trunk and time, with the stretches that are stated as missing.
import { sum, type Cause, type Plots, type Strip } from './data';
import { Drawing, Figure, type Surface } from './figure';
import type { Table } from './csv';
import { TimeAxis, linear, rectangle, shorten } from './axis';
import { say } from '../words/words';
import * as f from '../words/format';

const few = 100;
const steps = 6; // of the share

function nameOf(strip: Strip): string {
	if (strip.others)
		return say('stripOthers');
	return strip.name || say('stripNoTrunk');
}

export function Strips({ plots, causes, onTime }: { plots: Plots; causes: Cause[]; onTime: (from: number, until: number, name: string) => void }) {
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
	onTime: (from: number, until: number, name: string) => void;
}) {
	const left = Math.min(150, Math.max(64, width * 0.22));
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
	const stripAt = (py: number) => plots.strips[Math.floor((py - frame.top) / row)];
	const binAt = (px: number) => Math.floor(((px - frame.left) / frame.width) * plots.times.bins);
	const choose = (px: number, py: number) => {
		const strip = stripAt(py);
		const i = binAt(px);
		if (strip && i >= 0 && i < plots.times.bins)
			onTime(from + i * bin, from + (i + 1) * bin, strip.name ?? '');
	};
	const read = (px: number, py: number) => {
		const strip = stripAt(py);
		const i = binAt(px);
		const n = strip?.platform[i];
		point(strip && n !== undefined ? `${nameOf(strip)}, ${f.about(from + i * bin)}: ` +
			`${say('reportedCalls')} ${f.count(strip.reported[i]!)} / ${f.count(n)}${n && n < few ? '' : n ? ` (${f.share(strip.reported[i]! / n)})` : ''}` : '');
	};
	return (
		<Drawing width={width} height={frame.top + frame.height + 24} label={label} onPoint={read} onChoose={choose}>
			{[...paths].map(([kind, path]) => <path key={kind} class={kind} d={path} />)}
			{plots.strips.map((strip, k) => (
				<text key={k} class="name" x={left - 6} y={frame.top + k * row + row / 2 + 4} text-anchor="end">
					<title>{nameOf(strip)}</title>
					{shorten(nameOf(strip), Math.floor(left / 8))}
				</text>
			))}
			{windows.map((w, i) => <rect key={i} class="window" x={x(w.from)} y={w.y} width={Math.max(2, x(w.to) - x(w.from))} height={row} />)}
			<TimeAxis frame={frame} from={from} to={to} at={x} />
		</Drawing>
	);
}
