/** The problem browser: controls, list, trace. */

export const problemStyles = `
.controls {
  position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 0.5rem 2.5rem;
  padding: 0.8rem 0; background: var(--paper); border-bottom: 1px solid var(--line); align-items: start;
}
.controls label, .label { display: block; color: var(--muted); font-size: 0.8rem; }
.controls .grow { flex: 1 1 24rem; }
.controls p { color: var(--muted); font-size: 0.8rem; }
select, input[type='search'] {
  font: inherit; font-size: 0.9rem; color: inherit; background: var(--paper); padding: 0.3rem 0.5rem;
  border: 1px solid var(--line); border-radius: 5px;
}
.slide { display: flex; gap: 0.9rem; align-items: center; min-height: 1.9rem; }
.slide input { flex: 1; accent-color: var(--accent); min-width: 8rem; }
.slide output { min-width: 2.5em; font-weight: 650; font-variant-numeric: tabular-nums; }
#recorded { display: flex; flex-wrap: wrap; gap: 0.25rem; min-height: 1.9rem; align-items: center; }
#recorded button, .turn button {
  font: inherit; font-size: 0.8rem; color: var(--muted); background: none; padding: 0.1rem 0.5rem;
  border: 1px solid var(--line); border-radius: 5px; cursor: pointer;
}
#recorded button[aria-pressed='true'] { color: var(--accent); border-color: var(--accent); }
.turn button:disabled { opacity: 0.4; cursor: default; }

.browser { display: grid; grid-template-columns: minmax(22rem, 27rem) minmax(0, 1fr); gap: 0 3rem; }
.side { position: sticky; top: 6.5rem; align-self: start; max-height: calc(100vh - 7.5rem); display: flex; flex-direction: column; padding-top: 1.25rem; }
.filters { border: 0; margin: 0 0 0.75rem; padding: 0; display: flex; flex-wrap: wrap; gap: 0.3rem; }
.filters label { position: relative; font-size: 0.8rem; color: var(--muted); border: 1px solid var(--line); border-radius: 999px; padding: 0.15rem 0.7rem; cursor: pointer; }
.filters input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; }
.filters label:has(:checked) { color: var(--accent); border-color: var(--accent); }
.filters label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
.search { display: flex; align-items: baseline; gap: 0.75rem; margin-bottom: 0.5rem; }
.search input { flex: 1; min-width: 0; }
.list { position: relative; overflow: auto; flex: 1; min-height: 12rem; }
.list thead th { position: sticky; top: 0; background: var(--paper); }
.list th, .list td { padding: 0.35rem 0.5rem; }
.list tbody tr { cursor: pointer; }
.list tbody tr:hover { background: var(--tint); }
.list tr[data-open] { background: var(--tint); box-shadow: inset 2px 0 var(--accent); }
.list .open { all: unset; cursor: pointer; padding-left: 0.6rem; display: block; max-width: 9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.list .open:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.list thead th:first-child { padding-left: 0.6rem; }
.cell-answer .answer { display: inline-flex; max-width: 6.5rem; }
.answer bdi { overflow: hidden; text-overflow: ellipsis; }
.cell-answer bdi { white-space: nowrap; }
.answer .mark { margin-left: 0.35em; }
.answer.good .mark { color: var(--good); }
.answer.bad .mark { color: var(--bad); }
tr[data-change='lost'] td:nth-child(3) { font-weight: 650; }

.main { padding-top: 1.25rem; min-width: 0; }
.turn { display: flex; gap: 0.4rem; float: right; }
.badge { font-size: 0.8rem; font-weight: 500; color: var(--muted); margin-left: 0.5rem; white-space: nowrap; }
.badge[data-change='lost'] { color: var(--bad); }
.badge[data-change='gained'] { color: var(--good); }
.question { max-width: 46rem; margin: 0.5rem 0 1rem; white-space: pre-wrap; }
.trace figure { margin-top: 1.75rem; }
.bars { display: block; width: 100%; height: 7.5rem; border-bottom: 1px solid var(--line); }
.bars .above { fill: var(--good); }
.bars .below { fill: var(--bad); }
.bars [data-gone] { opacity: 0.3; }
.bars .median { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 5 4; vector-effect: non-scaling-stroke; }
.arcs { display: block; width: 100%; height: 5.5rem; }
.arcs .look { fill: none; stroke: var(--accent); stroke-width: calc(0.5px + 3px * var(--share)); opacity: calc(0.25 + 0.65 * var(--share)); vector-effect: non-scaling-stroke; }
.arcs [data-gone] { stroke: var(--muted); opacity: calc(0.1 + 0.25 * var(--share)); }
.layers { display: block; width: 100%; height: auto; background: var(--tint); }
.layers rect { fill: rgb(var(--bar)); opacity: var(--share); }
.trace figcaption { margin-top: 0.5rem; }

.steps { list-style: none; margin-top: 1.5rem; max-width: 54rem; }
.steps li { display: grid; grid-template-columns: 2.2rem 3px minmax(0, 1fr); gap: 0.9rem; padding: 0.4rem 0; }
.steps .place { color: var(--muted); font-size: 0.8rem; text-align: right; line-height: 1.55rem; font-variant-numeric: tabular-nums; }
.steps .meter { background: rgb(var(--bar) / calc(0.08 + 0.92 * var(--share))); border-radius: 2px; }
.steps .body { background: rgb(var(--bar) / calc(0.16 * var(--share))); border-radius: 4px; padding: 0.1rem 0.6rem; min-width: 0; }
.steps .text { white-space: pre-wrap; unicode-bidi: isolate; }
.steps .note { float: right; margin-left: 1rem; color: var(--muted); font-size: 0.75rem; line-height: 1.55rem; }
.steps [data-removed] .body { background: none; }
.steps [data-removed] .meter { background: var(--line); }
.steps [data-removed] .text { text-decoration: line-through; text-decoration-thickness: 1px; color: var(--muted); }
.steps .between { display: block; padding-left: 4.2rem; color: var(--muted); white-space: pre-wrap; unicode-bidi: isolate; }
.raw { max-width: 54rem; white-space: pre-wrap; unicode-bidi: isolate; }
details { margin-top: 1.5rem; }
summary { cursor: pointer; color: var(--muted); font-size: 0.9rem; margin-bottom: 0.5rem; }

@media (max-width: 62rem) {
  .browser { grid-template-columns: minmax(0, 1fr); }
  .side { position: static; max-height: 26rem; }
}
@media (max-width: 40rem) {
  body { padding-top: 1.5rem; }
  .controls { position: static; }
  .side { max-height: 22rem; }
}
`
