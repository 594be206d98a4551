/** What the page has beyond the report. */

export const pageStyles = `
.ask label { display: block; color: var(--muted); font-size: 0.8rem; }
.ask { margin-top: 2rem; }
textarea, .ask input {
  font: inherit; font-size: 0.95rem; color: inherit; background: var(--paper); padding: 0.4rem 0.6rem;
  border: 1px solid var(--line); border-radius: 5px;
}
textarea { width: 100%; max-width: 60rem; resize: vertical; }
.ask input { width: 9rem; font-size: 0.9rem; padding: 0.3rem 0.5rem; }
.fields { display: flex; flex-wrap: wrap; gap: 0.75rem 1.5rem; align-items: end; margin-top: 0.75rem; }
.fields button {
  font: inherit; font-size: 0.9rem; padding: 0.3rem 1rem; border: 1px solid var(--line); border-radius: 5px;
  background: none; color: inherit; cursor: pointer;
}
#think { background: var(--accent); border-color: var(--accent); color: var(--paper); font-weight: 600; }
.fields button:disabled { opacity: 0.45; cursor: default; }
#status { margin-top: 0.75rem; min-height: 1.5rem; }
#status[data-error] { color: var(--bad); }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 2.5rem; }
.thinking { color: var(--muted); max-height: 26rem; overflow: auto; }
.thinking .answered { color: var(--ink); }
#arcs { overflow: auto; max-height: 26rem; }
#arcs svg { max-width: 100%; height: auto; }
#facts { margin-top: 1rem; }
#answers table { margin-top: 1rem; }
#answers .answer-text { white-space: pre-wrap; }
.controls .turn { float: none; align-self: end; }
@media (max-width: 60rem) { .columns { grid-template-columns: minmax(0, 1fr); } }
`
