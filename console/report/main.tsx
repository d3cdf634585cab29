// The page of a report.
import { render } from 'preact';
import { Agreement } from '../plots/agreement';
import { DurationDifference } from '../plots/histogram';
import { Durations } from '../plots/durations';
import { Hatch } from '../plots/figure';
import { StartDifference } from '../plots/shift';
import { Strips } from '../plots/strips';
import { Waterfall } from '../plots/waterfall';
import { say } from '../words/words';
import * as f from '../words/format';
import { Causes } from './causes';
import { Discrepancies } from './discrepancies';
import { Inputs, Operators } from './read';
import { causes, keepState, operator, plots, report, seconds, selected, several, showRows, theme, type Theme } from './state';
import { Verdict } from './verdict';

function Choice({ label, value, options, onChange }: {
	label: string;
	value: string;
	options: [string, string][];
	onChange: (value: string) => void;
}) {
	return (
		<label><span>{label}</span>
			<select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
				{options.map(([key, name]) => <option key={key} value={key}>{name}</option>)}
			</select>
		</label>
	);
}

function Header() {
	const chooseOperator = (id: string) => {
		operator.value = id;
		selected.value = null;
	};
	return (
		<header class="page">
			<h1>Tallystick <span>{say('title')}</span></h1>
			<div class="controls">
				{several && <Choice label={say('operatorChoice')} value={operator.value} onChange={chooseOperator}
					options={[['', say('allOperators', f.count(report.operators.length))], ...report.operators.map((o): [string, string] => [o.operatorId, o.operatorId])]} />}
				<Choice label={say('zoneChoice')} value={f.zone.value} onChange={(value) => (f.zone.value = value as f.Zone)}
					options={[['utc', 'UTC'], ['local', say('zoneLocal')]]} />
				<Choice label={say('themeChoice')} value={theme.value} onChange={(value) => (theme.value = value as Theme)}
					options={[['auto', say('themeAuto')], ['light', say('themeLight')], ['dark', say('themeDark')]]} />
				<span class="choice" role="group" aria-label="Language / 语言">
					<button type="button" lang="en" aria-pressed={f.language.value === 'en'} onClick={() => (f.language.value = 'en')}>English</button>
					<button type="button" lang="zh-Hans" aria-pressed={f.language.value === 'zh'} onClick={() => (f.language.value = 'zh')}>中文</button>
				</span>
				<button type="button" onClick={() => print()}>{say('print')}</button>
			</div>
		</header>
	);
}

function Figures() {
	const p = plots.value;
	if (!p)
		return <p class="caution">{say('notPlotted', f.count(report.plots.length - 1))}</p>;
	return (
		<div class="figures">
			<Agreement plots={p} onClass={(name) => showRows({ class: name })} onTime={(from, until) => showRows({ time: { from, until } })} />
			<Strips plots={p} causes={causes.value} onTime={(from, until, strip) => showRows({ time: { from, until }, strip })} />
			<StartDifference plots={p} scale={report.scales.startDifference} onTime={(from, until) => showRows({ time: { from, until } })} />
			<DurationDifference plots={p} onDifference={(difference) => showRows({ difference })} />
			<Durations plots={p} scale={report.scales.duration} />
		</div>
	);
}

function Page() {
	document.title = say('pointed', say('title'), operator.value || f.list(report.operators.map((o) => o.operatorId).slice(0, 3)));
	return (
		<>
			<a class="skip" href="#rows" onClick={(event) => {
				event.preventDefault();
				showRows({});
			}}>{say('skip')}</a>
			<Hatch />
			<Header />
			<main>
				<Verdict />
				<Causes />
				<Waterfall seconds={seconds.value} causes={causes.value} onCause={(cause) => showRows({ cause })} onUnexplained={() => showRows({ remaining: true })} />
				<Operators />
				<Figures key={operator.value} />
				<Discrepancies />
				<Inputs />
			</main>
			<footer class="page">
				<p>{say('privacy')}</p>
				<p>{say('footer', report.program, report.digest)}</p>
			</footer>
		</>
	);
}

keepState();
render(<Page />, document.getElementById('page')!);
