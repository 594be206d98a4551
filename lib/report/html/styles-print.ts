/** On paper: what was chosen, without what chooses. */

export const printStyles = `
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  section { margin-top: 1.5rem; }
  .skip, .filters, .search input, .turn, #recorded, #recorded-label, .slide input { display: none; }
  .controls, .side, .list thead th { position: static; }
  .browser { display: block; }
  .side { max-height: none; }
  .list { overflow: visible; }
  figure, .steps li, tr { break-inside: avoid; }
  thead th button::after { content: none !important; }
  .steps .body, .steps .meter, .bars { print-color-adjust: exact; }
}
`
