import { GAP } from './pictures.js';

/** The look of a report: by day, by night, and on paper as by day. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1f2328; --soft: #57606a; --ground: #ffffff; --panel: #f6f8fa; --grid: #d8dee4; --line: #d0d7de;
  --link: #0550ae; --focus: #0969da;
  --series-1: #0072b2; --series-2: #d55e00; --series-3: #007a5a; --series-4: #a8447f; --series-5: #000000; --series-6: #8a7000;
  --hit: #005a96; --miss: #be4600; --on-shade: #ffffff; --good: #1a7f37; --bad: #b35900;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --soft: #9aa5b1; --ground: #0f1419; --panel: #171d24; --grid: #2b333d; --line: #333c47;
    --link: #79b8ff; --focus: #79b8ff;
    --series-1: #56b4e9; --series-2: #f0a030; --series-3: #35c08f; --series-4: #e08fc0; --series-5: #ffffff; --series-6: #f0e442;
    --hit: #56b4e9; --miss: #f0a030; --on-shade: #0b0f14; --good: #56d364; --bad: #f0a030;
  }
}
* { box-sizing: border-box; }
html { background: var(--ground); }
body {
  margin: 0 auto; padding: 2.2rem 1.4rem 3rem; max-width: 74rem; color: var(--ink); background: var(--ground);
  font: 15px/1.5 Inter, system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif;
  print-color-adjust: exact; -webkit-print-color-adjust: exact;
}
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0 0 .3rem; overflow-wrap: anywhere; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 2.8rem 0 .8rem; padding-top: 1.2rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.8rem 0 .5rem; }
p { margin: .4rem 0; max-width: 60rem; }
a { color: var(--link); }
.facts { color: var(--soft); overflow-wrap: anywhere; }
.note { border-left: 3px solid var(--bad); padding: .2rem .8rem; margin: .8rem 0; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem; margin: 1.3rem 0; padding: 0; }
.card { overflow-wrap: anywhere; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; }
.card dt { color: var(--soft); font-size: .82rem; }
.card dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.2rem 1.6rem; align-items: start; }
.grid > * { min-width: 0; }
.split { display: grid; grid-template-columns: minmax(0, 34rem) minmax(0, 1fr); gap: 1.2rem 2rem; align-items: start; }
@media (max-width: 60rem) { .split { grid-template-columns: minmax(0, 1fr); } }
figure { margin: 0; }
.chart svg { display: block; width: 100%; height: auto; }
.chart.live { overflow: hidden; }
.chart.live svg { height: 100%; }
details { margin: .3rem 0; }
summary { cursor: pointer; color: var(--soft); font-size: .85rem; width: fit-content; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.scroll { overflow-x: auto; }
details .scroll { max-height: 28rem; overflow-y: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .87rem; }
caption { text-align: left; white-space: nowrap; color: var(--soft); font-size: .85rem; padding: 0 0 .3rem; }
th, td { padding: .22rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td.text, th.text { text-align: left; white-space: normal; overflow-wrap: anywhere; }
thead th, thead td { color: var(--soft); font-weight: 600; border-bottom-width: 2px; }
tfoot td, tfoot th { font-weight: 600; border-bottom: 0; }
tbody th { font-weight: 400; }
table.cells td { padding: .1rem; text-align: center; }
table.cells button { font: inherit; color: inherit; background: none; border: 0; padding: .2rem .45rem; cursor: pointer; min-width: 2.6rem; border-radius: 3px; }
table.cells button[aria-pressed=true] { outline: 2px solid var(--focus); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.3rem, 1fr)); gap: .7rem .6rem; margin: .6rem 0; padding: 0; list-style: none; }
.tile { font-size: .75rem; line-height: 1.25; overflow-wrap: anywhere; }
.tile small { color: var(--soft); font-size: inherit; }
.tile b { font-weight: 600; }
.picture { display: block; overflow: hidden; border-radius: 3px; image-rendering: pixelated; background-repeat: no-repeat; margin-bottom: .2rem; }
.sheet { display: flex; flex-wrap: wrap; gap: ${GAP}px; margin: .6rem 0; }
.sheet i { background-image: var(--sheet); background-repeat: no-repeat; image-rendering: pixelated; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; min-height: 6rem; }
.panel:empty { display: none; }
.panel h4 { margin: 0 0 .2rem; font-size: .95rem; }
.toggle { display: flex; gap: 1rem; border: 0; padding: 0; margin: .2rem 0 .4rem; font-size: .87rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto; font-size: .8rem; line-height: 1.45; }
code { overflow-wrap: anywhere; }
.bar { display: block; height: .7rem; background: var(--series-1); border-radius: 2px; }
.key { display: inline-block; width: 1.8rem; height: .55rem; margin-right: .5rem; border-radius: 2px; vertical-align: middle; }
nav ul { list-style: none; margin: .8rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .82rem; }
.status { position: fixed; right: .8rem; bottom: .8rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .7rem; font-size: .8rem; }
@media (max-width: 30rem) {
  body { padding: 1.2rem .9rem 2rem; }
  th, td { padding: .22rem .35rem; }
}
@page { margin: 14mm; }
@media print {
  :root {
    color-scheme: light;
    --ink: #1f2328; --soft: #57606a; --ground: #ffffff; --panel: #ffffff; --grid: #d8dee4; --line: #d0d7de; --link: #1f2328;
    --series-1: #0072b2; --series-2: #d55e00; --series-3: #007a5a; --series-4: #a8447f; --series-5: #000000; --series-6: #8a7000;
    --hit: #005a96; --miss: #be4600; --on-shade: #ffffff;
  }
  figure, .card, .tile, .sheet, tr, p { break-inside: avoid; }
  h2, h3, .tiles:has(+ .sheet) { break-after: avoid; }
  .screen, details:not([open]) { display: none !important; }
  details .scroll { max-height: none; }
  .scroll { overflow: visible; }
  body { font-size: 10pt; padding: 0; }
  table { font-size: 8.5pt; }
  th, td { padding: .18rem .4rem; }
  th { white-space: normal; }
  td.text, th.text { overflow-wrap: break-word; }
  .panel { min-height: 0; }
  .chart.live { height: auto !important; }
  .chart.live > div, .chart.live svg { position: static !important; width: 100% !important; height: auto !important; }
  .chart.live > div ~ div { display: none; }
}
`;
