/** How much to compute at test time. */
export { anytime, type Answer, type AnytimeOptions } from './anytime.ts';
export { calibrateHalting, type CalibratedHalting, type CalibrationOptions } from './calibrate-halting.ts';
export { contractionEstimate } from './contraction-estimate.ts';
export { haltingCurves, type HaltingCurve, type HaltingCurvesOptions } from './halting-curves.ts';
export { answerChange, haltBelow, relativeResidual, type HaltingStatistic } from './halting.ts';
export { solveWithin, type SolveWithinOptions, type Within } from './solve-within.ts';
