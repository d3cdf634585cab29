// Numbers, durations and moments as a reader of either language writes them.
import { computed, signal } from '@preact/signals';

export type Language = 'en' | 'zh';
export type Zone = 'utc' | 'local';

export const language = signal<Language>('en');
export const zone = signal<Zone>('utc');

const locale = computed(() => (language.value === 'zh' ? 'zh-Hans-CN' : 'en-GB'));

const numbers = computed(() => {
	const made = new Map<string, Intl.NumberFormat>();
	return (options: Intl.NumberFormatOptions) => {
		const key = JSON.stringify(options);
		let format = made.get(key);
		if (!format) {
			format = new Intl.NumberFormat(locale.value, options);
			made.set(key, format);
		}
		return format;
	};
});

// Minus is a minus, not a hyphen; there is no minus nothing.
const written = (value: number, options: Intl.NumberFormatOptions) => numbers.value(options).format(value || 0).replace('-', '−');

export const count = (value: number) => written(value, { maximumFractionDigits: 0 });
export const decimal = (value: number, digits = 2) => written(value, { maximumFractionDigits: digits });
export const fixed = (value: number, digits: number) =>
	written(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const signed = (value: number, digits = 2) =>
	written(value, { maximumFractionDigits: digits, signDisplay: 'exceptZero' });

// A share; what is not all is never shown as 100 %.
export function share(value: number): string {
	const percent = value * 100;
	const shown = percent < 100 && percent > 99.99 ? 99.99 : percent > 0 && percent < 0.01 ? 0.01 : percent;
	const bound = shown === percent ? '' : percent < 0.01 ? '<' : '>';
	return language.value === 'zh' ? `${bound}${decimal(shown)}%` : `${bound && bound + '\u202f'}${decimal(shown)}\u202f%`;
}

// Things, parts of a sentence and sentences beside one another; what is false is left out.
type Parts = (string | false)[];
const joined = (parts: Parts, en: string, zh: string) => parts.filter(Boolean).join(language.value === 'zh' ? zh : en);
export const list = (parts: Parts) => joined(parts, ', ', '、');
export const clauses = (parts: Parts) => joined(parts, '; ', '，');
export const sentences = (parts: Parts) => joined(parts, ' ', '');

const two = (n: number) => String(n).padStart(2, '0');

interface Fields {
	year: number;
	month: number;
	day: number;
	hour: number;
	minute: number;
	second: number;
	milli: number;
}

function fields(at: Date): Fields {
	const utc = zone.value === 'utc';
	return {
		year: utc ? at.getUTCFullYear() : at.getFullYear(),
		month: (utc ? at.getUTCMonth() : at.getMonth()) + 1,
		day: utc ? at.getUTCDate() : at.getDate(),
		hour: utc ? at.getUTCHours() : at.getHours(),
		minute: utc ? at.getUTCMinutes() : at.getMinutes(),
		second: utc ? at.getUTCSeconds() : at.getSeconds(),
		milli: at.getUTCMilliseconds(),
	};
}

// Dates are written year first: read alike in both languages, and in order.
export function day(at: number): string {
	const f = fields(new Date(at));
	return `${f.year}-${two(f.month)}-${two(f.day)}`;
}

export function hour(at: number): string {
	const f = fields(new Date(at));
	return `${two(f.hour)}:${two(f.minute)}`;
}

export function time(at: number): string {
	const f = fields(new Date(at));
	const rest = f.milli ? '.' + String(f.milli).padStart(3, '0') : '';
	return `${two(f.hour)}:${two(f.minute)}:${two(f.second)}${rest}`;
}

export const moment = (at: number) => `${day(at)} ${time(at)}`;
export const instant = (iso: string) => moment(Date.parse(iso));

// Seconds only where there are some.
export function about(at: number | string): string {
	const moment = typeof at === 'string' ? Date.parse(at) : at;
	return `${day(moment)} ${moment % 60_000 ? time(moment) : hour(moment)}`;
}

export function zoneName(): string {
	if (zone.value === 'utc')
		return 'UTC';
	const parts = new Intl.DateTimeFormat(locale.value, { timeZoneName: 'shortOffset' }).formatToParts();
	return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}

const units: [number, { en: string; zh: string }][] = [
	[3600, { en: 'h', zh: '小时' }],
	[60, { en: 'min', zh: '分钟' }],
	[1, { en: 's', zh: '秒' }],
];

// A round span in its largest whole unit: 6 s, 15 min, 1 h; else seconds.
export function span(seconds: number): string {
	const size = Math.abs(seconds);
	for (const [unit, name] of units)
		if (size >= unit && size % unit === 0)
			return `${decimal(seconds / unit)}\u00a0${name[language.value]}`;
	return `${decimal(seconds, 3)}\u00a0${units[2]![1][language.value]}`;
}

// An offset from UTC: +05:30.
export function offset(seconds: number): string {
	const size = Math.abs(seconds);
	return `${seconds < 0 ? '−' : '+'}${two(Math.floor(size / 3600))}:${two(Math.floor((size % 3600) / 60))}`;
}

export const seconds = (value: number, digits = 2) => `${decimal(value, digits)}\u00a0${units[2]![1][language.value]}`;
// What is long is told in minutes, as bills are.
export const amount = (value: number) => (Math.abs(value) < 600 ? seconds(value) : minutes(value));
export const minutes = (value: number) => `${fixed(value / 60, 1)}\u00a0${units[1]![1][language.value]}`;

// The word for seconds alone, behind a number that is written otherwise.
export const unit = (of: 'h' | 'min' | 's') => units[['h', 'min', 's'].indexOf(of)]![1][language.value];
