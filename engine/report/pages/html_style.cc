#include "report/pages/html_style.h"

namespace runbook::html {

// Every pair of text and background has a contrast of at least 4.5 in both schemes. Text wraps instead of scrolling
// sideways: a phone and a sheet of paper show all of it.
std::string_view style_sheet() {
  return R"css(
:root {
  color-scheme: light dark;
  --page: #faf9f7; --panel: #ffffff; --ink: #22262b; --soft: #5a616b; --line: #e3e0da; --sunk: #f4f2ee;
  --good: #17633a; --good-bg: #e5f3ea; --bad: #9c2428; --bad-bg: #fae8e7; --warn: #734d00; --warn-bg: #f9efd9;
  --undo: #61399a; --undo-bg: #efe8f9; --info: #1a5583; --info-bg: #e4eff8; --calm: #5a616b; --calm-bg: #eeece8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --panel: #1c1f23; --ink: #e3e5e8; --soft: #a3aab3; --line: #31353b; --sunk: #131518;
    --good: #86d6a6; --good-bg: #183022; --bad: #f5a3a2; --bad-bg: #3b1e20; --warn: #e6c27c; --warn-bg: #342912;
    --undo: #cbb0f2; --undo-bg: #2b2239; --info: #93c7ef; --info-bg: #172c3d; --calm: #a3aab3; --calm-bg: #282c31;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
main { max-width: 62rem; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem) clamp(1rem, 4vw, 2rem) 3rem; }
h1, h2, h3, p, dl, dd, ol, ul, pre, table { margin: 0; padding: 0; }
h1 { font-size: clamp(1.6rem, 5vw, 2.2rem); line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; }
h2 { font-size: 1.15rem; font-weight: 650; margin: 2.75rem 0 0.9rem; }
h3 { font-size: 1rem; font-weight: 600; }
a { color: var(--info); text-underline-offset: 0.15em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--info); outline-offset: 2px; border-radius: 2px; }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
code { font-size: 0.9em; }
pre {
  background: var(--sunk); border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem 0.8rem;
  font-size: 0.82rem; line-height: 1.5; white-space: pre-wrap; tab-size: 8;
}
.soft { color: var(--soft); }
.small { font-size: 0.875rem; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { --tone: var(--good); --tone-bg: var(--good-bg); }
.bad { --tone: var(--bad); --tone-bg: var(--bad-bg); }
.warn { --tone: var(--warn); --tone-bg: var(--warn-bg); }
.undo { --tone: var(--undo); --tone-bg: var(--undo-bg); }
.info { --tone: var(--info); --tone-bg: var(--info-bg); }
.calm { --tone: var(--calm); --tone-bg: var(--calm-bg); }
.chip {
  display: inline-block; padding: 0.05rem 0.55rem; border-radius: 0.8rem; background: var(--tone-bg); color: var(--tone);
  font-size: 0.82rem; font-weight: 600; line-height: 1.6; overflow-wrap: normal;
}
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }

.hero { padding: clamp(1.1rem, 3vw, 2rem); border-top: 5px solid var(--tone); }
.hero .id { color: var(--soft); font-size: 0.875rem; margin-bottom: 0.4rem; }
.hero .title { color: var(--soft); margin-top: 0.25rem; }
.verdict { display: flex; flex-wrap: wrap; gap: 0.4rem 0.8rem; align-items: center; margin-top: 1.1rem; font-size: 1.05rem; }
.verdict .chip { font-size: 0.95rem; letter-spacing: 0.03em; padding: 0.2rem 0.85rem; border-radius: 1.1rem; }
.said { color: var(--tone); font-weight: 600; }
.glance {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem 1.5rem;
  margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line);
}
.glance dt, .facts dt { color: var(--soft); font-size: 0.82rem; }
.glance dd { font-size: 0.95rem; }

.left { padding: 1.1rem 1.3rem; border-left: 5px solid var(--tone); margin-top: 1.25rem; }
.left h2 { margin: 0 0 0.7rem; }
.left ul { list-style: none; }
.left li + li { margin-top: 0.7rem; }
.left .chip { margin-right: 0.5rem; }
.left .reason { margin-left: 0.5rem; }
.left .hint { margin-top: 0.35rem; }
.left pre, .failure pre { margin-top: 0.35rem; }
.left .rest { margin-top: 0.9rem; }

.failure { padding: 1.1rem 1.3rem; border-left: 5px solid var(--bad); }
.failure + .failure { margin-top: 1rem; }
.facts { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: 0.45rem 1.2rem; align-items: baseline; }
.facts dd { min-width: 0; }
.failure .facts, details .facts { margin-top: 0.7rem; }

.timeline { list-style: none; }
.timeline > li {
  display: grid; grid-template-columns: 8.2rem 1fr; gap: 0 1.6rem; position: relative; padding: 0.32rem 0;
}
.timeline .when { display: flex; justify-content: space-between; gap: 0.7rem; color: var(--soft); font-size: 0.875rem; }
.timeline .what { position: relative; min-width: 0; }
.timeline .what::before {
  content: ""; position: absolute; left: -1.13rem; top: 0.5rem; width: 0.62rem; height: 0.62rem; border-radius: 50%;
  background: var(--tone); border: 2px solid var(--page); box-sizing: content-box; z-index: 1;
}
.timeline > li::before {
  content: ""; position: absolute; left: calc(8.2rem + 0.87rem); top: 0; bottom: 0; width: 1px; background: var(--line);
}
.timeline > .day { padding-top: 0; }
.timeline > .day .when { font-weight: 600; color: var(--ink); }
.timeline > .run .what > b { font-weight: 650; }
.timeline a, .left a { color: inherit; font-weight: 600; text-decoration-color: var(--line); }
.timeline a:hover, .left a:hover { text-decoration-color: currentColor; }
.timeline .ended { color: var(--tone); }
.timeline .detail { color: var(--soft); font-size: 0.9rem; }

table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 600; }
thead th { color: var(--soft); font-size: 0.82rem; font-weight: 500; padding: 0.55rem 0.75rem; }
tbody { border-top: 1px solid var(--line); }
tbody td, tbody th { padding: 0.65rem 0.75rem; vertical-align: top; }
tbody tr:not(:last-child) > * { padding-bottom: 0.3rem; }
tbody .more td { padding-top: 0; }
tbody:target { background: var(--info-bg); }
.steps td:first-child { width: 9.5rem; }
.steps .chip + .chip { margin-top: 0.2rem; }
.steps .took { width: 5.5rem; text-align: right; }
.steps .bar { width: 22%; }
.steps td.bar { padding-top: 1.1rem; }
.bar svg { display: block; width: 100%; height: 7px; border-radius: 4px; background: var(--calm-bg); }
.bar rect { fill: var(--tone); }
.steps .name { font-weight: 400; color: var(--soft); display: block; font-size: 0.9rem; }
.values td:first-child { width: 30%; }
details { margin-top: 0.15rem; }
details summary { cursor: pointer; color: var(--soft); font-size: 0.875rem; width: fit-content; }
details summary:hover { color: var(--ink); }
details dd pre { margin-top: 0.1rem; }
.record { padding: 1.2rem 1.3rem; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: 0.82rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

@media (max-width: 40rem) {
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 0.7rem; }
  .facts dd:last-child { margin-bottom: 0; }
  .glance { grid-template-columns: 1fr 1fr; }
  .timeline > li { grid-template-columns: 1fr; padding: 0.4rem 0 0.4rem 1.4rem; }
  .timeline > li::before { left: 0.31rem; }
  .timeline .when { justify-content: flex-start; }
  .timeline .what::before { left: -1.53rem; }
  .steps .bar { display: none; }
  .chip { font-size: 0.78rem; padding: 0.05rem 0.45rem; }
  .steps td:first-child { width: 7.6rem; }
  .steps .took { width: 4.4rem; }
  .steps .more td:first-child { display: none; }
  tbody td, tbody th, thead th { padding-left: 0.5rem; padding-right: 0.5rem; }
  .left, .failure, .record { padding-left: 1rem; padding-right: 1rem; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --panel: #fff; --ink: #000; --soft: #444; --line: #bbb; --sunk: #fff;
    --good: #17633a; --good-bg: #fff; --bad: #9c2428; --bad-bg: #fff; --warn: #734d00; --warn-bg: #fff;
    --undo: #61399a; --undo-bg: #fff; --info: #1a5583; --info-bg: #fff; --calm: #444; --calm-bg: #fff;
  }
  @page { margin: 16mm 14mm; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .chip { border: 1px solid currentColor; }
  h2 { break-after: avoid; }
  .timeline > li, .left li { break-inside: avoid; }
  .bar svg, .timeline .what::before { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
)css";
}

}  // namespace runbook::html
