// The data of a report, as docs/formats/report.md describes it.

export const classes = ['agreed', 'differs', 'platform_only', 'operator_only', 'duplicate'] as const;
export type Class = (typeof classes)[number];

export interface Parameters {
	seconds?: number;
	at?: string;
	ppm?: number;
	incrementSeconds?: number;
	minimumSeconds?: number;
	mode?: 'up' | 'down' | 'nearest' | 'endpoints';
	milliseconds?: number;
	factor?: number;
	rule?: string;
	digits?: number;
	number?: string;
	everySeconds?: number;
	zoneOffsetSeconds?: number;
	from?: string;
	to?: string;
	trunk?: string;
	direction?: 'inbound' | 'outbound';
}

export interface Cause {
	cause: string;
	operatorId: string;
	parameters: Parameters;
	records: number;
	seconds: number;
	confidence: number;
	sentence: string;
}

export type Counts = Record<Class, number> & { platformRecords: number; operatorRecords: number };

export interface Seconds {
	platform: number;
	operator: number;
	difference: number;
	explained: number;
	unexplained: number;
}

export interface Grid {
	columnStep: number;
	rowStep: number;
	cells: number[]; // column, row, count, …
}

export interface Strip {
	name: string | null;
	others: boolean;
	platform: number[];
	reported: number[];
}

export interface Plots {
	operatorId: string | null;
	times: { from: string | null; binSeconds: number; bins: number; outside: number };
	classes: Record<Class, number[]>;
	unanswered: Record<'platform_only' | 'operator_only', number[]>;
	unansweredCounts: Record<'platform_only' | 'operator_only', number>;
	startDifference: { pairs: number; recorded: Grid; corrected: Grid };
	durationDifference: { firstSecond: number; recorded: number[]; unexplained: number[] };
	durations: Grid;
	strips: Strip[];
}

export interface Side {
	trunk: string | null;
	start: string | null;
	answer: string | null;
	end: string | null;
	duration: number | null;
	sipCode: number | null;
}

export interface Row {
	operatorId: string;
	platformId: string | null;
	operatorRecordId: string | null;
	class: Class;
	causes: string[];
	difference: number;
	unexplained: number;
	direction: 'inbound' | 'outbound' | null;
	platform: Side;
	operator: Side;
}

export interface Input {
	side: 'platform' | 'operator';
	file: string;
	format: string | null;
	records: number;
	rejected: number;
	reasons: Record<string, number>; // by code
	complete: boolean;
}

export interface Operator {
	operatorId: string;
	counts: Counts;
	seconds: Seconds;
}

export interface Report {
	format: string;
	program: string;
	verdict: 'agrees' | 'explained' | 'differs' | 'unrelated';
	counts: Counts;
	seconds: Seconds;
	operators: Operator[];
	causes: Cause[];
	digest: string;
	tolerance: number;
	inputs: Input[];
	skipped: { replacedByHigherVersion: number; repeatedPlatformRecords: number };
	scales: { startDifference: number[]; duration: number[] };
	plots: Plots[];
	rows: Row[];
	secondRows: Row[];
	examples: Row[][];
}

type Cell = string | number | null;

// A list in the order of the columns becomes a row.
function readRow(columns: string[], cells: Cell[]): Row {
	const at = (name: string) => cells[columns.indexOf(name)] ?? null;
	const text = (name: string) => at(name) as string | null;
	const side = (name: 'platform' | 'operator'): Side => ({
		trunk: text(`${name}Trunk`),
		start: text(`${name}Start`),
		answer: text(`${name}Answer`),
		end: text(`${name}End`),
		duration: at(`${name}Duration`) as number | null,
		sipCode: at(`${name}SipCode`) as number | null,
	});
	return {
		operatorId: text('operatorId') ?? '',
		platformId: text('platformId'),
		operatorRecordId: text('operatorRecordId'),
		class: text('class') as Class,
		causes: (text('causes') ?? '').split('+').filter((name) => name),
		difference: at('differenceSeconds') as number,
		unexplained: at('unexplainedSeconds') as number,
		direction: text('direction') as Row['direction'],
		platform: side('platform'),
		operator: side('operator'),
	};
}

export function readReport(text: string): Report {
	const raw = JSON.parse(text) as Report & { columns: string[]; rows: unknown; secondRows: unknown; examples: unknown };
	const rows = (list: unknown) => (list as Cell[][]).map((cells) => readRow(raw.columns, cells));
	return { ...raw, rows: rows(raw.rows), secondRows: rows(raw.secondRows), examples: (raw.examples as unknown[]).map(rows) };
}

// Whole milliseconds: sums of seconds would not add up.
export const ms = (seconds: number) => Math.round(seconds * 1000);
export const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);
