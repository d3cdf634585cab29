// What the reader chose. It stands in the address, so that a link shows the same again, and so that "back" works.
import { computed, effect, signal } from '@preact/signals';
import { classes, ms, readReport, sum, type Class, type Row } from '../plots/data';
import type { OfDifference } from '../plots/histogram';
import { language, zone, type Language, type Zone } from '../words/format';

export type Theme = 'auto' | 'light' | 'dark';

export const report = readReport(document.getElementById('report')!.textContent!);

const chosen = new URLSearchParams(location.hash.slice(1));
const oneOf = <T extends string>(name: string, values: readonly T[], otherwise: T): T =>
	values.find((value) => value === chosen.get(name)) ?? otherwise;

const spoken = (navigator.languages ?? [navigator.language])[0] ?? 'en';
language.value = oneOf<Language>('lang', ['en', 'zh'], /^zh\b/i.test(spoken) ? 'zh' : 'en');
zone.value = oneOf<Zone>('zone', ['utc', 'local'], 'utc');

export const theme = signal<Theme>(oneOf<Theme>('theme', ['auto', 'light', 'dark'], 'auto'));
export const operator = signal(report.operators.some((o) => o.operatorId === chosen.get('operator')) ? chosen.get('operator')! : '');
export const text = signal(chosen.get('text') ?? '');
export const ofClass = signal<Class | ''>((chosen.get('class') ?? '') as Class | '');
export const ofCause = signal(chosen.get('cause') ?? ''); // 'none': those without one

// What was chosen in a plot.  Times by the call's own start, platform's first; a strip is a trunk, or an operator where
// the plot is of all, and '' those without one.
export interface Time {
	from: number;
	until: number;
}

function readTime(): Time | null {
	const [from, until] = (chosen.get('time') ?? '').split('/').map(Date.parse);
	return from !== undefined && until !== undefined && until > from ? { from, until } : null;
}

const signs = { '': 0, '<': -1, '>': 1 } as const;

function readDifference(): OfDifference | null {
	const found = /^(difference|unexplained):([<>]?)(-?\d{1,4})$/.exec(chosen.get('seconds') ?? '');
	return found && { of: found[1] as OfDifference['of'], beyond: signs[found[2] as keyof typeof signs], second: Number(found[3]) };
}

export const ofTime = signal<Time | null>(readTime());
export const ofStrip = signal<string | null>(chosen.get('strip'));
export const ofDifference = signal<OfDifference | null>(readDifference());
export const remaining = signal(chosen.get('remaining') === '1');
export const selected = signal<Row | null>(null);

export const several = report.operators.length > 1;
export const causes = computed(() => report.causes
	.map((cause, i) => ({ ...cause, examples: report.examples[i] ?? [] }))
	.filter((cause) => !operator.value || cause.operatorId === operator.value));
export const plots = computed(() => (several ?
	report.plots.find((p) => (p.operatorId ?? '') === operator.value) :
	report.plots[0]));
const ofOperator = computed(() => report.operators.find((o) => o.operatorId === operator.value));
export const counts = computed(() => ofOperator.value?.counts ?? report.counts);
export const seconds = computed(() => ofOperator.value?.seconds ?? report.seconds);

// Outcomes on which the sides can agree: of what only one side has and nobody answered, no seconds differ.  Null where it
// is not known how many those are.
export function comparable(operatorId: string): number | null {
	const known = report.plots.find((p) => (several ? p.operatorId === operatorId : true))?.unansweredCounts;
	const of = report.operators.find((o) => o.operatorId === operatorId)?.counts;
	return known && of ? sum(classes.map((name) => of[name])) - known.platform_only - known.operator_only : null;
}

const has = (row: Row, words: string) =>
	[row.platformId, row.operatorRecordId, row.platform.trunk, row.operator.trunk, row.operatorId].some((value) => value?.toLowerCase().includes(words));

export const startOf = (row: Row) => row.platform.start ?? row.operator.start ?? row.platform.answer ?? row.operator.answer ?? row.platform.end ?? row.operator.end;

function isWithin(row: Row, time: { from: number; until: number }): boolean {
	const start = startOf(row);
	return start !== null && Date.parse(start) >= time.from && Date.parse(start) < time.until;
}

// To whole seconds as the plot counts them: half a second goes away from nothing.
const wholeSeconds = (seconds: number) => Math.sign(seconds) * Math.floor((Math.abs(ms(seconds)) + 500) / 1000);

function isOfDifference(row: Row, { of, second, beyond }: OfDifference): boolean {
	const found = wholeSeconds(row[of]);
	return (row.class === 'agreed' || row.class === 'differs') && (beyond ? (found - second) * beyond > 0 : found === second);
}

const stripOf = (row: Row) => (several && !operator.value ? row.operatorId : row.platform.trunk ?? row.operator.trunk ?? '');

// A bar of the histogram has calls of its own beside the rows that matter most.
const keyOf = (row: Row) => `${row.platformId}/${row.operatorRecordId}`;
const most = new Set(report.rows.map(keyOf));
const withSeconds = [...report.rows, ...report.secondRows.filter((row) => !most.has(keyOf(row)))];

export const rows = computed(() => (ofDifference.value ? withSeconds : report.rows).filter((row) =>
	(!operator.value || row.operatorId === operator.value) &&
	(!ofTime.value || isWithin(row, ofTime.value)) &&
	(ofStrip.value === null || stripOf(row) === ofStrip.value) &&
	(!ofDifference.value || isOfDifference(row, ofDifference.value)) &&
	(!remaining.value || ms(row.unexplained) !== 0) &&
	(!ofClass.value || row.class === ofClass.value) &&
	(!ofCause.value || (ofCause.value === 'none' ? row.causes.length === 0 : row.causes.includes(ofCause.value))) &&
	(!text.value || has(row, text.value.trim().toLowerCase()))));

export interface Filter {
	class?: Class;
	cause?: string;
	time?: Time;
	strip?: string | null;
	difference?: OfDifference;
	remaining?: boolean;
}

function filterBy(filter: Filter): void {
	text.value = '';
	ofTime.value = filter.time ?? null;
	ofStrip.value = filter.strip ?? null;
	ofClass.value = filter.class ?? '';
	ofCause.value = filter.cause ?? '';
	ofDifference.value = filter.difference ?? null;
	remaining.value = filter.remaining ?? false;
	selected.value = null;
}

export const clearFilters = () => filterBy({});

// Filters the table and goes there, the keyboard too.
export function showRows(filter: Filter): void {
	filterBy(filter);
	document.getElementById('rows-title')?.focus({ preventScroll: true });
	document.getElementById('rows')?.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
}

const dark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(dark.matches);
dark.addEventListener('change', () => (systemIsDark.value = dark.matches));

export function keepState(): void {
	effect(() => {
		const root = document.documentElement;
		root.lang = language.value === 'zh' ? 'zh-Hans' : 'en';
		root.dataset.theme = theme.value === 'auto' ? (systemIsDark.value ? 'dark' : 'light') : theme.value;
	});
	effect(() => {
		const iso = (at: number) => new Date(at).toISOString();
		const { of, second, beyond } = ofDifference.value ?? {};
		const state: [string, string, string][] = [
			['time', ofTime.value ? `${iso(ofTime.value.from)}/${iso(ofTime.value.until)}` : '', ''],
			['seconds', of ? `${of}:${beyond ? (beyond < 0 ? '<' : '>') : ''}${second}` : '', ''],
			['remaining', remaining.value ? '1' : '', ''],
			['operator', operator.value, ''], ['text', text.value, ''], ['class', ofClass.value, ''], ['cause', ofCause.value, ''],
			['zone', zone.value, 'utc'], ['theme', theme.value, 'auto'], ['lang', language.value, /^zh\b/i.test(spoken) ? 'zh' : 'en'],
		];
		const kept = state.filter(([, value, usual]) => value !== usual).map(([name, value]) => [name, value]);
		if (ofStrip.value !== null)
			kept.push(['strip', ofStrip.value]); // those without one are a choice, too
		const hash = new URLSearchParams(kept).toString();
		history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
	});
}
