// Grids of counts: what the column and row of a cell are, and paths of one colour for each level.
import type { Grid } from './data';
import { say } from '../words/words';
import { rectangle } from './axis';

export const levels = 8;

export interface Cell {
	column: number;
	row: number;
	count: number;
}

export function cellsOf(grid: Grid): Cell[] {
	const list: Cell[] = [];
	for (let i = 0; i < grid.cells.length; i += 3)
		list.push({ column: grid.cells[i]!, row: grid.cells[i + 1]!, count: grid.cells[i + 2]! });
	return list;
}

export function finder(cells: Cell[]): (column: number, row: number) => Cell | undefined {
	const byPlace = new Map(cells.map((cell) => [`${cell.column}/${cell.row}`, cell]));
	return (column, row) => byPlace.get(`${column}/${row}`);
}

export const mostOf = (cells: Cell[]) => cells.reduce((most, cell) => Math.max(most, cell.count), 0);

// By powers: a cell of one is seen beside a cell of a thousand.
function levelOf(count: number, most: number): number {
	return most <= 1 ? levels - 1 : Math.min(levels - 1, Math.floor((Math.log(count) / Math.log(most)) * levels));
}

export interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

export function Heat({ cells, box }: { cells: Cell[]; box: (cell: Cell) => Box }) {
	const most = mostOf(cells);
	const paths: string[] = Array.from({ length: levels }, () => '');
	for (const cell of cells) {
		const { x, y, width, height } = box(cell);
		paths[levelOf(cell.count, most)] += rectangle(x, y, Math.max(width, 1), Math.max(height, 1));
	}
	return <g class="heat">{paths.map((path, level) => path && <path key={level} class={`mark level${level}`} d={path} />)}</g>;
}

export function HeatLegend({ most }: { most: number }) {
	return (
		<span class="legend">
			<span>1</span>
			{Array.from({ length: levels }, (_, level) => <i key={level} class={`swatch level${level}`} />)}
			<span>{say('pairsOf', most)}</span>
		</span>
	);
}
