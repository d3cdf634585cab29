// What the reader chose. It stands in the address, so that a link shows the same again, and so that "back" works.
import { computed, effect, signal } from '@preact/signals';
import { readReport, type Class, type Row } from '../plots/data';
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
// By the call's own start, platform's first; null: of any time.
export const ofTime = signal<{ from: number; until: number } | null>(null);
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

const has = (row: Row, words: string) =>
	[row.platformId, row.operatorRecordId, row.platform.trunk, row.operator.trunk, row.operatorId].some((value) => value?.toLowerCase().includes(words));

export const startOf = (row: Row) => row.platform.start ?? row.operator.start ?? row.platform.answer ?? row.operator.answer ?? row.platform.end ?? row.operator.end;

function isWithin(row: Row, time: { from: number; until: number }): boolean {
	const start = startOf(row);
	return start !== null && Date.parse(start) >= time.from && Date.parse(start) < time.until;
}

export const rows = computed(() => report.rows.filter((row) =>
	(!operator.value || row.operatorId === operator.value) &&
	(!ofTime.value || isWithin(row, ofTime.value)) &&
	(!ofClass.value || row.class === ofClass.value) &&
	(!ofCause.value || (ofCause.value === 'none' ? row.causes.length === 0 : row.causes.includes(ofCause.value))) &&
	(!text.value || has(row, text.value.trim().toLowerCase()))));

export function clearFilters(): void {
	text.value = '';
	ofClass.value = '';
	ofCause.value = '';
	ofTime.value = null;
}

// Filters the table and goes there.
export function showRows(filter: { class?: Class; cause?: string; text?: string; time?: { from: number; until: number } }): void {
	text.value = filter.text ?? '';
	ofTime.value = filter.time ?? null;
	ofClass.value = filter.class ?? '';
	ofCause.value = filter.cause ?? '';
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
		const state: [string, string, string][] = [
			['operator', operator.value, ''], ['text', text.value, ''], ['class', ofClass.value, ''], ['cause', ofCause.value, ''],
			['zone', zone.value, 'utc'], ['theme', theme.value, 'auto'], ['lang', language.value, /^zh\b/i.test(spoken) ? 'zh' : 'en'],
		];
		const hash = new URLSearchParams(state.filter(([, value, usual]) => value !== usual).map(([name, value]) => [name, value])).toString();
		history.replaceState(null, '', hash ? `#${hash}` : location.pathname + location.search);
	});
}
