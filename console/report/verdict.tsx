// The verdict in a sentence, the sums, and how the outcomes divide.
import { classes, sum, type Class, type Report } from '../plots/data';
import { say, sayOr, type Key } from '../words/words';
import * as f from '../words/format';
import { comparable, counts, operator, causes, plots, report, seconds, showRows } from './state';

const verdicts: Record<Report['verdict'], Key> = {
	agrees: 'verdictAgrees', explained: 'verdictExplained', differs: 'verdictDiffers', unrelated: 'verdictUnrelated',
};

const evidence = 30;

const outcomes = () => sum(classes.map((name) => counts.value[name]));

// Of one operator among several there are figures, but no verdict of its own.
function verdictText(): string {
	const { platformRecords, operatorRecords } = counts.value;
	if (platformRecords === 0 && operatorRecords === 0)
		return say('verdictNothing');
	if (platformRecords === 0)
		return say('verdictEmptyPlatform');
	if (operatorRecords === 0)
		return say('verdictEmptyOperator');
	if (operator.value) {
		const all = comparable(operator.value) ?? outcomes();
		return say('verdictOfOne', f.share(all ? counts.value.agreed / all : 1), f.count(all));
	}
	return say(verdicts[report.verdict] as 'verdictAgrees');
}

function differenceText(): string {
	const { difference, platform, operator: other } = seconds.value;
	if (difference === 0)
		return platform || other ? say('sameSum') : '';
	const share = platform ? f.share(Math.abs(difference) / platform) : '–';
	return say(difference > 0 ? 'moreByOperator' : 'lessByOperator', f.amount(Math.abs(difference)), share);
}

// What could not be read.
function gaps(): string {
	const rejected = sum(report.inputs.map((input) => input.rejected));
	const broken = report.inputs.filter((input) => !input.complete).length;
	const list = f.list([rejected > 0 && say('rejectedRecords', rejected), broken > 0 && say('brokenFiles', broken)]);
	return list && say('incomplete', list);
}

function Tile({ name, kind, value, exact, about }: { name: string; kind: string; value: string; exact: string; about: string }) {
	return (
		<div class={`tile ${kind}`}>
			<dt>{name}</dt>
			<dd><strong>{value}</strong><span>{exact}</span><small>{about}</small></dd>
		</div>
	);
}

function Tiles() {
	const s = seconds.value;
	const exact = (value: number) => f.seconds(value, 3);
	const withSign = (value: number) => (value > 0 ? '+' : '') + f.amount(value);
	return (
		<dl class="tiles">
			<Tile kind="platform" name={say('platformTime')} value={f.amount(s.platform)} exact={exact(s.platform)} about={say('recordsOf', counts.value.platformRecords)} />
			<Tile kind="operator" name={say('operatorTime')} value={f.amount(s.operator)} exact={exact(s.operator)} about={say('recordsOf', counts.value.operatorRecords)} />
			<Tile kind="difference" name={say('difference')} value={withSign(s.difference)} exact={exact(s.difference)} about={say('operatorMinusPlatform')} />
			<Tile kind="explained" name={say('explained')} value={withSign(s.explained)} exact={exact(s.explained)} about={say('byCauses', causes.value.filter((cause) => cause.seconds !== 0).length)} />
			<Tile kind="unexplained" name={say('unexplained')} value={withSign(s.unexplained)} exact={exact(s.unexplained)} about={say('withoutCause')} />
		</dl>
	);
}

const unanswered = (name: Class) =>
	(name === 'platform_only' || name === 'operator_only' ? plots.value?.unansweredCounts[name] ?? 0 : 0);

function Outcomes() {
	const all = outcomes();
	if (all === 0)
		return null;
	return (
		<div class="outcomes">
			<h3>{say('outcomes')}</h3>
			<div class="stack" aria-hidden="true">
				{classes.map((name) => counts.value[name] > 0 && <i key={name} class={name} style={{ flexGrow: counts.value[name] / all }} />)}
			</div>
			<ul>
				{classes.map((name) => (
					<li key={name}>
						<button type="button" onClick={() => showRows({ class: name })} title={sayOr('about_', name)}>
							<i class={`swatch ${name}`} />{sayOr('class_', name)}
							<strong>{f.count(counts.value[name])}</strong>
							<span>{f.share(counts.value[name] / all)}</span>
							{unanswered(name) > 0 && <small>{say('unansweredOf', f.count(unanswered(name)))}</small>}
						</button>
					</li>
				))}
			</ul>
		</div>
	);
}

function files(side: 'platform' | 'operator'): string {
	const list = report.inputs.filter((input) => input.side === side);
	return list.length === 1 ? list[0]!.file : say('files', list.length);
}

// Which files, and of when.
function Subject() {
	const times = plots.value?.times;
	const from = times?.from ? Date.parse(times.from) : null;
	return (
		<p class="lead">
			{say('compared', files('platform'), files('operator'))}
			{times && from !== null && <> · {say('period', f.about(from), f.about(from + times.bins * times.binSeconds * 1000), f.zoneName())}</>}
		</p>
	);
}

export function Verdict() {
	const { platformRecords, operatorRecords } = counts.value;
	const small = Math.min(platformRecords, operatorRecords) < evidence && report.verdict !== 'agrees';
	const missing = gaps();
	const kind = operator.value ? 'one' : report.verdict;
	return (
		<section class={`verdict ${kind}`} aria-labelledby="verdict">
			<h2 id="verdict">{verdictText()}</h2>
			<Subject />
			<p>{f.sentences([differenceText(), say('tolerance', f.span(report.tolerance))])}</p>
			{small && <p class="caution">{say('fewRecords', Math.min(platformRecords, operatorRecords))}</p>}
			{missing && <p class="caution">{missing}</p>}
			<Tiles />
			<Outcomes />
		</section>
	);
}
