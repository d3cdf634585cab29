// The operators beside each other, and what was read of which files.
import { ms } from '../plots/data';
import { DataTable } from '../plots/figure';
import type { Table } from '../plots/csv';
import { say } from '../words/words';
import * as f from '../words/format';
import { comparable, operator, plots, report, several } from './state';

const exact = (value: string | number | null) => f.fixed(value as number, 3);

function tableOfOperators(): Table {
	const size = (o: (typeof report.operators)[number]) => Math.abs(ms(o.seconds.unexplained));
	const list = [...report.operators].sort((a, b) => size(b) - size(a));
	return {
		columns: [{ title: say('operatorChoice') }, { title: say('platformCalls'), numeric: true },
			{ title: say('shareAgreed'), numeric: true, show: (v) => (v === null ? '' : f.share(v as number)) },
			{ title: say('difference'), numeric: true, show: exact }, { title: say('explained'), numeric: true, show: exact },
			{ title: say('unexplained'), numeric: true, show: exact }],
		rows: list.map((o) => {
			const all = comparable(o.operatorId);
			return [o.operatorId, o.counts.platformRecords, all ? o.counts.agreed / all : null, o.seconds.difference, o.seconds.explained, o.seconds.unexplained];
		}),
	};
}

export function Operators() {
	if (!several || operator.value)
		return null;
	const of = plots.value?.unansweredCounts;
	const unanswered = of ? of.platform_only + of.operator_only : 0;
	return (
		<section aria-labelledby="operators">
			<h2 id="operators">{say('operators')}</h2>
			<DataTable table={tableOfOperators()} caption={say('operators')} />
			{unanswered > 0 && <p class="note">{say('unansweredLeftOut', unanswered)}</p>}
		</section>
	);
}

export function Inputs() {
	const { replacedByHigherVersion, repeatedPlatformRecords } = report.skipped;
	const table: Table = {
		columns: [{ title: say('file') }, { title: say('side') }, { title: say('format') }, { title: say('records'), numeric: true },
			{ title: say('rejected'), numeric: true }, { title: say('reasons') }, { title: say('whole') }],
		rows: report.inputs.map((input) => [input.file, say(input.side === 'platform' ? 'sidePlatform' : 'sideOperator'), input.format,
			input.records, input.rejected, f.list(Object.entries(input.reasons).map(([code, n]) => `${code} ${f.count(n)}`)), say(input.complete ? 'yes' : 'no')]),
	};
	return (
		<section aria-labelledby="inputs">
			<h2 id="inputs">{say('inputs')}</h2>
			<DataTable table={table} caption={say('inputs')} />
			{replacedByHigherVersion + repeatedPlatformRecords > 0 && (
				<p class="note">{say('skippedVersions', f.count(replacedByHigherVersion), f.count(repeatedPlatformRecords))}</p>
			)}
		</section>
	);
}
