// In the place of the guards in bundles made with the condition "mneme-no-guards".
export const defaultGuards = undefined;
export const isFollowUp = undefined;
export const Reading = undefined;
