// Tables as files: RFC 4180, UTF-8 with a mark so that spreadsheets read it as such.

export type Value = string | number | null;

export interface Column {
	title: string;
	numeric?: boolean;
	show?: (value: Value) => string; // how a person reads it; the file has the value itself
}

export interface Table {
	columns: Column[];
	rows: Value[][];
}

// A text that a spreadsheet would take for a formula gets an apostrophe before it.
function cell(value: Value): string {
	if (value === null)
		return '';
	if (typeof value === 'number')
		return String(value);
	const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(table: Table): string {
	const lines = [table.columns.map((column) => cell(column.title)), ...table.rows.map((row) => row.map(cell))];
	return lines.map((line) => line.join(',') + '\r\n').join('');
}

export function save(name: string, table: Table): void {
	const url = URL.createObjectURL(new Blob(['\ufeff', csv(table)], { type: 'text/csv;charset=utf-8' }));
	const link = document.createElement('a');
	link.href = url;
	link.download = `${name}.csv`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}
