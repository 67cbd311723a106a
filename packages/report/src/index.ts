/** Results for people: runs of domains, tables in plain text, figures. */
export { drawFigure, drawPanels, renderPng, type Heading } from './figure.ts';
export { formatDuration, formatNumber, formatPower } from './numbers.ts';
export { prepareOutFolder, removeEmptyFolders } from './output-folder.ts';
export { COLORS, type Panel, type Point, type Series } from './panels.ts';
export {
  FIGURE_FORMATS,
  filesOf,
  RESULTS_FILE,
  runDomains,
  type DomainsRequest,
  type Outcome,
  type RunOptions,
} from './run-domains.ts';
export { formatTable, TABLE_LEGEND } from './table.ts';
